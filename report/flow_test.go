package report

import (
	"slices"
	"testing"
)

// TestFlowLabels: what does not fit is left out where the other end has it, too, and never all that tells a signature from others.
func TestFlowLabels(t *testing.T) {
	const long = "mozilla::dom::some::very::long::Name::of::a::Function::Run"
	for _, test := range []struct {
		signature, other string
		want             []string
	}{
		{"hang | poll", "hang | wait", []string{"hang | poll"}},
		{"hang | waiting | for | it | " + long, "hang | " + long, []string{"hang | waiting | for | it | …"}},
		{"hang | " + long, "hang | waiting | for | it | " + long, []string{"hang |", "mozilla::dom::some::very::long::Name::of::a::Function…"}},
	} {
		n, other := &flowNode{Signature: test.signature}, &flowNode{Signature: test.other}
		n.ribbons = []*ribbon{{ends: [2]*flowNode{n, other}}}
		if n.label(); !slices.Equal(n.Lines, test.want) {
			t.Errorf("%s: %q, want %q", test.signature, n.Lines, test.want)
		}
	}
}
