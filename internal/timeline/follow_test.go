package timeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/cachetest"
	"github.com/sigdiff/sigdiff/internal/enginetest"
	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists"
)

// stacks are the crashes of the tests: two and one that have a stack, one without, one that isn't there.
func stacks() [][]byte {
	docs := enginetest.Crashes(enginetest.NewStack(2, "poll a::run main", `, "signature": "recorded"`), enginetest.NewStack(1, "b::run", ""), enginetest.NewStack(1, "", ""))
	return append(docs, nil)
}

// changes are the changes of a crash, in words: the commit, and the signatures.
func changes(c report.BisectedCrash) (all []string) {
	for _, change := range c.Changes {
		all = append(all, fmt.Sprintf("%s: %s, %s", strings.TrimPrefix(change.Commit.Subject, "commit "), change.Old, change.New))
	}
	return all
}

// TestBisect: since when crashes have their signature, in the order in which they are asked for.
func TestBisect(t *testing.T) {
	c := cachetest.New(t, stacks()...)
	line := ofPrefixes(t, "zz", "poll", broken, "poll\na::run", "poll\na::run\nzzz", "a::run\nzzz")
	line.Code, line.Versions[1].Warning = []report.Commit{commitOf(1)}, "five lists"
	ids := []string{enginetest.ID(2), enginetest.ID(4), enginetest.ID(0), enginetest.ID(1)}
	b, unknown, err := line.Bisect(t.Context(), c, ids, rules)
	if err != nil || len(unknown) > 0 {
		t.Fatal(unknown, err)
	}
	if b.From != line.Versions[0].Commit || b.To != line.Versions[5].Commit || b.Commits != 6 || b.Repository != line.Repository || len(b.Code) != 1 || len(b.Failures) != 0 ||
		!slices.Equal(b.Notes, line.notes()) {
		t.Errorf("%+v", b)
	}
	if !slices.Equal(b.Missing, []string{enginetest.ID(4)}) || len(b.Crashes) != 3 {
		t.Fatalf("missing %v, %d crashes", b.Missing, len(b.Crashes))
	}
	want := []string{"1: poll, poll | a::run", "3: poll | a::run, poll | a::run | main", "5: poll | a::run | main, poll"}
	for i, test := range []struct {
		id, signature, recorded string
		changes                 []string
	}{
		{enginetest.ID(2), "b::run", "", nil}, {enginetest.ID(0), "poll", "recorded", want}, {enginetest.ID(1), "poll", "recorded", want},
	} {
		got := b.Crashes[i]
		if got.ID != test.id || got.Signature != test.signature || got.Recorded != test.recorded || !slices.Equal(changes(got), test.changes) {
			t.Errorf("%+v, want %+v", got, test)
		}
	}
	for i, want := range []string{"added poll", "added a::run", "removed poll"} {
		if causes := b.Crashes[1].Changes[i].Causes; len(causes) != 1 || string(causes[0].Kind)+" "+causes[0].Line.Text != want {
			t.Errorf("change %d: %v, want %s", i, causes, want)
		}
	}
}

// TestRules: what rules do differently is said of a change.
func TestRules(t *testing.T) {
	c := cachetest.New(t, enginetest.Crashes(enginetest.NewStack(1, "poll RunWatchdog", ""))...)
	b, _, err := ofPrefixes(t, "zz", "poll").Bisect(t.Context(), c, cachetest.IDs(1), rules)
	if err != nil || len(b.Crashes) != 1 || len(b.Crashes[0].Changes) != 1 || !slices.Equal(b.Crashes[0].Changes[0].RuleChanges, []string{"+shutdownhang"}) {
		t.Errorf("%+v, %v", b, err)
	}
}

// TestLimit: a crash that has no signature at a commit, since a pattern met its limit, is a failure.
func TestLimit(t *testing.T) {
	c := cachetest.New(t, enginetest.Crashes(enginetest.NewStack(1, strings.Repeat("a", 60), ""), enginetest.NewStack(1, "b", ""))...)
	line := ofPrefixes(t, "zz", `(a|a)*\d(?!x)\1`, "zz")
	b, _, err := line.Bisect(t.Context(), c, cachetest.IDs(2), rules)
	if err != nil || len(b.Failures) != 1 || b.Failures[0].ID != enginetest.ID(0) || len(b.Crashes) != 2 || len(b.Crashes[0].Changes) != 0 {
		t.Errorf("%+v, %v", b, err)
	}
}

// TestNoCause: where the lines don't tell why a signature changed, something else says so.
func TestNoCause(t *testing.T) {
	const explodes = `(a|a)*\d(?!x)\1`
	for _, test := range []struct {
		name, from, to, stack, want string
		causes                      int
	}{
		{"lines in a list that had none", "", "x\ny", "a::run b::run", "the former siglists have no line in prefix_signature_re.txt", 0},
		{"all lines gone", "x\ny", "", "a::run b::run", "the new siglists have no line in prefix_signature_re.txt", 2},
		{"a limit where a line is left out", "zz", "a\n" + explodes, strings.Repeat("a", 60) + " b", "is not known: without the change +prefix", 1},
		{"lines that tell", "zz", "a", "a::run b::run", "", 1},
	} {
		c := cachetest.New(t, enginetest.Crashes(enginetest.NewStack(1, test.stack, ""))...)
		b, _, err := ofPrefixes(t, test.from, test.to).Bisect(t.Context(), c, cachetest.IDs(1), rules)
		if err != nil || len(b.Crashes) != 1 || len(b.Crashes[0].Changes) != 1 {
			t.Errorf("%s: %+v, %v", test.name, b, err)
			continue
		}
		got := b.Crashes[0].Changes[0]
		if notes := strings.Join(got.Notes, "; "); len(got.Causes) != test.causes || (notes == "") != (test.want == "") || !strings.Contains(notes, test.want) {
			t.Errorf("%s: %+v, want %s", test.name, got, test.want)
		}
	}
}

// TestUnknown: what a timeline can't speak of is said.
func TestUnknown(t *testing.T) {
	docs := stacks()
	c := cachetest.New(t, docs...)
	line := ofPrefixes(t, "zz", "poll")
	for _, test := range []struct {
		name    string
		crashes []int
		shallow string
		want    string // begins with it
		notes   int
	}{
		{"all have a stack", []int{0, 2}, "", "", 0},
		{"some have", []int{0, 3}, "", "", 0},
		{"none has", []int{3}, "", report.NoStack(1, 1), 1},
		{"older commits are missing", []int{0}, "a shallow clone", "a shallow clone", 1},
		{"both", []int{3}, "a shallow clone", report.NoStack(1, 1) + "; a shallow clone", 2},
		{"no crash is there", []int{4}, "", "", 0},
	} {
		line.Shallow = test.shallow
		var ids []string
		for _, i := range test.crashes {
			ids = append(ids, enginetest.ID(i))
		}
		b, unknown, err := line.Bisect(t.Context(), c, ids, rules)
		if got := strings.Join(unknown, "; "); err != nil || got != test.want || len(b.Notes) != test.notes {
			t.Errorf("%s: %q, notes %q, %v, want %q", test.name, unknown, b.Notes, err, test.want)
		}
	}
	line = ofPrefixes(t, "zz", broken)
	b, unknown, err := line.Bisect(t.Context(), c, cachetest.IDs(1), rules)
	if err != nil || len(unknown) != 1 || !strings.HasPrefix(unknown[0], "which signatures the last commit gives, ") || !slices.Contains(b.Notes, unknown[0]) {
		t.Errorf("the end doesn't load: %q, notes %q, %v", unknown, b.Notes, err)
	}
}

// TestFollowFails: a crash that can't be read is a failure, beside the others, and an interrupted timeline has no figures.
func TestFollowFails(t *testing.T) {
	c := cachetest.New(t, stacks()...)
	cachetest.Write(t, c, func(ctx context.Context, w *cache.Writer) error {
		return w.Put(ctx, cache.Entry{ID: enginetest.ID(4), Record: []byte("\xff no record"), Processed: []byte(`{"signature": "` + "\xff" + `"}`)})
	})
	line := ofPrefixes(t, "zz", "poll")
	b, _, err := line.Bisect(t.Context(), c, cachetest.IDs(5), rules)
	if err != nil || len(b.Failures) != 1 || b.Failures[0].ID != enginetest.ID(4) || len(b.Crashes) != 4 || len(b.Missing) != 0 {
		t.Errorf("%+v, %v", b, err)
	}
	h, err := line.History(t.Context(), corpora.NewSource(c, nil), rules, 2)
	if err != nil || len(h.Failures) != 1 || h.Corpus.Crashes != 5 || h.WithoutStack != 1 {
		t.Errorf("%+v, %v", h, err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, _, err := line.Bisect(ctx, c, cachetest.IDs(2), rules); !errors.Is(err, context.Canceled) {
		t.Errorf("bisect: %v", err)
	}
	if _, err := line.History(ctx, corpora.NewSource(c, nil), rules, 2); !errors.Is(err, context.Canceled) {
		t.Errorf("history: %v", err)
	}
}

// TestHistory: what each commit did, but for one that is hidden.
func TestHistory(t *testing.T) {
	c := cachetest.New(t, stacks()...)
	line := ofPrefixes(t, "zz", "poll", broken, "<<<<<<< HEAD\npoll\na::run", "<<<<<<< HEAD\npoll\na::run")
	line.Versions[1].Warning = "five lists"
	line.Code = []report.Commit{commitOf(1)}
	type row struct{ changed, signatures, added, removed int }
	rows := []row{{0, 3, 0, 0}, {2, 3, 1, 1}, {0, 3, 0, 0}, {2, 3, 2, 0}, {0, 3, 0, 0}}
	for _, hidden := range []int{0, 1} {
		line.Hidden, line.Shallow = hidden, strings.Repeat("a shallow clone", hidden)
		h, err := line.History(t.Context(), corpora.NewSource(c, cachetest.IDs(5)), rules, 2)
		if err != nil || len(h.Commits) != 5-hidden || h.Corpus.Crashes != 5 || !slices.Equal(h.Missing, []string{enginetest.ID(4)}) || h.WithoutStack != 1 {
			t.Fatalf("%d hidden: %+v, %v", hidden, h, err)
		}
		if !slices.Equal(h.Code, line.Code) || !slices.Equal(h.Notes, line.notes()) || slices.Contains(h.Notes, "a shallow clone") != (hidden > 0) || h.Repository != line.Repository {
			t.Errorf("%d hidden: code %v, notes %q", hidden, h.Code, h.Notes)
		}
		for i, got := range h.Commits {
			at := i + hidden
			if (row{got.Changed, got.Signatures, got.Added, got.Removed}) != rows[at] || got.Commit != line.Versions[at].Commit {
				t.Errorf("%d hidden: commit %d: %+v, want %+v", hidden, at, got, rows[at])
			}
			if (got.Warning != "") != (at == 1) || (got.Error != "") != (at == 2) || (got.Conflict != "") != (at >= 3) {
				t.Errorf("%d hidden: commit %d: %q, %q, %q", hidden, at, got.Warning, got.Error, got.Conflict)
			}
		}
	}
	line = ofPrefixes(t, "zz")
	line.Hidden = 1
	if h, err := line.History(t.Context(), corpora.NewSource(c, nil), rules, 1); err != nil || len(h.Commits) != 0 {
		t.Errorf("of one commit, which is hidden: %+v, %v", h, err)
	}
}

// TestGroups: the largest groups of changed crashes are kept.
func TestGroups(t *testing.T) {
	var groups []enginetest.Stack
	for i := range historyGroups + 1 {
		groups = append(groups, enginetest.NewStack(1+i, fmt.Sprintf("poll frame%d", i), ""))
	}
	c := cachetest.New(t, enginetest.Crashes(groups...)...)
	h, err := ofPrefixes(t, "zz", "poll").History(t.Context(), corpora.NewSource(c, nil), rules, 2)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, g := range h.Commits[1].Groups {
		got = append(got, fmt.Sprintf("%d %s", g.Crashes, g.Candidate))
	}
	if want := []string{"6 poll | frame5", "5 poll | frame4", "4 poll | frame3", "3 poll | frame2", "2 poll | frame1"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// TestFollowIsPlain: bisect and history say what making the signatures with one set after the other says.
func TestFollowIsPlain(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var crashes crashdata.Crashes
		var docs [][]byte
		for i := range rapid.IntRange(1, 3).Draw(rt, "crashes") {
			docs = append(docs, enginetest.DrawOddCrash(rt, i))
			crash, err := crashdata.ParseProcessed(docs[i])
			if err != nil {
				rt.Fatal(err)
			}
			crashes = append(crashes, crash)
		}
		sets := []*siglists.Set{enginetest.DrawSet(rt, "first")}
		for range rapid.IntRange(0, 3).Draw(rt, "more") {
			sets = append(sets, rapid.SampledFrom([]*siglists.Set{nil, enginetest.DrawSet(rt, "set")}).Draw(rt, "loads"))
		}
		line := timelineOf(sets...)
		changed := make([]int, len(sets))
		var want [][]string
		for _, crash := range crashes {
			var changes []string
			last := ""
			for i, set := range sets {
				if set == nil {
					continue
				}
				got, err := signatures.NewGenerator(set, rules).NewSigner().Generate(crash)
				if err != nil {
					rt.Fatal(err)
				}
				if i > 0 && got.Signature != last {
					changes = append(changes, fmt.Sprintf("%d: %s, %s", i, last, got.Signature))
					changed[i]++
				}
				last = got.Signature
			}
			want = append(want, append(changes, last))
		}
		b, _, err := line.Bisect(t.Context(), cachetest.New(t, docs...), cachetest.IDs(len(docs)), rules)
		if err != nil || len(b.Crashes) != len(crashes) {
			rt.Fatalf("%+v, %v", b, err)
		}
		for i, got := range b.Crashes {
			if got := append(changes(got), got.Signature); !slices.Equal(got, want[i]) {
				rt.Fatalf("%q, want %q", got, want[i])
			}
		}
		h, err := line.History(t.Context(), crashes, rules, 2)
		if err != nil {
			rt.Fatal(err)
		}
		for i, c := range h.Commits {
			if c.Changed != changed[i] {
				rt.Fatalf("commit %d: %d changed, want %d", i, c.Changed, changed[i])
			}
		}
	})
}
