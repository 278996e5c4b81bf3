package pyre

import (
	"errors"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestListMatch holds the deciding lines that follow from joining with "|"; the
// answers are Python's.
func TestListMatch(t *testing.T) {
	for name, c := range map[string]struct {
		lines []string
		want  map[string]int
	}{
		"order":                                {[]string{"b", "ab", "a"}, map[string]int{"abc": 1, "ac": 2, "bc": 0, "c": -1, "": -1}},
		"alternatives":                         {[]string{"a|memset", "foo|"}, map[string]int{"memset": 0, "foo": 1, "x": 1, "": 1}},
		"empty list":                           {nil, map[string]int{"": -1, "x": -1}},
		"empty line":                           {[]string{""}, map[string]int{"": 0, "x": 0}},
		"dollar":                               {[]string{"a$", `a\Z`, "^b$"}, map[string]int{"a": 0, "a\n": 0, "a\n\n": -1, "b\n": 2, "ab": -1}},
		"multiline":                            {[]string{"(?m)a$", "a\n^b"}, map[string]int{"a\nb": 0, "ab": -1}},
		"multiline begin":                      {[]string{"(?m)x", ".\n^b"}, map[string]int{"a\nb": 1}},
		"dot and newline":                      {[]string{"a.b", "(?s:a.c)"}, map[string]int{"a\nb": -1, "a\nc": 1}},
		"global ignorecase":                    {[]string{"(?i)x", "memcpy"}, map[string]int{"MEMCPY": 1, "X": 0}},
		"local ignorecase":                     {[]string{"(?i:x)", "memcpy"}, map[string]int{"MEMCPY": -1, "X": 0}},
		"verbose comment":                      {[]string{"(?x)a # b", "c"}, map[string]int{"a": 0, "c": -1}},
		"verbose spaces":                       {[]string{"(?x)a", "b c"}, map[string]int{"bc": 1, "b c": -1}},
		"group numbers":                        {[]string{"(a)x", `(b)\1`}, map[string]int{"bb": -1, "ba": -1, "ax": 0}},
		"group names":                          {[]string{"(?P<a>m)em(?P=a)", `(a)\1`}, map[string]int{"aa": -1, "memm": 0}},
		"unset group":                          {[]string{`(a)?\1`, `(?P<x>b)?(?(x)c|d)`}, map[string]int{"": -1, "aa": 0, "bc": 1, "d": 1}},
		"lookaround":                           {[]string{"mem(?=cpy)", "(?!mozilla)ns.*", ".*(?<=Wait)"}, map[string]int{"memcpy": 0, "memset": -1, "nsX": 1, "fooWait": 2}},
		"possessive":                           {[]string{"mo.*?z", "a*+b", "a*+ab", "(?>std::|std):"}, map[string]int{"moz": 0, "aab": 1, "aac": -1, "std:": 3, "std::": -1, "std:::": 3}},
		"mixed":                                {[]string{"ab", "a(?=b)", "a"}, map[string]int{"ab": 0, "ac": 2}},
		"mixed, later":                         {[]string{"x", "a(?=b)", "a"}, map[string]int{"ab": 1, "ac": 2}},
		"no set operations":                    {[]string{"[a-z&&b]+X", "[[:alpha:]]+Y"}, map[string]int{"&X": 0, ":]Y": 1, "a]]Y": 1, "aY": -1}},
		"braces":                               {[]string{"{{closure}}", "a{,3}b", "x{2}", "y{a}"}, map[string]int{"{{closure}}": 0, "aaab": 1, "aaaab": -1, "xx": 2, "y{a}": 3}},
		"word boundary":                        {[]string{`mozilla\b`, `\Bx`, `é\b`}, map[string]int{"mozilla::": 0, "mozillaé": -1, "x": -1, "é": 2, "": -1}},
		"not a boundary":                       {[]string{`\B`}, map[string]int{"": -1, " ": 0, "a": -1}},
		"invalid UTF-8":                        {[]string{"\ufffd\ufffd$", "."}, map[string]int{"\xff\xfe": 0, "\xe2\x82": 0, "\xff": 1}},
		"capital beyond the basic plane alone": {[]string{"(?i)\U00010400"}, map[string]int{"\U00010428": 0, "\U00010400": 0}},
		"capital beyond the basic plane in a set": {[]string{"(?i)\U00010400", "x"}, map[string]int{"\U00010428": -1, "\U00010400": -1, "X": 1}},
		"not a set after all":                     {[]string{"(?i)\U00010400", "xy"}, map[string]int{"\U00010428": 0, "XY": 1}},
	} {
		t.Run(name, func(t *testing.T) {
			list, err := CompileList(c.lines)
			if err != nil {
				t.Fatal(err)
			}
			for subject, want := range c.want {
				line, ok, err := list.Match(nil, subject)
				if line != want || ok != (want >= 0 || len(c.lines) == 0) || err != nil {
					t.Errorf("%q on %q: line %d, %t, %v; want %d", c.lines, subject, line, ok, err, want)
				}
			}
		})
	}
}

// TestListErrors holds that all bad lines are reported, each with the position
// in the line.
func TestListErrors(t *testing.T) {
	for name, c := range map[string]struct {
		lines []string
		want  []string
	}{
		"alone":         {[]string{"ok", "mem(", "*x", "é["}, []string{"line 1: missing ), unterminated subpattern at position 3", "line 2: nothing to repeat at position 0", "line 3: unterminated character set at position 1"}},
		"late flags":    {[]string{"é", "(?i)a", "b", "(?i)c"}, []string{"line 1 (joined with the others): global flags not at the start of the expression at position 0", "line 3 (joined with the others): global flags not at the start of the expression at position 0"}},
		"names":         {[]string{"(?P<a>x)", "(?P<a>y)"}, []string{"line 1 (joined with the others): redefinition of group name 'a' as group 2; was group 1 at position 4"}},
		"both":          {[]string{"x", "(?x)y", "("}, []string{"line 1 (joined with the others): global flags not at the start of the expression at position 0", "line 2: missing ), unterminated subpattern at position 0"}},
		"verbose":       {[]string{"(?x)a", "(b # c)", "d"}, []string{"line 1 (joined with the others): missing ), unterminated subpattern at position 0"}},
		"lookbehind":    {[]string{"a", "(?<=b*)"}, []string{"line 1: look-behind requires fixed-width pattern"}},
		"not supported": {[]string{"a", `\N{GREEK SMALL LETTER ALPHA}`}, []string{`line 1: the character name 'GREEK SMALL LETTER ALPHA' can't be read here, write the character or \uXXXX instead at position 0`}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := CompileList(c.lines)
			var list *ListError
			if !errors.As(err, &list) {
				t.Fatal(err)
			}
			var got []string
			for _, e := range list.Errors {
				got = append(got, e.Error())
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			if err.Error() != strings.Join(c.want, "; ") {
				t.Error(err)
			}
		})
	}
}

// TestLimits holds that hostile patterns and subjects end in an answer or a
// LimitError, and soon.
func TestLimits(t *testing.T) {
	long := strings.Repeat("a", 10<<20)
	for _, c := range []struct {
		lines   []string
		subject string
		limited bool
		want    int
	}{
		{[]string{"x", "(a*)*\\1b"}, strings.Repeat("a", 40), true, 1},
		{[]string{"(?:a|aa)+b"}, strings.Repeat("a", 2000), false, -1},
		{[]string{"(?=(?:a|aa)+b)"}, strings.Repeat("a", 2000), true, 0},
		{[]string{"(?!x)(?:ab|a)*c"}, long, true, 0},
		{[]string{"(?!x)a*b"}, long, false, -1},
		{[]string{"(?!x).*a$"}, long, false, 0},
		{[]string{"(?>(?:a(?:a)?)*)b"}, long, true, 0},
		{[]string{"(?:a|b)*$"}, long, false, 0},
		{[]string{"(?:a|b)*b(?:a|b){30}$"}, long, false, -1},
		{[]string{"(?:(?:a{1000}){1000}){1000}"}, long, false, -1},
		{[]string{"(?:(?:a{1000}){1000}){10}"}, long, false, 0},
		{[]string{"(?:a{0,1000}){0,1000}b", "a"}, "ab", false, 0},
	} {
		list, err := CompileList(c.lines)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		line, _, err := list.Match(nil, c.subject)
		var limit *LimitError
		if limited := errors.As(err, &limit); limited != c.limited {
			t.Errorf("%q on %d bytes: line %d, %v after %v", c.lines, len(c.subject), line, err, time.Since(start))
		} else if limited {
			line = limit.Line
		}
		if line != c.want {
			t.Errorf("%q on %d bytes: line %d, want %d", c.lines, len(c.subject), line, c.want)
		}
		t.Logf("%q on %d bytes: %v after %v", c.lines, len(c.subject), err, time.Since(start))
	}
}

// TestLargePatterns holds that large patterns are read, or refused, in time.
func TestLargePatterns(t *testing.T) {
	for _, part := range []string{"a", "a|", "(a)", "[ab]", "(?i:[\\w\u0100-\uffff])", "a*", "(?:a|b)", "[", "(?#", "(?P<a", `\w|`, `\`, "{", "a{1,2}"} {
		pattern := strings.Repeat(part, 1<<20/len(part))
		start := time.Now()
		p, err := Parse(pattern)
		t.Logf("%q: %d, %.60v after %v", part, len(pattern), err, time.Since(start))
		if p == nil && err == nil {
			t.Error("neither a pattern nor an error")
		}
	}
	conditions := make([]byte, 0, 1<<20)
	for n := 1; len(conditions) < 1<<20; n++ {
		conditions = append(conditions, "(?("+strconv.Itoa(n)+")a)"...)
	}
	if _, err := Parse(string(conditions)); err == nil || err.Error() != "invalid group reference 1 at position 3" {
		t.Error(err)
	}
}

// TestConcurrentUse is for the race detector.
func TestConcurrentUse(t *testing.T) {
	lines, frames := madeUpList(100, 200)
	list, err := CompileList(append(lines, `(\w+)::\1`))
	if err != nil {
		t.Fatal(err)
	}
	want := make([]int, len(frames))
	for i, f := range frames {
		want[i], _, _ = list.Match(nil, f)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i, f := range frames {
				if line, _, err := list.Match(nil, f); line != want[i] || err != nil {
					t.Errorf("%q: line %d, %v; want %d", f, line, err, want[i])
				}
			}
		})
	}
	wg.Wait()
}

// TestRoom: alternatives that the automaton doesn't take need no room in it.
func TestRoom(t *testing.T) {
	list, err := CompileList([]string{"foo", `(a)\1`, "a{20000}"})
	if err != nil {
		t.Fatal(err)
	}
	list.newMatcher()
	if got := cap(list.automaton.nfa.code); got > 100 {
		t.Errorf("room for %d instructions", got)
	}
}

// TestPythonFails: subjects on which Python's match raises a SystemError, and like ones on which it doesn't.
func TestPythonFails(t *testing.T) {
	for _, c := range []struct {
		line, subject string
		fails         bool
		want          int
	}{
		{`(?:(b)a|c)++`, "bac", true, -1},
		{`(?:(b)a|c)*+`, "bac", true, -1},
		{`((?P<n>b):a|(c)d){2}+<`, "b:acd<", true, -1},
		{`((?P<n>b):a|(c)d){2}+<`, "b:acd>", false, -1}, // what doesn't match makes no match object
		{`(?:(?:(b)a|c)++x)?`, "bac", false, 1},
		{`(?>(?:(b)a|c)*)`, "bac", false, 1},
		{`(?:(b)a|c)*`, "bac", false, 1},
		{`(?:(b)?a|c)++`, "babac", false, 1},
	} {
		list, err := CompileList([]string{"zz", c.line})
		if err != nil {
			t.Fatal(err)
		}
		line, _, err := list.Match(nil, c.subject)
		again, _, errAgain := list.newMatcher().match(nil, c.subject)
		_, alone := list.Line(1).Match(c.subject)
		if (err != nil) != c.fails || (errAgain != nil) != c.fails || (alone != nil) != c.fails || line != c.want || again != c.want {
			t.Errorf("%s on %q: line %d, %v; compiled: %d, %v; alone: %v", c.line, c.subject, line, err, again, errAgain, alone)
		}
		if limit, ok := errors.AsType[*LimitError](err); ok && (limit.Line != 1 || !strings.Contains(limit.Error(), "SystemError")) {
			t.Errorf("%s on %q: %v", c.line, c.subject, limit)
		}
	}
}
