package history

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/enginetest"
	"github.com/sigdiff/sigdiff/siglists"
)

// plainHistory makes every signature at every version on its own.
func plainHistory(t interface{ Fatal(...any) }, crashes crashdata.Crashes, versions []*siglists.Set) *History {
	h := &History{Crashes: len(crashes), Versions: make([]Version, len(versions))}
	now, last := map[string]string{}, -1
	for _, c := range crashes {
		if !c.HasStack() {
			h.WithoutStack++
		}
	}
	for i, set := range versions {
		v := &h.Versions[i]
		v.Base = last
		pairs := map[compare.Pair]int{}
		for _, c := range crashes {
			if set == nil {
				break
			}
			r, err := signatures.NewGenerator(set, signatures.DefaultRules()).Worker().Generate(c)
			if err != nil {
				t.Fatal(err)
			}
			before, had := now[c.ID()]
			if !had || before != r.Signature {
				h.SignatureChanges = append(h.SignatureChanges, SignatureChange{c.ID(), i, r.Signature})
			}
			if had && before != r.Signature {
				v.Changed++
				pairs[compare.Pair{Base: before, Candidate: r.Signature}]++
			}
			now[c.ID()] = r.Signature
		}
		if v.Unsigned = len(crashes); len(now) > 0 {
			v.Unsigned = 0
		}
		distinct := map[string]bool{}
		for _, s := range now {
			distinct[s] = true
		}
		v.Signatures, v.Groups = len(distinct), largestPairs(pairs, 2)
		if set != nil {
			last = i
		}
	}
	slices.SortFunc(h.SignatureChanges, func(a, b SignatureChange) int {
		return slices.Compare([]string{a.ID}, []string{b.ID})*1000 + a.Version - b.Version
	})
	return h
}

func checkHistory(t interface {
	Fatal(...any)
	Fatalf(string, ...any)
}, crashes crashdata.Crashes, versions, alone []*siglists.Set, workers int,
) {
	got, err := Follow(context.Background(), crashes, versions, signatures.DefaultRules(), Options{Workers: workers, Groups: 2, EachCrash: true})
	if err != nil {
		t.Fatal(err)
	}
	for i := range got.Versions {
		got.Versions[i].Changes = nil
	}
	if diff := cmp.Diff(plainHistory(t, crashes, alone), got); diff != "" {
		t.Fatalf("history (-plain +fast):\n%s", diff)
	}
}

// Further lines for random histories: those whose meaning hangs on the lines around them, or that match
// the empty string.
var historyLines = append([]string{"(?i)FOO", "(?P<n>a)b", `foo:2`, "(?:)", `(x)(y)?(?(2)a|b)`, "foo::b", "RunWatch"}, enginetest.Lines()...)

// drawVersions are versions that follow from each other by a few changed lines, most of which load:
// as a history has them, and each loaded on its own.
func drawVersions(t *rapid.T) (versions, alone []*siglists.Set) {
	loader := siglists.NewVersions(nil)
	draw := func(from []string, label string) []string {
		switch rapid.IntRange(0, 5).Draw(t, label) {
		case 0:
			return rapid.SliceOfN(rapid.SampledFrom(historyLines), 0, 5).Draw(t, label)
		case 1:
			return rapid.Permutation(from).Draw(t, label)
		case 2, 3:
			return append(slices.Clone(from), rapid.SampledFrom(historyLines).Draw(t, label))
		case 4:
			return from[min(1, len(from)):]
		}
		return from
	}
	texts := map[siglists.Name][]string{}
	for _, name := range siglists.Names() {
		texts[name] = rapid.SliceOfN(rapid.SampledFrom(enginetest.Lines()), 0, 5).Draw(t, string(name))
	}
	for i := range rapid.IntRange(1, 8).Draw(t, "versions") {
		for _, name := range siglists.Names() {
			texts[name] = draw(texts[name], fmt.Sprint(name, i))
		}
		set, err := loader.Load(listFiles(texts))
		plain, plainErr := siglists.Load(listFiles(texts))
		if (err == nil) != (plainErr == nil) || err != nil && err.Error() != plainErr.Error() {
			t.Fatalf("loading gives %v, and %v on its own", err, plainErr)
		}
		versions, alone = append(versions, set), append(alone, plain)
	}
	return versions, alone
}

// listFiles are siglists as files.
func listFiles(texts map[siglists.Name][]string) fstest.MapFS {
	files := fstest.MapFS{}
	for name, lines := range texts {
		files[name.File()] = &fstest.MapFile{Data: []byte(strings.Join(lines, "\n"))}
	}
	return files
}

// TestHistoryIsPlain holds the history, which looks only at the crashes that a changed line may concern,
// against making every signature on its own.
func TestHistoryIsPlain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var crashes crashdata.Crashes
		for i := range rapid.IntRange(0, 10).Draw(t, "crashes") {
			crashes = append(crashes, drawHistoryCrash(t, i, append([]string{"()", "foo::b(int)", "fooa"}, enginetest.Frames()...)))
		}
		versions, alone := drawVersions(t)
		checkHistory(t, crashes, versions, alone, rapid.IntRange(0, 3).Draw(t, "workers"))
	})
}

// A crash without a signature at one version, where a pattern meets its limit, is counted there, and
// compared with the signature that it last had.
func TestHistoryOfUnsigned(t *testing.T) {
	frame := strings.Repeat("a", 60)
	doc := fmt.Sprintf(`{"uuid": "aaaaaaaa-bbbb-4ccc-8ddd-000001150101", "json_dump": {"crash_info": {"crashing_thread": 0},
		"threads": [{"frames": [{"function": %q}, {"function": "next"}]}]}}`, frame)
	c, err := crashdata.ParseProcessed([]byte(doc))
	if err != nil {
		t.Fatal(err)
	}
	versions, loader := []*siglists.Set{nil}, siglists.NewVersions(nil)
	for _, irrelevant := range []string{"one\ntwo", "one\n(?=((a|a|aa)+b)z)\ntwo", "one\ntwo\nthree", "one\ntwo\na"} {
		set, err := loader.Load(listFiles(map[siglists.Name][]string{
			siglists.Sentinels: nil, siglists.Irrelevant: {irrelevant}, siglists.Prefix: {"one", "two"}, siglists.LineNumbers: {"one", "two"},
		}))
		if err != nil {
			t.Fatal(err)
		}
		versions = append(versions, set)
	}
	h, err := Follow(context.Background(), crashdata.Crashes{c}, versions, signatures.DefaultRules(), Options{Workers: 1, EachCrash: true})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, v := range h.Versions {
		got = append(got, fmt.Sprint(v.Base, v.Changed, v.Signatures, v.Unsigned))
	}
	want := []string{"-1 0 0 1", "-1 0 1 0", "1 0 0 1", "2 0 1 0", "3 1 1 0"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("base, changed, signatures, unsigned (-want +got):\n%s", diff)
	}
	changes := []SignatureChange{{c.ID(), 1, frame}, {c.ID(), 4, "next"}}
	if diff := cmp.Diff(changes, h.SignatureChanges); diff != "" {
		t.Error(diff)
	}
	if len(h.Failures) != 1 || !strings.Contains(h.Failures[0].Err, siglists.Irrelevant.File()) {
		t.Errorf("failures: %v", h.Failures)
	}
}

// oddSource gives crashes that can't be had.
type oddSource struct{}

func (oddSource) Each(_ context.Context, _ int, visit func(int, string, *crashdata.Record, error) error) error {
	for id, err := range map[string]error{"c": crashdata.ErrMissing, "b": crashdata.ErrMissing, "a": context.DeadlineExceeded} {
		if err := visit(0, id, nil, err); err != nil {
			return err
		}
	}
	return nil
}

func TestHistoryNamesWhatItCantFollow(t *testing.T) {
	h, err := Follow(context.Background(), oddSource{}, []*siglists.Set{enginetest.NewSet(t, "", "a", "b", "c")}, signatures.DefaultRules(), Options{Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	if h.Crashes != 3 || !slices.Equal(h.Missing, []string{"b", "c"}) || len(h.Failures) != 1 || h.Failures[0].ID != "a" {
		t.Errorf("%+v", h)
	}
}

func TestHistoryIsInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := Follow(ctx, crashdata.Crashes{}, []*siglists.Set{nil}, signatures.DefaultRules(), Options{Workers: 1})
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func drawHistoryCrash(t *rapid.T, i int, from []string) *crashdata.Crash {
	c, err := crashdata.ParseProcessed(enginetest.DrawCrash(t, i, from))
	if err != nil {
		t.Fatal(err)
	}
	return c
}
