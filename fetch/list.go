package fetch

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/sigdiff/sigdiff/internal/plural"
)

const (
	// pageSize is the most crashes in one answer.
	pageSize = 1000
	// ceiling is the largest offset + number that the service accepts.
	ceiling = 10_000
	// The service cuts the bounds of a search to whole seconds while it shows microseconds, and takes an inclusive one for all of its second.
	tick = time.Second
)

// A Hit is one crash that a search found.
type Hit struct {
	ID      string
	Date    time.Time // when it was sent; that stays when it is processed again
	Columns json.RawMessage
}

// ListOptions say what a listing brings beside the ids.
type ListOptions struct {
	// Columns are fields that each hit brings, at no further request; uuid and date are always among them.
	Columns []string
	// Hit, if set, is called for every crash once, in the order of listing, from one goroutine. Its error ends the listing.
	Hit func(Hit) error
	// Progress, if set, is called after every page.
	Progress func(listed, total int)
}

// A Listing is what a search found.
type Listing struct {
	IDs   []string // each once, in the order of the query's sort
	Total int      // the service's own count when the listing began
	// Incomplete says, a sentence each, what could not be listed; empty when everything was.
	Incomplete []string
	// Notes are what the reader should know about a complete listing, such as crashes that came or went meanwhile.
	Notes []string
}

// Count asks how many crashes the query finds, regardless of [Query.Num]: one request or two, unless the answer is
// partial. That the count may then be too low is told to [Config.Notice].
func (c *Client) Count(ctx context.Context, q Query) (int, error) {
	return c.count(ctx, q, 0, func(a *answer) {
		for _, trouble := range a.troubles {
			c.notice("the service's answer is partial, so that there may be more crashes: " + trouble)
		}
	})
}

// count asks for totals alone, and hands on each answer.
func (c *Client) count(ctx context.Context, q Query, round int, each func(*answer)) (total int, err error) {
	for _, part := range q.Window.searched() {
		a, err := c.searchWhole(ctx, q.values(part), slice{}, round, nil)
		if err != nil {
			return 0, err
		}
		each(a)
		total += a.Total
	}
	return total, nil
}

// List lists every crash that the query finds, or the first [Query.Num] of them, each once.
//
// It walks along the dates: each page asks for what lies beyond the last crash of the page before, so that
// neither the service's ceiling of 10,000 nor crashes that come or go meanwhile shift what a page holds, and n
// crashes take little more than n/1000 requests. Within one second pages are counted by offset. The
// total of every page is checked against what it brought. An error means that nothing can be relied on; what is
// merely not whole shows in [Listing.Incomplete].
func (c *Client) List(ctx context.Context, q Query, opts ListOptions) (*Listing, error) {
	if err := q.check(); err != nil {
		return nil, err
	}
	w := &walk{client: c, query: q, opts: opts, listing: &Listing{}, seen: map[string]bool{}, accepted: map[string]bool{}}
	if err := w.once(ctx); err != nil {
		return nil, err
	}
	if err := w.compare(ctx, !q.keepsSort()); err != nil {
		return nil, err
	}
	return w.listing, nil
}

// A walk is one listing under way.
type walk struct {
	client   *Client
	query    Query
	opts     ListOptions
	listing  *Listing
	seen     map[string]bool
	pages    int
	round    int             // walks through the window before this one
	accepted map[string]bool // partial answers that were reported already
}

// want is how many more crashes are wanted, at most n.
func (w *walk) want(n int) int {
	if w.query.Num == 0 {
		return n
	}
	return min(n, w.query.Num-len(w.listing.IDs))
}

// take adds the hits that are new and returns how many were.
func (w *walk) take(hits []Hit) (fresh int, err error) {
	for _, h := range hits {
		if w.seen[h.ID] || w.want(1) == 0 {
			continue
		}
		w.seen[h.ID] = true
		w.listing.IDs = append(w.listing.IDs, h.ID)
		fresh++
		if w.opts.Hit == nil {
			continue
		}
		if err := w.opts.Hit(h); err != nil {
			return fresh, err
		}
	}
	if w.opts.Progress != nil {
		w.opts.Progress(len(w.listing.IDs), w.listing.Total)
	}
	return fresh, nil
}

// incomplete says what could not be listed, once.
func (w *walk) incomplete(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if slices.Contains(w.listing.Incomplete, text) {
		return
	}
	w.listing.Incomplete = append(w.listing.Incomplete, text)
	w.client.notice(text)
}

// page asks for one page of the window, in the given order.
func (w *walk) page(ctx context.Context, window Window, sort []string, offset, number int) (*answer, error) {
	w.pages++
	v := w.query.values(window)
	v["_columns"] = append([]string{"uuid", "date"}, w.opts.Columns...)
	v["_sort"] = sort
	a, err := w.client.searchWhole(ctx, v, slice{offset: offset, number: number}, w.round, w.accepted)
	if err != nil {
		return nil, err
	}
	w.partial(a)
	return a, nil
}

// partial makes the listing incomplete when an answer is.
func (w *walk) partial(a *answer) {
	for _, trouble := range a.troubles {
		w.accepted[trouble] = true
		w.incomplete("the service's answer is partial: %s", trouble)
	}
}

// compare checks the number listed against the service's own, which it asks for once more when there was more
// than one page: crashes may come and go while they are listed. Then one more walk, if again is given, picks up
// what came behind the first one's back.
func (w *walk) compare(ctx context.Context, again bool) error {
	agree := len(w.listing.IDs) == w.expected(w.listing.Total) && (w.pages == 1 || w.want(1) == 0)
	// What is incomplete has been said, and counting again would only say it in other words.
	if agree || len(w.listing.Incomplete) > 0 {
		return nil
	}
	w.round++
	now, err := w.client.count(ctx, w.query, w.round, w.partial)
	if err != nil {
		return err
	}
	// Crashes that were processed meanwhile can lie in a part of the window that was already walked through.
	if w.expected(now) > len(w.listing.IDs) && again {
		if err := w.once(ctx); err != nil {
			return err
		}
		return w.compare(ctx, false)
	}
	listed := len(w.listing.IDs)
	if w.expected(now) > listed {
		w.incomplete("the service counts %s and listed %s", plural.Crashes(now), plural.Number(listed))
	} else if now != w.listing.Total || w.expected(now) != listed {
		w.listing.Notes = append(w.listing.Notes, fmt.Sprintf("the service counted %s at first and %s at the end, %s were listed", plural.Crashes(w.listing.Total), plural.Number(now), plural.Number(listed)))
	}
	return nil
}

// expected is how many of total crashes a listing brings.
func (w *walk) expected(total int) int {
	if w.query.Num > 0 {
		return min(total, w.query.Num)
	}
	return total
}

// The service keeps answers for five minutes, partial and outdated ones too. So the nth sending of the same
// search is another one for it: it names other facets, where none are made, or asks for more of them.
func withSlice(v url.Values, s slice, n int) url.Values {
	v.Set("_results_offset", strconv.Itoa(s.offset))
	v.Set("_results_number", strconv.Itoa(s.number))
	if !s.counted { // they would be counted anew for every page
		v.Set("_facets_size", "0")
		v.Set("_facets", facetNames[n%len(facetNames)])
		return v
	}
	v.Set("_facets_size", strconv.Itoa(mostSignatures+n))
	v.Set("_facets", "signature")
	v.Set("_histogram.date", "signature")
	v.Set("_histogram_interval.date", "week")
	return v
}
