// Package table holds crashes in memory, what they share once: frames, and what signatures are made from. What one
// siglist set makes of the frames is a layer over it, and the way to another set is an edit, which looks only at what
// a changed line concerns.
package table

import (
	"context"
	"encoding/binary"
	"errors"
	"hash/maphash"
	"math"
	"slices"
	"strings"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/sigdiff/sigdiff/engine/crashdata"
)

// Table holds crashes. It doesn't change once it is loaded.
type Table struct {
	shards []*Shard
	Left   Left // out of the table
}

// Left are crashes that there is no more than the ids of, in no order: what figures don't speak of.
type Left struct {
	Missing  []string  `json:"missing"` // those that were not there
	Failures []Failure `json:"failures"`
}

// Add adds a crash, by the error of reading it.
func (l *Left) Add(id string, err error) {
	if errors.Is(err, crashdata.ErrMissing) {
		l.Missing = append(l.Missing, id)
	} else {
		l.Failures = append(l.Failures, Failure{ID: id, Err: err.Error()})
	}
}

// Join adds those of another source, or of a part.
func (l *Left) Join(other Left) {
	l.Missing, l.Failures = append(l.Missing, other.Missing...), append(l.Failures, other.Failures...)
}

// Sort sorts them by id.
func (l *Left) Sort() {
	slices.Sort(l.Missing)
	slices.SortFunc(l.Failures, func(a, b Failure) int { return strings.Compare(a.ID, b.ID) })
}

// Failure is a crash that could not be read or compared.
type Failure struct {
	ID  string `json:"id"`
	Err string `json:"error"`
}

// Load reads the crashes of a source with some workers, one at least, each of which fills a shard.
func Load(ctx context.Context, src crashdata.Source, workers int) (*Table, error) {
	shards, left, err := fill(ctx, src, max(1, workers), math.MaxInt, nil)
	return &Table{shards, left}, err
}

// Stream hands out the crashes of a source in shards, each to a worker, of which there is one at least: calls with one worker's number never overlap. A shard
// has a number of crashes; the last are smaller, so that all workers end together.
func Stream(ctx context.Context, src crashdata.Source, workers, crashes int, visit func(ctx context.Context, worker int, s *Shard) error) (Left, error) {
	workers = max(1, workers)
	last, left, err := fill(ctx, src, workers, crashes, visit)
	if err != nil {
		return left, err
	}
	var parts []*Shard
	// What the workers filled last is handed out in small parts. One of them may have a full shard where others have none.
	for _, s := range last {
		parts = append(parts, s.split(4*workers)...)
	}
	var next atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	for worker := range workers {
		group.Go(func() error {
			for i := int(next.Add(1)) - 1; i < len(parts); i = int(next.Add(1)) - 1 {
				if err := visit(ctx, worker, parts[i]); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return left, group.Wait()
}

// fill reads the crashes of a source into a shard for each worker. One that has a number of crashes is visited, and another
// takes its place.
func fill(ctx context.Context, src crashdata.Source, workers, crashes int, visit func(ctx context.Context, worker int, s *Shard) error) (last []*Shard, left Left, err error) {
	// Symbols are numbered over all shards, so that one edit serves all of them.
	symbols := crashdata.NewSymbols()
	loaders := make([]*loader, workers)
	for i, decoder := range symbols.Decoders(workers) {
		loaders[i] = newLoader(symbols, decoder)
	}
	full := func(worker int) error {
		if l := loaders[worker]; len(l.shard.crashes) >= crashes {
			return visit(ctx, worker, l.take())
		}
		return nil
	}
	one := func(worker int, id string, r *crashdata.Record, err error) error {
		loaders[worker].add(id, r, err)
		return full(worker)
	}
	err = eachBlock(ctx, src, workers, func(common []byte) (func(int, []byte, []string, func(int) bool) error, error) {
		b, err := openBlock(common, symbols)
		return func(worker int, content []byte, ids []string, wanted func(i int) bool) error {
			if err := loaders[worker].join(b, content, ids, wanted); err != nil {
				return err
			}
			return full(worker)
		}, err
	}, one)
	if err == nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	for _, l := range loaders {
		left.Join(l.left)
		last = append(last, l.take())
	}
	return last, left, err
}

// Blocks is a source that has many of its crashes in blocks.
type Blocks interface {
	crashdata.Source
	// EachBlock is Each, but that it calls open with what the crashes of a block share, which may be in several goroutines, and
	// what that gives with each part of the block, the ids of its crashes, and which of them are the source's; visit is called
	// for crashes that are in no block, or in one that can't be opened.
	EachBlock(ctx context.Context, workers int, open OpenBlock, visit func(worker int, id string, r *crashdata.Record, err error) error) error
}

// OpenBlock opens a block; the function takes its parts.
type OpenBlock = func(common []byte) (part func(worker int, content []byte, ids []string, wanted func(i int) bool) error, err error)

func eachBlock(ctx context.Context, src crashdata.Source, workers int, open OpenBlock, visit func(int, string, *crashdata.Record, error) error) error {
	if b, ok := src.(Blocks); ok {
		return b.EachBlock(ctx, workers, open, visit)
	}
	return src.Each(ctx, workers, visit)
}

// Crashes is how many crashes the source gave, missing ones and those that can't be read included.
func (t *Table) Crashes() int {
	n := len(t.Left.Missing) + len(t.Left.Failures)
	for _, s := range t.shards {
		n += len(s.crashes)
	}
	return n
}

// Symbols are the distinct frames without their lines, by number. Each shard has all, as it was taken when all were read.
func (t *Table) Symbols() []*crashdata.Symbol { return t.shards[0].symbols }

// Shards are the parts that one worker each may go through.
func (t *Table) Shards() []*Shard { return t.shards }

// Each visits the shards, each in a goroutine of its own.
func (t *Table) Each(ctx context.Context, visit func(ctx context.Context, shard int, s *Shard) error) error {
	group, ctx := errgroup.WithContext(ctx)
	for i, s := range t.shards {
		group.Go(func() error { return visit(ctx, i, s) })
	}
	return group.Wait()
}

// loader fills a shard.
type loader struct {
	shard   *Shard
	symbols *crashdata.Symbols
	decoder *crashdata.Decoder
	rests   map[string]int32
	metas   map[crashdata.Meta]int32
	texts   map[string]int32
	inputs  map[uint64]int32 // by a hash
	seed    maphash.Seed
	scratch []byte               // to hash
	room    []crashdata.Numbered // for the frames of further inputs
	block   *Block               // of which a part was read last into the shard
	first   crash                // the numbers of the block's first rest (as its input), meta data and text
	left    Left
}

func newLoader(symbols *crashdata.Symbols, decoder *crashdata.Decoder) *loader {
	l := &loader{symbols: symbols, decoder: decoder, seed: maphash.MakeSeed()}
	l.take()
	return l
}

// take is the shard that was filled; a new one takes its place.
func (l *loader) take() *Shard {
	filled := l.shard
	if filled != nil {
		filled.symbols = l.symbols.All()
		filled.order()
	}
	l.shard, l.rests, l.metas = &Shard{}, map[string]int32{}, map[crashdata.Meta]int32{}
	l.texts, l.inputs, l.block = map[string]int32{}, map[uint64]int32{}, nil
	return filled
}

func (l *loader) add(id string, r *crashdata.Record, err error) {
	if err == nil {
		err = l.keep(r)
	}
	if err != nil {
		l.left.Add(id, err)
	}
}

func (l *loader) keep(r *crashdata.Record) error {
	in, err := l.decoder.Inputs(r)
	if err != nil {
		return err
	}
	// Nearly all crashes differ in these, and few in the rest of the meta data.
	s, common := l.shard, in.Meta
	common.ID, common.Sent, common.Completed, common.Signature = "", "", "", ""
	s.crashes = append(s.crashes, crash{
		id: in.Meta.ID, sent: in.Meta.Sent, completed: in.Meta.Completed, input: l.input(in),
		meta: intern(l.metas, &s.metas, common), signature: intern(l.texts, &s.texts, in.Meta.Signature),
	})
	return nil
}

// intern is the number of a value that may be there already.
func intern[T comparable](numbers map[T]int32, all *[]T, v T) int32 {
	n, ok := numbers[v]
	if !ok {
		n = int32(len(*all))
		numbers[v] = n
		*all = append(*all, v)
	}
	return n
}

// input is the number of what a signature is made from, which other crashes may have, too.
func (l *loader) input(in *crashdata.Inputs) int32 {
	s := l.shard
	rest, ok := l.rests[string(in.Rest)]
	if !ok {
		rest = int32(len(s.rests))
		s.rests = append(s.rests, string(in.Rest))
		l.rests[s.rests[rest]] = rest
	}
	one := input{rest: rest, frames: in.Frames, stack: in.Stack, hasStack: in.HasStack}
	hash := l.hash(one)
	n, ok := l.inputs[hash]
	// Two inputs with one hash are told apart; the one that came first is then found no more, and is kept once more.
	if !ok || !s.inputs[n].equal(one) {
		n = int32(len(s.inputs))
		one.frames = l.stored(in.Frames)
		s.inputs = append(s.inputs, one)
		l.inputs[hash] = n
	}
	return n
}

func (l *loader) hash(in input) uint64 {
	l.scratch = binary.LittleEndian.AppendUint32(l.scratch[:0], uint32(in.rest))
	for _, f := range in.frames {
		l.scratch = binary.LittleEndian.AppendUint32(l.scratch, uint32(f.Number))
		l.scratch = binary.LittleEndian.AppendUint32(l.scratch, uint32(f.Line))
	}
	return maphash.Bytes(l.seed, l.scratch)
}

// roomFrames is how many frames there is room made for at once.
const roomFrames = 16 << 10

// stored is a copy of frames, which are a few.
func (l *loader) stored(frames []crashdata.Numbered) []crashdata.Numbered {
	var kept []crashdata.Numbered
	kept, l.room = room(l.room, len(frames))
	copy(kept, frames)
	return kept
}
