package compare

import (
	"cmp"
	"encoding/json"
	"iter"
	"maps"
	"slices"
	"unique"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/table"
	"github.com/sigdiff/sigdiff/siglists"
)

// Pair is a signature on both sides.
type Pair struct {
	Base      string `json:"base"`
	Candidate string `json:"candidate"`
}

// Compare orders pairs by the base signature, then by the candidate's.
func (p Pair) Compare(q Pair) int {
	return cmp.Or(cmp.Compare(p.Base, q.Base), cmp.Compare(p.Candidate, q.Candidate))
}

// Tally counts comparisons. Tallies of parts merge into the tally of the whole, in any order.
type Tally struct {
	options  Options
	differ   Differ
	crashes  int
	missing  []string
	failures []Failure
	pairs    map[Pair]*pairTally
	lines    []lineTally

	withoutStack int // of those compared
	dates        Dates

	prefixes  map[siglists.Line]prefixTally
	strangers []Stranger // parts have none
	compared  bool       // stacks were held against each other
}

// Failure is a crash that could not be compared.
type Failure = table.Failure

// ChangedCrash is a crash whose signature changed.
type ChangedCrash struct {
	ID    string
	Notes []string `json:",omitempty"` // of the candidate
}

// pairTally counts the crashes with one pair of signatures. Its exported fields are what a part keeps of it.
type pairTally struct {
	Crashes int
	Moved   int                        `json:",omitempty"` // Result.OtherData
	Facets  Facets                     // crashes of each
	Reasons [crashdata.ReasonKinds]int // crashes by the kind of their reason

	// Of a pair of different signatures.
	Stale    int                 `json:",omitempty"` // processed before Options.StaleBefore
	Causes   map[Cause]int       `json:",omitempty"`
	Rules    map[string]int      `json:",omitempty"`
	Examples examples            `json:",omitempty"`
	Next     map[uint64]struct{} `json:",omitempty"` // hashes of the frames after the candidate's signature
	Changed  []ChangedCrash      `json:",omitempty"`

	sample sample // where stacks are held against each other
}

// Dates are the days of the first and the last crash, YYYY-MM-DD; empty where none is known.
type Dates struct{ First, Last string }

// with are the dates with a day among them.
func (d Dates) with(day string) Dates {
	switch {
	case day == "":
		return d
	case d.First == "":
		return Dates{day, day}
	}
	return Dates{min(d.First, day), max(d.Last, day)}
}

// Dates are the days of the first and the last crash compared.
func (t *Tally) Dates() Dates { return t.dates }

// Products are those of the crashes compared that have one, most crashes first.
func (t *Tally) Products() []string {
	counts := map[string]int{}
	for _, p := range t.pairs {
		for facet, n := range p.Facets {
			if product := facet.Value().Product; product != "" {
				counts[product] += n
			}
		}
	}
	return slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
}

// Facet is what crashes are counted apart by.
type Facet struct{ Product, Channel, Platform, Process, CPU, Startup string }

// Facets count crashes by their facet.
type Facets = map[SharedFacet]int

// SharedFacet is a facet that is in memory once: there are many counts of few facets.
type SharedFacet struct{ unique.Handle[Facet] }

// Share makes it.
func (f Facet) Share() SharedFacet { return SharedFacet{unique.Make(f)} }

// facetOf is that of a crash.
func facetOf(m crashdata.Meta) SharedFacet {
	return Facet{m.Product, m.Channel, m.Platform, m.Process, m.CPU, m.Startup}.Share()
}

// MarshalText is the facet as a key of JSON.
func (s SharedFacet) MarshalText() ([]byte, error) {
	f := s.Value()
	return json.Marshal([...]string{f.Product, f.Channel, f.Platform, f.Process, f.CPU, f.Startup})
}

// UnmarshalText reads what MarshalText wrote.
func (s *SharedFacet) UnmarshalText(text []byte) error {
	var parts [6]string
	err := json.Unmarshal(text, &parts)
	*s = Facet{parts[0], parts[1], parts[2], parts[3], parts[4], parts[5]}.Share()
	return err
}

// newTally is a tally of nothing. One that is read of a part has no Differ, since nothing is added to it.
func newTally(o Options, d Differ) *Tally {
	return &Tally{options: o, differ: d, pairs: map[Pair]*pairTally{}}
}

// addFailure counts a crash that could not be compared.
func (t *Tally) addFailure(id string, err error) {
	t.crashes++
	t.failures = append(t.failures, Failure{ID: id, Err: err.Error()})
}

// add counts a number of crashes of which a comparison is, each with the number of its facet, and returns what is counted of
// those with its signatures.
func (t *Tally) add(c Comparison, n int, crashes iter.Seq2[int, crashdata.Meta], facets []SharedFacet) *pairTally {
	t.crashes += n
	if !c.Crash.HasStack() {
		t.withoutStack += n
	}
	pair := Pair{c.Base.Signature, c.Candidate.Signature}
	p := t.pairs[pair]
	if p == nil {
		p = &pairTally{}
		t.pairs[pair] = p
	}
	p.Crashes += n
	p.Reasons[c.Crash.ReasonKind()] += n
	for facet, m := range crashes {
		p.Facets = count(p.Facets, facets[facet], 1)
		t.dates = t.dates.with(m.Day())
	}
	if c.Base.OtherData || c.Candidate.OtherData {
		p.Moved += n
	}
	if c.Changed() {
		p.addChanged(c, n, crashes, t.options, t.differ)
	}
	return p
}

// addChanged counts what only changed crashes have: of these causes and rules are known, since they were explained.
func (p *pairTally) addChanged(c Comparison, n int, crashes iter.Seq2[int, crashdata.Meta], o Options, d Differ) {
	_, causes := c.Why(d)
	for _, cause := range causes {
		p.Causes = count(p.Causes, cause, n)
	}
	for _, change := range c.RuleChanges() {
		p.Rules = count(p.Rules, change, n)
	}
	if frame, ok := c.Candidate.Next(); ok {
		p.Next = set(p.Next, hashText(frame))
	}
	// All frames, and not only those of the signature: examples are to be different bugs, as far as stacks tell.
	stack := hashText(c.Candidate.ProtoSignature)
	for _, m := range crashes {
		p.Examples.add(example{stack, m.ID}, o.Examples)
		if m.ProcessedBefore(o.StaleBefore) {
			p.Stale++
		}
		if o.Changed {
			p.Changed = append(p.Changed, ChangedCrash{m.ID, c.Candidate.Notes})
		}
	}
}

// Merge adds the counts of another tally of the same sides, which must not be used after.
func (t *Tally) Merge(other *Tally) {
	t.crashes += other.crashes
	t.withoutStack += other.withoutStack
	t.dates = t.dates.with(other.dates.First).with(other.dates.Last)
	t.missing = append(t.missing, other.missing...)
	t.failures = append(t.failures, other.failures...)
	for pair, theirs := range other.pairs {
		ours := t.pairs[pair]
		if ours == nil {
			t.pairs[pair] = theirs
			continue
		}
		ours.merge(theirs, t.options)
	}
	for line, p := range other.prefixes {
		t.prefixes = put(t.prefixes, line, t.prefixes[line].merge(p))
	}
	// Tallies of a comparison that was not weighed have none; Join refuses others that don't agree.
	for i := range min(len(t.lines), len(other.lines)) {
		t.lines[i].merge(other.lines[i])
	}
}

// merge adds the counts of q, which must not be used after: p may have its maps and lists now.
func (p *pairTally) merge(q *pairTally, o Options) {
	p.Crashes += q.Crashes
	p.Stale += q.Stale
	p.Moved += q.Moved
	p.Facets = sum(p.Facets, q.Facets)
	for kind, n := range q.Reasons {
		p.Reasons[kind] += n
	}
	p.Causes, p.Rules = sum(p.Causes, q.Causes), sum(p.Rules, q.Rules)
	for _, e := range q.Examples {
		p.Examples.add(e, o.Examples)
	}
	p.Next = union(p.Next, q.Next)
	p.Changed = append(p.Changed, q.Changed...)
	p.sample = p.sample.merge(q.sample)
}

// Totals are the counts of a whole comparison. Crashes is the sum of Compared, Missing and Failed.
type Totals struct {
	Crashes  int `json:"crashes"`
	Compared int `json:"compared"`
	Changed  int `json:"changed"`
	Missing  int `json:"missing"`
	Failed   int `json:"failed"`
	// SignaturesBase and SignaturesCandidate count the distinct signatures of each side.
	SignaturesBase      int `json:"signatures_base"`
	SignaturesCandidate int `json:"signatures_candidate"`
	// Stale counts the changed crashes that were processed before Options.StaleBefore.
	Stale int `json:"stale"`
	// DataChanged counts the compared crashes of which a side's result is of other data, whether it is another
	// signature or not: see signatures.Result.OtherData.
	DataChanged int `json:"data_changed"`
	// WithoutStack counts the compared crashes that have nothing to make a signature from: see Crash.HasStack.
	WithoutStack int `json:"without_stack"`
}

// Totals sums the tally up.
func (t *Tally) Totals() Totals {
	sum := Totals{Crashes: t.crashes, Missing: len(t.missing), Failed: len(t.failures), WithoutStack: t.withoutStack}
	// Most signatures stay, so that only those of pairs that differ need a set to be counted once.
	kept, gone, came := 0, map[string]bool{}, map[string]bool{}
	for pair, p := range t.pairs {
		sum.Compared += p.Crashes
		sum.DataChanged += p.Moved
		if pair.Base == pair.Candidate {
			kept++
			continue
		}
		sum.Changed += p.Crashes
		sum.Stale += p.Stale
		if t.kept(pair.Base) == 0 {
			gone[pair.Base] = true
		}
		if t.kept(pair.Candidate) == 0 {
			came[pair.Candidate] = true
		}
	}
	sum.SignaturesBase, sum.SignaturesCandidate = kept+len(gone), kept+len(came)
	return sum
}

// Missing are the crashes that were not there, by id.
func (t *Tally) Missing() []string { return slices.Sorted(slices.Values(t.missing)) }

// Failures are the crashes that could not be compared, by id, then by error.
func (t *Tally) Failures() []Failure {
	return slices.SortedFunc(slices.Values(t.failures), compareFailures)
}

// GroupKind says what became of a signature, over all crashes, the unchanged ones included.
type GroupKind string

// The kinds of groups.
const (
	Renamed GroupKind = "renamed" // all of one signature became one that had nothing else
	Split   GroupKind = "split"   // a part of a signature became one that had nothing else
	Merged  GroupKind = "merged"  // all of a signature joined others
	Mixed   GroupKind = "mixed"   // a part of a signature joined others
)

// Joins tells whether crashes come to others, which have their signature then.
func (k GroupKind) Joins() bool { return k == Merged || k == Mixed }

// GroupKinds are the kinds, the least change first.
func GroupKinds() []GroupKind { return []GroupKind{Renamed, Merged, Split, Mixed} }

// Group is the crashes that changed from one signature to another.
type Group struct {
	Pair
	Crashes     int
	Stale       int // of them, processed before Options.StaleBefore
	DataChanged int // of them, with a result that is of other data
	Kind        GroupKind
	RuleChanges []string
	Causes      []CountedCause
	// NextFrames counts the different frames that follow the candidate's signature on the stacks of all
	// crashes that changed to it: how different those stacks are that a merge brings together.
	NextFrames int
	From       int      // how many other signatures became the candidate's, in whole or in part
	Had        int      // crashes that had the candidate's signature before
	Examples   []string // crash ids
	Changed    []ChangedCrash
}

// CountedCause is a cause and how many crashes of the group it was one for.
type CountedCause struct {
	Cause
	Crashes int
}

// Groups are the changed crashes, by count descending, then by signatures.
func (t *Tally) Groups() []Group {
	var groups []Group
	next := map[string]map[uint64]struct{}{}               // by candidate signature
	became, cameFrom := map[string]int{}, map[string]int{} // the other signatures of one that changes
	left := map[string]int{}                               // crashes, by base signature
	for pair, p := range t.pairs {
		if pair.Base == pair.Candidate {
			continue
		}
		groups = append(groups, p.group(pair))
		next[pair.Candidate] = union(next[pair.Candidate], p.Next)
		became[pair.Base]++
		cameFrom[pair.Candidate]++
		left[pair.Base] += p.Crashes
	}
	for i := range groups {
		g := &groups[i]
		stayed := t.kept(g.Candidate)
		g.NextFrames, g.From, g.Had = len(next[g.Candidate]), cameFrom[g.Candidate], left[g.Candidate]+stayed
		// The crashes that keep a signature make it one that the base became, and one that the candidate came from.
		g.Kind = kindOf(became[g.Base]+min(1, t.kept(g.Base)), cameFrom[g.Candidate]+min(1, stayed))
	}
	slices.SortFunc(groups, func(a, b Group) int {
		return cmp.Or(cmp.Compare(b.Crashes, a.Crashes), a.Pair.Compare(b.Pair))
	})
	return groups
}

// kept is how many crashes keep a signature.
func (t *Tally) kept(signature string) int {
	if p := t.pairs[Pair{signature, signature}]; p != nil {
		return p.Crashes
	}
	return 0
}

// Strangers are the signatures that crashes came to share with others whose stacks have little in common with theirs;
// known is whether stacks were held against each other: they are where lines are weighed, between two siglist sets, but not
// in parts.
func (t *Tally) Strangers() (all []Stranger, known bool) {
	return t.strangers, t.compared
}

// Verdicts are what each changed line does, in the order of siglists.Diff. There are none unless they
// were asked for, and none for a side without siglists.
func (t *Tally) Verdicts() []Verdict {
	var out []Verdict
	otherTexts := false
	for i := range t.lines {
		out = append(out, t.lines[i].verdict())
		otherTexts = otherTexts || t.lines[i].Change.Line.List == siglists.LineNumbers
	}
	for i := range out {
		if other := t.lines[i].Other; other >= 0 && isEdit(out[i], out[other]) {
			out[i].Edit = t.lines[i].editOf(&t.lines[other])
			if !otherTexts {
				out[i].undoEdit()
			}
		}
	}
	return out
}

// isEdit tells whether one of two lines took the other's place. Reports show an edit as the line that came: if it does
// nothing where the other one did, that other line went.
func isEdit(a, b Verdict) bool {
	if a.Change.Added {
		a, b = b, a
	}
	return a.Kind != Decides || b.Kind == Decides
}

// kindOf tells the kind from how many signatures the base one became, and how many the candidate one
// came from.
func kindOf(became, cameFrom int) GroupKind {
	switch {
	case became == 1 && cameFrom == 1:
		return Renamed
	case cameFrom == 1:
		return Split
	case became == 1:
		return Merged
	}
	return Mixed
}

// group is the crashes of a pair of different signatures, but for its kind.
func (p *pairTally) group(pair Pair) Group {
	g := Group{
		Pair: pair, Crashes: p.Crashes, Stale: p.Stale, DataChanged: p.Moved, Examples: p.Examples.ids(),
		RuleChanges: slices.Sorted(maps.Keys(p.Rules)),
	}
	for cause, n := range p.Causes {
		g.Causes = append(g.Causes, CountedCause{cause, n})
	}
	slices.SortFunc(g.Causes, func(a, b CountedCause) int {
		return cmp.Or(cmp.Compare(b.Crashes, a.Crashes), a.Cause.Compare(b.Cause))
	})
	g.Changed = slices.SortedFunc(slices.Values(p.Changed), compareChanged)
	return g
}
