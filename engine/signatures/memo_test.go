package signatures

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/siglists"
)

// TestEmptyLineIsALine guards the memo of frames: a source line that is an empty string is a line of
// its own, not the mark of a frame without one.
func TestEmptyLineIsALine(t *testing.T) {
	w := newTestWorker(t, "../../siglists/testdata/tricky/empty-line-numbers", "")
	for _, line := range []string{"1", "", "None", "2"} {
		var stack crashdata.Thread
		stack.AddFrame(&crashdata.Symbol{Kind: crashdata.FrameCPP, Text: "f"}, line)
		if got := w.Classify(&stack, stack.Frames[0]).Text; got != "f:"+line {
			t.Errorf("line %q: got %q", line, got)
		}
	}
}

// frames draws frames that hit the memo often.
func frames() *rapid.Generator[crashdata.Frame] {
	return rapid.Custom(func(t *rapid.T) crashdata.Frame {
		f := crashdata.Frame{
			Kind: rapid.SampledFrom([]crashdata.FrameKind{crashdata.FrameText, crashdata.FrameCPP, crashdata.FrameRust}).Draw(t, "kind"),
			Text: rapid.SampledFrom([]string{
				"", "memcpy", "__mem", "js_Interpret", "mozilla::Foo<int>::bar(char)", "malloc", "a.dll", "XUL", "_purecall",
				"void x::y() const", "const", "RunWatchdog", "a::h12", "naïve",
			}).Draw(t, "text"),
		}
		if f.Kind != crashdata.FrameText {
			f.Line = rapid.SampledFrom([]string{"", "None", "0", "12", "1.5"}).Draw(t, "line")
		}
		return f
	})
}

// TestMemoIsPlain holds what a worker remembers against classifying each frame anew.
func TestMemoIsPlain(t *testing.T) {
	for _, lists := range []string{"plain", "empty-line-numbers", "empty-prefix", "unicode"} {
		t.Run(lists, func(t *testing.T) {
			w := newTestWorker(t, "../../siglists/testdata/tricky/"+lists, "")
			symbols := crashdata.NewSymbols()
			rapid.Check(t, func(t *rapid.T) {
				f := frames().Draw(t, "frame")
				var stack crashdata.Thread
				s := &crashdata.Symbol{Kind: f.Kind, Text: f.Text}
				if rapid.Bool().Draw(t, "shared") {
					s = symbols.Intern(append([]byte{byte(f.Kind)}, f.Text...))
				}
				stack.AddFrame(s, f.Line)
				got, want := w.Classify(&stack, stack.Frames[0]), Classify(w.gen.Set, f)
				if diff := cmp.Diff(want, got, cmp.AllowUnexported(hits{}), cmp.Transformer("asked", everyAnswer), cmp.Comparer(sameError)); diff != "" {
					t.Fatalf("(-plain +memo):\n%s", diff)
				}
			})
		})
	}
}

// answers are all that a classified frame says.
type answers struct {
	Text, Bare            string
	Sentinel, LineNumbers *siglists.Line
	Failed                error
	Hits                  hits
	Lined, Complete       bool
}

func everyAnswer(c *Classified) answers {
	return answers{c.Text, c.Bare, c.Sentinel, c.LineNumbers, c.Failed(), *c.look(), c.Lined, c.Complete()}
}

func sameError(a, b error) bool {
	return (a == nil) == (b == nil) && (a == nil || a.Error() == b.Error())
}
