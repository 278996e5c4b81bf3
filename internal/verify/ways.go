package verify

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sigdiff/sigdiff/engine/screen"
	"github.com/sigdiff/sigdiff/internal/linesearch"
	"github.com/sigdiff/sigdiff/siglists"
)

// sign is what a crash tells of a line.
type sign int

const (
	nothing sign = iota
	with
	without
	elsewhere // it has no frame of the line
)

// A way is how crashes tell of a line.
type way struct {
	counts string // how many tell of the change, and how many of what was before, in words
	look   func(*screen.Row) (sign, error)
}

// Column is what is searched for the stems of a line: signatures, where every crash that the line concerns has a frame of
// it there with the line and without.
func Column(l linesearch.Line) string {
	if l.Change.Line.List == siglists.Prefix {
		return "signature"
	}
	return "proto_signature"
}

func (j *Judge) way(l linesearch.Line) (way, error) {
	if l.Change.Line.List == siglists.LineNumbers {
		return way{"%s crashes have frames as the change makes them, %s as before", func(r *screen.Row) (sign, error) { return j.numbered(l, r), nil }}, nil
	}
	counts := "%s signatures are those that the change makes, %s those of before"
	if l.Change.Line.List == siglists.Prefix && l.Change.Added {
		counts = "in %s signatures something follows its frame, in %s that comes last"
	}
	look, err := j.made(l)
	return way{counts, look}, err
}

// made holds signatures against those that the siglists make of the same frames, with the change and without. A crash
// tells of the line if the candidate without it makes another signature.
func (j *Judge) made(l linesearch.Line) (func(*screen.Row) (sign, error), error) {
	c := l.Change
	if !c.Added && j.candidate.List(c.Line.List).Has(c.Line.Text) {
		return func(*screen.Row) (sign, error) { return nothing, nil }, nil // the line stood there twice
	}
	less, err := j.candidate.With([]siglists.Change{{Line: c.Line, Added: !c.Added}})
	if err != nil {
		return nil, fmt.Errorf("undoing %s: %w", c.Edit(), err)
	}
	line, err := screener(less, j.candidate)
	if err != nil {
		return nil, err
	}
	same := func(r screen.Reading) bool { return r.Base == r.Candidate }
	return func(r *screen.Row) (sign, error) {
		if l.Frame(linesearch.Frames(r.Proto)) < 0 && l.Frame(linesearch.Frames(r.Signature())) < 0 {
			return elsewhere, nil
		}
		own, err := line.Readings(r)
		if err != nil || len(own) == 0 || slices.ContainsFunc(own, same) {
			return nothing, err
		}
		all, err := j.change.Readings(r)
		return recorded(all, r.Signature()), err
	}, nil
}

// recorded tells of which side a signature is, if it is of one alone.
func recorded(readings []screen.Reading, signature string) sign {
	base := slices.ContainsFunc(readings, func(r screen.Reading) bool { return r.Base == signature })
	candidate := slices.ContainsFunc(readings, func(r screen.Reading) bool { return r.Candidate == signature })
	switch {
	case candidate && !base:
		return with
	case base && !candidate:
		return without
	}
	return nothing
}

// numbered tells what frames say of a line of the line-number list: by it they end in their source line, or don't.
func (j *Judge) numbered(l linesearch.Line, r *screen.Row) sign {
	frames, sure := j.change.Frames(r)
	found := elsewhere
	for _, frame := range frames {
		function, has, gets := j.change.SourceLine(frame)
		if !l.Matches(function) {
			continue
		}
		s := numberedFrame(function, has, gets)
		if !sure || found != elsewhere && s != found {
			return nothing
		}
		found = s
	}
	return found
}

// numberedFrame tells what one frame says. The list doesn't see modules, whose names may be anything without "::".
func numberedFrame(function string, has bool, gets []bool) sign {
	switch {
	case gets == nil, gets[0] == gets[1], strings.ContainsAny(function, "@#"), !has && !strings.Contains(function, "::"):
		return nothing
	case has == gets[1]:
		return with
	}
	return without
}
