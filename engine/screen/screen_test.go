package screen

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/enginetest"
	"github.com/sigdiff/sigdiff/siglists"
)

type fataler interface{ Fatal(...any) }

// workers make signatures in full.
type workers struct{ service, base, candidate *signatures.Worker }

func newWorkers(service, base, candidate *siglists.Set) workers {
	worker := func(set *siglists.Set) *signatures.Worker {
		return signatures.NewGenerator(set, signatures.DefaultRules()).Worker()
	}
	return workers{worker(service), worker(base), worker(candidate)}
}

func newScreener(t fataler, base, candidate *siglists.Set) *Screener {
	s, err := New(signatures.NewGenerator(base, signatures.DefaultRules()), signatures.NewGenerator(candidate, signatures.DefaultRules()))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func made(t fataler, w *signatures.Worker, c *crashdata.Crash) signatures.Result {
	result, err := w.Explain(c)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// rowOf is the row that the service has of a processed crash.
func rowOf(t fataler, w workers, doc []byte) (*Row, *crashdata.Crash) {
	crash, err := crashdata.ParseProcessed(doc)
	if err != nil {
		t.Fatal(err)
	}
	stored := made(t, w.service, crash)
	var proto *string
	if stored.HasProto {
		proto = &stored.ProtoSignature
	}
	row, err := ParseRow(enginetest.Row(t, doc, stored.Signature, proto))
	if err != nil {
		t.Fatal(err)
	}
	return row, crash
}

// checkSound screens a crash, and holds what comes of it against its signatures. It tells whether they differ.
func checkSound(t *rapid.T, s *Screener, w workers, doc []byte) (verdict Verdict, changed bool) {
	row, crash := rowOf(t, w, doc)
	got, err := s.Screen(row)
	if err != nil {
		t.Fatal(err)
	}
	base, candidate := made(t, w.base, crash).Signature, made(t, w.candidate, crash).Signature
	changed = base != candidate
	if got.Verdict != Unchanged {
		return got.Verdict, changed
	}
	if changed {
		t.Fatalf("%s (%s): %q is unchanged, and yet %q became %q\nproto signature %q", got.Verdict, got.Reason, row.Signature(), base, candidate, row.Proto)
	}
	if _, err := crashdata.DecodeRecord(got.Crash.AppendRecord(nil)); err != nil {
		t.Fatalf("what stands for the crash is none: %v (%s)", err, got.Reason)
	}
	if before, after := made(t, s.base, got.Crash).Signature, made(t, s.candidate, got.Crash).Signature; before != after {
		t.Fatalf("what stands for the crash changes: %q, %q (%s)", before, after, got.Reason)
	} else if before != base && row.Signature() == base {
		t.Fatalf("what stands for the crash has the signature %q, which has %q (%s)", before, base, got.Reason)
	}
	return got.Verdict, changed
}

// pipes are frames that hold what separates frames, and pieces of such.
var pipes = []string{"{a | b}", "{a", "b}", "a::operator | ", "{foo | c | b}", "c::operator", "(unloaded a | b)", "a |", "a::operator |", "| a", "|"}

// TestUnchangedIsUnchanged: the service has the lists of the base.
func TestUnchangedIsUnchanged(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base, candidate := enginetest.DrawSet(t, "base"), enginetest.DrawSet(t, "candidate")
		if rapid.Bool().Draw(t, "near") {
			candidate = withLine(t, base)
		}
		s, w := newScreener(t, base, candidate), newWorkers(base, base, candidate)
		for i := range rapid.IntRange(1, 6).Draw(t, "crashes") {
			doc := enginetest.DrawOddCrash(t, i)
			if rapid.Bool().Draw(t, "plain") {
				doc = enginetest.DrawCrash(t, i, append(enginetest.MoreFrames(), pipes...))
			}
			checkSound(t, s, w, doc)
		}
	})
}

// TestUnchangedByOtherLists: the service has other lists than the base. Of shutdown hangs nothing is known then.
func TestUnchangedByOtherLists(t *testing.T) {
	frames := slices.DeleteFunc(append(enginetest.MoreFrames(), pipes...), func(f string) bool { return strings.Contains(f, watchdog) })
	rapid.Check(t, func(t *rapid.T) {
		service, base := enginetest.DrawSet(t, "service"), enginetest.DrawSet(t, "base")
		candidate := withLine(t, base)
		s, w := newScreener(t, base, candidate), newWorkers(service, base, candidate)
		for i := range rapid.IntRange(1, 6).Draw(t, "crashes") {
			checkSound(t, s, w, enginetest.DrawCrash(t, i, frames))
		}
	})
}

// TestTouches holds what may be a frame of a proto signature against every way to split it.
func TestTouches(t *testing.T) {
	lines := []string{"a", "b$", `a \| b`, `a \| b$`, "foo.*$", "c(?!c)", `b.*c \| a$`, "b?$"}
	rapid.Check(t, func(t *rapid.T) {
		set := enginetest.NewSet(t, "", rapid.SampledFrom(lines).Draw(t, "line"), "qq", "qq")
		matches := func(frame string) bool {
			hit, err := set.Match(siglists.Irrelevant, frame)
			return err == nil && hit.OK
		}
		_, whole, err := read(set.List(siglists.Irrelevant).Lines[0])
		if err != nil {
			t.Fatal(err)
		}
		tokens := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "ab", "b", "c", "cc", "xfoo", "foo", "z"}), 1, 7).Draw(t, "frames")
		want := false
		for from := range tokens {
			for to := from + 1; to <= len(tokens); to++ {
				want = want || matches(strings.Join(tokens[from:to], signatures.Separator))
			}
		}
		if got := Touches(strings.Join(tokens, signatures.Separator), whole, matches); got != want {
			t.Fatalf("%v, want %v", got, want)
		}
	})
	never := func(string) bool { return false }
	frames := func(n int) string { return strings.Repeat("z | ", n-1) + "z" }
	for _, test := range []struct {
		what, proto string
		whole, want bool
	}{
		{"as many parts as are put together", frames(mostTokens), true, false},
		{"too many", frames(mostTokens + 1), true, true},
		{"too many, of which none is put together", frames(mostTokens + 1), false, false},
		{"parts that may begin elsewhere", "a | | b", false, true},
	} {
		if got := Touches(test.proto, test.whole, never); got != test.want {
			t.Errorf("%s: %v", test.what, got)
		}
	}
}

// linesOf are the texts of a set's lines.
func linesOf(set *siglists.Set) map[siglists.Name][]string {
	texts := map[siglists.Name][]string{}
	for _, name := range siglists.Names() {
		for _, line := range set.List(name).Lines {
			texts[name] = append(texts[name], line.Text)
		}
	}
	return texts
}

func load(lists map[siglists.Name][]string) (*siglists.Set, error) {
	sources := siglists.Sources{}
	for _, name := range siglists.Names() {
		sources[name] = []byte(strings.Join(lists[name], "\n"))
	}
	return sources.Load(nil)
}

// withLine is a set with a line more, or one less.
func withLine(t *rapid.T, set *siglists.Set) *siglists.Set {
	name := rapid.SampledFrom(siglists.Names()).Draw(t, "list")
	lists := linesOf(set)
	line, last := rapid.SampledFrom(enginetest.Lines()).Draw(t, "line"), len(lists[name])-1
	if last > 0 && rapid.Bool().Draw(t, "one less") {
		lists[name] = lists[name][:last]
	} else {
		lists[name] = append(lists[name], line)
	}
	other, err := load(lists)
	if err != nil {
		t.Skip("lines that don't go together")
	}
	return other
}

// TestFound: crashes that were once taken to be unchanged, or for which something else stood than what they are.
func TestFound(t *testing.T) {
	hang := enginetest.NewSet(t, "", "qq", "a", "RunWatchdog")
	hangMore := enginetest.NewSet(t, "", "qq", "a\nb", "RunWatchdog")
	namelessBase, namelessMore := enginetest.NewSet(t, "", "qq", "b", "qq"), enginetest.NewSet(t, "", "qq\nb", "b", "qq")
	movedBase, movedMore := enginetest.NewSet(t, "", "(x)y\n(o)\\1", "p", "l"), enginetest.NewSet(t, "", "(o)\\1\n(x)y", "p\nzz", "l")
	verbose, verboseMore := enginetest.NewSet(t, "", "qq", "a", "(?x)l"), enginetest.NewSet(t, "", "qq", "a", "(?x)l\nf o [o] # see elsewhere")
	lined, plain := enginetest.NewSet(t, "", "qq", "a", "foo$"), enginetest.NewSet(t, "", "qq", "a", "qq")
	pipe, pipeMore := enginetest.NewSet(t, "", "qq", "b$", "qq"), enginetest.NewSet(t, "", "qq", "b$\nb \\| c", "qq")
	lineless := func(lines string) *siglists.Set { return enginetest.NewSet(t, "", "qq", "a", lines) }
	behind, behindMore := enginetest.NewSet(t, "", "qq", "a", "qq"), enginetest.NewSet(t, "", "qq\nb$", "a\nzz", "qq")
	foreign, foreignLess := enginetest.NewSet(t, "", "qq", "a", "qq"), enginetest.NewSet(t, "", "qq\né", "a", "qq")
	for _, test := range []struct {
		what, threads, more string
		base, candidate     *siglists.Set
		want                Verdict
	}{
		{"a hang of which thread 0 has no frames", `{"frames": []}, {"frames": [{"function": "RunWatchdog", "line": 1}]}`, "", hang, hangMore, Unchanged},
		{"a hang of which thread 0 has a frame without a text", `{"frames": [{}]}, {"frames": [{"function": "b"}, {"function": "RunWatchdog"}]}`, "", namelessBase, namelessMore, CantTell},
		{"a source line that is no number", `{}, {"frames": [{"function": "foo", "line": "x"}]}`, "", lined, plain, CantTell},
		{"lines in another order, beside a changed line", `{}, {"frames": [{"function": "oo"}, {"function": "c"}]}`, "", movedBase, movedMore, MayChange},
		{"a line that means something else in its list", `{}, {"frames": [{"function": "foo", "line": 1}]}`, "", verbose, verboseMore, CantTell},
		{"a frame of which tidying leaves nothing, as nothing is left without it", `{}, {"last_error_value": "ERROR_NOT_ENOUGH_MEMORY", "frames": [{}, {"function": "é"}]}`, "", foreign, foreignLess, MayChange},
		{"what a rule makes of an error of the browser", `{}, {"frames": [{"function": "c"}]}`, `, "ipc_channel_error": "ShutDownKill", "additional_minidumps": "browser"`, hang, hangMore, Unchanged},
		{"what a line matches only if two parts are one frame", `{}, {"frames": [{"module": "b | c"}, {"function": "z"}]}`, "", pipe, pipeMore, CantTell},
		{"what the first of two lines matches alone", `{}, {"frames": [{"function": "b"}, {"function": "c"}]}`, "", behind, behindMore, MayChange},
		{"a hang, and lines in another order", `{"frames": [{"function": "c"}]}, {"frames": [{"function": "RunWatchdog"}]}`, "", movedBase, movedMore, CantTell},
		{"a function that a line sees without a space", `{}, {"frames": [{"function": "c,d", "line": 1}]}`, "", lineless("qq"), lineless("qq\nc,d"), CantTell},
		{"a function of which a line sees the hash", `{}, {"frames": [{"function": "foo::h0123456789abcdef", "file": "a.rs", "line": 1}]}`, "", lineless("qq"), lineless("qq\nfoo::h"), CantTell},
		{"a function of which a line sees some of the hash", `{}, {"frames": [{"function": "foo::h0123456789abcdef", "file": "a.rs", "line": 1}]}`, "", lineless("qq"), lineless(".*h0123\nqq"), CantTell},
		{"a line for any function, and one behind it", `{}, {"frames": [{"function": "foo", "line": 1}]}`, "", lineless("qq"), lineless("\\w+$\nqq"), CantTell},
		{"no frames, and a rule that goes by something else", `{}, {"frames": []}`, `, "oom_allocation_size": 5`, hang, hangMore, Unchanged},
	} {
		s, w := newScreener(t, test.base, test.candidate), newWorkers(test.base, test.base, test.candidate)
		doc := fmt.Appendf(nil, `{"uuid": %q, "json_dump": {"crash_info": {"crashing_thread": 1}, "threads": [%s]}%s}`, enginetest.ID(1), test.threads, test.more)
		row, crash := rowOf(t, w, doc)
		got, err := s.Screen(row)
		if err != nil || got.Verdict != test.want {
			t.Errorf("%s: %+v, %v", test.what, got, err)
		}
		if got.Crash != nil && (made(t, w.base, got.Crash).Signature != made(t, w.base, crash).Signature || got.Crash.HasStack() != crash.HasStack()) {
			t.Errorf("%s: what stands for it is another crash", test.what)
		}
	}
}

// TestIsCut: the service keeps whole characters of as many bytes as fit, and a note in place of what it can't keep.
func TestIsCut(t *testing.T) {
	for _, letter := range []string{"a", "é", "\u2028", "\U0001f600"} {
		if !IsCut(strings.Repeat(letter, mostText/len(letter))) {
			t.Errorf("cut behind %q", letter)
		}
	}
	if IsCut(strings.Repeat("a", mostText-4)) {
		t.Error("one that could have been longer is cut")
	}
	if !IsCut("BAD DATA") || IsCut("a | b") || IsCut("") {
		t.Error("whole ones are not told from what is kept in place of others")
	}
	set := enginetest.NewSet(t, "", "qq", "a", "qq")
	s := newScreener(t, set, set)
	var row *Row
	for _, columns := range []string{`"proto_signature": "a", "hang": "BAD DATA"`, `"proto_signature": "BAD DATA"`} {
		var err error
		if row, err = ParseRow(fmt.Appendf(nil, `{"uuid": %q, "signature": "a", "crashing_thread": 0, %s}`, enginetest.ID(1), columns)); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Screen(row); err != nil || got.Reason != CutShort {
			t.Errorf("%s: %+v, %v", columns, got, err)
		}
	}
	if _, sure := s.Frames(row); sure {
		t.Error("its frames are taken for whole")
	}
}

// TestMostFrames: a crash with as many frames as count, of which one holds what separates frames, has one part too many. It is
// unchanged where that shows.
func TestMostFrames(t *testing.T) {
	base, candidate := enginetest.NewSet(t, "", "qq", "a", "qq"), enginetest.NewSet(t, "", "qq", "a\nzz", "qq")
	s, w := newScreener(t, base, candidate), newWorkers(base, base, candidate)
	for odd, want := range map[string]Verdict{"a | b": CantTell, "{a | b}": Unchanged, "a::operator | b": Unchanged} {
		frames := strings.Repeat(`{"function": "a"}, `, crashdata.MaxFrames-1)
		doc := fmt.Appendf(nil, `{"uuid": %q, "json_dump": {"crash_info": {"crashing_thread": 0}, "threads": [{"frames": [{"module": %q}, %s{"function": "z"}]}]}}`,
			enginetest.ID(1), odd, frames)
		row, crash := rowOf(t, w, doc)
		got, err := s.Screen(row)
		if err != nil || got.Verdict != want {
			t.Fatalf("%q: %+v, %v", odd, got, err)
		}
		if want != Unchanged {
			touched := newScreener(t, base, enginetest.NewSet(t, "", "qq", "a\nz", "qq"))
			if got, err := touched.Screen(row); err != nil || got.Verdict != CantTell {
				t.Errorf("%q, and a line for one of its frames: %+v, %v", odd, got, err)
			}
			continue
		}
		stands, err := crashdata.DecodeRecord(got.Crash.AppendRecord(nil))
		if err != nil {
			t.Fatalf("%q: what stands for it is no crash: %v", odd, err)
		}
		if got, want := made(t, w.base, stands).Signature, made(t, w.base, crash).Signature; got != want {
			t.Errorf("%q: what stands for it has the signature %q, want %q", odd, got, want)
		}
	}
}

// TestOldFrames: a crash that was processed before frames were normalised as they are today, if that concerns a frame.
func TestOldFrames(t *testing.T) {
	base, candidate := enginetest.NewSet(t, "", "qq", "a", "qq"), enginetest.NewSet(t, "", "qq", "a\nzz", "qq")
	s := newScreener(t, base, candidate)
	for _, test := range []struct {
		date, frame string
		want        Verdict
	}{
		{"2026-08-27", "b::operator<T>", CantTell}, // was b::operator<(c, d)
		{"2026-08-28", "b::operator<T>", Unchanged},
		{"2026-08-27", "b::operator()", Unchanged},
		{"2026-08-27", "b<T>::c", Unchanged},
		{"2026-06-24", "b<T>::c", CantTell},
		{"2026-06-24", "(anonymous namespace)::c", Unchanged},
		{"2026-06-10", "(anonymous namespace)::c", CantTell},
		{"2026-06-10", "b::c", Unchanged},
		{"2024-11-07", "b::c", CantTell},
	} {
		row, err := ParseRow(fmt.Appendf(nil, `{"uuid": %q, "signature": %q, "proto_signature": %[2]q, "crashing_thread": 0, "date": "%sT23:00:00+00:00"}`, enginetest.ID(1), test.frame, test.date))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := s.Screen(row); err != nil || got.Verdict != test.want || got.Verdict == CantTell && got.Reason != OldFrames {
			t.Errorf("%s, %s: %+v, %v; want %s", test.date, test.frame, got, err, test.want)
		}
	}
}
