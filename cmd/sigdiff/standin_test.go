package main

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/sigdiff/sigdiff/fetch/crashstatstest"
)

// standInKey is where a script keeps its stand-ins of Crash Stats, by address.
const standInKey = "stand-ins"

// standIn starts a stand-in of Crash Stats with made-up crashes and puts its address into $STANDIN, and
// the ids of the crashes into ids.txt: standin [crashes=N] [missing=N] [faults=SHARE] [limit=N]
// [token=SECRET] [status=N] [refuse=N] [redirect=URL]. status answers every request with it; refuse does so
// with a 400 for that many crashes.
func standIn(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("usage: standin [name=value...]")
	}
	corpus := crashstatstest.Corpus{N: 40, Seed: 1}
	opts := crashstatstest.Options{Limit: -1, TokenLimit: -1}
	refused := 0
	for _, arg := range args {
		name, value, _ := strings.Cut(arg, "=")
		switch name {
		case "crashes":
			corpus.N = number(ts, value)
		case "missing":
			corpus.MissingEvery = number(ts, value)
		case "faults":
			share, err := strconv.ParseFloat(value, 64)
			ts.Check(err)
			opts.Fault = crashstatstest.Faults(3, share, crashstatstest.Usual...)
		case "limit":
			opts.Limit = number(ts, value)
		case "token":
			opts.Tokens = map[string]crashstatstest.Token{value: {}}
		case "status":
			opts.Fault = always(crashstatstest.Fault{Status: number(ts, value)})
		case "redirect":
			opts.Fault = always(crashstatstest.Fault{Redirect: value})
		case "refuse":
			refused = number(ts, value)
		default:
			ts.Fatalf("standin knows no %s", name)
		}
	}
	crashes := crashstatstest.Generate(corpus)
	var ids []string
	for _, c := range crashes {
		ids = append(ids, c.ID)
	}
	if refused > 0 {
		opts.Fault = refuse(ids[:refused])
	}
	ts.Check(writeFile(ts.MkAbs("ids.txt"), linesWriter(ids)))
	srv := crashstatstest.NewWithOptions(crashes, opts)
	ts.Defer(srv.Close)
	ts.Setenv("STANDIN", srv.URL())
	ts.Value(standInKey).(map[string]*crashstatstest.Server)[srv.URL()] = srv
}

func number(ts *testscript.TestScript, s string) int {
	n, err := strconv.Atoi(s)
	ts.Check(err)
	return n
}

func always(f crashstatstest.Fault) crashstatstest.FaultFunc {
	return func(crashstatstest.Request) *crashstatstest.Fault { return &f }
}

// refuse answers requests for some crashes with an error that asking again doesn't mend.
func refuse(ids []string) crashstatstest.FaultFunc {
	return func(r crashstatstest.Request) *crashstatstest.Fault {
		if !slices.Contains(ids, r.CrashID()) {
			return nil
		}
		return &crashstatstest.Fault{Status: 400, Body: `{"error": "Bad request: this crash is refused"}`}
	}
}

func current(ts *testscript.TestScript) *crashstatstest.Server {
	srv := ts.Value(standInKey).(map[string]*crashstatstest.Server)[ts.Getenv("STANDIN")]
	if srv == nil {
		ts.Fatalf("$STANDIN is no stand-in")
	}
	return srv
}

// requests checks how many requests the stand-in got: requests N [ENDPOINT].
func requests(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: requests N [ENDPOINT]")
	}
	endpoint := strings.Join(args[1:], "")
	if got, want := current(ts).Count(endpoint), number(ts, args[0]); got != want {
		for _, r := range current(ts).Requests() {
			ts.Logf("%s %s %s: %d", r.Method, r.Endpoint, r.Params.Encode(), r.Status)
		}
		ts.Fatalf("%d requests %s, want %d", got, endpoint, want)
	}
}

// forget starts the counting of requests anew.
func forget(ts *testscript.TestScript, _ bool, _ []string) { current(ts).ForgetRequests() }

// newStandIn starts a stand-in for a test in Go.
func newStandIn(t *testing.T, corpus crashstatstest.Corpus, opts crashstatstest.Options) (*crashstatstest.Server, []string) {
	t.Helper()
	crashes := crashstatstest.Generate(corpus)
	ids := make([]string, len(crashes))
	for i, c := range crashes {
		ids[i] = c.ID
	}
	opts.Limit = -1
	srv := crashstatstest.NewWithOptions(crashes, opts)
	t.Cleanup(srv.Close)
	return srv, ids
}
