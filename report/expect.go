package report

import (
	"fmt"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/plural"
)

// Expectations are what somebody expected of the change, and what came of it.
type Expectations struct {
	Met    int                   `json:"met"` // crashes that got what was expected
	Missed List[Missed]          `json:"missed"`
	Absent List[compare.Failure] `json:"absent"` // expected crashes that can't be compared
	// Collateral are the changed groups that hold no expected crash.
	Collateral map[compare.Pair]bool `json:"-"`
}

// Missed is a crash that got another signature than was expected.
type Missed struct {
	ID       string
	Expected string
	compare.Pair
	Causes   []compare.Cause      // why it is what it is, in the candidate
	Misspelt *signatures.Misspelt // why no crash could have got what was expected; nil if one could
}

// Expected is one crash that something is expected of.
type Expected struct {
	ID, Signature string
	Misspelt      *signatures.Misspelt // why no crash gets the signature; nil if one could
	Comparison    compare.Comparison
	Err           error // why there is no comparison
}

// NewExpectations holds what was expected against what came of it. groups are the changed ones.
func NewExpectations(expected []Expected, groups []compare.Group, d compare.Differ) *Expectations {
	x := &Expectations{Collateral: map[compare.Pair]bool{}}
	meant := map[compare.Pair]bool{}
	for _, e := range expected {
		// It counts as neither met nor missed: nothing came of it.
		if e.Err != nil {
			x.Absent = append(x.Absent, compare.Failure{ID: e.ID, Err: e.Err.Error()})
			continue
		}
		pair := compare.Pair{Base: e.Comparison.Base.Signature, Candidate: e.Comparison.Candidate.Signature}
		// Also where the expectation is missed: its group is where somebody looks anyway, and is not collateral.
		meant[pair] = true
		// Whether it changed to that, or had it before, makes no difference.
		if pair.Candidate == e.Signature {
			x.Met++
			continue
		}
		_, causes := e.Comparison.Why(d)
		x.Missed = append(x.Missed, Missed{ID: e.ID, Expected: e.Signature, Pair: pair, Causes: causes, Misspelt: e.Misspelt})
	}
	for _, g := range groups {
		if !meant[g.Pair] {
			x.Collateral[g.Pair] = true
		}
	}
	return x
}

// Summary says in a line how the expectations fared.
func (x *Expectations) Summary() string { return "expected: " + x.fared() }

func (x *Expectations) fared() string {
	text := fmt.Sprintf("%s met, %s missed", plural.Number(x.Met), plural.Number(len(x.Missed)))
	if len(x.Absent) > 0 {
		text += fmt.Sprintf(", %s not to be compared", plural.Number(len(x.Absent)))
	}
	// Said even where there are none, since that is what an expectation is for.
	return text + "; " + plural.Of(len(x.Collateral), "changed group holds", "changed groups hold") + " no expected crash"
}

// isCollateral is false for every group where nothing is expected.
func (x *Expectations) isCollateral(g compare.Group) bool { return x != nil && x.Collateral[g.Pair] }

// rank puts collateral first.
func (x *Expectations) rank(g compare.Group) int {
	if x.isCollateral(g) {
		return 0
	}
	return 1
}

// Why says that no crash could get what was expected; that nothing changed; the causes.
func (m Missed) Why() []Phrase {
	var why []Phrase
	if m.Misspelt != nil {
		// First of all: then the change can't be at fault.
		why = append(why, misspeltText(*m.Misspelt))
	}
	if m.Base == m.Candidate {
		why = append(why, say("its signature does not change"))
	}
	return append(why, each(m.Causes, causeText)...)
}

func misspeltText(m signatures.Misspelt) Phrase {
	if m.Instead == "" {
		return say(m.String())
	}
	return say(m.Claim()+"; ", m.Instead, " is how it would be written")
}
