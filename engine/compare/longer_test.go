package compare

import "testing"

// TestMidWord: a text ends in the middle of a word where a lower case letter follows one.
func TestMidWord(t *testing.T) {
	for _, test := range []struct {
		frame, text string
		want        bool
	}{
		{"JS::Callback", "JS::Call", true},
		{"zaz", "za", true},
		{"aza", "az", true},
		{"JS::CallArgs", "JS::Call", false},
		{"JS::Call_x", "JS::Call", false},
		{"JS::Call{", "JS::Call", false},  // which is behind z
		{"JS::Call`a", "JS::Call", false}, // which is before a
		{"JS::Call", "JS::Call", false},
		{"JS::CALLback", "JS::CALL", false},
		{"callback", "", false},
		{"", "", false},
	} {
		if got := MidWord(test.frame, test.text); got != test.want {
			t.Errorf("%q in %q: %v", test.text, test.frame, got)
		}
	}
}
