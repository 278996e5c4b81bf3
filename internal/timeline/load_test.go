package timeline

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sigdiff/sigdiff/internal/cachetest"
	"github.com/sigdiff/sigdiff/internal/enginetest"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/spec"
	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/gitlists"
)

// clone is a git repository with siglists in a folder.
type clone struct {
	t          *testing.T
	dir, lists string
}

func newClone(t *testing.T) clone {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("skipped: git is not installed")
	}
	for name, value := range map[string]string{
		"GIT_CONFIG_GLOBAL": os.DevNull, "GIT_CONFIG_NOSYSTEM": "1", "HOME": t.TempDir(),
		"GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.org",
	} {
		t.Setenv(name, value)
	}
	c := clone{t, filepath.Join(t.TempDir(), "socorro"), "lists"}
	c.git("init", "--quiet", "--initial-branch=main", c.dir)
	return c
}

func (c clone) git(args ...string) string {
	c.t.Helper()
	cmd := exec.Command("git", args...)
	if args[0] != "init" && args[0] != "clone" {
		cmd.Dir = c.dir
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		c.t.Fatalf("git %q: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// commit commits siglists with a prefix list at a time, as git writes it, and tags the commit. Without a prefix list something
// else is committed.
func (c clone) commit(tag, when, prefix string) {
	c.t.Helper()
	files := map[string]string{"other.txt": tag}
	if prefix != "" {
		for _, name := range siglists.Names() {
			files[c.lists+"/"+name.File()] = "zzz\n"
		}
		files[c.lists+"/"+siglists.Prefix.File()] = prefix + "\n"
	}
	for name, content := range files {
		path := filepath.Join(c.dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(content), 0o644)); err != nil {
			c.t.Fatal(err)
		}
	}
	c.t.Setenv("GIT_COMMITTER_DATE", when)
	c.git("add", "--all")
	c.git("commit", "--quiet", "--message", tag)
	c.git("tag", tag)
}

func (c clone) load(from, to string) (*Timeline, error) {
	return Load(c.t.Context(), &spec.Reader{Options: spec.Options{Repo: c.dir, Path: c.lists}, Offline: true}, Range{From: from, To: to})
}

// subjects are those of a timeline's commits; ! stands behind one whose siglists don't load.
func subjects(line *Timeline) (all []string) {
	for _, v := range line.Versions {
		if v.Set == nil {
			v.Subject += "!"
		}
		all = append(all, v.Subject)
	}
	return all
}

// newHistory has commits with and without siglists, over some years and time zones.
func newHistory(t *testing.T) clone {
	t.Helper()
	c := newClone(t)
	c.commit("root", "2017-01-01T12:00:00+0000", "")
	c.commit("before", "2017-12-31T12:00:00+0000", "")
	c.commit("one", "2018-01-01T01:00:00+0500", "a") // the day before in UTC
	c.commit("between", "2020-02-01T00:00:00+0000", "")
	c.commit("two", "2022-12-31T23:30:00-0800", "(") // the year after
	c.commit("three", "2023-01-01T07:45:00+0000", "a\nb")
	c.commit("after", "2024-01-01T00:00:00+0000", "")
	return c
}

// TestLoad: the commits that touched the siglists, from those in force at the first on.
func TestLoad(t *testing.T) {
	c := newHistory(t)
	for _, test := range []struct{ from, to, want, wrong string }{
		{"", "main", "one two! three", ""},
		{"", "three", "one two! three", ""},
		{"", "between", "one", ""},
		{"one", "main", "one two! three", ""},
		{"between", "main", "one two! three", ""}, // whose siglists are those of one
		{"two", "main", "two! three", ""},
		{"three", "after", "three", ""},
		{"after", "after", "three", ""},
		{"before", "main", "one two! three", ""},
		{"", "before", "", "no commit up to before touches siglists in"},
		{"three", "one", "", "it ends before it begins"},
		{"none", "main", "", "--from: "},
		{"one", "none", "", "--to: "},
		{"2018-01-01", "2022-12-31", "one", ""}, // in UTC
		{"2017-12-31", "2023-01-01", "one two! three", ""},
		{"2023-01-02", "main", "three", ""},
		{"2020-01-01", "three", "one two! three", ""},
		{"", "2016-12-31", "", "--to 2016-12-31: the first commit is younger"},
		{"2020-01-02", "2020-01-01", "", "it ends before it begins"},
		{"2020", "main", "", "--from 2020: a day is YYYY-MM-DD"},
	} {
		line, err := c.load(test.from, test.to)
		if test.wrong != "" {
			if err == nil || !strings.Contains(err.Error(), test.wrong) || !(exit.Has(err) || errors.Is(err, gitlists.ErrNoRevision)) {
				t.Errorf("%s..%s: %v, want %s", test.from, test.to, err, test.wrong)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s..%s: %v", test.from, test.to, err)
			continue
		}
		if got := strings.Join(subjects(line), " "); got != test.want || line.Shallow != "" || line.Hidden != 0 {
			t.Errorf("%s..%s: %s, want %s; %s", test.from, test.to, got, test.want, line.Shallow)
		}
	}
}

// TestLoadOfBranches: a commit is compared with its own parent, whatever --from has beside it.
func TestLoadOfBranches(t *testing.T) {
	c := newClone(t)
	c.commit("one", "2024-01-01T00:00:00Z", "one")
	c.git("checkout", "--quiet", "-b", "branch")
	c.commit("two", "2024-01-02T00:00:00Z", "one\ntwo")
	c.git("checkout", "--quiet", "main")
	c.commit("other", "2024-01-03T00:00:00Z", "one\nother")
	c.commit("newest", "2024-01-04T00:00:00Z", "")
	c.git("checkout", "--quiet", "branch")
	c.git("merge", "--quiet", "--strategy=ours", "--message", "merged", "main~1")
	c.commit("three", "2024-01-05T00:00:00Z", "one\ntwo\nthree")
	c.git("checkout", "--quiet", "--orphan", "alone")
	c.commit("alone", "2024-01-06T00:00:00Z", "alone")
	for _, test := range []struct{ from, to, want, note string }{
		{"main", "branch", "one two three", "at " + c.git("rev-parse", "--short=12", "one") + " (one), where they leave its history"},
		{"main~1", "branch", "one two three", "where they leave its history"}, // which branch has in its history, and not among its first parents
		{"one", "branch", "one two three", ""},
		{"two", "branch", "two three", ""},
		{"branch", "main", "other", "at " + c.git("rev-parse", "--short=12", "other") + " (other)"},
		{"main", "alone", "alone", "with the first commit, for none that they have in common is here"},
	} {
		line, err := c.load(test.from, test.to)
		if err != nil {
			t.Errorf("%s..%s: %v", test.from, test.to, err)
			continue
		}
		notes := strings.Join(line.notes(), " ")
		if got := strings.Join(subjects(line), " "); got != test.want || !strings.Contains(notes, test.note) || (notes == "") != (test.note == "") {
			t.Errorf("%s..%s: %s, want %s; %s", test.from, test.to, got, test.want, notes)
		}
	}
}

// TestDates: commits have their dates in UTC, whatever the zone that they were made in, so that they compare as texts.
func TestDates(t *testing.T) {
	c := newHistory(t)
	line, err := c.load("", "main")
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"2017-12-31T20:00:00Z", "2023-01-01T07:30:00Z", "2023-01-01T07:45:00Z"} {
		if got := line.Versions[i].Commit; got.Date != want || got.Revision != c.git("rev-parse", got.Subject) {
			t.Errorf("%+v, want %s", got, want)
		}
		if got := line.Versions[i].Warning; (got != "") != (i == 0) { // of the lists and the algorithm before December 2018
			t.Errorf("commit %d: %q", i, got)
		}
	}
}

// TestShallow: what a shallow clone lacks is said, and the commit that it begins with is hidden, if it has siglists.
func TestShallow(t *testing.T) {
	whole := newHistory(t)
	for _, test := range []struct {
		depth, from string
		want        string
		hidden      int
		shallow     bool
	}{
		{"2", "", "three", 1, true},
		{"3", "", "two! three", 1, true},
		{"3", "three", "three", 0, false},
		{"4", "", "between two! three", 1, true},
		{"6", "", "one two! three", 0, true}, // it begins with one that has none
		{"7", "", "one two! three", 0, false},
	} {
		c := clone{t, filepath.Join(t.TempDir(), "clone"), "lists"}
		c.git("clone", "--quiet", "--depth", test.depth, "file://"+whole.dir, c.dir)
		c.git("fetch", "--quiet", "--tags", "--depth", test.depth)
		if _, err := c.load("", "2016-12-31"); err == nil || strings.Contains(err.Error(), "is a shallow clone") != (test.depth != "7") {
			t.Errorf("%s: of before it begins: %v", test.depth, err)
		}
		line, err := c.load(test.from, "main")
		if err != nil {
			t.Errorf("%s: %v", test.depth, err)
			continue
		}
		if got := strings.Join(subjects(line), " "); got != test.want || line.Hidden != test.hidden || (line.Shallow != "") != test.shallow {
			t.Errorf("%s: %s, %d hidden, %q; want %+v", test.depth, got, line.Hidden, line.Shallow, test)
		}
	}
}

// TestCode: where a repository has siglists alone, where Socorro keeps them, the known changes of the algorithm count that
// fall into the time of the commits.
func TestCode(t *testing.T) {
	known := spec.AlgorithmChanges(time.Time{}, time.Time{})
	at := func(i int) time.Time {
		when, err := time.Parse(time.RFC3339, known[i].Date)
		if err != nil {
			t.Fatal(err)
		}
		return when
	}
	last := len(known) - 1
	for folder, want := range map[string][]report.Commit{gitlists.DefaultPath: known[1:last], "lists": nil} {
		c := newClone(t)
		c.lists = folder
		c.commit("one", at(0).Format(time.RFC3339), "a") // which it is of the time of
		c.commit("two", at(last-1).Format(time.RFC3339), "b")
		line, err := c.load("", "main")
		if err != nil || !slices.Equal(line.Code, want) || (line.LastCode != nil) != (want != nil) {
			t.Errorf("%s: %v, %v, %v; want %v", folder, line.Code, line.LastCode, err, want)
		}
	}
}

// TestCodeSince: the code changed after a commit of the siglists if it did so in the history, whatever the clocks said.
func TestCodeSince(t *testing.T) {
	c := newClone(t)
	c.lists = gitlists.DefaultPath
	code := func(tag, when string) {
		path := filepath.Join(c.dir, "socorro", "signature", "rules.py")
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte("# "+tag), 0o644)); err != nil {
			t.Fatal(err)
		}
		c.commit(tag, when, "")
	}
	code("code", "2020-01-01T00:00:00Z")
	c.commit("one", "2020-01-02T00:00:00Z", "zz")
	code("earlier", "2026-01-01T00:00:00Z")
	c.commit("two", "2024-01-01T00:00:00Z", "poll")
	code("later", "2022-01-01T00:00:00Z")
	line, err := c.load("one", "main")
	if err != nil {
		t.Fatal(err)
	}
	store := cachetest.New(t, enginetest.Crashes(enginetest.NewStack(1, "poll a::run", ""), enginetest.NewStack(1, "b::run", ""))...)
	b, _, err := line.Bisect(t.Context(), store, cachetest.IDs(2), rules)
	if err != nil || len(b.Crashes) != 2 {
		t.Fatalf("%+v, %v", b, err)
	}
	for i, want := range []string{"later", "later earlier"} {
		var got []string
		for _, commit := range b.Crashes[i].CodeSince {
			got = append(got, commit.Subject)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("crash %d: %q, want %s", i, got, want)
		}
	}
}

// TestLoadInterrupted: an interrupted timeline is none.
func TestLoadInterrupted(t *testing.T) {
	c := newHistory(t)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := Load(ctx, &spec.Reader{Options: spec.Options{Repo: c.dir, Path: "lists"}, Offline: true}, Range{To: "main"}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
