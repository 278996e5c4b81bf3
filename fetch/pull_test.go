package fetch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sigdiff/sigdiff/crashid"
	"github.com/sigdiff/sigdiff/internal/crashstatstest"
)

// The whole way, against a service with faults: every crash of the search arrives once and whole.
func TestFetchWithFaultsAndMissing(t *testing.T) {
	corpus := crashstatstest.Corpus{N: 3000, MissingEvery: 100}
	opts := crashstatstest.Options{Limit: -1, Fault: crashstatstest.Faults(7, 0.03, crashstatstest.Usual...)}
	withService(t, generated(corpus), opts, func(t *testing.T, srv *crashstatstest.Server, cfg Config) {
		cfg.Rate = Unlimited
		c := mustNew(t, cfg)
		l, err := c.List(t.Context(), lastWeeks(t), ListOptions{})
		if err != nil {
			t.Fatal(err)
		}
		store := newMemory()
		s, err := c.Pull(t.Context(), mustSurvey(t, l.IDs, store, PullOptions{}), store.keep, PullOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if s.Listed != 3000 || s.Fetched != 2970 || s.Missing != 30 || s.Failed+s.Left+s.Cached != 0 || len(s.Failures) > 0 {
			t.Errorf("summary: %s", &s)
		}
		checkDocuments(t, store, corpus)
		srv.ForgetRequests()
		if w := mustSurvey(t, l.IDs, store, PullOptions{}); w.ToPull != 0 || w.Cached != 2970 || w.Missing != 30 {
			t.Errorf("a second run has to pull %d, cached %d, missing %d", w.ToPull, w.Cached, w.Missing)
		}
	})
}

func checkDocuments(t *testing.T, store *memory, corpus crashstatstest.Corpus) {
	t.Helper()
	for _, c := range crashstatstest.Generate(corpus) {
		if c.Document == nil {
			continue
		}
		if got := store.docs[c.ID]; !bytes.Equal(got[0], c.Document(true)) || !bytes.Equal(got[1], c.Document(false)) {
			t.Fatalf("crash %s: got %.60q and %.60q", c.ID, got[0], got[1])
		}
		if store.puts[c.ID] != 1 {
			t.Errorf("crash %s was put %d times", c.ID, store.puts[c.ID])
		}
	}
}

func TestPullNoRawAndAfterwardsRaw(t *testing.T) {
	withService(t, generated(crashstatstest.Corpus{N: 50}), crashstatstest.Options{}, func(t *testing.T, srv *crashstatstest.Server, cfg Config) {
		c, store := mustNew(t, cfg), newMemory()
		ids := idsOf(crashstatstest.Generate(crashstatstest.Corpus{N: 50}))
		for _, step := range []struct {
			opts                    PullOptions
			processed, raw, fetched int
		}{{PullOptions{NoRaw: true}, 50, 0, 50}, {PullOptions{NoRaw: true}, 0, 0, 0}, {PullOptions{}, 0, 50, 50}, {PullOptions{}, 0, 0, 0}, {PullOptions{Refresh: true}, 50, 50, 50}} {
			srv.ForgetRequests()
			s, err := c.Pull(t.Context(), mustSurvey(t, ids, store, step.opts), store.keep, step.opts)
			if err != nil || s.Fetched != step.fetched || s.Cached != 50-step.fetched {
				t.Errorf("%+v: %+v, %v", step.opts, s, err)
			}
			if p, r := srv.Count("ProcessedCrash"), srv.Count("RawCrash"); p != step.processed || r != step.raw {
				t.Errorf("%+v: %d processed and %d raw requests", step.opts, p, r)
			}
		}
	})
}

func TestMissingIsRememberedForADay(t *testing.T) {
	corpus := crashstatstest.Corpus{N: 2, MissingEvery: 1}
	withService(t, generated(corpus), crashstatstest.Options{}, func(t *testing.T, _ *crashstatstest.Server, cfg Config) {
		c, store, ids := mustNew(t, cfg), newMemory(), idsOf(crashstatstest.Generate(corpus))
		s, err := c.Pull(t.Context(), mustSurvey(t, ids, store, PullOptions{}), store.keep, PullOptions{})
		if err != nil || s.Missing != 2 || len(store.docs) != 0 {
			t.Errorf("%+v, %v", s, err)
		}
		if w := mustSurvey(t, ids, store, PullOptions{}); w.ToPull != 0 || w.Missing != 2 {
			t.Errorf("at once: %+v", w)
		}
		if w := mustSurvey(t, ids, store, PullOptions{Refresh: true}); w.ToPull != 2 {
			t.Errorf("with refresh: %+v", w)
		}
		time.Sleep(25 * time.Hour)
		if w := mustSurvey(t, ids, store, PullOptions{}); w.ToPull != 2 {
			t.Errorf("after a day: %+v", w)
		}
		store.known[ids[0]] = Known{Processed: true, ProcessedMissing: time.Now()} // it was there when an earlier run asked
		if w := mustSurvey(t, ids[:1], store, PullOptions{}); w.Cached+w.Missing != 0 || w.ToPull != 1 {
			t.Errorf("one that the service has no longer: %+v", w)
		}
	})
}

// A crash without a raw crash counts as fetched, and its raw crash is not asked for again.
func TestRawMissing(t *testing.T) {
	crashes := func() []crashstatstest.Crash {
		all := crashstatstest.Generate(crashstatstest.Corpus{N: 1})
		processed := all[0].Document(false)
		all[0].Document = func(raw bool) []byte {
			if raw {
				return nil
			}
			return processed
		}
		return all
	}
	withService(t, crashes, crashstatstest.Options{}, func(t *testing.T, _ *crashstatstest.Server, cfg Config) {
		c, store := mustNew(t, cfg), newMemory()
		s, err := c.Pull(t.Context(), mustSurvey(t, idsOf(crashes()), store, PullOptions{}), store.keep, PullOptions{})
		if err != nil || s.Fetched != 1 {
			t.Errorf("%+v, %v", s, err)
		}
		if w := mustSurvey(t, idsOf(crashes()), store, PullOptions{}); w.Cached != 1 {
			t.Errorf("afterwards: %+v", w)
		}
	})
}

// What keeps failing is counted, and the rest goes on.
func TestSomeCrashesThatNeverWork(t *testing.T) {
	faults := map[string]crashstatstest.Fault{
		"500":                           {Status: 500, Header: http.Header{"Location": {"/api/SuperSearch/"}}},
		"ProcessedCrash: 500: oops":     {Status: 500, Body: `{"error": "oops"}`},
		"ProcessedCrash: 206: oops":     {Status: 206, Body: `{"error": "oops"}`},
		"ProcessedCrash: 408: oops":     {Status: 408, Body: `{"error": "oops"}`},
		"ProcessedCrash: 400: timeout":  {Status: 400, Body: `{"error": "timeout"}`},
		"it does not start with {":      {Status: 200, Body: ` ["a":1}`},
		"410: Not found: it":            {Status: 410, Body: `{"error": "Not found: it"}`},
		"400: a: b; c: d, e":            {Status: 400, Body: `{"errors": {"c": ["d", "e"], "a": ["b"]}}`},
		`400: {"error": {"errors": 1}}`: {Status: 400, Body: `{"error": {"errors": 1}}`},
		"400: a[2J  b c":                {Status: 400, Body: `{"error": "a\u001b[2J\n\tb\u00a0c"}`},
		"no JSON: null":                 {Status: 400, Body: `null`},
		"no JSON: oops":                 {Status: 200, Body: "oops"},
		"cut short":                     {Short: true},
		"the document is of the crash":  {Status: 200, Body: `{"uuid": "0c5b2b21-4c3a-4f1c-8f1e-1d0b50261121"}`}, // as a broken cache in front of the service would give
		"an HTML page in place of JSON": {Status: 200, Body: crashstatstest.Page},
		"broke off":                     {Cut: true},
		"EOF":                           {Drop: true},
		"404: an HTML page":             {Status: 404, Body: crashstatstest.Page},
		"404: no JSON: Not found":       {Status: 404, Body: "Not found"},
		`404: {"message":"no Route"}`:   {Status: 404, Body: `{"message":"no Route"}`},
		`404: {"detail": "Not found."}`: {Status: 404, Body: `{"detail": "Not found."}`},
		"404: No service called":        {Status: 404, Body: `{"error": "No service called 'ProcessedCrash'"}`},
		"an empty answer":               {Status: 502, Body: " "},
		"no answer within 2m0s":         {Delay: time.Hour},
		"400: Bad request: what?":       {Status: 400, Body: `{"error": "Bad request: what?"}`},
	}
	for text, fault := range faults {
		t.Run(text, func(t *testing.T) {
			const n = 5 // which fail more often, taken together, than a service may that is down
			var victims []string
			opts := crashstatstest.Options{Fault: func(r crashstatstest.Request) *crashstatstest.Fault {
				if slices.Contains(victims, r.CrashID()) && r.Endpoint == "ProcessedCrash" {
					return &fault
				}
				return nil
			}}
			withService(t, generated(crashstatstest.Corpus{N: 30}), opts, func(t *testing.T, _ *crashstatstest.Server, cfg Config) {
				ids := idsOf(crashstatstest.Generate(crashstatstest.Corpus{N: 30}))
				victims = ids[5 : 5+n]
				c, store := mustNew(t, cfg), newMemory()
				opts := PullOptions{Check: func([]byte) error { return nil }}
				s, err := c.Pull(t.Context(), mustSurvey(t, ids, store, opts), store.keep, opts)
				if err != nil || s.Fetched != 30-n || s.Failed != n {
					t.Fatalf("%+v, %v", s, err)
				}
				sameIDs(t, s.NotFetched(), victims)
				if !strings.Contains(s.Failures[0].Reason, text) || !strings.HasPrefix(s.Failures[0].Reason, "ProcessedCrash: ") {
					t.Errorf("reason: %s", s.Failures[0].Reason)
				}
				for _, victim := range victims {
					if store.docs[victim][1] != nil {
						t.Error("something was stored")
					}
				}
			})
		})
	}
}

// A service that gives raw crashes to nobody is told from one that refuses everything, whichever request hears of it.
func TestRawCrashesRefused(t *testing.T) {
	opts := crashstatstest.Options{Fault: func(r crashstatstest.Request) *crashstatstest.Fault {
		if r.Endpoint == "RawCrash" {
			return &crashstatstest.Fault{Status: 403, Body: `{"error": "Forbidden"}`}
		}
		return nil
	}}
	withService(t, generated(crashstatstest.Corpus{N: 30}), opts, func(t *testing.T, _ *crashstatstest.Server, cfg Config) {
		c, store := mustNew(t, cfg), newMemory()
		ids := idsOf(crashstatstest.Generate(crashstatstest.Corpus{N: 30}))
		_, err := c.Pull(t.Context(), mustSurvey(t, ids, store, PullOptions{}), store.keep, PullOptions{})
		const want = "the service refused the request for a raw crash: 403: Forbidden (signatures are made without raw crashes, so they can be left out)"
		if !isA[*FatalError](err) || err.Error() != want {
			t.Errorf("error: %v, want %s", err, want)
		}
	})
}

func TestTroubleThatEndsTheRun(t *testing.T) {
	tests := []struct {
		name  string
		fault crashstatstest.Fault
		token string
		most  int // requests
		text  string
		is    func(error) bool
	}{
		{"a token that is not known", crashstatstest.Fault{}, "wrong", 1, "403: API Token not matched (is the API token still good?", isA[*FatalError]},
		{"a service that asks who it is", crashstatstest.Fault{Status: 401, Body: `{"error": "who?"}`}, "", 1, "the service refused the request: 401: who?", isA[*FatalError]},
		{"a token that expired", crashstatstest.Fault{}, "old", 1, "403: API Token found but expired", isA[*FatalError]},
		{"a redirect elsewhere", crashstatstest.Fault{Status: 302, Header: http.Header{"Location": {"https://elsewhere.example/login"}}}, "", 1, "redirects to https://elsewhere.example, which is not followed", isA[*FatalError]},
		{"a service that only fails", crashstatstest.Fault{Status: 500}, "", 80, "http://127.0.0.1 answers with nothing but errors", isA[*FatalError]},
		{"a proxy that only has pages", crashstatstest.Fault{Status: 200, Body: crashstatstest.Page}, "", 80, "an HTML page in place of JSON", isA[*FatalError]},
		{"a service that finds every request wrong", crashstatstest.Fault{Status: 400, Body: `{"error": "Bad request: no"}`}, "", 80, "400: Bad request: no", isA[*FatalError]},
		{"a service that lets nothing through", crashstatstest.Fault{Status: 429}, "", 100, "pauses in a row brought no request through", isA[*FatalError]},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			opts := crashstatstest.Options{
				Tokens: map[string]bool{"old": false},
				Fault:  func(crashstatstest.Request) *crashstatstest.Fault { return &test.fault },
			}
			withService(t, generated(crashstatstest.Corpus{N: 500}), opts, func(t *testing.T, srv *crashstatstest.Server, cfg Config) {
				cfg.Token = NewToken(test.token)
				c, store := mustNew(t, cfg), newMemory()
				ids := idsOf(crashstatstest.Generate(crashstatstest.Corpus{N: 500}))
				s, err := c.Pull(t.Context(), mustSurvey(t, ids, store, PullOptions{}), store.keep, PullOptions{})
				if err == nil || !test.is(err) || !strings.Contains(err.Error(), test.text) {
					t.Errorf("error: %v", err)
				}
				if s.Left+s.Failed != 500 || s.Failed > maxFailures || (s.Failed > 0) != (test.fault.Status == 400) {
					t.Errorf("summary: %s", &s)
				}
				if n := srv.Count(""); n > test.most {
					t.Errorf("%d requests, want at most %d", n, test.most)
				}
			})
		})
	}
}

func isA[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// A service that was fine and goes down for good ends the run; one that comes back within half a minute doesn't.
func TestOutage(t *testing.T) {
	for _, test := range []struct {
		length time.Duration
		down   bool
	}{{20 * time.Second, false}, {time.Hour, true}} {
		t.Run(test.length.String(), func(t *testing.T) {
			var begin time.Time
			opts := crashstatstest.Options{Fault: func(r crashstatstest.Request) *crashstatstest.Fault {
				if since := r.Time.Sub(begin); since > time.Minute && since < time.Minute+test.length {
					return &crashstatstest.Fault{Status: 502}
				}
				return nil
			}}
			withService(t, generated(crashstatstest.Corpus{N: 300}), opts, func(t *testing.T, _ *crashstatstest.Server, cfg Config) {
				begin = time.Now()
				c, store := mustNew(t, cfg), newMemory()
				ids := idsOf(crashstatstest.Generate(crashstatstest.Corpus{N: 300}))
				s, err := c.Pull(t.Context(), mustSurvey(t, ids, store, PullOptions{NoRaw: true}), store.keep, PullOptions{NoRaw: true})
				if isA[*FatalError](err) != test.down {
					t.Errorf("error: %v", err)
				}
				if s.Failed > 0 || (s.Left > 0) != test.down || s.Fetched+s.Left != 300 {
					t.Errorf("summary: %s", &s)
				}
			})
		})
	}
}

func TestStoreErrorsEndTheRun(t *testing.T) {
	full := errors.New("no space left on device")
	withService(t, generated(crashstatstest.Corpus{N: 40}), crashstatstest.Options{}, func(t *testing.T, _ *crashstatstest.Server, cfg Config) {
		store := newMemory()
		store.failPut = full
		ids := idsOf(crashstatstest.Generate(crashstatstest.Corpus{N: 40}))
		s, err := mustNew(t, cfg).Pull(t.Context(), mustSurvey(t, ids, store, PullOptions{}), store.keep, PullOptions{})
		if err == nil || err.Error() != "storing crashes: "+full.Error() || !isA[*StoreError](err) || s.Fetched > 0 || s.Left != 40 {
			t.Errorf("error: %v, %s", err, &s)
		}
	})
}

// After an interruption the next run asks for nothing again that had been answered.
func TestInterruptAndGoOn(t *testing.T) {
	for _, rate := range []float64{0, Unlimited} {
		t.Run(fmt.Sprint(rate), func(t *testing.T) {
			opts := crashstatstest.Options{Limit: -1, Fault: func(crashstatstest.Request) *crashstatstest.Fault {
				return &crashstatstest.Fault{Delay: 300 * time.Millisecond}
			}}
			withService(t, generated(crashstatstest.Corpus{N: 400}), opts, func(t *testing.T, srv *crashstatstest.Server, cfg Config) {
				cfg.Rate = rate
				c, store := mustNew(t, cfg), newMemory()
				ids := idsOf(crashstatstest.Generate(crashstatstest.Corpus{N: 400}))
				ctx, cancel := context.WithCancelCause(t.Context())
				ctrlC := errors.New("interrupt")
				store.onPut = func(n int) {
					if n == 150 {
						cancel(ctrlC)
					}
				}
				s, err := c.Pull(ctx, mustSurvey(t, ids, store, PullOptions{}), store.keep, PullOptions{})
				if !errors.Is(err, ctrlC) || s.Left == 0 || s.Fetched+s.Left != 400 || s.Failed > 0 || !strings.Contains(s.String(), fmt.Sprintf(" failed, %d left; ", s.Left)) {
					t.Errorf("error %v, summary %s", err, &s)
				}
				sameIDs(t, s.NotFetched(), mustSurvey(t, ids, store, PullOptions{}).IDs())
				s, err = c.Pull(t.Context(), mustSurvey(t, ids, store, PullOptions{}), store.keep, PullOptions{})
				if err != nil || s.Left+s.Failed+s.Missing > 0 {
					t.Errorf("error %v, summary %s", err, &s)
				}
				askedOnce(t, srv, 800)
			})
		})
	}
}

func askedOnce(t *testing.T, srv *crashstatstest.Server, total int) {
	t.Helper()
	times := map[string]int{}
	for _, r := range srv.Requests() {
		times[r.Endpoint+" "+r.CrashID()]++
	}
	for _, what := range slices.Sorted(maps.Keys(times)) {
		if times[what] > 1 {
			t.Errorf("%s was asked for %d times", what, times[what])
		}
	}
	if len(times) != total {
		t.Errorf("%d documents were asked for, want %d", len(times), total)
	}
}

// A service that hangs holds an interrupted run up for the grace and no longer, and that is said.
func TestInterruptGrace(t *testing.T) {
	opts := crashstatstest.Options{Fault: func(crashstatstest.Request) *crashstatstest.Fault {
		return &crashstatstest.Fault{Delay: time.Minute}
	}}
	withService(t, generated(crashstatstest.Corpus{N: 10}), opts, func(t *testing.T, _ *crashstatstest.Server, cfg Config) {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		store, begin := newMemory(), time.Now()
		ids := idsOf(crashstatstest.Generate(crashstatstest.Corpus{N: 10}))
		var said []string
		cfg.Notice = func(text string) { said = append(said, text) }
		_, err := mustNew(t, cfg).Pull(ctx, mustSurvey(t, ids, store, PullOptions{}), store.keep, PullOptions{})
		if took := time.Since(begin); !errors.Is(err, context.DeadlineExceeded) || took > 16*time.Second {
			t.Errorf("error %v after %v", err, took)
		}
		if len(said) != 1 || !strings.HasPrefix(said[0], "ending, ") {
			t.Errorf("said %q", said)
		}
	})
}

func TestProgressAddsUp(t *testing.T) {
	corpus := crashstatstest.Corpus{N: 60, MissingEvery: 10}
	withService(t, generated(corpus), crashstatstest.Options{}, func(t *testing.T, _ *crashstatstest.Server, cfg Config) {
		var seen []Status
		opts := PullOptions{Progress: func(s Status) { seen = append(seen, s) }}
		store := newMemory()
		s, err := mustNew(t, cfg).Pull(t.Context(), mustSurvey(t, idsOf(crashstatstest.Generate(corpus)), store, opts), store.keep, opts)
		if err != nil || len(seen) != 60 {
			t.Fatalf("%d updates, %v", len(seen), err)
		}
		for i, u := range seen {
			if u.Done != i+1 || u.Total != 60 || (u.Left <= 0) != (u.Done == 60) {
				t.Errorf("update %d: %+v", i, u)
			}
		}
		if text := s.String(); !strings.HasPrefix(text, "60 crashes: 0 cached, 54 fetched, 6 missing, 0 failed; 114 requests in ") {
			t.Errorf("the summary: %s", text)
		}
		if s.Listed != 60 || s.Fetched != 54 || s.Missing != 6 || s.Failed+s.Cached+s.Left != 0 {
			t.Errorf("the summary: %+v", s)
		}
		text, _ := json.Marshal(s)
		for _, key := range []string{"listed", "cached", "fetched", "missing", "failed", "requests", "seconds"} {
			if !strings.Contains(string(text), `"`+key+`":`) {
				t.Errorf("the summary has no %s: %s", key, text)
			}
		}
	})
}

// TestStatus: at first the pace tells what is left, and then what was done.
func TestStatus(t *testing.T) {
	for _, test := range []struct {
		pace           float64
		elapsed, wants time.Duration
	}{{90, 5 * time.Second, 30 * time.Second}, {90, 20 * time.Second, 20 * time.Second}, {0, 5 * time.Second, 5 * time.Second}, {0, 0, 0}} {
		synctest.Test(t, func(t *testing.T) {
			p := &pull{plan: Plan{Work: Work{ToPull: 100}, Rate: test.pace, Seconds: 60}, started: time.Now(), sum: Summary{Left: 50}}
			time.Sleep(test.elapsed)
			if s := p.status(); s.Done != 50 || s.Left.Round(time.Millisecond) != test.wants {
				t.Errorf("%+v: %+v", test, s)
			}
		})
	}
}

// With a token that brings people's data, none of it reaches the store.
func TestProtectedFieldsAreNotStored(t *testing.T) {
	crashes := func() []crashstatstest.Crash {
		c, err := crashstatstest.NewCrash([]byte(`{"uuid":"0c5b2b21-4c3a-4f1c-8f1e-1d0b50991225","signature":"s","user_comments":"I am Ann","json_dump":{"threads":[]}}`), []byte(`{"ProductName":"Firefox","Email":"ann@example.org"}`))
		if err != nil {
			t.Fatal(err)
		}
		return []crashstatstest.Crash{c}
	}
	opts := crashstatstest.Options{Tokens: map[string]bool{"all": true}}
	withService(t, crashes, opts, func(t *testing.T, _ *crashstatstest.Server, cfg Config) {
		cfg.Token = NewToken("all")
		store, ids := newMemory(), idsOf(crashes())
		if _, err := mustNew(t, cfg).Pull(t.Context(), mustSurvey(t, ids, store, PullOptions{}), store.keep, PullOptions{}); err != nil {
			t.Fatal(err)
		}
		docs := store.docs[ids[0]]
		if raw, processed := string(docs[0]), string(docs[1]); raw != `{"ProductName":"Firefox"}` || processed != `{"uuid":"0c5b2b21-4c3a-4f1c-8f1e-1d0b50991225","signature":"s","json_dump":{"threads":[]}}` {
			t.Errorf("stored %s and %s", raw, processed)
		}
	})
}

func TestSurvey(t *testing.T) {
	if _, err := Survey(t.Context(), []string{"nonsense"}, nil, PullOptions{}); !errors.Is(err, crashid.ErrNone) {
		t.Errorf("error: %v", err)
	}
	ids := idsOf(crashstatstest.Generate(crashstatstest.Corpus{N: 2500}))
	if w := mustSurvey(t, slices.Concat(ids, ids), newMemory(), PullOptions{}); w.Crashes != 2500 || w.ToPull != 2500 || w.Requests != 5000 {
		t.Errorf("work: %+v", w.Crashes)
	}
}

func TestPlan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := mustNew(t, Config{})
		p := c.Plan(mustSurvey(t, idsOf(crashstatstest.Generate(crashstatstest.Corpus{N: 17_000})), newMemory(), PullOptions{NoRaw: true}))
		if want := "17,000 crashes: 17,000 to fetch from https://crash-stats.mozilla.org with 17,000 requests, about 3.1 hours at 90 requests a minute; with an API token about 19 minutes (900 a minute)"; p.String() != want {
			t.Errorf("got  %s\nwant %s", p, want)
		}
		if p := mustNew(t, Config{Token: NewToken("x"), Rate: Unlimited}).Plan(Query{Num: 500}.Work(24_000, PullOptions{})); p.Requests != 1001 || p.Seconds != 0 || p.Crashes != 500 {
			t.Errorf("plan: %+v", p)
		}
		for _, test := range []struct {
			cfg       Config
			opts      PullOptions
			requests  int
			withToken bool
			text      string
		}{
			{Config{}, PullOptions{NoRaw: true}, 101, true, "requests, about 64 seconds at"},
			{Config{}, PullOptions{}, 201, true, "requests, about 2 minutes at"},
			{Config{Token: NewToken("x"), Rate: 90}, PullOptions{}, 201, false, "requests, about 2 minutes at"},
			{Config{Rate: 2000}, PullOptions{}, 201, false, "requests, about 5 seconds at"},
			{Config{Rate: 20_000}, PullOptions{}, 201, false, "requests, about 1 second at"},
			{Config{Rate: Unlimited}, PullOptions{}, 201, false, "requests, without a limit on the rate"},
		} {
			p := mustNew(t, test.cfg).Plan(Query{}.Work(100, test.opts))
			if p.Requests != test.requests || (p.SecondsWithToken > 0) != test.withToken || !strings.Contains(p.String(), test.text) {
				t.Errorf("%+v: %+v, %s", test, p, p)
			}
		}
		for rate, want := range map[float64]string{0.02: "at 0.02 requests a minute", 1.5: "at 2 requests a minute", 900: "at 900 requests a minute"} {
			if s := mustNew(t, Config{Rate: rate}).Plan(Query{}.Work(10, PullOptions{})).String(); !strings.Contains(s, want) {
				t.Errorf("a rate of %v: %s", rate, s)
			}
		}
		if s := c.Plan(&Work{Crashes: 5, Cached: 4, Missing: 1}).String(); s != "5 crashes, 4 of them cached, 1 known to be missing: nothing to fetch from https://crash-stats.mozilla.org" {
			t.Error(s)
		}
	})
}

// What Python takes for JSON, and the service may send, arrives: NaN where it stands, and no byte order mark.
func TestPullOfPython(t *testing.T) {
	var crashes []crashstatstest.Crash
	want := map[string]string{}
	for i := range 40 {
		id := fmt.Sprintf("aaaaaaaa-bbbb-4ccc-8ddd-%06x150101", i)
		doc := fmt.Sprintf(`{"uuid":%q,"hang":-Infinity,"uptime":NaN}`, id)
		crash, err := crashstatstest.NewCrash(fmt.Appendf(nil, `{"uuid":%q}`, id), nil)
		if err != nil {
			t.Fatal(err)
		}
		crash.Document = func(bool) []byte { return []byte("\ufeff" + doc) }
		crashes, want[id] = append(crashes, crash), doc
	}
	withService(t, func() []crashstatstest.Crash { return crashes }, crashstatstest.Options{}, func(t *testing.T, _ *crashstatstest.Server, cfg Config) {
		c, store, opts := mustNew(t, cfg), newMemory(), PullOptions{NoRaw: true}
		if s, err := c.Pull(t.Context(), mustSurvey(t, idsOf(crashes), store, opts), store.keep, opts); err != nil || s.Fetched != len(crashes) {
			t.Fatalf("%+v, %v", s, err)
		}
		for id, doc := range want {
			if got := store.docs[id][1]; string(got) != doc {
				t.Errorf("%s: %q", id, got)
			}
		}
	})
}
