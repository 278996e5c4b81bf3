package report

import (
	"slices"
	"testing"
)

// What is put into a sentence is data, whatever it looks like; words, numbers and other phrases stay what they are.
func TestSentence(t *testing.T) {
	for _, test := range []struct {
		got  Phrase
		want string
		data []string
	}{
		{Sentence("no more"), "no more", nil},
		{Sentence("%s and %.3s, %d times", "%s", "abcdef", 3), "%s and abc, 3 times", []string{"%s", "abc"}},
		{Sentence("of %s: %s", Sentence("the %s", "inner"), "@x"), "of the inner: @x", []string{"inner", "@x"}},
		{Sentence("one %s too many: %s", "a"), "one a too many: %s", []string{"a"}},
		{Sentence("one too few", "a"), "one too few", nil},
		{say("", "", " is data, too"), " is data, too", []string{""}},
	} {
		var data []string
		for _, s := range test.got {
			if s.Code {
				data = append(data, s.Text)
			}
		}
		if test.got.String() != test.want || !slices.Equal(data, test.data) {
			t.Errorf("%q with the data %q, want %q with %q", test.got, data, test.want, test.data)
		}
	}
}
