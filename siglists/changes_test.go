package siglists_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// TestChangesConcern holds what is said of changed lines against what undoing them really does: a change
// that is said not to concern a frame leaves it as it is.
func TestChangesConcern(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base, err := siglists.Load(drawFiles(t, "base"))
		if err != nil {
			t.Skip("the base doesn't load")
		}
		candidate, err := siglists.Load(drawFiles(t, "candidate"))
		if err != nil {
			t.Skip("the candidate doesn't load")
		}
		changes := siglists.Diff(base, candidate)
		matcher, err := siglists.NewChangeMatcher(base, candidate, changes)
		if err != nil {
			t.Fatal(err)
		}
		if !siglists.Entangled(base, candidate) {
			checkUntouched(t, matcher, base, candidate)
		}
		checkStarts(t, matcher)
		for i, change := range changes {
			undone, err := siglists.Undo(base, candidate, change)
			if err != nil {
				t.Fatalf("undoing %s: %v", change, err)
			}
			checkUndone(t, matcher, candidate, undone, i, change)
		}
	})
}

// checkUntouched checks that both sets make the same of what no changed line concerns.
func checkUntouched(t *rapid.T, matcher *siglists.ChangeMatcher, base, candidate *siglists.Set) {
	for _, name := range siglists.Names() {
		for _, frame := range versionFrames {
			was, _ := treat(t, base, name, frame)
			is, _ := treat(t, candidate, name, frame)
			if was != is && len(matcher.Match(nil, name, frame)) == 0 {
				t.Fatalf("%s on %q changes from %v to %v, and no changed line concerns it", name, frame, was, is)
			}
		}
	}
}

// checkStarts checks that no change concerns a frame that begins with none of the texts that all are said to begin with.
func checkStarts(t *rapid.T, matcher *siglists.ChangeMatcher) {
	starts, known := matcher.Starts()
	for _, frame := range versionFrames {
		byLine, byText := matcher.Match(nil, siglists.LineNumbers, frame), matcher.MatchText(nil, frame)
		begins := slices.ContainsFunc(starts, func(start string) bool { return strings.HasPrefix(frame, start) })
		if known && (len(byLine) > 0 || len(byText) > 0 && !begins) {
			t.Fatalf("%q begins with none of %q, and a change concerns it", frame, starts)
		}
	}
}

// checkUndone checks one change against the candidate without it, whose lists also are what such lists are
// when they are read.
func checkUndone(t *rapid.T, matcher *siglists.ChangeMatcher, candidate, undone *siglists.Set, i int, change siglists.Change) {
	name := change.Line.List
	for _, frame := range versionFrames {
		with, _ := treat(t, candidate, name, frame)
		without, _ := treat(t, undone, name, frame)
		if with != without && !slices.Contains(matcher.Match(nil, name, frame), i) {
			t.Fatalf("%s on %q: %v, and %v when it is undone, which is said not to concern it", change, frame, with, without)
		}
		if plain, _ := treat(t, reread(t, undone), name, frame); plain != without {
			t.Fatalf("%s undone on %q: %v, but %v as a list of its own", change, frame, without, plain)
		}
	}
}

// reread reads the lines of a set anew.
func reread(t *rapid.T, set *siglists.Set) *siglists.Set {
	files := fstest.MapFS{}
	for _, name := range siglists.Names() {
		var lines []string
		for _, line := range set.List(name).Lines {
			lines = append(lines, line.Text)
		}
		files[name.File()] = &fstest.MapFile{Data: []byte(strings.Join(lines, "\n"))}
	}
	again, err := siglists.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	return again
}

// TestChangesOfShortLists: a line concerns what it matches, also in a list of one line, unless the list is
// empty without it or was: such a list matches everything.
func TestChangesOfShortLists(t *testing.T) {
	for _, test := range []struct {
		base, candidate string
		entangled       bool
		a, b, other     []string // the changes that concern these frames
		itself          []string // those that match a
	}{
		{base: "a", candidate: "a\nb", b: []string{"+b"}},
		{base: "a\nb", candidate: "b", a: []string{"-a"}, itself: []string{"-a"}},
		{base: "a", candidate: "b", a: []string{"-a"}, b: []string{"+b"}, itself: []string{"-a"}},
		{base: "x", candidate: "x\na\nb\nc\nd\ne\nf\ng\nh", a: []string{"+a"}, b: []string{"+b"}, itself: []string{"+a"}},
		{base: "", candidate: "b", entangled: true, a: []string{"+b"}, b: []string{"+b"}, other: []string{"+b"}},
		{base: "", candidate: "a\nb", entangled: true, a: []string{"+a"}, b: []string{"+b"}, itself: []string{"+a"}},
		{base: "a", candidate: "", entangled: true, a: []string{"-a"}, b: []string{"-a"}, other: []string{"-a"}, itself: []string{"-a"}},
		{base: "(?i)x", candidate: "a", entangled: true, a: []string{"-(?i)x", "+a"}, b: []string{"-(?i)x", "+a"}, other: []string{"-(?i)x", "+a"}, itself: []string{"+a"}},
		{base: "(?i)A", candidate: "(?i)A\nB", entangled: true, a: []string{"+B"}, b: []string{"+B"}, other: []string{"+B"}},
		{base: "(b)\ny", candidate: "(b)\ny\n(|x)a\\1", entangled: true, a: []string{"+(|x)a\\1"}, b: []string{"+(|x)a\\1"}, other: []string{"+(|x)a\\1"}},
		{base: "b", candidate: "(|x)a\\1\nb", entangled: true, a: []string{"+(|x)a\\1"}, b: []string{"+(|x)a\\1"}, other: []string{"+(|x)a\\1"}, itself: []string{"+(|x)a\\1"}},
	} {
		base, candidate := loadPrefix(t, test.base), loadPrefix(t, test.candidate)
		if got := siglists.Entangled(base, candidate); got != test.entangled {
			t.Errorf("%q to %q: entangled %v", test.base, test.candidate, got)
		}
		changes := siglists.Diff(base, candidate)
		matcher, err := siglists.NewChangeMatcher(base, candidate, changes)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string][]string{}
		for _, frame := range []string{"a", "b", "other"} {
			for _, i := range slices.Sorted(slices.Values(matcher.Match(nil, siglists.Prefix, frame))) {
				got[frame] = append(got[frame], changeText(changes[i]))
				if frame == "a" && matcher.MatchesItself(i, siglists.Prefix, frame) {
					got["itself"] = append(got["itself"], changeText(changes[i]))
				}
			}
		}
		want := map[string][]string{"a": test.a, "b": test.b, "other": test.other, "itself": test.itself}
		for _, key := range []string{"a", "b", "other", "itself"} {
			if diff := cmp.Diff(want[key], got[key]); diff != "" {
				t.Errorf("%q to %q, %s (-want +got):\n%s", test.base, test.candidate, key, diff)
			}
		}
	}
}

func changeText(c siglists.Change) string { return c.String()[:1] + c.Line.Text }

// loadPrefix makes a set with a prefix list.
func loadPrefix(t *testing.T, prefix string) *siglists.Set {
	t.Helper()
	return loadPrefixWithin(t, nil, prefix)
}

func loadPrefixWithin(t *testing.T, b *pyre.Budget, prefix string) *siglists.Set {
	t.Helper()
	files := fstest.MapFS{}
	for _, name := range siglists.Names() {
		files[name.File()] = &fstest.MapFile{Data: []byte("one\ntwo\n")}
	}
	files[siglists.Prefix.File()] = &fstest.MapFile{Data: []byte(prefix)}
	set, err := siglists.NewVersions(b).Load(files)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// Once the budget has ended, as with the context, of many lines none is tried any more: each may concern the frame.
func TestChangesAfterTheBudget(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	base, candidate := loadPrefix(t, "a"), loadPrefixWithin(t, pyre.NewBudget(ctx, 1000, nil), "a\nb.\nc.\nd.\ne.\nf.\ng.\nh.\ni.")
	matcher, err := siglists.NewChangeMatcher(base, candidate, siglists.Diff(base, candidate))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range [][]int{nil, {0, 1, 2, 3, 4, 5, 6, 7}} {
		if got := matcher.Match(nil, siglists.Prefix, "x"); !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
		cancel()
	}
}

func TestStarts(t *testing.T) {
	base, err := siglists.Load(fstest.MapFS{
		siglists.Irrelevant.File(): {Data: []byte("a\nb")}, siglists.Prefix.File(): {Data: []byte("p")},
		siglists.Sentinels.File(): {Data: []byte("s")}, siglists.LineNumbers.File(): {Data: []byte("l")},
	})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		changes string
		want    []string
		known   bool
	}{
		{"", nil, true},
		{"+ prefix foo::.*bar", []string{"foo::"}, true},
		{"+ irrelevant foo, - irrelevant b, + sentinels bar", []string{"b", "foo", "bar"}, true},
		{"+ irrelevant foo, + prefix .*bar", nil, false},
		{"+ prefix (foo|bar)", nil, false},
		{"+ irrelevant (?i)foo", nil, false},
		{"- prefix p", nil, false},
		{"+ line-numbers foo", nil, false},
	}
	for _, test := range tests {
		changes, err := siglists.ReadChanges(strings.NewReader(strings.ReplaceAll(test.changes, ", ", "\n")))
		if err != nil {
			t.Fatal(err)
		}
		candidate, err := base.With(changes)
		if err != nil {
			t.Fatal(err)
		}
		matcher, err := siglists.NewChangeMatcher(base, candidate, siglists.Diff(base, candidate))
		if err != nil {
			t.Fatal(err)
		}
		starts, known := matcher.Starts()
		slices.Sort(starts)
		slices.Sort(test.want)
		if known != test.known || !slices.Equal(starts, test.want) {
			t.Errorf("%s: %q, %v; want %q, %v", test.changes, starts, known, test.want, test.known)
		}
	}
}
