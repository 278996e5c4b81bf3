package compare

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/engine/table"
)

// Stranger is a signature that crashes came to share with others whose stacks have little in common with theirs.
type Stranger struct {
	Pair     // of the crashes that came
	Crashes  int
	Likeness float64 // mean likeness of their stacks to those of the others, from 0 to 1
}

// strangersBelow is how much stacks have in common that one signature should not bring together, at most, and
// strangersFrom is how many crashes must come to it, in all. See docs/judgement.md.
const (
	strangersBelow = 0.10
	strangersFrom  = 3
)

// strangers are the pairs of different signatures whose crashes are unlike those that they come to share theirs with,
// by crashes descending.
func (s *stacks) strangers(pairs map[Pair]*pairTally, edit *table.Edit) []Stranger {
	with := map[string][]Pair{}
	var changed []Pair
	for pair := range pairs {
		if pair.Base != pair.Candidate {
			changed, with[pair.Candidate] = append(changed, pair), nil
		}
	}
	for pair := range pairs {
		if all, ok := with[pair.Candidate]; ok {
			with[pair.Candidate] = append(all, pair)
		}
	}
	// Maps have no order, and the list is sorted by crashes alone in the end: equal ones stay by signature.
	slices.SortFunc(changed, Pair.Compare)
	var l *likeness
	var all []Stranger
	came := map[string]int{}
	for _, pair := range changed {
		if len(with[pair.Candidate]) < 2 {
			continue
		}
		if l == nil {
			l = s.likeness(edit)
		}
		// Those of the crashes that had the signature before are among them, under the pair of equal signatures.
		var others sample
		together := 0
		for _, other := range with[pair.Candidate] {
			if together += pairs[other].Crashes; other != pair {
				others = others.merge(pairs[other].sample)
			}
		}
		p := pairs[pair]
		l.silent = s.silent(pair, together)
		if mean := l.mean(p.sample, others); mean < strangersBelow {
			all = append(all, Stranger{pair, p.Crashes, mean})
			came[pair.Candidate] += p.Crashes
		}
	}
	// A crash or two are no finding: any two crashes may be unlike by chance.
	all = slices.DeleteFunc(all, func(one Stranger) bool { return came[one.Candidate] < strangersFrom })
	slices.SortStableFunc(all, func(a, b Stranger) int { return cmp.Compare(b.Crashes, a.Crashes) })
	return all
}

// silent tells which frames say nothing of how alike the stacks of a signature are that was cut short, and that so many crashes
// have then: those that are left of it, for which they come together, and those of most other crashes, if these are as many.
// Threads begin with the latter, and the weights of few crashes don't tell. It is nil for other signatures.
func (s *stacks) silent(p Pair, together int) func(name int32) bool {
	whole, short := signatures.WithoutMessage(p.Base), signatures.WithoutMessage(p.Candidate)
	if !strings.HasPrefix(whole, short+signatures.Separator) {
		return nil
	}
	var left []int32
	for frame := range strings.SplitSeq(short, signatures.Separator) {
		if name, known := s.names.numbers[frame]; known {
			left = append(left, name)
		}
	}
	others := s.crashes - together
	return func(name int32) bool {
		usual := others >= together && 2*(s.frames[name]-together) > others
		return usual || slices.Contains(left, name)
	}
}

// likeness tells how much stacks have in common. It is that of FaST (Rodrigues, Aloise and Fernandes, MSR 2022), which
// goes over the stacks once: a frame weighs the more the nearer it is to the top of its stack, and the fewer crashes
// have it. A frame that many others call says less than one that is always called by the same.
type likeness struct {
	edit    *table.Edit
	symbols []int32               // of the names
	weight  []float64             // of a frame at the top of a stack, by name
	worth   []worth               // by name, of those that were asked for
	silent  func(name int32) bool // the frames that don't count; nil for none
}

// worth is what a frame says of its stack.
type worth uint8

// The zero value is unknown, so that a list made with room for all names needs no filling.
const (
	unknown worth = iota
	full
	nothing  // it is irrelevant on both sides
	becoming // it becomes irrelevant, and says nothing unless many of a stack do
)

// rarity is how fast a frame loses weight with the share of the crashes that have it. Of fewer crashes than shareOf
// shares say little, so that they are taken of that many.
const (
	rarity  = 20
	shareOf = 1000
)

// likeness makes what compares stacks under an edit. A Base has the weights already: they are the same for each edit that keeps texts.
func (s *stacks) likeness(edit *table.Edit) *likeness {
	if s.weights == nil {
		s.weigh()
	}
	return &likeness{edit: edit, symbols: s.names.symbols, weight: s.weights, worth: make([]worth, len(s.weights))}
}

// worthOf looks a frame up when it is first asked for: few stacks are ever held against each other.
func (l *likeness) worthOf(name int32) worth {
	if l.worth[name] == unknown {
		symbol := int(l.symbols[name])
		switch {
		case !l.edit.After(symbol).Irrelevant().OK:
			l.worth[name] = full
		case l.edit.Before(symbol).Irrelevant().OK:
			l.worth[name] = nothing
		default:
			l.worth[name] = becoming
		}
	}
	return l.worth[name]
}

// weigh finds the weight of each frame at the top of a stack.
func (s *stacks) weigh() {
	s.weights = make([]float64, len(s.names.symbols))
	callers := callersOf(s.calls, len(s.weights))
	for name := range s.weights {
		s.weights[name] = math.Exp(-rarity*float64(s.frames[name])/float64(max(s.crashes, shareOf))) / (1 + entropy(callers[name]))
	}
}

// entropy is that of counts, in bits.
func entropy(counts []int) float64 {
	slices.Sort(counts) // sums of floats depend on their order
	total, sum := 0.0, 0.0
	for _, n := range counts {
		total += float64(n)
	}
	for _, n := range counts {
		p := float64(n) / total
		sum -= p * math.Log2(p)
	}
	return sum
}

// mean is the mean likeness of stacks to others.
func (l *likeness) mean(stacks, others sample) float64 {
	sum, pairs := 0.0, 0.0
	for _, a := range stacks {
		for _, b := range others {
			n := float64(a.crashes) * float64(b.crashes)
			sum += n * l.like(a.frames, b.frames)
			pairs += n
		}
	}
	return sum / max(pairs, 1)
}

// like is how much two stacks have in common, from 0 to 1.
func (l *likeness) like(a, b []int32) float64 {
	at := map[int32][]float64{} // the weights of a's frames, by name, in order
	whole, common := 0.0, 0.0
	l.each(a, func(name int32, w float64) {
		at[name] = append(at[name], w)
		whole += w
	})
	l.each(b, func(name int32, w float64) {
		whole += w
		if ws := at[name]; len(ws) > 0 {
			common += ws[0] + w
			at[name] = ws[1:]
		}
	})
	if whole == 0 {
		return 1 // nothing tells them apart
	}
	return common / whole
}

// each visits the frames of a stack that weigh something. Where more than a third of them become irrelevant, those do: what is
// left is where threads begin, which makes all stacks alike.
func (l *likeness) each(stack []int32, visit func(name int32, weight float64)) {
	left, gone := 0, 0
	for _, name := range stack {
		switch l.worthOf(name) {
		case becoming:
			gone++
		case full:
			left++
		}
	}
	place := 0.0
	for _, name := range stack {
		if w := l.worthOf(name); w == full || w == becoming && 2*gone > left {
			place++
			if l.silent == nil || !l.silent(name) {
				visit(name, l.weight[name]/place)
			}
		}
	}
}
