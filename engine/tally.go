package engine

import (
	"cmp"
	"errors"
	"maps"
	"slices"
)

// Keep says what a tally keeps beyond counts.
type Keep struct {
	// Examples is how many crash ids a group keeps, chosen so that their stacks differ.
	Examples int
	// Changed keeps every changed crash.
	Changed bool
	// Differ tells causes; its zero value tells none.
	Differ Differ
}

// Pair is a signature on both sides.
type Pair struct{ Base, Candidate string }

func (p Pair) compare(q Pair) int {
	return cmp.Or(cmp.Compare(p.Base, q.Base), cmp.Compare(p.Candidate, q.Candidate))
}

// Tally counts comparisons. Tallies of parts merge into the tally of the whole, in any order.
type Tally struct {
	keep     Keep
	crashes  int
	missing  []string
	failures []Failure
	pairs    map[Pair]*pairTally
}

// Failure is a crash that could not be compared.
type Failure struct {
	ID  string
	Err string
}

// ChangedCrash is a crash whose signature changed.
type ChangedCrash struct {
	ID    string
	Notes []string // of the candidate
}

// pairTally counts the crashes with one pair of signatures.
type pairTally struct {
	crashes  int
	causes   map[Cause]int
	rules    map[string]int
	examples examples
	changed  []ChangedCrash
}

// NewTally makes an empty tally.
func NewTally(keep Keep) *Tally { return &Tally{keep: keep, pairs: map[Pair]*pairTally{}} }

// AddFailure counts a crash that could not be compared.
func (t *Tally) AddFailure(id string, err error) {
	t.crashes++
	if errors.Is(err, ErrMissing) {
		t.missing = append(t.missing, id)
		return
	}
	t.failures = append(t.failures, Failure{ID: id, Err: err.Error()})
}

// Add counts a comparison.
func (t *Tally) Add(c Comparison) {
	t.crashes++
	pair := Pair{c.Base.Signature, c.Candidate.Signature}
	p := t.pairs[pair]
	if p == nil {
		p = &pairTally{}
		t.pairs[pair] = p
	}
	p.crashes++
	if !c.Changed() {
		return
	}
	p.addChanged(c, t.keep)
}

func (p *pairTally) addChanged(c Comparison, keep Keep) {
	_, causes := c.Why(keep.Differ)
	for _, cause := range causes {
		p.causes = count(p.causes, cause, 1)
	}
	for _, change := range c.RuleChanges() {
		p.rules = count(p.rules, change, 1)
	}
	p.examples.add(example{hashText(c.Candidate.ProtoSignature), c.Crash.ID()}, keep.Examples)
	if keep.Changed {
		p.changed = append(p.changed, ChangedCrash{c.Crash.ID(), c.Candidate.Notes})
	}
}

func count[K comparable](counts map[K]int, key K, n int) map[K]int {
	if counts == nil {
		counts = map[K]int{}
	}
	counts[key] += n
	return counts
}

// Merge adds the counts of another tally of the same sides, which must not be used after.
func (t *Tally) Merge(other *Tally) {
	t.crashes += other.crashes
	t.missing = append(t.missing, other.missing...)
	t.failures = append(t.failures, other.failures...)
	for pair, theirs := range other.pairs {
		ours := t.pairs[pair]
		if ours == nil {
			t.pairs[pair] = theirs
			continue
		}
		ours.merge(theirs, t.keep)
	}
}

func (p *pairTally) merge(q *pairTally, keep Keep) {
	p.crashes += q.crashes
	for cause, n := range q.causes {
		p.causes = count(p.causes, cause, n)
	}
	for change, n := range q.rules {
		p.rules = count(p.rules, change, n)
	}
	for _, e := range q.examples {
		p.examples.add(e, keep.Examples)
	}
	p.changed = append(p.changed, q.changed...)
}

// Totals are the counts of a whole comparison. Crashes is the sum of Compared, Missing and Failed.
type Totals struct {
	Crashes, Compared, Changed, Missing, Failed int
	// SignaturesBase and SignaturesCandidate count the distinct signatures of each side.
	SignaturesBase, SignaturesCandidate int
}

// Totals sums the tally up.
func (t *Tally) Totals() Totals {
	sum := Totals{Crashes: t.crashes, Missing: len(t.missing), Failed: len(t.failures)}
	base, candidate := map[string]bool{}, map[string]bool{}
	for pair, p := range t.pairs {
		sum.Compared += p.crashes
		if pair.Base != pair.Candidate {
			sum.Changed += p.crashes
		}
		base[pair.Base], candidate[pair.Candidate] = true, true
	}
	sum.SignaturesBase, sum.SignaturesCandidate = len(base), len(candidate)
	return sum
}

// Missing are the crashes that were not there, by id.
func (t *Tally) Missing() []string { return slices.Sorted(slices.Values(t.missing)) }

// Failures are the crashes that could not be compared, by id.
func (t *Tally) Failures() []Failure {
	return slices.SortedFunc(slices.Values(t.failures), func(a, b Failure) int { return cmp.Compare(a.ID, b.ID) })
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

// Group is the crashes that changed from one signature to another.
type Group struct {
	Pair
	Crashes     int
	Kind        GroupKind
	RuleChanges []string
	Causes      []CountedCause
	Examples    []string // crash ids
	Changed     []ChangedCrash
}

// CountedCause is a cause and how many crashes of the group it was one for.
type CountedCause struct {
	Cause
	Crashes int
}

// Groups are the changed crashes, by count descending, then by signatures.
func (t *Tally) Groups() []Group {
	fromBase, toCandidate := map[string]int{}, map[string]int{}
	for pair := range t.pairs {
		fromBase[pair.Base]++
		toCandidate[pair.Candidate]++
	}
	var groups []Group
	for pair, p := range t.pairs {
		if pair.Base != pair.Candidate {
			groups = append(groups, p.group(pair, kindOf(fromBase[pair.Base], toCandidate[pair.Candidate])))
		}
	}
	slices.SortFunc(groups, func(a, b Group) int {
		return cmp.Or(cmp.Compare(b.Crashes, a.Crashes), a.Pair.compare(b.Pair))
	})
	return groups
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

func (p *pairTally) group(pair Pair, kind GroupKind) Group {
	g := Group{
		Pair: pair, Crashes: p.crashes, Kind: kind, Examples: p.examples.ids(),
		RuleChanges: slices.Sorted(maps.Keys(p.rules)),
	}
	for cause, n := range p.causes {
		g.Causes = append(g.Causes, CountedCause{cause, n})
	}
	slices.SortFunc(g.Causes, func(a, b CountedCause) int {
		return cmp.Or(cmp.Compare(b.Crashes, a.Crashes), a.Cause.compare(b.Cause))
	})
	g.Changed = slices.SortedFunc(slices.Values(p.changed), func(a, b ChangedCrash) int { return cmp.Compare(a.ID, b.ID) })
	return g
}

// SignatureCount is how many crashes have a signature on each side.
type SignatureCount struct {
	Signature       string
	Base, Candidate int
}

// Signatures are the signatures whose counts differ, the largest difference first.
func (t *Tally) Signatures() []SignatureCount {
	counts := map[string]SignatureCount{}
	for pair, p := range t.pairs {
		b := counts[pair.Base]
		b.Base += p.crashes
		counts[pair.Base] = b
		c := counts[pair.Candidate]
		c.Candidate += p.crashes
		counts[pair.Candidate] = c
	}
	var differ []SignatureCount
	for signature, n := range counts {
		if n.Base != n.Candidate {
			n.Signature = signature
			differ = append(differ, n)
		}
	}
	slices.SortFunc(differ, func(a, b SignatureCount) int {
		return cmp.Or(cmp.Compare(abs(b.Base-b.Candidate), abs(a.Base-a.Candidate)), cmp.Compare(a.Signature, b.Signature))
	})
	return differ
}

func abs(n int) int { return max(n, -n) }
