package compare

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/enginetest"
	"github.com/sigdiff/sigdiff/siglists"
)

// summary is everything that a report reads from a tally.
type summary struct {
	Totals     Totals
	Pairs      []PairCount
	Groups     []Group
	Signatures []SignatureCount
	Verdicts   []Verdict
	Idle       []Idle
	Dates      Dates
	Missing    []string
	Failures   []Failure
}

func summaryOf(t *Tally) summary {
	return summary{t.Totals(), t.Pairs(), t.Groups(), t.Signatures(), t.Verdicts(), t.Idle(), t.Dates(), t.Missing(), t.Failures()}
}

// flaky gives crashes of which some are missing, and some can't be read.
type flaky struct{ crashdata.Crashes }

func (f flaky) Each(ctx context.Context, workers int, visit func(int, string, *crashdata.Record, error) error) error {
	return f.Crashes.Each(ctx, workers, func(w int, id string, r *crashdata.Record, err error) error {
		switch hashText(id) % 5 {
		case 0:
			return visit(w, id, nil, crashdata.ErrMissing)
		case 1:
			return visit(w, id, nil, errors.New("damaged "+id))
		}
		return visit(w, id, r, err)
	})
}

// TestPartsAreTheWhole: the tallies of shards, written, read and joined in any order, are that of one
// run, down to the bytes that they are written as.
func TestPartsAreTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base, candidate := enginetest.DrawSet(t, "base"), enginetest.DrawSet(t, "candidate")
		var crashes crashdata.Crashes
		for i := range rapid.IntRange(0, 15).Draw(t, "crashes") {
			crashes = append(crashes, drawCrashOf(t, i, enginetest.MoreFrames()))
		}
		o := Options{
			Workers: rapid.IntRange(1, 3).Draw(t, "workers"), Examples: rapid.IntRange(0, 3).Draw(t, "examples"),
			Changed: true, Verdicts: rapid.Bool().Draw(t, "verdicts"),
		}
		compare := func(crashes crashdata.Crashes) *Tally {
			tally, err := Compare(context.Background(), flaky{crashes}, signatures.NewGenerator(base, signatures.DefaultRules()), signatures.NewGenerator(candidate, signatures.DefaultRules()), o)
			if err != nil {
				t.Fatal(err)
			}
			return tally
		}
		whole := compare(crashes)
		var joined *Tally
		n := rapid.IntRange(1, 5).Draw(t, "shards")
		for _, i := range rapid.Permutation(indexes(n)).Draw(t, "order") {
			part := readBack(t, compare(shardOf(crashes, Shard{i + 1, n})))
			if joined == nil {
				joined = part
			} else if err := joined.Join(part); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(summaryOf(whole), summaryOf(joined)); diff != "" {
			t.Fatalf("(-whole +joined):\n%s", diff)
		}
		if !bytes.Equal(whole.AppendPart(nil), joined.AppendPart(nil)) {
			t.Fatal("the joined tally has other bytes than the whole one")
		}
	})
}

func indexes(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

func shardOf(crashes crashdata.Crashes, s Shard) crashdata.Crashes {
	var in crashdata.Crashes
	for _, c := range crashes {
		if s.Has(c.ID()) {
			in = append(in, c)
		}
	}
	return in
}

func readBack(t interface{ Fatal(...any) }, tally *Tally) *Tally {
	b := tally.AppendPart(nil)
	part, err := DecodePart(b, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(part.AppendPart(nil), b) {
		t.Fatal("a part that was read has other bytes")
	}
	return part
}

// TestShards: every crash is in one shard, and which one never changes.
func TestShards(t *testing.T) {
	if !(Shard{}).Has("x") || !(Shard{1, 1}).Has("x") {
		t.Error("one shard is everything")
	}
	for i, want := range map[string]int{
		"aaaaaaaa-bbbb-4ccc-8ddd-eeeeee150101": 1, "aaaaaaaa-bbbb-4ccc-8ddd-eeeeee150102": 3, "0bd2fd4e-6a2b-4b0a-8d3c-000000260101": 1,
	} {
		for n := 1; n <= 3; n++ {
			if (Shard{n, 3}).Has(i) != (n == want) {
				t.Errorf("%s, shard %d of 3: want it in shard %d", i, n, want)
			}
		}
	}
}

// partTally is a tally with something in every field.
func partTally(t interface{ Fatal(...any) }) *Tally {
	base, candidate := enginetest.NewSet(t, "s", "a\nb\nc", "p\nfoo", "js_\nm"), enginetest.NewSet(t, "s", "a\nc\nqux\npp", "p\nbar\nfoo", "js_\nm")
	var crashes crashdata.Crashes
	for _, frames := range []string{"b x", "b x y", "bar foo z", "x", "y", "_bar c", "qux _qux", "pp q"} {
		doc := `{"uuid": "` + strings.ReplaceAll(frames, " ", "") + `", "date_processed": "2020-01-01T00:00:00+00:00", "json_dump": {"threads": [{"frames": [{"function": "` +
			strings.ReplaceAll(frames, " ", `"}, {"function": "`) + `"}]}]}}`
		c, err := crashdata.ParseProcessed([]byte(doc))
		if err != nil {
			t.Fatal(err)
		}
		crashes = append(crashes, c)
	}
	tally, err := Compare(context.Background(), crashes, signatures.NewGenerator(base, signatures.DefaultRules()), signatures.NewGenerator(candidate, signatures.DefaultRules()),
		Options{Workers: 2, Examples: 2, Changed: true, Verdicts: true, StaleBefore: time.Date(2021, 1, 1, 0, 0, 0, 5, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	tally.addFailure("gone", crashdata.ErrMissing)
	tally.addFailure("bad", errors.New("damaged"))
	return tally
}

func TestPartKeepsEverything(t *testing.T) {
	tally := partTally(t)
	if s := summaryOf(tally); s.Totals.Stale == 0 || len(s.Groups) < 2 || len(s.Verdicts) != 4 || len(s.Idle) != 1 {
		t.Fatalf("the tally tries too little: %+v", s)
	}
	if diff := cmp.Diff(summaryOf(tally), summaryOf(readBack(t, tally))); diff != "" {
		t.Errorf("(-tally +part):\n%s", diff)
	}
}

func TestJoinRefuses(t *testing.T) {
	whole := partTally(t)
	want := whole.AppendPart(nil)
	options := readBack(t, whole)
	options.options.Examples++
	lines := readBack(t, whole)
	lines.lines[0].Change.Line.Number++
	for name, other := range map[string]*Tally{"options": options, "lines": lines} {
		if err := whole.Join(other); !errors.Is(err, ErrOtherComparison) {
			t.Errorf("other %s: %v", name, err)
		}
	}
	if !bytes.Equal(whole.AppendPart(nil), want) {
		t.Error("a refused tally was counted")
	}
}

// TestDecodePartHostile: what is cut off, goes on, or claims too much is refused.
func TestDecodePartHostile(t *testing.T) {
	b := partTally(t).AppendPart(nil)
	for n := range b {
		if _, err := DecodePart(b[:n], nil); !errors.Is(err, ErrPart) {
			t.Errorf("the first %d of %d bytes: %v", n, len(b), err)
		}
	}
	for name, bad := range map[string][]byte{
		"more": append(slices.Clone(b), '\n'), "twice in a line": bytes.Replace(b, []byte("\n"), []byte("{}\n"), 1),
		"version": bytes.Replace(b, fmt.Appendf(nil, `"Version":%d`, PartVersion), []byte(`"Version":1`), 1),
		"count":   bytes.Replace(b, []byte(`"Pairs":`), []byte(`"Pairs":9`), 1), "negative": bytes.Replace(b, []byte(`"WithoutStack":`), []byte(`"WithoutStack":-1`), 1),
		"unknown": bytes.Replace(b, []byte(`"Version"`), []byte(`"New":1,"Version"`), 1),
	} {
		if _, err := DecodePart(bad, nil); !errors.Is(err, ErrPart) {
			t.Errorf("%s: %v", name, err)
		}
	}
	room := 10_000
	if _, err := DecodePart(b, &room); !errors.Is(err, ErrPartRoom) {
		t.Errorf("too large: %v", err)
	}
}

// TestDecodePartRefuses: what no tally counts is refused, and what one just may is read.
func TestDecodePartRefuses(t *testing.T) {
	pairOf := func(t *Tally, changed bool) *pairTally {
		for _, pair := range slices.SortedFunc(maps.Keys(t.pairs), Pair.Compare) {
			if (pair.Base != pair.Candidate) == changed {
				return t.pairs[pair]
			}
		}
		panic("there is none")
	}
	changed, same := func(t *Tally) *pairTally { return pairOf(t, true) }, func(t *Tally) *pairTally { return pairOf(t, false) }
	lost := func(t *Tally, frames map[string]int) map[siglists.Line]prefixTally {
		return map[siglists.Line]prefixTally{{List: siglists.Prefix, Text: "p"}: {Lost: frames, By: map[siglists.Line]bool{t.lines[0].Change.Line: true}}}
	}
	for name, test := range map[string]struct {
		alter func(t *Tally)
		read  bool
	}{
		"nothing":                       {func(*Tally) {}, true},
		"no examples at all":            {func(t *Tally) { t.options.Examples = -1 }, false},
		"more crashes without a stack":  {func(t *Tally) { t.withoutStack = t.Totals().Compared + 1 }, false},
		"all crashes without a stack":   {func(t *Tally) { t.withoutStack = t.Totals().Compared }, true},
		"no crash":                      {func(t *Tally) { *same(t) = pairTally{} }, false},
		"a crash":                       {func(t *Tally) { *same(t) = pairTally{Crashes: 1} }, true},
		"too many crashes of a pair":    {func(t *Tally) { *same(t) = pairTally{Crashes: maxPartCount + 1} }, false},
		"too many crashes in all":       {func(t *Tally) { *same(t) = pairTally{Crashes: maxPartCount} }, false},
		"other data of more":            {func(t *Tally) { same(t).Moved = same(t).Crashes + 1 }, false},
		"other data of all":             {func(t *Tally) { same(t).Moved = same(t).Crashes }, true},
		"other data of fewer than none": {func(t *Tally) { same(t).Moved = -1 }, false},
		"stale ones of more":            {func(t *Tally) { changed(t).Stale = changed(t).Crashes + 1 }, false},
		"reasons of more":               {func(t *Tally) { same(t).Reasons[1] = same(t).Crashes + 1 }, false},
		"causes of more": {func(t *Tally) {
			changed(t).Causes = map[Cause]int{{Kind: CauseAdded, Line: t.lines[0].Change.Line}: 99}
		}, false},
		"rules of more":                         {func(t *Tally) { changed(t).Rules = map[string]int{"+x": 99} }, false},
		"facets of more":                        {func(t *Tally) { same(t).Facets = Facets{Facet{}.Share(): 99} }, false},
		"an unchanged signature of stale ones":  {func(t *Tally) { same(t).Stale = 1 }, false},
		"an unchanged signature with a cause":   {func(t *Tally) { same(t).Causes = map[Cause]int{{Kind: CauseAdded, Line: t.lines[0].Change.Line}: 1} }, false},
		"an unchanged signature with a rule":    {func(t *Tally) { same(t).Rules = map[string]int{"+x": 1} }, false},
		"an unchanged signature with examples":  {func(t *Tally) { same(t).Examples = examples{{1, "x"}} }, false},
		"an unchanged signature with next ones": {func(t *Tally) { same(t).Next = map[uint64]struct{}{1: {}} }, false},
		"an unchanged signature with crashes":   {func(t *Tally) { same(t).Changed = []ChangedCrash{{ID: "x"}} }, false},
		"fewer changed crashes":                 {func(t *Tally) { changed(t).Changed = changed(t).Changed[1:] }, false},
		"changed crashes that nobody asked for": {func(t *Tally) { t.options.Changed = false }, false},
		"too many examples":                     {func(t *Tally) { t.options.Examples = len(changed(t).Examples) - 1 }, false},
		"examples out of order":                 {func(t *Tally) { changed(t).Examples = examples{{2, "x"}, {1, "y"}} }, false},
		"an edit of a line before the first":    {func(t *Tally) { t.lines[0].Other = -2 }, false},
		"an edit of the last line":              {func(t *Tally) { t.lines[0].Other = len(t.lines) - 1 }, true},
		"an edit of a line behind the last":     {func(t *Tally) { t.lines[0].Other = len(t.lines) }, false},
		"a line without frames":                 {func(t *Tally) { t.lines[0].Frames = nil }, true},
		"a line that more crashes hold":         {func(t *Tally) { t.lines[0].Held = t.crashes + 1 }, false},
		"a line that decides more crashes":      {func(t *Tally) { t.lines[0].Crashes = t.crashes + 1 }, false},
		"a line that is got to in more crashes": {func(t *Tally) { t.lines[0].Reached = t.lines[0].Held + 1 }, false},
		"a line that changes more crashes":      {func(t *Tally) { t.lines[0].Changed = t.lines[0].Crashes + 1 }, false},
		"a line in the middle of more words":    {func(t *Tally) { t.lines[0].MidWord = t.lines[0].Crashes + 1 }, false},
		"a line with longer names in more":      {func(t *Tally) { t.lines[0].Longer = map[string]int{"x": t.lines[0].Crashes + 1} }, false},
		"a line with near misses in more":       {func(t *Tally) { t.lines[0].Near = map[string]map[string]int{OneAway: {"x": t.crashes + 1}} }, false},
		"a line that misses fewer than none":    {func(t *Tally) { t.lines[0].Missed = map[string]map[string]int{OtherArguments: {"x": -1}} }, false},
		"a prefix that loses nothing":           {func(t *Tally) { t.prefixes = lost(t, map[string]int{}) }, false},
		"a prefix that loses more":              {func(t *Tally) { t.prefixes = lost(t, map[string]int{"pp": t.crashes + 1}) }, false},
		"a prefix that loses all to no line": {func(t *Tally) {
			t.prefixes = map[siglists.Line]prefixTally{{List: siglists.Prefix}: {Lost: map[string]int{"pp": 1}}}
		}, false},
		"a prefix that loses all":      {func(t *Tally) { t.prefixes = lost(t, map[string]int{"pp": t.Totals().Compared}) }, true},
		"a sentinel that cuts in more": {func(t *Tally) { t.lines[0].Cuts = map[string]int{"x": t.lines[0].Crashes + 1} }, false},
	} {
		tally := partTally(t)
		test.alter(tally)
		if _, err := DecodePart(tally.AppendPart(nil), nil); (err == nil) != test.read || err != nil && !errors.Is(err, ErrPart) {
			t.Errorf("%s: %v", name, err)
		}
	}
	empty := newTally(Options{}, Differ{}).AppendPart(nil)
	for _, count := range []string{"WithoutStack", "Examples", "Pairs", "Lines"} {
		fewer := bytes.Replace(empty, []byte(`"`+count+`":0`), []byte(`"`+count+`":-1`), 1)
		if _, err := DecodePart(fewer, nil); !errors.Is(err, ErrPart) || bytes.Equal(fewer, empty) {
			t.Errorf("%s fewer than none: %v", count, err)
		}
	}
	b := partTally(t).AppendPart(nil)
	lines := bytes.SplitAfter(b, []byte("\n"))
	lines[2] = lines[1]
	if _, err := DecodePart(bytes.Join(lines, nil), nil); !errors.Is(err, ErrPart) {
		t.Errorf("a pair that stands twice: %v", err)
	}
	// The room is enough to the byte.
	used := math.MaxInt
	if _, err := DecodePart(b, &used); err != nil {
		t.Fatal(err)
	}
	for more, want := range map[int]error{0: nil, -1: ErrPartRoom} {
		room := math.MaxInt - used + more
		if _, err := DecodePart(b, &room); !errors.Is(err, want) {
			t.Errorf("%d bytes more than it takes: %v", more, err)
		}
	}
}

// FuzzDecodePart: no bytes make a panic, and what is accepted stays the same when written again.
func FuzzDecodePart(f *testing.F) {
	f.Add(newTally(Options{}, Differ{}).AppendPart(nil))
	f.Add(partTally(f).AppendPart(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		tally, err := DecodePart(b, nil)
		if err != nil {
			return
		}
		want := summaryOf(tally)
		again := readBack(t, tally)
		if diff := cmp.Diff(want, summaryOf(again)); diff != "" {
			t.Errorf("(-read +written and read again):\n%s", diff)
		}
		if err := again.Join(tally); err != nil {
			t.Error(err)
		}
		_ = summaryOf(again)
	})
}

// TestNearMissOfOnePart: a line that matches nothing in one part may do so in another. What it misses is
// what it misses of the whole: no frame that another line takes.
func TestNearMissOfOnePart(t *testing.T) {
	base, candidate := enginetest.NewSet(t, "s", "never", "_Wait\nnever", "never"), enginetest.NewSet(t, "s", "never", "_Wait\nnever\nWait", "never")
	compare := func(frames ...string) *Tally {
		var crashes crashdata.Crashes
		for _, f := range frames {
			c, err := crashdata.ParseProcessed([]byte(`{"json_dump": {"threads": [{"frames": [{"function": "` + f + `"}]}]}}`))
			if err != nil {
				t.Fatal(err)
			}
			crashes = append(crashes, c)
		}
		tally, err := Compare(t.Context(), crashes, signatures.NewGenerator(base, signatures.DefaultRules()), signatures.NewGenerator(candidate, signatures.DefaultRules()),
			Options{Workers: 1, Verdicts: true})
		if err != nil {
			t.Fatal(err)
		}
		return tally
	}
	part := compare("_Wait")
	if v := part.Verdicts()[0]; v.Kind != NotSeen || len(v.NearMisses) == 0 {
		t.Fatalf("alone, the line is dead and misses a frame: %+v", v)
	}
	part.Merge(compare("Wait", "__Wait"))
	if diff := cmp.Diff(compare("_Wait", "Wait", "__Wait").Verdicts(), part.Verdicts()); diff != "" {
		t.Errorf("(-whole +merged):\n%s", diff)
	}
}
