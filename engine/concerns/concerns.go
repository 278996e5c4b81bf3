// Package concerns finds what a reviewer of a change to siglists should look at first: what was hardly meant. It judges
// what a comparison counted; docs/judgement.md has the evidence for its thresholds.
package concerns

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/lint"
	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// Kind is a kind of concern.
type Kind string

// The kinds of concerns, the gravest first.
const (
	Everything Kind = "everything" // an added line matches every frame
	Never      Kind = "never"      // an added line can't match any frame
	OneAway    Kind = "one-away"   // an added line matches nothing here, and nearly matches what occurs
	Siblings   Kind = "siblings"   // an added line misses frames that differ in leading underscores, or template arguments
	MidWord    Kind = "mid-word"   // an added line also takes longer names, in the middle of a word
	Cuts       Kind = "cuts"       // an added sentinel cuts away what told crashes apart
	Strangers  Kind = "strangers"  // crashes come to share a signature with others that are unlike them
	Kinds      Kind = "kinds"      // crashes of different kinds of reasons come to share a signature
	Spray      Kind = "spray"      // new signatures differ only in what stands before their last frame
	Marks      Kind = "marks"      // crashes lose or gain what rules put into their signatures
	Idle       Kind = "idle"       // lines have nothing to do, or a rule can't know its crashes any more
)

// order is the order of the kinds.
var order = []Kind{Everything, Never, OneAway, Siblings, MidWord, Cuts, Strangers, Kinds, Spray, Marks, Idle}

// Concern is one thing to look at. What is not said of it is empty.
type Concern struct {
	Kind       Kind
	Line       *siglists.Line  // the line that it is about
	By         []compare.Cause // the lines that do it, where those are others: of what is about signatures, each in as many of the crashes. One has no kind if it didn't change
	Why        string          // of Everything and Never: why; of OneAway: how far away; of Marks: the mark, with + or - in front; of Idle: what a rule knows its crashes by
	Crashes    int
	Of         int // crashes that the line decides, or that all of its kind have
	Signatures []string
	Frames     []compare.FrameCount // of Spray: the last frames
	Counts     []Count              // of Kinds: reasons with their crashes; of Spray: last frames with their new signatures
	Examples   []string
}

// Count is how often something is there.
type Count struct {
	Name string
	N    int
}

// countsOf are counts by name, the largest first.
func countsOf(byName map[string]int) []Count {
	var counts []Count
	for name, n := range byName {
		counts = append(counts, Count{name, n})
	}
	slices.SortFunc(counts, func(a, b Count) int { return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Name, b.Name)) })
	return counts
}

// About tells whether a concern is about a group of changed crashes.
func (c *Concern) About(g compare.Group) bool {
	// What several lines may have done together is told by the signatures, what one line did by the line.
	switch c.Kind {
	case Strangers:
		return g.Candidate == c.Signatures[0] // those behind it are where its crashes came from
	case Kinds, Spray:
		return slices.Contains(c.Signatures, g.Candidate)
	case Marks:
		// Any line may have been the cause; the mark is what the concern is about.
		return slices.Contains(g.RuleChanges, c.Why)
	// These are about what a line does not do, which no group shows.
	case Never, OneAway, Siblings:
		return false
	}
	by := c.Cause() // no group has one without a kind
	return slices.ContainsFunc(g.Causes, func(cause compare.CountedCause) bool { return cause.Cause == by || slices.Contains(c.By, cause.Cause) })
}

// Cause is the changed line that does what a concern is about, or the first of several. It has no kind where none is known.
func (c *Concern) Cause() compare.Cause {
	switch {
	case len(c.By) > 0 && c.By[0].Kind != "":
		return c.By[0]
	case c.Line != nil:
		return compare.Cause{Line: *c.Line, Kind: compare.CauseAdded}
	}
	return compare.Cause{}
}

// Find finds the concerns of a comparison: the gravest of each line, and then all others, the gravest first of both. It fails
// only when it is cancelled. all is false where a line takes too much work to tell all of its concerns.
func Find(ctx context.Context, t *compare.Tally) (found []Concern, all bool, err error) {
	f := finder{groups: t.Groups(), verdicts: t.Verdicts(), pairs: t.Pairs(), budget: pyre.NewBudget(ctx, maxSteps, nil)}
	// A line that matches a frame here can match one: only the others need to be asked about.
	var added []siglists.Line
	all = true
	for _, v := range f.verdicts {
		all = all && !v.Unsure
		if v.Change.Added && v.Kind == compare.NotSeen && !v.Entangled {
			added = append(added, v.Change.Line)
		}
	}
	if f.never, err = lint.Never(ctx, f.budget, added); err != nil {
		return nil, false, fmt.Errorf("looking at the added lines: %w", err)
	}
	f.index()
	f.lines()
	f.strangers(t)
	f.kinds()
	f.spray()
	f.marks()
	f.idle(t.Idle())
	// Stable, since what is equally grave stays in the order of the lines, or of the signatures.
	slices.SortStableFunc(f.found, func(a, b Concern) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a.Kind), slices.Index(order, b.Kind)), cmp.Compare(b.Crashes, a.Crashes))
	})
	return eachLineFirst(f.found), all && !f.budget.Met(), nil
}

// eachLineFirst puts what else there is to say of a line behind the gravest concern of every line: one line can do much of one
// kind, and reports begin with a few concerns only.
func eachLineFirst(all []Concern) []Concern {
	var first, rest []Concern
	said := map[compare.Cause]bool{}
	for _, c := range all {
		if by := c.Cause(); said[by] {
			rest = append(rest, c)
		} else {
			first, said[by] = append(first, c), by.Kind != ""
		}
	}
	return append(first, rest...)
}

// All are the kinds of concerns, the gravest first.
func All() []Kind { return slices.Clone(order) }

// finder finds the concerns of one comparison, each kind by itself.
type finder struct {
	groups   []compare.Group
	verdicts []compare.Verdict
	pairs    []compare.PairCount
	never    map[siglists.Line]string
	budget   *pyre.Budget // of all matching here
	found    []Concern

	byPair map[compare.Pair]*compare.Group
	into   map[string][]compare.PairCount // by candidate signature
	had    map[string]int                 // crashes by base signature
}

// index makes what several kinds look pairs and groups up by.
func (f *finder) index() {
	f.byPair, f.into, f.had = map[compare.Pair]*compare.Group{}, make(map[string][]compare.PairCount, len(f.pairs)), make(map[string]int, len(f.pairs))
	for i := range f.groups {
		f.byPair[f.groups[i].Pair] = &f.groups[i]
	}
	for _, p := range f.pairs {
		f.into[p.Candidate] = append(f.into[p.Candidate], p)
		f.had[p.Base] += p.Crashes
	}
}

func (f *finder) add(c Concern) { f.found = append(f.found, c) }

// lines finds what concerns added lines by themselves.
func (f *finder) lines() {
	for i := range f.verdicts {
		v := &f.verdicts[i]
		if !v.Change.Added {
			continue
		}
		line := &v.Change.Line
		// Whatever else is odd about a line that can't match is a consequence, and would distract from it.
		if why := f.never[*line]; why != "" {
			f.add(Concern{Kind: Never, Line: line, Why: why})
			continue
		}
		f.everything(v)
		for _, miss := range v.NearMisses {
			if compare.IsLikely(miss.How) {
				f.add(Concern{Kind: OneAway, Line: line, Why: miss.How, Crashes: miss.Frames[0].Crashes, Frames: miss.Frames})
			}
		}
		f.siblings(v)
		f.midWord(v)
		f.cuts(v)
	}
}

// everything finds a line that matches every frame: most often for an alternative that is empty.
func (f *finder) everything(v *compare.Verdict) {
	if v.Entangled {
		return
	}
	if why := lint.Everything(f.budget, v.Change.Line); why != "" {
		f.add(Concern{Kind: Everything, Line: &v.Change.Line, Why: why, Crashes: v.Crashes})
	}
}

// siblings finds frames that are an added line but for leading underscores or template arguments, and that stay in signatures. A
// sentinel misses them on whole stacks: signatures end above them.
func (f *finder) siblings(v *compare.Verdict) {
	if v.Crashes == 0 {
		return // whether the line itself is of use is not known
	}
	// Of the frames that it misses, those that go on behind what it says may well be others. One that is all of it was hardly
	// left out on purpose.
	sibling := compare.Sibling(v.Change.Line)
	var stay []compare.FrameCount
	for _, miss := range v.Missed {
		for _, frame := range miss.Frames {
			if !sibling(f.budget, frame.Frame) {
				continue
			}
			// A frame that no signature has does no harm, whatever a pattern does.
			if v.Change.Line.List != siglists.Sentinels {
				frame.Crashes = f.inSignatures(frame.Frame)
			}
			if frame.Crashes > 0 {
				stay = append(stay, frame)
			}
		}
	}
	if len(stay) > 0 {
		f.add(Concern{Kind: Siblings, Line: &v.Change.Line, Crashes: totalFrames(stay), Of: v.Crashes, Frames: stay})
	}
}

// inSignatures counts the crashes whose candidate signature has a frame.
func (f *finder) inSignatures(frame string) int {
	crashes := 0
	for signature, pairs := range f.into {
		// With separators around both, so that a part of a longer name is no find. A frame with a separator in it is found as well.
		if strings.Contains(signatures.Separator+signature+signatures.Separator, signatures.Separator+frame+signatures.Separator) {
			crashes += total(pairs)
		}
	}
	return crashes
}

// total is the crashes of some pairs of signatures.
func total(pairs []compare.PairCount) int {
	n := 0
	for _, p := range pairs {
		n += p.Crashes
	}
	return n
}

// midWord finds longer names that a line takes though it ends in the middle of a word of theirs.
func (f *finder) midWord(v *compare.Verdict) {
	if v.MidWord == 0 {
		return
	}
	// The line is spelt out, since it may escape letters: what it matches is what ends in the word.
	var frames []compare.FrameCount
	for _, frame := range v.Longer {
		if compare.MidWord(frame.Frame, siglists.Spelt(v.Change.Line.Text)) {
			frames = append(frames, frame)
		}
	}
	f.add(Concern{Kind: MidWord, Line: &v.Change.Line, Crashes: v.MidWord, Of: v.Crashes, Frames: frames})
}

// A sentinel must cut away minCut different frames that ended signatures, since one is what it is for. Most of these crashes
// must stay together, togetherFrom or more for a frame: else what is below tells them apart.
const (
	minCut       = 2
	togetherFrom = 3
)

// cuts finds frames that told crashes apart, and that a sentinel cuts away.
func (f *finder) cuts(v *compare.Verdict) {
	if crashes := totalFrames(v.Cuts); len(v.Cuts) >= minCut && 2*f.together(v) > crashes {
		f.add(Concern{Kind: Cuts, Line: &v.Change.Line, Crashes: crashes, Of: v.Crashes, Frames: v.Cuts})
	}
}

// together counts the crashes whose signatures ended in frames that a sentinel cuts away, and that stay together: most of
// those that ended in one frame share one signature now.
func (f *finder) together(v *compare.Verdict) int {
	to, by := map[string]map[string]int{}, Concern{Kind: Cuts, Line: &v.Change.Line}
	for _, cut := range v.Cuts {
		to[cut.Frame] = map[string]int{}
	}
	for _, g := range f.groups {
		if shared := to[signatures.LastPart(g.Base)]; shared != nil && by.About(g) {
			shared[g.Candidate] += g.Crashes
		}
	}
	together := 0
	for _, signatures := range to {
		most, all := 0, 0
		for _, n := range signatures {
			most, all = max(most, n), all+n
		}
		if most >= togetherFrom && 2*most > all {
			together += most
		}
	}
	return together
}

// totalFrames is the crashes of some frames. One that has two of them counts twice.
func totalFrames(frames []compare.FrameCount) int {
	n := 0
	for _, frame := range frames {
		n += frame.Crashes
	}
	return n
}

// strangers finds signatures that unlike crashes come to share, each once.
func (f *finder) strangers(t *compare.Tally) {
	all, _ := t.Strangers()
	at := map[string]int{}
	for _, s := range all {
		i, known := at[s.Candidate]
		if !known {
			i = len(f.found)
			at[s.Candidate] = i
			f.add(Concern{Kind: Strangers, By: f.by(f.into[s.Candidate]), Signatures: []string{s.Candidate}, Of: total(f.into[s.Candidate])})
		}
		c := &f.found[i]
		c.Crashes += s.Crashes
		// The shared signature stands first; behind it those that came to it.
		c.Signatures = append(c.Signatures, s.Base)
		c.Examples = append(c.Examples, f.examples(s.Pair)...)
	}
}

// examples are of crashes that changed: those of an unchanged signature have none.
func (f *finder) examples(p compare.Pair) []string {
	if g := f.byPair[p]; g != nil {
		return g.Examples
	}
	return nil
}

// A signature has a kind of reason when kindShare of kindFrom or more crashes have it.
const (
	kindFrom  = 3
	kindShare = 0.9
)

// kinds finds signatures that crashes of different kinds of reasons come to share.
func (f *finder) kinds() {
	// Sorted, so that concerns of as many crashes come in one order.
	for _, signature := range slices.Sorted(maps.Keys(f.into)) {
		pairs := f.into[signature]
		// Of pairs with a kind each, all but one changed: a signature that held both kinds already is one pair, which has none.
		kinds := map[crashdata.ReasonKind]bool{}
		for _, p := range pairs {
			if kind, ok := kindOf(p); ok {
				kinds[kind] = true
			}
		}
		if len(kinds) < 2 {
			continue
		}
		c := Concern{Kind: Kinds, By: f.by(pairs), Signatures: []string{signature}, Crashes: total(pairs)}
		counts := map[string]int{}
		for _, p := range pairs {
			// Those of a pair that has no kind, too: the signature holds them all.
			for kind := range kinds {
				counts[kind.String()] += p.Reasons[kind]
			}
			c.Examples = append(c.Examples, f.examples(p.Pair)...)
		}
		c.Counts = countsOf(counts)
		f.add(c)
	}
}

// maxSteps bounds the work on all changed lines, as a pyre.Budget counts it: about a second.
const maxSteps = 30_000_000

// idle finds lines of the prefix list that have nothing to do, and added lines that hide from a rule what it knows
// its crashes by.
func (f *finder) idle(lines []compare.Idle) {
	hides := map[siglists.Line]string{}
	for _, v := range f.verdicts {
		if line := v.Change.Line; v.Change.Added && line.List == siglists.Irrelevant && v.Kind != compare.Redundant && !v.Entangled {
			hides[line] = lint.Hides(f.budget, line, signatures.Fragments())
		}
	}
	f.idleFromTheStart()
	for _, i := range lines {
		// Only lines that take all that the line can match leave it nothing to do: these crashes are a sample.
		if !siglists.Covers(f.budget, i.By, i.Line) {
			continue // it has frames elsewhere
		}
		c := Concern{Kind: Idle, Line: &i.Line, Crashes: i.Frames[0].Crashes, Frames: i.Frames}
		for _, by := range i.By {
			c.By = append(c.By, compare.Cause{Line: by, Kind: compare.CauseAdded})
			if i.Has(hides[by]) {
				c.Why = hides[by]
				delete(hides, by) // said
			}
		}
		f.add(c)
	}
	for _, v := range f.verdicts {
		if line := v.Change.Line; hides[line] != "" {
			f.add(Concern{Kind: Idle, Line: &line, Why: hides[line], Crashes: v.Held})
		}
	}
}

// idleFromTheStart finds added lines of the prefix list of which lines that were there already make all frames irrelevant.
// One that takes the place of another was meant to do no more than that.
func (f *finder) idleFromTheStart() {
	// Frames that another added line takes are that line's doing, and told of elsewhere.
	added := map[siglists.Line]bool{}
	for _, v := range f.verdicts {
		added[v.Change.Line] = v.Change.Added
	}
	for i := range f.verdicts {
		v := &f.verdicts[i]
		if !v.Change.Added || v.Change.Line.List != siglists.Prefix || v.Kind != compare.Redundant || v.Edit != nil || v.Entangled {
			continue
		}
		var lines []siglists.Line // all of the takers, of which a redundant line has one or more
		var by []compare.Cause
		for _, taker := range v.Takers {
			if taker.Line.List == siglists.Irrelevant && !added[taker.Line] {
				lines, by = append(lines, taker.Line), append(by, compare.Cause{Line: taker.Line})
			}
		}
		if len(by) == len(v.Takers) && siglists.Covers(f.budget, lines, v.Change.Line) {
			f.add(Concern{Kind: Idle, Line: &v.Change.Line, By: by, Crashes: v.Held})
		}
	}
}
