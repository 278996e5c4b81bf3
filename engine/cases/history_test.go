package cases_test

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/sigdiff/sigdiff/engine/cases"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/gitlists"
)

// version is the siglists of a commit.
type version struct {
	gitlists.Commit
	set *siglists.Set
}

// realVersions are the siglists of each commit of the real history, oldest first.
func realVersions(t *testing.T) []version {
	t.Helper()
	bundle, err := filepath.Abs("../../../shared/siglists/history.bundle")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(bundle); err != nil {
		t.Skip("skipped: the history of the real lists is not beside the project: ", err)
	}
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("skipped: git is not installed")
	}
	dir := filepath.Join(t.TempDir(), "history.git")
	if out, err := exec.Command("git", "clone", "--quiet", "--mirror", bundle, dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	ctx := context.Background()
	repo, err := gitlists.Open(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	head, err := repo.Resolve(ctx, "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	commits, err := repo.Log(ctx, "", head.Hash)
	if err != nil {
		t.Fatal(err)
	}
	var hashes []string
	for _, c := range commits {
		hashes = append(hashes, c.Hash)
	}
	lists, err := repo.ListsOf(ctx, hashes[len(hashes)-1], hashes)
	if err != nil {
		t.Fatal(err)
	}
	loader := siglists.NewVersions(nil)
	versions := make([]version, len(lists))
	for i, l := range lists {
		set, err := loader.Load(l.FS())
		if err != nil {
			t.Fatal(err)
		}
		versions[i] = version{commits[i], set}
	}
	return versions
}

// names are texts that a line may match: what is left of it when what stands for other texts is filled in.
func names(text string) []string {
	filled := text
	for _, fill := range [][2]string{
		{`\((\?:)?([^()|]*)(\|[^()]*)?\)`, "$2"},
		{`\[([A-Za-z0-9_])[^]]*\]`, "$1"},
		{`\\d`, "1"},
		{`\.[*+]`, "x"},
		{`\{\d.*?\}`, ""},
		{`\\(.)`, "$1"},
		{`(\w)[?+*]`, "$1"},
		{`[$^?]`, ""},
	} {
		filled = regexp.MustCompile(fill[0]).ReplaceAllString(filled, fill[1])
	}
	return []string{text, filled, strings.ReplaceAll(filled, "|", ""), filled + "x", filled + "::x"}
}

// stacks are crashes that a line may decide.
func stacks(t *testing.T, l siglists.Line) [][]byte {
	t.Helper()
	var docs [][]byte
	for _, name := range names(l.Text) {
		for _, member := range []string{"function", "module", "offset"} {
			it := map[string]any{member: strings.TrimPrefix(name, "@"), "line": 7, "file": "a.cpp"}
			if member != "function" {
				it = map[string]any{member: it[member]}
			}
			next := map[string]any{"function": "sigdiff_test::Next"}
			frames := []any{it, next, next}
			if l.List == siglists.Sentinels {
				frames = []any{next, it, map[string]any{"function": "sigdiff_test::Last"}}
			}
			doc, err := json.Marshal(map[string]any{"json_dump": map[string]any{"threads": []any{map[string]any{"frames": frames}}}})
			if err != nil {
				t.Fatal(err)
			}
			docs = append(docs, doc)
		}
	}
	return docs
}

// caseOf is a case that stands for a line of siglists; nil where none of the stacks makes one.
func caseOf(t *testing.T, set *siglists.Set, l siglists.Line) *cases.Case {
	t.Helper()
	g := signatures.NewGenerator(set, signatures.DefaultRules())
	for _, doc := range stacks(t, l) {
		if c, err := cases.Make(doc, g, cases.Options{Line: &l}); err == nil {
			return c
		}
	}
	return nil
}

func passes(t *testing.T, c *cases.Case, set *siglists.Set) bool {
	t.Helper()
	outcomes, _, err := cases.Run(context.Background(), []*cases.Case{c}, signatures.NewGenerator(set, signatures.DefaultRules()))
	if err != nil {
		t.Fatal(err)
	}
	return outcomes[0].Passed()
}

// TestRealReverts makes a case of every line that was ever added to the real lists, and follows the history: a commit
// that takes a line back fails its case, unless another line does the same, which is there or comes with the commit.
func TestRealReverts(t *testing.T) {
	versions := realVersions(t)
	live := map[siglists.Line]*cases.Case{}
	added, without, caught, replaced, idle := 0, 0, 0, 0, 0
	for i := 1; i < len(versions); i++ {
		before, now := versions[i-1], versions[i]
		changes := siglists.Diff(before.set, now.set)
		for _, change := range changes {
			l := siglists.Line{List: change.Line.List, Text: change.Line.Text}
			c := live[l]
			switch {
			case change.Added:
				added++
				if live[l] = caseOf(t, now.set, l); live[l] == nil {
					without++
				}
				continue
			case c == nil || !passes(t, c, before.set):
				continue // an earlier commit failed it
			case !passes(t, c, now.set):
				caught++
			case passes(t, c, removalsAlone(t, before.set, []siglists.Change{change})):
				idle++ // another line did the same already
			case passes(t, c, removalsAlone(t, before.set, changes)):
				t.Errorf("%.12s %s: takes back %s, and its case passes", now.Hash, now.Subject, cases.LineText(l))
			default:
				replaced++
			}
			delete(live, l)
		}
	}
	t.Logf("%d lines added, %d without a case; taken back: %d fail their case, %d were replaced by another line, %d had one beside them", added, without, caught, replaced, idle)
	if caught == 0 || without*10 > added {
		t.Error("too few cases were made or failed: the test is broken")
	}
}

// removalsAlone are siglists with what changes remove, and without what they add.
func removalsAlone(t *testing.T, set *siglists.Set, changes []siglists.Change) *siglists.Set {
	t.Helper()
	var removals []siglists.Change
	for _, c := range changes {
		if !c.Added {
			removals = append(removals, c)
		}
	}
	set, err := set.With(removals)
	if err != nil {
		t.Fatal(err)
	}
	return set
}
