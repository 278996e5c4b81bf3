package serve

import (
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	exposed "github.com/VictoriaMetrics/metrics"
)

// Crash data whose signature tells the lists apart: "foo" alone, or with the next frame where foo is a prefix.
const fooBar = `{"os":"Linux","threads":[{"frames":[{"function":"foo"},{"function":"bar"}]}]}`

const (
	fooResult    = `{"signature":"foo","notes":[],"extra":{"proto_signature":"foo | bar","normalized_frames":["foo","bar"]}}`
	fooBarResult = `{"signature":"foo | bar","notes":[],"extra":{"proto_signature":"foo | bar","normalized_frames":["foo","bar"]}}`
	emptyNote    = `"SignatureGenerationRule: CSignatureTool: no frame data for crashing thread (0)"`
	emptyResult  = `{"signature":"EMPTY: no frame data available","notes":[` + emptyNote + `],"extra":{}}`
)

func results(all ...string) string { return `{"results":[` + strings.Join(all, ",") + `]}` }

func TestCrashSignature(t *testing.T) {
	s := newTestServer(t, nil)
	for name, test := range map[string]struct {
		query, body string
		status      int
		want        string // of the answer
	}{
		"one job":            {"", `{"jobs":[` + fooBar + `]}`, 200, results(fooResult)},
		"in order":           {"", `{"jobs":[{},` + fooBar + `,{}]}`, 200, results(emptyResult, fooResult, emptyResult)},
		"other siglists":     {"?siglists=foo", `{"jobs":[` + fooBar + `]}`, 200, results(fooBarResult)},
		"the first siglists": {"?siglists=plain", `{"jobs":[` + fooBar + `]}`, 200, results(fooResult)},
		"other members":      {"", `{"a":{"jobs":[1]},"jobs":[` + fooBar + `],"b":"x"}`, 200, results(fooResult)},
		"a processed crash":  {"", `{"jobs":[{"json_dump":{"threads":[{"frames":[{"function":"foo"},{"function":"bar"}]}]}}]}`, 200, results(fooResult)},
		"a reason without a stack": {
			"", `{"jobs":[{"reason":"EXCEPTION_STACK_OVERFLOW"}]}`, 200,
			results(`{"signature":"stackoverflow | EMPTY: no frame data available","notes":[` + emptyNote + `],"extra":{}}`),
		},
		"Java":         {"", `{"jobs":[{"java_stack_trace":"a.E: x\n\tat b.c(D.java:1)"}]}`, 200, `"extra":{}}]}`},
		"names twice":  {"", `{"jobs":[{"os":1,"os":2,"threads":[]}]}`, 200, results(emptyResult)},
		"< and >":      {"", `{"jobs":[{"threads":[{"frames":[{"function":"a<b>"}]}]}]}`, 200, `"normalized_frames":["a<T>"]`},
		"no crash":     {"", `{"jobs":[5,` + fooBar + `]}`, 200, `{"results":[{"signature":"","notes":[],"extra":{},"error":"reading processed crash: not a processed crash"},` + fooResult + `]}`},
		"a list":       {"", `{"jobs":[[]]}`, 200, `"error":"reading crash data: it is no JSON object"}]}`},
		"no jobs":      {"", `{}`, 400, `{"error":"no jobs specified"}`},
		"empty jobs":   {"", `{"jobs":[]}`, 400, `{"error":"no jobs specified"}`},
		"null jobs":    {"", `{"jobs":null}`, 400, `{"error":"no jobs specified"}`},
		"jobs no list": {"", `{"jobs":{"a":1}}`, 400, `{"error":"jobs is no list"}`},
		"no object":    {"", `[1]`, 400, `{"error":"the body is no JSON object"}`},
		"no body":      {"", ``, 400, `{"error":"JSON parse error: `},
		"half a body":  {"", `{"jobs":[` + fooBar, 400, `{"error":"JSON parse error: `},
		"no JSON":      {"", `jobs=1`, 400, `{"error":"JSON parse error: `},
		"NaN":          {"", `{"jobs":[NaN]}`, 400, `{"error":"JSON parse error: `},
		"two bodies":   {"", `{"jobs":[{}]}{}`, 400, `{"error":"something comes behind the JSON object"}`},
		"rubbish":      {"", `{"jobs":[{}]}x`, 400, `{"error":"JSON parse error: `},
		"not served":   {"?siglists=pr/1", `{"jobs":[{}]}`, 400, `{"error":"siglists \"pr/1\" are not served here; plain, foo are"}`},
		"misspelt":     {"?siglist=foo", `{"jobs":[{}]}`, 400, `{"error":"the address may have one siglists=SPEC, and no \"siglist\""}`},
		"named twice":  {"?siglists=foo&siglists=plain", `{"jobs":[{}]}`, 400, `the address may have one siglists=SPEC`},
		"bad address":  {"?siglists=%zz", `{"jobs":[{}]}`, 400, `{"error":"the address can't be read`},
	} {
		w := post(s, "/api/CrashSignature/"+test.query, test.body)
		got := strings.TrimSpace(w.Body.String())
		if w.Code != test.status || !strings.Contains(got, test.want) || test.status == 200 && strings.HasPrefix(test.want, "{") && got != test.want {
			t.Errorf("%s: %d %s\nwant %d %s", name, w.Code, got, test.status, test.want)
		}
		if kind := w.Header().Get("Content-Type"); kind != "application/json" {
			t.Errorf("%s: Content-Type %s", name, kind)
		}
		if digest := w.Header().Get("Sigdiff-Digest"); (digest != "") != (test.status == 200) {
			t.Errorf("%s: digest %q with status %d", name, digest, w.Code)
		}
	}
}

// TestOrder: a thousand jobs at once come back in their order.
func TestOrder(t *testing.T) {
	s := newTestServer(t, func(c *Config) { c.Limits.Workers = 8 })
	var jobs, want []string
	for i := range 1000 {
		jobs = append(jobs, fmt.Sprintf(`{"threads":[{"frames":[{"function":"f%d"}]}]}`, i))
		want = append(want, fmt.Sprintf(`{"signature":"f%d","notes":[],"extra":{"proto_signature":"f%d","normalized_frames":["f%d"]}}`, i, i, i))
	}
	w := post(s, "/api/CrashSignature/", `{"jobs":[`+strings.Join(jobs, ",")+`]}`)
	if got := strings.TrimSpace(w.Body.String()); w.Code != http.StatusOK || got != results(want...) {
		t.Errorf("%d %.300s", w.Code, got)
	}
}

func TestBigQuery(t *testing.T) {
	s := newTestServer(t, nil)
	text := strings.ReplaceAll(fooBar, `"`, `\"`)
	for name, test := range map[string]struct {
		query, body string
		status      int
		want        string
	}{
		"JSON":            {"", `{"requestId":"r","caller":"c","sessionUser":"u","calls":[[` + fooBar + `],[{}]]}`, 200, `{"replies":["foo","EMPTY: no frame data available"]}`},
		"a text":          {"", `{"calls":[["` + text + `"]]}`, 200, `{"replies":["foo"]}`},
		"null":            {"", `{"calls":[[null],[` + fooBar + `],[null]]}`, 200, `{"replies":[null,"foo",null]}`},
		"no crash":        {"", `{"calls":[["x"],[5],[` + fooBar + `]]}`, 200, `{"replies":[null,null,"foo"]}`},
		"signature":       {"", `{"userDefinedContext":{"returns":"signature"},"calls":[[` + fooBar + `]]}`, 200, `{"replies":["foo"]}`},
		"json":            {"", `{"userDefinedContext":{"returns":"json"},"calls":[[` + fooBar + `],[null]]}`, 200, `{"replies":[` + fooResult + `,null]}`},
		"context behind":  {"", `{"calls":[[` + fooBar + `]],"userDefinedContext":{"returns":"json","siglists":"foo"}}`, 200, `{"replies":[` + fooBarResult + `]}`},
		"context is null": {"", `{"userDefinedContext":null,"calls":[[` + fooBar + `]]}`, 200, `{"replies":["foo"]}`},
		"two contexts":    {"", `{"userDefinedContext":{"returns":"json","siglists":"foo"},"calls":[[` + fooBar + `]],"userDefinedContext":{}}`, 200, `{"replies":["foo"]}`},
		"the address":     {"?siglists=foo", `{"calls":[[` + fooBar + `]],"userDefinedContext":{"siglists":"plain"}}`, 200, `{"replies":["foo | bar"]}`},
		"failure as json": {"", `{"userDefinedContext":{"returns":"json"},"calls":[[5]]}`, 200, `{"replies":[{"signature":"","notes":[],"extra":{},"error":"reading processed crash: not a processed crash"}]}`},
		"no call":         {"", `{"calls":[]}`, 200, `{"replies":[]}`},
		"no calls":        {"", `{"requestId":"r"}`, 400, `{"errorMessage":"there are no calls"}`},
		"no list":         {"", `{"calls":5}`, 400, `{"errorMessage":"calls is no list"}`},
		"no arguments":    {"", `{"calls":[[]]}`, 400, `{"errorMessage":"call 0: the function takes one argument, the crash data"}`},
		"two arguments":   {"", `{"calls":[[{}],[{},{}]]}`, 400, `{"errorMessage":"call 1: the function takes one argument, the crash data"}`},
		"no call's list":  {"", `{"calls":[{}]}`, 400, `{"errorMessage":"call 0: `},
		"other returns":   {"", `{"calls":[[{}]],"userDefinedContext":{"returns":"xml"}}`, 400, `{"errorMessage":"returns is \"xml\"`},
		"odd context":     {"", `{"calls":[[{}]],"userDefinedContext":{"returns":1}}`, 400, `{"errorMessage":"user_defined_context may have the texts returns and siglists, and nothing else"}`},
		"misspelt":        {"", `{"calls":[[{}]],"userDefinedContext":{"siglist":"foo"}}`, 400, `{"errorMessage":"user_defined_context may have`},
		"not served":      {"", `{"calls":[[{}]],"userDefinedContext":{"siglists":"x"}}`, 400, `{"errorMessage":"siglists \"x\" are not served here; plain, foo are"}`},
		"no JSON":         {"", `{"calls":[[{}]`, 400, `{"errorMessage":"JSON parse error: `},
		"no JSON context": {"", `{"userDefinedContext":{`, 400, `{"errorMessage":"JSON parse error: `},
	} {
		w := post(s, "/bigquery"+test.query, test.body)
		got := strings.TrimSpace(w.Body.String())
		if w.Code != test.status || !strings.HasPrefix(got, test.want) || test.status == 200 && got != test.want {
			t.Errorf("%s: %d %s\nwant %d %s", name, w.Code, got, test.status, test.want)
		}
	}
}

// TestMetrics: what was asked and made is counted, by path and siglists; a path that isn't there is "other".
func TestMetrics(t *testing.T) {
	s := newTestServer(t, nil)
	post(s, "/api/CrashSignature/", `{"jobs":[`+fooBar+`,{},5]}`)
	post(s, "/api/CrashSignature/?siglists=foo", `{"jobs":[{}]}`)
	post(s, "/api/CrashSignature/", `{`)
	post(s, "/nothing/"+strings.Repeat("x", 100), `{}`)
	send(s, http.MethodGet, "/healthz", "", nil)
	got := send(s, http.MethodGet, "/metrics", "", nil).Body.String()
	v, err := s.Lists.find("plain")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`sigdiff_crashes_total{outcome="made",siglists="plain"} 2`,
		`sigdiff_crashes_total{outcome="failed",siglists="plain"} 1`,
		`sigdiff_crashes_total{outcome="made",siglists="foo"} 1`,
		`sigdiff_http_requests_total{code="200",path="/api/CrashSignature/"} 2`,
		`sigdiff_http_requests_total{code="400",path="/api/CrashSignature/"} 1`,
		`sigdiff_http_requests_total{code="404",path="other"} 1`,
		`sigdiff_http_requests_total{code="200",path="/healthz"} 1`,
		`sigdiff_http_request_duration_seconds_count{path="/api/CrashSignature/"} 3`,
		`sigdiff_http_requests_in_flight 1`,
		`sigdiff_siglists_info{digest="` + v.digest + `",revision="",siglists="plain"} 1`,
		`sigdiff_siglists_reloads_total{outcome="loaded"} 0`,
		`sigdiff_siglists_reloads_total{outcome="failed"} 0`,
	} {
		if !strings.Contains(got, want+"\n") {
			t.Errorf("no %s in\n%.6000s", want, got)
		}
	}
}

// TestPanic: a mistake in one crash's way through the engine is that crash's failure.
func TestPanic(t *testing.T) {
	b := newBatch(t.Context(), &version{}, make(chan struct{}, 1), 1000) // without a generator
	if err := b.add([]byte(fooBar)); err != nil {
		t.Fatal(err)
	}
	got, err := b.wait()
	if err != nil || len(got) != 1 || !strings.HasPrefix(got[0].Error, "a mistake of sigdiff's") {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestPageNamesAll: each endpoint has its place in the documentation.
func TestPageNamesAll(t *testing.T) {
	page, err := os.ReadFile("../docs/serve.md")
	if err != nil {
		t.Fatal(err)
	}
	for path := range newTestServer(t, nil).routes {
		if !regexp.MustCompile("(?m)^## .*`[A-Z]+ " + path + "`").Match(page) {
			t.Errorf("docs/serve.md has no heading for %s", path)
		}
	}
}

// TestMetricLabels: whatever a SPEC holds, its metric is one line that can be read.
func TestMetricLabels(t *testing.T) {
	got := metric("m", "a", `C:\lists "x"`+"\n}", "b", "")
	if want := `m{a="C:\\lists \"x\"\n}",b=""}`; got != want {
		t.Errorf("%s, not %s", got, want)
	}
	if err := exposed.ValidateMetric(got); err != nil {
		t.Error(err)
	}
}
