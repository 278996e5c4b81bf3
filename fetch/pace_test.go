package fetch

import (
	"cmp"
	"context"
	"errors"
	"math"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sigdiff/sigdiff/internal/crashstatstest"
)

// pullAll pulls n crashes without their raw crashes.
func pullAll(t *testing.T, cfg Config, n int) Summary {
	t.Helper()
	c, store, opts := mustNew(t, cfg), newMemory(), PullOptions{NoRaw: true}
	ids := idsOf(crashstatstest.Generate(crashstatstest.Corpus{N: n}))
	s, err := c.Pull(t.Context(), mustSurvey(t, ids, store, opts), store.keep, opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// At its own pace the client is never refused, wherever the service's windows begin, and doesn't dawdle either.
func TestPaceStaysUnderTheLimit(t *testing.T) {
	for _, test := range []struct {
		token   string
		n       int
		at, atM time.Duration
	}{{"", 500, 5 * time.Minute, 6 * time.Minute}, {"good", 3000, 3 * time.Minute, 4 * time.Minute}} {
		for _, offset := range []time.Duration{0, 17 * time.Second, 59 * time.Second} {
			opts := crashstatstest.Options{Tokens: map[string]bool{"good": true}}
			withService(t, generated(crashstatstest.Corpus{N: test.n}), opts, func(t *testing.T, srv *crashstatstest.Server, cfg Config) {
				time.Sleep(offset)
				cfg.Token = NewToken(test.token)
				s := pullAll(t, cfg, test.n)
				took := time.Duration(s.Seconds * float64(time.Second))
				if s.Refused > 0 || s.Fetched != test.n || took < test.at || took > test.atM {
					t.Errorf("offset %v: %s", offset, &s)
				}
			})
		}
	}
}

// refusedPerWindow is the most refusals in one of the service's windows.
func refusedPerWindow(srv *crashstatstest.Server) int {
	most, perWindow := 0, map[time.Time]int{}
	for _, r := range srv.Requests() {
		if r.Status == http.StatusTooManyRequests {
			w := r.Time.Truncate(rateWindow)
			perWindow[w]++
			most = max(most, perWindow[w])
		}
	}
	return most
}

// However hard the service throttles, no crash is lost, and only the few requests that were under way are refused.
func TestThrottledHard(t *testing.T) {
	tests := []struct {
		name    string
		rate    float64
		limit   int
		latency time.Duration
		workers int
	}{
		{"far under the usual limit", 0, 10, 100 * time.Millisecond, 0},
		{"no pace of our own", Unlimited, 100, 100 * time.Millisecond, 0},
		{"a pace that is too fast", 600, 100, 100 * time.Millisecond, 0},
		{"no pace, hard limit", Unlimited, 20, time.Millisecond, 0},
		{"one request at a time", Unlimited, 20, time.Millisecond, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			opts := crashstatstest.Options{Limit: test.limit, Fault: func(crashstatstest.Request) *crashstatstest.Fault {
				return &crashstatstest.Fault{Delay: test.latency}
			}}
			withService(t, generated(crashstatstest.Corpus{N: 300}), opts, func(t *testing.T, srv *crashstatstest.Server, cfg Config) {
				cfg.Rate, cfg.Workers = test.rate, test.workers
				if s := pullAll(t, cfg, 300); s.Fetched != 300 || s.Failed > 0 || s.Refused == 0 {
					t.Errorf("summary: %s", &s)
				}
				if n := refusedPerWindow(srv); n > cmp.Or(test.workers, unpacedWorkers) {
					t.Errorf("%d requests refused in one window", n)
				}
			})
		})
	}
}

// Retry-After is honoured in both of its forms, by all workers.
func TestRetryAfter(t *testing.T) {
	for _, form := range []func(now time.Time) string{
		func(time.Time) string { return "7" },
		func(now time.Time) string { return now.Add(7 * time.Second).UTC().Format(http.TimeFormat) },
	} {
		for status, honoured := range map[int]bool{http.StatusTooManyRequests: true, http.StatusServiceUnavailable: true, http.StatusInternalServerError: false} {
			var first time.Time
			opts := crashstatstest.Options{Limit: -1, Fault: func(r crashstatstest.Request) *crashstatstest.Fault {
				if first.IsZero() {
					first = r.Time
					return &crashstatstest.Fault{Status: status, Header: http.Header{"Retry-After": {form(r.Time)}}}
				}
				return nil
			}}
			withService(t, generated(crashstatstest.Corpus{N: 3}), opts, func(t *testing.T, srv *crashstatstest.Server, cfg Config) {
				cfg.Workers = 1
				c, store := mustNew(t, cfg), newMemory()
				ids := idsOf(crashstatstest.Generate(crashstatstest.Corpus{N: 3}))
				opts := PullOptions{NoRaw: true}
				if _, err := c.Pull(t.Context(), mustSurvey(t, ids, store, opts), store.keep, opts); err != nil {
					t.Fatal(err)
				}
				wait := srv.Requests()[1].Time.Sub(first)
				if (wait > 6*time.Second) != honoured || wait > 8*time.Second {
					t.Errorf("%d: the next request came after %v", status, wait)
				}
			})
		}
	}
}

// A clock that is wrong is said, once.
func TestWrongClocksAreAnnounced(t *testing.T) {
	for fast, want := range map[time.Duration]string{
		0: "", 30 * time.Minute: "", -30 * time.Minute: "",
		48 * time.Hour:  "the clock of this machine is 48h0m0s ahead of the service's; the dates of searches go by it",
		-90 * time.Hour: "the clock of this machine is 90h0m0s behind the service's; the dates of searches go by it",
	} {
		withService(t, generated(crashstatstest.Corpus{N: 3}), crashstatstest.Options{}, func(t *testing.T, _ *crashstatstest.Server, cfg Config) {
			var said []string
			cfg.Notice = func(text string) { said = append(said, text) }
			through := cfg.Transport
			cfg.Transport = transportFunc(func(r *http.Request) (*http.Response, error) {
				resp, err := through.RoundTrip(r)
				if err == nil {
					resp.Header.Set("Date", time.Now().Add(-fast).UTC().Format(http.TimeFormat))
				}
				return resp, err
			})
			pullAll(t, cfg, 3)
			if strings.Join(said, "\n") != want {
				t.Errorf("a clock that is %v fast: %q, want %q", fast, said, want)
			}
		})
	}
}

// A service that takes minutes for an answer is no reason for silence.
func TestSlowAnswersAreAnnounced(t *testing.T) {
	opts := crashstatstest.Options{Fault: func(r crashstatstest.Request) *crashstatstest.Fault {
		if r.Nth == 0 {
			return &crashstatstest.Fault{Delay: time.Hour}
		}
		return nil
	}}
	withService(t, generated(crashstatstest.Corpus{N: 1}), opts, func(t *testing.T, _ *crashstatstest.Server, cfg Config) {
		var said []string
		cfg.Notice = func(text string) { said = append(said, text) }
		if s := pullAll(t, cfg, 1); s.Fetched != 1 {
			t.Fatal(&s)
		}
		if want := []string{"ProcessedCrash: no answer within 2m0s; asking again"}; !slices.Equal(said, want) {
			t.Errorf("said %q, want %q", said, want)
		}
	})
}

// A long pause is announced once, whatever the status that asks for it and however many requests are told; a longer one after it is announced too.
func TestLongPausesAreAnnounced(t *testing.T) {
	for name, test := range map[string]struct {
		answers []crashstatstest.Fault // to the first four requests; the last is repeated
		want    []string
	}{
		"503":                {[]crashstatstest.Fault{later(503, "600")}, []string{"the service can't answer now, and asks to come back later: waiting 10m0s"}},
		"429":                {[]crashstatstest.Fault{later(429, "600")}, []string{"the service says that these are too many requests: waiting 10m0s"}},
		"more than the most": {[]crashstatstest.Fault{later(503, "86400")}, []string{"the service can't answer now, and asks to come back later: waiting 15m0s"}},
		"short":              {[]crashstatstest.Fault{later(503, "1")}, nil},
		"longer": {
			[]crashstatstest.Fault{later(429, "10"), later(503, "300")},
			[]string{"the service says that these are too many requests: waiting 10s", "the service can't answer now, and asks to come back later: waiting 5m0s"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var asked atomic.Int32
			opts := crashstatstest.Options{Limit: -1, Fault: func(r crashstatstest.Request) *crashstatstest.Fault {
				if r.Nth > 0 || r.CrashID() == warmUp {
					return nil
				}
				n := int(asked.Add(1))
				answer := test.answers[min(n, len(test.answers))-1]
				answer.Delay = time.Duration(n) * time.Second // one after the other
				return &answer
			}}
			withService(t, nil, opts, func(t *testing.T, srv *crashstatstest.Server, cfg Config) {
				var mu sync.Mutex
				var said []string
				cfg.Rate, cfg.Workers = Unlimited, 4
				cfg.Notice = func(text string) { mu.Lock(); defer mu.Unlock(); said = append(said, text) }
				c, store, opts := mustNew(t, cfg), newMemory(), PullOptions{NoRaw: true}
				for _, ids := range [][]string{{warmUp}, idsOf(at(4, time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)))} { // the first proves the service, so that four go out at once
					if _, err := c.Pull(t.Context(), mustSurvey(t, ids, store, opts), store.keep, opts); err != nil {
						t.Fatal(err)
					}
				}
				if !slices.Equal(said, test.want) {
					t.Errorf("it says %q, want %q", said, test.want)
				}
			})
		})
	}
}

const warmUp = "0c5b2b21-4c3a-4f1c-8f1e-1d0b50261121"

func later(status int, after string) crashstatstest.Fault {
	return crashstatstest.Fault{Status: status, Header: http.Header{"Retry-After": {after}}}
}

// TestPausesWithoutEnd: a service that lets nothing through is given minutes, and some tries; each pause is as long as it asks for.
func TestPausesWithoutEnd(t *testing.T) {
	for _, test := range []struct {
		rate, slowed float64
		after        time.Duration
		pauses       int
	}{{600, anonymousRate, time.Second, 302}, {30, 30, 10 * time.Minute, maxPauses + 1}, {Unlimited, anonymousRate, 0, maxPauses + 1}} {
		synctest.Test(t, func(t *testing.T) {
			p := newPacer(test.rate, false)
			n := 1
			for ; ; n++ {
				d, err := p.refused(test.after)
				if want := cmp.Or(test.after, rateWindow); d != want {
					t.Fatalf("pause %d is of %v, want %v", n, d, want)
				}
				if err != nil {
					break
				}
				time.Sleep(d)
			}
			if n != test.pauses || math.Round(p.perMinute()) != test.slowed {
				t.Errorf("%+v: %d pauses, and a pace of %v", test, n, p.perMinute())
			}
		})
	}
}

// TestHealth: a service counts as down after so many failures, over so long a time; one that refuses, however quick it is.
func TestHealth(t *testing.T) {
	for name, test := range map[string]struct {
		answered, passing bool
		limit             int
		after             time.Duration
	}{
		"fails from the first": {false, true, maxFirstFailures, firstPatience},
		"fails later":          {true, true, maxFailures, downAfter},
		"refuses":              {false, false, maxFailures, 0},
		"refuses later":        {true, false, maxFailures, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			for _, early := range []bool{false, true} {
				h := &health{}
				if test.answered {
					h.ok()
					time.Sleep(time.Hour) // a pause that it asked for is not held against it
				}
				fail := func() bool { return h.failed(errSlow, test.passing, false) != nil }
				gaveUp := fail()
				if !early {
					time.Sleep(test.after)
				}
				for range test.limit - 2 {
					gaveUp = gaveUp || fail()
				}
				if gaveUp || fail() != (!early || test.after == 0) {
					t.Errorf("%s, quickly %v: it is given up too soon: %v, or not in time", name, early, gaveUp)
				}
			}
		})
	}
}

// TestInterruptedWhileWaiting: what ends a wait for the pace is what is said.
func TestInterruptedWhileWaiting(t *testing.T) {
	withService(t, nil, crashstatstest.Options{}, func(t *testing.T, _ *crashstatstest.Server, cfg Config) {
		cfg.Rate = 1
		c, enough := mustNew(t, cfg), errors.New("enough")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(enough) })
		for n := range 2 {
			if _, err := c.Count(ctx, lastWeeks(t)); errors.Is(err, enough) != (n == 1) {
				t.Errorf("request %d: %v", n, err)
			}
		}
	})
}

func TestRetryAfterHeader(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "soon": 0, "-5": 0, "0": time.Second, "30": 30 * time.Second, " 30 ": 30 * time.Second, "99999999999999999999": math.MaxInt32 * time.Second,
		"Sat, 21 Nov 2026 12:01:00 GMT": time.Minute, "Sat, 21 Nov 2026 11:00:00 GMT": time.Second,
	} {
		for _, fast := range []time.Duration{0, -time.Hour, 24 * time.Hour} { // how fast the clock of this machine is
			header := http.Header{"Retry-After": {value}, "Date": {now.Format(http.TimeFormat)}}
			if got := retryAfter(header, now.Add(fast)); got != want {
				t.Errorf("%q, with a clock that is %v fast: %v, want %v", value, fast, got, want)
			}
		}
		if got := retryAfter(http.Header{"Retry-After": {value}}, now); got != want {
			t.Errorf("%q, without a Date: %v, want %v", value, got, want)
		}
	}
}

// In any minute fewer requests go out than the service's limit.
func TestBurst(t *testing.T) {
	for rate, limit := range map[float64]int{anonymousRate: 100, tokenRate: 1000, 1: 3, 20: 22} {
		if b := burst(rate); b < 1 || int(rate)+b > limit {
			t.Errorf("at %v a minute the burst is %d", rate, b)
		}
	}
}
