package concerns

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/madeup"
	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/lint"
)

func git(args ...string) []byte {
	out, _ := exec.Command("git", append([]string{"-C", "/tmp/hb.git"}, args...)...).Output()
	return out
}

func at(rev string) *siglists.Set {
	fsys := fstest.MapFS{}
	for _, n := range siglists.Names() {
		fsys[n.File()] = &fstest.MapFile{Data: git("show", rev+":socorro/signature/siglists/"+n.File())}
	}
	s, err := siglists.Load(fsys)
	if err != nil {
		return nil
	}
	return s
}

func TestHist(t *testing.T) {
	var crashes crashdata.Crashes
	files, _ := filepath.Glob("../../../shared/cases/insight/*/crashes.ndjson")
	seen := map[string]bool{}
	for _, f := range files {
		data, _ := os.ReadFile(f)
		for line := range bytes.Lines(data) {
			c := parsed(t, line)
			if !seen[c.ID()] {
				seen[c.ID()] = true
				crashes = append(crashes, c)
			}
		}
	}
	for _, doc := range madeup.Generate(1, 3000, madeup.Small) {
		crashes = append(crashes, parsed(t, doc))
	}
	revs := strings.Fields(string(git("log", "--reverse", "--format=%H", "HEAD")))
	var prev *siglists.Set
	n := 0
	for _, rev := range revs {
		set := at(rev)
		if prev != nil && set != nil {
			tally, err := compare.Compare(context.Background(), crashes, signatures.NewGenerator(prev, signatures.DefaultRules()), signatures.NewGenerator(set, signatures.DefaultRules()),
				compare.Options{Workers: 2, Examples: 1, Verdicts: true})
			if err != nil {
				t.Fatal(err)
			}
			var added []siglists.Line
			for _, v := range tally.Verdicts() {
				if v.Change.Added {
					added = append(added, v.Change.Line)
				}
			}
			never, _ := lint.Never(context.Background(), added)
			for _, c := range Of(tally, never) {
				n++
				text := fmt.Sprintf("%.9s %s %d of %d %s", rev, c.Kind, c.Crashes, c.Of, c.Why)
				if c.Line != nil {
					text += " LINE " + c.Line.String()
				}
				if len(c.Frames) > 0 {
					text += fmt.Sprintf(" FRAME %s %d", c.Frames[0].Frame, c.Frames[0].Crashes)
				}
				text += fmt.Sprint(" ", c.Counts)
				if len(c.Signatures) > 0 {
					text += " SIG " + strings.Join(c.Signatures[:min(3, len(c.Signatures))], " <- ")
				}
				fmt.Printf("%.260s\n", text)
			}
		}
		if set != nil {
			prev = set
		}
	}
	fmt.Println(n, len(revs))
}
