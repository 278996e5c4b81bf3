package main

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/fetch"
	"github.com/sigdiff/sigdiff/internal/atomicfile"
	"github.com/sigdiff/sigdiff/internal/crashstatstest"
	"github.com/sigdiff/sigdiff/siglists"
)

// standInKey is where a script keeps its stand-ins of Crash Stats, by address.
const standInKey = "stand-ins"

// standIn starts a stand-in of Crash Stats with made-up crashes and puts its address into $STANDIN, and
// the ids of the crashes into ids.txt: standin [crashes=N] [missing=N] [faults=SHARE] [limit=N]
// [token=SECRET] [status=N] [refuse=N] [redirect=URL] [signatures=DIR] [wrong=N]. status answers every
// request with it; refuse does so with a 400 for that many crashes. signatures makes signatures with the
// siglists in a folder; wrong answers the request for signatures with that number, from 0, with a 400.
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
			opts.Tokens = map[string]bool{value: true}
		case "status":
			opts.Fault = always(crashstatstest.Fault{Status: number(ts, value)})
		case "redirect":
			opts.Fault = always(crashstatstest.Fault{Status: 302, Header: http.Header{"Location": {value}}})
		case "refuse":
			refused = number(ts, value)
		case "signatures":
			opts.Signature = signatureMaker(ts, ts.MkAbs(value))
		case "wrong":
			opts.Fault = wrongRequest("CrashSignature", number(ts, value))
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
	ts.Check(atomicfile.Write(ts.MkAbs("ids.txt"), atomicfile.Lines(ids)))
	srv := crashstatstest.New(crashes, opts)
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

// wrongRequest answers one request of an endpoint, by its number, with a 400.
func wrongRequest(endpoint string, nth int) crashstatstest.FaultFunc {
	return func(r crashstatstest.Request) *crashstatstest.Fault {
		if r.Endpoint != endpoint || r.Nth != nth {
			return nil
		}
		return &crashstatstest.Fault{Status: 400, Body: `{"error": "Bad request: this one is refused"}`}
	}
}

// signatureMaker makes the signatures of crash data as the service does, with the siglists of a folder.
func signatureMaker(ts *testscript.TestScript, dir string) func(json.RawMessage) any {
	set, err := siglists.LoadDir(dir)
	ts.Check(err)
	rules, err := signatures.ParseRuleset(signatures.DefaultRuleset)
	ts.Check(err)
	return answerWith(signatures.NewGenerator(set, rules))
}

func answerWith(generator *signatures.Generator) func(json.RawMessage) any {
	return func(job json.RawMessage) any {
		crash, err := crashdata.ParseProcessed(processedFrom(job))
		if err != nil {
			return fetch.SignatureResult{Notes: []string{err.Error()}}
		}
		result, err := generator.Worker().Generate(crash)
		if err != nil {
			return fetch.SignatureResult{Notes: []string{err.Error()}}
		}
		return fetch.SignatureResult{Signature: result.Signature, Notes: append([]string{}, result.Notes...)}
	}
}

// processedFrom makes a processed crash that has this crash data.
func processedFrom(data json.RawMessage) []byte {
	var members map[string]json.RawMessage
	if json.Unmarshal(data, &members) != nil {
		return nil
	}
	members["json_dump"], _ = json.Marshal(map[string]any{ // RawMessages that were read as JSON
		"threads":     members["threads"],
		"crash_info":  map[string]json.RawMessage{"crashing_thread": members["crashing_thread"], "type": members["reason"]},
		"system_info": map[string]json.RawMessage{"os": members["os"]},
	})
	doc, _ := json.Marshal(members)
	return doc
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
	srv := crashstatstest.New(crashes, opts)
	t.Cleanup(srv.Close)
	return srv, ids
}
