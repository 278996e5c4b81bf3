package pyre

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// Long subjects are matched in chunks, as short ones are at once: wherever their characters and line ends
// fall, and whatever is no UTF-8.
func TestLongSubjects(t *testing.T) {
	lines := []string{`.*é{3}x`, `(?:ab|é)+$`, `[^y]*z`, `.*\bend`, `\x00`}
	list, err := CompileList(lines)
	if err != nil {
		t.Fatal(err)
	}
	m := list.newMatcher()
	r := rand.New(rand.NewPCG(1, 2))
	for _, part := range []string{"ab", "é", "abé", "€", "\xff", "\xe2\x82", "𝒳a"} {
		for range 60 {
			n := (workChunk*r.IntN(4)+r.IntN(9))/len(part) + 1
			subject := strings.Repeat(part, n) + []string{"", "éééx", "z", " end", "\n", "\x00"}[r.IntN(6)]
			best := m.dfa.run(m.dfa.startState(), subject)
			line, ok, err := m.match(nil, subject)
			wantLine, want := plainMatch(t, list, subject)
			if ok != want || line != wantLine || err != nil {
				t.Fatalf("%d times %q, then %q: line %d, %v, %v; want %d, %v (%d)", n, part, subject[len(part)*n:], line, ok, err, wantLine, want, best)
			}
		}
	}
}

// plainMatch tries the lines one after the other.
func plainMatch(t *testing.T, l *List, subject string) (int, bool) {
	t.Helper()
	for i := range l.Len() {
		if ok, err := l.Line(i).Match(subject); err != nil {
			t.Fatal(err)
		} else if ok {
			return i, true
		}
	}
	return -1, false
}

// A list that keeps a thousand possibilities open is given up on a long subject, always at the same length,
// and answers on short ones; lists as they are in use answer on any.
func TestWorkLimit(t *testing.T) {
	var lines []string
	for i := range 1000 {
		lines = append(lines, fmt.Sprintf(".*a%dz", i))
	}
	list, err := CompileList(lines)
	if err != nil {
		t.Fatal(err)
	}
	warm := list.newMatcher()
	for _, n := range []int{10, workChunk, 5 * workChunk, 40 * workChunk, 1 << 20} {
		subject := strings.Repeat("b", n)
		_, ok, err := list.newMatcher().match(nil, subject)
		_, okWarm, errWarm := warm.match(nil, subject)
		var limit *LimitError
		if given := errors.As(err, &limit); given != (n >= 40*workChunk) || ok || given && (limit.Line != -1 || limit.Limit != WorkLimit) {
			t.Errorf("%d characters: %v, %v", n, ok, err)
		}
		if ok != okWarm || fmt.Sprint(err) != fmt.Sprint(errWarm) {
			t.Errorf("%d characters: %v, %v; after others %v, %v", n, ok, err, okWarm, errWarm)
		}
	}
	few, err := CompileList(append([]string{"foo"}, lines[:25]...))
	if err != nil {
		t.Fatal(err)
	}
	if _, ok, err := few.Match(nil, strings.Repeat("b", 10<<20)); ok || err != nil {
		t.Error(ok, err)
	}
}
