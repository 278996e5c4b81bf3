package history

import (
	"context"
	"fmt"
	"unique"

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

	all   int                  // crashes
	steps []map[transition]int // by version: crashes that come to have another signature, or none

	withoutStack int
	failures     map[string]error
	changes      []SignatureChange
}

// made is a signature, held once however many crashes have it. Its zero value is none, which is not the empty one.
type made = unique.Handle[string]

// followed is what became of an input.
type followed struct {
	signature made // at this version
	last      made // that it had
	hang      bool // thread 0 was walked too
}

// transition is what crashes last had, what they have and what they come to have.
type transition struct{ last, from, to made }

func newFollower(s *table.Shard, versions int, o Options) *follower {
	f := &follower{
		options: o, shard: s, reader: s.Reader(), inputs: make([]followed, s.Inputs()),
		steps: make([]map[transition]int, versions), failures: map[string]error{},
	}
	for i := range f.inputs {
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
	of, to := &f.inputs[input], made{}
	// Which threads count for one that failed isn't known: all do.
	if of.hang = result.Hang || err != nil; err != nil {
		f.fail(input, err)
	} else {
		to = unique.Make(result.Signature)
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
func (f *follower) change(version, input int, to made) {
	if !f.options.EachCrash || f.inputs[input].last == to {
		return
	}
	for _, m := range f.shard.Metas(input) {
		f.changes = append(f.changes, SignatureChange{ID: m.ID, Version: version, Signature: to.Value()})
	}
}
