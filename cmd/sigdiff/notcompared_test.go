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
	"time"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/madeup"
	"github.com/sigdiff/sigdiff/siglists"
)

// What could not be compared comes before everything else, in every format, and the exit code says it. CSV
// has rows for crashes alone, so there stderr says it, as it does for all.
func TestNotComparedComesFirst(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "crashes.db")
	base, candidate := filepath.Join(dir, "base"), filepath.Join(dir, "candidate")
	_, one, two := madeup.Demo()
	if err := errors.Join(os.CopyFS(base, one), os.CopyFS(candidate, two)); err != nil {
		t.Fatal(err)
	}
	var ids []string
	c, err := cache.Open(path, cache.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w := c.Writer(t.Context())
	for id, doc := range madeup.Generate(1, 3, madeup.Shape{}) {
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
		"text":     regexp.MustCompile("^" + want + "\n"),
		"markdown": regexp.MustCompile(`^## [^\n]*\n\n\*\*` + want + `\*\*\n`),
		"html":     regexp.MustCompile(`^(?:[^<]|<[^h]|<h[^2])*<h2[^>]*>` + want), // the first of its sections
	}
	for _, format := range []string{"text", "markdown", "html", "csv", "json"} {
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

// A cached crash that can't be read, as an earlier version fetched some, is counted and named by every command, with
// what helps; an exported corpus goes without it.
func TestUnreadableCrashIsNamed(t *testing.T) {
	dir := t.TempDir()
	path, exported := filepath.Join(dir, "crashes.db"), filepath.Join(dir, "all.sigcorpus")
	const bad, good = "6a677f32-6b3a-4038-a4ae-12e582151129", "6a677f32-6b3a-4038-a4ae-12e582151130"
	c, err := cache.Open(path, cache.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w := c.Writer(t.Context())
	err = errors.Join(
		w.Put(t.Context(), cache.Entry{ID: bad, Processed: []byte(`{"uuid": "` + bad + `", "signature": "` + "\xff" + `"}`)}),
		corpora.Put(t.Context(), w, good, nil, []byte(`{"uuid": "`+good+`", "signature": "foo", "java_stack_trace": "E: it\n at x"}`)),
		w.Close(), c.PutCorpus(cache.Corpus{Name: "all", IDs: []string{bad, good}}), c.Close(),
	)
	_, lists, _ := madeup.Demo()
	if err := errors.Join(err, os.CopyFS(filepath.Join(dir, "lists"), lists)); err != nil {
		t.Fatal(err)
	}
	sides := filepath.Join(dir, "lists")
	for _, args := range [][]string{
		{"corpus", "create", "foo", "--signature", "foo"},
		{"corpus", "show", "all"},
		{"corpus", "show", "all", "--format", "json"},
		{"corpus", "export", "all", "-o", exported, "--with-documents"},
		{"diff", "--base", sides, "--candidate", sides},
		{"lint", sides, "--corpus", "all"},
		{"bench", "--corpus", "all"},
	} {
		var stdout, stderr bytes.Buffer
		code := run(t.Context(), append([]string{"--cache", path}, args...), strings.NewReader(""), &stdout, &stderr)
		if code != exit.Incomplete || !strings.Contains(stderr.String(), "fetch --refresh ID") {
			t.Errorf("%q: exit code %d\n%s", args, code, &stderr)
		}
		if args[0] == "corpus" && !strings.Contains(stderr.String(), bad+": making the crash record") {
			t.Errorf("%q doesn't name it: %s", args, &stderr)
		}
	}
	var stdout, stderr bytes.Buffer
	args := []string{"--cache", filepath.Join(dir, "there.db"), "corpus", "import", exported}
	if code := run(t.Context(), args, strings.NewReader(""), &stdout, &stderr); code != exit.OK || !strings.Contains(stdout.String(), "2, 1 cached, 1 missing") {
		t.Errorf("exit code %d\n%s%s", code, &stdout, &stderr)
	}
}

// A file of anything but crashes is given up after some of it, and what is wrong with it is not said without end.
func TestSignatureOfNoCrashes(t *testing.T) {
	lists := t.TempDir()
	for _, name := range siglists.Names() {
		if err := os.WriteFile(filepath.Join(lists, name.File()), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, format := range []string{"text", "json"} {
		in := strings.NewReader(strings.Repeat("[]\n", 3*corpora.MaxFailures))
		var stdout, stderr bytes.Buffer
		code := run(t.Context(), []string{"signature", "--siglists", lists, "--input", "-", "--format", format}, in, &stdout, &stderr)
		if code != exit.Incomplete || !strings.Contains(stderr.String(), "what follows is not read") || strings.Count(stderr.String(), "\n") > 2*maxNamed {
			t.Errorf("%s: exit code %d\n%.2000s", format, code, &stderr)
		}
		if lines, want := strings.Count(stdout.String(), "\n"), map[string]int{"json": corpora.MaxFailures}[format]; lines != want {
			t.Errorf("%s: %d lines, want %d", format, lines, want)
		}
	}
}

// Every command counts the same crashes as missing, also those that the service lacks, and says how to get only those that
// can be got.
func TestMissingIsCountedAlike(t *testing.T) {
	dir := t.TempDir()
	path, lists := filepath.Join(dir, "crashes.db"), filepath.Join(dir, "lists")
	const good, bad = "6a677f32-6b3a-4038-a4ae-12e582151130", "6a677f32-6b3a-4038-a4ae-12e582151129"
	const lacking, unfetched = "6a677f32-6b3a-4038-a4ae-12e582151128", "6a677f32-6b3a-4038-a4ae-12e582151127"
	c, err := cache.Open(path, cache.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w := c.Writer(t.Context())
	doc := `{"uuid": "` + good + `", "signature": "foo", "crashing_thread": 0, "json_dump": {"threads": [{"frames": [{"function": "foo"}]}]}}`
	_, demo, _ := madeup.Demo()
	err = errors.Join(
		corpora.Put(t.Context(), w, good, nil, []byte(doc)), w.Put(t.Context(), cache.Entry{ID: bad, Processed: []byte(`{"signature": "` + "\xff" + `"}`)}),
		w.MarkMissing(t.Context(), lacking, cache.Processed, time.Now()), w.Close(),
		c.PutCorpus(cache.Corpus{Name: "missing", IDs: []string{good, lacking, unfetched}}), c.PutCorpus(cache.Corpus{Name: "failed", IDs: []string{good, lacking, bad}}),
		c.Close(), os.CopyFS(lists, demo),
	)
	if err != nil {
		t.Fatal(err)
	}
	for corpus, want := range map[string]string{
		"missing": ": 2 missing from the cache, 0 failed; 'sigdiff fetch' with their ids",
		"failed":  ": 1 missing from the cache, 1 failed; of crashes that can't be read, 'sigdiff fetch --refresh ID'",
	} {
		for _, args := range [][]string{
			{"diff", "--base", lists, "--candidate", lists, "--corpus", corpus},
			{"bench", "--corpus", corpus},
			{"lines", lists, "--corpus", corpus},
			{"lint", lists, "--corpus", corpus},
			{"pipelines", lists, "--corpus", corpus},
			{"suggest", "--signature", "foo", "--siglists", lists, "--corpus", corpus},
			{"accept", "--siglists", lists, "--corpus", corpus},
			{"correlate", corpus, corpus},
		} {
			if args[0] == "correlate" { // both corpora
				want = strings.NewReplacer(": 1 missing", ": 2 missing", ": 2 missing", ": 4 missing", "1 failed", "2 failed").Replace(want)
			}
			var stdout, stderr bytes.Buffer
			code := run(t.Context(), append([]string{"--cache", path}, args...), strings.NewReader(""), &stdout, &stderr)
			if code != exit.Incomplete || !strings.Contains(stderr.String(), want) {
				t.Errorf("%q: exit code %d, no %q in\n%s", args, code, want, &stderr)
			}
		}
	}
}

// TestUnreadAreCounted: of many crashes that can't be read not all are named, and how many more there are is said.
func TestUnreadAreCounted(t *testing.T) {
	var stderr strings.Builder
	err := (&app{stderr: &stderr}).unread(make([]compare.Failure, maxNamed+2), "not counted")
	if !strings.HasSuffix(stderr.String(), "\nsigdiff: and 2 more\n") || !strings.HasPrefix(err.Error(), "22 crashes can't be read: not counted") {
		t.Errorf("%v\n%s", err, &stderr)
	}
}
