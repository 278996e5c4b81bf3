package address

import "testing"

func TestWithoutSecrets(t *testing.T) {
	for text, want := range map[string]string{
		"":                            "",
		"no address":                  "no address",
		"https://h/x":                 "https://h/x",
		"https://user:se/cr et@h/x":   "...@h/x",
		"fatal: user%3Apw%40h":        "...%40h",
		"one\nuser:pw@h: no\r\nthree": "one\n...@h: no\r\nthree",
		"at 'https://h/x?token=pw'":   "at 'https://h/x?...",
		"https://u:p@h/#a=b\rwhy?":    "...@h/#...\rwhy?",
	} {
		if got := WithoutSecrets(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
