package fetch

import (
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sigdiff/sigdiff/crashid"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 123456789, time.UTC)

func TestParseURL(t *testing.T) {
	const week = "date=%3E%3D2026-11-14T12%3A00%3A00.123456%2B00%3A00&date=%3C%3D2026-11-21T12%3A00%3A00.123456%2B00%3A00"
	for _, test := range []struct{ name, in, want string }{
		{
			"from the browser",
			"https://crash-stats.mozilla.org/search/?signature=~shutdownhang&product=Firefox&date=%3E%3D2026-11-01T00%3A00%3A00.000Z&date=%3C2026-11-08&_facets=signature&page=2&_sort=-date&_columns=date#facet-signature",
			"_sort=-date&date=%3E%3D2026-11-01T00%3A00%3A00%2B00%3A00&date=%3C2026-11-08T00%3A00%3A00%2B00%3A00&product=Firefox&signature=~shutdownhang",
		},
		{"for the API", "https://crash-stats.mozilla.org/api/SuperSearch/?product=Firefox&product=Fenix&_results_number=0", week + "&product=Firefox&product=Fenix"},
		{"the signature report", "https://crash-stats.mozilla.org/signature/?signature=OOM%20%7C%20small&product=Firefox", week + "&product=Firefox&signature=%3DOOM+%7C+small"},
		{"without a scheme", "crash-stats.mozilla.org/search/?uptime=%3E5&uptime=%3C10", week + "&uptime=%3E5&uptime=%3C10"},
		{"the tightest bounds", "http://h/search/?date=%3E2026-11-02&date=%3E%3D2026-11-01&date=%3C2026-11-09&date=%3C%3D2026-11-05+06:30:00", "date=%3E2026-11-02T00%3A00%3A00%2B00%3A00&date=%3C%3D2026-11-05T06%3A30%3A00%2B00%3A00"},
		{"the tightest bounds last", "http://h/search/?date=%3C2026-11-09&date=%3E%3D2026-11-01&date=%3E2026-11-02", "date=%3E2026-11-02T00%3A00%3A00%2B00%3A00&date=%3C2026-11-09T00%3A00%3A00%2B00%3A00"},
		{"only an end", "http://h/search/?date=%3C2026-11-09", "date=%3E%3D2026-11-02T00%3A00%3A00%2B00%3A00&date=%3C2026-11-09T00%3A00%3A00%2B00%3A00"},
		{"an offset, its plus unescaped", "http://h/search/?date=>=2026-11-02T02:00:00+02:00&date=<2026-11-03", "date=%3E%3D2026-11-02T00%3A00%3A00%2B00%3A00&date=%3C2026-11-03T00%3A00%3A00%2B00%3A00"},
		{"empty values", "http://h/search/?date=&_sort=&signature=&version=145.0", week + "&signature=&version=145.0"},
		{"other languages", "http://h/search/?user_comments=~na%C3%AFve", week + "&user_comments=~na%C3%AFve"},
	} {
		t.Run(test.name, func(t *testing.T) {
			q, err := ParseURL(test.in, noon)
			if err != nil || q.Encode() != test.want {
				t.Errorf("got  %s, %v\nwant %s", q.Encode(), err, test.want)
			}
		})
	}
}

func TestParseURLRefuses(t *testing.T) {
	for in, text := range map[string]string{
		"":                                        "not the address of a Super Search",
		"nonsense":                                "not the address of a Super Search",
		"ftp://h/search/?a=b":                     "not the address of a Super Search",
		"https://h/topcrashers/?product=x":        "neither /search/ nor /api/SuperSearch/",
		"https://h/search/?a=%zz":                 "its parameters can't be read",
		"https://h/search/?date=2026-11-01":       "a date needs one of the operators",
		"https://h/search/?date=%3E%3Dlately":     "is not a date",
		"https://h/search/?date=!%3E2026-11-01":   "a date needs one of the operators",
		"https://h/search/?date=%3E%3D2025-11-01": "longer than 365 days",
		"https://h/search/?date=%3E%3D2026-11-03&date=%3C2026-11-02":  "is empty",
		"https://crash-stats.mozilla.org@evil.example/search/?a=b":    "its host is \"evil.example\", and what stands before the @ are credentials",
		"https://u:p4ss@h/search/?a=b":                                "its host is \"h\"",
		"u:p4ss@h/search/?a=b":                                        "its host is \"h\"",
		"https://u:p4 ss@h/search/?a=b":                               "\"...@h/search/?a=b\"",
		"https://u:p4ss@":                                             "\"...@\"",
		"ftp://u:p4ss@h/search/":                                      "\"...@h/search/\"",
		"https:u:p4ss@h/search/":                                      `its host is "h"`,
		"https://u:p4ss%40h/search/":                                  "\"...%40h/search/\"",
		"https://u:p4ss\uff20h/search/":                               "is none of http or https",
		"https://u:p4/ss@h/search/":                                   "\"...@h/search/\"",
		"https://u/p4ss@h/":                                           "the path \"...@h/\"",
		"https://crash-st\u0430ts.mozilla.org/search/":                `its host "crash-st\u0430ts.mozilla.org" is not ASCII`,
		"https://crash-stats.moz\u0130lla.org/search/":                "is not ASCII",
		"https://h/report/index/0c5b2b21-4c3a-4f1c-8f1e-1d0b50261121": "give 0c5b2b21-4c3a-4f1c-8f1e-1d0b50261121 as a crash id",
	} {
		if q, err := ParseURL(in, noon); err == nil || !strings.Contains(err.Error(), text) || strings.Contains(err.Error(), "p4") {
			t.Errorf("%s: %v, error %v; want %q", in, q, err, text)
		}
	}
	if _, err := ParseURL("https://h/", noon); !errors.Is(err, errNotSearch) {
		t.Errorf("error: %v", err)
	}
}

// A service that stands behind a path is found again by what a query, a client and a corpus call it.
func TestOriginHasThePath(t *testing.T) {
	for page, want := range map[string]string{
		"https://h.example/search/": "https://h.example", "h.example/signature/?signature=x": "https://h.example", "https://h.example/api/SuperSearch/": "https://h.example",
		"https://h.example/a%20b/search/": "https://h.example/a%20b", "http://h.example:80/a/api/SuperSearch": "http://h.example/a",
	} {
		q, err := ParseURL(page, noon)
		if err != nil || q.Origin != want {
			t.Errorf("%s: origin %q, %v", page, q.Origin, err)
			continue
		}
		for _, host := range []string{q.Origin, q.Origin + "/", q.Origin + "/api/"} {
			if got := mustNew(t, Config{Host: host}).Origin(); got != want {
				t.Errorf("a client of %s calls it %s, want %s", host, got, want)
			}
		}
	}
}

// A host has one spelling, so that it can be told from another one, whatever is made to look like it.
func TestOrigin(t *testing.T) {
	for in, same := range map[string]bool{
		"https://crash-stats.mozilla.org/search/": true, "HTTPS://Crash-Stats.Mozilla.ORG:443/search/": true, "crash-stats.mozilla.org:/search/": true,
		"//crash-stats.mozilla.org/search/#@evil.example": true, "https://crash-stats.mozilla.org/search/?a=@evil.example": true,
		"http://crash-stats.mozilla.org/search/": false, "https://crash-stats.mozilla.org:8443/search/": false, "http://crash-stats.mozilla.org:443/search/": false,
		"https://crash-stats.mozilla.org./search/": false, "https://crash-stats.mozilla.org.evil.example/search/": false,
		"https://xn--crash-stats-mozilla-org.example/search/": false, "https://evil.example/crash-stats.mozilla.org/search/": false,
	} {
		q, err := ParseURL(in, noon)
		if err != nil || (q.Origin == DefaultHost) != same {
			t.Errorf("%s: origin %q, %v", in, q.Origin, err)
		}
	}
}

func TestFilters(t *testing.T) {
	q, err := Filters{SignatureContains: []string{"shutdownhang", `f:\dd`}, Signatures: []string{"OOM | small"}, Products: []string{"Firefox", "Fenix"}, Dates: []string{"2026-11-20"}, Num: 5}.Query(noon)
	want := Query{
		Terms: url.Values{"signature": {"~shutdownhang", `~f:\\dd`, "=OOM | small"}, "product": {"Firefox", "Fenix"}}, Num: 5,
		Window: Window{From: Bound{Time: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)}, To: Bound{Time: time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC), Exclusive: true}},
	}
	if diff := cmp.Diff(want, q); diff != "" || err != nil {
		t.Errorf("%v, (-want +got)\n%s", err, diff)
	}
	q, err = Filters{
		Versions: []string{"58.0a1"}, Channels: []string{"nightly"}, Platforms: []string{"Windows", "Linux"}, ProcessTypes: []string{"gpu"},
		Dates: []string{"2026-11-01..2026-11-07"},
	}.Query(noon)
	if got := "date=%3E%3D2026-11-01T00%3A00%3A00%2B00%3A00&date=%3C2026-11-08T00%3A00%3A00%2B00%3A00&platform=Windows&platform=Linux&process_type=gpu&release_channel=nightly&version=58.0a1"; err != nil || q.Encode() != got {
		t.Errorf("%s, %v", q.Encode(), err)
	}
	for _, f := range []Filters{{Dates: []string{"tomorrow"}}, {Dates: []string{"2026-13-01"}}, {Dates: []string{"today", "yesterday"}}, {Dates: []string{""}}, {Dates: []string{"..2026-11-20"}}, {Dates: []string{"2026-11-20.."}}, {Dates: []string{".."}}, {Dates: []string{"1969-12-31"}}, {Num: -1}} {
		if _, err := f.Query(noon); err == nil {
			t.Errorf("%+v: no error", f)
		}
	}
}

func TestParseDate(t *testing.T) {
	for word, want := range map[string]string{
		"today":      ">=2026-11-21T00:00:00+00:00 <=2026-11-21T12:00:00.123456+00:00",
		"yesterday":  ">=2026-11-20T00:00:00+00:00 <2026-11-21T00:00:00+00:00",
		"thisweek":   ">=2026-11-14T12:00:00.123456+00:00 <=2026-11-21T12:00:00.123456+00:00",
		"thismonth":  ">=2026-10-22T12:00:00.123456+00:00 <=2026-11-21T12:00:00.123456+00:00",
		"2026-02-28": ">=2026-02-28T00:00:00+00:00 <2026-03-01T00:00:00+00:00",
	} {
		w, err := ParseDate(word, noon.In(time.FixedZone("far east", 14*3600)))
		if err != nil || w.String() != want {
			t.Errorf("%s: %v, %v; want %s", word, w, err, want)
		}
		text, _ := json.Marshal(w)
		var back Window
		if err := json.Unmarshal(text, &back); err != nil || back != w {
			t.Errorf("%s came back as %v, %v", text, back, err)
		}
	}
}

// TestParseDates: a crash at the first moment is inside, one at the second is not; the zero time is no bound.
func TestParseDates(t *testing.T) {
	for _, test := range []struct {
		dates    []string
		from, to string // empty: none
		err      string
	}{
		{nil, "", "", ""},
		{[]string{"2026-11-20"}, "2026-11-20T00:00:00+00:00", "2026-11-21T00:00:00+00:00", ""},
		{[]string{"2026-11-01..yesterday"}, "2026-11-01T00:00:00+00:00", "2026-11-21T00:00:00+00:00", ""},
		{[]string{"today"}, "2026-11-21T00:00:00+00:00", "2026-11-21T12:00:01+00:00", ""},
		{[]string{">=2026-11-01"}, "2026-11-01T00:00:00+00:00", "", ""},
		{[]string{">2026-11-01"}, "2026-11-01T00:00:01+00:00", "", ""},
		{[]string{">=2026-11-01T10:00:00.7", "<2026-11-02T10:00:00.7"}, "2026-11-01T10:00:00+00:00", "2026-11-02T10:00:00+00:00", ""},
		{[]string{">2026-11-01T10:00:00.7", "<=2026-11-02T10:00:00.7"}, "2026-11-01T10:00:01+00:00", "2026-11-02T10:00:01+00:00", ""},
		{[]string{"<2026-11-01"}, "", "2026-11-01T00:00:00+00:00", ""},
		{[]string{"<=2026-11-02", ">2026-11-01"}, "2026-11-01T00:00:01+00:00", "2026-11-02T00:00:01+00:00", ""},
		{[]string{"<2026-11-01", ">=2026-11-01"}, "", "", "<2026-11-01 >=2026-11-01: it ends before it begins"},
		{[]string{">=2026-11-01", "2026-11-02"}, "", "", "more than one date; a range is FIRST..LAST"},
		{[]string{"<lately"}, "", "", `"lately" is not a date: write YYYY-MM-DD or YYYY-MM-DDThh:mm:ss`},
	} {
		from, to, err := ParseDates(test.dates, noon)
		if test.err != "" {
			if err == nil || err.Error() != test.err {
				t.Errorf("%s: %v", test.dates, err)
			}
			continue
		}
		for want, got := range map[string]time.Time{test.from: from, test.to: to} {
			if err != nil || want != "" && formatTime(got) != want {
				t.Errorf("%s: %s, want %s, %v", test.dates, got, want, err)
			}
		}
		if from.IsZero() != (test.from == "") || to.IsZero() != (test.to == "") {
			t.Errorf("%s: from %s to %s", test.dates, from, to)
		}
	}
}

func TestParseTime(t *testing.T) {
	for in, want := range map[string]string{
		"2026-11-21": "2026-11-21T00:00:00+00:00", "2026-11-21T12:13:14": "2026-11-21T12:13:14+00:00", "2026-11-21 12:13:14.98765Z": "2026-11-21T12:13:14.987650+00:00",
		"2026-11-21T12:13:14.98765+03:00": "2026-11-21T09:13:14.987650+00:00", "2026-11-21T12:13:14.1234567891Z": "2026-11-21T12:13:14.123456+00:00", "2026-11-21T12:13": "2026-11-21T12:13:00+00:00",
	} {
		if got, err := ParseTime(in); err != nil || formatTime(got) != want {
			t.Errorf("%s: %v, %v; want %s", in, got, err, want)
		}
	}
	for _, in := range []string{"", "now", "2026", "2026-1-1", "2026-11-21T25:00:00", "2026-11-21T12:13:14 lots", "1969-12-31", "1970-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00"} {
		if got, err := ParseTime(in); err == nil {
			t.Errorf("%q: %v", in, got)
		}
	}
}

func TestWarnings(t *testing.T) {
	week := bounds{}.freeze(noon)
	old := Window{From: Bound{Time: noon.Add(-200 * day)}, To: week.To}
	for text, q := range map[string]Query{
		"release_channel==beta finds nothing: this field knows no `=` operator, write release_channel=beta": {Window: week, Terms: url.Values{"release_channel": {"=beta"}}},
		"version=!=1 finds nothing: this field knows no `=` operator, write version=!1":                     {Window: week, Terms: url.Values{"version": {"!=1"}}},
		"keeps crashes for 26 weeks":                              {Window: old},
		"ends at 2026-11-22T00:00:00+00:00, which is yet to come": {Window: wholeDay(noon.Truncate(day))},
		"the order uptime is not kept":                            {Window: week, Sort: []string{"uptime"}},
	} {
		if got := q.Warnings(noon); len(got) != 1 || !strings.Contains(got[0], text) {
			t.Errorf("got %q, want %q", got, text)
		}
	}
	for _, over := range []Window{Kept(noon), wholeDay(noon.Truncate(day).Add(-day)), wholeDay(time.Date(2028, 2, 29, 0, 0, 0, 0, time.UTC))} {
		if end := over.To.Time; !over.Over(end) || over.Over(end.Add(-time.Microsecond)) {
			t.Errorf("%s is not over at its end alone", over)
		}
	}
	// The service takes a platform for its words, and refuses the product and the number itself.
	fine := Query{Window: week, Terms: url.Values{"signature": {"=x"}, "product": {"=Firefox"}, "platform": {"=Linux"}, "build_id": {"=1"}}, Sort: []string{"uptime"}, Num: ceiling}
	for _, q := range []Query{fine, {Window: week, Sort: []string{"-date"}}, {Window: week, Sort: []string{"date", "uptime"}}} {
		if got := q.Warnings(noon); len(got) > 0 {
			t.Errorf("got %q", got)
		}
	}
	fine.Num++
	if got := fine.Warnings(noon); len(got) != 1 || !fine.latestFirst() {
		t.Errorf("more than can be listed in another order: %q, latest first %v", got, fine.latestFirst())
	}
}

func TestProvenance(t *testing.T) {
	c := mustNew(t, Config{})
	q, err := Filters{Products: []string{"Firefox"}, Dates: []string{"yesterday"}}.Query(noon)
	if err != nil {
		t.Fatal(err)
	}
	got, _ := json.Marshal(c.Provenance(q, &Listing{IDs: make([]string, 3)}, noon))
	want := `{"host":"https://crash-stats.mozilla.org","query":"date=%3E%3D2026-11-20T00%3A00%3A00%2B00%3A00\u0026date=%3C2026-11-21T00%3A00%3A00%2B00%3A00\u0026product=Firefox",` +
		`"window":{"from":"\u003e=2026-11-20T00:00:00+00:00","to":"\u003c2026-11-21T00:00:00+00:00"},"time":"2026-11-21T12:00:00.123456789Z","ids":3}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestUnfiltered: a search of all crashes is told from one of some, and from what can't be read.
func TestUnfiltered(t *testing.T) {
	for query, want := range map[string]bool{
		"": true, "date=%3E%3D2026-11-20&_sort=date&proto_signature=a&proto_signature=b": true, "date=%3E%3D2026-11-20&product=Firefox": false, "proto_signature=a&version=%zz": false,
	} {
		if got := (Provenance{Query: query}).Unfiltered("proto_signature"); got != want {
			t.Errorf("%q: %v", query, got)
		}
	}
}

// TestWindowJSON: what is no window is refused.
func TestWindowJSON(t *testing.T) {
	for text, good := range map[string]bool{
		`{"from": ">=2026-11-01", "to": "<2026-11-02"}`: true, `{"from": ">=2026-11-01", "to": ">=2026-11-02"}`: false, `{"from": "<2026-11-01", "to": "<2026-11-02"}`: false,
		`{"from": ">=2026-11-01"}`: false, `{"to": "x", "from": ">=2026-11-01"}`: false, `{}`: false, `[]`: false,
	} {
		var w Window
		if err := json.Unmarshal([]byte(text), &w); (err == nil) != good {
			t.Errorf("%s: %v, %v", text, w, err)
		}
	}
}

// TestSearchedParts: a window is searched in two parts where the service would find nothing of its last day.
func TestSearchedParts(t *testing.T) {
	for window, want := range map[[2]string]int{
		{">=2026-11-19T10:00", "<2026-11-23T09:00"}:  2, // Monday
		{">=2026-11-19T10:00", "<2026-11-23T10:00"}:  1,
		{">=2026-11-19T10:00", "<2026-11-24T09:00"}:  1,
		{">=2026-11-23T08:00", "<2026-11-23T09:00"}:  1,
		{">=2026-11-19T10:00", "<2026-11-23"}:        1,
		{">=2026-11-19T10:00", "<=2026-11-23"}:       2,
		{">=2026-12-29T10:00", "<=2027-01-01T09:00"}: 2, // Friday
		{">=2026-12-29T10:00", "<=2027-01-02T09:00"}: 1,
	} {
		var w Window
		b, err := parseBounds(window[:], noon)
		if w = b.freeze(noon); err != nil || len(w.searched()) != want || len(w.unsearched()) != want-1 {
			t.Errorf("%s: %v, %q, %v", w, w.searched(), w.unsearched(), err)
		}
	}
}

// What is read from an address means the same when it is read again from its own parameters, and always has a window that the service takes.
func FuzzParseURL(f *testing.F) {
	for _, seed := range []string{
		"https://crash-stats.mozilla.org/search/?signature=~shutdownhang&date=%3E%3D2026-11-01T00%3A00%3A00.000Z&date=%3C2026-11-08&_facets=signature#facet",
		"https://crash-stats.mozilla.org/api/SuperSearch/?product=Firefox&_sort=-date&_sort=uuid", "crash-stats.mozilla.org/signature/?signature=OOM+%7C+small",
		"http://h/search/?date=>2026-11-02&date=<2026-11-03T04:05:06.789+01:00", "https://h/report/index/0c5b2b21-4c3a-4f1c-8f1e-1d0b50261121", "http://h/search?a=%zz;b", "://",
		"http://[::1]/search/?date=<0001-01-03",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, address string) {
		q, err := ParseURL(address, noon)
		if err != nil {
			return
		}
		if err := q.Window.check(); err != nil {
			t.Error(err)
		}
		again, err := ParseURL("https://h/search/?"+q.Encode(), noon.Add(time.Hour))
		if err != nil || again.Encode() != q.Encode() || again.Window != q.Window {
			t.Errorf("%q became %q, %v", q.Encode(), again.Encode(), err)
		}
		q.Warnings(noon)
	})
}

func FuzzParseAnswer(f *testing.F) {
	for _, seed := range []string{
		`{"hits":[{"uuid":"0c5b2b21-4c3a-4f1c-8f1e-1d0b50261121","date":"2026-11-21T12:13:14.123456+00:00"}],"total":1,"facets":{},"errors":[]}`,
		`{"hits":[],"total":0,"errors":[{"type":"shards","index":"socorro202611","shards_count":1},{"type":"missing_index","index":"x"},7]}`, `{"hits":[{}],"total":-1}`, `{"total":1e3}`, `[]`, `{"hits":null,"total":5}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		a, err := parseAnswer(body, slice{number: 10})
		if err != nil {
			if !errors.Is(err, errAnswer) {
				t.Errorf("error: %v", err)
			}
			return
		}
		if len(a.hits) > 10 || a.Total < 0 || (len(a.hits) < min(a.Total, 10) && len(a.troubles) == 0) {
			t.Errorf("answer: %+v", a)
		}
		for _, h := range a.hits {
			if !crashid.Valid(h.ID) || h.Date.IsZero() {
				t.Errorf("hit: %+v", h)
			}
		}
		serviceWords(body)
		_, _ = parseFields(body)
	})
}
