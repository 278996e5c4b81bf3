package fetch

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/sigdiff/sigdiff/crashid"
	"github.com/sigdiff/sigdiff/internal/address"
	"github.com/sigdiff/sigdiff/internal/plural"
)

var errNotSearch = errors.New("not the address of a Super Search")

// A Query says which crashes a search finds. Its window is frozen: the same query finds the same crashes later,
// as long as the service keeps them.
type Query struct {
	Terms  url.Values // the filters by field, each value with its operator in front; without date
	Window Window
	Sort   []string // fields in order, `-` in front for descending; empty: by date
	Num    int      // the most crashes to list, 0 for all of them
	Origin string   // the service of a pasted address, as [Client.Origin] has it, else empty
}

// Filters are the searches that need no Super Search syntax.
type Filters struct {
	SignatureContains []string // any of these texts within the signature; `*` and `?` are wildcards
	Signatures        []string // any of these whole signatures
	Products          []string // any of these products, and so on
	Versions          []string // 146.0b: all betas
	Channels          []string
	Platforms         []string
	ProcessTypes      []string
	Dates             []string // as [ParseDates] takes them; none: the last 7 days
	Num               int      // the most crashes, 0 for all; a limited search takes the latest
}

// Query makes the search; now is what its window is frozen against.
func (f Filters) Query(now time.Time) (Query, error) {
	dates, err := parseBounds(f.Dates, now)
	if err != nil {
		return Query{}, err
	}
	q := Query{Terms: url.Values{}, Window: dates.freeze(now), Num: f.Num}
	for _, s := range f.SignatureContains {
		// For the service a backslash takes the meaning of what is behind it.
		q.Terms.Add("signature", "~"+strings.ReplaceAll(s, `\`, `\\`))
	}
	for _, s := range f.Signatures {
		q.Terms.Add("signature", "="+s)
	}
	for field, values := range map[string][]string{
		"product": f.Products, "version": f.Versions, "release_channel": f.Channels, "platform": f.Platforms, "process_type": f.ProcessTypes,
	} {
		if len(values) > 0 {
			q.Terms[field] = values
		}
	}
	return q, q.check()
}

// Given tells whether there is a filter at all; Num is none.
func (f Filters) Given() bool {
	return len(f.SignatureContains)+len(f.Signatures)+len(f.Products)+len(f.Versions)+len(f.Channels)+len(f.Platforms)+len(f.ProcessTypes)+len(f.Dates) > 0
}

// ParseURL reads the search from the address of a Super Search, as copied from the browser or as made for the
// API; the signature report's page counts too. What only shapes the page (parameters that start with `_`,
// except `_sort`) is left out. Dates that are missing are filled in as the service would at the moment now.
func ParseURL(address string, now time.Time) (Query, error) {
	u, err := parseAddress(address)
	if err != nil {
		return Query{}, err
	}
	values, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return Query{}, fmt.Errorf("%w: its parameters can't be read: %w", errNotSearch, err)
	}
	q := Query{Terms: url.Values{}, Origin: originOf(u)}
	exact := pageOf(u) == "signature"
	var given bounds
	// In order, so that of several mistakes the same one is named each time.
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if err := q.addParameter(name, values[name], exact, &given); err != nil {
			return Query{}, err
		}
	}
	q.Window = given.freeze(now)
	return q, q.check()
}

func parseAddress(text string) (*url.URL, error) {
	u, err := parseHTTP(strings.TrimSpace(text))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNotSearch, err)
	}
	// A common slip, and the next step is known.
	if id, err := crashid.Parse(u.Path); err == nil {
		return nil, fmt.Errorf("%w but of one crash: give %s as a crash id", errNotSearch, id)
	}
	switch pageOf(u) {
	case "search", "signature", "supersearch":
		return u, nil
	}
	return nil, fmt.Errorf("%w: the path %.100q is neither /search/ nor /api/SuperSearch/", errNotSearch, address.WithoutUser(u.Path))
}

// originOf is the address of the service that has a page.
func originOf(page *url.URL) string {
	path := strings.TrimRight(page.EscapedPath(), "/")
	return origin(page) + strings.TrimSuffix(path[:strings.LastIndexByte(path, '/')], "/api")
}

func pageOf(u *url.URL) string {
	path := strings.ToLower(strings.TrimRight(u.Path, "/"))
	return path[strings.LastIndexByte(path, '/')+1:]
}

// addParameter sorts one parameter of an address in. exact is set for the signature report, whose signature is
// a whole one without an operator.
func (q *Query) addParameter(name string, values []string, exact bool, given *bounds) error {
	for _, v := range values {
		switch {
		case v == "" && (name == "date" || name == "_sort"): // the service's pages take these for not given
		case name == "date":
			b, err := parseBound(v)
			if err != nil {
				return err
			}
			given.add(b)
		case name == "_sort":
			q.Sort = append(q.Sort, v)
		case strings.HasPrefix(name, "_"), name == "page": // the shape of the page
		case name == "signature" && exact:
			q.Terms.Add(name, "="+v)
		default: // an empty one, too: the service searches for it, and finds nothing
			q.Terms.Add(name, v)
		}
	}
	return nil
}

// With is the query with other values for a field.
func (q Query) With(field string, values []string) Query {
	q.Terms = maps.Clone(q.Terms)
	q.Terms[field] = values
	return q
}

func (q Query) check() error {
	if q.Num < 0 {
		return fmt.Errorf("the number of crashes is %d: it must not be negative", q.Num)
	}
	return q.Window.check()
}

// values are the parameters of the search without the ones that shape the answer.
func (q Query) values(w Window) url.Values {
	v := url.Values{"date": w.params()}
	maps.Copy(v, q.Terms)
	return v
}

// Encode is the query as parameters of an address: the same for the same query, whatever the order it was given in.
func (q Query) Encode() string {
	v := q.values(q.Window)
	if len(q.Sort) > 0 {
		v["_sort"] = q.Sort
	}
	return v.Encode()
}

// Warnings are the things about the query that the service would not complain about but that its writer can
// hardly have meant. They need no request; see [Client.CheckParams] for the ones that do.
func (q Query) Warnings(now time.Time) []string {
	var out []string
	// The service has no `=` for these, and takes it for a part of the value. It refuses it for the product, and for numbers.
	for _, name := range []string{"cpu_arch", "release_channel", "uuid", "version"} {
		for _, v := range q.Terms[name] {
			if strings.HasPrefix(strings.TrimPrefix(v, "!"), "=") {
				out = append(out, fmt.Sprintf("%s=%s finds nothing: this field knows no `=` operator, write %s=%s", name, v, name, strings.Replace(v, "=", "", 1)))
			}
		}
	}
	if kept := Kept(now).From.Time; q.Window.From.Time.Before(kept) {
		out = append(out, fmt.Sprintf("the window starts at %s, but the service keeps crashes for %d weeks: what is before %s may not be found", formatTime(q.Window.From.Time), keptWeeks, kept.Format(time.DateOnly)))
	}
	if !q.Window.Over(now) {
		out = append(out, fmt.Sprintf("the window ends at %s, which is yet to come: crashes that are sent until then are not found", formatTime(q.Window.To.Time)))
	}
	if !q.sortsByDate() && !q.keepsSort() {
		out = append(out, fmt.Sprintf("the order %s is not kept: only up to %s can be listed in another order than by date", strings.Join(q.Sort, ", "), plural.Crashes(ceiling)))
	}
	return out
}

func (q Query) sortsByDate() bool {
	return len(q.Sort) == 0 || q.Sort[0] == "date" || q.Sort[0] == "-date"
}

// keepsSort tells whether the first Num crashes in the order asked for can be had from the service at all.
func (q Query) keepsSort() bool {
	return !q.sortsByDate() && q.Num > 0 && q.Num <= ceiling
}

// latestFirst tells which end of the window a listing starts from. A limited search without an order takes the
// latest crashes.
func (q Query) latestFirst() bool {
	if len(q.Sort) > 0 && q.sortsByDate() {
		return q.Sort[0] == "-date"
	}
	return q.Num > 0
}

// Provenance is what a list of crashes came from.
type Provenance struct {
	Host   string    `json:"host"`            // of the service asked, as [Client.Origin] has it
	Query  string    `json:"query,omitempty"` // [Query.Encode], or empty when ids were given
	Window *Window   `json:"window,omitempty"`
	Num    int       `json:"num,omitempty"`
	Time   time.Time `json:"time"` // when the window was frozen
	IDs    int       `json:"ids"`  // how many crashes were listed or given
	// Incomplete says what of the search could not be listed.
	Incomplete []string `json:"incomplete,omitempty"`
}

// Unfiltered tells whether the search asked for nothing but a date and values of one field.
func (p Provenance) Unfiltered(but string) bool {
	v, err := url.ParseQuery(p.Query)
	for _, name := range []string{"date", "_sort", but} {
		v.Del(name)
	}
	return err == nil && len(v) == 0
}

// Provenance of a listing of q, frozen at now.
func (c *Client) Provenance(q Query, l *Listing, now time.Time) Provenance {
	w := q.Window
	return Provenance{Host: c.Origin(), Query: q.Encode(), Window: &w, Num: q.Num, Time: now.UTC(), IDs: len(l.IDs), Incomplete: l.Incomplete}
}
