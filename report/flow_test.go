package report

import (
	"fmt"
	"slices"
	"testing"

	"github.com/sigdiff/sigdiff/engine/compare"
)

// TestFlowOfManyGroups: groups that are not drawn by themselves are one ribbon for each pair of ends. What none of the shown
// signatures has stands below everything, and is not to scale.
func TestFlowOfManyGroups(t *testing.T) {
	r := &Report{Signatures: []compare.SignatureCount{{Signature: "a0", Base: 9000}, {Signature: "other signatures", Base: 1}}}
	for i := range maxFlows {
		r.Groups = append(r.Groups, group(fmt.Sprintf("a%d", i), fmt.Sprintf("b%d", i), compare.Renamed, 0, 100-i))
	}
	for i, ends := range [][2]string{{"x", "y"}, {"a0", "p"}, {"a0", "q"}, {"v", "w"}} {
		r.Groups = append(r.Groups, group(ends[0], ends[1], compare.Renamed, 0, 50-i))
	}
	f := newFlow(r)
	var got []string
	for _, ribbon := range f.Ribbons[maxFlows:] {
		got = append(got, fmt.Sprintf("%s, %v", ribbon.Label, ribbon.thick == flowRest))
	}
	if want := []string{"97 crashes in 2 other groups: other signatures to other signatures, true", "97 crashes in 2 other groups: a0 to other signatures, false"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	for side, nodes := range f.Sides {
		if last := nodes[len(nodes)-1]; len(nodes) != maxFlows+1 || last.Signature != "other signatures" || last.Count != "97 crashes between them, not to scale" {
			t.Errorf("side %d ends in %q, %q", side, last.Signature, last.Count)
		}
	}
	if f.Sides[0][0].Count != "9,000 before, 0 after" {
		t.Errorf("%q", f.Sides[0][0].Count)
	}
}

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
		for side := range 2 {
			n, other := &flowNode{Signature: test.signature}, &flowNode{Signature: test.other}
			n.ribbons = []*ribbon{{}}
			n.ribbons[0].ends[side], n.ribbons[0].ends[1-side] = n, other
			if n.label(side); !slices.Equal(n.Lines, test.want) {
				t.Errorf("%s: %q, want %q", test.signature, n.Lines, test.want)
			}
		}
	}
}
