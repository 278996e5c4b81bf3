package fetch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"

	"github.com/sigdiff/sigdiff/crashid"
)

// partialTries is how often a partial answer is asked for again before it is taken as it is.
const partialTries = 3

// The service keeps answers for five minutes, partial and outdated ones too. Facets are not made here, so that
// naming some changes nothing but the key under which the answer is kept.
var facetNames = []string{"signature", "product", "version", "platform", "reason", "process_type"}

// A slice is which hits of a search an answer holds, and whether it counts their signatures, and how many there are by week.
type slice struct {
	offset, number int
	counted        bool
}

// An answer is that of one Super Search.
type answer struct {
	Total    int
	hits     []Hit
	facets   map[string][]Term
	troubles []string // what made it partial; empty when it is whole
}

// last tells that nothing comes after an answer that begins at offset. One that holds more than its own total
// says nothing about that.
func (a *answer) last(offset int) bool { return len(a.hits) == 0 || offset+len(a.hits) == a.Total }

// stuck tells that an answer which is not whole brought nothing new beyond an offset: going on might never end.
func (a *answer) stuck(offset, fresh int) bool {
	return offset > 0 && fresh == 0 && len(a.troubles) > 0
}

// searchWhole asks again while the answer is partial or shorter than its own total promises, for a while; known
// are those troubles that asking again did not mend before. Searches of another round are not answered from
// what the service keeps of an earlier one.
func (c *Client) searchWhole(ctx context.Context, v url.Values, s slice, round int, known map[string]bool) (*answer, error) {
	wait := newBackOff()
	// Shards that failed need seconds to come back, where a connection needs none.
	wait.InitialInterval *= 5
	for try := 1; ; try++ {
		r := &request{endpoint: "SuperSearch", params: withSlice(v, s, round*partialTries+try-1)}
		a, err := ask(ctx, c, r, func(body []byte) (answer, error) { return parseAnswer(body, s) })
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(a.troubles, func(t string) bool { return !known[t] }) || try == partialTries {
			return &a, nil
		}
		if err := sleep(ctx, wait.NextBackOff()); err != nil {
			return nil, err
		}
	}
}

// parseAnswer reads the answer to a search for the slice s. The error wraps errAnswer.
func parseAnswer(body []byte, s slice) (answer, error) {
	var j struct {
		Hits   []json.RawMessage `json:"hits"`
		Total  *int              `json:"total"`
		Errors []json.RawMessage `json:"errors"`
		Facets map[string][]Term `json:"facets"`
	}
	if err := json.Unmarshal(body, &j); err != nil {
		return answer{}, unreadable(err)
	}
	switch {
	case j.Total == nil || *j.Total < 0:
		return answer{}, fmt.Errorf("%w: it has no total", errAnswer)
	case len(j.Hits) > s.number:
		return answer{}, fmt.Errorf("%w: it has %d hits where at most %d were asked for", errAnswer, len(j.Hits), s.number)
	}
	a := answer{Total: *j.Total, hits: make([]Hit, 0, len(j.Hits)), facets: j.Facets}
	seen := make(map[string]bool, len(j.Hits))
	for _, raw := range j.Hits {
		h, err := parseHit(raw)
		if err != nil {
			return answer{}, fmt.Errorf("%w: %w", errAnswer, err)
		}
		a.hits = append(a.hits, h)
		seen[h.ID] = true
	}
	if len(seen) < len(a.hits) {
		a.troubles = append(a.troubles, "it lists a crash more than once")
	}
	for _, e := range j.Errors {
		a.troubles = append(a.troubles, describeTrouble(e))
	}
	if reached := s.offset + len(a.hits); len(a.hits) > 0 && reached > a.Total {
		a.troubles = append(a.troubles, fmt.Sprintf("%d hits at offset %d, though it counts %d in all", len(a.hits), s.offset, a.Total))
	}
	// A trouble that was named already explains it.
	if promised := min(s.number, a.Total-s.offset); len(a.hits) < promised && len(a.troubles) == 0 {
		a.troubles = append(a.troubles, fmt.Sprintf("%d hits of %d at offset %d", len(a.hits), promised, s.offset))
	}
	return a, nil
}

func parseHit(raw json.RawMessage) (Hit, error) {
	var j struct {
		UUID string `json:"uuid"`
		Date string `json:"date"`
	}
	if err := json.Unmarshal(raw, &j); err != nil {
		return Hit{}, err
	}
	if !crashid.Valid(j.UUID) {
		return Hit{}, fmt.Errorf("a hit's uuid is %.60q", j.UUID)
	}
	date, err := ParseTime(j.Date)
	if err != nil {
		return Hit{}, errors.New("a hit has no date")
	}
	return Hit{ID: j.UUID, Date: date, Columns: raw}, nil
}

// describeTrouble says in words what an entry of `errors` means.
func describeTrouble(raw json.RawMessage) string {
	var e struct {
		Type   string `json:"type"`
		Index  string `json:"index"`
		Shards int    `json:"shards_count"`
	}
	if json.Unmarshal(raw, &e) != nil || e.Type == "" {
		return printable(string(raw), 100)
	}
	switch e.Type {
	case "missing_index":
		return printable("the index "+e.Index+" is missing", 100)
	case "shards":
		return printable(fmt.Sprintf("%d shards of the index %s failed", e.Shards, e.Index), 100)
	}
	return printable(e.Type+" "+e.Index, 100)
}

// mostSignatures is how many signatures are counted.
const mostSignatures = 100

// A Term is a signature, or the Monday of a week, and how many crashes have it.
type Term struct {
	Term  any `json:"term"`
	Count int `json:"count"`
}

// A Look is what one request tells of a search.
type Look struct {
	Total int
	Hits  []Hit // the latest, a page of them at most
	// Signatures are the most frequent among all crashes, most crashes first. There are none where the service did not count them.
	Signatures []Term
	// Weeks are how many crashes there are of each week that has some, the first week first.
	Weeks []Term
	// Incomplete says, a sentence each, what may be missing.
	Incomplete []string
}

// Look asks what a query finds: how many crashes, if counted is given of which signatures and weeks, and the latest of
// them with these columns. It is one request, unless the answer is partial.
func (c *Client) Look(ctx context.Context, q Query, columns []string, counted bool) (*Look, error) {
	if err := q.check(); err != nil {
		return nil, err
	}
	v := q.values(q.Window)
	v["_columns"] = append([]string{"uuid", "date"}, columns...)
	v["_sort"] = []string{"-date", "uuid"}
	a, err := c.searchWhole(ctx, v, slice{number: pageSize, counted: counted}, 0, nil)
	if err != nil {
		return nil, err
	}
	l := &Look{Total: a.Total, Hits: a.hits, Signatures: a.facets["signature"], Weeks: a.facets["histogram_date"]}
	for _, trouble := range a.troubles {
		l.Incomplete = append(l.Incomplete, "the service's answer is partial: "+trouble)
	}
	l.Incomplete = append(l.Incomplete, q.Window.unsearched()...)
	for _, text := range l.Incomplete {
		c.notice(text)
	}
	return l, nil
}
