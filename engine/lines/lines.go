// Package lines measures what each line of a siglist set does to crashes.
package lines

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/engine/table"
	"github.com/sigdiff/sigdiff/siglists"
)

// Measured is what each line of a set does to crashes.
type Measured struct {
	Lines   []Line // in the order of the lists, each in the order of its file
	Crashes int    // that there are, missing and failed ones included
	All     Counts // the crashes that were looked at
	// WithoutStack is how many of these have nothing to make a signature from.
	WithoutStack int
	table.Left   // by id; those failed that could not be read, or that a pattern met its limit on
}

// Line is what one line does.
type Line struct {
	siglists.Line
	Frames  int    // distinct normalised frames that it matches
	Holds   Counts // crashes that have such a frame in a thread that their signature is made from
	Decides Counts // crashes that have another signature when this line alone is left out
	// Only is set where it is a list of patterns with no other line: without it, the list matches every frame.
	Only bool
	// Others are the other lines that match some of the same frames, those with the most frames first.
	Others []Other
}

// Other is a line that matches some of the same frames.
type Other struct {
	Line   siglists.Line
	Frames int // that both match
}

// Measure measures the lines of the generator's set. The result depends neither on the number of workers nor on the order
// of the crashes.
func Measure(ctx context.Context, src crashdata.Source, g *signatures.Generator, workers int) (*Measured, error) {
	t, err := table.Load(ctx, src, workers)
	if err != nil {
		return nil, err
	}
	edit, err := fromNothing(ctx, t, g.Set)
	if err != nil {
		return nil, err
	}
	weighers := make([]*weigher, len(t.Shards()))
	err = t.Each(ctx, func(ctx context.Context, i int, s *table.Shard) error {
		// One for each shard: what it counts is put together in the order of the shards, whoever was first.
		weighers[i] = newWeigher(edit, g)
		return weighers[i].shard(ctx, s)
	})
	if err != nil {
		return nil, err
	}
	return merged(t, g.Set, weighers), nil
}

// fromNothing is the edit that adds every line of a set: from lists whose only line matches nothing, since a list of patterns
// without lines matches everything. That is what a list is without its only line, and so it is before that line, too.
func fromNothing(ctx context.Context, t *table.Table, set *siglists.Set) (*table.Edit, error) {
	sources := siglists.Sources{}
	for _, name := range siglists.Names() {
		if len(set.List(name).Lines) <= 1 {
			sources[name] = nil
			continue
		}
		nothing := siglists.Nothing
		// A line that the set has too would be no change.
		for set.List(name).Has(nothing) {
			nothing += siglists.Nothing
		}
		sources[name] = []byte(nothing)
	}
	bare, err := sources.Load(nil)
	if err != nil {
		return nil, fmt.Errorf("making lists that match nothing: %w", err)
	}
	// An edit finds out by itself which frames a line concerns, and looks at no others for it.
	layer, err := table.NewLayer(bare).Over(ctx, t.Symbols())
	if err != nil {
		return nil, err
	}
	return layer.Edit(ctx, set)
}

// merged puts together what was found in the shards. There is at least one, if empty.
func merged(t *table.Table, set *siglists.Set, weighers []*weigher) *Measured {
	m := &Measured{Crashes: t.Crashes(), Left: t.Left}
	first := weighers[0]
	for _, w := range weighers[1:] {
		first.merge(w)
	}
	m.All, m.WithoutStack = first.all, first.withoutStack
	m.Join(first.left)
	m.Sort() // whatever shard each was in
	for i, l := range first.lines {
		// What is removed are the lines that match nothing.
		if l.change.Added {
			m.Lines = append(m.Lines, Line{
				Line: l.change.Line, Frames: len(l.frames), Holds: l.holds, Decides: l.decides, Others: first.others(i),
				Only: l.change.Line.List != siglists.Sentinels && len(set.List(l.change.Line.List).Lines) == 1,
			})
		}
	}
	return m
}

// others are the lines that share frames with a line, by index. To count them here takes each of its frames once, and no room
// for all pairs.
func (w *weigher) others(line int) []Other {
	shared := map[int]int{}
	for frame := range w.lines[line].frames {
		for _, i := range w.matching[frame] {
			if i != line {
				shared[i]++
			}
		}
	}
	var others []Other
	for i, n := range shared {
		others = append(others, Other{w.lines[i].change.Line, n})
	}
	slices.SortFunc(others, func(a, b Other) int {
		// By place where they match as many, so that the order is the same each time.
		return cmp.Or(b.Frames-a.Frames, order(a.Line.List)-order(b.Line.List), a.Line.Number-b.Line.Number)
	})
	return others
}

func order(name siglists.Name) int { return slices.Index(siglists.Names(), name) }
