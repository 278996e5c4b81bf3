package pyjson

import "testing"

func TestText(t *testing.T) {
	for doc, want := range map[string]string{
		"": "", "{}": "{}", "\ufeff{}": "{}", "\ufeff": "", "\ufeff\ufeff1": "\ufeff1", " \ufeff1": " \ufeff1",
		"\"\xed\xa0\x80\xed\xb0\x80x\xed\xbf\xbf\"": "\"\ufffd\ufffdx\ufffd\"", "\ufeff\xed\xa0\xbd": "\ufffd",
		"\"\ud7ff\"": "\"\ud7ff\"", "\xed": "\xed", "\xed\xa0": "\xed\xa0", "\xed\xed\xa0\x80": "\xed\ufffd", "\xed\xa0\xff": "\xed\xa0\xff", "\xff": "\xff",
	} {
		given := []byte(doc)
		if got := Text(given); string(got) != want {
			t.Errorf("%q: %q, want %q", doc, got, want)
		}
		if string(given) != doc {
			t.Errorf("%q has become %q", doc, given)
		}
	}
}
