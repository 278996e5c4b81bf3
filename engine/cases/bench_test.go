package cases_test

import (
	"context"
	"os"
	"testing"
	"testing/fstest"

	"github.com/sigdiff/sigdiff/engine/cases"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/madeup"
	"github.com/sigdiff/sigdiff/siglists"
)

// BenchmarkHundred reads siglists and a hundred cases of made-up crashes, and runs the cases: all that 'sigdiff test' does.
func BenchmarkHundred(b *testing.B) {
	dir := "../../../shared/siglists/head"
	if _, err := os.Stat(dir); err != nil {
		b.Skip("skipped: the real lists are not beside the project: ", err)
	}
	set, err := siglists.LoadDir(dir)
	if err != nil {
		b.Fatal(err)
	}
	g := signatures.NewGenerator(set, signatures.DefaultRules())
	folder := fstest.MapFS{}
	for id, doc := range madeup.Generate(1, 100, madeup.Shape{}) {
		c, err := cases.Make(doc, g, cases.Options{})
		if err != nil {
			b.Fatal(err)
		}
		text, err := c.Marshal()
		if err != nil {
			b.Fatal(err)
		}
		folder[id+".json"] = &fstest.MapFile{Data: text}
	}
	for b.Loop() {
		set, err := siglists.LoadDir(dir)
		if err != nil {
			b.Fatal(err)
		}
		all, failures, err := cases.Load(folder)
		if err != nil || len(failures) > 0 {
			b.Fatal(err, failures)
		}
		outcomes, _, err := cases.Run(context.Background(), all, signatures.NewGenerator(set, signatures.DefaultRules()))
		if err != nil || len(outcomes) != len(folder) {
			b.Fatal(err)
		}
	}
}
