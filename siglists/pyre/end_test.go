package pyre

import "testing"

// TestEnd: the ends are those of re.match(pattern, subject).end() in Python.
func TestEnd(t *testing.T) {
	for _, test := range []struct {
		pattern, subject string
		end              int
	}{
		{"foo", "foobar", 3},
		{"a|ab", "abc", 1},
		{"ab|a", "abc", 2},
		{"x*", "y", 0},
		{"fo+?", "foo", 2},
		{"foo(?=b)", "foobar", 3},
		{".*bar", "a bar bar!", 9},
		{"z", "a", -1},
		{"é", "éa", 2},
		{`(o)\1`, "oops", 2},
	} {
		p, err := Parse(test.pattern)
		if err != nil {
			t.Fatal(err)
		}
		if end, err := p.EndWithin(nil, test.subject); end != test.end || err != nil {
			t.Errorf("%q in %q ends at %d, %v; want %d", test.pattern, test.subject, end, err, test.end)
		}
	}
}
