package compare

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/sigdiff/sigdiff/siglists"
)

// PartVersion is the version of the form that AppendPart writes. It changes whenever what the form holds,
// or means, does.
const PartVersion = 10

// ErrPart is the error over bytes that are no part of this version.
var ErrPart = errors.New("not the tally of a part that this version can read")

// ErrPartRoom is the error over a part that takes more memory than it may.
var ErrPartRoom = errors.New("it holds more than it may")

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
	// Tallies count lines by their place, so that both must have the same ones in the same order.
	same := slices.EqualFunc(t.lines, other.lines, func(a, b lineTally) bool { return a.Change == b.Change })
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

// partHead is the first line of a part. A line for each pair of signatures follows, then one for each changed line.
type partHead struct {
	Version      int
	Options      Options
	WithoutStack int
	Dates        Dates
	Missing      []string
	Failures     []Failure
	Prefixes     map[siglists.Line]prefixTally
	Pairs, Lines int
}

// partPair is a pair of signatures in a part.
type partPair struct {
	Base, Candidate string
	*pairTally
}

// AppendPart appends the tally as lines of JSON, from which DecodePart makes it again: everything
// that Merge needs. Equal tallies have equal bytes.
func (t *Tally) AppendPart(b []byte) []byte {
	out := bytes.NewBuffer(b)
	lines := json.NewEncoder(out)
	lines.SetEscapeHTML(false)
	write := func(v any) { _ = lines.Encode(v) } // nothing of it can fail
	write(partHead{
		Version: PartVersion, Options: t.options.kept(), WithoutStack: t.withoutStack, Dates: t.dates,
		Missing: t.Missing(), Failures: t.Failures(), Prefixes: t.prefixes, Pairs: len(t.pairs), Lines: len(t.lines),
	})
	for _, pair := range slices.SortedFunc(maps.Keys(t.pairs), Pair.Compare) {
		p := *t.pairs[pair]
		// In the order in which they came, equal tallies would have other bytes from run to run.
		p.Changed = slices.SortedFunc(slices.Values(p.Changed), compareChanged)
		write(partPair{pair.Base, pair.Candidate, &p})
	}
	for i := range t.lines {
		write(&t.lines[i])
	}
	return out.Bytes()
}

func compareFailures(a, b Failure) int {
	return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Err, b.Err))
}

func compareChanged(a, b ChangedCrash) int {
	return cmp.Or(cmp.Compare(a.ID, b.ID), slices.Compare(a.Notes, b.Notes))
}

// What a line of a part may take in memory, in bytes: for the line itself, and for each byte of it.
const (
	lineRoom = 1 << 10
	byteRoom = 16
)

// partReader reads the lines of a part.
type partReader struct {
	rest []byte
	room *int
}

// line reads a line.
func (r *partReader) line(v any) error {
	line, rest, ok := bytes.Cut(r.rest, []byte("\n"))
	if !ok {
		return fmt.Errorf("%w: it is cut off", ErrPart)
	}
	if r.rest = rest; r.room != nil {
		if *r.room -= lineRoom + byteRoom*len(line); *r.room < 0 {
			return ErrPartRoom
		}
	}
	in := json.NewDecoder(bytes.NewReader(line))
	// A field that this version doesn't know may be one that it should have counted.
	in.DisallowUnknownFields()
	err := in.Decode(v)
	if err == nil && in.InputOffset() != int64(len(line)) {
		err = errors.New("something follows in its line")
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrPart, err)
	}
	return nil
}

// DecodePart reads what AppendPart wrote; anything else is ErrPart. The tally can be summed up and joined
// with others, not added to. The most memory that it may take, in bytes, is taken off room; it is ErrPartRoom when
// that is not enough. Without room there is no limit.
func DecodePart(b []byte, room *int) (*Tally, error) {
	r := partReader{rest: b, room: room}
	var head partHead
	if err := r.line(&head); err != nil {
		return nil, err
	}
	if err := head.check(); err != nil {
		return nil, err
	}
	t := newTally(head.Options, Differ{})
	t.prefixes = head.Prefixes
	t.withoutStack, t.dates, t.missing, t.failures = head.WithoutStack, head.Dates, head.Missing, head.Failures
	t.crashes = len(t.missing) + len(t.failures)
	for range head.Pairs {
		if err := r.pair(t); err != nil {
			return nil, err
		}
	}
	for range head.Lines {
		if err := r.changedLine(t, head.Lines); err != nil {
			return nil, err
		}
	}
	for _, p := range t.prefixes {
		if len(p.Lost) == 0 || len(p.By) == 0 || !within(t.crashes, countsIn(p.Lost)...) {
			return nil, fmt.Errorf("%w: a line of the prefix list that loses what it can't", ErrPart)
		}
	}
	switch {
	case len(r.rest) > 0:
		return nil, fmt.Errorf("%w: something follows its end", ErrPart)
	case t.withoutStack > t.crashes-len(t.missing)-len(t.failures):
		return nil, fmt.Errorf("%w: more crashes without a stack than crashes", ErrPart)
	}
	return t, nil
}

// maxPartCount is the most that a part may count of anything: sums of many parts still fit.
const maxPartCount = 1 << 40

// check refuses what would make room for things that can't be there.
func (h partHead) check() error {
	switch {
	case h.Version != PartVersion:
		return fmt.Errorf("%w: another version", ErrPart)
	case h.WithoutStack < 0 || h.Pairs < 0 || h.Lines < 0 || h.Options.Examples < 0:
		return fmt.Errorf("%w: a count that can't be", ErrPart)
	}
	return nil
}

// pair reads a pair of signatures into a tally.
func (r *partReader) pair(t *Tally) error {
	line := partPair{pairTally: &pairTally{}}
	if err := r.line(&line); err != nil {
		return err
	}
	pair := Pair{line.Base, line.Candidate}
	if t.pairs[pair] != nil {
		return fmt.Errorf("%w: a pair of signatures stands twice", ErrPart)
	}
	if what := line.wrong(t.options); what != "" {
		return fmt.Errorf("%w: %s", ErrPart, what)
	}
	t.pairs[pair] = line.pairTally
	if t.crashes += line.Crashes; t.crashes > maxPartCount {
		return fmt.Errorf("%w: a count that can't be", ErrPart)
	}
	return nil
}

// wrong says what of a pair can't be; empty where all can.
func (p *partPair) wrong(o Options) string {
	counted := p.Crashes > 0 && p.Crashes <= maxPartCount && within(p.Crashes, p.Moved, p.Stale) && within(p.Crashes, p.Reasons[:]...) &&
		within(p.Crashes, countsIn(p.Causes)...) && within(p.Crashes, countsIn(p.Rules)...) && within(p.Crashes, countsIn(p.Facets)...)
	changed := p.Base != p.Candidate
	switch {
	case !counted:
		return "a count that can't be"
	case !changed && (p.Stale > 0 || p.Causes != nil || p.Rules != nil || p.Examples != nil || p.Next != nil || p.Changed != nil):
		return "an unchanged signature with what changed ones have"
	case changed && o.Changed && len(p.Changed) != p.Crashes || !o.Changed && len(p.Changed) > 0:
		return "its changed crashes are not all there"
	case len(p.Examples) > o.Examples || !slices.IsSortedFunc(p.Examples, func(a, b example) int { return cmp.Compare(a.Stack, b.Stack) }):
		return "its examples are too many, or out of order"
	}
	return ""
}

// within tells whether counts are possible where there are so many crashes.
func within(most int, counts ...int) bool {
	return !slices.ContainsFunc(counts, func(n int) bool { return n < 0 || n > most })
}

// withinEach is within for the counts of each kind of near miss.
func withinEach(most int, misses map[string]map[string]int) bool {
	for _, frames := range misses {
		if !within(most, countsIn(frames)...) {
			return false
		}
	}
	return true
}

func countsIn[K comparable](counts map[K]int) []int { return slices.Collect(maps.Values(counts)) }

// changedLine reads what is found of a changed line into a tally.
func (r *partReader) changedLine(t *Tally, lines int) error {
	var line lineTally
	if err := r.line(&line); err != nil {
		return err
	}
	if line.Frames == nil {
		line.Frames = frameSet{}
	}
	if line.Other < -1 || line.Other >= lines {
		return fmt.Errorf("%w: an edit of a line that isn't there", ErrPart)
	}
	if !within(t.crashes, line.Held, line.Crashes) || !within(line.Held, line.Reached) || !within(line.Crashes, line.MidWord, line.Changed) ||
		!within(line.Crashes, countsIn(line.Longer)...) || !within(line.Crashes, countsIn(line.Cuts)...) ||
		!withinEach(t.crashes, line.Near) || !withinEach(t.crashes, line.Missed) {
		return fmt.Errorf("%w: a count that can't be", ErrPart)
	}
	t.lines = append(t.lines, line)
	return nil
}
