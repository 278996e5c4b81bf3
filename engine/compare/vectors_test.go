package compare

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/enginetest"
	"github.com/sigdiff/sigdiff/siglists"
)

// TestVectorsTogether compares the crashes of the vectors with themselves, each twice, which is where signatures are
// remembered.
func TestVectorsTogether(t *testing.T) {
	files, err := filepath.Glob("../signatures/testdata/vectors/*.ndjson.gz")
	if err != nil || len(files) == 0 {
		t.Fatalf("no vectors: %v", err)
	}
	for _, file := range files {
		crashes := map[string][]*crashdata.Crash{}
		enginetest.EachVector(t, file, func(v enginetest.Vector) {
			if c, err := crashdata.ParseProcessed(v.ProcessedCrash); err == nil && v.LoadError == "" && v.Ruleset == "" {
				crashes[v.Siglists] = append(crashes[v.Siglists], c)
			}
		})
		for lists, crashes := range crashes {
			set, err := siglists.LoadDir(filepath.Join("../../siglists/testdata", lists))
			if err != nil {
				t.Fatal(err)
			}
			checkTogether(t, signatures.NewGenerator(set, signatures.DefaultRules()), crashes)
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
	if diff := cmp.Diff(want, pairCounts(tally)); diff != "" {
		t.Errorf("(-each by itself +together):\n%s", diff)
	}
}
