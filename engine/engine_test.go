package engine

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestParseJSON: the errors of Python's json module end in notes, so their words and places count.
func TestParseJSON(t *testing.T) {
	for text, want := range map[string]string{
		"":            "Expecting value: line 1 column 1 (char 0)",
		"{":           "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
		`{"a"`:        "Expecting ':' delimiter: line 1 column 5 (char 4)",
		`{"a":1 "b"}`: "Expecting ',' delimiter: line 1 column 8 (char 7)",
		"[1,\n 2":     "Expecting ',' delimiter: line 2 column 3 (char 6)",
		`"abc`:        "Unterminated string starting at: line 1 column 1 (char 0)",
		"\"a\tb\"":    "Invalid control character at: line 1 column 3 (char 2)",
		`"\x"`:        `Invalid \escape: line 1 column 2 (char 1)`,
		`"\u12x4"`:    `Invalid \uXXXX escape: line 1 column 3 (char 2)`,
		"é1":          "Expecting value: line 1 column 1 (char 0)",
		"1 2":         "Extra data: line 1 column 3 (char 2)",
		"\ufeff{}":    "Unexpected UTF-8 BOM (decode using utf-8-sig): line 1 column 1 (char 0)",
		"[1,]":        "Expecting value: line 1 column 4 (char 3)",
		"-":           "Expecting value: line 1 column 1 (char 0)",
	} {
		_, err := parseJSON(text)
		var bad *jsonError
		if !errors.As(err, &bad) || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	digits := strings.Repeat("9", 4301)
	if _, err := parseJSON(digits); err == nil || !strings.Contains(err.Error(), "Exceeds the limit (4300 digits)") {
		t.Errorf("4301 digits: %v", err)
	}
	if _, err := parseJSON(strings.Repeat("[", 100000)); !errors.Is(err, errJSONDepth) {
		t.Errorf("deep nesting: %v", err)
	}
}

// TestPythonStr: how Python formats what JSON can hold.
func TestPythonStr(t *testing.T) {
	for text, want := range map[string]string{
		`null`: "None", `true`: "True", `false`: "False", `-0`: "0", `12`: "12", `1.0`: "1.0", `1e22`: "1e+22", `1e16`: "1e+16",
		`123456789.5`: "123456789.5", `1e-5`: "1e-05", `0.0001`: "0.0001", `1e999`: "inf", `-1e999`: "-inf", `NaN`: "nan",
		`"a'b"`: "a'b", `["a'b"]`: `["a'b"]`, `["a'\"b"]`: `['a\'"b']`, `["\n\t\\\u0001\u00a0\u200b\ud83d\ude00"]`: "['\\n\\t\\\\\\x01\\xa0\\u200b😀']",
		`{"a": [1, null], "b": {}, "a": 2}`: "{'a': 2, 'b': {}}", `"\ud83d\ude00"`: "😀",
	} {
		v, err := parseJSON(text)
		if err != nil || v.String() != want {
			t.Errorf("%s: %q, %v, want %q", text, v.String(), err, want)
		}
	}
	if got := NotesList([]string{"a", "it's"}); got != `['a', "it's"]` {
		t.Errorf("NotesList: %s", got)
	}
}

func TestParseRuleset(t *testing.T) {
	for spec, want := range map[string]string{
		"default":              "default has HungProcess",
		"2023":                 "2023 has not",
		"default,-HungProcess": "without",
		"2023,+HungProcess":    "with",
		"-SigTruncate,+SignatureParentIDNotEqualsChildID": "both",
	} {
		rs, err := ParseRuleset(spec)
		if err != nil {
			t.Errorf("%s: %v", spec, err)
			continue
		}
		names := rs.Names()
		has := slices.Contains(names, "HungProcess")
		if wantHas := want != "2023 has not" && want != "without"; has != wantHas {
			t.Errorf("%s: HungProcess %v in %v", spec, has, names)
		}
		all := Ruleset{pipeline()}.Names()
		if !slices.IsSortedFunc(names, func(a, b string) int { return slices.Index(all, a) - slices.Index(all, b) }) {
			t.Errorf("%s: rules out of order: %v", spec, names)
		}
	}
	for _, spec := range []string{"", "2024", "default,HungProcess", "default,+Nonsense", "+", "default,"} {
		if _, err := ParseRuleset(spec); err == nil {
			t.Errorf("%q is accepted", spec)
		}
	}
}

// TestFailuresAreCounted: what can't be compared stands beside the changes and adds up.
func TestFailuresAreCounted(t *testing.T) {
	set := newSet(t, "s", "a\nb", "p\nq", "l\nm")
	limited := newSet(t, "s", `(?:(?=x)x*)*y`+"\nb", "p\nq", "l\nm")
	slow := crashesOf(t, stack{1, strings.Repeat("x", 40000), ""})
	src := failing{Crashes: append(slow, crashesOf(t, stack{2, "f", ""})...)}
	tally, err := Compare(context.Background(), src, NewGenerator(set, DefaultRules()), NewGenerator(limited, DefaultRules()), Options{Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	got := tally.Totals()
	want := Totals{Crashes: 5, Compared: 2, Missing: 1, Failed: 2, SignaturesBase: 1, SignaturesCandidate: 1}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s\n%v", diff, tally.Failures())
	}
	if tally.Missing()[0] != "gone" || len(tally.Failures()) != 2 {
		t.Errorf("%v %v", tally.Missing(), tally.Failures())
	}
}

// failing gives two more crashes, one missing and one that can't be read.
type failing struct{ Crashes }

func (f failing) Each(ctx context.Context, workers int, visit func(int, string, *Record, error) error) error {
	if err := visit(0, "gone", nil, ErrMissing); err != nil {
		return err
	}
	if err := visit(0, "bad", nil, errors.New("unreadable")); err != nil {
		return err
	}
	return f.Crashes.Each(ctx, workers, visit)
}

func TestCompareIsCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	set := newSet(t, "s", "a\nb", "p\nq", "l\nm")
	g := NewGenerator(set, DefaultRules())
	if _, err := Compare(ctx, crashesOf(t, stack{1, "f", ""}), g, g, Options{Workers: 2}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// TestRecordedSide: production's signatures as a side.
func TestRecordedSide(t *testing.T) {
	g := NewGenerator(newSet(t, "s", "a\nb", "p\nq", "l\nm"), DefaultRules())
	crashes := crashesOf(t, stack{1, "f", `, "signature": "f"`}, stack{1, "f", `, "signature": "old"`})
	tally, err := Compare(context.Background(), crashes, Recorded{}, g, Options{Workers: 1, Verdicts: true})
	if err != nil {
		t.Fatal(err)
	}
	if got := tally.Totals(); got.Changed != 1 || got.Compared != 2 || tally.Verdicts() != nil {
		t.Errorf("%+v %v", got, tally.Verdicts())
	}
}

func TestRecordJSON(t *testing.T) {
	c := crashesOf(t, stack{1, "f", `, "hang": "x", "oom_allocation_size": 5, "java_stack_trace": "a: b\n c"`})[0]
	out, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"hang":"x"`, `"OOM":"small"`, `"Signature":"a: b c"`, `"Text":"f"`} {
		if !strings.Contains(string(out), want) {
			t.Errorf("no %s in %s", want, out)
		}
	}
	if c.WithID("x").ID() != "x" || c.Meta().ID == "x" {
		t.Error("WithID changes the crash")
	}
}

// TestMergeIsCompare: tallies of parts merge into the tally of the whole.
func TestMergeIsCompare(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base, candidate := drawSet(t, "base"), drawSet(t, "candidate")
		var crashes Crashes
		for i := range rapid.IntRange(2, 12).Draw(t, "crashes") {
			crashes = append(crashes, drawCrash(t, i))
		}
		compare := func(crashes Crashes) *Tally {
			tally, err := Compare(context.Background(), crashes, NewGenerator(base, DefaultRules()), NewGenerator(candidate, DefaultRules()),
				Options{Workers: 1, Examples: 2, Changed: true, Verdicts: true})
			if err != nil {
				t.Fatal(err)
			}
			return tally
		}
		whole := compare(crashes)
		cut := rapid.IntRange(0, len(crashes)).Draw(t, "cut")
		merged := compare(crashes[cut:])
		merged.Merge(compare(crashes[:cut]))
		type report struct {
			Totals     Totals
			Groups     []Group
			Signatures []SignatureCount
			Verdicts   []Verdict
		}
		of := func(t *Tally) report { return report{t.Totals(), t.Groups(), t.Signatures(), t.Verdicts()} }
		if diff := cmp.Diff(of(whole), of(merged)); diff != "" {
			t.Fatalf("(-whole +merged):\n%s", diff)
		}
	})
}

// FuzzParseProcessed: no document makes a panic, and what is read survives its record.
func FuzzParseProcessed(f *testing.F) {
	for _, doc := range []string{
		`{}`, `[]`, `null`, `{"uuid": "x", "json_dump": {"threads": [{"frames": [{"function": "a<b>(c)", "line": 1.5}]}]}}`,
		`{"json_dump": {"crash_info": {"crashing_thread": -1}, "threads": {"0": {"frames": null}}}, "hang": [{"a": 1}]}`,
		`{"java_stack_trace": "a: b\r\nc(D.java:1)", "async_shutdown_timeout": "{\"phase\": 1}"}`,
		`{"json_dump": {"threads": [{"frames": [{"inlines": [{"function": "i", "file": "x:y.rs"}], "module": "[m]"}]}]}}`,
	} {
		f.Add([]byte(doc))
	}
	w := newFuzzWorker(f)
	f.Fuzz(func(t *testing.T, doc []byte) {
		c, err := ParseProcessed(doc)
		if err != nil {
			return
		}
		want, err := w.Explain(c)
		if err != nil {
			return
		}
		again, err := DecodeRecord(c.AppendRecord(nil))
		if err != nil {
			t.Fatal(err)
		}
		got, err := w.Explain(again)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(Result{})); diff != "" {
			t.Errorf("(-document +record):\n%s", diff)
		}
	})
}

// FuzzDecodeRecord: no bytes make a panic, and what is accepted is a record of what it gives.
func FuzzDecodeRecord(f *testing.F) {
	for _, doc := range []string{`{}`, `{"hang": [1, {"a": null}], "json_dump": {"crash_info": {"crashing_thread": 1}, "threads": [{}, {"frames": [{"function": "f", "line": "x"}]}]}}`} {
		c, err := ParseProcessed([]byte(doc))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(c.AppendRecord(nil))
	}
	w := newFuzzWorker(f)
	f.Fuzz(func(t *testing.T, record []byte) {
		c, err := DecodeRecord(record)
		if err != nil {
			return
		}
		again, err := DecodeRecord(c.AppendRecord(nil))
		if err != nil {
			t.Fatal(err)
		}
		a, errA := w.Explain(c)
		b, errB := w.Explain(again)
		if diff := cmp.Diff(a, b, cmp.AllowUnexported(Result{})); diff != "" || (errA == nil) != (errB == nil) {
			t.Errorf("%v %v %s", errA, errB, diff)
		}
	})
}

func newFuzzWorker(f *testing.F) *Worker {
	return NewGenerator(newSet(f, "s", "a\nb", "p\nq", "js_\nm"), DefaultRules()).Worker()
}

// TestNestedTypes: a function nested ever deeper makes the rule fail, as it does in Python, and neither
// the stack nor the memory suffers.
func TestNestedTypes(t *testing.T) {
	nest := func(n int) string { return strings.Repeat("IPC::ParamTraits<", n) + "a" + strings.Repeat(">", n) }
	if got, err := through(cppSteps, nest(maxNestedTypes)); err != nil || got != nest(maxNestedTypes) {
		t.Errorf("%d levels: %d bytes, %v", maxNestedTypes, len(got), err)
	}
	for _, n := range []int{maxNestedTypes + 1, 60000} {
		if _, err := through(cppSteps, nest(n)); !errors.Is(err, errNested) {
			t.Errorf("%d levels: %v", n, err)
		}
	}
}
