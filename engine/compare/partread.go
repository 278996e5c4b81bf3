package compare

import (
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/sigdiff/sigdiff/siglists"
)

// maxPartCount is the most that a part may count of anything: sums of many parts still fit.
const maxPartCount = 1 << 40

// ErrPartRoom is the error over a part that takes more memory than it may.
var ErrPartRoom = errors.New("it holds more than it may")

// What an item of a part takes in memory, in bytes, beside its texts: in a list, in a map, and as a group of
// crashes.
const (
	listItem = 48
	mapItem  = 96
	pairItem = 320
)

// DecodePart reads what AppendPart wrote; anything else is ErrPart. The tally can be summed up and joined
// with others, not added to. The memory that it takes, in bytes, is taken off room; it is ErrPartRoom when that is
// not enough. Without room there is no limit.
func DecodePart(b []byte, room *int) (*Tally, error) {
	if len(b) == 0 || b[0] != PartVersion {
		return nil, fmt.Errorf("%w: another version", ErrPart)
	}
	r := partReader{b: b[1:], room: room}
	t := newTally(r.options(), Differ{})
	t.withoutStack = r.uint()
	t.missing = r.strings()
	for range r.items(2 * listItem) {
		t.failures = append(t.failures, Failure{ID: r.str(), Err: r.str()})
	}
	t.crashes = len(t.missing) + len(t.failures)
	for range r.items(pairItem) {
		pair, p := r.pair(t.options)
		r.check(t.pairs[pair] == nil, "a pair of signatures stands twice")
		t.pairs[pair] = p
		t.crashes += p.crashes
	}
	r.check(t.withoutStack <= t.crashes-len(t.missing)-len(t.failures), "more crashes without a stack than crashes")
	for range r.items(pairItem) {
		t.lines = append(t.lines, r.line())
	}
	r.check(len(r.b) == 0, "something follows its end")
	r.check(t.crashes < maxPartCount, "a count that can't be")
	if r.err != nil {
		return nil, r.err
	}
	return t, nil
}

// partReader reads a part. After the first thing that doesn't fit, err is set and what follows is zero,
// counts included, so that loops end.
type partReader struct {
	b    []byte
	room *int
	err  error
}

// hold takes memory.
func (r *partReader) hold(n int) {
	if r.room == nil {
		return
	}
	if *r.room -= n; *r.room < 0 && r.err == nil {
		r.err, r.b = ErrPartRoom, nil
	}
}

func (r *partReader) check(ok bool, otherwise string) {
	if !ok && r.err == nil {
		r.err = fmt.Errorf("%w: %s", ErrPart, otherwise)
		r.b = nil
	}
}

func (r *partReader) uint() int {
	n, size := binary.Uvarint(r.b)
	r.check(size > 0 && n < maxPartCount, "a count that can't be")
	if r.err != nil {
		return 0
	}
	r.b = r.b[size:]
	return int(n)
}

// count is how many items follow, each at least a byte long.
func (r *partReader) count() int {
	n := r.uint()
	r.check(n <= len(r.b), "it is cut off")
	if r.err != nil {
		return 0
	}
	return n
}

// items counts off the items that follow, up to the first that doesn't fit. Each takes some memory beside its
// texts.
func (r *partReader) items(each int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := range r.count() {
			if r.hold(each); r.err != nil || !yield(i) {
				return
			}
		}
	}
}

// take is the next n bytes; nil when there aren't as many.
func (r *partReader) take(n int) []byte {
	r.check(n <= len(r.b), "it is cut off")
	if r.err != nil {
		return nil
	}
	piece := r.b[:n]
	r.b = r.b[n:]
	return piece
}

func (r *partReader) str() string {
	text := r.take(r.uint())
	r.hold(len(text))
	return string(text)
}

func (r *partReader) strings() []string {
	var list []string
	for range r.items(listItem) {
		list = append(list, r.str())
	}
	return list
}

func (r *partReader) hash() uint64 {
	if piece := r.take(8); piece != nil {
		return binary.LittleEndian.Uint64(piece)
	}
	return 0
}

func (r *partReader) bool() bool {
	n := r.uint()
	r.check(n <= 1, "neither yes nor no")
	return n == 1
}

func (r *partReader) options() Options {
	o := Options{Examples: r.uint(), Changed: r.bool(), Verdicts: r.bool()}
	if r.bool() {
		stale, err := time.Parse(time.RFC3339Nano, r.str())
		r.check(err == nil && !stale.IsZero(), "a time that can't be")
		o.StaleBefore = stale
	}
	return o
}

func (r *partReader) pair(o Options) (Pair, *pairTally) {
	pair := Pair{r.str(), r.str()}
	p := &pairTally{crashes: r.uint(), moved: r.uint()}
	r.check(p.crashes > 0, "a pair of signatures without crashes")
	r.check(p.moved <= p.crashes, "more crashes with other data than crashes")
	if pair.Base == pair.Candidate {
		return pair, p
	}
	p.stale = r.uint()
	for range r.items(mapItem) {
		cause := Cause{Line: r.place(), Kind: r.cause()}
		p.causes = count(p.causes, cause, r.upTo(p.crashes))
	}
	for range r.items(mapItem) {
		change := r.str()
		p.rules = count(p.rules, change, r.upTo(p.crashes))
	}
	r.examples(p, o)
	for range r.items(mapItem) {
		p.next = set(p.next, r.hash())
	}
	for range r.items(2 * listItem) {
		p.changed = append(p.changed, ChangedCrash{r.str(), r.strings()})
	}
	r.check(p.stale <= p.crashes, "more stale crashes than crashes")
	r.check(!o.Changed && len(p.changed) == 0 || o.Changed && len(p.changed) == p.crashes, "its changed crashes are not all there")
	return pair, p
}

func (r *partReader) upTo(most int) int {
	n := r.uint()
	r.check(0 < n && n <= most, "a count that can't be")
	return n
}

// examples are read in their order, which adding to them relies on.
func (r *partReader) examples(p *pairTally, o Options) {
	for range r.items(listItem) {
		p.examples = append(p.examples, example{r.hash(), r.str()})
	}
	r.check(len(p.examples) <= o.Examples, "too many examples")
	for i := range p.examples[min(1, len(p.examples)):] {
		r.check(p.examples[i].stack < p.examples[i+1].stack, "its examples are out of order")
	}
}

func (r *partReader) cause() CauseKind {
	kind := CauseKind(r.str())
	r.check(slices.Contains([]CauseKind{CauseAdded, CauseRemoved, CauseShadowed}, kind), "an unknown cause")
	return kind
}

func (r *partReader) place() siglists.Line {
	names := siglists.Names()
	list := r.uint()
	r.check(list < len(names), "an unknown list")
	if r.err != nil {
		return siglists.Line{List: names[0]}
	}
	return siglists.Line{List: names[list], Number: r.uint(), Text: r.str()}
}

func (r *partReader) line() lineTally {
	change := siglists.Change{Line: r.place(), Added: r.bool()}
	t := newLineTally(change)
	t.crashes = r.uint()
	r.frames(t.frames)
	for range r.items(2 * mapItem) {
		line := r.place()
		t.takers[line] = frameSet{}
		r.frames(t.takers[line])
	}
	for _, sets := range []map[string]frameSet{t.near, t.missed} {
		for range r.items(2 * mapItem) {
			how := r.str()
			sets[how] = frameSet{}
			r.frames(sets[how])
		}
	}
	for range r.items(mapItem) {
		frame := r.str()
		t.longer[frame] = r.upTo(t.crashes)
	}
	return t
}

func (r *partReader) frames(to frameSet) {
	for range r.items(mapItem) {
		to[r.str()] = struct{}{}
	}
}
