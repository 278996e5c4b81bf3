package compare

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/siglists"
)

// CauseKind says how a list line comes to change a signature.
type CauseKind string

// The kinds of causes.
const (
	CauseAdded    CauseKind = "added"    // the line is new in the candidate
	CauseRemoved  CauseKind = "removed"  // the line is gone from the candidate
	CauseShadowed CauseKind = "shadowed" // the line is in both, but another takes its frame first
)

// Cause is a list line that decides a frame on one side and not on the other, or one that differs and without
// which the candidate's signature would be another.
type Cause struct {
	Line siglists.Line // with its number in the candidate if it is added, else in the base
	Kind CauseKind
}

// CauseOf is a changed line as a cause.
func CauseOf(change siglists.Change) Cause {
	if change.Added {
		return Cause{change.Line, CauseAdded}
	}
	return Cause{change.Line, CauseRemoved}
}

// MarshalText is the cause as a key of JSON.
func (c Cause) MarshalText() ([]byte, error) {
	line, err := c.Line.MarshalText()
	return append([]byte(c.Kind+" "), line...), err
}

// UnmarshalText reads what MarshalText wrote.
func (c *Cause) UnmarshalText(text []byte) error {
	kind, line, _ := bytes.Cut(text, []byte(" "))
	c.Kind = CauseKind(kind)
	if !slices.Contains([]CauseKind{CauseAdded, CauseRemoved, CauseShadowed}, c.Kind) {
		return fmt.Errorf("no kind of cause: %q", kind)
	}
	return c.Line.UnmarshalText(line)
}

// Compare orders causes by the place of their lines.
func (c Cause) Compare(d Cause) int {
	return cmp.Or(
		cmp.Compare(c.Line.List, d.Line.List), cmp.Compare(c.Line.Number, d.Line.Number),
		cmp.Compare(c.Line.Text, d.Line.Text), cmp.Compare(c.Kind, d.Kind),
	)
}

// FrameChange is a frame that the two sides treat differently.
type FrameChange struct {
	Pass, Frame     int // indexes into Result.Passes and Pass.Frames
	Base, Candidate signatures.FrameTrace
}

// Why are the frames that two results treat differently, and the causes. Frames that only one side
// reaches are not among them: what they do there is a consequence. A line that decides such a frame is a
// cause where lines were weighed and it alone decides the signature.
func (c Comparison) Why(d Differ) (frames []FrameChange, causes []Cause) {
	seen := map[Cause]bool{}
	add := func(found ...Cause) {
		for _, cause := range found {
			if !seen[cause] {
				seen[cause] = true
				causes = append(causes, cause)
			}
		}
	}
	// One side alone may walk over thread 0; what it does there has nothing to be held against.
	for p := range min(len(c.Base.Passes), len(c.Candidate.Passes)) {
		base, cand := c.Base.Passes[p], c.Candidate.Passes[p]
		if base.CutAt != cand.CutAt {
			add(d.cutCauses(base, cand)...)
		}
		for i := range min(len(base.Frames), len(cand.Frames)) {
			b, k := base.Frames[i], cand.Frames[i]
			if !differs(b, k) {
				continue
			}
			frames = append(frames, FrameChange{Pass: p, Frame: i, Base: b, Candidate: k})
			add(d.frameCauses(b, k)...)
		}
	}
	// What was weighed comes last: lines that the walks name stand in the order of the stack.
	add(c.decided...)
	return frames, causes
}

// differs tells whether two sides treat a frame differently that both reach, or cut the stack at
// different sentinels.
func differs(b, k signatures.FrameTrace) bool {
	// A sentinel counts even where the walk doesn't get to it, since it says where the walk begins.
	if b.Text != k.Text || (b.Sentinel == nil) != (k.Sentinel == nil) {
		return true
	}
	return walkedOtherwise(b, k)
}

// walkedOtherwise tells whether two sides treat a frame differently that both reach.
func walkedOtherwise(b, k signatures.FrameTrace) bool {
	return b.Treatment != k.Treatment && b.Reached() && k.Reached()
}

// Differ knows which lines two siglist sets don't share.
type Differ struct {
	changed     map[siglists.Change]bool
	otherFrames bool // the rulesets take other frames of one stack: that is no line's doing
}

// generatorOf is what makes a side's results, or made them once; nil when that is not known.
func generatorOf(side signatures.Side) *signatures.Generator {
	switch s := side.(type) {
	case *signatures.Generator:
		return s
	case interface{ Generator() *signatures.Generator }: // results that were kept
		return s.Generator()
	}
	return nil
}

// NewDiffer knows the lines that differ between two sides; none when the siglists of one of them are
// not known.
func NewDiffer(base, candidate signatures.Side) Differ {
	// Lines are compared with their numbers: each side's own are what its traces name.
	d := Differ{changed: map[siglists.Change]bool{}}
	b, c := generatorOf(base), generatorOf(candidate)
	if b == nil || c == nil {
		return d
	}
	d.otherFrames = !b.Rules.SameFrames(c.Rules)
	for _, change := range siglists.Diff(b.Set, c.Set) {
		d.changed[change] = true
	}
	return d
}

// base is the cause that a line decided on the base side only.
func (d Differ) base(line *siglists.Line) []Cause {
	switch {
	case line == nil:
		return nil
	case d.changed[siglists.Change{Line: *line}]:
		return []Cause{{*line, CauseRemoved}}
	}
	return []Cause{{*line, CauseShadowed}}
}

// candidate is the cause that a line decided on the candidate side only. A line of both sets that
// decides only there had been shadowed, and what shadowed it is a cause of its own.
func (d Differ) candidate(line *siglists.Line) []Cause {
	if line == nil || !d.changed[siglists.Change{Line: *line, Added: true}] {
		return nil
	}
	return []Cause{{*line, CauseAdded}}
}

// cutCauses are the sentinels at which the sides cut one stack in different places.
func (d Differ) cutCauses(base, cand signatures.Pass) []Cause {
	if d.otherFrames {
		return nil
	}
	var causes []Cause
	if at := base.CutAt; at >= 0 {
		causes = append(causes, d.base(base.Frames[at].Sentinel)...)
	}
	if at := cand.CutAt; at >= 0 {
		causes = append(causes, d.candidate(cand.Frames[at].Sentinel)...)
	}
	return causes
}

// frameCauses are the lines for which the sides treat one frame differently. Where its text is another, only lines of the
// list of line numbers can be why.
func (d Differ) frameCauses(b, k signatures.FrameTrace) []Cause {
	if b.Text != k.Text {
		return append(d.base(b.LineNumbers), d.candidate(k.LineNumbers)...)
	}
	if d.otherFrames || !walkedOtherwise(b, k) {
		return nil
	}
	return append(d.base(b.Line), d.candidate(k.Line)...)
}

// RuleChanges are the marks of the rules that fired for one of the signatures only, for the candidate (+) or the
// base (-): what they put in front, cut off or replaced, such as "+shutdownhang" or "-OOM | small". Some rules
// look at the signature's text, so that a list change can switch them. There are none where it is not known
// which rules made one of the signatures.
func (c Comparison) RuleChanges() []string {
	if c.Base.Fired == nil || c.Candidate.Fired == nil {
		return nil
	}
	var changes []string
	for _, mark := range c.Base.Marks {
		if !slices.Contains(c.Candidate.Marks, mark) {
			changes = append(changes, "-"+mark)
		}
	}
	for _, mark := range c.Candidate.Marks {
		if !slices.Contains(c.Base.Marks, mark) {
			changes = append(changes, "+"+mark)
		}
	}
	return changes
}
