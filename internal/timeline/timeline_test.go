package timeline

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/enginetest"
	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/gitlists"
)

// broken is a prefix list that stands for siglists that don't load.
const broken = "("

// commitOf is the i-th commit, a day after the one before.
func commitOf(i int) report.Commit {
	return report.Commit{Revision: fmt.Sprintf("%040x", i+1), Date: fmt.Sprintf("2026-01-%02dT12:00:00Z", i+1), Subject: fmt.Sprintf("commit %d", i)}
}

// timelineOf is a timeline of sets, nil for those that don't load.
func timelineOf(sets ...*siglists.Set) *Timeline {
	t := &Timeline{Repository: "https://example.org/repo"}
	for i, set := range sets {
		v := Version{Commit: commitOf(i), Set: set}
		if set == nil {
			v.Err = errors.New("doesn't load")
		}
		t.Versions = append(t.Versions, v)
	}
	return t
}

// ofPrefixes is a timeline of sets with these prefix lists.
func ofPrefixes(t *testing.T, prefixes ...string) *Timeline {
	t.Helper()
	var sets []*siglists.Set
	unloaded := map[int][]siglists.Line{}
	for i, prefix := range prefixes {
		if prefix == broken || strings.HasPrefix(prefix, broken+"\n") {
			sets = append(sets, nil)
			list, _ := siglists.Parse(siglists.Prefix, []byte(prefix))
			unloaded[i] = list.Lines
			continue
		}
		sets = append(sets, enginetest.NewSet(t, "sentinel", "skipped", prefix, "lined"))
	}
	line := timelineOf(sets...)
	for i, lines := range unloaded {
		line.Versions[i].Lines = lines
	}
	return line
}

// origins are the commits that prefixes came with, in words.
func origins(t *Timeline) string {
	var words []string
	for key, c := range t.Origins() {
		if key.List == siglists.Prefix {
			words = append(words, key.Text+" "+strings.TrimPrefix(c.Subject, "commit "))
		}
	}
	slices.Sort(words)
	return strings.Join(words, ", ")
}

func TestOrigins(t *testing.T) {
	for _, test := range []struct {
		name     string
		prefixes []string
		hidden   int
		want     string
	}{
		{"one commit", []string{"a\nb"}, 0, "a 0, b 0"},
		{"added", []string{"a", "a\nb", "a\nb\nc"}, 0, "a 0, b 1, c 2"},
		{"removed", []string{"a\nb", "b"}, 0, "b 0"},
		{"gone and back", []string{"a\nz", "z", "z\na", "a\nz"}, 0, "a 2, z 0"},
		{"moved", []string{"a\nb", "b\na"}, 0, "a 0, b 0"},
		{"twice", []string{"a", "a\na", "a\na\na"}, 0, "a 0"},
		{"twice and once", []string{"z", "z\na\na", "z\na"}, 0, "a 1, z 0"},
		{"another list", []string{"z", "z\nsentinel"}, 0, "sentinel 1, z 0"},
		{"none loads", []string{broken, broken}, 0, ""},
		{"one between doesn't load", []string{"a", broken, "a\nb"}, 0, "a 0, b 2"},
		{"came with one that doesn't load", []string{"a", broken + "\nb", "a\nb"}, 0, "a 0, b 1"},
		{"came with the first, which doesn't load", []string{broken + "\na", "a\nb"}, 0, "a 0, b 1"},
		{"went with the one after", []string{"a", broken + "\nb", "a", "a\nb"}, 0, "a 0, b 3"},
		{"came with one that doesn't load, where the clone begins", []string{broken + "\na", broken + "\na\nb", "a\nb"}, 1, ""},
		{"the last doesn't load", []string{"a", "a\nb", broken}, 0, "( 2, a 0, b 1"},
		{"the first doesn't load", []string{broken, "a"}, 0, "a 1"},
		{"older ones aren't in the clone", []string{"a", "a\nb"}, 1, "b 1"},
		{"gone and back, older ones aren't in the clone", []string{"a\nz", "z", "a\nz"}, 1, "a 2"},
		// What the next has may have come before, with a commit that isn't there.
		{"the clone begins with one that doesn't load", []string{broken, "a", "a\nb"}, 1, "b 2"},
	} {
		line := ofPrefixes(t, test.prefixes...)
		line.Hidden = test.hidden
		if got := origins(line); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

// TestOriginsArePlain: a line came with the last commit that has it where the one before hasn't.
func TestOriginsArePlain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sets := []*siglists.Set{enginetest.DrawSet(t, "first")}
		for range rapid.IntRange(0, 4).Draw(t, "more") {
			sets = append(sets, enginetest.DrawSet(t, "set"))
		}
		line := timelineOf(sets...)
		want := map[siglists.Line]report.Commit{}
		for _, name := range siglists.Names() {
			for _, l := range sets[len(sets)-1].List(name).Lines {
				since := len(sets) - 1
				for since > 0 && sets[since-1].List(name).Has(l.Text) {
					since--
				}
				want[siglists.Line{List: name, Text: l.Text}] = line.Versions[since].Commit
			}
		}
		if got := line.Origins(); !maps.Equal(got, want) {
			t.Fatalf("%v, want %v", got, want)
		}
	})
}

// noted is a timeline of which there is something to note.
func noted(t *testing.T) *Timeline {
	t.Helper()
	line := ofPrefixes(t, "a", broken, "<<<<<<< HEAD\na", "a")
	line.said = append(make([]string, 0, 9), "pr/7 may have grown") // with room, which nobody may write to
	line.Versions[0].Warning, line.Versions[1].Warning = "five lists", "five lists"
	line.Code = []report.Commit{commitOf(0), commitOf(2)}
	line.LastCode = &report.SideCode{Files: []string{"rules.py"}}
	return line
}

// TestNotes: what a reader must know is said, and nothing else.
func TestNotes(t *testing.T) {
	if got := ofPrefixes(t, "a", "b").notes(); len(got) != 0 {
		t.Errorf("of nothing: %q", got)
	}
	line := noted(t)
	want := []string{
		"pr/7 may have grown",
		"every signature is made with the code of " + report.Followed() + "; Socorro's own changed 2 times in this time, last on 2026-01-03, and what that did is not counted",
		line.LastCode.Text(report.Sentence("the last commit")).String(),
		"before December 2018 Socorro had a fifth list, which is not read, and another algorithm, which is not known here; up to 2026-01-02 (2 commits)",
		"the siglists of 1 commit hold a merge conflict, and both sides of it count",
		"the siglists of 1 commit don't load; the next is compared with the last that does",
	}
	if got := line.notes(); !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
	if got, want := ofPrefixes(t, "a", broken).notes(), []string{
		"the siglists of 1 commit don't load; the next is compared with the last that does",
		"which signatures the last commit gives, " + commitOf(1).Revision[:12] + " (" + commitOf(1).Subject + "), is not known, since its siglists don't load",
	}; !slices.Equal(got, want) {
		t.Errorf("of an end that doesn't load: %q\nwant %q", got, want)
	}
	moved := ofPrefixes(t, "a", broken, "b")
	moved.Versions[1].Err = gitlists.ErrNoLists
	if got, want := moved.notes(), "1 commit removed the siglists or moved them to a folder that is not looked at; what changed until they came back counts as the next commit's"; got[len(got)-1] != want {
		t.Errorf("of lists that moved twice: %q", got)
	}
	gone := ofPrefixes(t, "a", broken)
	gone.Versions[1].Err = gitlists.ErrNoLists
	if got := gone.notes(); strings.Contains(strings.Join(got, "\n"), "came back") {
		t.Errorf("of lists that are gone in the end: %q", got)
	}
	if line.said[:2][1] != "" {
		t.Errorf("the notes are those of pull requests: %q", line.said[:9])
	}
}

// TestHidden: what is said of a timeline is not said of its first commits, where these are hidden.
func TestHidden(t *testing.T) {
	line := noted(t)
	for n, want := range []int{6, 6, 4, 3, 3} {
		line.Hidden = n
		if got := line.notes(); len(got) != want {
			t.Errorf("%d: notes %q", n, got)
		}
	}
}

var rules = signatures.DefaultRules()
