package cases_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/sigdiff/sigdiff/engine/cases"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/madeup"
	"github.com/sigdiff/sigdiff/siglists"
)

// generator makes signatures with siglists, by the names of their files.
func generator(t testing.TB, lists map[string]string) *signatures.Generator {
	t.Helper()
	folder := fstest.MapFS{}
	for _, name := range siglists.Names() {
		folder[name.File()] = &fstest.MapFile{Data: []byte(lists[name.Word()])}
	}
	set, err := siglists.Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	return signatures.NewGenerator(set, signatures.DefaultRules())
}

func TestMake(t *testing.T) {
	lists := map[string]string{
		"sentinels": "start\n", "irrelevant": "skip\nx\n", "prefix": "pre\nx\n", "line-numbers": "lined\nx\n", // an empty list matches everything
	}
	const thread = `{"thread_name": "of somebody", "frames": [`
	for name, test := range map[string]struct{ processed, data, lines, line, err string }{
		"what decides, and the frame that would come next": {
			processed: `{"user_comments": "mine", "json_dump": {"crash_info": {"type": "SIGSEGV", "crashing_thread": 2}, "threads": [{}, {}, ` + thread +
				`{"function": "skip()", "file": "a.cpp", "line": 3, "module": "xul.dll"}, {"function": "pre(int)", "registers": {"rip": "0x1"}},
				{"function": "stop"}, {"function": "skip"}, {"function": "next"}, {"function": "far"}]}]}}`,
			data:  `{"threads":[{"frames":[{"function":"skip()"},{"function":"pre(int)"},{"function":"stop"},{"function":"skip"},{"function":"next"}]}]}`,
			lines: "irrelevant:skip prefix:pre",
		},
		"what a sentinel cuts off": {
			processed: `{"json_dump": {"threads": [` + thread + `{"function": "cut"}, {"function": "start"}, {"function": "next"}, {"function": "far"}]}]}}`,
			data:      `{"threads":[{"frames":[{"function":"cut"},{"function":"start"},{"function":"next"}]}]}`,
			lines:     "sentinels:start",
		},
		"a source line that is in the signature": {
			processed: `{"json_dump": {"threads": [` + thread + `{"function": "lined", "file": "a.cpp", "line": 3}, {"function": "next", "line": 4}]}]}}`,
			data:      `{"threads":[{"frames":[{"function":"lined","line":3},{"function":"next"}]}]}`,
			lines:     "line-numbers:lined",
		},
		"one line of two": {
			processed: `{"json_dump": {"threads": [` + thread + `{"function": "skip"}, {"function": "pre"}, {"function": "stop"}]}]}}`,
			data:      `{"threads":[{"frames":[{"function":"skip"},{"function":"pre"},{"function":"stop"}]}]}`,
			line:      "prefix:pre", lines: "prefix:pre",
		},
		"a line that does not decide": {
			processed: `{"json_dump": {"threads": [` + thread + `{"function": "pre"}, {"function": "stop"}]}]}}`,
			line:      "irrelevant:skip",
			err:       "irrelevant:skip does not decide its signature; these lines do: prefix:pre",
		},
		"no line decides": {
			processed: `{"json_dump": {"threads": [` + thread + `{"function": "stop"}, {"function": "next"}]}]}}`,
			data:      `{"threads":[{"frames":[{"function":"stop"},{"function":"next"}]}]}`,
		},
		"inputs of rules, without what they do not take": {
			processed: `{"oom_allocation_size": 9000000, "abort_message": "[Parent 7] ###!!! ABORT: it: file /home/somebody/a.cpp:3",
				"hang": null, "json_dump": {"crash_info": {"type": "SIGABRT"}, "threads": [` + thread + `{"function": "pre"}, {"function": "stop"}]}]}}`,
			data:  `{"abort_message":"[Parent 7] ###!!! ABORT: it","oom_allocation_size":9000000,"threads":[{"frames":[{"function":"pre"},{"function":"stop"}]}]}`,
			lines: "prefix:pre",
		},
		"a shutdown timeout, without what its conditions say": {
			processed: `{"async_shutdown_timeout": "{\"phase\": \"p\", \"conditions\": [{\"name\": \"n\", \"state\": \"/home/somebody\"}], \"broken\": 1}",
				"json_dump": {"threads": [` + thread + `{"function": "stop"}]}]}}`,
			data: `{"async_shutdown_timeout":"{\"conditions\":[{\"name\":\"n\"}],\"phase\":\"p\"}","threads":[{"frames":[{"function":"stop"}]}]}`,
		},
		"a shutdown hang needs both threads": {
			processed: `{"json_dump": {"crash_info": {"crashing_thread": 2}, "threads": [` + thread + `{"function": "pre"}, {"function": "stop"}, {"function": "next"}, {"function": "far"}]}, {}, ` +
				thread + `{"function": "RunWatchdog"}, {"function": "next"}, {"function": "far"}]}]}}`,
			data:  `{"crashing_thread":1,"threads":[{"frames":[{"function":"pre"},{"function":"stop"},{"function":"next"}]},{"frames":[{"function":"RunWatchdog"},{"function":"next"}]}]}`,
			lines: "prefix:pre",
		},
	} {
		t.Run(name, func(t *testing.T) {
			options := cases.Options{Bug: 7}
			if test.line != "" {
				change, err := siglists.ParseChange(test.line, true)
				if err != nil {
					t.Fatal(err)
				}
				options.Line = &change.Line
			}
			c, err := cases.Make([]byte(test.processed), generator(t, lists), options)
			if err != nil {
				if err.Error() != test.err {
					t.Errorf("error %v, want %s", err, test.err)
				}
				return
			}
			var lines []string
			for _, l := range c.Lines {
				lines = append(lines, cases.LineText(l))
			}
			if diff := cmp.Diff(test.data, string(c.Data)); diff != "" || strings.Join(lines, " ") != test.lines || test.err != "" {
				t.Errorf("lines %v (-want +got):\n%s", lines, diff)
			}
		})
	}
}

// TestMadeUp: a case of any crash has the signature of the crash, also as it is written and read again, and other siglists
// change the one exactly as they change the other, for the lines that it stands for.
func TestMadeUp(t *testing.T) {
	crashes, base, _ := madeup.Demo()
	set, err := siglists.Load(base)
	if err != nil {
		t.Fatal(err)
	}
	g := signatures.NewGenerator(set, signatures.DefaultRules())
	lines := 0
	for id, doc := range crashes {
		made, err := cases.Make(doc, g, cases.Options{})
		if err != nil {
			t.Fatalf("%s: %v", id, err)
		}
		crash, err := crashdata.ParseProcessed(doc)
		if err != nil {
			t.Fatal(err)
		}
		lines += len(made.Lines)
		text, err := made.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		c, err := cases.Parse(id, text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		sameAs(t, crash, c, g)
		for _, l := range c.Lines {
			less, err := set.With([]siglists.Change{{Line: l}})
			if err != nil {
				t.Fatal(err)
			}
			sameAs(t, crash, c, signatures.NewGenerator(less, g.Rules))
		}
	}
	if lines < 50 {
		t.Errorf("the cases stand for %d lines: the test is broken", lines)
	}
}

func sameAs(t *testing.T, crash *crashdata.Crash, c *cases.Case, g *signatures.Generator) {
	t.Helper()
	want, err := g.Worker().Generate(crash)
	if err != nil {
		t.Fatal(err)
	}
	got, err := g.Worker().Generate(c.Crash)
	if err != nil || got.Signature != want.Signature {
		t.Errorf("%s: %q, of the whole crash %q, %v", c.Name, got.Signature, want.Signature, err)
	}
}

func TestParse(t *testing.T) {
	const data = `"crash_data": {"threads": [{"frames": [{"function": "f"}]}]}`
	for doc, want := range map[string]string{
		`{"signature": "f", ` + data + `}`:                   "",
		"\ufeff" + `{"signature": "", ` + data + `}`:         "",
		`{` + data + `}`:                                     `a case says which "signature" it must get`,
		`{"signature": null, ` + data + `}`:                  `a case says which "signature" it must get`,
		`{"signature": "f"}`:                                 `a case has "crash_data", of which its signature is made`,
		`{"signature": "f", "sginature": "g", ` + data + `}`: `reading a case: json: unknown field "sginature"`,
		`{"signature": "f", "signature": "g", ` + data + `}`: `reading a case: "signature" stands twice`,
		`{"Signature": "f", ` + data + `, "signature": "f"}`: `reading a case: "signature" stands twice`,
		`{"signature": "f", ` + data + `, ` + data + `}`:     `reading a case: "crash_data" stands twice`,
		`{"signature": "f", "crash_data": {"threads": [{"frames": [{"function": "f", "function": "g"}]}]}}`:                                 `reading a case: "function" stands twice`,
		`{"signature": "f", "crash_data": {"moz_crash_reason": "f", "Moz_crash_reason": "", "threads": [{"frames": [{"function": "f"}]}]}}`: "",
		`null`: `a case says which "signature" it must get`,
		`{"signature": "f", "lines": ["x:y"], ` + data + `}`:               `lines: "x" is no list; the lists are prefix, irrelevant, sentinels and line-numbers`,
		`{"signature": "f", "bug": -1, ` + data + `}`:                      `bug -1: it is the number of a bug`,
		`{"signature": "f", ` + data + `} {}`:                              `reading a case: something follows the object`,
		`{"signature": "f", "crash_data": {"stack": [{"function": "f"}]}}`: `crash_data: no stack where a processed crash has one: its stack is in stack`,
		`[]`:  `reading a case: it is a JSON array, and a case is an object`,
		`"f"`: `reading a case: it is a JSON string, and a case is an object`,
		`{"signature": "f", "lines": "prefix:f", ` + data + `}`: `reading a case: "lines" can't be a JSON string`,
		`{"signature": 7, ` + data + `}`:                        `reading a case: "signature" can't be a JSON number`,
		``:                                                      `reading a case: the file is empty`,
		`{"signature": "f"`:                                     `reading a case: the file is cut short`,
	} {
		_, err := cases.Parse("a.json", []byte(doc))
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: %q, want %q", doc, got, want)
		}
	}
}

// TestFileName: a file has a name that no program takes for a flag, whatever the signature is made of.
func TestFileName(t *testing.T) {
	for signature, want := range map[string]string{
		"a::b | c": `^a-b-c-[0-9a-f]{8}\.json$`, "~Foo": `^Foo-[0-9a-f]{8}\.json$`, "": `^[0-9a-f]{8}\.json$`, "漢字": `^[0-9a-f]{8}\.json$`, "--help": `^help-[0-9a-f]{8}\.json$`,
		strings.Repeat("a", 61): `^a{60}-[0-9a-f]{8}\.json$`,
	} {
		if got := (&cases.Case{Signature: signature}).FileName(); !regexp.MustCompile(want).MatchString(got) {
			t.Errorf("%q: %s, want %s", signature, got, want)
		}
	}
}

// TestLoad: a file that can't be read is no case, and the others are. What lies behind a link to a folder is not passed over in silence.
func TestLoad(t *testing.T) {
	dir := t.TempDir()
	content := `{"signature": "f", "crash_data": {"threads": [{"frames": [{"function": "f"}]}]}}`
	if err := os.WriteFile(filepath.Join(dir, "a.json"), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	for link, to := range map[string]string{"b.json": "a.json", "c.json": "nowhere", "d.json": ".", "e": "..", "f": "nowhere"} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Skipf("no links: %v", err)
		}
	}
	all, failures, err := cases.Load(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range all {
		got = append(got, c.Name)
	}
	for _, f := range failures {
		got = append(got, "not "+f.Name)
	}
	if diff := cmp.Diff([]string{"a.json", "b.json", "not c.json", "not d.json", "not e"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRun(t *testing.T) {
	document := func(signature, function string, lines ...string) *fstest.MapFile {
		doc, err := json.Marshal(map[string]any{
			"signature": signature, "lines": lines,
			"crash_data": map[string]any{"threads": []any{map[string]any{"frames": []any{map[string]any{"function": function}, map[string]any{"function": "next"}}}}},
		})
		if err != nil {
			t.Fatal(err)
		}
		return &fstest.MapFile{Data: doc}
	}
	all, failures, err := cases.Load(fstest.MapFS{
		"a.json": document("pre | next", "pre", "prefix:pre"), "b/c.json": document("pre | next", "per"),
		"d.json": document("old", "old", "irrelevant:gone"), "readme.md": {}, "broken.json": {Data: []byte("{")},
		"limit.json": document(strings.Repeat("b", 60), strings.Repeat("b", 60)),
		"large.json": {Data: make([]byte, cases.MaxBytes+1)},
	})
	if err != nil {
		t.Fatal(err)
	}
	g := generator(t, map[string]string{"prefix": "pre\n(b|b)*\\d(?!x)\\1\n", "irrelevant": "x\n", "line-numbers": "y\n"})
	outcomes, open, err := cases.Run(context.Background(), all, g)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, o := range outcomes {
		got = append(got, o.Name+" "+o.Given+map[bool]string{true: " passed"}[o.Passed()]+map[bool]string{true: " gone"}[len(o.Gone) > 0])
	}
	for _, f := range append(failures, open...) {
		got = append(got, f.Name)
	}
	for _, l := range cases.Uncovered(all, cases.Lines(g.Set, nil)) {
		got = append(got, cases.LineText(l))
	}
	want := []string{"a.json pre | next passed", "b/c.json per", "d.json old passed gone", "broken.json", "large.json", "limit.json", "irrelevant:x", `prefix:(b|b)*\d(?!x)\1`, "line-numbers:y"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
