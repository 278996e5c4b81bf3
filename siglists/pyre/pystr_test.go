package pyre

import "testing"

func TestLower(t *testing.T) {
	for s, want := range map[string]string{
		"": "", "ABC.DLL": "abc.dll", "ÄÖ": "äö", "İ": "i\u0307", "ΑΣ": "ας", "ΑΣΑ": "ασα", "Σ": "σ", "ΑΣ.Α": "ασ.α", "ΑΣ.": "ας.", "A\u0301Σ": "a\u0301ς",
		"AΣ\u0387B": "aσ\u0387b", "AΣ\u055fB": "aσ\u055fb", "AΣ\u05f4B": "aσ\u05f4b", "A\u0387Σ": "a\u0387ς", "AΣ-B": "aς-b", "ͅΣ": "ͅσ",
		"AΣ\U0001e030": "aς\U0001e030", // a letter since Unicode 15
	} {
		if got := Lower(s); got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
}

func TestRepr(t *testing.T) {
	for s, want := range map[string]string{
		"": "''", "a": "'a'", "'": `"'"`, `'"`: `'\'"'`, "\\\n\r\t\x01\x7f\u00a0é": `'\\\n\r\t\x01\x7f\xa0é'`, "\u200b\ufffd\U000e0001": "'\\u200b\ufffd\\U000e0001'",
		"\U00011f04": `'\U00011f04'`, // a letter since Unicode 15
	} {
		if got := Repr(s); got != want {
			t.Errorf("%q: %s, want %s", s, got, want)
		}
	}
}

// TestInt: what Python's int() makes of texts, none of what it refuses.
func TestInt(t *testing.T) {
	for _, test := range []struct {
		base int
		s    string
		want string
	}{
		{10, "12", "12"},
		{10, " \t\n\v\f\r-12\u00a0\u0085\u2003", "-12"},
		{10, "+0_1", "1"},
		{10, "\u0661\uff12", "12"},
		{10, "\U0001d7d9", "1"},
		{10, "", ""},
		{10, "-", ""},
		{10, "- 1", ""},
		{10, "1_", ""},
		{10, "_1", ""},
		{10, "1__2", ""},
		{10, "1a", ""},
		{10, "0x1", ""},
		{10, "1\x00", ""},
		{10, "\x1c1", ""},
		{10, "1\x1f", ""},
		{10, "\x1d\u0661", ""},
		{10, "1\x7f", ""},
		{10, "²", ""},
		{10, "\U00011f51", ""},
		{16, "0x10", "10"},
		{16, "10", "10"},
		{16, "-0X_fF", "-ff"},
		{16, " 0x1_0\t", "10"},
		{16, "\u0660x10", "10"},
		{16, "\uff10X\u0661", "1"},
		{16, "-0x00", "0"},
		{16, "0x", ""},
		{16, "0x__1", ""},
		{16, "x1", ""},
		{16, "0x 1", ""},
		{16, "\x1c0x10", ""},
		{16, "0x10\x1f", ""},
		{16, "0x\U00011f51", ""},
		{16, "g", ""},
	} {
		got := ""
		if digits, negative, ok := Int(test.s, test.base); ok {
			if got = digits; negative {
				got = "-" + digits
			}
		}
		if got != test.want {
			t.Errorf("int(%q, %d): %q, want %q", test.s, test.base, got, test.want)
		}
	}
}
