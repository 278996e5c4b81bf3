package parity

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/fetch"
	"github.com/sigdiff/sigdiff/internal/cachetest"
	"github.com/sigdiff/sigdiff/internal/crashstatstest"
	"github.com/sigdiff/sigdiff/internal/enginetest"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/report"
)

// checked is a check of crashes with a stand-in for the service.
type checked struct {
	*Check
	srv   *crashstatstest.Server
	asked []int
}

// newCheck makes a check of crashes. The service makes signatures as the engine does, but for those of others.
func newCheck(t *testing.T, c *cache.Cache, batch int, others map[string]string, fault crashstatstest.FaultFunc) *checked {
	t.Helper()
	set := enginetest.NewSet(t, "", "skipped", "poll", "lined")
	generator := signatures.NewGenerator(set, signatures.DefaultRules())
	srv := crashstatstest.New(nil, crashstatstest.Options{Fault: fault, Signature: func(job json.RawMessage) any {
		for frame, signature := range others {
			if bytes.Contains(job, []byte(`"`+frame+`"`)) {
				return fetch.SignatureResult{Signature: signature, Notes: []string{"of the service"}}
			}
		}
		return fetch.SignatureResult{Signature: "poll | main"}
	}})
	client, err := fetch.New(fetch.Config{Host: srv.URL(), Rate: fetch.Unlimited})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close(); srv.Close() })
	check := &checked{srv: srv}
	check.Check = &Check{Cache: c, Signer: generator.NewSigner(), Client: client, Batch: batch, Asked: func(n int) { check.asked = append(check.asked, n) }}
	check.Found.Service = srv.URL()
	return check
}

// stacks are crashes with these stacks, one each.
func stacks(frames ...string) [][]byte {
	var all []enginetest.Stack
	for _, f := range frames {
		all = append(all, enginetest.NewStack(1, f, `, "signature": "poll"`))
	}
	return enginetest.Crashes(all...)
}

func code(err error) int {
	if e, ok := errors.AsType[*exit.Error](err); ok {
		return e.Code
	}
	return -1
}

// numbers are the numbers of crashes, in the order of failures.
func numbers(failures []compare.Failure) (all []int) {
	for _, f := range failures {
		all = append(all, slices.Index(cachetest.IDs(20), f.ID))
	}
	return all
}

// TestAsk: every crash is compared, differs, or is named among those that could not be compared.
func TestAsk(t *testing.T) {
	docs := stacks("poll main", "poll other", "skipped poll main", "poll main", "poll third")
	for _, test := range []struct {
		name    string
		batch   int
		others  map[string]string
		differ  []string // the service's signatures
		batches []int
	}{
		{"all equal", 10, map[string]string{"other": "poll | other", "third": "poll | third"}, nil, []int{5}},
		{"two differ", 10, map[string]string{"other": "poll", "third": "x"}, []string{"poll", "x"}, []int{5}},
		{"one at a time", 1, map[string]string{"other": "poll", "third": "x"}, []string{"poll", "x"}, []int{1, 1, 1, 1, 1}},
		{"two at a time", 2, map[string]string{"other": "poll", "third": "poll | third"}, []string{"poll"}, []int{2, 2, 1}},
		{"as many as there are", 5, map[string]string{"other": "", "third": "poll | third"}, []string{""}, []int{5}},
	} {
		check := newCheck(t, cachetest.New(t, docs...), test.batch, test.others, nil)
		err := check.Ask(t.Context(), cachetest.IDs(len(docs)))
		var differ []string
		for _, d := range check.Found.Differences {
			differ = append(differ, d.Service)
			if d.Engine == d.Service || d.Recorded != "poll" || d.EngineNotes == nil || !slices.Equal(d.ServiceNotes, []string{"of the service"}) {
				t.Errorf("%s: %+v", test.name, d)
			}
		}
		if f := check.Found; err != nil || f.Sample != 5 || f.Compared != 5 || len(f.NotCompared) != 0 || !slices.Equal(differ, test.differ) {
			t.Errorf("%s: %+v, %v", test.name, f, err)
		}
		if !slices.Equal(check.asked, test.batches) || len(check.srv.Requests()) != len(test.batches) {
			t.Errorf("%s: %d asked, %d requests", test.name, check.asked, len(check.srv.Requests()))
		}
		if err := check.Result(t.Context(), nil); err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

// TestIncomplete: crashes that can't be sent are named, with the reason, and the others are compared. What the service lost
// leaves nothing to be done.
func TestIncomplete(t *testing.T) {
	docs := stacks("poll main", "poll main", "poll main", "poll main", "poll main")
	docs[1] = nil
	docs[2] = bytes.Replace(docs[2], []byte(`"function"`), []byte(`"module": "`+strings.Repeat("x", largestJob)+`", "function"`), 1)
	c := cachetest.New(t, docs...)
	if n, err := c.Delete(t.Context(), []string{enginetest.ID(3)}, cache.Processed); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	check := newCheck(t, c, 2, nil, nil)
	if err := check.Ask(t.Context(), cachetest.IDs(5)); err != nil {
		t.Fatal(err)
	}
	f := check.Found
	if f.Sample != 5 || f.Compared != 2 || len(f.Differences) != 0 || !slices.Equal(numbers(f.NotCompared), []int{1, 2, 3}) {
		t.Fatalf("%+v", f)
	}
	for i, want := range []string{"not cached", "too large to be sent: 26", "not cached"} {
		if !strings.Contains(f.NotCompared[i].Err, want) {
			t.Errorf("%+v, want %s", f.NotCompared[i], want)
		}
	}
	for n, want := range []string{"3 crashes could", "2 crashes could", "1 crash could"} {
		if n > 0 {
			lose(t, c, []int{1, 3}[n-1])
		}
		if err := check.Result(t.Context(), nil); code(err) != exit.Incomplete || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	// With nothing else, what the service lost leaves nothing to be compared.
	check = newCheck(t, c, 2, nil, nil)
	if err := check.Ask(t.Context(), []string{enginetest.ID(1), enginetest.ID(3)}); err != nil || len(check.srv.Requests()) != 0 {
		t.Errorf("%v, %d requests", err, len(check.srv.Requests()))
	}
	if err := check.Result(t.Context(), nil); code(err) != exit.Incomplete || err.Error() != "no crash could be compared" {
		t.Errorf("%v", err)
	}
	check = newCheck(t, c, 2, nil, nil)
	if err := check.Ask(t.Context(), []string{enginetest.ID(0), enginetest.ID(1)}); err != nil {
		t.Error(err)
	}
	if err := check.Result(t.Context(), nil); err != nil {
		t.Errorf("but for what the service lost: %v", err)
	}
}

// limited makes no signatures: a pattern meets its limit.
type limited struct{ signatures.Signer }

func (limited) Generate(*crashdata.Crash) (signatures.Result, error) {
	return signatures.Result{}, errors.New("too many steps")
}

// TestNoSignature: a crash that gets no signature is left to be done, also one whose processed crash the service lost.
func TestNoSignature(t *testing.T) {
	c := cachetest.New(t, stacks("poll main")...)
	if n, err := c.Delete(t.Context(), cachetest.IDs(1), cache.Processed); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	lose(t, c, 0)
	check := newCheck(t, c, 1, nil, nil)
	check.Signer = limited{check.Signer}
	err := check.Ask(t.Context(), cachetest.IDs(1))
	if result := check.Result(t.Context(), err); code(result) != exit.Incomplete || !strings.HasPrefix(result.Error(), "1 crash could not") {
		t.Errorf("%v, %v", err, result)
	}
}

// lose marks the processed crash of a crash as one that the service lacks.
func lose(t *testing.T, c *cache.Cache, i int) {
	t.Helper()
	cachetest.Write(t, c, func(ctx context.Context, w *cache.Writer) error {
		return w.MarkMissing(ctx, enginetest.ID(i), cache.Processed, time.Unix(1_700_000_000, 0))
	})
}

// TestServiceFails: after an answer that says that there will be no others nothing more is asked; else the other crashes are.
func TestServiceFails(t *testing.T) {
	docs := stacks("poll main", "poll main", "poll main", "poll main", "poll main")
	for _, test := range []struct {
		name   string
		status int
		body   string
		ends   bool
		not    []int // not compared
		code   int
		text   string
	}{
		{"these crashes are refused", 400, `{"error": "odd"}`, false, []int{2, 3}, exit.Incomplete, "2 crashes could not be compared"},
		{"nobody may", 403, `{"error": "no"}`, true, []int{2, 3, 4}, exit.Failed, "3 crashes not compared. The same command"},
		{"no endpoint", 404, `{"error": "No service called 'CrashSignature'"}`, true, []int{2, 3, 4}, exit.Failed, "makes no signatures"},
		{"nothing there", 404, `{"error": "none"}`, true, []int{2, 3, 4}, exit.Failed, "makes no signatures"},
	} {
		requests := 0
		check := newCheck(t, cachetest.New(t, docs...), 2, nil, func(crashstatstest.Request) *crashstatstest.Fault {
			if requests++; requests == 2 {
				return &crashstatstest.Fault{Status: test.status, Body: test.body}
			}
			return nil
		})
		err := check.Ask(t.Context(), cachetest.IDs(5))
		if f := check.Found; (err != nil) != test.ends || f.Compared+len(test.not) != 5 || !slices.Equal(numbers(f.NotCompared), test.not) {
			t.Errorf("%s: %+v, %v", test.name, f, err)
		}
		for _, failure := range check.Found.NotCompared[2:] {
			if failure.Err != "not asked for, since the service failed before" {
				t.Errorf("%s: %+v", test.name, failure)
			}
		}
		if result := check.Result(t.Context(), err); code(result) != test.code || !strings.Contains(result.Error(), test.text) {
			t.Errorf("%s: %v", test.name, result)
		}
	}
}

// TestInterrupted: an interrupted check says so, and asks no more.
func TestInterrupted(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	check := newCheck(t, cachetest.New(t, stacks("poll main", "poll main", "poll main")...), 1, nil, nil)
	check.Asked = func(int) { stop() }
	if err := check.Ask(ctx, cachetest.IDs(3)); !errors.Is(err, context.Canceled) || len(check.srv.Requests()) != 1 {
		t.Errorf("%v after %d requests", err, len(check.srv.Requests()))
	}
}

// TestSent: what is sent is what signatures are made from, without what only some may see.
func TestSent(t *testing.T) {
	docs := enginetest.Crashes(enginetest.NewStack(1, "poll main", `, "url": "https://private.example", "user_comments": "private", "email": "private"`))
	c := cachetest.New(t)
	cachetest.Write(t, c, func(ctx context.Context, w *cache.Writer) error { // as an old version stored it
		return w.Put(ctx, cache.Entry{ID: enginetest.ID(0), Processed: docs[0]})
	})
	check := newCheck(t, c, 1, map[string]string{"main": "seen"}, nil)
	job, err := check.job(enginetest.ID(0))
	if err != nil || bytes.Contains(job.data, []byte("private")) || bytes.Contains(job.data, []byte(job.id)) || !bytes.Contains(job.data, []byte(`"poll"`)) {
		t.Errorf("%s, %v", job.data, err)
	}
}

// TestText: what people are shown of a report, and what programs are.
func TestText(t *testing.T) {
	r := Report{
		Service: "https://s\x1b", Siglists: report.Side{Spec: "main", Revision: "0123456789abcdef", Date: "2026-01-02T03:04:05Z", Digest: "d"}, Corpus: "c",
		Of: 5000, Sample: 1000, Compared: 1000,
		Differences: []Difference{
			{ID: "one", Engine: "a\x1b[2J", Service: "b", Recorded: "a\x1b[2J", ServiceNotes: []string{"n"}}, {ID: "two", Engine: "a", Service: "b", Recorded: "b"},
		},
		NotCompared: []compare.Failure{{ID: "three", Err: "x"}},
	}
	var text strings.Builder
	r.Text(&text)
	want := fmt.Sprintf(`1,000 crashes of c compared: 2 differ, 1 could not be compared
engine   siglists main, commit 0123456789ab of 2026-01-02, digest d
service  %s, the siglists and rules that it runs itself
sample   1,000 of 5,000

one
  engine    %s
  service   b
  service's note  n

two
  engine    a
  service   b
  recorded  b
`, report.Visible("https://s\x1b"), report.Visible("a\x1b[2J"))
	if text.String() != want || strings.Contains(text.String(), "\x1b") {
		t.Errorf("%q\nwant %q", text.String(), want)
	}
	text.Reset()
	(&Report{Siglists: report.Side{Spec: "old/", Digest: "d"}, Compared: 1}).Text(&text)
	if want := "1 crash compared: 0 differ, 0 could not be compared\nengine   siglists old/, digest d\n"; !strings.HasPrefix(text.String(), want) {
		t.Errorf("%q, want %q", text.String(), want)
	}
}

// TestNeverNull: a report of no crashes has lists in JSON.
func TestNeverNull(t *testing.T) {
	check := newCheck(t, cachetest.New(t), 1, nil, nil)
	if err := check.Ask(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(check.Found)
	if want := `"sample":0,"compared":0,"differences":[],"not_compared":[]`; err != nil || !strings.Contains(string(text), want) {
		t.Errorf("%s, %v", text, err)
	}
}
