package web

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/edited"
	"github.com/sigdiff/sigdiff/internal/enginetest"
	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/serve"
	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/workbench"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newTest makes a server that serves a workbench.
func newTest(t testing.TB) *httptest.Server {
	t.Helper()
	return newLimited(t, serve.DefaultLimits())
}

// newLimited is newTest with other limits, and with further pages.
func newLimited(t testing.TB, limits serve.Limits, hold ...http.Handler) *httptest.Server {
	t.Helper()
	set := enginetest.NewSet(t, "sentinel", "skipped\npoll2\nto\u202etxt", "gone\nlonger", "lined")
	var crashes crashdata.Crashes
	for _, doc := range enginetest.PageCrashes() {
		c, err := crashdata.ParseProcessed(doc)
		if err != nil {
			t.Fatal(err)
		}
		crashes = append(crashes, c)
	}
	return newTestOver(t, set, crashes, limits, hold...)
}

// newTestOver is newLimited with other crashes.
func newTestOver(t testing.TB, set *siglists.Set, crashes crashdata.Crashes, limits serve.Limits, hold ...http.Handler) *httptest.Server {
	t.Helper()
	side := signatures.NewGenerator(set, signatures.DefaultRules())
	base, err := workbench.NewBase(t.Context(), crashes, side, 2)
	if err != nil {
		t.Fatal(err)
	}
	w := workbench.New(workbench.Config{
		Base: base, Lists: edited.Lists{Set: set, Info: report.Side{Spec: "base"}}, Rules: signatures.DefaultRuleset,
		Corpus: report.Corpus{Name: "made-up", Crashes: base.Crashes()}, Folder: "lists",
		Command: workbench.Command{Base: "base", Flags: []string{"--corpus", "made-up"}},
	})
	lists, err := serve.NewLists(t.Context(), func(context.Context, string) (serve.Loaded, error) {
		return serve.Loaded{Set: set, Rules: side.Rules}, nil
	}, func(string) {}, "base")
	if err != nil {
		t.Fatal(err)
	}
	config := serve.Config{Lists: lists, Limits: limits}
	config.Pages, err = Pages(w, func(_ context.Context, number int) ([]siglists.Change, error) {
		if number != 7 {
			return nil, errors.New("no pull request <b>here</b>")
		}
		return siglists.ReadChanges(strings.NewReader("+ prefix poll\n- irrelevant skipped"))
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range hold {
		config.Pages["POST /hold"] = page
	}
	s := httptest.NewServer(serve.New(config))
	t.Cleanup(func() {
		s.Close()
		http.DefaultClient.CloseIdleConnections()
	})
	return s
}

// send sends a request, with some headers.
func send(t testing.TB, method, url, body string, headers ...string) (status int, text string, header http.Header) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		if r.Header.Set(headers[i], headers[i+1]); headers[i] == "Host" {
			r.Host = headers[i+1]
		}
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	content, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(content), resp.Header
}
