package table

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
)

// BlockVersion is the version of the blocks that a BlockWriter makes. Its last byte changes whenever they do; the others are the
// versions of what they hold.
const BlockVersion uint32 = signatures.NormalVersion<<16 | crashdata.RecordVersion<<8 | 2

// ErrBlock is returned for bytes that are no block, and no part of the block that they are said to be.
var ErrBlock = errors.New("not a block of crashes")

// Block is crashes as a file keeps them for Stream, so that nobody has to take their records apart: what they share, and parts
// that have some of the inputs each, with their crashes. Ids are not in it.
type Block struct {
	symbols []int32 // by the number in the block, the number in the table
	rests   []string
	texts   []string
	metas   []crashdata.Meta
}

// BlockWriter makes a block of crash records, in one goroutine.
type BlockWriter struct{ loader *loader }

// NewBlockWriter makes one of no crashes.
func NewBlockWriter() *BlockWriter {
	symbols := crashdata.NewSymbols()
	return &BlockWriter{newLoader(symbols, symbols.Decoders(1)[0])}
}

// Add adds a crash.
func (w *BlockWriter) Add(r *crashdata.Record) error { return w.loader.keep(r) }

// Inputs is how many distinct inputs the crashes have that were added.
func (w *BlockWriter) Inputs() int { return len(w.loader.shard.inputs) }

// partInputs is how many inputs a part of a block has.
const partInputs = 256

// Part is a part of a block.
type Part struct {
	Crashes []int // in its order, by the order in which they were added
	Content []byte
}

// Block is the block of the crashes that were added: what they share, and its parts. The writer is done with then.
func (w *BlockWriter) Block() (common []byte, parts []Part) {
	s := w.loader.take()
	// The version stands first, so that any version of sigdiff can tell whether it reads the rest.
	common = binary.BigEndian.AppendUint32(nil, BlockVersion)
	common = appendTexts(common, len(s.symbols), func(i int) string { return string(rune(s.symbols[i].Kind)) + s.symbols[i].Text })
	common = appendBare(common, s.symbols)
	common = appendTexts(common, len(s.rests), func(i int) string { return s.rests[i] })
	common = appendTexts(common, len(s.texts), func(i int) string { return s.texts[i] })
	fields := len(shared(&crashdata.Meta{}))
	common = appendTexts(common, fields*len(s.metas), func(i int) string { return *shared(&s.metas[i/fields])[i%fields] })
	for from := 0; from < len(s.inputs); from += partInputs {
		parts = append(parts, s.part(from, min(from+partInputs, len(s.inputs))))
	}
	return common, parts
}

// appendBare appends what signatures.Bare makes of symbols: a number of each, 0 where it isn't kept, and then texts. Most texts are
// how the symbol begins, and only as long as the number says; of the others it says which text they are.
func appendBare(b []byte, symbols []*crashdata.Symbol) []byte {
	var others []string
	for _, s := range symbols {
		bare, err := signatures.Bare(s.Kind, s.Text)
		switch {
		case s.Kind == crashdata.FrameText || err != nil || bare == "":
			b = appendNumbers(b, 0)
		case strings.HasPrefix(s.Text, bare):
			b = appendNumbers(b, 2*len(bare))
		default:
			b, others = appendNumbers(b, 2*len(others)+1), append(others, bare)
		}
	}
	return appendTexts(b, len(others), func(i int) string { return others[i] })
}

// part is a part of a block: some inputs and their crashes.
func (s *Shard) part(from, to int) (p Part) {
	// Crashes are in the order of their inputs, so that those of a part are a run of them.
	crashes := s.ordered[s.starts[from]:s.starts[to]]
	b := appendTexts(nil, len(crashes), func(i int) string { return s.crashes[crashes[i]].sent })
	b = appendTexts(b, len(crashes), func(i int) string { return s.crashes[crashes[i]].completed })
	for _, i := range crashes {
		c := s.crashes[i]
		b = appendNumbers(b, int(c.input)-from, int(c.meta), int(c.signature))
		p.Crashes = append(p.Crashes, int(i))
	}
	b = appendNumbers(b, to-from)
	for _, in := range s.inputs[from:to] {
		b = in.append(b)
	}
	p.Content = b
	return p
}

// shared are the fields of meta data that many crashes have alike.
func shared(m *crashdata.Meta) []*string {
	return []*string{&m.Product, &m.Version, &m.Channel, &m.Platform, &m.Process, &m.CPU, &m.Startup}
}

func appendNumbers(b []byte, numbers ...int) []byte {
	for _, n := range numbers {
		b = binary.AppendUvarint(b, uint64(n))
	}
	return b
}

// appendTexts appends how many texts there are, the length of each, and then all texts.
func appendTexts(b []byte, n int, text func(i int) string) []byte {
	b = appendNumbers(b, n)
	for i := range n {
		b = appendNumbers(b, len(text(i)))
	}
	for i := range n {
		b = append(b, text(i)...)
	}
	return b
}

func (in input) append(b []byte) []byte {
	known := 0
	if in.hasStack {
		known = 1
	}
	b = appendNumbers(b, int(in.rest), 2*in.stack+known, len(in.frames))
	for _, f := range in.frames {
		b = binary.AppendUvarint(b, uint64(f.Number))
		b = binary.AppendVarint(b, int64(f.Line))
	}
	return b
}

// openBlock reads what the crashes of a block share. The error is crashdata.ErrRecordVersion for one of another version.
func openBlock(common []byte, symbols *crashdata.Symbols) (*Block, error) {
	if len(common) < 4 || binary.BigEndian.Uint32(common) != BlockVersion {
		return nil, fmt.Errorf("block of crashes: %w", crashdata.ErrRecordVersion)
	}
	r := blockReader{b: common[4:]}
	frames := r.texts()
	bare := r.bare(frames)
	b := &Block{rests: r.texts(), texts: r.texts(), metas: r.metas()}
	// What doesn't fit is found at the end of reading, and nothing of the block is used before: a checksum of the file
	// already tells damage, so that only a block made by a mistake gets here.
	for _, text := range frames {
		r.failed = r.failed || !crashdata.IsSymbol(text)
	}
	if r.failed || len(r.b) > 0 {
		return nil, ErrBlock
	}
	b.symbols = symbols.InternAll(frames, bare)
	return b, nil
}

// part reads a part of the block, which has so many crashes: these, without ids, and inputs, whose frames take some of the room.
// Rests, meta data and texts are numbered as in the block.
func (b *Block) part(content []byte, has int, room *[]crashdata.Numbered) (crashes []crash, inputs []input, err error) {
	r := blockReader{b: content, room: room}
	sent, completed := r.texts(), r.texts()
	if len(sent) != has || len(completed) != has {
		return nil, nil, ErrBlock
	}
	crashes = make([]crash, has)
	for i := range crashes {
		crashes[i] = crash{sent: sent[i], completed: completed[i], input: int32(r.number()), meta: int32(r.below(len(b.metas))), signature: int32(r.below(len(b.texts)))}
	}
	inputs = make([]input, r.count())
	for i := range inputs {
		inputs[i] = r.input(len(b.rests), b.symbols)
	}
	for _, c := range crashes {
		r.failed = r.failed || int(c.input) >= len(inputs)
	}
	if r.failed || len(r.b) > 0 {
		return nil, nil, ErrBlock
	}
	return crashes, inputs, nil
}

// blockReader reads a block; after anything that doesn't fit, failed is set and what is read is empty.
type blockReader struct {
	b      []byte
	room   *[]crashdata.Numbered // for frames
	failed bool
}

func (r *blockReader) fail() { r.b, r.failed = nil, true }

func (r *blockReader) number() uint64 {
	n := r.uvarint()
	if n > math.MaxInt32 {
		r.fail()
		return 0
	}
	return n
}

// uvarint is a number as binary.Uvarint reads it. There are many, and nearly all have up to three bytes.
func (r *blockReader) uvarint() uint64 {
	if b := r.b; len(b) >= 3 {
		switch {
		case b[0] < 0x80:
			r.b = b[1:]
			return uint64(b[0])
		case b[1] < 0x80:
			r.b = b[2:]
			return uint64(b[0]&0x7f) | uint64(b[1])<<7
		case b[2] < 0x80:
			r.b = b[3:]
			return uint64(b[0]&0x7f) | uint64(b[1]&0x7f)<<7 | uint64(b[2])<<14
		}
	}
	n, used := binary.Uvarint(r.b)
	if used <= 0 {
		r.fail()
		return 0
	}
	r.b = r.b[used:]
	return n
}

// below is a number below another.
func (r *blockReader) below(limit int) int {
	n := r.number()
	if n >= uint64(limit) {
		r.fail()
		return 0
	}
	return int(n)
}

// count is how many things follow, each of a byte at least.
func (r *blockReader) count() int { return r.below(len(r.b) + 1) }

// line is a number as binary.AppendVarint appends it.
func (r *blockReader) line() int32 {
	n := r.uvarint()
	if n > math.MaxUint32 {
		r.fail()
		return 0
	}
	return int32(n>>1) ^ -int32(n&1)
}

func (r *blockReader) texts() []string {
	n := r.count()
	// The lengths are read twice: first for their sum, then to cut the texts apart.
	lengths := *r
	total := 0
	for range n {
		total += int(r.number())
	}
	if total > len(r.b) {
		r.fail()
	}
	if r.failed {
		return nil
	}
	// One copy of all texts, since the bytes are the file's, which is unmapped when the transaction ends.
	all := string(r.b[:total])
	r.b = r.b[total:]
	texts := make([]string, n)
	for i := range texts {
		size := int(lengths.number())
		texts[i], all = all[:size], all[size:]
	}
	return texts
}

// bare is what appendBare appended of frames, each a kind and a text.
func (r *blockReader) bare(frames []string) []string {
	numbers := make([]int, len(frames))
	for i := range numbers {
		numbers[i] = int(r.number())
	}
	bare, others := make([]string, len(frames)), r.texts()
	for i, n := range numbers {
		switch half := n / 2; {
		case n%2 == 1 && half < len(others):
			bare[i] = others[half]
		case n%2 == 0 && half < len(frames[i]):
			bare[i] = frames[i][1 : 1+half]
		default:
			r.fail()
			return nil
		}
	}
	return bare
}

func (r *blockReader) metas() []crashdata.Meta {
	texts := r.texts()
	fields := len(shared(&crashdata.Meta{}))
	if len(texts)%fields != 0 {
		r.fail()
		return nil
	}
	metas := make([]crashdata.Meta, len(texts)/fields)
	for i := range metas {
		for j, field := range shared(&metas[i]) {
			*field = texts[i*fields+j]
		}
	}
	return metas
}

func (r *blockReader) input(rests int, symbols []int32) input {
	in := input{rest: int32(r.below(rests))}
	stack := int(r.number())
	n := r.count()
	in.stack, in.hasStack = stack/2, stack%2 == 1
	// More frames than a record can have would make signatures that no record makes.
	if in.stack > min(n, crashdata.MaxFrames) || n-in.stack > crashdata.MaxFrames {
		r.fail()
		return in
	}
	in.frames, *r.room = room(*r.room, n)
	for i := range in.frames {
		if n := r.below(len(symbols)); !r.failed {
			in.frames[i] = crashdata.Numbered{Number: symbols[n], Line: r.line()}
		}
	}
	return in
}

// room is room for some frames, and what is left.
func room(left []crashdata.Numbered, frames int) (some, rest []crashdata.Numbered) {
	// What is left of the old room is given up, a stack at most.
	if len(left) < frames {
		left = make([]crashdata.Numbered, max(frames, roomFrames))
	}
	return left[:frames:frames], left[frames:]
}

// join adds crashes of a part of a block, which have these ids; wanted tells which are to be added.
func (l *loader) join(b *Block, content []byte, ids []string, wanted func(i int) bool) error {
	crashes, inputs, err := b.part(content, len(ids), &l.room)
	if err != nil {
		return err
	}
	s := l.shard
	// Parts of one block come to a worker one after the other, mostly: what they share is added to the shard when another block
	// comes between, too, which costs memory and is no mistake.
	if l.block != b {
		l.block, l.first = b, crash{input: int32(len(s.rests)), meta: int32(len(s.metas)), signature: int32(len(s.texts))}
		s.rests, s.metas, s.texts = append(s.rests, b.rests...), append(s.metas, b.metas...), append(s.texts, b.texts...)
	}
	s.inputs, s.crashes = roomy(s.inputs, len(inputs)), roomy(s.crashes, len(crashes))
	numbers := make([]int32, len(inputs)) // in the shard, and one more; 0 of those of no crash so far
	for i, c := range crashes {
		if !wanted(i) {
			continue
		}
		// An input of which no crash is wanted is left out: its signature would be one that no crash has.
		n := &numbers[c.input]
		if *n == 0 {
			in := inputs[c.input]
			in.rest += l.first.input
			s.inputs = append(s.inputs, in)
			*n = int32(len(s.inputs))
		}
		c.id, c.input, c.meta, c.signature = ids[i], *n-1, c.meta+l.first.meta, c.signature+l.first.signature
		s.crashes = append(s.crashes, c)
	}
	return nil
}

// roomy is a list with room for some more items. It grows faster than append makes it: what is not used of it costs nothing.
func roomy[T any](list []T, items int) []T {
	if cap(list)-len(list) < items {
		list = slices.Grow(list, max(items, 2*len(list)))
	}
	return list
}

// EachCrash is the Each of a source that has blocks.
func EachCrash(ctx context.Context, src Blocks, workers int, visit func(worker int, id string, r *crashdata.Record, err error) error) error {
	workers = max(1, workers)
	symbols := crashdata.NewSymbols()
	decoders, rooms := symbols.Decoders(workers), make([][]crashdata.Numbered, workers)
	return src.EachBlock(ctx, workers, func(common []byte) (func(int, []byte, []string, func(int) bool) error, error) {
		b, err := openBlock(common, symbols)
		return func(worker int, content []byte, ids []string, wanted func(i int) bool) error {
			crashes, inputs, err := b.part(content, len(ids), &rooms[worker])
			all := symbols.All()
			for i := 0; i < len(crashes) && err == nil; i++ {
				if !wanted(i) {
					continue
				}
				var r *crashdata.Record
				c, failed := b.crash(decoders[worker], crashes[i], inputs[crashes[i].input], all)
				if failed == nil {
					c.Meta.ID = ids[i]
					r = crashdata.NewRecord(c)
				}
				err = visit(worker, ids[i], r, failed)
			}
			return err
		}, err
	}, visit)
}

// crash is a crash of the block, without id. It holds until the decoder's next call.
func (b *Block) crash(d *crashdata.Decoder, c crash, in input, symbols []*crashdata.Symbol) (*crashdata.Crash, error) {
	whole, err := d.Crash(&crashdata.Inputs{Rest: []byte(b.rests[in.rest]), Frames: in.frames, Stack: in.stack}, symbols)
	if err != nil {
		return nil, fmt.Errorf("reading the crash record: %w", err)
	}
	whole.Meta = b.metas[c.meta]
	whole.Meta.Sent, whole.Meta.Completed, whole.Meta.Signature = c.sent, c.completed, b.texts[c.signature]
	return whole, nil
}
