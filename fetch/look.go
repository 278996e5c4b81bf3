package fetch

import "context"

// facetsSize is how many values of a field are counted.
const facetsSize = 100

// A Term is a value of a field, or a day, and how many crashes have it.
type Term struct {
	Term  any `json:"term"`
	Count int `json:"count"`
}

// A Look is what one request tells of a search.
type Look struct {
	Total int
	Hits  []Hit // the latest, a page of them at most
	// Terms are the most frequent values of each facet among all crashes, most crashes first. A field that the
	// service did not count is missing.
	Terms map[string][]Term
	// Days are how many crashes there are of each day that has some, the first day first.
	Days []Term
	// Incomplete says, a sentence each, what may be missing.
	Incomplete []string
}

// histogram is where an answer has its counts by date.
const histogram = "histogram_date"

// Look asks what a query finds: how many crashes, of which values of the facets, by date, and the latest of
// them with these columns. It is one request, unless the answer is partial.
func (c *Client) Look(ctx context.Context, q Query, columns, facets []string) (*Look, error) {
	if err := q.check(); err != nil {
		return nil, err
	}
	v := q.values(q.Window)
	v["_columns"] = append([]string{"uuid", "date"}, columns...)
	v["_sort"] = []string{"-date", "uuid"}
	a, err := c.searchWhole(ctx, v, slice{number: pageSize, facets: facets}, 0, nil)
	if err != nil {
		return nil, err
	}
	// The histogram comes among the facets, as if date were one of those that were asked for.
	l := &Look{Total: a.Total, Hits: a.hits, Terms: a.facets, Days: a.facets[histogram]}
	delete(l.Terms, histogram)
	for _, trouble := range a.troubles {
		l.Incomplete = append(l.Incomplete, "the service's answer is partial: "+trouble)
		c.notice(l.Incomplete[len(l.Incomplete)-1])
	}
	return l, nil
}
