package fetch

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/sigdiff/sigdiff/internal/plural"
)

// A stretch is the part of the window that is still to be listed, in one direction along the dates.
type stretch struct {
	window Window
	latest bool     // walking from the end of the window back
	offset int      // crashes at the near end that were listed already, but for the last of them
	order  []string // the user's own, in which walking along the dates can't help; nil: by date
	last   string   // the crash that was listed last: pages that begin at an offset have it again
}

func (s *stretch) sort() []string {
	switch {
	case s.order != nil:
		return append(slices.Clone(s.order), "uuid")
	case s.latest:
		return []string{"-date", "uuid"}
	}
	return []string{"date", "uuid"}
}

// near is the bound that moves.
func (s *stretch) near() *Bound {
	if s.latest {
		return &s.window.To
	}
	return &s.window.From
}

// moveTo makes t the moment at which the stretch begins, or before which it ends where it is walked back; false when it begins or ends
// there already, or is past it.
func (s *stretch) moveTo(t time.Time) bool {
	b := s.near()
	if s.latest && !t.Before(b.Time) || !s.latest && !t.After(b.Time) {
		return false
	}
	*b = Bound{Time: t, Exclusive: s.latest}
	s.offset = 0
	return true
}

// tickOf is the edge of t's tick that the walk meets first, so that the whole tick is asked for, and nothing
// that sorts next to t within it is passed over.
func (s *stretch) tickOf(t time.Time) time.Time {
	start := t.Truncate(tick)
	if s.latest {
		return start.Add(tick)
	}
	return start
}

// parts are what is searched one after the other. An order of the user's goes over the whole window.
func (s *stretch) parts() []Window {
	if s.order != nil {
		return []Window{s.window}
	}
	parts := s.window.searched()
	if s.latest {
		slices.Reverse(parts)
	}
	return parts
}

func (s *stretch) empty() bool {
	from, to := s.window.From, s.window.To
	return from.Time.After(to.Time) || from.Time.Equal(to.Time) && to.Exclusive
}

// once walks through the window once.
func (w *walk) once(ctx context.Context) error {
	s := &stretch{window: w.query.Window, latest: w.query.latestFirst()}
	if w.query.keepsSort() {
		s.order = w.query.Sort
		for _, text := range s.window.unsearched() {
			w.incomplete("%s", text)
		}
	}
	for !s.empty() {
		number := min(w.pageNumber(), ceiling-s.offset)
		parts := s.parts()
		a, err := w.page(ctx, parts[0], s.sort(), s.offset, number)
		if err == nil && w.pages == 1 {
			err = w.total(ctx, a, parts)
		}
		if err != nil {
			return err
		}
		// What was first on this page is last on the one before by now, which was listed already.
		if s.offset > 0 && len(a.troubles) == 0 && !slices.ContainsFunc(a.hits, func(h Hit) bool { return h.ID == s.last }) {
			w.incomplete("crashes went while they were listed by %s, so that pages shifted: some may be missing", cmp.Or(strings.Join(s.order, ", "), "date"))
		}
		fresh, err := w.take(a.hits)
		if err != nil {
			return err
		}
		// An answer that holds fewer than it promised is no end: what comes behind it is still asked for.
		switch over := a.last(s.offset) || a.stuck(s.offset, fresh); {
		case w.want(1) == 0 || over && len(parts) == 1:
			return nil
		case over:
			s.window, s.offset = parts[1], 0
		default:
			w.advance(s, a)
		}
	}
	return nil
}

// total takes the count from the first page, or asks for it where that is of a part of the window.
func (w *walk) total(ctx context.Context, a *answer, parts []Window) (err error) {
	if w.listing.Total = a.Total; len(parts) > 1 {
		w.listing.Total, err = w.client.count(ctx, w.query, w.round, w.partial)
	}
	return err
}

// pageNumber is how many crashes to ask for: a page, or what is still wanted and the few of the same second that are listed
// again at its start.
func (w *walk) pageNumber() int {
	again := 0
	if len(w.seen) > 0 {
		again = 20
	}
	return min(pageSize, w.want(pageSize)+again)
}

// advance moves the stretch past a page: in an order of the user's by offset; else to the tick of its last
// crash; and within the tick by offset, as far as the ceiling.
func (w *walk) advance(s *stretch, a *answer) {
	last := a.hits[len(a.hits)-1]
	if s.order == nil && s.moveTo(s.tickOf(last.Date)) {
		return
	}
	end := s.offset + len(a.hits)
	// The last one comes again, to show that pages did not shift; one alone would come for ever.
	s.offset, s.last = max(end-1, s.offset+1), last.ID
	if s.order != nil || end < ceiling {
		return
	}
	second := last.Date.Truncate(tick)
	w.incomplete("%s or more have dates within one second, %s, of which the service lists no more", plural.Crashes(ceiling), formatTime(second))
	next := second.Add(tick)
	if s.latest {
		next = second
	}
	s.moveTo(next)
}
