package lint

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/siglists"
)

const shared = "../../../shared"

// TestRealFramesCanMatch takes every function of the reference's cases, as it is normalised, for a line and
// a sentinel: none may count as one that no frame starts with, and those of functions without ::operator not as one that hardly
// any does. A function that has the name of a module is left out; of Rust source, those that have the names of C++.
func TestRealFramesCanMatch(t *testing.T) {
	files, _ := filepath.Glob(shared + "/vectors/*.ndjson.gz")
	files = append(files, shared+"/crashes/real.ndjson.gz")
	if _, err := os.Stat(files[0]); err != nil {
		t.Skip("no ../shared beside the project, so no reference cases")
	}
	rules, err := signatures.ParseRuleset("default")
	if err != nil {
		t.Fatal(err)
	}
	worker := signatures.NewGenerator(setOfLists(t, map[siglists.Name]string{siglists.LineNumbers: "no_function_at_all"}), rules).Worker()
	frames := map[crashdata.Frame]string{}
	for _, file := range files {
		eachCrash(t, file, func(c *crashdata.Crash) { collect(t, worker, c, frames) })
	}
	if len(frames) < 1000 {
		t.Fatalf("only %d distinct functions in the reference's cases", len(frames))
	}
	for frame, text := range frames {
		cpp := strings.Contains(text, "::$_") || strings.Contains(text, "anonymous namespace")
		if strings.HasSuffix(text, ".DLL") || frame.Kind == crashdata.FrameRust && cpp {
			continue
		}
		for _, whole := range []bool{true, false} {
			if why := neverReason(siglists.Prefix, text, whole); surely(why) || why != "" && !strings.Contains(frame.Text, "::operator") {
				t.Errorf("%q becomes %q, which %s", frame.Text, text, why)
			}
		}
	}
}

// TestLinedOrNot: of no frame that there is with a list of line numbers it is said that it is followed by its source line.
func TestLinedOrNot(t *testing.T) {
	rules, err := signatures.ParseRuleset("default")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ lined, frame, want string }{
		{"foo$", `"function": "foo::h0123456789abcdef", "file": "git:github.com/x/y:src/a.rs:1"`, "foo"},
		{"foo(?!::)", `"function": "foo::h0123456789abcdef", "file": "git:github.com/x/y:src/a.rs:1"`, "foo"},
		{`X::operator\*`, `"function": "X::operator *(int)"`, "X::operator*"},
		{"foo, bar", `"function": "foo,bar"`, "foo, bar"},
		{"foo", `"module": "foo.dll"`, "foo.dll"},
		{"foo", `"file": "src/foo.c"`, "foo.c#12"},
		{"@0x", `"offset": "0x1"`, "@0x1"},
	} {
		lists := map[siglists.Name]string{siglists.LineNumbers: c.lined, siglists.Sentinels: c.want}
		set := setOfLists(t, lists)
		crash, err := crashdata.ParseProcessed([]byte(`{"crashing_thread": 0, "json_dump": {"threads": [{"frames": [{"line": 12, ` + c.frame + `}]}]}}`))
		if err != nil {
			t.Fatal(err)
		}
		result, err := signatures.NewGenerator(set, rules).Worker().Explain(crash)
		if err != nil {
			t.Fatal(err)
		}
		if got := result.Passes[0].Frames[0].Text; got != c.want {
			t.Errorf("%s becomes %q, want %q", c.frame, got, c.want)
		}
		for _, f := range findingsOf(t, set, Options{}) {
			if f.Check == NeverMatches {
				t.Errorf("%s: %s", c.want, f.Message)
			}
		}
	}
}

// TestInsideNameOfList: what is inside of a longer name is so in the text that the list is asked about.
func TestInsideNameOfList(t *testing.T) {
	corpus := []Frame{
		{Text: "a::one:12", Function: "a::one", Crashes: 1},
		{Text: "a::oneMore:12", Function: "a::oneMore", Crashes: 1},
	}
	for list, want := range map[siglists.Name]string{siglists.LineNumbers: "1 inside-name", siglists.Prefix: ""} {
		set := setOfLists(t, map[siglists.Name]string{list: "a::one"})
		got := found(findingsOf(t, set, Options{Corpus: corpus, Disable: []Check{Dead, TooBroad}}))
		if got != want {
			t.Errorf("%s: %q, want %q", list, got, want)
		}
	}
}

func collect(t *testing.T, worker *signatures.Worker, c *crashdata.Crash, frames map[crashdata.Frame]string) {
	result, err := worker.Explain(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, pass := range result.Passes {
		for _, f := range pass.Frames {
			if f.Frame.Kind != crashdata.FrameText {
				frames[crashdata.Frame{Kind: f.Frame.Kind, Text: f.Frame.Text}] = f.Text
			}
		}
	}
}

func eachCrash(t *testing.T, file string, visit func(*crashdata.Crash)) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(unzipped)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var vector struct {
			Crash json.RawMessage `json:"processed_crash"`
		}
		if err := json.Unmarshal(lines.Bytes(), &vector); err != nil {
			t.Fatal(err)
		}
		if vector.Crash == nil {
			vector.Crash = lines.Bytes()
		}
		if crash, err := crashdata.ParseProcessed(vector.Crash); err == nil {
			visit(crash)
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
}
