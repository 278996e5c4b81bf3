package lint

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/sigdiff/sigdiff/siglists"
)

// TestRealLists counts what there is to find in real lists. Each of these findings has been looked at.
func TestRealLists(t *testing.T) {
	cases := []struct {
		dir  string
		want map[Check]int
	}{
		{"head", map[Check]int{
			Duplicate: 1, IrrelevantFirst: 12, NeverMatches: 2, Order: 4, Shadowed: 6, Subsumed: 5, TrailingAny: 1, Unescaped: 1,
		}},
		{"2025-01", map[Check]int{
			Duplicate: 1, IrrelevantFirst: 12, NeverMatches: 2, Order: 5, Shadowed: 6, Subsumed: 5, TrailingAny: 1, Unescaped: 1,
		}},
		{"2024-06", map[Check]int{
			Duplicate: 1, IrrelevantFirst: 11, NeverMatches: 2, Order: 5, Shadowed: 6, Subsumed: 5, TrailingAny: 1, Unescaped: 1,
		}},
		{"2022-11", map[Check]int{
			Duplicate: 1, IrrelevantFirst: 8, NeverMatches: 1, Order: 7, Shadowed: 8, Subsumed: 5, TrailingAny: 1, Unescaped: 4,
		}},
		{"2019-01", map[Check]int{
			Duplicate: 1, IrrelevantFirst: 9, NeverMatches: 2, Order: 12, Shadowed: 12, Subsumed: 2, Unescaped: 4,
		}},
	}
	for _, c := range cases {
		t.Run(c.dir, func(t *testing.T) {
			set, err := siglists.LoadDir(filepath.Join(shared, "siglists", c.dir))
			if _, missing := os.Stat(shared); missing != nil {
				t.Skip("no ../shared beside the project, so no real lists")
			}
			if err != nil {
				t.Fatal(err)
			}
			got := map[Check]int{}
			for _, f := range findingsOf(t, set, Options{}) {
				got[f.Check]++
			}
			for _, info := range Checks() {
				if got[info.Name] != c.want[info.Name] {
					t.Errorf("%d findings of %s, want %d", got[info.Name], info.Name, c.want[info.Name])
				}
			}
		})
	}
}

// TestTrickyLists runs over lists that press on every corner of the syntax: those that load give warnings
// at most, the others errors.
func TestTrickyLists(t *testing.T) {
	dirs, _ := filepath.Glob("../testdata/tricky/*")
	if len(dirs) < 30 {
		t.Fatalf("%d tricky lists", len(dirs))
	}
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			set, err := siglists.LoadDir(dir)
			var refused *siglists.LoadError
			var findings []Finding
			switch {
			case err == nil:
				findings = findingsOf(t, set, Options{Corpus: []Frame{{Text: "foo", Function: "foo"}, {Text: "bär"}}})
			case errors.As(err, &refused):
				findings = Errors(refused)
			default:
				t.Fatal(err)
			}
			if (Count(findings, Error) > 0) != (err != nil) {
				t.Errorf("loading says %v, and lint %v", err, findings)
			}
		})
	}
}

// FuzzRun holds the promise that no list can make lint fail.
func FuzzRun(f *testing.F) {
	for _, text := range []string{"foo\nfoobar", `(a)\1` + "\n" + `x(?(1)a|b)`, "\ufeff(?i)x|", "[\x00-\u00ff]+$a", "((a*)*)*b{,3}", "a::b<c<d>>(int) const", "<<<<<<< HEAD\na\n|||||||\n=======\n>>>>>>> (b"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, source []byte) {
		sources := siglists.Sources{}
		for _, name := range siglists.Names() {
			sources[name] = source
		}
		set, err := sources.Load(nil)
		if err != nil {
			return
		}
		findings := findingsOf(t, set, Options{Corpus: []Frame{{Text: "foobar", Function: "foobar", Crashes: 1}}})
		if again := New(findings, findings, set); len(again) > Count(findings, Error) {
			t.Errorf("against itself: %v", again)
		}
	})
}
