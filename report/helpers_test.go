package report

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/concerns"
	"github.com/sigdiff/sigdiff/engine/facts"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/siglists"
)

var update = flag.Bool("update", false, "rewrite the expected outputs in testdata")

// golden compares an output with testdata/NAME, which -update rewrites.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got); go test -update rewrites it:\n%s", path, diff)
	}
}

// render renders a report and fails the test when that fails.
func render(t testing.TB, format string, r *Report, o Options) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := ComparisonFormats().Render(&out, format, r, o); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

const testHost = "https://crash-stats.example"

// Strings that mean something to one format or the other.
const (
	hostile  = `x"><script>alert(1)</script><img src=x onerror=alert(2)> | </script><!-- {{.}}`
	ticks    = "`` @somebody #123 | a ```b` [link](http://evil.example) \\| end`"
	formula0 = `=cmd|'/C calc'!A0`
	escapes  = "red \x1b[31m | bell \a | \u009b2J | \u202egnirts | \x00 | line\nfeed \xff"
)

var long = strings.Repeat("mozilla::dom::LongName<T>::Method | ", 7) + "abc..."

func line(list siglists.Name, number int, text string) siglists.Line {
	return siglists.Line{List: list, Number: number, Text: text}
}

func cause(kind compare.CauseKind, l siglists.Line, crashes int) compare.CountedCause {
	return compare.CountedCause{Cause: compare.Cause{Line: l, Kind: kind}, Crashes: crashes}
}

func crashIDs(from, n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("%08x-0000-4000-8000-%06x261014", from+i, from+i)
	}
	return ids
}

func changed(ids []string, notes ...string) []compare.ChangedCrash {
	crashes := make([]compare.ChangedCrash, len(ids))
	for i, id := range ids {
		crashes[i] = compare.ChangedCrash{ID: id, Notes: notes}
	}
	return crashes
}

// group is a group of crashes with ids from a number on.
func group(base, candidate string, kind compare.GroupKind, from, crashes int, causes ...compare.CountedCause) compare.Group {
	ids := crashIDs(from, crashes)
	return compare.Group{
		Pair: compare.Pair{Base: base, Candidate: candidate}, Crashes: crashes, Kind: kind,
		Causes: causes, Examples: ids[:min(2, crashes)], Changed: changed(ids, "SigTrunc: it's \"cut\""),
	}
}

// nasty is a small report whose every string tries something.
func nasty() *Report {
	added := line(siglists.Irrelevant, 57, `foo|bar\|`+"`baz`")
	removed := line(siglists.Prefix, 9, `<script>"`)
	merged := group(ticks, "JS::Call", compare.Merged, 100, 4, cause(compare.CauseAdded, added, 4), cause(compare.CauseShadowed, removed, 1))
	merged.NextFrames, merged.RuleChanges = 3, []string{"+OOM | large", "-shutdownhang"}
	r := &Report{
		Fetch:       "sigdiff fetch --for pr/7078",
		Base:        Side{Spec: "main", Kind: "git", Revision: "0123456789abcdef", Date: "2026-10-01T12:00:00Z", Subject: "bug 1: don't ping @me, see #2 | <b>", Digest: "1111111111111111"},
		Candidate:   Side{Spec: "dir \x1b[2J", Kind: "dir", Digest: "2222222222222222", Rules: "2023", Notes: []string{"of another age `"}},
		Corpus:      Corpus{Name: "nightly | `x`", Crashes: 23, Digest: "3333333333333333"},
		StaleBefore: "2026-09-30T00:00:00Z",
		Totals:      compare.Totals{Crashes: 23, Compared: 20, Changed: 13, Missing: 2, Failed: 1, SignaturesBase: 7, SignaturesCandidate: 6, Stale: 1},
		Groups: []compare.Group{
			group(hostile, long, compare.Renamed, 0, 5, cause(compare.CauseRemoved, removed, 5)),
			merged,
			group(formula0, "JS::Call", compare.Mixed, 200, 2, cause(compare.CauseAdded, added, 2)),
			group(escapes, "", compare.Split, 300, 1, cause(compare.CauseAdded, added, 1)),
			group("@0x1f", "-x\ty", compare.Renamed, 400, 1),
		},
		Signatures: []compare.SignatureCount{
			{Signature: "JS::Call", Base: 3, Candidate: 9},
			{Signature: hostile, Base: 5},
			{Signature: long, Candidate: 5},
			{Signature: ticks, Base: 4},
			{Signature: formula0, Base: 3, Candidate: 1},
			{Signature: escapes, Base: 2, Candidate: 1},
			{Signature: "", Candidate: 1},
			{Signature: "@0x1f", Base: 1},
			{Signature: "-x\ty", Candidate: 1},
		},
		Lines: []compare.Verdict{
			{Change: siglists.Change{Line: removed}, Kind: compare.Redundant, LineCounts: compare.LineCounts{Frames: 2}, Takers: []compare.Taker{{Line: added, Frames: 2}}},
			{Change: siglists.Change{Line: added, Added: true}, Kind: compare.Decides, LineCounts: compare.LineCounts{Frames: 3, Held: 9, Crashes: 7, Changed: 5, From: 1, To: 4}},
			{Change: siglists.Change{Line: line(siglists.Prefix, 8, "JS::Call")}, Kind: compare.Balanced, Edit: &compare.Edit{Other: line(siglists.Prefix, 8, "JS::Call$")}},
			{
				Change: siglists.Change{Line: line(siglists.Prefix, 8, "JS::Call$"), Added: true}, Kind: compare.Balanced, LineCounts: compare.LineCounts{Frames: 2, Crashes: 3},
				Edit: &compare.Edit{Other: line(siglists.Prefix, 8, "JS::Call"), Same: 2, Fewer: 1},
			},
			{Change: siglists.Change{Line: line(siglists.Prefix, 9, "far"), Added: true}, Kind: compare.NotReached, LineCounts: compare.LineCounts{Frames: 1, Held: 12}},
			{Change: siglists.Change{Line: line(siglists.Prefix, 10, "f$oo"), Added: true}, Kind: compare.Never},
			{Change: siglists.Change{Line: line(siglists.Irrelevant, 61, "mozilla::Seldom"), Added: true}, Kind: compare.NotSeen},
			{
				Change: siglists.Change{Line: line(siglists.Irrelevant, 60, `a$b`), Added: true}, Kind: compare.NotSeen,
				NearMisses: []compare.NearMiss{{How: "with its special characters escaped", Frames: []compare.FrameCount{{Frame: hostile, Crashes: 3}, {Frame: ticks, Crashes: 2}, {Frame: escapes, Crashes: 1}}}},
			},
			{Change: siglists.Change{Line: line(siglists.Sentinels, 3, "gone"), Added: false}, Kind: compare.NotSeen},
		},
		Missing:  []string{"0000ffff-0000-4000-8000-000000261014", "1000ffff-0000-4000-8000-000000261014"},
		Failures: []compare.Failure{{ID: "2000ffff-0000-4000-8000-000000261014", Err: "base: a pattern \x1b]0;title\a needs too many steps | `x`"}},
	}
	r.Corpus.Products, r.Corpus.First, r.Corpus.Last = []string{"Firefox", hostile, "Fenix"}, "2026-10-01", "2026-10-14"
	r.Program, r.Command = "v1.2.3", "sigdiff diff --base 'a `b` <b>' --corpus hangs"
	r.Concerns = nastyConcerns(added, removed)
	r.Groups[0].Stale, r.Groups[1].DataChanged = 1, 2
	r.Samples = map[string]compare.Comparison{r.Groups[0].Examples[0]: walked(), r.Groups[1].Examples[0]: walked()}
	return withFacts(r)
}

// withFacts adds the facts to a report: of its groups, and of the crashes that keep their signatures.
func withFacts(r *Report) *Report {
	pairs := map[compare.Pair]int{}
	for _, s := range r.Signatures {
		pairs[compare.Pair{Base: s.Signature, Candidate: s.Signature}] = s.Base
	}
	for _, g := range r.Groups {
		pairs[g.Pair] = g.Crashes
		pairs[compare.Pair{Base: g.Base, Candidate: g.Base}] -= g.Crashes
	}
	for i := range r.Groups {
		g := &r.Groups[i]
		for pair, n := range pairs {
			if pair.Base == g.Candidate {
				g.Had += n
			}
			if pair.Candidate == g.Candidate && pair.Base != pair.Candidate {
				g.From++
			}
		}
	}
	var counts []compare.PairCount
	for _, pair := range slices.SortedFunc(maps.Keys(pairs), compare.Pair.Compare) {
		if n := pairs[pair]; n > 0 {
			facets := compare.Facets{compare.Facet{Product: "Firefox", Channel: "beta", Platform: "Windows NT"}.Share(): n}
			counts = append(counts, compare.PairCount{Pair: pair, Crashes: n, Facets: facets})
		}
	}
	r.Facts = facts.New(counts, r.Groups)
	return r
}

// manyAlike is a report whose groups have edits in common, and whose signatures become top crashers.
func manyAlike() *Report {
	const merged = "shutdownhang | mozilla::CondVar::Wait"
	r := &Report{Base: Side{Spec: "a", Kind: "dir"}, Candidate: Side{Spec: "b", Kind: "dir"}, Corpus: Corpus{Name: "c", Crashes: 134, Digest: "d"}}
	r.Groups = []compare.Group{
		group("shutdownhang | "+hostile, merged, compare.Merged, 0, 60),
		group("shutdownhang | "+ticks, merged, compare.Mixed, 100, 38),
		group("mozalloc_abort | "+escapes, escapes, compare.Renamed, 200, 20),
		group("mozalloc_abort | a", "a", compare.Renamed, 300, 14),
		group("b | libfoo.so", "b | @0x1f", compare.Renamed, 400, 1),
		group("c | libfoo.so", "c | @0x1f", compare.Renamed, 401, 1),
	}
	for _, g := range r.Groups {
		r.Totals.Changed += g.Crashes
		r.Signatures = append(r.Signatures, compare.SignatureCount{Signature: g.Base, Base: g.Crashes})
	}
	r.Totals.Crashes, r.Totals.Compared = r.Totals.Changed, r.Totals.Changed
	r.Totals.SignaturesBase, r.Totals.SignaturesCandidate = 6, 5
	return withFacts(r)
}

// expected is the nasty report with expectations: one missed, one that can't be compared, and collateral.
func expected() *Report {
	r := nasty()
	c := walked()
	c.Crash = nil
	r.Expect = NewExpectations([]Expected{
		{ID: crashIDs(0, 1)[0], Signature: long, Comparison: c},
		{ID: crashIDs(100, 1)[0], Signature: hostile + "`|", Comparison: compare.Comparison{
			Base: signatures.Result{Signature: ticks, Passes: c.Base.Passes}, Candidate: signatures.Result{Signature: "JS::Call", Passes: c.Candidate.Passes},
		}},
		{ID: crashIDs(999, 1)[0], Signature: "x", Err: errors.New("not in the cache \x1b[2J")},
	}, r.Groups, compare.Differ{})
	return r
}

// walked is a comparison with passes: a sentinel, a frame that differs, one that only one side reaches,
// and a second walk that only the candidate makes.
func walked() compare.Comparison {
	irrelevant, prefix := line(siglists.Irrelevant, 57, "foo|bar"), line(siglists.Prefix, 9, `a\|b`)
	moved := line(siglists.Prefix, 10, `a\|b`)
	sentinel, numbers := line(siglists.Sentinels, 2, "_purecall"), line(siglists.LineNumbers, 1, "js_Interpret")
	frame := func(text string, t signatures.Treatment, by *siglists.Line) signatures.FrameTrace {
		return signatures.FrameTrace{Text: text, Treatment: t, Line: by}
	}
	base := signatures.Pass{Thread: "3", CutAt: 1, Frames: []signatures.FrameTrace{
		frame("cut off", signatures.Cut, nil), frame("_purecall", signatures.Prefix, &prefix), frame(hostile, signatures.Stop, nil),
		frame("js_Interpret", signatures.Unreached, nil), frame("next\x1b[0m", signatures.Unreached, nil),
	}}
	base.Frames[1].Sentinel = &sentinel
	candidate := signatures.Pass{Thread: "3", CutAt: 1, Frames: []signatures.FrameTrace{
		frame("cut off", signatures.Cut, nil), frame("_purecall", signatures.Prefix, &moved), frame(hostile, signatures.Irrelevant, &irrelevant),
		frame("js_Interpret:12", signatures.Stop, nil), frame("next\x1b[0m", signatures.Unreached, nil),
	}}
	candidate.Frames[1].Sentinel, candidate.Frames[3].LineNumbers = &sentinel, &numbers
	base.Frames[4].Sentinel, candidate.Frames[4].Sentinel = &sentinel, &sentinel // at which the stack is not cut
	second := signatures.Pass{Thread: "0", CutAt: -1, Frames: []signatures.FrameTrace{
		frame("", signatures.Empty, nil), frame("xul.dll", signatures.Prefix, &prefix), frame("xul.dll", signatures.Repeated, nil), frame("last", signatures.Stop, nil),
	}}
	return compare.Comparison{
		Base: signatures.Result{Signature: hostile, HasProto: true, ProtoSignature: "a | b", Passes: []signatures.Pass{base}, Fired: []string{"SignatureGenerationRule"}},
		Candidate: signatures.Result{
			Signature: long, Notes: []string{"SigTruncate: \x1b[31mcut"}, Passes: []signatures.Pass{candidate, second},
			Fired: []string{"SignatureGenerationRule", "SignatureRunWatchDog"},
		},
	}
}

func explanation() *Explanation {
	c := walked()
	return &Explanation{
		ID: crashIDs(0, 1)[0], Recorded: "recorded | `one`",
		Base: &Explained{Side: nasty().Base, Result: c.Base}, Candidate: &Explained{Side: nasty().Candidate, Result: c.Candidate},
		Causes:      []compare.Cause{{Line: line(siglists.Irrelevant, 57, "foo|bar"), Kind: compare.CauseAdded}},
		RuleChanges: []string{"+shutdownhang"},
	}
}

// big is a report of many groups, each with long signatures and an example with walks.
func big(groups int) *Report {
	kinds := []compare.GroupKind{compare.Renamed, compare.Split, compare.Merged, compare.Mixed}
	r := &Report{Base: Side{Spec: "a", Kind: "dir"}, Candidate: Side{Spec: "b", Kind: "dir"}, Samples: map[string]compare.Comparison{}}
	for i := range groups {
		l := line(siglists.Prefix, i%40+1, fmt.Sprintf("line%d", i%40))
		g := group(fmt.Sprintf("before%d | %s", i, long), fmt.Sprintf("after%d | %s", i/2, long), kinds[i%4], 10*i, 1+groups/(i+1), cause(compare.CauseAdded, l, 1))
		if i%10 == 0 {
			g.RuleChanges = []string{"+shutdownhang"}
		}
		r.Groups = append(r.Groups, g)
		r.Samples[g.Examples[0]] = walked()
		r.Totals.Changed += g.Crashes
		r.Signatures = append(r.Signatures, compare.SignatureCount{Signature: g.Base, Base: g.Crashes})
	}
	for i := range 500 {
		r.Lines = append(r.Lines, compare.Verdict{Change: siglists.Change{Line: line(siglists.Prefix, i+1, fmt.Sprintf("line%d", i)), Added: true}, Kind: compare.NotSeen})
	}
	r.Totals.Crashes, r.Totals.Compared = r.Totals.Changed, r.Totals.Changed
	r.Corpus.Crashes = r.Totals.Changed
	return withFacts(r)
}

// nastyConcerns are one of each kind.
func nastyConcerns(added, removed siglists.Line) []concerns.Concern {
	frames := []compare.FrameCount{{Frame: hostile, Crashes: 5}, {Frame: "a|b", Crashes: 2}, {Frame: "c", Crashes: 1}, {Frame: "d", Crashes: 1}}
	never := siglists.Line{List: siglists.Prefix, Number: 10, Text: "f$oo"}
	return []concerns.Concern{
		{Kind: concerns.Never, Line: &never, Why: "an unescaped `$` is the end"},
		{Kind: concerns.OneAway, Line: &added, Why: compare.OneAway, Crashes: 5, Frames: frames[:1]},
		{Kind: concerns.Siblings, Line: &added, Crashes: 7, Of: 3, Frames: frames[:2]},
		{Kind: concerns.MidWord, Line: &added, Crashes: 8, Of: 9, Frames: frames},
		{Kind: concerns.MidWord, Line: &added, Crashes: 5, Of: 9, Frames: frames[:1]},
		{Kind: concerns.Cuts, Line: &added, Crashes: 9, Of: 9, Frames: frames},
		{Kind: concerns.Strangers, Crashes: 3, Of: 12, Signatures: []string{"JS::Call", hostile}, Examples: []string{"0000012c-0000-4000-8000-00012c261014"}},
		{Kind: concerns.Kinds, By: []compare.Cause{{Line: removed, Kind: compare.CauseRemoved}}, Crashes: 14, Signatures: []string{""}, Counts: []concerns.Count{{Name: "memory fault", N: 8}, {Name: "C++ exception", N: 6}}},
		{Kind: concerns.Spray, Crashes: 48, Of: 27, Signatures: []string{"a", "b"}, Counts: []concerns.Count{{Name: hostile, N: 4}, {Name: "x", N: 1}}},
		{Kind: concerns.Marks, By: []compare.Cause{{Line: added, Kind: compare.CauseAdded}}, Why: "-OOM | unknown", Crashes: 1},
		{Kind: concerns.Idle, Line: &added, Why: "mozalloc_handle_oom", Crashes: 4},
		{Kind: concerns.Idle, Line: &removed, By: []compare.Cause{{Line: added, Kind: compare.CauseAdded}}, Crashes: 5, Frames: frames, Why: hostile},
		{Kind: concerns.Idle, Line: &added, By: []compare.Cause{{Line: removed}}, Crashes: 5},
		{Kind: concerns.OneAway, Line: &added, Why: compare.OtherArguments, Crashes: 5, Frames: frames[:1]},
	}
}
