package serve

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/enginetest"
	"github.com/sigdiff/sigdiff/siglists"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// loadSpecs loads lists of one line each. That of the prefixes is the SPEC.
func loadSpecs(t testing.TB) func(context.Context, string) (Loaded, error) {
	return func(_ context.Context, spec string) (Loaded, error) {
		if spec == "bad" {
			return Loaded{}, errors.New("no such lists")
		}
		return Loaded{Set: prefixSet(t, spec), Rules: signatures.DefaultRules()}, nil
	}
}

// newTestServer makes a server of the lists "plain" and "foo": with the latter, foo takes the next frame along.
func newTestServer(t testing.TB, change func(*Config)) *Server {
	t.Helper()
	lists, err := NewLists(t.Context(), loadSpecs(t), func(string) {}, "plain", "foo")
	if err != nil {
		t.Fatal(err)
	}
	c := Config{Lists: lists, Limits: DefaultLimits()}
	c.Limits.Workers = 2
	if change != nil {
		change(&c)
	}
	return New(c)
}

// prefixSet are lists with one line of prefixes.
func prefixSet(t testing.TB, prefix string) *siglists.Set {
	t.Helper()
	return enginetest.NewSet(t, "sentinel", "irrelevant", prefix, "lined")
}

// post sends a body as who makes no mistake.
func post(s http.Handler, path, body string) *httptest.ResponseRecorder {
	return send(s, http.MethodPost, path, body, nil)
}

// send sends a request with some headers in place of the usual ones; Host is one of them.
func send(s http.Handler, method, path, body string, headers map[string]string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, io.NopCloser(strings.NewReader(body)))
	r.Host = "127.0.0.1:8073"
	r.Header.Set("Content-Type", "application/json")
	for name, value := range headers {
		r.Header.Set(name, value)
		if name == "Host" {
			r.Host = value
		}
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}
