package verify

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sigdiff/sigdiff/fetch"
	"github.com/sigdiff/sigdiff/internal/linesearch"
	"github.com/sigdiff/sigdiff/siglists"
)

// listsOf is a set with lines, as LIST:TEXT.
func listsOf(t *testing.T, lines ...string) *siglists.Set {
	t.Helper()
	sources := siglists.Sources{}
	for _, name := range siglists.Names() {
		text := "zzz\n"
		for _, line := range lines {
			if of, rest, _ := strings.Cut(line, ":"); of == name.Word() {
				text += rest + "\n"
			}
		}
		sources[name] = []byte(text)
	}
	set, err := sources.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// aHit is a crash as a search lists it: its signature and the frames of its stack.
type aHit struct{ signature, proto string }

func (h aHit) found(t *testing.T, i int) fetch.Hit {
	t.Helper()
	id := fmt.Sprintf("aaaaaaaa-bbbb-4ccc-8ddd-ffff%02x261101", i)
	text, err := json.Marshal(map[string]any{
		"uuid": id, "date": "2026-11-20T10:00:00+00:00",
		"signature": h.signature, "proto_signature": h.proto, "crashing_thread": 1, "processor_notes": notes(day(20 - i)),
	})
	if err != nil {
		t.Fatal(err)
	}
	return fetch.Hit{ID: id, Date: day(1), Columns: text}
}

// notes are what a processor notes that begins at a moment.
func notes(at time.Time) string {
	return ">>> Start processing: " + strings.TrimSuffix(at.Format("2006-01-02 15:04:05.999999"), ".") + "+00:00 (processor-7 (b))\nclient_crash_date is unknown"
}

// judged is what crashes, the latest first, tell of a line that changes siglists.
func judged(t *testing.T, base *siglists.Set, line siglists.Change, more []siglists.Change, hits []aHit) Line {
	t.Helper()
	candidate, err := base.With(append(more, line))
	if err != nil {
		t.Fatal(err)
	}
	return judgedLater(t, base, candidate, nil, line, hits)
}

// judgedLater is the same, where the candidate has become other siglists.
func judgedLater(t *testing.T, base, candidate, later *siglists.Set, line siglists.Change, hits []aHit) Line {
	t.Helper()
	judge, err := NewJudge(base, candidate, later)
	if err != nil {
		t.Fatal(err)
	}
	search, err := linesearch.New(line)
	if err != nil {
		t.Fatal(err)
	}
	var found []fetch.Hit
	for i, h := range hits {
		found = append(found, h.found(t, i))
	}
	got, err := judge.Line(search, &fetch.Look{Hits: slices.Concat(found, found)}) // each counts once
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func change(t *testing.T, text string, added bool) siglists.Change {
	t.Helper()
	c, err := siglists.ParseChange(text, added)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func day(n int) time.Time { return time.Date(2026, 11, n, 0, 0, 0, 0, time.UTC) }

// TestPrefixLine: what the signatures of crashes, the latest first, tell of the line 'mozilla::Foo'.
func TestPrefixLine(t *testing.T) {
	base := listsOf(t, "irrelevant:raise", "prefix:wait", "prefix:mozilla::FooOld")
	const stack = "wait | mozilla::Foo | main"
	for _, test := range []struct {
		name                  string
		hits                  []aHit
		want                  Verdict
		with, without, nought int
	}{
		{"follows", []aHit{{stack, stack}}, Deployed, 1, 0, 0},
		{"last", []aHit{{"wait | mozilla::Foo", stack}}, NotDeployed, 0, 1, 0},
		{"deployed in between", []aHit{{stack, stack}, {"wait | mozilla::Foo", stack}}, Deployed, 1, 1, 0},
		{"taken back", []aHit{{"wait | mozilla::Foo", stack}, {stack, stack}}, Unclear, 1, 1, 0},
		{"a rule's part follows", []aHit{{"mozilla::Foo | IPC_Message_Name=x", "mozilla::Foo | main"}}, Unclear, 0, 0, 1},
		{"nothing more on the stack", []aHit{{"wait | mozilla::Foo", "wait | mozilla::Foo"}}, Unclear, 0, 0, 1},
		{"only irrelevant frames more", []aHit{{"mozilla::Foo", "mozilla::Foo | raise"}}, Unclear, 0, 0, 1},
		{"of thread 0", []aHit{{"mozilla::Foo", "x | y"}}, Unclear, 0, 0, 1},
		{"a hang", []aHit{{"shutdownhang | mozilla::Foo", "mozilla::Foo | main"}}, NotDeployed, 0, 1, 0},
		{"an older line", []aHit{{"mozilla::FooOld | main", "mozilla::FooOld | main"}}, Unclear, 0, 0, 1},
		{"a separator within", []aHit{{"mozilla::Foo<a | b>", "mozilla::Foo<a | b> | main"}}, Unclear, 0, 0, 1},
		{"another frame", []aHit{{"x mozilla::Foo | y", "x mozilla::Foo | y"}}, Unclear, 0, 0, 0},
		{"none", nil, Unclear, 0, 0, 0},
	} {
		got := judged(t, base, change(t, "prefix:mozilla::Foo", true), nil, test.hits)
		if got.Verdict != test.want || got.With != test.with || got.Without != test.without || got.Unclear != test.nought || got.Why == "" {
			t.Errorf("%s: %+v", test.name, got)
		}
	}
}

// judgeOf is a judge of one line that was added, and the search for that.
func judgeOf(t *testing.T, line string) (*Judge, linesearch.Line) {
	t.Helper()
	base, added := listsOf(t), change(t, line, true)
	candidate, err := base.With([]siglists.Change{added})
	if err != nil {
		t.Fatal(err)
	}
	judge, err := NewJudge(base, candidate, nil)
	if err != nil {
		t.Fatal(err)
	}
	search, err := linesearch.New(added)
	if err != nil {
		t.Fatal(err)
	}
	return judge, search
}

// TestProcessedAgain: the crash that was processed last decides, and not the one that was sent last. Of one that doesn't say when it was
// processed nothing is known.
func TestProcessedAgain(t *testing.T) {
	judge, search := judgeOf(t, "prefix:Foo")
	for _, test := range []struct {
		without, with any // notes of a crash as before, and of one that was sent earlier and has the change
		want          Verdict
	}{
		{notes(day(20)), notes(day(21)), Deployed},
		{notes(day(21)), notes(day(20).Add(time.Microsecond)), Unclear},
		{notes(day(20)), nil, NotDeployed},
		{"rules >>> Start processing: 2026-11-20 00:00:00+00:00 (p)", notes(day(1)), Deployed},
		{[]string{notes(day(20))}, ">>> Start processing: soon", Unclear},
	} {
		var hits []fetch.Hit
		for i, crash := range []map[string]any{{"signature": "Foo", "processor_notes": test.without}, {"signature": "Foo | main", "processor_notes": test.with}} {
			crash["proto_signature"], crash["date"], crash["uuid"] = "Foo | main", day(9-i), fmt.Sprint(i)
			columns, err := json.Marshal(crash)
			if err != nil {
				t.Fatal(err)
			}
			hits = append(hits, fetch.Hit{ID: fmt.Sprint(i), Date: day(9 - i), Columns: columns})
		}
		got, err := judge.Line(search, &fetch.Look{Hits: hits, Total: 2})
		if err != nil || got.Verdict != test.want || got.With+got.Without+got.Unclear != 2 {
			t.Errorf("%v: %v, %+v", test, err, got)
		}
	}
}

// TestOtherLines: what one crash tells of a line of another list, or of one that was removed.
func TestOtherLines(t *testing.T) {
	base := listsOf(t, "irrelevant:raise", "irrelevant:old", "prefix:wait", "prefix:past", "sentinels:start", "line-numbers:numbered$")
	for _, test := range []struct {
		line  string
		added bool
		hit   aHit
		want  Verdict
	}{
		{"irrelevant:abort", true, aHit{"abort", "abort | main"}, NotDeployed},
		{"irrelevant:abort", true, aHit{"main", "abort | main"}, Deployed},
		{"irrelevant:abort", true, aHit{"wait | abort", "wait | abort | main"}, NotDeployed},
		{"irrelevant:abort", true, aHit{"main", "main | abort"}, Unclear},                 // not reached
		{"irrelevant:abort", true, aHit{"other", "abort | main"}, Unclear},                // other siglists
		{"irrelevant:abort", true, aHit{"main", "raise | main"}, Unclear},                 // another frame
		{"irrelevant:abort", true, aHit{"abort", "abort | f<a | b> | main"}, NotDeployed}, // however it is split
		{"irrelevant:abort", true, aHit{"f<a", "abort | f<a | b> | main"}, Deployed},
		{"irrelevant:abort", true, aHit{"shutdownhang | abort", "abort | main"}, Unclear}, // of which thread 0 would crash
		{"irrelevant:old", false, aHit{"main", "old | main"}, NotDeployed},
		{"irrelevant:old", false, aHit{"old", "old | main"}, Deployed},
		{"sentinels:middle", true, aHit{"top", "top | middle | main"}, NotDeployed},
		{"sentinels:middle", true, aHit{"middle", "top | middle | main"}, Deployed},
		{"sentinels:middle", true, aHit{"middle", "middle | main"}, Unclear},
		{"sentinels:start", false, aHit{"start", "top | start | main"}, NotDeployed},
		{"sentinels:start", false, aHit{"top", "top | start | main"}, Deployed},
		{"prefix:past", false, aHit{"past | main", "past | main"}, NotDeployed},
		{"prefix:past", false, aHit{"past", "past | main"}, Deployed},
		{"prefix:past", false, aHit{"past", "past"}, Unclear},
		{"line-numbers:a::lined", true, aHit{"a::lined", "a::lined | main"}, NotDeployed},
		{"line-numbers:a::lined", true, aHit{"a::lined:7", "a::lined:7 | main"}, Deployed},
		{"line-numbers:a::lined", true, aHit{"main", "main | a::lined:None"}, Deployed},
		{"line-numbers:a::lined", true, aHit{"a::lined", "a::lined | a::lined:7"}, Unclear},
		{"line-numbers:a::lined", true, aHit{"b", "b | a::lined@0x1 | main"}, Unclear},    // no function
		{"line-numbers:a::lined", true, aHit{"a::lined a", "a::lined a | main"}, Unclear}, // whose spaces may have been others
		{"line-numbers:a::lined", true, aHit{"main", "main"}, Unclear},
		{"line-numbers:lined", true, aHit{"lined:7", "lined:7 | main"}, Deployed},
		{"line-numbers:lined", true, aHit{"lined", "lined | main"}, Unclear},         // a module may have that name
		{"line-numbers:numbered", true, aHit{"numbered:7", "numbered:7"}, Unclear},   // as another line does
		{"line-numbers:numbered$", false, aHit{"numbered:7", "numbered:7"}, Unclear}, // a hash may have kept it from the line
	} {
		got := judged(t, base, change(t, test.line, test.added), nil, []aHit{test.hit})
		if got.Verdict != test.want || got.Why == "" {
			t.Errorf("%s (added: %t), %v: %+v", test.line, test.added, test.hit, got)
		}
	}
}

// TestLineThatTakesAPlace: of a line that does what a removed one did, crashes that are the same with both tell nothing.
func TestLineThatTakesAPlace(t *testing.T) {
	base := listsOf(t, "irrelevant:abort$")
	more := []siglists.Change{change(t, "irrelevant:abort$", false)}
	line := change(t, "irrelevant:abort", true)
	for _, test := range []struct {
		hit  aHit
		want Verdict
	}{
		{aHit{"main", "abort | main"}, Unclear},
		{aHit{"main", "aborted | main"}, Deployed},
		{aHit{"aborted", "aborted | main"}, NotDeployed},
	} {
		if got := judged(t, base, line, more, []aHit{test.hit}); got.Verdict != test.want {
			t.Errorf("%v: %+v", test.hit, got)
		}
	}
}

// TestLaterLines: lines that were merged after the change alter the same signatures.
func TestLaterLines(t *testing.T) {
	base := listsOf(t, "prefix:wait")
	line := change(t, "prefix:Foo", true)
	candidate, err := base.With([]siglists.Change{line})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		later, taken string // lines of later
		signature    string
		want         Verdict
	}{
		{"prefix:main", "", "wait | Foo | main | z", Deployed},
		{"prefix:main", "", "wait | Foo | main", Deployed}, // the later line is not
		{"prefix:main", "", "wait | Foo", NotDeployed},
		{"irrelevant:wait", "", "Foo | main", Deployed},
		{"irrelevant:wait", "", "Foo", NotDeployed},                     // the later line is
		{"irrelevant:Foo", "", "wait | main", Unclear},                  // so that it makes no difference any more
		{"sentinels:main", "", "main", Unclear},                         // the same
		{"prefix:main", "prefix:Foo", "wait | Foo | main | z", Unclear}, // a signature of none
	} {
		more := []siglists.Change{change(t, test.later, true)}
		if test.taken != "" {
			more = append(more, change(t, test.taken, false))
		}
		later, err := candidate.With(more)
		if err != nil {
			t.Fatal(err)
		}
		if got := judgedLater(t, base, candidate, later, line, []aHit{{test.signature, "wait | Foo | main | z"}}); got.Verdict != test.want {
			t.Errorf("%s, %q: %+v", test.later, test.signature, got)
		}
	}
}

// TestLook: the answer says of how many crashes some were looked at; of a partial one the latest is not known, so that none decides.
func TestLook(t *testing.T) {
	judge, search := judgeOf(t, "prefix:Foo")
	for signature, verdict := range map[string]Verdict{"Foo | main": Deployed, "Foo": NotDeployed, "other": Unclear} {
		hits := []fetch.Hit{aHit{signature, "Foo | main"}.found(t, 0)}
		for _, test := range []struct {
			look fetch.Look
			says string
			want Verdict
		}{
			{fetch.Look{Total: 1, Hits: hits}, "", verdict},
			{fetch.Look{Total: 1001, Hits: hits}, "; of 1,001 crashes the 1 that were sent last were looked at, and not what was processed again of the others", verdict},
			{fetch.Look{Total: 1001, Hits: hits, Incomplete: []string{"a shard failed"}}, "; the service's answer is partial, so that later crashes may be missing", Unclear},
		} {
			got, err := judge.Line(search, &test.look)
			if err != nil || got.Verdict != test.want || !strings.HasSuffix(got.Why, test.says) || strings.Contains(got.Why, "; ") != (test.says != "") {
				t.Errorf("%s, %d crashes: %v, %+v", signature, test.look.Total, err, got)
			}
		}
	}
}

// TestExcuse: what was as before only until another line, or a crash, shows the change doesn't say that a line is lacking.
func TestExcuse(t *testing.T) {
	lines := []Line{
		{Line: "early", Verdict: NotDeployed, Without: 2, LatestWithout: day(3), counts: "2 as before"},
		{Line: "late", Verdict: NotDeployed, Without: 1, LatestWithout: day(9)},
		{Line: "second", Verdict: Deployed, With: 1, FirstWith: day(7)},
		{Line: "first", Verdict: Deployed, With: 1, FirstWith: day(5)},
	}
	r := Report{Lines: lines}
	r.Decide()
	if lines[0].Verdict != Unclear || !strings.HasPrefix(lines[0].Why, "2 as before, ") || lines[1].Verdict != NotDeployed || r.Verdict != NotDeployed {
		t.Errorf("%+v", lines)
	}
	unclear := []Line{{Verdict: NotDeployed, Without: 1, LatestWithout: day(3)}, {Verdict: Unclear, With: 1, FirstWith: day(4)}, {Verdict: Unclear}}
	r = Report{Lines: unclear}
	if r.Decide(); unclear[0].Verdict != Unclear || r.Verdict != Unclear {
		t.Errorf("%+v", unclear)
	}
	for processed, want := range map[int]Verdict{4: Deployed, 2: NotDeployed} {
		r = Report{
			Lines:   []Line{{Verdict: NotDeployed, Without: 1, LatestWithout: day(3)}},
			Crashes: &Crashes{Crashes: []Crash{{Before: "a", Expected: "b", Signature: "b", Processed: day(processed)}}},
		}
		if r.Decide(); r.Verdict != want {
			t.Errorf("%d: %+v", processed, r)
		}
	}
	none := []Line{{Verdict: NotDeployed, LatestWithout: day(3)}}
	r = Report{Lines: none}
	if r.Decide(); none[0].Verdict != NotDeployed {
		t.Errorf("%+v", none)
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
		{"old, before another shows the change", []Crash{is("a", "b", "a", 11), is("a", "b", "b", 13), is("a", "b", "b", 12)}, Deployed, 1},
		{"nothing else shows the change", []Crash{is("a", "b", "a", 11), is("b", "b", "b", 12)}, NotDeployed, 0},
		{"too early", []Crash{is("a", "b", "a", 9)}, Unclear, 1},
		{"some too early", []Crash{is("a", "b", "a", 9), is("a", "b", "b", 12)}, Deployed, 1},
		{"a third one", []Crash{is("a", "b", "c", 12), is("a", "b", "b", 12)}, Unclear, 0},
		{"nothing was to change", []Crash{is("b", "b", "b", 12)}, Unclear, 0},
		{"nothing was to change in one", []Crash{is("b", "b", "b", 12), is("a", "b", "b", 12)}, Deployed, 0},
		{"gone", []Crash{missing}, Unclear, 0},
		{"none", nil, Unclear, 0},
	} {
		got := &Crashes{Crashes: test.crashes}
		got.settle(day(10))
		for _, c := range got.Crashes {
			if (c.Outcome == New) != (c.Signature == c.Expected && c.Before != c.Expected) {
				t.Errorf("%s: %+v", test.name, c)
			}
		}
		if got.Verdict != test.want || len(got.Reprocess.IDs) != test.reprocess {
			t.Errorf("%s: %+v", test.name, got)
		}
	}
}

func TestDecide(t *testing.T) {
	for _, test := range []struct {
		all  []Verdict
		want Verdict
	}{
		{nil, Unclear},
		{[]Verdict{Unclear, Deployed}, Deployed},
		{[]Verdict{Deployed, NotDeployed}, NotDeployed},
		{[]Verdict{Unclear}, Unclear},
	} {
		var r Report
		for _, v := range test.all {
			r.Lines = append(r.Lines, Line{Verdict: v})
		}
		if r.Decide(); r.Verdict != test.want {
			t.Errorf("%v: %s", test.all, r.Verdict)
		}
	}
}

// TestReprocessing: 50 a call, a second between.
func TestReprocessing(t *testing.T) {
	crashes := make([]Crash, 101)
	for i := range crashes {
		crashes[i] = Crash{Before: "a", Expected: "b", Signature: "a", Processed: day(1)}
	}
	all := Crashes{Crashes: crashes}
	all.settle(day(2))
	if got := all.Reprocess; got.Calls != 3 || got.Seconds != 2 {
		t.Errorf("%d calls, %d seconds", got.Calls, got.Seconds)
	}
}

// TestOmittedIsSaid: of crashes that the text leaves out it says how many there are.
func TestOmittedIsSaid(t *testing.T) {
	r := &Report{Crashes: &Crashes{Crashes: []Crash{{ID: "a", Outcome: Old}, {ID: "b", Outcome: New}, {ID: "c", Outcome: Old}, {ID: "d", Outcome: Other}}}}
	var out strings.Builder
	r.Text(&out, 1)
	if !strings.Contains(out.String(), "  2 crashes omitted; --format json has all\n") || strings.Contains(out.String(), "  c\n") {
		t.Error(out.String())
	}
	out.Reset()
	r.Text(&out, 3)
	if strings.Contains(out.String(), "omitted") {
		t.Error(out.String())
	}
}
