package fetch

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sigdiff/sigdiff/internal/crashstatstest"
)

func TestListBeyondTheCeiling(t *testing.T) {
	for _, n := range []int{0, 1, 999, 1000, 1001, 10_000, 24_000} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			withService(t, generated(crashstatstest.Corpus{N: n}), crashstatstest.Options{}, func(t *testing.T, srv *crashstatstest.Server, cfg Config) {
				c := mustNew(t, cfg)
				l, err := c.List(t.Context(), lastWeeks(t), ListOptions{})
				if err != nil {
					t.Fatal(err)
				}
				sameIDs(t, l.IDs, idsOf(crashstatstest.Generate(crashstatstest.Corpus{N: n})))
				if l.Total != n || len(l.Incomplete)+len(l.Notes) > 0 {
					t.Errorf("total %d, incomplete %q, notes %q", l.Total, l.Incomplete, l.Notes)
				}
				if got, most := srv.Count(""), n/1000+3; got > most {
					t.Errorf("%d requests, want at most %d", got, most)
				}
			})
		})
	}
}

// at makes crashes at the given dates, n at each.
func at(n int, dates ...time.Time) []crashstatstest.Crash {
	var out []crashstatstest.Crash
	for _, d := range dates {
		for range n {
			i := len(out)
			id := fmt.Sprintf("%08x-0000-4000-8000-%06x%s", uint32(i*2654435761), i, d.Format("060102"))
			out = append(out, crashstatstest.Crash{ID: id, Date: d})
		}
	}
	return out
}

func TestListClusters(t *testing.T) {
	noon := time.Date(1999, 12, 30, 12, 0, 0, 7000, time.UTC)
	tests := []struct {
		name string
		make func() []crashstatstest.Crash
		lost int // of how many the listing must say that it lacks them
	}{
		{"7,000 in one microsecond", func() []crashstatstest.Crash { return at(7000, noon) }, 0},
		{"nearly 10,000 in one second, others around", func() []crashstatstest.Crash {
			return slices.Concat(at(2499, noon, noon.Add(1), noon.Add(time.Millisecond), noon.Add(999*time.Millisecond)), at(1, noon.Add(-time.Second), noon.Add(time.Second)))
		}, 0},
		{"6,000 in each of three seconds", func() []crashstatstest.Crash {
			return at(6000, noon, noon.Add(time.Second), noon.Add(2*time.Second))
		}, 0},
		{"12,000 in one second", func() []crashstatstest.Crash {
			return slices.Concat(at(6000, noon, noon.Add(time.Millisecond)), at(500, noon.Add(-time.Second), noon.Add(time.Hour)))
		}, 2000},
	}
	for _, test := range tests {
		for _, sort := range []string{"date", "-date"} {
			t.Run(test.name+" "+sort, func(t *testing.T) {
				unique := func() []crashstatstest.Crash { return renumber(test.make()) }
				withService(t, unique, crashstatstest.Options{}, func(t *testing.T, _ *crashstatstest.Server, cfg Config) {
					q := lastWeeks(t)
					q.Sort = []string{sort}
					l, err := mustNew(t, cfg).List(t.Context(), q, ListOptions{})
					if err != nil {
						t.Fatal(err)
					}
					if want := len(test.make()) - test.lost; len(l.IDs) != want {
						t.Errorf("listed %d, want %d", len(l.IDs), want)
					}
					if test.lost == 0 {
						sameIDs(t, l.IDs, idsOf(unique()))
					}
					if said := strings.Join(l.Incomplete, "\n"); (said != "") != (test.lost > 0) || (said != "" && !strings.Contains(said, "10,000 crashes or more have dates within one second, 1999-12-30T12:00:00+00:00")) {
						t.Errorf("incomplete: %q", said)
					}
				})
			})
		}
	}
}

// A listing brings the crashes of its window and no others, wherever in a week or a year the window begins and ends, though the
// service does not search all of some windows. They are those that a search of what is cached finds by the same dates.
func TestListWindows(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	present := time.Date(2000, 1, 5, 0, 0, 0, 0, time.UTC) // the new year began with a Saturday
	moment := func() time.Time {
		t := present.Add(-time.Duration(random.Int64N(int64(20 * day))))
		return t.Truncate([]time.Duration{day, time.Hour, time.Microsecond}[random.IntN(3)])
	}
	var all []crashstatstest.Crash
	for range 6000 {
		all = append(all, at(1, moment())...)
	}
	all = renumber(all)
	crashes := func() []crashstatstest.Crash { return all }
	for range 60 {
		q := Query{Window: Window{From: Bound{moment(), random.IntN(2) == 0}, To: Bound{moment(), random.IntN(2) == 0}}, Num: []int{0, 1, 1500}[random.IntN(3)]}
		q.Sort = [][]string{nil, {"date"}, {"-date"}}[random.IntN(3)]
		if q.check() != nil {
			continue
		}
		from, to, err := ParseDates(q.Window.params(), present)
		if err != nil {
			t.Fatal(err)
		}
		in := func(c crashstatstest.Crash) bool { return !c.Date.Before(from) && c.Date.Before(to) }
		want := slices.DeleteFunc(slices.Clone(all), func(c crashstatstest.Crash) bool { return !in(c) })
		withService(t, crashes, crashstatstest.Options{Limit: -1, Now: func() time.Time { return present }}, func(t *testing.T, _ *crashstatstest.Server, cfg Config) {
			c := mustNew(t, cfg)
			var dates []time.Time
			l, err := c.List(t.Context(), q, ListOptions{Hit: func(h Hit) error { dates = append(dates, h.Date); return nil }})
			if err != nil {
				t.Fatal(err)
			}
			n, err := c.Count(t.Context(), q)
			if err != nil || n != len(want) || l.Total != n || len(l.Incomplete)+len(l.Notes) > 0 {
				t.Errorf("%s: counted %d, total %d, want %d; %q %q %v", q.Window, n, l.Total, len(want), l.Incomplete, l.Notes, err)
			}
			// Those that are nearest to the end from which the listing starts.
			slices.SortFunc(want, func(a, b crashstatstest.Crash) int {
				if q.latestFirst() {
					a, b = b, a
				}
				return a.Date.Compare(b.Date)
			})
			want = want[:cmp.Or(min(q.Num, len(want)), len(want))]
			for i := range want {
				if i >= len(dates) || !dates[i].Truncate(time.Millisecond).Equal(want[i].Date.Truncate(time.Millisecond)) {
					t.Fatalf("%s, sort %s, num %d: listed %d of %d, other crashes from %d on", q.Window, q.Sort, q.Num, len(dates), len(want), i)
				}
			}
		})
	}
}

// TestKept: what the service surely keeps is searched whole, whenever it is asked for. What is older is not, and the answer says so.
func TestKept(t *testing.T) {
	for i := range 30 {
		now := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC).Add(time.Duration(i) * 41 * time.Hour)
		opts := crashstatstest.Options{Limit: -1, Now: func() time.Time { return now }}
		kept, monday := Kept(now), now.Truncate(week)
		withService(t, nil, opts, func(t *testing.T, srv *crashstatstest.Server, cfg Config) {
			for _, test := range []struct {
				window Window
				whole  bool
				all    bool // of what is kept
			}{
				{kept, true, true},
				{Since(now.AddDate(-1, 0, 0), now), true, true},
				{Since(now.Add(-100*time.Hour-time.Minute), now), true, false},
				{Window{From: kept.From, To: Bound{Time: now.Truncate(day).Add(-time.Second)}}, true, false},
				{Window{From: Bound{Time: kept.From.Time.Add(-time.Microsecond)}, To: Bound{Time: now}}, false, true},
				{Window{From: Bound{Time: monday.Add(-2*day + 10*time.Hour)}, To: Bound{Time: monday.Add(9 * time.Hour)}}, false, false},
			} {
				c := mustNew(t, cfg)
				look, err := c.Look(t.Context(), Query{Window: test.window}, nil, false)
				if err != nil || (look.Incomplete == nil) != test.whole || test.window.AllKept(now) != test.all {
					t.Errorf("%s at %s: %+v, %v", test.window, now, look, err)
				}
				srv.ForgetRequests()
				l, err := c.List(t.Context(), Query{Window: test.window, Sort: []string{"uuid"}, Num: 10}, ListOptions{})
				if err != nil || (l.Incomplete == nil) != test.whole || test.whole && srv.Count("") != 1 {
					t.Errorf("%s at %s: %+v, %d requests, %v", test.window, now, l, srv.Count(""), err)
				}
			}
		})
	}
}

// renumber gives every crash an id of its own.
func renumber(crashes []crashstatstest.Crash) []crashstatstest.Crash {
	for i := range crashes {
		crashes[i].ID = fmt.Sprintf("%08x-0000-4000-8000-%06x%s", uint32(i*2654435761), i, crashes[i].ID[30:])
	}
	return crashes
}

func TestListNum(t *testing.T) {
	for _, sort := range [][]string{nil, {"date"}, {"-date"}, {"-version", "signature"}} {
		t.Run(fmt.Sprint(sort), func(t *testing.T) {
			withService(t, generated(crashstatstest.Corpus{N: 5000}), crashstatstest.Options{}, func(t *testing.T, srv *crashstatstest.Server, cfg Config) {
				q := lastWeeks(t)
				q.Num, q.Sort = 2500, sort
				var hits []Hit
				l, err := mustNew(t, cfg).List(t.Context(), q, ListOptions{Columns: []string{"version"}, Hit: func(h Hit) error { hits = append(hits, h); return nil }})
				if err != nil {
					t.Fatal(err)
				}
				if len(l.IDs) != 2500 || l.Total != 5000 || len(hits) != 2500 {
					t.Fatalf("%d listed of %d, %d hits", len(l.IDs), l.Total, len(hits))
				}
				if srv.Count("") > 3 {
					t.Errorf("%d requests", srv.Count(""))
				}
				inOrder := slices.IsSortedFunc(hits, func(a, b Hit) int { return b.Date.Compare(a.Date) })
				if want := sort == nil || sort[0] == "-date"; inOrder != want {
					t.Errorf("latest first: %v, want %v", inOrder, want)
				}
				if !strings.Contains(string(hits[0].Columns), `"version":"14`) {
					t.Errorf("columns: %s", hits[0].Columns)
				}
			})
		})
	}
}

func TestListPartialAnswers(t *testing.T) {
	for _, test := range []struct {
		name  string
		share float64 // of the requests
		whole bool
	}{{"sometimes", 0.2, true}, {"always", 1, false}} {
		t.Run(test.name, func(t *testing.T) {
			opts := crashstatstest.Options{Fault: crashstatstest.Faults(3, test.share, crashstatstest.Fault{Partial: true})}
			withService(t, generated(crashstatstest.Corpus{N: 3000}), opts, func(t *testing.T, _ *crashstatstest.Server, cfg Config) {
				l, err := mustNew(t, cfg).List(t.Context(), lastWeeks(t), ListOptions{})
				if err != nil {
					t.Fatal(err)
				}
				if whole := len(l.Incomplete) == 0; whole != test.whole {
					t.Errorf("listed %d, incomplete: %q", len(l.IDs), l.Incomplete)
				}
				if test.whole && len(l.IDs) != 3000 {
					t.Errorf("listed %d", len(l.IDs))
				}
				if !test.whole && (len(l.Incomplete) != 1 || !strings.Contains(l.Incomplete[0], "1 shards of the index socorro202611 failed")) {
					t.Errorf("incomplete: %q", l.Incomplete)
				}
			})
		})
	}
}

// changing changes every answer to a search on its way.
func changing(through http.RoundTripper, change func(answer map[string]any)) http.RoundTripper {
	return transportFunc(func(r *http.Request) (*http.Response, error) {
		resp, err := through.RoundTrip(r)
		if err != nil {
			return nil, err
		}
		defer resp.Body.Close()
		var answer map[string]any
		if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
			return nil, err
		}
		change(answer)
		body, err := json.Marshal(answer)
		resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		return resp, err
	})
}

// Answers whose hits and total don't agree never make a listing shorter without a word.
func TestListContradictions(t *testing.T) {
	const all = 2500
	first := map[string]any{"uuid": "6a677f32-6b3a-4038-a4ae-12e582261121", "date": formatTime(lastWeeks(t).Window.To.Time)}
	total := func(f func(int) int) func(map[string]any) {
		return func(answer map[string]any) { answer["total"] = f(int(answer["total"].(float64))) }
	}
	hits := func(f func([]any) []any) func(map[string]any) {
		return func(answer map[string]any) { answer["hits"] = f(answer["hits"].([]any)) }
	}
	for _, test := range []struct {
		name   string
		change func(map[string]any)
		listed int // at least
		says   string
	}{
		{"a total of 0", total(func(int) int { return 0 }), all, "1000 hits at offset 0, though it counts 0 in all"},
		{"half of the total", total(func(n int) int { return n / 2 }), all, "though it counts"},
		{"the total of a page", total(func(n int) int { return min(n, 10) }), all, "1000 hits at offset 0, though it counts 10 in all"},
		{"a larger total", total(func(n int) int { return n + 7 }), all, "hits of"},
		{"a hit fewer", hits(func(h []any) []any { return h[:max(len(h)-1, 0)] }), 1000, "999 hits of 1000 at offset 0"},
		{"no hits", hits(func([]any) []any { return []any{} }), 0, "0 hits of 1000 at offset 0"},
		{"a hit twice", hits(func(h []any) []any { return append(h[:max(len(h)-1, 0)], h[:min(len(h), 1)]...) }), 1000, "lists a crash more than once"},
		{"one hit three times", func(answer map[string]any) {
			if h := answer["hits"].([]any); len(h) > 0 {
				answer["hits"], answer["total"] = []any{h[0], h[0], h[0]}, 3
			}
		}, 1, "lists a crash more than once"},
		{"one hit three times, counted once", func(answer map[string]any) {
			if h := answer["hits"].([]any); len(h) > 0 {
				answer["hits"], answer["total"] = []any{first, first, first}, 1
			}
		}, 1, "lists a crash more than once"},
	} {
		for _, sorted := range []string{"date", "-date", "-version"} {
			t.Run(test.name+" "+sorted, func(t *testing.T) {
				withService(t, generated(crashstatstest.Corpus{N: all}), crashstatstest.Options{Limit: -1}, func(t *testing.T, _ *crashstatstest.Server, cfg Config) {
					asked := 0
					cfg.Transport = changing(cfg.Transport, func(answer map[string]any) { asked++; test.change(answer) })
					q := lastWeeks(t)
					q.Sort = []string{sorted}
					if sorted == "-version" {
						q.Num = ceiling // listed by offset
					}
					l, err := mustNew(t, cfg).List(t.Context(), q, ListOptions{})
					if err != nil {
						t.Fatal(err)
					}
					if len(l.IDs) < test.listed || !strings.Contains(strings.Join(l.Incomplete, "\n"), test.says) {
						t.Errorf("%d listed, incomplete: %q", len(l.IDs), l.Incomplete)
					}
					if asked > 50 {
						t.Errorf("the service was asked %d times", asked)
					}
				})
			})
		}
	}
}

// A count that may be too low says so.
func TestCountOfPartialAnswers(t *testing.T) {
	for name, most := range map[string]int32{"once": 1, "always": 1000} {
		var asked atomic.Int32
		opts := crashstatstest.Options{Fault: func(crashstatstest.Request) *crashstatstest.Fault {
			return &crashstatstest.Fault{Partial: asked.Add(1) <= most}
		}}
		withService(t, generated(crashstatstest.Corpus{N: 10}), opts, func(t *testing.T, srv *crashstatstest.Server, cfg Config) {
			var said []string
			cfg.Notice = func(text string) { said = append(said, text) }
			n, err := mustNew(t, cfg).Count(t.Context(), lastWeeks(t))
			if err != nil || n != 10 || (len(said) > 0) != (name == "always") {
				t.Errorf("%s: counted %d, %v, %q with %d requests", name, n, err, said, srv.Count(""))
			}
		})
	}
}

// Crashes that come before the part that is listed next, or go away from it, shift nothing.
func TestListWhileCrashesComeAndGo(t *testing.T) {
	withService(t, generated(crashstatstest.Corpus{N: 5000}), crashstatstest.Options{}, func(t *testing.T, srv *crashstatstest.Server, cfg Config) {
		pages := 0
		all := crashstatstest.Generate(crashstatstest.Corpus{N: 5000})
		slices.SortFunc(all, func(a, b crashstatstest.Crash) int { return a.Date.Compare(b.Date) })
		late := renumber(at(3, all[0].Date.Add(time.Millisecond)))
		l, err := mustNew(t, cfg).List(t.Context(), lastWeeks(t), ListOptions{Progress: func(int, int) {
			if pages++; pages == 2 {
				srv.SetCrashes(slices.Concat(all[1:100], all[101:], late))
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
		want := append(idsOf(all), idsOf(late)...)
		sameIDs(t, l.IDs, want)
		if len(l.Incomplete) > 0 || len(l.Notes) != 1 {
			t.Errorf("incomplete %q, notes %q", l.Incomplete, l.Notes)
		}
	})
}

// TestListWithoutEnd: crashes that come behind its back for ever hold a listing up for one more walk, and it says that it lacks some.
func TestListWithoutEnd(t *testing.T) {
	withService(t, generated(crashstatstest.Corpus{N: 3000}), crashstatstest.Options{Limit: -1}, func(t *testing.T, srv *crashstatstest.Server, cfg Config) {
		all, pages := crashstatstest.Generate(crashstatstest.Corpus{N: 3000}), 0
		first := slices.MinFunc(all, func(a, b crashstatstest.Crash) int { return a.Date.Compare(b.Date) }).Date
		l, err := mustNew(t, cfg).List(t.Context(), lastWeeks(t), ListOptions{Progress: func(int, int) {
			pages++
			srv.SetCrashes(slices.Concat(all, renumber(at(pages, first.Add(time.Millisecond)))))
		}})
		if err != nil || len(l.IDs) <= 3000 || len(l.Incomplete) != 1 || !strings.HasPrefix(l.Incomplete[0], "the service counts 3,0") || pages > 10 {
			t.Errorf("%d listed with %d pages, incomplete %q, %v", len(l.IDs), pages, l.Incomplete, err)
		}
	})
}

// In an order of the user's, and within a moment, pages do shift, and what may be passed over is said. A number above that of
// all crashes is no limit.
func TestListShiftedPages(t *testing.T) {
	moment := func() []crashstatstest.Crash { return at(2500, time.Date(1999, 12, 30, 12, 0, 0, 0, time.UTC)) }
	spread := generated(crashstatstest.Corpus{N: 2500})
	for name, test := range map[string]struct {
		crashes     func() []crashstatstest.Crash
		sort        string
		goes, comes bool // after the second page: the crash that is listed first, and another that is listed last
		incomplete  bool
		listed      int // at least
	}{
		"nothing comes or goes":             {spread, "uuid", false, false, false, 2500},
		"one goes":                          {spread, "uuid", true, false, true, 2499},
		"one comes":                         {spread, "-uuid", false, true, false, 2501},
		"one goes for another":              {spread, "uuid", true, true, true, 2500},
		"one comes, by date":                {spread, "date", false, true, false, 2501},
		"one goes, by date":                 {spread, "date", true, false, false, 2500},
		"one goes for another, by date":     {spread, "-date", true, true, false, 2501},
		"nothing comes or goes in a moment": {moment, "-date", false, false, false, 2500},
		"one comes in a moment":             {moment, "date", false, true, false, 2501},
		"one goes in a moment":              {moment, "date", true, false, true, 2499},
		"one goes for another in a moment":  {moment, "-date", true, true, true, 2500},
	} {
		t.Run(name, func(t *testing.T) {
			withService(t, test.crashes, crashstatstest.Options{Limit: -1}, func(t *testing.T, srv *crashstatstest.Server, cfg Config) {
				then := test.crashes()
				slices.SortFunc(then, func(a, b crashstatstest.Crash) int {
					byDate, byID := a.Date.Compare(b.Date), cmp.Compare(a.ID, b.ID)
					return map[string]int{"date": cmp.Or(byDate, byID), "-date": cmp.Or(-byDate, byID), "uuid": byID, "-uuid": -byID}[test.sort]
				})
				late := then[len(then)-1]
				late.ID = map[bool]string{true: "00000000", false: "ffffffff"}[test.sort == "-uuid"] + late.ID[8:]
				if test.goes {
					then = then[1:]
				}
				if test.comes {
					then = append(then, late)
				}
				q := lastWeeks(t)
				q.Sort, q.Num = []string{test.sort}, 5000
				pages := 0
				l, err := mustNew(t, cfg).List(t.Context(), q, ListOptions{Progress: func(int, int) {
					if pages++; pages == 2 {
						srv.SetCrashes(then)
					}
				}})
				if err != nil {
					t.Fatal(err)
				}
				noted := (test.goes || test.comes) && !test.incomplete
				if (len(l.Incomplete) > 0) != test.incomplete || len(l.IDs) < test.listed || (len(l.Notes) > 0) != noted {
					t.Errorf("%d listed, incomplete %q, notes %q", len(l.IDs), l.Incomplete, l.Notes)
				}
			})
		})
	}
}

func TestListFaults(t *testing.T) {
	opts := crashstatstest.Options{Fault: crashstatstest.Faults(1, 0.3, crashstatstest.Usual...), Limit: -1}
	withService(t, generated(crashstatstest.Corpus{N: 12_000}), opts, func(t *testing.T, _ *crashstatstest.Server, cfg Config) {
		l, err := mustNew(t, cfg).List(t.Context(), lastWeeks(t), ListOptions{})
		if err != nil {
			t.Fatal(err)
		}
		sameIDs(t, l.IDs, idsOf(crashstatstest.Generate(crashstatstest.Corpus{N: 12_000})))
	})
}

func TestListHitErrorEndsIt(t *testing.T) {
	withService(t, generated(crashstatstest.Corpus{N: 10}), crashstatstest.Options{}, func(t *testing.T, _ *crashstatstest.Server, cfg Config) {
		full := errors.New("full")
		_, err := mustNew(t, cfg).List(t.Context(), lastWeeks(t), ListOptions{Hit: func(Hit) error { return full }})
		if !errors.Is(err, full) {
			t.Errorf("error: %v", err)
		}
	})
}

func TestCountIsOneRequest(t *testing.T) {
	withService(t, generated(crashstatstest.Corpus{N: 12_345}), crashstatstest.Options{}, func(t *testing.T, srv *crashstatstest.Server, cfg Config) {
		n, err := mustNew(t, cfg).Count(t.Context(), lastWeeks(t))
		if n != 12_345 || err != nil {
			t.Errorf("counted %d, %v", n, err)
		}
		if r := srv.Requests(); len(r) != 1 || r[0].Params.Get("_results_number") != "0" || r[0].Params.Get("_facets_size") != "0" {
			t.Errorf("requests: %v", r)
		}
	})
}

func TestCheckParams(t *testing.T) {
	withService(t, nil, crashstatstest.Options{}, func(t *testing.T, srv *crashstatstest.Server, cfg Config) {
		c := mustNew(t, cfg)
		if got, err := c.CheckParams(t.Context(), Query{Terms: url.Values{"signature": {"~x"}, "product": {"Firefox"}}}); got != nil || err != nil || srv.Count("") != 0 {
			t.Errorf("well-known fields: %v, %v, %d requests", got, err, srv.Count(""))
		}
		q := Query{Terms: url.Values{"signatur": {"~x"}, "shoe_size": {"43"}, "vendor": {"Mozilla"}, "url": {"~example"}}, Sort: []string{"-crash_size", "signatur", "date"}}
		got, err := c.CheckParams(t.Context(), q)
		want := []string{
			`the service has no field "crash_size": it ignores what the search says of it, and may find more`,
			`the service has no field "shoe_size": it ignores what the search says of it, and may find more`,
			`the service has no field "signatur" (did you mean signature?): it ignores what the search says of it, and may find more`,
			`the service searches by "url" only for a token with permissions: else it ignores what the search says of it, and may find more`,
		}
		if !slices.Equal(got, want) || err != nil {
			t.Errorf("got %v, %v; want %v", got, err, want)
		}
		if srv.Count("SuperSearchFields") != 1 {
			t.Errorf("the fields were asked for %d times", srv.Count("SuperSearchFields"))
		}
	})
}

func TestWrongSearchIsFatal(t *testing.T) {
	withService(t, nil, crashstatstest.Options{}, func(t *testing.T, srv *crashstatstest.Server, cfg Config) {
		q := lastWeeks(t)
		q.Terms = url.Values{"signature": {"@("}}
		_, err := mustNew(t, cfg).List(t.Context(), q, ListOptions{})
		var wrong *RequestError
		if !errors.As(err, &wrong) || !strings.Contains(err.Error(), "Bad value for parameter signature") {
			t.Errorf("error: %v", err)
		}
		if srv.Count("") != 1 {
			t.Errorf("asked %d times", srv.Count(""))
		}
	})
}

// What an answer has in the wrong place is named as the service names it.
func TestUnreadableAnswers(t *testing.T) {
	for body, want := range map[string]string{
		`{"hits": [], "total": "30"}`:                        "unusable answer: total has a value of another type, string",
		`{"hits": {}, "total": 30}`:                          "unusable answer: hits has a value of another type, object",
		`[]`:                                                 "unusable answer: it has a value of another type, array",
		`{"hits": []}`:                                       "unusable answer: it has no total",
		`{"hits": [], "total": -1}`:                          "unusable answer: it has no total",
		`{"hits": [{}, {}], "total": 2}`:                     "unusable answer: it has 2 hits where at most 1 were asked for",
		`{"hits": [{"uuid": "x"}], "total": 1}`:              `unusable answer: a hit's uuid is "x"`,
		`{"hits": [], "total": 0, "facets": {"version": 1}}`: "unusable answer: facets has a value of another type, number",
		`{"hits": [], "total": 30`:                           "unusable answer: unexpected end of JSON input",
	} {
		if _, err := parseAnswer([]byte(body), slice{number: 1}); !errors.Is(err, errAnswer) || err.Error() != want {
			t.Errorf("%s: %v, want %s", body, err, want)
		}
	}
	for trouble, want := range map[string]string{
		`7`: `7`, `{"index": "x"}`: `{"index": "x"}`, `{"type": "shards", "index": 5}`: `{"type": "shards", "index": 5}`, `{"type": "missing_index", "index": "a\u001b"}`: "the index a is missing",
		`{"type": "shards", "index": "a", "shards_count": 2}`: "2 shards of the index a failed", `{"type": "other", "index": "a"}`: "other a",
	} {
		a, err := parseAnswer([]byte(`{"hits": [], "total": 3, "errors": [`+trouble+`]}`), slice{offset: 3, number: 10})
		if err != nil || len(a.troubles) != 1 || a.troubles[0] != want {
			t.Errorf("%s: %q, %v, want %s", trouble, a.troubles, err, want)
		}
	}
	if a, err := parseAnswer([]byte(`{"hits": [], "total": 3}`), slice{offset: 5, number: 10}); err != nil || a.troubles != nil {
		t.Errorf("behind the last crash: %q, %v", a.troubles, err)
	}
	for _, body := range []string{"{}", "null", "[]", `{"a": 1}`} {
		if fields, err := parseFields([]byte(body)); !errors.Is(err, errAnswer) {
			t.Errorf("%s: fields %v, %v", body, fields, err)
		}
	}
}
