package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/madeup"
)

// What could not be compared comes before everything else, in every format, and the exit code says it. CSV
// has rows for crashes alone, so there stderr says it, as it does for all.
func TestNotComparedComesFirst(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "crashes.db")
	base, candidate := filepath.Join(dir, "base"), filepath.Join(dir, "candidate")
	_, one, two, err := madeup.Demo()
	if err := errors.Join(err, os.CopyFS(base, one), os.CopyFS(candidate, two)); err != nil {
		t.Fatal(err)
	}
	var ids []string
	c, err := cache.Open(path, cache.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w := c.Writer(t.Context())
	for id, doc := range madeup.Generate(1, 3, madeup.Small) {
		ids = append(ids, id)
		if len(ids) < 3 {
			err = errors.Join(err, corpora.Put(t.Context(), w, id, nil, doc))
		}
	}
	if err := errors.Join(err, w.Close(), c.Close()); err != nil {
		t.Fatal(err)
	}
	const want = "1 of 3 crashes could not be compared: 1 missing, 0 failed"
	first := map[string]*regexp.Regexp{
		"table":    regexp.MustCompile("^" + want + "\n"),
		"markdown": regexp.MustCompile(`^## [^\n]*\n\n\*\*` + want + `\*\*\n`),
		"html":     regexp.MustCompile(`^(?:[^<]|<[^h]|<h[^2])*<h2[^>]*>` + want), // the first of its sections
	}
	for _, format := range []string{"table", "markdown", "html", "csv", "json"} {
		var stdout, stderr bytes.Buffer
		args := append([]string{"--cache", path, "diff", "--base", base, "--candidate", candidate, "--format", format, "--quiet"}, ids...)
		if code := run(t.Context(), args, strings.NewReader(""), &stdout, &stderr); code != exit.Incomplete {
			t.Errorf("%s: exit code %d: %s", format, code, &stderr)
		}
		if !strings.HasPrefix(stderr.String(), "sigdiff: not compared: 1 missing from the cache, 0 failed") {
			t.Errorf("%s: stderr: %s", format, &stderr)
		}
		if n := strings.Index(stdout.String(), want); first[format] != nil && (n < 0 || !first[format].MatchString(stdout.String())) {
			t.Errorf("%s: what is not compared is at %d", format, n)
		}
		if format == "json" {
			if n := totalsIn(t, stdout.Bytes()); n.Missing != 1 || n.Crashes != 3 {
				t.Errorf("json: %+v", n)
			}
		}
	}
}

func totalsIn(t *testing.T, report []byte) (n struct{ Crashes, Missing int }) {
	t.Helper()
	var r struct {
		Totals *struct{ Crashes, Missing int }
	}
	r.Totals = &n
	if err := json.Unmarshal(report, &r); err != nil {
		t.Fatal(err)
	}
	return n
}
