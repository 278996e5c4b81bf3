package crashstatstest

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var clock = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// A client is the plainest there is.
type client struct {
	t     *testing.T
	srv   *Server
	http  *http.Client
	token string
}

func start(t *testing.T, crashes []Crash, opts Options) *client {
	t.Helper()
	if opts.Now == nil {
		opts.Now = func() time.Time { return clock }
	}
	srv := New(crashes, opts)
	transport := srv.Transport()
	t.Cleanup(srv.Close)
	t.Cleanup(transport.CloseIdleConnections)
	return &client{t: t, srv: srv, http: &http.Client{Transport: transport}}
}

func (c *client) get(path string) (int, string, error) {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), http.MethodGet, c.srv.URL()+path, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	if c.token != "" {
		req.Header.Set("Auth-Token", c.token)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(body), err
}

// found are the hits of a search, with its total and its facets.
type found struct {
	Hits   []map[string]any
	Total  int
	Facets map[string][]struct {
		Term  string
		Count int
	}
}

func (c *client) search(query string) found {
	c.t.Helper()
	status, body, err := c.get("/api/SuperSearch/?" + query)
	if status != 200 || err != nil {
		c.t.Fatalf("%s: %d %s %v", query, status, body, err)
	}
	var f found
	if err := json.Unmarshal([]byte(body), &f); err != nil {
		c.t.Fatal(err)
	}
	return f
}

func made(n int, columns func(i int) map[string]any) []Crash {
	var out []Crash
	for i := range n {
		date := clock.Add(-time.Duration(i+1) * time.Minute)
		out = append(out, Crash{ID: fmt.Sprintf("%08x-0000-0000-0000-000000%s", i, date.Format("060102")), Date: date, Columns: columns(i)})
	}
	return out
}

func TestOperators(t *testing.T) {
	signatures := []string{"OOM | small", "OOM | large | js::Foo", `shutdownhang | a/b*c\d`, "js::Foo"}
	c := start(t, made(4, func(i int) map[string]any {
		v := map[string]any{"signature": signatures[i], "product": "Firefox", "version": "1", "release_channel": "beta", "platform": "Windows NT", "build_id": 20261101000000 + i}
		if i == 3 {
			v["abort_message"] = "stop"
		}
		return v
	}), Options{Limit: -1})
	for query, want := range map[string][]int{
		"signature==OOM | small": {0}, "signature=~OOM": {0, 1}, "signature=^js": {3}, "signature=$Foo": {1, 3}, "signature=@OOM.*": {0, 1}, "signature=js::foo": {1, 3}, "signature=small hang": {0}, "signature=sma": {},
		"signature=~a/b": {2}, `signature=~*c\\d`: {2}, `signature=~*c\d`: {}, `signature=~b\*c`: {2}, `signature=~O\*M`: {}, "signature=^OOM*Foo": {1}, "signature=!~OOM": {2, 3}, "signature=~small&signature=~hang": {0, 2}, "abort_message=stop": {3}, "abort_message=!stop": {0, 1, 2},
		"product=Firefox": {0, 1, 2, 3}, "version==1": {}, "version=1": {0, 1, 2, 3}, "version=!1": {}, "version=!1&version=!2": {}, "version=!2&version=!3": {0, 1, 2, 3},
		"signature=!~OOM&signature=!~js": {0, 2, 3}, "version=!2&signature=!~OOM": {2, 3}, "version=!1&version=1": {0, 1, 2, 3},
		"release_channel=Beta": {}, "platform=windows": {0, 1, 2, 3}, "platform==windows": {0, 1, 2, 3}, "platform=Win": {}, "build_id=20261101000002": {2},
		"version=1b": {}, "version=1b&version=1": {0, 1, 2, 3}, "version=!1b": {0, 1, 2, 3}, "url=x": {0, 1, 2, 3}, "unknown=x": {0, 1, 2, 3}, "signature=": {}, "version=": {}, "signature=!": {0, 1, 2, 3},
	} {
		query, _ := url.ParseQuery(query)
		var got []int
		for _, hit := range c.search(query.Encode()).Hits {
			got = append(got, slices.Index(signatures, hit["signature"].(string)))
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%v: %v, want %v", query, got, want)
		}
	}
}

func TestSearchLimits(t *testing.T) {
	c := start(t, Generate(Corpus{N: 10_500, To: clock}), Options{Limit: -1})
	for query, want := range map[string]string{
		"_results_number=1001": "_results_number cannot be greater than 1,000", "_results_offset=9001&_results_number=1000": "_results_offset + _results_number cannot be greater than 10,000",
		"_results_number=-1": "cannot be negative", "_results_number=many": "not a valid int", "date=2026-11-20": "date must have a prefix operator", "date=%3E%3Dlately": "not a valid datetime",
		"_columns=nonsense": "Unknown field 'nonsense'", "_columns=mdsw_status_string": "Unknown field", "signature=@(": "Bad value for parameter signature", "date=%3E%3D2025-04-01": "Date range is bigger than 365 days",
		"product=Firefox&product=firefox": "Not valid products: firefox", "product=!Firefox": "Not valid products: !Firefox",
		"build_id==2026": "Bad value for parameter build_id: not a valid int",
	} {
		if status, body, err := c.get("/api/SuperSearch/?" + query); status != 400 || !strings.Contains(body, want) || !strings.HasPrefix(body, `{"error":"Bad request: BadArgumentError: `) || err != nil {
			t.Errorf("%s: %d %s %v, want %q", query, status, body, err, want)
		}
	}
	if f := c.search(""); len(f.Hits) != 100 || f.Total != 10_500 || len(f.Facets["signature"]) == 0 {
		t.Errorf("default: %d hits of %d", len(f.Hits), f.Total)
	}
	if f := c.search("_results_offset=9000&_results_number=1000&_facets_size=0"); len(f.Hits) != 1000 || len(f.Facets) != 0 {
		t.Errorf("last page: %d hits", len(f.Hits))
	}
	if a, b := c.search("_results_number=50"), c.search("_results_number=51"); a.Hits[0]["uuid"] == b.Hits[0]["uuid"] && a.Hits[1]["uuid"] == b.Hits[1]["uuid"] {
		t.Error("there is an order though none was asked for")
	}
	if days := c.search("_histogram.date=product").Facets["histogram_date"]; len(days) < 7 {
		t.Errorf("without an interval the histogram has %d days", len(days))
	}
	sum := 0
	for _, b := range c.search("_histogram.date=product&_histogram_interval.date=week&_results_number=0").Facets["histogram_date"] {
		if day, err := time.Parse(time.RFC3339, b.Term); err != nil || day.Weekday() != time.Monday || !day.Equal(day.Truncate(24*time.Hour)) {
			t.Errorf("a week begins %s", b.Term)
		}
		sum += b.Count
	}
	if sum != 10_500 {
		t.Errorf("the histogram counts %d", sum)
	}
}

func TestDates(t *testing.T) {
	crashes := made(1, func(int) map[string]any { return nil })
	for _, days := range []int{6, 8, 180, 190} {
		c := crashes[0]
		c.Date = clock.AddDate(0, 0, -days)
		c.ID = fmt.Sprintf("0000000%d-0000-0000-0000-000001%s", days%10, c.Date.Format("060102"))
		crashes = append(crashes, c)
	}
	c := start(t, crashes, Options{Limit: -1})
	for query, want := range map[string]int{
		"": 2, "date=%3E%3D2026-11-01": 3, "date=%3E%3D2025-12-01": 4, "date=%3E2026-11-21T11:59:00Z": 0, "date=%3E%3D2026-11-21T11:59:00Z": 1,
		"date=%3E2026-04-01&date=%3E2026-11-20": 1, "date=%3C%3D2026-11-15T12:00:00%2B00:00&date=%3E2026-11-14": 1,
	} {
		if f := c.search(query); f.Total != want {
			t.Errorf("%q: %d, want %d", query, f.Total, want)
		}
	}
}

// TestAnswersAreKept: a search finds for five minutes what it found before, even where it has a parameter more that the service
// doesn't know.
func TestAnswersAreKept(t *testing.T) {
	now := clock
	c := start(t, nil, Options{Limit: -1, Now: func() time.Time { return now }})
	for _, step := range []struct {
		query string
		wait  time.Duration
		want  int
	}{{"_facets=product", 0, 0}, {"_facets=product&try=2", 0, 0}, {"_facets=product", keptFor - time.Second, 0}, {"_facets=version", 0, 2}, {"_facets=product", time.Second, 2}} {
		now = now.Add(step.wait)
		if f := c.search(step.query); f.Total != step.want {
			t.Errorf("%s after %v more: %d, want %d", step.query, step.wait, f.Total, step.want)
		}
		c.srv.SetCrashes(made(2, func(int) map[string]any { return nil }))
	}
}

// TestValuesAsKept: columns are what the search engine made of values that are of another type than it has, or too long.
func TestValuesAsKept(t *testing.T) {
	long := strings.Repeat("é", mostText)
	values := map[string]any{"build_id": "20261101000000", "oom_allocation_size": 5e6, "uptime": "soon", "hang": 1.0, "proto_signature": long, "startup_crash": true}
	c := start(t, made(1, func(int) map[string]any { return values }), Options{})
	got := c.search("_columns=build_id&_columns=oom_allocation_size&_columns=uptime&_columns=hang&_columns=proto_signature&_columns=startup_crash&_columns=abort_message").Hits[0]
	want := map[string]any{
		"build_id": 20261101000000.0, "oom_allocation_size": 5e6, "uptime": nil, "hang": "BAD DATA", "proto_signature": long[:mostText], "startup_crash": true, "abort_message": nil,
	}
	if !maps.Equal(got, want) {
		t.Errorf("columns are %v", got)
	}
}

func TestRateWindows(t *testing.T) {
	now := clock.Add(30 * time.Second)
	c := start(t, nil, Options{Limit: 3, TokenLimit: 4, Tokens: map[string]bool{"good": true}, Now: func() time.Time { return now }})
	count := func() (allowed int) {
		for range 10 {
			if status, body, _ := c.get("/api/SuperSearchFields/"); status == 200 {
				allowed++
			} else if status != 429 || body != "Too Many Requests" {
				t.Errorf("%d %s", status, body)
			}
		}
		return allowed
	}
	for _, step := range []struct {
		wait  time.Duration
		token string
		want  int
	}{{0, "", 3}, {29 * time.Second, "", 0}, {0, "good", 4}, {time.Second, "", 3}, {59 * time.Second, "", 0}, {time.Second, "good", 4}} {
		now = now.Add(step.wait)
		c.token = step.token
		if got := count(); got != step.want {
			t.Errorf("at %v with token %q: %d allowed, want %d", now, step.token, got, step.want)
		}
	}
}

func TestDocumentsAndTokens(t *testing.T) {
	const id = "0c5b2b21-4c3a-4f1c-8f1e-1d0b50261121"
	crash, err := NewCrash([]byte(`{"uuid":"`+id+`","date_processed":"2026-11-21T10:00:00.123456+00:00","signature":"s","os_name":"Linux"}`), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewCrash([]byte(`{"uuid":"x"}`), nil); err == nil {
		t.Error("a crash without an id was taken")
	}
	c := start(t, []Crash{crash}, Options{Tokens: map[string]bool{"good": true, "old": false}})
	if f := c.search("platform=Linux&_columns=date&_columns=platform"); f.Total != 1 || f.Hits[0]["date"] != "2026-11-21T10:00:00.123456+00:00" || f.Hits[0]["platform"] != "Linux" {
		t.Errorf("found %v", f)
	}
	for _, test := range []struct {
		token, path string
		status      int
		body        string
	}{
		{"", "/api/ProcessedCrash/?crash_id=" + id, 200, `"signature":"s"`},
		{"good", "/api/ProcessedCrash/?crash_id=" + id, 200, `"signature":"s"`},
		{"old", "/api/ProcessedCrash/?crash_id=" + id, 403, `{"error":"API Token found but expired"}`},
		{"bad", "/api/ProcessedCrash/?crash_id=" + id, 403, `{"error":"API Token not matched"}`},
		{"", "/api/RawCrash/?crash_id=" + id, 404, `{"error":"Not found: CrashIDNotFound ` + id + `"}`},
		{"", "/api/RawCrash/", 400, `{"errors":{"crash_id":["This field is required."]}}`},
		{"", "/api/Bugs/", 400, `{"errors":{"signatures":["This field is required."]}}`},
		{"", "/api/Nonsense/", 404, `{"error":"No service called 'Nonsense'"}`},
		{"", "/api/ProcessedCrash", 404, "404"},
	} {
		c.token = test.token
		status, body, err := c.get(test.path)
		if status != test.status || !strings.Contains(body, test.body) || err != nil {
			t.Errorf("%s with %q: %d %s %v", test.path, test.token, status, body, err)
		}
	}
	last := c.srv.Requests()[len(c.srv.Requests())-1]
	if last.Endpoint != "Nonsense" || last.Status != 404 || c.srv.Count("RawCrash") != 2 {
		t.Errorf("log: %+v", last)
	}
}

func TestFaultsComeAsOften(t *testing.T) {
	f := Faults(1, 0.1, Usual...)
	n := 0
	for i := range 10_000 {
		if f(Request{Endpoint: "ProcessedCrash", Params: url.Values{"crash_id": {fmt.Sprint(i)}}}) != nil {
			n++
		}
	}
	if n < 800 || n > 1200 {
		t.Errorf("%d of 10,000 requests fail, want about 1,000", n)
	}
}

func TestGenerateIsDeterministicAndClustered(t *testing.T) {
	corpus := Corpus{N: 2000, Seed: 5, To: clock}
	a, b := Generate(corpus), Generate(corpus)
	perHour, ids := map[time.Time]int{}, map[string]bool{}
	for i := range a {
		pa, ra := a[i].Document(false), a[i].Document(true)
		pb, rb := b[i].Document(false), b[i].Document(true)
		if a[i].ID != b[i].ID || string(pa) != string(pb) || string(ra) != string(rb) || !json.Valid(pa) || !json.Valid(ra) {
			t.Fatalf("crash %d differs, or is no JSON: %s", i, pa)
		}
		perHour[a[i].Date.Truncate(time.Hour)]++
		ids[a[i].ID] = true
	}
	most := 0
	for _, n := range perHour {
		most = max(most, n)
	}
	if len(ids) != 2000 || most < 1000 {
		t.Errorf("%d ids, %d in the fullest hour", len(ids), most)
	}
}
