package facts

import (
	"slices"
	"strings"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/signatures"
)

// Ledger is the frames that the signatures of crashes lose and gain, with the crashes of each: most crashes first,
// then by frame.
type Ledger struct {
	Gone []compare.FrameCount `json:"gone"`
	Came []compare.FrameCount `json:"came"`
}

// change is a group with what becomes of its signature.
type change struct {
	compare.Group
	edits []Edit
}

// newLedger sums up what crashes lose and gain. A component that only moves is neither, nor is a mark of a rule.
func newLedger(changes []change) Ledger {
	gone, came := map[string]int{}, map[string]int{}
	var net balance
	for _, c := range changes {
		// A frame that an edit takes away in one place and another puts back elsewhere is still in the signature.
		net = net[:0]
		for _, e := range c.edits {
			net.add(e.Gone, 1)
			net.add(e.Came, -1)
		}
		// Rules put their marks where frames stand, but a mark is no frame that a list could take.
		for _, mark := range c.RuleChanges {
			net.settle(mark)
		}
		// Each crash of the group counts once for a frame, even where its signature lost two of them.
		for _, n := range net {
			switch {
			case n.count > 0:
				gone[n.component] += c.Crashes
			case n.count < 0:
				came[n.component] += c.Crashes
			}
		}
	}
	return Ledger{Gone: compare.FrameCounts(gone), Came: compare.FrameCounts(came)}
}

// balance is how many times more often a signature had components than it has them.
type balance []surplus

// surplus is one component; below 0 the signature has it more often than it had.
type surplus struct {
	component string
	count     int
}

// add counts components with signatures.Separator between them.
func (b *balance) add(components string, n int) {
	for component := range strings.SplitSeq(components, signatures.Separator) {
		if component == "" {
			continue
		}
		// Signatures have a few components: a list of them is looked through faster than a map is made.
		at := slices.IndexFunc(*b, func(s surplus) bool { return s.component == component })
		if at < 0 {
			at = len(*b)
			*b = append(*b, surplus{component: component})
		}
		(*b)[at].count += n
	}
}

// settle takes a mark that was lost or gained out, such as "-OOM | unknown". Some say more after a colon.
func (b balance) settle(ruleChange string) {
	sign := 1
	marks, lost := strings.CutPrefix(ruleChange, "-")
	if !lost {
		sign, marks = -1, strings.TrimPrefix(ruleChange, "+")
	}
	for mark := range strings.SplitSeq(marks, signatures.Separator) {
		at := slices.IndexFunc(b, func(s surplus) bool {
			return s.count*sign > 0 && (s.component == mark || strings.HasPrefix(s.component, mark+": "))
		})
		if at >= 0 {
			b[at].count -= sign
		}
	}
}
