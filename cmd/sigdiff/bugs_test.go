package main

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sigdiff/sigdiff/internal/crashstatstest"
	"github.com/sigdiff/sigdiff/report"
)

// --bugs asks once for all bugs, and says what each one lacks and what the service has never seen.
func TestDiffBugs(t *testing.T) {
	const (
		hang  = "shutdownhang | nsAppShell::ProcessNextNativeEvent"
		after = "shutdownhang | mozilla::SpinEventLoopUntil<T> | mozilla::dom::quota::QuotaManager::Observer::Observe"
	)
	corpus := crashstatstest.Corpus{N: 10}
	srv, _ := newStandIn(t, corpus, crashstatstest.Options{Bugs: map[string][]int{
		hang: {222, 223}, after: {222}, "unrelated": {223, 224},
	}})
	known := crashstatstest.Generate(crashstatstest.Corpus{N: 1, Seed: 9})[0]
	known.Columns["signature"] = after
	srv.SetCrashes(append(crashstatstest.Generate(corpus), known))

	dir := filepath.Join(t.TempDir(), "demo")
	do := func(args ...string) *bytes.Buffer {
		t.Helper()
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), args, strings.NewReader(""), &stdout, &stderr); code != 0 {
			t.Fatalf("sigdiff %s: exit code %d\n%s", strings.Join(args, " "), code, &stderr)
		}
		return &stdout
	}
	do("demo", "--keep", dir)
	args := []string{
		"diff", "--cache", filepath.Join(dir, "crashes.db"), "--corpus", "demo", "--host", srv.URL(), "--bugs",
		"--base", filepath.Join(dir, "siglists", "base"), "--candidate", filepath.Join(dir, "siglists", "candidate"),
	}
	var got struct{ Bugs report.Bugs }
	if err := json.Unmarshal(do(append(args, "--format", "json")...).Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if n := srv.Count("Bugs"); n != 1 {
		t.Errorf("%d requests for bugs, want 1", n)
	}
	if b := got.Bugs; b.Settled != 1 || len(b.Updates) != 1 || b.Updates[0].ID != 223 || strings.Join(b.Updates[0].Add, ",") != after {
		t.Errorf("bugs: %+v", got.Bugs)
	}
	for _, a := range got.Bugs.After {
		if a.New == (a.Signature == after) {
			t.Errorf("%q: new is %v", a.Signature, a.New)
		}
	}
	srv.ForgetRequests()
	same := append([]string{}, args...)
	same[len(same)-1] = same[len(same)-3]
	if do(append(same, "--token-file", filepath.Join(dir, "none"))...); srv.Count("") != 0 {
		t.Errorf("%d requests where nothing changes", srv.Count(""))
	}
	if text := do(args...).String(); !strings.Contains(text, "\nBugs: 1 bug needs more signatures; 1 other has them already\n") {
		t.Errorf("the table says\n%s", text)
	}
}
