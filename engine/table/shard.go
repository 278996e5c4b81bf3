package table

import (
	"fmt"
	"iter"
	"slices"

	"github.com/sigdiff/sigdiff/engine/crashdata"
)

// Shard is a part of a table's crashes. Its inputs are numbered from 0.
type Shard struct {
	symbols []*crashdata.Symbol // by number, all that the inputs have at least
	inputs  []input
	rests   []string

	crashes []crash
	metas   []crashdata.Meta // without id, time and signature
	texts   []string         // recorded signatures

	ordered []int32 // the crashes by their inputs
	starts  []int32 // where those of an input start in ordered; one more at the end
}

// input is what a signature is made from.
type input struct {
	frames   []crashdata.Numbered // as Inputs has them
	stack    int
	rest     int32
	hasStack bool
}

func (in input) equal(o input) bool {
	return in.rest == o.rest && in.stack == o.stack && in.hasStack == o.hasStack && slices.Equal(in.frames, o.frames)
}

// crash is one crash.
type crash struct {
	id, sent, completed    string
	input, meta, signature int32
}

// order orders the crashes by their inputs.
func (s *Shard) order() {
	s.starts = make([]int32, len(s.inputs)+1)
	for _, c := range s.crashes {
		s.starts[c.input+1]++
	}
	for i := range s.inputs {
		s.starts[i+1] += s.starts[i]
	}
	// Counting, since there are as many numbers as inputs.
	next := append([]int32(nil), s.starts...)
	s.ordered = make([]int32, len(s.crashes))
	for i, c := range s.crashes {
		s.ordered[next[c.input]] = int32(i)
		next[c.input]++
	}
}

// split is the shard in some parts, each with some of the inputs. None is empty.
func (s *Shard) split(parts int) (all []*Shard) {
	// By inputs, not crashes: each is worked on once, however many have it.
	for n := range parts {
		from, to := n*len(s.inputs)/parts, (n+1)*len(s.inputs)/parts
		if from < to {
			// Parts share the crashes: starts has where those of an input stand in the whole order.
			part := *s
			part.inputs, part.starts = s.inputs[from:to], s.starts[from:to+1]
			all = append(all, &part)
		}
	}
	return all
}

// Symbols are the frames without their lines that there were when the shard was filled, by number.
func (s *Shard) Symbols() []*crashdata.Symbol { return s.symbols }

// Inputs is how many distinct inputs there are.
func (s *Shard) Inputs() int { return len(s.inputs) }

// Count is how many crashes have an input.
func (s *Shard) Count(input int) int { return int(s.starts[input+1] - s.starts[input]) }

// HasStack tells whether there is anything to make a signature from: see crashdata.Crash.
func (s *Shard) HasStack(input int) bool { return s.inputs[input].hasStack }

// Holds tells whether an input has one of some symbols, in the thread 0 of its own only where that is asked for.
func (s *Shard) Holds(input int, symbols []bool, zero bool) bool {
	in := &s.inputs[input]
	frames := in.frames
	// Those of the crashing thread stand in front.
	if !zero {
		frames = frames[:in.stack]
	}
	for _, f := range frames {
		if symbols[f.Number] {
			return true
		}
	}
	return false
}

// Find finds the input of a crash by its id.
func (s *Shard) Find(id string) (input int, ok bool) {
	// One after the other: only a question about a single crash comes here.
	for _, c := range s.crashes {
		if c.id == id {
			return int(c.input), true
		}
	}
	return 0, false
}

// Shared is what is known of the crashes that many have alike: all of the meta data but id, times and signature.
func (s *Shard) Shared() []crashdata.Meta { return s.metas }

// Metas are what is known of the crashes with an input, each with the number of what it has alike with others in Shared.
func (s *Shard) Metas(input int) iter.Seq2[int, crashdata.Meta] {
	return func(yield func(int, crashdata.Meta) bool) {
		for _, i := range s.ordered[s.starts[input]:s.starts[input+1]] {
			c := s.crashes[i]
			m := s.metas[c.meta]
			m.ID, m.Sent, m.Completed, m.Signature = c.id, c.sent, c.completed, s.texts[c.signature]
			if !yield(int(c.meta), m) {
				return
			}
		}
	}
}

// Reader makes crashes of the inputs of a shard. It is for one goroutine.
type Reader struct {
	shard   *Shard
	decoder *crashdata.Decoder
	inputs  crashdata.Inputs
}

// Reader makes a reader.
func (s *Shard) Reader() *Reader { return &Reader{shard: s, decoder: crashdata.NewDecoder()} }

// Crash is the crash of an input, without meta data. It holds until the next call.
func (r *Reader) Crash(input int) (*crashdata.Crash, error) {
	in := r.shard.inputs[input]
	// Copied, since the decoder takes bytes and the rests are texts, which many inputs share.
	r.inputs.Rest = append(r.inputs.Rest[:0], r.shard.rests[in.rest]...)
	r.inputs.Frames, r.inputs.Stack = in.frames, in.stack
	c, err := r.decoder.Crash(&r.inputs, r.shard.symbols)
	if err != nil {
		return nil, fmt.Errorf("reading the crash record: %w", err)
	}
	return c, nil
}
