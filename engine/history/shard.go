package history

import (
	"context"
	"fmt"

	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/engine/table"
)

// follower follows the crashes of a shard through the versions, in one goroutine at a time. A signature depends on the
// siglists through the frames of the threads that are walked alone, so that only crashes with one that is not what it
// was are looked at again.
type follower struct {
	options HistoryOptions
	shard   *table.Shard
	reader  *table.Reader
	inputs  []followed

	numbers map[string]int32 // of signatures
	texts   []string         // of signatures, by number
	counts  []int            // crashes that have a signature, by number
	signed  int              // crashes that have one at all
	all     int              // crashes
	steps   []pastStep
	dirty   map[int32]bool // signatures whose count changed, and whether there were any

	withoutStack int
	failures     map[string]error
	turns        []Turn
}

// followed is what crashes are made from, and their signature at this version.
type followed struct {
	signature int32 // noSignatureYet when they have none
	last      int32 // that they had
	hang      bool  // thread 0 was walked too
}

const noSignatureYet = -1

// pastStep is what happened at one version.
type pastStep struct {
	came, went []string // signatures that appeared and vanished
	pairs      map[numberPair]int
	unsigned   int
}

// numberPair is a Pair by the numbers of its signatures.
type numberPair struct{ base, candidate int32 }

func newFollower(s *table.Shard, versions int, o HistoryOptions) *follower {
	f := &follower{
		options: o, shard: s, reader: s.Reader(), inputs: make([]followed, s.Inputs()), numbers: map[string]int32{},
		steps: make([]pastStep, versions), failures: map[string]error{},
	}
	for i := range f.inputs {
		f.inputs[i] = followed{signature: noSignatureYet, last: noSignatureYet}
		f.all += s.Count(i)
		if !s.HasStack(i) {
			f.withoutStack += s.Count(i)
		}
	}
	return f
}

// sign makes the signatures at a version: of the crashes with a frame that is dirty, or of all of them.
func (f *follower) sign(ctx context.Context, version int, view *table.View, all bool, dirty []bool) error {
	f.dirty = map[int32]bool{}
	for i := range f.inputs {
		if !all && !f.shard.Holds(i, dirty, f.inputs[i].hang) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		crash, err := f.reader.Crash(i)
		var result signatures.Result
		if err == nil {
			result, err = view.Candidate.Generate(crash)
		}
		f.note(version, i, result, err)
	}
	f.settle(version)
	return nil
}

// note notes what an input has become.
func (f *follower) note(version, input int, result signatures.Result, err error) {
	of := &f.inputs[input]
	if of.hang = result.Hang || err != nil; err != nil {
		f.fail(input, err)
		f.change(input, noSignatureYet)
		return
	}
	number := f.number(result.Signature)
	f.turn(version, input, number)
	f.change(input, number)
	of.last = number
}

func (f *follower) fail(input int, err error) {
	for m := range f.shard.Metas(input) {
		if f.failures[m.ID] == nil {
			f.failures[m.ID] = fmt.Errorf("making its signature: %w", err)
		}
	}
}

// turn notes that crashes have another signature than they had before, if they have.
func (f *follower) turn(version, input int, number int32) {
	last := f.inputs[input].last
	if last == number {
		return
	}
	if f.options.Turns {
		for m := range f.shard.Metas(input) {
			f.turns = append(f.turns, Turn{ID: m.ID, Version: version, Signature: f.texts[number]})
		}
	}
	if last != noSignatureYet {
		step := &f.steps[version]
		if step.pairs == nil {
			step.pairs = map[numberPair]int{}
		}
		step.pairs[numberPair{last, number}] += f.shard.Count(input)
	}
}

// change counts crashes for another signature.
func (f *follower) change(input int, number int32) {
	of, n := &f.inputs[input], f.shard.Count(input)
	if of.signature == number {
		return
	}
	for _, s := range []int32{of.signature, number} {
		if s == noSignatureYet {
			continue
		}
		if _, noted := f.dirty[s]; !noted {
			f.dirty[s] = f.counts[s] > 0
		}
	}
	if of.signature != noSignatureYet {
		f.counts[of.signature] -= n
		f.signed -= n
	}
	if number != noSignatureYet {
		f.counts[number] += n
		f.signed += n
	}
	of.signature = number
}

// settle notes which signatures appeared and vanished.
func (f *follower) settle(version int) {
	step := &f.steps[version]
	for n, had := range f.dirty {
		switch has := f.counts[n] > 0; {
		case has && !had:
			step.came = append(step.came, f.texts[n])
		case had && !has:
			step.went = append(step.went, f.texts[n])
		}
	}
}

// number is the number of a signature.
func (f *follower) number(signature string) int32 {
	n, known := f.numbers[signature]
	if !known {
		n = int32(len(f.texts))
		f.numbers[signature] = n
		f.texts = append(f.texts, signature)
		f.counts = append(f.counts, 0)
	}
	return n
}
