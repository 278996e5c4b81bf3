package verify

import (
	"slices"
	"strings"

	"github.com/sigdiff/sigdiff/engine/screen"
	"github.com/sigdiff/sigdiff/fetch"
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

// sign is what a crash tells of the line. One that can't be read, or on which a pattern meets its limit, tells nothing: the
// others tell all the same.
func (w way) sign(h fetch.Hit) sign {
	row, err := screen.ParseRow(h.Columns)
	if err != nil {
		return nothing
	}
	s, err := w.look(row)
	if err != nil {
		return nothing
	}
	return s
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
// tells of the line if siglists with it would make another signature without it. The service may have what the candidate
// has become since, with the line or without: no signature that these make counts against them.
func (j *Judge) made(l linesearch.Line) (func(*screen.Row) (sign, error), error) {
	comparisons, err := j.comparisons(l.Change)
	if err != nil {
		return nil, err
	}
	return func(r *screen.Row) (sign, error) {
		// The search found its text, which may stand in the middle of another frame.
		if l.Frame(screen.Split(r.Proto)) < 0 && l.Frame(screen.Split(r.Signature())) < 0 {
			return elsewhere, nil
		}
		var found finding
		for _, c := range comparisons {
			if err := found.add(c, r); err != nil {
				return nothing, err
			}
		}
		return found.sign(), nil
	}, nil
}

// comparison is of siglists that have a line with the same without it, and without the whole change.
type comparison struct{ line, change *screen.Screener }

func (j *Judge) comparisons(c siglists.Change) (all []comparison, err error) {
	for i, with := range j.with {
		switch {
		case has(with.set, c):
		case i == 0: // a removed line that stood there twice, so that one stands there still
			return nil, nil
		default: // later siglists have taken the change back
			continue
		}
		// Without this line alone: then what differs is the line's doing, and not that of the others of its change.
		less, err := undo([]siglists.Change{c}, with.set)
		if err != nil {
			return nil, err
		}
		line, err := screener(less, with.set)
		if err != nil {
			return nil, err
		}
		all = append(all, comparison{line, with.change})
	}
	return all, nil
}

// finding is which siglists make the signature that the service recorded of a crash.
type finding struct {
	open                    bool // what some make isn't known
	with, without           bool // some that have the change do, some that have not
	tellsWith, tellsWithout bool // and the line makes a difference to the crash
}

func (f *finding) add(c comparison, r *screen.Row) error {
	// Several readings: a frame may contain the separator, and then a proto signature can be taken apart in more than one way.
	own, err := c.line.Readings(r)
	if err != nil {
		return err
	}
	all, err := c.change.Readings(r)
	if err != nil {
		return err
	}
	// One set that could make any signature could make this one, too.
	f.open = f.open || len(own) == 0 || len(all) == 0
	tells := !slices.ContainsFunc(own, func(r screen.Reading) bool { return r.Base == r.Candidate })
	// The recorded signature is held against each reading: the right one is among them.
	for _, reading := range all {
		with, without := reading.Candidate == r.Signature(), reading.Base == r.Signature()
		f.with, f.without = f.with || with, f.without || without
		f.tellsWith, f.tellsWithout = f.tellsWith || with && tells, f.tellsWithout || without && tells
	}
	return nil
}

func (f finding) sign() sign {
	switch {
	case f.open:
	// A signature that siglists without the change could make as well tells nothing, whatever the others make.
	case f.tellsWith && !f.without:
		return with
	case f.tellsWithout && !f.with:
		return without
	}
	return nothing
}

// numbered tells what frames say of a line of the line-number list: by it they end in their source line, or don't.
func (j *Judge) numbered(l linesearch.Line, r *screen.Row) sign {
	frames, sure := j.change.Frames(r)
	found := elsewhere
	for _, frame := range frames {
		// has tells whether the frame ends in a source line, as the service recorded it.
		function, has, _ := j.change.SourceLine(frame)
		if !l.Matches(function) {
			continue
		}
		s := j.numberedFrame(frame, function, has)
		// Frames that contradict each other, or that may have been taken apart wrongly, tell nothing.
		if !sure || found != elsewhere && s != found {
			return nothing
		}
		found = s
	}
	return found
}

// numberedFrame tells what one frame says. The list doesn't see modules, whose names may be anything without "::".
func (j *Judge) numberedFrame(frame, function string, has bool) sign {
	if strings.ContainsAny(function, "@#") || !has && !strings.Contains(function, "::") {
		return nothing
	}
	is := finding{}
	for _, with := range j.with {
		_, _, gets := with.change.SourceLine(frame)
		if gets == nil {
			return nothing
		}
		is.with, is.without = is.with || has == gets[1], is.without || has == gets[0]
	}
	// The line matches the frame, so that it makes the difference.
	is.tellsWith, is.tellsWithout = is.with, is.without
	return is.sign()
}
