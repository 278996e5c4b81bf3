package cache

import "testing"

func TestParseKind(t *testing.T) {
	for _, k := range Kinds() {
		if got, err := ParseKind(k.String()); err != nil || got != k {
			t.Errorf("ParseKind(%q) = %v, %v", k, got, err)
		}
	}
	for _, name := range []string{"", "Raw", "kind 9", "records"} {
		if k, err := ParseKind(name); err == nil {
			t.Errorf("ParseKind(%q) = %v", name, k)
		}
	}
	if got := Kind(9).String(); got != "kind 9" {
		t.Error(got)
	}
}
