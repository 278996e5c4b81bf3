package history

import (
	"context"
	"fmt"
	"slices"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/siglists"
)

// pastShard follows its part of the crashes through the versions, in one goroutine.
//
// It keeps what each frame was classified as and which crashes have it. When the siglists change, it
// classifies the frames again that a changed line may concern, and makes the signatures of the crashes
// again that have one which is not what it was. Everything else stays as it is: a signature depends on the siglists through the
// classified frames of the threads that are walked, and through nothing else.
type pastShard struct {
	options HistoryOptions
	decoder *crashdata.Decoder
	worker  *signatures.Worker
	scratch []byte
	crashes []pastCrash
	symbols []*crashdata.Symbol // by their number
	holders [][]holder          // the crashes that have a symbol, by its number

	numbers map[string]int32 // of signatures
	texts   []string         // of signatures, by number
	counts  []int            // crashes that have a signature, by number
	signed  int              // crashes that have one at all
	steps   []pastStep

	plan    [][]int32                // the symbols to be classified again, by version
	planned []*signatures.Classified // that the plan has, by the number of the symbol

	now   int            // the version
	due   []int          // crashes to be looked at
	dirty map[int32]bool // signatures whose count changed, and whether there were any

	seen int

	withoutStack int
	missing      []string
	failures     map[string]error
	turns        []Turn
}

// pastCrash is a crash and its signature at this version.
type pastCrash struct {
	record    []byte
	signature int32 // noSignatureYet when it has none
	last      int32 // that it had
	hang      bool  // thread 0 was walked too
	queued    int   // the version that it was last due at
}

const noSignatureYet = -1

// holder is a crash that has a frame.
type holder struct {
	crash    int32
	zeroOnly bool // in thread 0, which matters to hangs alone
}

// pastStep is what happened at one version.
type pastStep struct {
	came, went []string // signatures that appeared and vanished
	pairs      map[numberPair]int
	unsigned   int
}

// numberPair is a Pair by the numbers of its signatures.
type numberPair struct{ base, candidate int32 }

func newPastShard(rules signatures.Ruleset, o HistoryOptions) *pastShard {
	return &pastShard{
		options: o, decoder: crashdata.NewDecoder(), numbers: map[string]int32{}, failures: map[string]error{},
		worker: &signatures.Worker{Gen: &signatures.Generator{Rules: rules}, Memo: signatures.Memo{Seen: map[crashdata.Frame]*signatures.Classified{}, Lined: map[crashdata.Frame]*signatures.Classified{}}},
	}
}

// keep keeps a crash, and notes which frames it has. They are those of the shard's own decoder, wherever
// the crash comes from.
func (s *pastShard) keep(c *crashdata.Crash) error {
	s.scratch = c.AppendRecord(s.scratch[:0])
	record := slices.Clone(s.scratch)
	own, err := s.decoder.Decode(record)
	if err != nil {
		return err
	}
	zero, err := own.ThreadZero()
	if err != nil {
		return err
	}
	s.crashes = append(s.crashes, pastCrash{record: record, signature: noSignatureYet, last: noSignatureYet, queued: -1})
	if own.Java != nil {
		return nil // no frame matters
	}
	s.hold(&own.Stack, false)
	if zero != &own.Stack {
		s.hold(zero, true)
	}
	return nil
}

// hold notes that the last crash has the frames of a thread.
func (s *pastShard) hold(t *crashdata.Thread, zeroOnly bool) {
	crash := int32(len(s.crashes) - 1)
	for _, f := range t.Frames {
		for len(s.holders) <= f.Number {
			s.holders = append(s.holders, nil)
			s.symbols = append(s.symbols, nil)
		}
		s.symbols[f.Number] = f.Symbol
		of := s.holders[f.Number]
		if len(of) == 0 || of[len(of)-1].crash != crash {
			s.holders[f.Number] = append(of, holder{crash, zeroOnly})
		}
	}
}

// run goes through the versions.
func (s *pastShard) run(ctx context.Context, sets []*siglists.Set, versions []PastVersion) error {
	s.steps, s.plan = make([]pastStep, len(sets)), make([][]int32, len(sets))
	for i, set := range sets {
		if err := ctx.Err(); err != nil {
			return err
		}
		s.now = i
		if set != nil {
			s.worker.Gen = &signatures.Generator{Set: set, Rules: s.worker.Gen.Rules}
			s.worker.Matcher = set.Matcher()
			s.queue(versions[i].Shift)
			if err := s.sign(ctx); err != nil {
				return err
			}
			s.lookAhead(ctx, versions)
		}
		s.steps[i].unsigned = len(s.crashes) - s.signed
	}
	return nil
}

// queue makes the crashes due that a shift may concern: all when there is none, at the first version.
func (s *pastShard) queue(shift *siglists.Shift) {
	s.due = s.due[:0]
	switch {
	case shift == nil:
		for i := range s.crashes {
			s.due = append(s.due, i)
		}
	case !shift.None():
		s.reclassify(shift)
	}
}

// lookAhead plans at which versions the frames are to be classified again that are new or not what they
// were. One frame after the other is held against all versions, since the other way round it would be
// thousands of frames again for each version.
func (s *pastShard) lookAhead(ctx context.Context, versions []PastVersion) {
	for number, c := range s.worker.Numbers {
		if number == len(s.planned) {
			s.planned = append(s.planned, nil)
		}
		if c == nil || s.planned[number] == c || ctx.Err() != nil {
			continue
		}
		s.planned[number] = c
		for v := s.now + 1; v < len(versions); v++ {
			if shift := versions[v].Shift; shift != nil && !shift.None() && concernedBy(c, shift) {
				s.plan[v] = append(s.plan[v], int32(number))
			}
		}
	}
}

// reclassify classifies the frames again that a shift may concern, and makes the crashes due that have
// one which is not what it was. The text of a frame stays the same unless its bare function is
// concerned, so that the text that is remembered is the one to ask about.
func (s *pastShard) reclassify(shift *siglists.Shift) {
	w := s.worker
	for _, number := range s.plan[s.now] {
		c, of := w.Numbers[number], s.symbols[number]
		if c == nil {
			continue // it has its lines in its text by now
		}
		now := signatures.Classify(w.Matcher, w.Gen.Set, crashdata.Frame{Kind: of.Kind, Text: of.Text})
		if w.Numbers[number] = now; now.Lined {
			w.Numbers[number] = nil // each line is a frame of its own
		}
		if now.Text == c.Text && now.Complete() && c.Complete() {
			s.planned[number] = now // the same shifts concern it
		}
		if !now.Same(c) {
			s.queueHolders(int(number))
		}
	}
	for frame, c := range w.Lined {
		if !concernedBy(c, shift) {
			continue
		}
		now := signatures.Classify(w.Matcher, w.Gen.Set, frame)
		if w.Lined[frame] = now; !now.Lined {
			delete(w.Lined, frame)
		}
		if !now.Same(c) {
			s.queueHolders(s.decoder.Symbol(append([]byte{byte(frame.Kind)}, frame.Text...)).Number)
		}
	}
	slices.Sort(s.due) // maps have no order
}

// concernedBy tells whether a shift may concern a frame. One that could not be classified in full, since
// a pattern met its limit, is concerned by every shift: another line may have used up the steps.
func concernedBy(c *signatures.Classified, shift *siglists.Shift) bool {
	switch {
	case !c.Complete():
		return true
	case c.Failed != nil:
		return false
	}
	return shift.ConcernsFunction(c.Bare) || c.Text != "" && shift.ConcernsFrame(c.Text)
}

func (s *pastShard) queueHolders(number int) {
	for _, h := range s.holders[number] {
		c := &s.crashes[h.crash]
		if c.queued == s.now || h.zeroOnly && !c.hang {
			continue
		}
		c.queued = s.now
		s.due = append(s.due, int(h.crash))
	}
}

// sign makes the signatures of the crashes that are due.
func (s *pastShard) sign(ctx context.Context) error {
	s.dirty = map[int32]bool{}
	for _, i := range s.due {
		if err := ctx.Err(); err != nil {
			return err
		}
		c := &s.crashes[i]
		crash, err := s.decoder.Decode(c.record)
		if err != nil {
			return fmt.Errorf("reading a crash again: %w", err)
		}
		result, err := s.worker.Generate(crash)
		c.hang = result.Hang || err != nil
		if err != nil {
			s.fail(crash, err)
			s.change(c, noSignatureYet)
			continue
		}
		number := s.number(result.Signature)
		s.turn(crash, c.last, number)
		s.change(c, number)
		c.last = number
	}
	s.settle()
	return nil
}

func (s *pastShard) fail(c *crashdata.Crash, err error) {
	if id := c.ID(); s.failures[id] == nil {
		s.failures[id] = fmt.Errorf("making its signature: %w", err)
	}
}

// turn notes that a crash has another signature than it had before, if it has.
func (s *pastShard) turn(c *crashdata.Crash, last, number int32) {
	if last == number {
		return
	}
	if s.options.Turns {
		s.turns = append(s.turns, Turn{ID: c.ID(), Version: s.now, Signature: s.texts[number]})
	}
	if last != noSignatureYet {
		step := &s.steps[s.now]
		step.pairs = compare.Count(step.pairs, numberPair{last, number}, 1)
	}
}

// change counts a crash for another signature.
func (s *pastShard) change(c *pastCrash, number int32) {
	if c.signature == number {
		return
	}
	for _, n := range []int32{c.signature, number} {
		if n == noSignatureYet {
			continue
		}
		if _, noted := s.dirty[n]; !noted {
			s.dirty[n] = s.counts[n] > 0
		}
	}
	if c.signature != noSignatureYet {
		s.counts[c.signature]--
		s.signed--
	}
	if number != noSignatureYet {
		s.counts[number]++
		s.signed++
	}
	c.signature = number
}

// settle notes which signatures appeared and vanished.
func (s *pastShard) settle() {
	step := &s.steps[s.now]
	for n, had := range s.dirty {
		switch has := s.counts[n] > 0; {
		case has && !had:
			step.came = append(step.came, s.texts[n])
		case had && !has:
			step.went = append(step.went, s.texts[n])
		}
	}
}

// number is the number of a signature.
func (s *pastShard) number(signature string) int32 {
	n, known := s.numbers[signature]
	if !known {
		n = int32(len(s.texts))
		s.numbers[signature] = n
		s.texts = append(s.texts, signature)
		s.counts = append(s.counts, 0)
	}
	return n
}
