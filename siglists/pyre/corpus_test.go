package pyre

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var corpusFile = flag.String("corpus", "", "a further file made by testdata/generate.py to test with")

// corpusCase is a line of a file that testdata/generate.py wrote: what Python
// answers, or why it refuses.
type corpusCase struct {
	Lines    []string          `json:"lines"`
	Subjects []string          `json:"subjects"`
	Answers  []int             `json:"answers"`
	Errors   []json.RawMessage `json:"errors"`
}

// pyError is an error as Python told it; Pos is -1 if it has none.
type pyError struct {
	Line int
	Msg  string
	Pos  int
}

func (c *corpusCase) pyErrors(t *testing.T) []pyError {
	var out []pyError
	for _, raw := range c.Errors {
		var pos *int
		e := pyError{Pos: -1}
		if err := json.Unmarshal(raw, &[]any{&e.Line, &e.Msg, &pos}); err != nil {
			t.Fatal(err)
		}
		if pos != nil {
			e.Pos = *pos
		}
		out = append(out, e)
	}
	return out
}

func readCorpus(t testing.TB, path string, visit func(*corpusCase)) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			t.Fatal(err)
		}
	}
	in := bufio.NewScanner(r)
	in.Buffer(nil, 16<<20)
	for in.Scan() {
		var c corpusCase
		if err := json.Unmarshal(in.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		visit(&c)
	}
	if err := in.Err(); err != nil {
		t.Fatal(err)
	}
}

// TestCorpus holds this package to Python's answers on random patterns: the
// deciding line, or each error with message and position.
func TestCorpus(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.ndjson.gz")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no corpus: %v", err)
	}
	if *corpusFile != "" {
		paths = []string{*corpusFile}
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			cases, limits := 0, 0
			readCorpus(t, path, func(c *corpusCase) {
				cases++
				limits += checkCase(t, c)
			})
			t.Logf("%d cases, %d subjects given up at a limit", cases, limits)
			if cases == 0 || limits*1000 > cases {
				t.Errorf("%d cases, %d subjects given up at a limit", cases, limits)
			}
		})
	}
}

// checkCase gives the number of subjects that were given up at a limit.
func checkCase(t *testing.T, c *corpusCase) (limits int) {
	list, err := CompileList(c.Lines)
	if c.Errors != nil {
		checkErrors(t, c, err)
		return 0
	}
	if err != nil {
		t.Errorf("%q: refused, Python takes it: %v", c.Lines, err)
		return 0
	}
	for i, subject := range c.Subjects {
		line, ok, err := list.Match(nil, subject)
		var limit *LimitError
		if errors.As(err, &limit) {
			limits++
			continue
		}
		if line != c.Answers[i] || ok != (c.Answers[i] >= 0) {
			t.Errorf("%q on %q: line %d, Python says %d", c.Lines, subject, line, c.Answers[i])
		}
	}
	return limits
}

func checkErrors(t *testing.T, c *corpusCase, err error) {
	want := c.pyErrors(t)
	if want[0].Line < 0 {
		checkJoinError(t, c.Lines, want[0], err)
		return
	}
	var list *ListError
	if !errors.As(err, &list) {
		t.Errorf("%q: no error, Python says %+v", c.Lines, want)
		return
	}
	var got []pyError
	// Python was asked about each line alone.
	alone := slices.DeleteFunc(slices.Clone(list.Errors), func(e LineError) bool { return e.Joined })
	for _, e := range alone {
		got = append(got, toPyError(e))
	}
	if len(got) != len(want) {
		t.Errorf("%q: got %+v, Python says %+v", c.Lines, got, want)
		return
	}
	for i := range got {
		if got[i] != want[i] && !isUnknownName(alone[i], want[i]) {
			t.Errorf("%q: got %+v, Python says %+v", c.Lines, got[i], want[i])
		}
	}
}

// checkJoinError compares the error of a list whose lines are fine alone, whose
// position Python counts from the start of the joined list.
func checkJoinError(t *testing.T, lines []string, want pyError, err error) {
	var list *ListError
	if !errors.As(err, &list) {
		t.Errorf("%q: no error, Python says %+v of the joined list", lines, want)
		return
	}
	for _, e := range list.Errors {
		got := toPyError(e)
		if got.Line > 0 && got.Pos >= 0 {
			got.Pos += len([]rune(strings.Join(lines[:got.Line], "|"))) + 1
		}
		got.Line = -1
		if e.Joined && got == want {
			return
		}
	}
	t.Errorf("%q: got %v, Python says %+v of the joined list", lines, err, want)
}

// isUnknownName tells a name that Python refuses and that this package, which
// has few names, can't tell to be unknown.
func isUnknownName(e LineError, want pyError) bool {
	var syntax *SyntaxError
	return errors.As(e.Err, &syntax) && syntax.Unsupported && e.Line == want.Line &&
		syntax.Pos == want.Pos && strings.HasPrefix(want.Msg, "undefined character name ")
}

func toPyError(e LineError) pyError {
	var syntax *SyntaxError
	if errors.As(e.Err, &syntax) {
		return pyError{e.Line, syntax.Msg, syntax.Pos}
	}
	return pyError{e.Line, e.Err.Error(), -1}
}
