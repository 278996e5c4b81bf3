package fetch

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
)

// Answers of 1 MB, whatever is in them, make the client ask for no more than 200 MB of memory in all.
func TestHostileAnswers(t *testing.T) {
	const size = 1 << 20
	fill := func(start, middle, end string) []byte {
		return []byte(start + strings.Repeat(middle, (size-len(start)-len(end))/len(middle)) + end)
	}
	hit := `{"uuid":"0c5b2b21-4c3a-4f1c-8f1e-1d0b50261121","date":"2026-11-21T12:13:14+00:00"},`
	for name, body := range map[string][]byte{
		"nested":       fill("", "[", ""),
		"nested hits":  fill(`{"hits":`, "[", ""),
		"one hit":      fill(`{"hits":[`, hit, `{}],"total":9}`),
		"empty hits":   fill(`{"hits":[`, "{},", `{}],"total":9}`),
		"hit numbers":  fill(`{"hits":[`, "0,", `0],"total":9}`),
		"errors":       fill(`{"hits":[],"total":0,"errors":[`, "{},", "{}]}"),
		"long total":   fill(`{"hits":[],"total":`, "9", "}"),
		"long words":   fill(`{"error":"`, "a", `"}`),
		"many errors":  fill(`{"errors":{"a":[`, `"",`, `""]}}`),
		"field errors": fill(`{"errors":{`, `"a":[],`, `"b":[]}}`),
		"members":      fill(`{"a":0`, `,"b":0`, `}`),
		"page":         fill("<", "p>", ""),
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			if a, err := parseAnswer(body, slice{number: 10}); err == nil && len(a.hits) > 10 {
				t.Errorf("%d hits", len(a.hits))
			}
			words, _ := serviceWords(body)
			_, _ = parseFields(body)
			runtime.ReadMemStats(&after)
			if allocated := (after.TotalAlloc - before.TotalAlloc) >> 20; allocated > 200 || len(words) > 2000 {
				t.Errorf("%d MB allocated, words of %d bytes", allocated, len(words))
			}
		})
	}
}

// TestLargestAnswer: the largest answer comes as it is, and nothing that is larger, whatever was announced.
func TestLargestAnswer(t *testing.T) {
	c := mustNew(t, Config{})
	for size, whole := range map[int64]bool{0: true, freeSize: true, freeSize + 1: true, largestAnswer: true, largestAnswer + 1: false} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, DefaultHost, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		body := io.NopCloser(io.LimitReader(endless{}, size))
		for range 2 { // after one that is too large others are read
			got, release, err := c.read(&http.Response{Request: request, ContentLength: -1, Body: body})
			if (err == nil) != whole || whole && int64(len(got)) != size || !whole && err.Error() != "the answer is larger than 32 MB" {
				t.Errorf("%d bytes: %d came, %v", size, len(got), err)
			}
			if err == nil {
				release()
			}
			body = io.NopCloser(io.LimitReader(endless{}, size))
		}
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// What a service repeats of the token is gone from all that it is quoted with.
func TestTokenIsHidden(t *testing.T) {
	const secret = "s3cretS3CRET"
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprintf(w, `{"error": "no token %s, %s"}`, secret, secret)
	}))
	defer srv.Close()
	c := mustNew(t, Config{Host: srv.URL, Token: NewToken(secret)})
	_, err := c.Count(t.Context(), lastWeeks(t))
	if err == nil || strings.Contains(err.Error(), secret) || !strings.Contains(err.Error(), "no token [token], [token]") {
		t.Errorf("error: %v", err)
	}
	for text, want := range map[string]string{
		"": "", "https://" + strings.ToLower(secret) + ".example": "https://[token].example", "a" + secret: "a[token]", "other": "other",
	} {
		if got := NewToken(secret).without(text); got != want {
			t.Errorf("%q became %q", text, got)
		}
		if got := (Token{}).without(text); got != text {
			t.Errorf("without a token %q became %q", text, got)
		}
	}
}
