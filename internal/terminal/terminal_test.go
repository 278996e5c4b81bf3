package terminal

import (
	"slices"
	"strings"
	"testing"
)

// evil is text that steers terminals.
const evil = "\x1b]0;evil\x07\x1b[2J\u009b31m\u202e\x7f\x08\r"

// TestFilter: what is written as it is reaches a terminal spelled out, however it is cut; the
// report's colours and git's progress pass.
func TestFilter(t *testing.T) {
	const text = "a\x1b[31mred\x1b[0m\r\n\t" + evil + "é\u202e\xff\x1b[K\x1b[31"
	for _, test := range []struct {
		filter func(*strings.Builder) *Filter
		want   string
	}{
		{
			func(b *strings.Builder) *Filter { return &Filter{w: b, allowed: colours} },
			"a\x1b[31mred\x1b[0m\r\n\t" + `\x1b]0;evil\x07\x1b[2J\x9b31m\u202e\x7f\x08\x0d` + "é" + `\u202e\xff\x1b[K\x1b[31`,
		},
		{
			func(b *strings.Builder) *Filter { return GitProgress(b).(*Filter) },
			`a\x1b[31mred\x1b[0m` + "\r\n\t" + `\x1b]0;evil\x07\x1b[2J\x9b31m\u202e\x7f\x08` + "\ré" + `\u202e\xff` + "\x1b[K" + `\x1b[31`,
		},
	} {
		for size := 1; size <= len(text); size++ {
			var b strings.Builder
			f := test.filter(&b)
			for chunk := range slices.Chunk([]byte(text), size) {
				if n, err := f.Write(chunk); n != len(chunk) || err != nil {
					t.Fatal(n, err)
				}
			}
			if err := f.Flush(); err != nil || b.String() != test.want {
				t.Fatalf("in pieces of %d: %q, want %q (%v)", size, b.String(), test.want, err)
			}
		}
	}
}

// TestFilterHoldsNothingBack: a line that ends in a colour is there when it is written, and not when the next one comes.
func TestFilterHoldsNothingBack(t *testing.T) {
	for _, colour := range colours {
		for _, end := range []string{"", "\n", "\r\n"} {
			var b strings.Builder
			f := &Filter{w: &b, allowed: colours}
			if _, err := f.Write([]byte("a" + colour + end)); err != nil || b.String() != "a"+colour+end {
				t.Errorf("%q is there of %q: %v", b.String(), "a"+colour+end, err)
			}
		}
	}
}
