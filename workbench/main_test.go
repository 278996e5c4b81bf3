package workbench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"testing"

	"go.uber.org/goleak"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/edited"
	"github.com/sigdiff/sigdiff/internal/enginetest"
	"github.com/sigdiff/sigdiff/report"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newTest makes a workbench.
func newTest(t *testing.T) *Workbench {
	t.Helper()
	set := enginetest.NewSet(t, "sentinel", "skipped\npoll2\nmain$\nmain$", "gone\nlonger", "lined")
	var crashes crashdata.Crashes
	for _, doc := range enginetest.PageCrashes() {
		c, err := crashdata.ParseProcessed(doc)
		if err != nil {
			t.Fatal(err)
		}
		crashes = append(crashes, c)
	}
	base, err := NewBase(t.Context(), crashes, signatures.NewGenerator(set, signatures.DefaultRules()), 2)
	if err != nil {
		t.Fatal(err)
	}
	w := New(Config{
		Base: base, Lists: edited.Lists{Set: set, Info: report.Side{Spec: "base"}}, Rules: signatures.DefaultRuleset,
		Corpus: report.Corpus{Name: "made-up", Crashes: base.Crashes()}, Folder: "lists",
		Command: Command{Base: "base", Flags: []string{"--corpus", "made-up"}},
	})
	return w
}

// told is an Answer that is kept.
type told struct {
	status int
	kind   string
	bytes.Buffer
}

func (a *told) Begin(status int, kind string) { a.status, a.kind = status, kind }
func (a *told) Flush() error                  { return nil }

// post asks with a value, as JSON.
func post(ctx context.Context, w *Workbench, path string, v any) *told {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	var a told
	w.Answer(ctx, Request{Method: "POST", Path: path, Body: bytes.NewReader(body)}, &a)
	return &a
}

// ask asks for an edit, and gives the parts of the answer by their names.
func ask(t *testing.T, w *Workbench, rows ...Row) map[string]part {
	t.Helper()
	a := post(t.Context(), w, "/edit", asked{Rows: rows})
	if a.status != statusOK {
		t.Fatalf("%d %s", a.status, a)
	}
	parts := map[string]part{}
	for lines := bufio.NewScanner(&a.Buffer); lines.Scan(); {
		var p part
		if err := json.Unmarshal(lines.Bytes(), &p); err != nil {
			t.Fatalf("%v: %s", err, lines.Text())
		}
		parts[p.Part] = p
	}
	return parts
}
