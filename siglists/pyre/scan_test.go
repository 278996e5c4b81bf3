package pyre

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// compiledMatch is what the automaton makes of a subject, however few there were.
func compiledMatch(l *List, subject string) (int, bool, error) {
	return l.newMatcher().match(nil, subject)
}

// TestScanIsCompiled holds lists that are tried line by line against compiled ones, whichever lines are known already.
func TestScanIsCompiled(t *testing.T) {
	all := []string{
		"a", "foo", "foo::b", ".*Wait", `f\w+$`, "(x)y", "a|c", "(?!a)b", "foo(?=:)", `\Bx`, "[a-c]+z", "(?i:FOO)", "x{2}", "^foo", "$", `\Ab`, "ä", "",
		"(?P<n>a)b", `(o)\1`, "(?i)FOO",
	}
	subjects := []string{"a", "foo", "foo::bar", "PR_Wait", "xy", "b", "xx", "FOO", "abcz", "fun", "fun\n", "", "q", "ä", "Ä"}
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOfN(rapid.SampledFrom(all), 0, 12).Draw(t, "lines")
		known := Patterns{}
		for _, line := range rapid.SliceOf(rapid.SampledFrom(all)).Draw(t, "known") {
			if _, err := known.Parse(line); err != nil {
				t.Fatal(err)
			}
		}
		plain, wantErr := CompileList(lines)
		list, err := CompileListWithin(nil, lines, known)
		if fmt.Sprint(err) != fmt.Sprint(wantErr) {
			t.Fatalf("error %v, without known lines %v", err, wantErr)
		}
		if err != nil {
			return
		}
		for range fewSubjects * rapid.IntRange(0, 1).Draw(t, "many") {
			list.scans()
		}
		subject := rapid.SampledFrom(subjects).Draw(t, "subject")
		line, ok, err := list.Match(nil, subject)
		wantLine, wantOK, wantErr := compiledMatch(plain, subject)
		if line != wantLine || ok != wantOK || (err == nil) != (wantErr == nil) {
			t.Fatalf("%q: %d %v %v, compiled: %d %v %v", subject, line, ok, err, wantLine, wantOK, wantErr)
		}
	})
}

// TestScanLimit: a list that is tried line by line gives up where a compiled one does, and at the same line.
func TestScanLimit(t *testing.T) {
	for _, line := range []string{`(\w+:?)*!`, `(\w+:?)*(?=!)x`} {
		list, err := CompileList([]string{"qq", line})
		if err != nil || !list.scans() {
			t.Fatal(err, "or no scan")
		}
		subject := strings.Repeat("a", 60)
		for range 2 {
			got, ok, err := list.Match(nil, subject)
			want, wantOK, wantErr := compiledMatch(list, subject)
			if got != want || ok != wantOK || fmt.Sprint(err) != fmt.Sprint(wantErr) {
				t.Errorf("%q: %d %v %v, compiled %d %v %v", line, got, ok, err, want, wantOK, wantErr)
			}
		}
	}
}
