package verify

import (
	"testing"
	"time"

	"github.com/sigdiff/sigdiff/internal/linesearch"
	"github.com/sigdiff/sigdiff/siglists"
)

// listsOf is a set with these lines in its lists of irrelevant frames and prefixes.
func listsOf(t *testing.T, irrelevant, prefix string) *siglists.Set {
	t.Helper()
	lists := map[siglists.Name]*siglists.List{}
	for _, name := range siglists.Names() {
		text := "zzz\n"
		switch name {
		case siglists.Irrelevant:
			text = irrelevant
		case siglists.Prefix:
			text = prefix
		}
		list, problems := siglists.Parse(name, []byte(text))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		lists[name] = list
	}
	set, err := siglists.New(lists)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func day(n int) time.Time { return time.Date(2026, 11, n, 0, 0, 0, 0, time.UTC) }

// TestLine: what the signatures of crashes, the latest first, tell of the line 'mozilla::Foo'.
func TestLine(t *testing.T) {
	base, candidate := listsOf(t, "raise\n", "wait\nmozilla::FooOld\n"), listsOf(t, "raise\n", "wait\nmozilla::FooOld\nmozilla::Foo\n")
	line, err := linesearch.New(siglists.Change{Line: siglists.Line{List: siglists.Prefix, Text: "mozilla::Foo"}, Added: true})
	if err != nil {
		t.Fatal(err)
	}
	const stack = "wait | mozilla::Foo | main"
	for _, test := range []struct {
		name                  string
		hits                  []Hit
		want                  Verdict
		follows, last, nought int
	}{
		{"follows", []Hit{{Signature: stack, Proto: stack}}, Deployed, 1, 0, 0},
		{"last", []Hit{{Signature: "wait | mozilla::Foo", Proto: stack}}, NotDeployed, 0, 1, 0},
		{"deployed in between", []Hit{{Signature: stack, Proto: stack}, {Signature: "mozilla::Foo", Proto: stack}}, Deployed, 1, 1, 0},
		{"taken back", []Hit{{Signature: "mozilla::Foo", Proto: stack}, {Signature: stack, Proto: stack}}, Unclear, 1, 1, 0},
		{"nothing more on the stack", []Hit{{Signature: "mozilla::Foo", Proto: "wait | mozilla::Foo"}}, Unclear, 0, 0, 1},
		{"only irrelevant frames more", []Hit{{Signature: "mozilla::Foo", Proto: "mozilla::Foo | raise"}}, Unclear, 0, 0, 1},
		{"of thread 0", []Hit{{Signature: "mozilla::Foo", Proto: "x | y"}}, Unclear, 0, 0, 1},
		{"an older line", []Hit{{Signature: "mozilla::FooOld | main", Proto: "mozilla::FooOld | main"}}, Unclear, 0, 0, 1},
		{"a separator within", []Hit{{Signature: "mozilla::Foo<a | b>", Proto: "mozilla::Foo<a | b> | main"}}, Unclear, 0, 0, 1},
		{"another frame", []Hit{{Signature: "x mozilla::Foo | y", Proto: "x mozilla::Foo | y"}}, Unclear, 0, 0, 0},
		{"none", nil, Unclear, 0, 0, 0},
	} {
		for i := range test.hits {
			test.hits[i].Date = day(20 - i)
		}
		got := NewJudge(base, candidate).Line(line, test.hits)
		if got.Verdict != test.want || got.Follows != test.follows || got.Last != test.last || got.Unclear != test.nought || got.Why == "" {
			t.Errorf("%s: %+v", test.name, got)
		}
	}
}

// TestSettle: of crashes since the 10th, what they tell together.
func TestSettle(t *testing.T) {
	is := func(before, expected, now string, processed int) Crash {
		return Crash{ID: now, Before: before, Expected: expected, Signature: now, Processed: day(processed)}
	}
	missing := Crash{Before: "a", Expected: "b", Reason: "the service doesn't have it"}
	for _, test := range []struct {
		name      string
		crashes   []Crash
		want      Verdict
		reprocess int
	}{
		{"new", []Crash{is("a", "b", "b", 11)}, Deployed, 0},
		{"new of before, by reprocessing", []Crash{is("a", "b", "b", 9)}, Deployed, 0},
		{"old", []Crash{is("a", "b", "b", 11), is("a", "b", "a", 12)}, NotDeployed, 0},
		{"too early", []Crash{is("a", "b", "a", 9)}, Unclear, 1},
		{"some too early", []Crash{is("a", "b", "a", 9), is("a", "b", "b", 12)}, Deployed, 1},
		{"a third one", []Crash{is("a", "b", "c", 12), is("a", "b", "b", 12)}, Unclear, 0},
		{"before is not known", []Crash{is("", "b", "b", 12)}, Unclear, 0},
		{"nothing was to change", []Crash{is("b", "b", "b", 12)}, Unclear, 0},
		{"gone", []Crash{missing}, Unclear, 0},
		{"none", nil, Unclear, 0},
	} {
		got := Settle(test.crashes, len(test.crashes), day(10))
		if got.Verdict != test.want || len(got.Reprocess.IDs) != test.reprocess {
			t.Errorf("%s: %+v", test.name, got)
		}
	}
}

func TestOverall(t *testing.T) {
	for _, test := range []struct {
		all  []Verdict
		want Verdict
	}{
		{nil, Unclear},
		{[]Verdict{Unclear, Deployed}, Deployed},
		{[]Verdict{Deployed, NotDeployed}, NotDeployed},
		{[]Verdict{Unclear}, Unclear},
	} {
		if got := Overall(test.all); got != test.want {
			t.Errorf("%v: %s", test.all, got)
		}
	}
}

// TestReprocessing: 50 a call, a second between.
func TestReprocessing(t *testing.T) {
	crashes := make([]Crash, 101)
	for i := range crashes {
		crashes[i] = Crash{Before: "a", Expected: "b", Signature: "a", Processed: day(1)}
	}
	if got := Settle(crashes, 101, day(2)).Reprocess; got.Calls != 3 || got.Seconds != 2 {
		t.Errorf("%d calls, %d seconds", got.Calls, got.Seconds)
	}
}
