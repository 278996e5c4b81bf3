package compare

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/engine/table"
	"github.com/sigdiff/sigdiff/siglists"
)

// Base is crashes in memory, and what one siglist set makes of them. A comparison with an edit of that set looks only at
// the crashes that have a frame which a changed line concerns. It doesn't change, and several goroutines may share it.
type Base struct {
	side    *signatures.Generator
	options Options
	table   *table.Table
	layer   *table.Layer
	parts   []*basePart // by shard
	having  map[string][]place
	tally   *Tally                  // of the base with itself
	stacks  *stacks                 // likewise
	lined   []lined                 // frames with their source line in their text
	seen    map[crashdata.Frame]int // likewise, with the crashes that have each
	frames  int                     // see Frames
}

// basePart is what is known of the inputs of a shard.
type basePart struct {
	made    []made    // by input
	holders [][]int32 // the inputs that have a symbol where signatures are made from, by symbol, ascending
	crashes []int     // with these inputs, by symbol
}

// made is what the base makes of an input.
type made struct {
	signature string
	stack     uint64 // the hash of its stack
	hang      bool
}

// place is an input of a shard.
type place struct{ shard, input int }

// lined is a frame with its source line in its text.
type lined struct {
	symbol int
	frame  crashdata.Frame
}

// NewBase loads the crashes of a source, and makes their signatures. Comparisons have the options; all of them weigh lines.
func NewBase(ctx context.Context, src crashdata.Source, side *signatures.Generator, o Options) (*Base, error) {
	// Without stacks and lines of its own the base could not stand in for the crashes that an edit leaves alone.
	o.Verdicts = true
	b := &Base{side: side, options: o, having: map[string][]place{}}
	var err error
	if b.table, err = table.Load(ctx, src, o.Workers); err != nil {
		return nil, err
	}
	if b.layer, err = table.NewLayer(side.Set).Over(ctx, b.table.Symbols()); err != nil {
		return nil, err
	}
	// The base is compared with itself by what compares it with an edit, so that both count alike: what is left of the one
	// when the crashes of the other are taken out is right to the last facet.
	s := &sides{base: side, candidate: side, names: newNames()}
	if s.edit, err = b.layer.Edit(ctx, side.Set); err != nil {
		return nil, err
	}
	comparers, symbols := s.comparers(o), s.edit.Symbols()
	b.parts = make([]*basePart, len(comparers))
	frames := make([]map[lined]struct{}, len(comparers))
	err = b.table.Each(ctx, func(ctx context.Context, i int, shard *table.Shard) error {
		p := &basePart{made: make([]made, shard.Inputs()), holders: make([][]int32, symbols), crashes: make([]int, symbols)}
		b.parts[i], frames[i] = p, map[lined]struct{}{}
		return p.fill(ctx, comparers[i], shard, frames[i])
	})
	if err != nil {
		return nil, err
	}
	b.index(comparers, frames)
	return b, nil
}

// comparers are those of all workers, with a tally each: nobody waits for another before the end.
func (s *sides) comparers(o Options) []*comparer {
	all, differ := make([]*comparer, max(1, o.Workers)), NewDiffer(s.base, s.candidate)
	for i := range all {
		all[i] = s.comparer(newTally(o, differ), o.Verdicts)
	}
	return all
}

// fill makes the signatures of a shard.
func (p *basePart) fill(ctx context.Context, c *comparer, s *table.Shard, frames map[lined]struct{}) error {
	last := make([]int32, len(p.holders)) // the input that last had the symbol, from 1
	return c.each(ctx, s, every(s.Inputs()), func(crash *crashdata.Crash, input int) error {
		result, err := c.compare(crash, s, input)
		if err != nil {
			return err
		}
		p.made[input] = made{result.Base.Signature, c.stacks.hash, result.Base.Hang}
		c.take(result, s, input)
		for _, t := range crash.Threads(result.Base.Hang) {
			for _, f := range t.Frames {
				if c.view.Before(int(f.Number)).Lined {
					frames[lined{int(f.Number), t.Frame(f)}] = struct{}{}
				}
				// A frame may stand on a stack many times, as in a recursion; its holder is listed once.
				if last[f.Number] != int32(input)+1 {
					last[f.Number] = int32(input) + 1
					p.holders[f.Number] = append(p.holders[f.Number], int32(input))
					p.crashes[f.Number] += s.Count(input)
				}
			}
		}
		return nil
	})
}

// index gathers what the shards have.
func (b *Base) index(comparers []*comparer, frames []map[lined]struct{}) {
	for i, p := range b.parts {
		for input, m := range p.made {
			b.having[m.signature] = append(b.having[m.signature], place{i, input})
		}
	}
	all, seen := map[lined]struct{}{}, map[crashdata.Frame]int{}
	for i, c := range comparers {
		all = union(all, frames[i])
		for f, crashes := range c.view.Lined() {
			seen[f] += crashes
		}
	}
	b.lined, b.seen = slices.Collect(maps.Keys(all)), seen
	b.tally, b.stacks = merged(comparers), stacksOf(comparers)
	b.stacks.weigh()
	b.frames = b.countFrames()
}

// countFrames counts the names of the symbols that inputs hold: those of other threads, and of Java crashes, can't be matched.
func (b *Base) countFrames() int {
	held := map[int32]struct{}{}
	for _, p := range b.parts {
		for symbol, holders := range p.holders {
			if name := b.stacks.names.of[symbol]; name >= 0 && len(holders) > 0 {
				held[name] = struct{}{}
			}
		}
	}
	return len(held)
}

// Crashes is how many crashes there are, those that can't be compared included.
func (b *Base) Crashes() int { return b.table.Crashes() }

// Table are the crashes.
func (b *Base) Table() *table.Table { return b.table }

// Frames is how many distinct frames stand where signatures are made from, without their source lines: a line that matches all
// matches as many.
func (b *Base) Frames() int { return b.frames }

// Edited is the way from a base to what another siglist set makes of its crashes. It is for one goroutine.
type Edited struct {
	base   *Base
	side   *signatures.Generator
	edit   *table.Edit
	inputs [][]int // by shard, those that have a frame which a changed line concerns
	// Crashes is how many crashes have such a frame.
	Crashes int

	whole  bool // all crashes are compared
	tally  *Tally
	rest   []string // the unchanged signatures that only some of the crashes which have them were compared for
	lines  []*leaveOneOut
	stacks *stacks
}

// Edit finds out which crashes a change to another siglist set concerns. The rules stay.
func (b *Base) Edit(ctx context.Context, set *siglists.Set) (*Edited, error) {
	edit, err := b.layer.Edit(ctx, set)
	if err != nil {
		return nil, err
	}
	rules := b.side.Rules
	e := &Edited{base: b, side: signatures.NewGenerator(set, rules), edit: edit}
	// What the base knows is not all where a crash failed, and holds no more where texts change, since its stacks go by them.
	e.whole = len(b.tally.failures) > 0 || !edit.KeepsTexts()
	symbols := edit.Concerned()
	view := edit.View(rules, rules)
	// The text of such a frame depends on its line, so that its symbol doesn't tell what matches it.
	for _, l := range b.lined {
		if view.See(l.frame) {
			symbols = append(symbols, l.symbol)
		}
	}
	for i, p := range b.parts {
		inputs := p.having(symbols)
		for _, input := range inputs {
			e.Crashes += b.table.Shards()[i].Count(input)
		}
		e.inputs = append(e.inputs, inputs)
	}
	return e, ctx.Err()
}

// having are the inputs that have one of some symbols, ascending.
func (p *basePart) having(symbols []int) (inputs []int) {
	// Marks and one pass over them are quicker than sorting: many symbols share their holders.
	has := make([]bool, len(p.made))
	for _, n := range symbols {
		for _, input := range p.holders[n] {
			has[input] = true
		}
	}
	for input, is := range has {
		if is {
			inputs = append(inputs, input)
		}
	}
	return inputs
}

// Matched is what a changed line matches, whatever other lines do.
type Matched struct {
	Frames  []FrameCount // by crashes descending
	Crashes int          // that have one of them
}

// Matched are what the changed lines match, in the order of siglists.Diff. The frames are those without their source line.
func (e *Edited) Matched() []Matched {
	all, frames := make([]Matched, len(e.edit.Changes)), make([]map[string][]int, len(e.edit.Changes))
	symbols := make([][]int, len(all))
	for _, n := range e.edit.Concerned() {
		after := e.edit.After(n)
		text := after.Text
		if after.Lined {
			text = strings.TrimSuffix(text, ":") // behind which the source line would stand
		}
		for _, change := range e.edit.Touched(n) {
			if e.edit.Matches(change, after) {
				symbols[change] = append(symbols[change], n)
				frames[change] = put(frames[change], text, append(frames[change][text], n))
			}
		}
	}
	counter := e.base.counter()
	for i := range all {
		counts := map[string]int{}
		for text, numbers := range frames[i] {
			if n := counter.crashes(numbers); n > 0 { // else it stands where no signature is made from
				counts[text] = n
			}
		}
		all[i] = Matched{FrameCounts(counts), counter.crashes(symbols[i])}
	}
	return all
}

// counter counts crashes that have one of some symbols.
type counter struct {
	base *Base
	met  [][]int // by shard and input, the count that last met it, from 1
	now  int
}

func (b *Base) counter() *counter {
	c := &counter{base: b}
	for _, p := range b.parts {
		c.met = append(c.met, make([]int, len(p.made)))
	}
	return c
}

// crashes is how many crashes have one of some symbols where signatures are made from.
func (c *counter) crashes(symbols []int) (n int) {
	c.now++
	for i, p := range c.base.parts {
		if len(symbols) == 1 { // as most frames have
			n += p.crashes[symbols[0]]
			continue
		}
		for _, symbol := range symbols {
			for _, input := range p.holders[symbol] {
				if c.met[i][input] != c.now {
					c.met[i][input] = c.now
					n += c.base.table.Shards()[i].Count(int(input))
				}
			}
		}
	}
	return n
}

// Changes are the changed lines, as siglists.Diff has them.
func (e *Edited) Changes() []siglists.Change { return e.edit.Changes }

// Entangled tells that lines may mean something else for others that come or go, so that what one matches by itself says
// nothing.
func (e *Edited) Entangled() bool { return siglists.Entangled(e.base.side.Set, e.side.Set) }

// Compare compares the crashes. The tally has the groups; what Judge finds is not in it yet.
//
// Only the crashes that the edit concerns are compared. Where that turns out not to do, it begins again with all: seldom enough, and
// nothing else is certain to be right.
func (e *Edited) Compare(ctx context.Context) (*Tally, error) {
	b := e.base
	s := &sides{base: b.side, candidate: e.side, edit: e.edit, names: newNames()}
	if !e.whole {
		s.names = b.stacks.names
	}
	comparers := s.comparers(b.options)
	for _, c := range comparers {
		c.stacks.counted = !e.whole // the base has the counts
	}
	rest := make([]*Tally, len(comparers)) // what the base has of the crashes compared
	err := b.table.Each(ctx, func(ctx context.Context, i int, shard *table.Shard) error {
		if e.whole {
			return comparers[i].shard(ctx, shard)
		}
		rest[i] = newTally(b.options, Differ{})
		return b.parts[i].compare(ctx, comparers[i], shard, e.inputs[i], rest[i])
	})
	if err != nil && !errors.Is(err, errOther) {
		return nil, err
	}
	e.tally, e.lines, e.stacks = merged(comparers), linesOf(comparers), stacksOf(comparers)
	// A crash that fails has no signature, so that nothing of the base's can be taken out for it.
	if !e.whole && (err != nil || len(e.tally.failures) > 0) {
		e.whole = true
		return e.Compare(ctx)
	}
	if !e.whole {
		for _, r := range rest[1:] {
			rest[0].Merge(r)
		}
		e.tally = e.together(rest[0])
		e.stacks = b.stacks
		// The lines look for near misses among all frames, those of the crashes that weren't compared included.
		for f, crashes := range b.seen {
			e.lines[0].Count(f, crashes)
		}
	}
	e.tally.leave(b.table.Left)
	return e.tally, nil
}

// errOther ends the comparison of some crashes: what is known of the others does not hold.
var errOther = errors.New("a crash is a hang on one side alone")

// compare compares some inputs, and adds what the base has of them to rest.
func (p *basePart) compare(ctx context.Context, c *comparer, s *table.Shard, inputs []int, rest *Tally) error {
	var other error
	err := c.each(ctx, s, inputs, func(crash *crashdata.Crash, input int) error {
		n, m := s.Count(input), p.made[input]
		same := signatures.Result{Signature: m.signature}
		rest.add(Comparison{Crash: crash, Base: same, Candidate: same}, n, s.Metas(input), c.facets)
		result, err := c.compare(crash, s, input)
		if err != nil {
			return err
		}
		// Of a hang two threads count. Where only one side takes it for one, the base has counted the frames of other threads
		// than the candidate would have.
		if result.Candidate.Hang != m.hang {
			other = errOther
		}
		c.take(result, s, input)
		return nil
	})
	return cmp.Or(err, other)
}

// less is what is left of the crashes with an unchanged signature; nil for none.
func (p *pairTally) less(out *pairTally) *pairTally {
	if p.Crashes == out.Crashes {
		return nil
	}
	// Only unchanged signatures come here, and these have no causes, rules or examples to take out.
	left := &pairTally{Crashes: p.Crashes - out.Crashes, Moved: p.Moved - out.Moved, Facets: maps.Clone(p.Facets), Reasons: p.Reasons}
	for facet, n := range out.Facets {
		if left.Facets[facet] -= n; left.Facets[facet] == 0 {
			delete(left.Facets, facet)
		}
	}
	for kind, n := range out.Reasons {
		left.Reasons[kind] -= n
	}
	return left
}

// together is the tally of all crashes: of those that were compared, and of the rest of the base's. out is what the base has
// of those that were compared.
func (e *Edited) together(out *Tally) *Tally {
	base, all := e.base.tally, e.tally
	all.crashes += base.crashes - out.crashes
	all.withoutStack += base.withoutStack - out.withoutStack
	all.dates = base.dates
	// The pairs of the base are those of all its edits: they are copied when they change, and never written to.
	pairs := maps.Clone(base.pairs)
	for pair, o := range out.pairs {
		left := pairs[pair].less(o)
		if left == nil {
			delete(pairs, pair)
			continue
		}
		pairs[pair] = left
		e.rest = append(e.rest, pair.Base)
	}
	for pair, ours := range all.pairs {
		if left := pairs[pair]; left != nil {
			ours.merge(left, base.options)
		}
		pairs[pair] = ours
	}
	all.pairs = pairs
	return all
}

// sample finds the stacks that stand for the crashes with the unchanged signatures of which only some were compared.
func (e *Edited) sample() {
	for _, signature := range e.rest {
		p := e.tally.pairs[Pair{signature, signature}]
		p.sample = p.sample.merge(e.base.sampleOf(signature, e.inputs))
	}
	e.rest = nil
}

// sampleOf are the stacks that stand for the crashes that have a signature, some inputs of each shard left out, which are
// ascending.
func (b *Base) sampleOf(signature string, without [][]int) (all sample) {
	having := map[uint64]place{} // an input of each stack
	for _, p := range b.having[signature] {
		if _, out := slices.BinarySearch(without[p.shard], p.input); !out {
			stack := b.parts[p.shard].made[p.input].stack
			having[stack] = p
			all = all.add(sampled{stack, b.table.Shards()[p.shard].Count(p.input), nil})
		}
	}
	for i := range all { // the few that stand for all
		all[i].frames = b.stackOf(having[all[i].hash])
	}
	return all
}

// stackOf are the frames of the stack that an input's signature is made from, by their names.
func (b *Base) stackOf(p place) (frames []int32) {
	crash, err := b.table.Shards()[p.shard].Reader().Crash(p.input)
	if err != nil {
		return nil // not to happen: its signature was made
	}
	// As stacks.add does it, so that a stack is the same whether it was compared or not.
	for _, f := range crashdata.LastStack(crash.Threads(b.parts[p.shard].made[p.input].hang)) {
		if name := b.stacks.names.of[f.Number]; name >= 0 {
			frames = append(frames, name)
		}
	}
	return frames
}

// Judge finds what the changed lines do, and what the crashes have in common that came together. It takes longer than
// Compare, which must have been called.
func (e *Edited) Judge() {
	e.sample()
	e.tally.weigh(e.lines, e.stacks)
}

// Crash finds a crash by its id.
func (b *Base) Crash(id string) (*crashdata.Crash, error) {
	for _, s := range b.table.Shards() {
		if input, ok := s.Find(id); ok {
			return s.Reader().Crash(input)
		}
	}
	return nil, errors.New("there is no such crash in the corpus")
}

// Explain compares one crash of the base, with the passes of both sides.
func (e *Edited) Explain(crash *crashdata.Crash) (Comparison, error) {
	return Explain(crash, e.base.side.Worker(), e.side.Worker())
}
