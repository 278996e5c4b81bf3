package concerns

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/madeup"
	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/lint"
)

func TestTry(t *testing.T) {
	dirs, _ := filepath.Glob("../../../shared/cases/insight/*")
	for _, dir := range dirs {
		var lines []string
		for _, c := range find(t, dir) {
			text := fmt.Sprintf("   %s crashes %d of %d why %q", c.Kind, c.Crashes, c.Of, c.Why)
			if c.Line != nil {
				text += " LINE " + c.Line.String()
			}
			for i, f := range c.Frames {
				if i < 3 {
					text += fmt.Sprintf(" FRAME %s %d", f.Frame, f.Crashes)
				}
			}
			text += fmt.Sprint(" ", c.Counts)
			for i, f := range c.Signatures {
				if i < 4 {
					text += fmt.Sprintf("\n        SIG %s", f)
				}
			}
			lines = append(lines, text)
		}
		fmt.Println(filepath.Base(dir) + "\n" + strings.Join(lines, "\n"))
	}
	_ = os.Stdout
}

func find(t *testing.T, dir string) []Concern {
	base, candidate := loadSet(t, filepath.Join(dir, "base")), loadSet(t, filepath.Join(dir, "candidate"))
	var crashes crashdata.Crashes
	data, err := os.ReadFile(filepath.Join(dir, "crashes.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(data) {
		crashes = append(crashes, parsed(t, line))
	}
	for _, doc := range madeup.Generate(1, 400, madeup.Small) {
		crashes = append(crashes, parsed(t, doc))
	}
	tally, err := compare.Compare(context.Background(), crashes, signatures.NewGenerator(base, signatures.DefaultRules()), signatures.NewGenerator(candidate, signatures.DefaultRules()),
		compare.Options{Workers: 2, Examples: 3, Verdicts: true})
	if err != nil {
		t.Fatal(err)
	}
	found, err := Find(context.Background(), tally)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func parsed(t *testing.T, doc []byte) *crashdata.Crash {
	c, err := crashdata.ParseProcessed(doc)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func loadSet(t *testing.T, dir string) *siglists.Set {
	set, err := siglists.Load(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	return set
}
