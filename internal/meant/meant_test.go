package meant

import "testing"

func TestText(t *testing.T) {
	words := []string{"corpus", "candidate", "csv", "html", "json", "text"}
	for word, want := range map[string]string{
		"corpsu": " (did you mean corpus?)", "candiate": " (did you mean candidate?)", "HTLM": " (did you mean html?)", "htm": " (did you mean html?)",
		"cand": " (did you mean candidate?)", "tex": " (did you mean text?)", "xml": "", "c": "", "": "", "pdf": "", "siglists": "",
	} {
		if got := Text(word, words); got != want {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "ab", 2}, {"ab", "ba", 1}, {"abc", "ac", 1}, {"abc", "abcd", 1}, {"abc", "axc", 1}, {"abc", "xyz", 3}, {"abcd", "badc", 2}} {
		if got := Distance(test.a, test.b); got != test.want {
			t.Errorf("%q, %q: %d, want %d", test.a, test.b, got, test.want)
		}
		if got := Distance(test.b, test.a); got != test.want {
			t.Errorf("%q, %q: %d, want %d", test.b, test.a, got, test.want)
		}
	}
}
