package compare

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/sigdiff/sigdiff/siglists"
)

// PartVersion is the version of the form that AppendPart writes. It changes whenever what the form holds,
// or means, does.
const PartVersion = 3

// ErrPart is the error over bytes that are no part of this version.
var ErrPart = errors.New("not the tally of a part that this version can read")

// ErrOtherComparison is the error over merging tallies that were made with other options or other changed
// lines.
var ErrOtherComparison = errors.New("the tallies are of different comparisons")

// Shard is one of Count parts of the crashes, numbered from 1. The zero Shard is all of them.
type Shard struct{ Index, Count int }

// Has tells whether a crash belongs to the shard. It goes by the crash id alone, so that it is the same
// on every machine and in every version.
func (s Shard) Has(id string) bool {
	return s.Count <= 1 || hashText(id)%uint64(s.Count) == uint64(s.Index-1)
}

// Join is Merge for tallies that were read: those that can't belong together are refused with
// ErrOtherComparison, and t is as it was.
func (t *Tally) Join(other *Tally) error {
	if t.options.kept() != other.options.kept() {
		return fmt.Errorf("%w: other options", ErrOtherComparison)
	}
	same := slices.EqualFunc(t.lines, other.lines, func(a, b lineTally) bool { return a.change == b.change })
	if !same {
		return fmt.Errorf("%w: other changed lines", ErrOtherComparison)
	}
	t.Merge(other)
	return nil
}

// kept are the options that a tally depends on.
func (o Options) kept() Options {
	o.Workers = 0
	o.StaleBefore = o.StaleBefore.UTC()
	return o
}

// AppendPart appends the tally in a compact binary form, from which DecodePart makes it again: everything
// that Merge needs. Equal tallies have equal bytes.
func (t *Tally) AppendPart(b []byte) []byte {
	w := partWriter{append(b, PartVersion)}
	w.options(t.options)
	w.uint(t.withoutStack)
	w.strings(slices.Sorted(slices.Values(t.missing)))
	w.uint(len(t.failures))
	for _, f := range slices.SortedFunc(slices.Values(t.failures), compareFailures) {
		w.str(f.ID)
		w.str(f.Err)
	}
	w.uint(len(t.pairs))
	for _, pair := range slices.SortedFunc(maps.Keys(t.pairs), Pair.Compare) {
		w.pair(pair, t.pairs[pair])
	}
	w.uint(len(t.lines))
	for i := range t.lines {
		w.line(&t.lines[i])
	}
	return w.b
}

func compareFailures(a, b Failure) int {
	return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Err, b.Err))
}

func compareChanged(a, b ChangedCrash) int {
	return cmp.Or(cmp.Compare(a.ID, b.ID), slices.Compare(a.Notes, b.Notes))
}

// partWriter writes numbers as varints, and before everything that repeats how often it does.
type partWriter struct{ b []byte }

func (w *partWriter) uint(n int) { w.b = binary.AppendUvarint(w.b, uint64(n)) }

func (w *partWriter) str(s string) {
	w.uint(len(s))
	w.b = append(w.b, s...)
}

func (w *partWriter) strings(list []string) {
	w.uint(len(list))
	for _, s := range list {
		w.str(s)
	}
}

func (w *partWriter) hash(h uint64) { w.b = binary.LittleEndian.AppendUint64(w.b, h) }

func (w *partWriter) bool(is bool) {
	if is {
		w.b = append(w.b, 1)
	} else {
		w.b = append(w.b, 0)
	}
}

func (w *partWriter) options(o Options) {
	w.uint(o.Examples)
	w.bool(o.Changed)
	w.bool(o.Verdicts)
	w.bool(!o.StaleBefore.IsZero())
	if !o.StaleBefore.IsZero() {
		w.str(o.StaleBefore.UTC().Format(time.RFC3339Nano))
	}
}

func (w *partWriter) pair(pair Pair, p *pairTally) {
	w.str(pair.Base)
	w.str(pair.Candidate)
	w.uint(p.crashes)
	w.uint(p.moved)
	if pair.Base == pair.Candidate {
		return
	}
	w.uint(p.stale)
	w.uint(len(p.causes))
	for _, cause := range slices.SortedFunc(maps.Keys(p.causes), Cause.compare) {
		w.place(cause.Line)
		w.str(string(cause.Kind))
		w.uint(p.causes[cause])
	}
	w.uint(len(p.rules))
	for _, change := range slices.Sorted(maps.Keys(p.rules)) {
		w.str(change)
		w.uint(p.rules[change])
	}
	w.uint(len(p.examples))
	for _, e := range p.examples {
		w.hash(e.stack)
		w.str(e.id)
	}
	w.uint(len(p.next))
	for _, hash := range slices.Sorted(maps.Keys(p.next)) {
		w.hash(hash)
	}
	w.changed(p.changed)
}

func (w *partWriter) changed(crashes []ChangedCrash) {
	w.uint(len(crashes))
	for _, c := range slices.SortedFunc(slices.Values(crashes), compareChanged) {
		w.str(c.ID)
		w.strings(c.Notes)
	}
}

func (w *partWriter) place(l siglists.Line) {
	w.uint(slices.Index(siglists.Names(), l.List))
	w.uint(l.Number)
	w.str(l.Text)
}

func (w *partWriter) line(t *lineTally) {
	w.place(t.change.Line)
	w.bool(t.change.Added)
	w.uint(t.crashes)
	w.frames(t.frames)
	w.uint(len(t.takers))
	for _, line := range slices.SortedFunc(maps.Keys(t.takers), compareLines) {
		w.place(line)
		w.frames(t.takers[line])
	}
	for _, sets := range []map[string]frameSet{t.near, t.missed} {
		w.uint(len(sets))
		for _, how := range slices.Sorted(maps.Keys(sets)) {
			w.str(how)
			w.frames(sets[how])
		}
	}
	w.uint(len(t.longer))
	for _, frame := range slices.Sorted(maps.Keys(t.longer)) {
		w.str(frame)
		w.uint(t.longer[frame])
	}
}

func (w *partWriter) frames(set frameSet) { w.strings(slices.Sorted(maps.Keys(set))) }
