package history_test

import (
	"bufio"
	"compress/gzip"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/history"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/madeup"
	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/gitlists"
)

// realLists are the siglists of each commit of the real history, oldest first.
func realLists(tb testing.TB) []*gitlists.Lists {
	tb.Helper()
	bundle, err := filepath.Abs("../../../shared/siglists/history.bundle")
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := os.Stat(bundle); err != nil {
		tb.Skip("skipped: the history of the real lists is not beside the project: ", err)
	}
	if _, err := exec.LookPath("git"); err != nil {
		tb.Skip("skipped: git is not installed")
	}
	dir := filepath.Join(tb.TempDir(), "history.git")
	if out, err := exec.Command("git", "clone", "--quiet", "--mirror", bundle, dir).CombinedOutput(); err != nil {
		tb.Fatalf("%v: %s", err, out)
	}
	ctx := context.Background()
	repo, err := gitlists.Open(ctx, dir)
	if err != nil {
		tb.Fatal(err)
	}
	head, err := repo.Resolve(ctx, "HEAD")
	if err != nil {
		tb.Fatal(err)
	}
	commits, err := repo.Log(ctx, "", head.Hash)
	if err != nil {
		tb.Fatal(err)
	}
	var hashes []string
	for _, c := range commits {
		hashes = append(hashes, c.Hash)
	}
	lists, err := repo.ListsOf(ctx, hashes[len(hashes)-1], hashes)
	if err != nil {
		tb.Fatal(err)
	}
	return lists
}

func loadVersions(tb testing.TB, lists []*gitlists.Lists) []*siglists.Set {
	tb.Helper()
	loader := siglists.NewVersions(nil)
	sets := make([]*siglists.Set, len(lists))
	for i, l := range lists {
		set, err := loader.Load(l.FS())
		if err != nil {
			tb.Fatal(err)
		}
		sets[i] = set
	}
	return sets
}

// realCrashes are the real crashes beside the project.
func realCrashes(tb testing.TB) crashdata.Crashes {
	tb.Helper()
	f, err := os.Open("../../../shared/crashes/real.ndjson.gz")
	if err != nil {
		tb.Skip("skipped: the real crashes are not beside the project: ", err)
	}
	defer f.Close()
	in, err := gzip.NewReader(f)
	if err != nil {
		tb.Fatal(err)
	}
	var crashes crashdata.Crashes
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		c, err := crashdata.ParseProcessed(lines.Bytes())
		if err != nil {
			tb.Fatal(err)
		}
		crashes = append(crashes, c)
	}
	if err := lines.Err(); err != nil || len(crashes) == 0 {
		tb.Fatal(len(crashes), err)
	}
	return crashes
}

// TestRealHistoryIsPlain follows crashes through the real history, and holds that against making every
// signature at every commit with siglists that were loaded on their own.
func TestRealHistoryIsPlain(t *testing.T) {
	lists, crashes := realLists(t), append(realCrashes(t), madeUp(t, 300)...)
	h, err := history.Follow(context.Background(), crashes, loadVersions(t, lists), signatures.DefaultRules(),
		history.Options{Workers: 2, EachCrash: true})
	if err != nil {
		t.Fatal(err)
	}
	changes := make([]map[string]string, len(lists))
	for _, change := range h.SignatureChanges {
		if changes[change.Version] == nil {
			changes[change.Version] = map[string]string{}
		}
		changes[change.Version][change.ID] = change.Signature
	}
	changed, now := 0, map[string]string{}
	for i, l := range lists {
		set, err := l.Set()
		if err != nil {
			t.Fatal(err)
		}
		want, distinct := map[string]string{}, map[string]bool{}
		worker := signatures.NewGenerator(set, signatures.DefaultRules()).Worker()
		for _, c := range crashes {
			r, err := worker.Generate(c)
			if err != nil {
				t.Fatal(err)
			}
			if before, had := now[c.ID()]; !had || before != r.Signature {
				want[c.ID()] = r.Signature
			}
			now[c.ID()] = r.Signature
			distinct[r.Signature] = true
		}
		if diff := cmp.Diff(want, changes[i]); diff != "" && len(want)+len(changes[i]) > 0 {
			t.Fatalf("commit %d (-plain +fast):\n%s", i, diff)
		}
		v := h.Versions[i]
		if v.Signatures != len(distinct) || i > 0 && v.Changed != len(want) {
			t.Fatalf("commit %d: %d changed, %d signatures; want %d, %d", i, v.Changed, v.Signatures, len(want), len(distinct))
		}
		changed += v.Changed
	}
	if changed == 0 {
		t.Error("the history changes no signature: the test is broken")
	}
	t.Logf("%d changes", changed)
}

// madeUp are n made-up crashes.
func madeUp(tb testing.TB, n int) crashdata.Crashes {
	tb.Helper()
	crashes := make(crashdata.Crashes, 0, n)
	for _, doc := range madeup.Generate(1, n, madeup.Shape{}) {
		c, err := crashdata.ParseProcessed(doc)
		if err != nil {
			tb.Fatal(err)
		}
		crashes = append(crashes, c)
	}
	return crashes
}
