package main

import (
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/fetch"
	"github.com/sigdiff/sigdiff/internal/exit"
)

// TestPresentIsAfterWaiting: a service is asked once the cache can be had, about the time up to then.
func TestPresentIsAfterWaiting(t *testing.T) {
	settle(t)
	const stack = "wait | mozilla::Foo | main"
	srv := protoService(t, stack+" => "+stack, stack+" => "+stack)
	listsIn(t, "base", "wait")
	listsIn(t, "candidate", "wait", "mozilla::Foo")
	path := filepath.Join(t.TempDir(), "crashes.db")
	host := []string{"--host", srv.URL(), "--rate", "0", "--cache", path, "--wait", "3h"}
	runText(t, append([]string{"fetch", "--for", "candidate", "--base", "base", "--corpus", "for"}, host...)...)
	for _, args := range [][]string{
		{"fetch", "--product", "Firefox"},
		{"fetch", "--url", srv.URL() + "/search/?product=Firefox"},
		{"fetch", "--for", "candidate", "--base", "base"},
		{"screen", "--product", "Firefox", "--base", "base", "--candidate", "candidate"},
		{"review", "candidate", "--base", "base", "--output", "page.md"},
		{"verify", "candidate", "--base", "base", "--since", "yesterday", "--corpus", "for"},
	} {
		holder, err := cache.Open(path, cache.Options{})
		if err != nil {
			t.Fatal(err)
		}
		srv.ForgetRequests()
		var free time.Time
		stderr := &onFirst{do: func() {
			if n := srv.Count(""); n != 0 {
				t.Errorf("%s: %d requests before the cache can be had", args, n)
			}
			free = time.Now().UTC().Truncate(time.Microsecond)
			if err := holder.Close(); err != nil {
				t.Error(err)
			}
		}}
		code := run(t.Context(), append(args, host...), strings.NewReader(""), io.Discard, stderr)
		if code != exit.OK || !strings.HasPrefix(stderr.written.String(), "sigdiff: the cache is in use by another sigdiff; waiting") {
			t.Errorf("%s: exit code %d, %s", args, code, &stderr.written)
		}
		searches := 0
		for _, r := range srv.Requests() {
			for _, date := range r.Params["date"] {
				if end, isEnd := strings.CutPrefix(date, "<"); isEnd {
					searches++
					if to, err := fetch.ParseTime(strings.TrimPrefix(end, "=")); err != nil || to.Before(free) {
						t.Errorf("%s: searched up to %s, and the cache could be had at %s", args, date, free)
					}
				}
			}
		}
		if searches == 0 {
			t.Errorf("%s: no search", args)
		}
	}
}
