package screen

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/sigdiff/sigdiff/internal/enginetest"
	"github.com/sigdiff/sigdiff/siglists"
)

// TestHangs: what lines more and less say of a hang, whose crashing thread the search doesn't have.
func TestHangs(t *testing.T) {
	type lists struct{ sentinels, irrelevant, prefix string }
	for _, test := range []struct {
		what            string
		base, candidate lists
		want            Verdict
	}{
		{"a prefix line more", lists{"", "qq", "a"}, lists{"", "qq", "a\nb"}, Unchanged},
		{"a prefix line that is spelt shorter", lists{"", "qq", "a\nfoo::bar"}, lists{"", "qq", "a\nfoo::"}, Unchanged},
		{"a prefix line that becomes a pattern", lists{"", "qq", "a\nfoo::bar"}, lists{"", "qq", "a\nfoo::(bar|baz)"}, Unchanged},
		{"a prefix line that another one covers", lists{"", "qq", "a\nfoo\nfoo::bar"}, lists{"", "qq", "a\nfoo"}, Unchanged},
		{"a prefix line that becomes irrelevant", lists{"", "qq", "a\nfoo"}, lists{"", "qq\nfoo", "a"}, Unchanged},
		{"an irrelevant line that is spelt shorter", lists{"", "qq\nfoo::bar", "a"}, lists{"", "qq\nfoo", "a"}, Unchanged},
		{"an irrelevant line that becomes a prefix", lists{"", "qq\nfoo", "a"}, lists{"", "qq", "a\nfoo"}, CantTell},
		{"a prefix line less, and an irrelevant one that is a comment", lists{"", "(?x)qq#\nfoo", "a\nfoo"}, lists{"", "(?x)qq#\nfoo", "a"}, CantTell},
		{"a prefix line less", lists{"", "qq", "a\nfoo"}, lists{"", "qq", "a"}, CantTell},
		{"a prefix line that is spelt longer", lists{"", "qq", "a\nfoo"}, lists{"", "qq", "a\nfoo$"}, CantTell},
		{"a prefix line more that may begin with anything", lists{"", "qq", "a"}, lists{"", "qq", "a\n[xy]*w"}, Unchanged},
		{"a prefix line more that may begin with anything, and take RunWatchdog", lists{"", "qq", "a"}, lists{"", "qq", "a\n.*Watch"}, CantTell},
		{"a prefix line that begins like RunWatchdog", lists{"", "qq", "a\nRunWatchdogs"}, lists{"", "qq", "a\nRun"}, CantTell},
		{"a sentinel more", lists{"", "qq", "a"}, lists{"foo", "qq", "a"}, CantTell},
		{"a sentinel less", lists{"foo\nb", "qq", "a"}, lists{"b", "qq", "a"}, CantTell},
	} {
		base := enginetest.NewSet(t, test.base.sentinels, test.base.irrelevant, test.base.prefix, "qq")
		candidate := enginetest.NewSet(t, test.candidate.sentinels, test.candidate.irrelevant, test.candidate.prefix, "qq")
		doc := fmt.Appendf(nil, `{"uuid": %q, "json_dump": {"crash_info": {"crashing_thread": 1}, "threads": [{"frames": [{"function": "z"}]}, {"frames": [{"function": "RunWatchdog"}]}]}}`, enginetest.ID(1))
		row, _ := rowOf(t, newWorkers(base, base, candidate), doc)
		got, err := newScreener(t, base, candidate).Screen(row)
		if err != nil || got.Verdict != test.want {
			t.Errorf("%s: %s (%s), %v; want %s", test.what, got.Verdict, got.Reason, err, test.want)
		}
	}
}

// TestHangOfNothing: a hang is one, too, where tidying leaves nothing of the frame that it hangs in.
func TestHangOfNothing(t *testing.T) {
	base, candidate := enginetest.NewSet(t, "", "qq", "a", "qq"), enginetest.NewSet(t, "", "qq", "a\nb", "qq")
	w := newWorkers(base, base, candidate)
	doc := fmt.Appendf(nil, `{"uuid": %q, "json_dump": {"crash_info": {"crashing_thread": 1}, "threads": [{"frames": [{"function": "é"}]}, {"frames": [{"function": "RunWatchdog"}]}]}}`, enginetest.ID(1))
	row, _ := rowOf(t, w, doc)
	got, err := newScreener(t, base, candidate).Screen(row)
	if err != nil || got.Verdict != Unchanged {
		t.Fatalf("%s (%s), %v", got.Verdict, got.Reason, err)
	}
	if signature := made(t, w.base, got.Crash).Signature; signature != "shutdownhang |" || row.Signature() != signature {
		t.Errorf("what stands for the crash has the signature %q, which has %q", signature, row.Signature())
	}
}

// TestHangsOfSizeZero: a walk that goes on behind RunWatchdog may get to what makes a crash one of no memory, of which a size of 0
// leaves nothing else.
func TestHangsOfSizeZero(t *testing.T) {
	base, candidate := enginetest.NewSet(t, "", "qq", "RunWatchdog", "qq"), enginetest.NewSet(t, "", "qq", "RunWatchdog\nx", "qq")
	w := newWorkers(base, base, candidate)
	for size, want := range map[string]Verdict{"0": CantTell, "null": Unchanged} {
		doc := fmt.Appendf(nil, `{"uuid": %q, "oom_allocation_size": %s, "json_dump": {"crash_info": {"crashing_thread": 1}, "threads": [{"frames": [{"function": "z"}]},
			{"frames": [{"function": "RunWatchdog"}, {"function": "x"}, {"function": "NS_ABORT_OOM"}]}]}}`, enginetest.ID(1), size)
		row, crash := rowOf(t, w, doc)
		got, err := newScreener(t, base, candidate).Screen(row)
		if err != nil || got.Verdict != want {
			t.Errorf("size %s: %s (%s), %v; want %s", size, got.Verdict, got.Reason, err, want)
		}
		if changes := made(t, w.base, crash).Signature != made(t, w.candidate, crash).Signature; changes != (want != Unchanged) {
			t.Errorf("size %s: it changes: %v", size, changes)
		}
		readings, err := newScreener(t, base, candidate).Readings(row)
		if err != nil || (readings != nil) != (want == Unchanged) {
			t.Errorf("size %s: it is read as %q, %v", size, readings, err)
		}
	}
}

// TestUnchangedHangs: lines are spelt otherwise, or move to another list. Any frames may stand around RunWatchdog.
func TestUnchangedHangs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base := enginetest.DrawSet(t, "base")
		candidate := withOtherLine(t, base)
		s, w := newScreener(t, base, candidate), newWorkers(base, base, candidate)
		for i := range rapid.IntRange(1, 6).Draw(t, "crashes") {
			frames := append(enginetest.MoreFrames(), "RunWatchdog", "RunWatchdog", "a", "b", "foo")
			doc := enginetest.DrawCrash(t, i, frames)
			if rapid.Bool().Draw(t, "of size 0") {
				doc = bytes.Replace(doc, []byte("{"), []byte(`{"oom_allocation_size": 0, `), 1)
			}
			checkSound(t, s, w, doc)
		}
	})
}

// withOtherLine is a set in which a line is replaced by another one of the same list, or of another list.
func withOtherLine(t *rapid.T, set *siglists.Set) *siglists.Set {
	lists := linesOf(set)
	walked := []siglists.Name{siglists.Irrelevant, siglists.Prefix}
	from, to := rapid.SampledFrom(walked).Draw(t, "from"), rapid.SampledFrom(walked).Draw(t, "to")
	if len(lists[from]) == 0 {
		return set
	}
	at := rapid.IntRange(0, len(lists[from])-1).Draw(t, "line")
	text := lists[from][at]
	lists[from] = slices.Delete(lists[from], at, at+1)
	others := append(enginetest.Lines(), text, text, text[:1], text+"$")
	lists[to] = append(lists[to], rapid.SampledFrom(others).Draw(t, "other line"))
	other, err := load(lists)
	if err != nil {
		t.Skip("lines that don't go together")
	}
	return other
}
