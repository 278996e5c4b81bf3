package siglists

import (
	"fmt"
	"strings"
	"testing"
)

// TestEdits: a line that another takes the place of is one edit; lines of other places or names are not.
func TestEdits(t *testing.T) {
	for _, test := range []struct{ name, base, candidate, want string }{
		{"an edit", "a\nJS::Call\nz", "a\nJS::Call$\nz", "JS::Call -> JS::Call$"},
		{"another place", "a\nJS::Call\nz", "a\nz\nJS::Call$", ""},
		{"another name", "a\nJS::Call\nz", "a\nNS_Wait\nz", ""},
		{"less than half of it", "a\nfoo_Call\nz", "a\nfooXWait\nz", ""},
		{"the nearest of two", "a\nJS::Call<T>\nz", "a\nJS::C\nJS::Call\nz", "JS::Call<T> -> JS::Call"},
		{"two edits", "a\nfoo::a\nfoo::b\nz", "a\nfoo::a.*\nfoo::b.*\nz", "foo::a -> foo::a.*, foo::b -> foo::b.*"},
		{"the first is less like it than the second", "a\nfoo::Bar\nfoo::Baz$\nz", "a\nfoo::Baz\nz", "foo::Baz$ -> foo::Baz"},
		{"both begin so, and one is nearer", "a\nfoo::Baz::run\nfoo::Baz$\nz", "a\nfoo::Baz\nz", "foo::Baz$ -> foo::Baz"},
		{"behind a line that is there twice", "a\nz\nz\nJS::Call", "a\nz\nJS::Call$", "JS::Call -> JS::Call$"},
	} {
		base, candidate := prefixes(t, test.base), prefixes(t, test.candidate)
		changes := Diff(base, candidate)
		var got []string
		for i, other := range Edits(base, candidate, changes) {
			if other >= 0 && !changes[i].Added {
				got = append(got, fmt.Sprintf("%s -> %s", changes[i].Line.Text, changes[other].Line.Text))
			}
		}
		if text := strings.Join(got, ", "); text != test.want {
			t.Errorf("%s: %q, want %q", test.name, text, test.want)
		}
	}
	base, candidate := load(t, files("x", "x\nJS::Call", "x", "x")), load(t, files("x", "x", "x\nJS::Call$", "x"))
	if got := Edits(base, candidate, Diff(base, candidate)); got[0] >= 0 || got[1] >= 0 {
		t.Errorf("lines of two lists are one edit: %v", got)
	}
}

func prefixes(t *testing.T, lines string) *Set {
	return load(t, files("x", "x", lines, "x"))
}
