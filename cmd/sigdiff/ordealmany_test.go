//go:build ordeal

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/sigdiff/sigdiff/internal/atomicfile"
	"github.com/sigdiff/sigdiff/internal/crashstatstest"
	"github.com/sigdiff/sigdiff/internal/madeup"
)

// importAtOnce is how many crashes are written to a file and imported.
const importAtOnce = 20_000

// manyVersions is how many versions of the siglists history goes through.
const manyVersions = 20

// TestOrdealMany puts many crashes into one cache, and runs what goes through all of them.
func TestOrdealMany(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "crashes.db")
	base, candidate := demoLists(t, dir)
	repo := versions(t, filepath.Join(dir, "repo"), base)
	run := func(args ...string) {
		t.Helper()
		r := done(t, append([]string{"--cache", path}, args...)...)
		fmt.Printf("%-14s %8.1f s %6.0f MB resident, file %5.0f MB\n", called(args), r.took.Seconds(), float64(r.resident)/1e6, float64(sizeOf(t, path))/1e6)
	}
	g := madeup.NewGenerator(chance(t).Uint64(), madeup.Shape{})
	fmt.Printf("%d crashes\n", *ordealMany)
	for from := 0; from < *ordealMany; from += importAtOnce {
		file := filepath.Join(dir, "crashes.ndjson")
		writeGenerated(t, file, g, from, min(from+importAtOnce, *ordealMany))
		run("import", file, "--corpus", fmt.Sprint("part", from/importAtOnce))
	}
	if n := storedIn(t, path); n != *ordealMany {
		t.Fatalf("%d crashes are in the cache", n)
	}
	run("diff", "--base", base, "--candidate", candidate, "--format", "json", "-o", filepath.Join(dir, "diff.json"))
	run("diff", "--base", "recorded", "--candidate", candidate, "--format", "html", "-o", filepath.Join(dir, "diff.html"))
	run("history", "--repo", repo, "--limit", "0", "--format", "json", "-o", filepath.Join(dir, "history.json"))
	run("cache", "verify")
	run("cache", "compact")
	run("cache", "verify")
	run("cache", "stats")
	text, _ := os.ReadFile(filepath.Join(dir, "diff.json"))
	if n := totalsOf(t, text).Totals; n.Compared != *ordealMany || n.Changed == 0 {
		t.Fatalf("%+v", n)
	}
}

// called is what a table calls a command.
func called(args []string) string {
	switch args[0] {
	case "cache":
		return args[0] + " " + args[1]
	case "diff":
		return args[0] + " " + filepath.Base(args[2])
	}
	return args[0]
}

func writeGenerated(t *testing.T, path string, g *madeup.Generator, from, to int) {
	t.Helper()
	err := atomicfile.Write(path, func(w io.Writer) error {
		for i := from; i < to; i++ {
			if _, err := w.Write(append(g.Document(i), '\n')); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// versions makes a repository with so many versions of a set of siglists, each with one line more than the one before.
func versions(t *testing.T, repo, lists string) string {
	t.Helper()
	for _, name := range []string{"GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"} {
		t.Setenv(name, "a")
	}
	in := filepath.Join(repo, "socorro", "signature", "siglists")
	git(t, "init", "--quiet", "--initial-branch=main", repo)
	if err := os.CopyFS(in, os.DirFS(lists)); err != nil {
		t.Fatal(err)
	}
	prefix := filepath.Join(in, "prefix_signature_re.txt")
	for n, frame := range []string{"mozilla::", "js::", "ns", "std::", "core::"} {
		for m := range manyVersions / 5 {
			text := readText(t, prefix) + fmt.Sprintf("%s[%c-%c]\n", frame, 'A'+4*m, 'D'+4*m)
			if err := os.WriteFile(prefix, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			date := fmt.Sprintf("2026-%02d-%02dT12:00:00Z", 1+n, 1+m)
			t.Setenv("GIT_AUTHOR_DATE", date)
			t.Setenv("GIT_COMMITTER_DATE", date)
			git(t, "-C", repo, "add", ".")
			git(t, "-C", repo, "commit", "--quiet", "-m", "A line more")
		}
	}
	return repo
}

// TestOrdealFetch fetches many crashes from a service of which a tenth of the answers are faults. All
// arrive; the second run asks for no document.
func TestOrdealFetch(t *testing.T) {
	seed := chance(t).Uint64()
	path := filepath.Join(t.TempDir(), "crashes.db")
	corpus := crashstatstest.Corpus{N: *ordealFetched, Seed: seed, MissingEvery: 1000}
	srv, _ := newStandIn(t, corpus, crashstatstest.Options{TokenLimit: -1, Fault: crashstatstest.Faults(seed, 0.1, crashstatstest.Usual...)})
	args := append([]string{"--cache", path, "fetch", "--host", srv.URL(), "--rate", "0", "--workers", "16", "--corpus", "all", "--format", "json"}, everything...)
	for _, which := range []string{"first", "second"} {
		srv.ForgetRequests()
		r := done(t, args...)
		var sum fetchSummary
		if err := json.Unmarshal([]byte(r.stdout), &sum); err != nil {
			t.Fatal(err)
		}
		documents := srv.Count("ProcessedCrash") + srv.Count("RawCrash")
		fmt.Printf("%s run: %.1f s, %.0f MB resident, file %.0f MB; %d listed, %d fetched, %d cached, %d missing, %d failed, %d retried; %d requests, %d of them for documents\n",
			which, r.took.Seconds(), float64(r.resident)/1e6, float64(sizeOf(t, path))/1e6,
			sum.Listed, sum.Fetched, sum.Cached, sum.Missing, sum.Failed, sum.Retried, srv.Count(""), documents)
		there := *ordealFetched - *ordealFetched/1000
		if sum.Listed != *ordealFetched || sum.Fetched+sum.Cached != there || sum.Failed+sum.Left != 0 {
			t.Fatalf("%+v", sum.Summary)
		}
		if which == "second" && documents != 0 {
			t.Errorf("the second run asked for %d documents", documents)
		}
	}
	done(t, "--cache", path, "cache", "verify")
	checkCached(t, path, corpus)
}
