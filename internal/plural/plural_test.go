package plural

import "testing"

func TestWords(t *testing.T) {
	for got, want := range map[string]string{
		Number(0): "0", Number(-999): "-999", Number(999): "999", Number(1000): "1,000", Number(-1234567): "-1,234,567", Number(int64(123456)): "123,456",
		Signed(0): "+0", Signed(1204): "+1,204", Signed(-1204): "-1,204",
		Of(1, "match", "matches"): "1 match", Of(0, "match", "matches"): "0 matches", Of(1204, "match", "matches"): "1,204 matches",
		Crashes(1): "1 crash", Crashes(20311): "20,311 crashes",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
