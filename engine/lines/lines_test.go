package lines_test

import (
	"context"
	"fmt"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/lines"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/enginetest"
	"github.com/sigdiff/sigdiff/internal/madeup"
	"github.com/sigdiff/sigdiff/siglists"
)

type fataler interface {
	Fatal(...any)
	Fatalf(string, ...any)
}

func parse(t fataler, docs ...[]byte) crashdata.Crashes {
	var crashes crashdata.Crashes
	for _, doc := range docs {
		c, err := crashdata.ParseProcessed(doc)
		if err != nil {
			t.Fatal(err)
		}
		crashes = append(crashes, c)
	}
	return crashes
}

// madeUp are n made-up crashes.
func madeUp(t fataler, n int) (crashes crashdata.Crashes) {
	for _, doc := range madeup.Generate(1, n, madeup.Shape{}) {
		crashes = append(crashes, parse(t, doc)...)
	}
	return crashes
}

func generator(set *siglists.Set) *signatures.Generator {
	return signatures.NewGenerator(set, signatures.DefaultRules())
}

func measure(t fataler, crashes crashdata.Crashes, set *siglists.Set, workers int) *lines.Measured {
	m, err := lines.Measure(context.Background(), crashes, generator(set), workers)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// without is a set without one of its lines.
func without(t fataler, loader *siglists.Versions, set *siglists.Set, out siglists.Line) *siglists.Set {
	fsys := fstest.MapFS{}
	for _, name := range siglists.Names() {
		var texts []string
		for _, line := range set.List(name).Lines {
			if line != out {
				texts = append(texts, line.Text)
			}
		}
		fsys[name.File()] = &fstest.MapFile{Data: []byte(strings.Join(texts, "\n"))}
	}
	less, err := loader.Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	return less
}

// removed is how many crashes a comparison says to change when a line is removed.
func removed(t fataler, loader *siglists.Versions, crashes crashdata.Crashes, set *siglists.Set, line siglists.Line) int {
	tally, err := compare.Compare(context.Background(), crashes, generator(set), generator(without(t, loader, set, line)), compare.Options{Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	return tally.Totals().Changed
}

// walked are the frames of each crash, in the threads of its walks.
func walked(t fataler, crashes crashdata.Crashes, set *siglists.Set) (all [][]string) {
	worker := generator(set).Worker()
	for _, c := range crashes {
		r, err := worker.Explain(c)
		if err != nil {
			t.Fatal(err)
		}
		var texts []string
		for _, p := range r.Passes {
			for _, f := range p.Frames {
				texts = append(texts, f.Text)
			}
		}
		all = append(all, texts)
	}
	return all
}

// holders is how many crashes have a frame that a line matches by itself, and which frames that are. The line is none
// of the line-number list, and the set's lines are not entangled.
func holders(t fataler, walked [][]string, line siglists.Line) (n int, frames map[string]bool) {
	frames = map[string]bool{}
	pattern := line.Text
	if line.List == siglists.Sentinels {
		pattern = regexp.QuoteMeta(pattern) + `\Z`
	}
	alone := enginetest.NewSet(t, "", pattern, "qq", "qq")
	for _, texts := range walked {
		holds := false
		for _, text := range texts {
			hit, err := alone.Match(siglists.Irrelevant, text)
			if err != nil {
				t.Fatal(err)
			}
			if hit.OK && text != "" {
				holds, frames[text] = true, true
			}
		}
		if holds {
			n++
		}
	}
	return n, frames
}

// TestMeasureIsPlain: what a line decides is what a comparison with the set without it says to change.
func TestMeasureIsPlain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := enginetest.DrawSet(t, "set")
		var crashes crashdata.Crashes
		for i := range rapid.IntRange(1, 12).Draw(t, "crashes") {
			crashes = append(crashes, parse(t, enginetest.DrawOddCrash(t, i))...)
		}
		m := measure(t, crashes, set, rapid.IntRange(0, 3).Draw(t, "workers"))
		back := slices.Clone(crashes)
		slices.Reverse(back)
		if diff := cmp.Diff(m, measure(t, back, set, rapid.IntRange(1, 3).Draw(t, "other workers"))); diff != "" {
			t.Fatalf("in another order (-want +got):\n%s", diff)
		}
		loader := siglists.NewVersions(nil)
		var all []siglists.Line
		for _, name := range siglists.Names() {
			all = append(all, set.List(name).Lines...)
		}
		if len(m.Lines) != len(all) || m.All.Crashes != len(crashes) {
			t.Fatalf("%d lines of %d, %d crashes of %d", len(m.Lines), len(all), m.All.Crashes, len(crashes))
		}
		for i, l := range m.Lines {
			if l.Line != all[i] {
				t.Fatalf("line %d is %v, want %v", i, l.Line, all[i])
			}
			if want := removed(t, loader, crashes, set, l.Line); l.Decides.Crashes != want {
				t.Fatalf("%v decides %d, but %d change without it", l.Line, l.Decides.Crashes, want)
			}
		}
	})
}

// TestMeasureGenerated is TestMeasureIsPlain over generated crashes, for every line of the real lists where they are
// beside the project, else of generated ones; and it counts the holders.
func TestMeasureGenerated(t *testing.T) {
	set := madeup.GenerateSiglists(1, 571)
	if real, err := siglists.LoadDir("../../../shared/siglists/head"); err == nil {
		set = real
	}
	crashes := madeUp(t, 100)
	m, frames := measure(t, crashes, set, 2), walked(t, crashes, set)
	loader, decided, held := siglists.NewVersions(nil), 0, 0
	for i, l := range m.Lines {
		if l.Holds.Crashes == 0 && !l.Only && i%10 > 0 {
			// It decides nothing unless holders below finds a frame; one in ten is removed all the same.
			if l.Decides.Crashes > 0 {
				t.Errorf("%v decides %d, and no crash holds it", l.Line, l.Decides.Crashes)
			}
		} else if want := removed(t, loader, crashes, set, l.Line); l.Decides.Crashes != want {
			t.Errorf("%v decides %d, but %d change without it", l.Line, l.Decides.Crashes, want)
		}
		decided += l.Decides.Crashes
		held += l.Holds.Crashes
		if l.List == siglists.LineNumbers {
			continue
		}
		if want, frames := holders(t, frames, l.Line); l.Holds.Crashes != want || l.Frames != len(frames) {
			t.Errorf("%v: %d crashes hold %d frames, want %d, %d", l.Line, l.Holds.Crashes, l.Frames, want, len(frames))
		}
	}
	if decided == 0 || held <= decided {
		t.Errorf("%d decided, %d held: the test is broken", decided, held)
	}
}

// TestMeasured: days, products, the lines that share frames, and a line whose list would take every frame without it.
func TestMeasured(t *testing.T) {
	set := enginetest.NewSet(t, "", "wait\nwa", "foo\nqq", "qq")
	crashes := parse(t, enginetest.Crashes(
		enginetest.NewStack(2, "foo bar", `, "product": "Firefox", "os_name": "Linux", "date_processed": "2026-01-02T03:04:05"`),
		enginetest.NewStack(1, "wait foo baz", `, "product": "Thunderbird", "release_channel": "beta"`),
		enginetest.NewStack(1, "wait", ""), enginetest.NewStack(1, "", ""),
	)...)
	m := measure(t, crashes, set, 1)
	type line struct {
		Text                   string
		Frames, Holds, Decides int
		Others                 string
	}
	var got []line
	for _, l := range m.Lines {
		text := l.Text
		if l.Only {
			text = "only " + text
		}
		got = append(got, line{text, l.Frames, l.Holds.Crashes, l.Decides.Crashes, fmt.Sprint(l.Others)})
	}
	want := []line{
		{"wait", 1, 2, 0, "[{irrelevant_signature_re.txt:2: wa 1}]"},
		{"wa", 1, 2, 0, "[{irrelevant_signature_re.txt:1: wait 1}]"},
		{"foo", 1, 3, 3, "[]"},
		{"qq", 0, 0, 0, "[]"},
		{"only qq", 0, 0, 4, "[]"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
	decides := lines.Counts{
		Crashes: 3, First: "2015-01-01", Last: "2015-01-01", Products: map[string]int{"Firefox": 2, "Thunderbird": 1},
		Platforms: map[string]int{"Linux": 2}, Channels: map[string]int{"beta": 1},
	}
	if diff := cmp.Diff(decides, m.Lines[2].Decides); diff != "" {
		t.Errorf("what foo decides (-want +got):\n%s", diff)
	}
	all := decides
	all.Crashes += 2
	if diff := cmp.Diff(all, m.All); diff != "" || m.WithoutStack != 1 {
		t.Errorf("%d without a stack; all (-want +got):\n%s", m.WithoutStack, diff)
	}
}

// TestDays: the day of a crash is that of its id, else that on which it was processed, or it isn't known.
func TestDays(t *testing.T) {
	const id = "aaaaaaaa-bbbb-4ccc-8ddd-000000"
	for _, test := range []struct {
		crashes     []string // id, day processed
		first, last string
	}{
		{[]string{id + "260105", "2026-02-02T00:00:00"}, "2026-01-05", "2026-01-05"},
		{[]string{id + "260105", "", id + "260103", "", id + "260104", ""}, "2026-01-03", "2026-01-05"},
		{[]string{id + "269999", "2026-02-02T00:00:00", id + "260203", ""}, "2026-02-02", "2026-02-03"},
		{[]string{"short", "2026-02-02T00:00:00", "", "", id + "269999", ""}, "2026-02-02", "2026-02-02"},
		{[]string{"short", ""}, "", ""},
	} {
		var docs [][]byte
		for i := 0; i < len(test.crashes); i += 2 {
			docs = append(docs, fmt.Appendf(nil, `{"uuid": %q, "date_processed": %q}`, test.crashes[i], test.crashes[i+1]))
		}
		for workers := range 2 {
			all := measure(t, parse(t, docs...), enginetest.NewSet(t, "", "i", "p", "l"), 1+workers).All
			if all.First != test.first || all.Last != test.last {
				t.Errorf("%q: %q to %q, want %q to %q", test.crashes, all.First, all.Last, test.first, test.last)
			}
		}
	}
}

// TestLineThatKeepsItsListTogether: without the comment in a line, the lines behind it don't go together. What it decides
// is not known.
func TestLineThatKeepsItsListTogether(t *testing.T) {
	set := enginetest.NewSet(t, "", "(?x)a # \n(?m)b\n(?i)c", "qq", "qq")
	m := measure(t, parse(t, enginetest.Crashes(enginetest.NewStack(2, "a b", ""))...), set, 1)
	if len(m.Failures) != 2 || m.Failures[0].ID > m.Failures[1].ID || !strings.Contains(m.Failures[0].Err, "irrelevant_signature_re.txt:1: (?x)a #, its list doesn't load") {
		t.Errorf("%+v", m)
	}
}

// BenchmarkMeasure measures 571 lines over 17,000 crash records in memory.
func BenchmarkMeasure(b *testing.B) {
	set, crashes := madeup.GenerateSiglists(1, 571), madeUp(b, 17000)
	b.ReportAllocs()
	for b.Loop() {
		measure(b, crashes, set, runtime.GOMAXPROCS(0))
	}
}
