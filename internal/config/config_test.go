package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sigdiff/sigdiff/internal/exit"
)

// world is a home with a folder of work in it, and files of settings.
type world struct {
	t               *testing.T
	home, work, own string
	environment     map[string]string
}

// newWorld makes a world without settings.
func newWorld(t *testing.T) *world {
	t.Helper()
	home, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"HOME", "USERPROFILE"} {
		t.Setenv(name, home)
	}
	for _, name := range []string{"XDG_CONFIG_HOME", "APPDATA"} {
		t.Setenv(name, filepath.Join(home, "settings"))
	}
	own, err := ownFile()
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t, home, filepath.Join(home, "project", "below"), own, map[string]string{}}
	for _, dir := range []string{w.work, filepath.Dir(own)} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// project is the file that is found from the folder of work.
func (w *world) project() string { return filepath.Join(w.home, "project", FileName) }

func (w *world) write(path, content string) {
	w.t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) load() (Settings, error) {
	return Load(w.work, func(name string) string { return w.environment[name] })
}

// must is what holds.
func (w *world) must() Settings {
	w.t.Helper()
	settings, err := w.load()
	if err != nil {
		w.t.Fatal(err)
	}
	return settings
}

// TestValues: what a line of a file sets, or what is said of it.
func TestValues(t *testing.T) {
	w := newWorld(t)
	project := filepath.Dir(w.project())
	for _, test := range []struct{ line, key, want, wrong string }{
		{line: `corpus = "nightly"`, key: "corpus", want: "nightly"},
		{line: `corpus = ""`, key: "corpus"},
		{line: `corpus = "~/c"`, key: "corpus", want: "~/c"},
		{line: `corpus = "exec:x"`, key: "corpus", want: "exec:x"},
		{line: `format = 'markdown'`, key: "format", want: "markdown"},
		{line: `host = "https://crash-stats.example.org"`, key: "host", want: "https://crash-stats.example.org"},
		{line: "# nothing\n\ncorpus = \"a # b\" # of last night\r\n", key: "corpus", want: "a # b"},
		{line: "\ufeffcorpus = \"c\"", key: "corpus", want: "c"},
		{line: `"corpus" = "\u00e9"`, key: "corpus", want: "é"},
		{line: `limit = 10`, key: "limit", want: "10"},
		{line: `limit = 0`, key: "limit", want: "0"},
		{line: `limit = 0x10`, key: "limit", want: "16"},
		{line: `fail-on = ["concerns", "changed>1%"]`, key: "fail-on", want: "concerns,changed>1%"},
		{line: `fail-on = "concerns"`, key: "fail-on", want: "concerns"},
		{line: `fail-on = []`, key: "fail-on"},
		{line: `repo = "socorro"`, key: "repo", want: filepath.Join(project, "socorro")},
		{line: `repo = "../socorro"`, key: "repo", want: filepath.Join(w.home, "socorro")},
		{line: `repo = "~/socorro"`, key: "repo", want: filepath.Join(w.home, "socorro")},
		{line: `repo = "~"`, key: "repo", want: w.home},
		{line: `repo = ""`, key: "repo"},
		// A clone is no SPEC.
		{line: `repo = "git:x"`, key: "repo", want: filepath.Join(project, "git:x")},
		{line: `repo = "7078"`, key: "repo", want: filepath.Join(project, "7078")},
		{line: `repo = "exec:x"`, key: "repo", want: filepath.Join(project, "exec:x")},
		{line: `base = "upstream/main"`, key: "base", want: "upstream/main"},
		{line: `base = "pr/7078"`, key: "base", want: "pr/7078"},
		{line: `base = "accepted"`, key: "base", want: "accepted"},
		{line: `base = "HEAD~3"`, key: "base", want: "HEAD~3"},
		{line: `base = "old/"`, key: "base", want: filepath.Join(project, "old")},
		{line: `base = "."`, key: "base", want: project},
		{line: `base = "dir:old"`, key: "base", want: filepath.Join(project, "old")},
		{line: `base = "dir:exec:x"`, key: "base", want: filepath.Join(project, "exec:x")},
		{line: `base = "~/lists"`, key: "base", want: filepath.Join(w.home, "lists")},
		{line: `base = "~/lists/"`, key: "base", want: filepath.Join(w.home, "lists")},
		{line: `base = "dir:~/lists"`, key: "base", want: filepath.Join(w.home, "lists")},
		{line: `base = "~x/lists"`, key: "base", want: "~x/lists"},
		{line: ``, key: "corpus"},

		{line: `corpsu = "c"`, wrong: `there is no setting "corpsu" (did you mean corpus?); there are corpus, base, repo, host, format, limit, fail-on`},
		{line: `Corpus = "c"`, wrong: `there is no setting "Corpus"`},
		{line: `base.x = "c"`, wrong: `base = map[x:c]: it is a text in quotes`},
		{line: "[corpus]\nname = 'c'", wrong: `corpus = map[name:c]: it is a text in quotes`},
		{line: `corpus = 7`, wrong: `corpus = 7: it is a text in quotes`},
		{line: `corpus = ["c"]`, wrong: `corpus = [c]: it is a text in quotes`},
		{line: `repo = true`, wrong: `repo = true: it is a text in quotes`},
		{line: `limit = "10"`, wrong: `limit = 10: it is a number that is not negative`},
		{line: `limit = -1`, wrong: `limit = -1: it is a number that is not negative`},
		{line: `limit = 1.5`, wrong: `limit = 1.5: it is a number that is not negative`},
		{line: `limit = 9223372036854775808`, wrong: `toml: `},
		{line: `fail-on = 1`, wrong: `fail-on = 1: it is a list of texts in quotes`},
		{line: `fail-on = ["concerns", 1]`, wrong: `fail-on = [concerns 1]: it is a list of texts in quotes`},
		{line: `fail-on = [1, "concerns"]`, wrong: `fail-on = [1 concerns]: it is a list of texts in quotes`},
		{line: "corpus = 'a'\ncorpus = 'b'", wrong: `toml: line 2 (last key "corpus"): Key 'corpus' has already been defined`},
		{line: `corpus = nightly`, wrong: `toml: line 1`},
		{line: "corpus = \"\xff\"", wrong: `toml: line 1`},
		{line: "limit = -1\ncorpsu = 'c'\nfail-on = 1", wrong: `there is no setting "corpsu"`}, // one of several, always the same
		{line: "#" + strings.Repeat("x", 1<<16), wrong: "is no file of settings, which is a regular one of at most 65536 bytes"},
		{line: `base = "exec:touch x"`, wrong: `base = "exec:touch x" would run a program`},
		{line: `base = "python:main"`, wrong: `base = "python:main" would run a program`},
	} {
		w.write(w.project(), test.line)
		settings, err := w.load()
		switch {
		case test.wrong != "":
			if err == nil || !strings.Contains(err.Error(), test.wrong) || !strings.Contains(err.Error(), w.project()) || !exit.Has(err) {
				t.Errorf("%q: %v, want %s of the file, as wrong usage", test.line, err, test.wrong)
			}
		case err != nil:
			t.Errorf("%q: %v", test.line, err)
		case settings[test.key].Value != test.want || (settings[test.key].From == w.project()) != (test.line != ""):
			t.Errorf("%q: %+v, want %q", test.line, settings[test.key], test.want)
		}
	}
}

// TestOwnFile: in their own file users may name a program. Paths begin in its folder.
func TestOwnFile(t *testing.T) {
	w := newWorld(t)
	for value, want := range map[string]string{
		"exec:touch x": "exec:touch x", "exec:~/x": "exec:~/x", "python:main": "python:main", "./old": filepath.Join(filepath.Dir(w.own), "old"),
	} {
		w.write(w.own, `base = "`+value+`"`)
		if got := w.must()["base"]; got != (Setting{"base", want, w.own, true}) {
			t.Errorf("%s: %+v", value, got)
		}
	}
	w.write(w.own, "limit = -1")
	if _, err := w.load(); err == nil || !strings.Contains(err.Error(), w.own) {
		t.Errorf("%v, want the own file's name", err)
	}
}

// TestPlaces: the environment goes before the file that is found, and that before the user's own, each key for itself.
func TestPlaces(t *testing.T) {
	w := newWorld(t)
	if got := w.must(); len(got) != 0 {
		t.Errorf("of nothing: %v", got)
	}
	w.write(w.own, "corpus = 'own'\nrepo = '/own'\nlimit = 1\nformat = 'csv'")
	w.write(w.project(), "corpus = 'found'\nlimit = 2\nhost = 'h'")
	w.write(filepath.Join(w.home, FileName), "base = 'main'") // further up: another is nearer
	w.environment = map[string]string{"SIGDIFF_CORPUS": "set", "SIGDIFF_REPO": "", "SIGDIFF_LIMIT": "3", "": "x"}
	want := map[string]Setting{
		"corpus": {"corpus", "set", "$SIGDIFF_CORPUS", true}, "repo": {"repo", "/own", w.own, true},
		"limit": {"limit", "2", w.project(), false}, "format": {"format", "csv", w.own, true}, "host": {"host", "h", w.project(), false},
	}
	all := w.must().All()
	if len(all) != len(settingNames()) {
		t.Errorf("%d settings, want %d", len(all), len(settingNames()))
	}
	for i, got := range all {
		expected := want[settingNames()[i]]
		if expected.Key = settingNames()[i]; got != expected {
			t.Errorf("%+v, want %+v", got, expected)
		}
	}
	w.environment["SIGDIFF_REPO"] = "relative"
	if got := w.must()["repo"]; got != (Setting{"repo", "relative", "$SIGDIFF_REPO", true}) {
		t.Errorf("repo of the environment: %+v", got)
	}
	// An empty text is a value: what is set further off does not hold.
	w.write(w.project(), "repo = ''")
	delete(w.environment, "SIGDIFF_REPO")
	if got := w.must()["repo"]; got != (Setting{"repo", "", w.project(), false}) {
		t.Errorf("an empty repo: %+v", got)
	}
}

// TestFound: the nearest file upwards is found, whatever it is.
func TestFound(t *testing.T) {
	w := newWorld(t)
	if got := found(w.work); got != "" {
		t.Errorf("found %s", got)
	}
	top := filepath.Join(w.home, FileName)
	w.write(top, "")
	if got := found(w.work); got != top {
		t.Errorf("found %s, want %s", got, top)
	}
	t.Chdir(w.work)
	w.write(w.project(), "")
	for _, dir := range []string{".", "", "..", w.work, filepath.Dir(w.project()), "not/there"} {
		if got := found(dir); got != w.project() {
			t.Errorf("from %q: found %s, want %s", dir, got, w.project())
		}
	}
	// One that can't be read is there, and is no reason to take another.
	own := filepath.Join(w.work, FileName)
	if err := os.Mkdir(own, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := w.load(); found(".") != own || err == nil || !strings.Contains(err.Error(), own+" is no file of settings") {
		t.Errorf("a folder: found %s, %v", found("."), err)
	}
	if err := os.Remove(own); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(w.home, "none"), own); err != nil {
		t.Skip("skipped: no symbolic links")
	}
	if _, err := w.load(); found(".") != own || err == nil || !exit.Has(err) {
		t.Errorf("a link to nothing: found %s, %v", found("."), err)
	}
}

// TestLargest: a file may have as many bytes as are allowed, and all of them are read.
func TestLargest(t *testing.T) {
	w := newWorld(t)
	line := "\ncorpus = 'c'"
	w.write(w.project(), "#"+strings.Repeat("x", maxBytes-1-len(line))+line)
	if got := w.must()["corpus"].Value; got != "c" {
		t.Errorf("%q", got)
	}
}

// TestNoOwnPlace: where the user has no place for settings, there are the others.
func TestNoOwnPlace(t *testing.T) {
	w := newWorld(t)
	w.write(w.project(), "corpus = 'c'")
	for _, name := range []string{"HOME", "USERPROFILE", "XDG_CONFIG_HOME", "APPDATA"} {
		t.Setenv(name, "")
	}
	if path, err := ownFile(); err == nil {
		t.Errorf("a place: %s", path)
	}
	if got := w.must()["corpus"].Value; got != "c" {
		t.Errorf("%q", got)
	}
}
