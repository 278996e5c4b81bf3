package compare

import (
	"cmp"
	"os"
	"path/filepath"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/enginetest"
	"github.com/sigdiff/sigdiff/siglists"
)

// TestVectorsTogether compares the crashes of the vectors with themselves, each twice, which is where signatures are
// remembered.
func TestVectorsTogether(t *testing.T) {
	together(t, "../signatures/testdata/vectors/*.ndjson.gz", "../../siglists/testdata")
}

func TestSharedVectorsTogether(t *testing.T) {
	if _, err := os.Stat("../../../shared/vectors"); err != nil {
		t.Skip("skipped: no ../shared beside the project, so the vectors on real siglists can't be read")
	}
	together(t, "../../../shared/vectors/*.ndjson.gz", "../../../shared/siglists")
}

func together(t *testing.T, pattern, dir string) {
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no vectors: %v", err)
	}
	for _, file := range files {
		crashes := map[[2]string][]*crashdata.Crash{}
		enginetest.EachVector(t, file, func(v enginetest.Vector) {
			if c, err := crashdata.ParseProcessed(v.ProcessedCrash); err == nil && v.LoadError == "" {
				key := [2]string{v.Siglists, cmp.Or(v.Ruleset, "default")}
				crashes[key] = append(crashes[key], c)
			}
		})
		for key, crashes := range crashes {
			set, err := siglists.LoadDir(filepath.Join(dir, key[0]))
			if err != nil {
				t.Fatal(err)
			}
			rules, err := signatures.ParseRuleset(key[1])
			if err != nil {
				t.Fatal(err)
			}
			checkTogether(t, signatures.NewGenerator(set, rules), crashes)
		}
	}
}

func checkTogether(t *testing.T, g *signatures.Generator, crashes []*crashdata.Crash) {
	t.Helper()
	want, w := map[Pair]int{}, g.Worker()
	for _, c := range crashes {
		r, err := w.Generate(c)
		if err != nil {
			t.Fatal(err)
		}
		want[Pair{r.Signature, r.Signature}] += 2
	}
	tally, err := Compare(t.Context(), inParts(crashes, 2), g, g, Options{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(want, pairCounts(tally)); diff != "" {
		t.Errorf("(-each by itself +together):\n%s", diff)
	}
}
