package signatures

import (
	"strings"
	"testing"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/internal/enginetest"
)

func crashOf(t *testing.T, frames string) *crashdata.Crash {
	t.Helper()
	crash, err := crashdata.ParseProcessed(enginetest.Crashes(enginetest.NewStack(1, frames, ""))[0])
	if err != nil {
		t.Fatal(err)
	}
	return crash
}

// TestGivingUpIsNoAnswer: where a list gives up on a frame that the walk asks it about, there is no signature.
func TestGivingUpIsNoAnswer(t *testing.T) {
	const explodes = `(?!x)(a*)*\1c`
	long := strings.Repeat("a", 60)
	for _, test := range []struct {
		name, irrelevant, prefix, lineNumbers string
		rules, frames                         string
		fails                                 bool
	}{
		{"irrelevant", explodes, "qq", "qq", "default", long, true},
		{"prefix", "qq", explodes, "qq", "default", long, true},
		{"line numbers", "qq", "qq", explodes, "default", long, true},
		{"prefix, of a frame that is irrelevant", "a", explodes, "qq", "default", long + " x", false},
		{"irrelevant, behind the last frame", explodes, "qq", "qq", "default", "x " + long, false},
		{"prefix, where a number of frames is taken", "qq", explodes, "qq", "top:2", long + " x", false},
		{"irrelevant, where a number of frames is taken", explodes, "qq", "qq", "top:2", long + " x", true},
		{"irrelevant, where all frames are taken", explodes, "qq", "qq", "proto", long + " x", false},
	} {
		rules, err := ParseRuleset(test.rules)
		if err != nil {
			t.Fatal(err)
		}
		worker := NewGenerator(enginetest.NewSet(t, "s", test.irrelevant, test.prefix, test.lineNumbers), rules).Worker()
		got, err := worker.Generate(crashOf(t, test.frames))
		if (err != nil) != test.fails {
			t.Errorf("%s: %q, %v", test.name, got.Signature, err)
		}
		if _, err := worker.Explain(crashOf(t, test.frames)); (err != nil) != test.fails {
			t.Errorf("%s, explained: %v", test.name, err)
		}
	}
}

// TestFallbackNamesItsLine: a signature that is made of a frame which was skipped says what skipped it.
func TestFallbackNamesItsLine(t *testing.T) {
	explained, err := NewGenerator(enginetest.NewSet(t, "s", "skip", "qq", "qq"), DefaultRules()).Worker().Explain(crashOf(t, "skip_this skip_that"))
	if err != nil {
		t.Fatal(err)
	}
	if f := explained.Passes[0].Frames[0]; explained.Signature != "skip_this" || f.Treatment != Fallback || f.Line == nil || f.Line.Text != "skip" {
		t.Errorf("%q, %+v", explained.Signature, f)
	}
}
