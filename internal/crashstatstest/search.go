package crashstatstest

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const day = 24 * time.Hour

// A search is one Super Search, its parameters read.
type search struct {
	filters        []filter
	dates          dates
	columns, sort  []string
	facets         []string
	histogram      time.Duration // how long its parts are; 0 for none
	offset, number int
	facetsSize     int
	seed           uint64 // of the order when none was asked for
}

// parseSearch reads the parameters of an address. The error is a badArgument.
func parseSearch(v url.Values, now time.Time, seed uint64) (*search, error) {
	s := &search{seed: seed, number: 100, facetsSize: 50} // the service's own numbers
	var err error
	if s.dates, err = parseDates(given(v["date"]), now); err != nil {
		return nil, err
	}
	for _, name := range v["product"] {
		if !slices.Contains(validProducts, name) {
			return nil, badArgument("Not valid products: " + name)
		}
	}
	for name, f := range fields {
		values := v[name]
		// Parameters with other names, and of fields that not everybody may see, are passed over without a word, which is how a misspelt
		// field finds too much.
		if name == "date" || len(values) == 0 || len(f.Permissions) > 0 {
			continue
		}
		one := filter{name: name}
		for _, value := range values {
			c, err := parseCondition(f, value)
			if err != nil {
				return nil, err
			}
			one.conditions = append(one.conditions, c)
		}
		s.filters = append(s.filters, one)
	}
	if err := s.parseShape(v); err != nil {
		return nil, err
	}
	return s, s.check()
}

// given leaves out the empty values, which count as not given. Those of a field are searched for.
func given(values []string) []string {
	return slices.DeleteFunc(slices.Clone(values), func(s string) bool { return s == "" })
}

func (s *search) parseShape(v url.Values) error {
	for name, target := range map[string]*int{"_results_offset": &s.offset, "_results_number": &s.number, "_facets_size": &s.facetsSize} {
		if text := v.Get(name); text != "" {
			n, err := strconv.Atoi(text)
			if err != nil {
				return badArgument(fmt.Sprintf("Bad value for parameter %s: not a valid int", name))
			}
			*target = n
		}
	}
	if v.Has("_histogram.date") {
		s.histogram = map[string]time.Duration{"": day, "day": day, "week": 7 * day}[v.Get("_histogram_interval.date")]
	}
	s.columns = listOr(v["_columns"], "uuid", "date", "signature", "product", "version")
	// Names in these that the service doesn't know, or shows to nobody, are passed over, too.
	s.facets = slices.DeleteFunc(listOr(v["_facets"], "signature"), unknown)
	s.sort = slices.DeleteFunc(given(v["_sort"]), unknown)
	return nil
}

func listOr(values []string, defaults ...string) []string {
	if values = given(values); len(values) > 0 {
		return values
	}
	return defaults
}

// check refuses what the service does, in its words and in its order: sizes first, then names.
func (s *search) check() error {
	switch {
	case s.number > 1000:
		return badArgument("_results_number cannot be greater than 1,000")
	case s.number < 0 || s.offset < 0:
		return badArgument("_results_number and _results_offset cannot be negative")
	case s.offset+s.number > 10_000:
		return badArgument("_results_offset + _results_number cannot be greater than 10,000")
	}
	for _, name := range s.columns {
		if unknown(name) {
			return badArgument(fmt.Sprintf("Unknown field '%s'", name))
		}
	}
	return nil
}

// shape are the parameters that shape an answer, and that the service knows.
var shape = strings.Fields("_results_offset _results_number _facets_size _columns _facets _sort _histogram.date _histogram_interval.date")

// keptBy is what the service keeps the answer to a search by: the parameters that it knows, and the facets that it may count.
func keptBy(v url.Values) string {
	known := url.Values{}
	for name, values := range v {
		switch {
		case name == "_facets":
			known[name] = slices.DeleteFunc(slices.Clone(values), unknown)
		case !unknown(name) || slices.Contains(shape, name):
			known[name] = values
		}
	}
	return known.Encode()
}

func unknown(name string) bool { return fields[strings.TrimPrefix(name, "-")].Name == "" }

// run answers the search over crashes that are in the order of their dates and ids.
func (s *search) run(crashes []Crash) map[string]any {
	found := make([]*Crash, 0, len(crashes))
	for i := range crashes {
		if s.matches(&crashes[i]) {
			found = append(found, &crashes[i])
		}
	}
	// Counted before the slice is cut out: total and facets are those of everything that was found.
	total := len(found)
	facets := map[string]any{}
	if s.facetsSize > 0 {
		facets = s.makeFacets(found)
	}
	s.order(found)
	found = found[min(s.offset, total):min(s.offset+s.number, total)]
	hits := make([]map[string]any, 0, len(found))
	for _, c := range found {
		hit := map[string]any{}
		for _, name := range s.columns {
			hit[name] = c.column(name)
		}
		hits = append(hits, hit)
	}
	return map[string]any{"hits": hits, "total": total, "facets": facets, "errors": append([]any{}, s.dates.missing...)}
}

func (s *search) matches(c *Crash) bool {
	if !s.dates.hold(c.Date) {
		return false
	}
	for _, f := range s.filters {
		if !f.matches(c.column(f.name)) {
			return false
		}
	}
	return true
}

// order sorts as asked; where nothing was asked for, and between equals, the order is another one for every
// request, so that clients can't rely on it.
func (s *search) order(found []*Crash) {
	if slices.Equal(s.sort, []string{"date", "uuid"}) {
		return // the order they are kept in
	}
	// By the number of the search, so that no two answers agree by chance where no order was asked for.
	rng := rand.New(rand.NewPCG(s.seed, 0))
	rng.Shuffle(len(found), func(i, j int) { found[i], found[j] = found[j], found[i] })
	slices.SortStableFunc(found, func(a, b *Crash) int {
		for _, name := range s.sort {
			// A stable sort keeps the random order of what is equal in all of these.
			name, down := strings.CutPrefix(name, "-")
			n := compareValues(a, b, name)
			if down {
				n = -n
			}
			if n != 0 {
				return n
			}
		}
		return 0
	})
}

// compareValues orders two crashes by a field, as texts where it is neither the id nor the date.
func compareValues(a, b *Crash, name string) int {
	switch {
	case name == "uuid":
		return cmp.Compare(a.ID, b.ID)
	case name == "date":
		return a.Date.Compare(b.Date)
	}
	return cmp.Compare(fmt.Sprint(a.column(name)), fmt.Sprint(b.column(name)))
}

func (s *search) makeFacets(found []*Crash) map[string]any {
	out := map[string]any{}
	for _, name := range s.facets {
		out[name] = s.terms(found, name)
	}
	if s.histogram > 0 {
		out["histogram_date"] = makeHistogram(found, s.histogram)
	}
	return out
}

type bucket struct {
	Term  string `json:"term"`
	Count int    `json:"count"`
}

// terms counts the values of a field, the most frequent first.
func (s *search) terms(found []*Crash, name string) []bucket {
	counts := map[string]int{}
	for _, c := range found {
		if v := c.column(name); v != nil {
			counts[fmt.Sprint(v)]++
		}
	}
	out := []bucket{}
	for term, n := range counts {
		out = append(out, bucket{Term: term, Count: n})
	}
	// By name where as many have them, so that the same crashes give the same answer.
	slices.SortFunc(out, func(a, b bucket) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Term, b.Term))
	})
	return out[:min(len(out), s.facetsSize)]
}

// makeHistogram counts by day or week; found is in the order of dates. Truncate goes by weeks from a Monday.
func makeHistogram(found []*Crash, interval time.Duration) []bucket {
	out := []bucket{}
	for _, c := range found {
		begin := c.Date.Truncate(interval).Format("2006-01-02T15:04:05Z") // as the search engine writes dates
		if len(out) == 0 || out[len(out)-1].Term != begin {
			out = append(out, bucket{Term: begin})
		}
		out[len(out)-1].Count++
	}
	return out
}
