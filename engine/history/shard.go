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
	options Options
	shard   *table.Shard
	reader  *table.Reader
	inputs  []followed

	numbers map[string]int32     // of signatures
	texts   []string             // of signatures, by number
	all     int                  // crashes
	steps   []map[transition]int // by version: crashes that come to have another signature, or none

	withoutStack int
	failures     map[string]error
	changes      []SignatureChange
}

// followed is what crashes are made from, and their signature at this version.
type followed struct {
	signature int32 // noSignatureYet when they have none
	last      int32 // that they had
	hang      bool  // thread 0 was walked too
}

const noSignatureYet = -1

// transition is what crashes last had, what they have and what they come to have: numbers of signatures, or noSignatureYet.
type transition struct{ last, from, to int32 }

func newFollower(s *table.Shard, versions int, o Options) *follower {
	f := &follower{
		options: o, shard: s, reader: s.Reader(), inputs: make([]followed, s.Inputs()), numbers: map[string]int32{},
		steps: make([]map[transition]int, versions), failures: map[string]error{},
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
	f.steps[version] = map[transition]int{}
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
	return nil
}

// note notes what an input has become.
func (f *follower) note(version, input int, result signatures.Result, err error) {
	of, to := &f.inputs[input], int32(noSignatureYet)
	// Which threads count for one that failed isn't known: all do.
	if of.hang = result.Hang || err != nil; err != nil {
		f.fail(input, err)
	} else {
		to = f.number(result.Signature)
		f.change(version, input, to)
	}
	if to != of.signature {
		f.steps[version][transition{of.last, of.signature, to}] += f.shard.Count(input)
	}
	if of.signature = to; err == nil {
		of.last = to
	}
}

func (f *follower) fail(input int, err error) {
	for _, m := range f.shard.Metas(input) {
		if f.failures[m.ID] == nil {
			f.failures[m.ID] = fmt.Errorf("making its signature: %w", err)
		}
	}
}

// change notes that crashes have another signature than they had before, if they have.
func (f *follower) change(version, input int, number int32) {
	if !f.options.EachCrash || f.inputs[input].last == number {
		return
	}
	for _, m := range f.shard.Metas(input) {
		f.changes = append(f.changes, SignatureChange{ID: m.ID, Version: version, Signature: f.texts[number]})
	}
}

// number is the number of a signature.
func (f *follower) number(signature string) int32 {
	n, known := f.numbers[signature]
	if !known {
		n = int32(len(f.texts))
		f.numbers[signature] = n
		f.texts = append(f.texts, signature)
	}
	return n
}

// count counts n crashes more for a signature, or without one: these are what it returns.
func (f *follower) count(counts map[string]int, signature int32, n int) (unsigned int) {
	if signature == noSignatureYet {
		return n
	}
	text := f.texts[signature]
	if counts[text] += n; counts[text] == 0 {
		delete(counts, text)
	}
	return 0
}
