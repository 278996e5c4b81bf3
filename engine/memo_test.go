package engine

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestEmptyLineIsALine guards the memo of frames: a source line that is an empty string is a line of
// its own, not the mark of a frame without one.
func TestEmptyLineIsALine(t *testing.T) {
	w := newTestWorker(t, "../siglists/testdata/tricky/empty-line-numbers", "")
	for _, line := range []string{"1", "", "None", "2"} {
		var stack thread
		stack.addFrame(&symbol{kind: FrameCPP, text: "f"}, line)
		if got := w.classify(&stack, stack.frames[0]).text; got != "f:"+line {
			t.Errorf("line %q: got %q", line, got)
		}
	}
}

// frames draws frames that hit the memo often.
func frames() *rapid.Generator[Frame] {
	return rapid.Custom(func(t *rapid.T) Frame {
		f := Frame{
			Kind: rapid.SampledFrom([]FrameKind{FrameText, FrameCPP, FrameRust}).Draw(t, "kind"),
			Text: rapid.SampledFrom([]string{
				"", "memcpy", "__mem", "js_Interpret", "mozilla::Foo<int>::bar(char)", "malloc", "a.dll", "XUL", "_purecall",
				"void x::y() const", "const", "RunWatchdog", "a::h12", "naïve",
			}).Draw(t, "text"),
		}
		if f.Kind != FrameText {
			f.Line = rapid.SampledFrom([]string{"", "None", "0", "12", "1.5"}).Draw(t, "line")
		}
		return f
	})
}

// TestMemoIsPlain holds what a worker remembers against classifying each frame anew.
func TestMemoIsPlain(t *testing.T) {
	for _, lists := range []string{"plain", "empty-line-numbers", "empty-prefix", "unicode"} {
		t.Run(lists, func(t *testing.T) {
			w := newTestWorker(t, "../siglists/testdata/tricky/"+lists, "")
			matcher := w.gen.set.Matcher()
			d := NewDecoder()
			rapid.Check(t, func(t *rapid.T) {
				f := frames().Draw(t, "frame")
				var stack thread
				s := &symbol{kind: f.Kind, text: f.Text}
				if rapid.Bool().Draw(t, "shared") {
					s = d.symbol(append([]byte{byte(f.Kind)}, f.Text...))
				}
				stack.addFrame(s, f.Line)
				got, want := w.classify(&stack, stack.frames[0]), classify(matcher, w.gen.set, f)
				if diff := cmp.Diff(want, got, cmp.AllowUnexported(classified{}), cmp.Comparer(sameError)); diff != "" {
					t.Fatalf("(-plain +memo):\n%s", diff)
				}
			})
		})
	}
}

func sameError(a, b error) bool {
	return (a == nil) == (b == nil) && (a == nil || a.Error() == b.Error())
}
