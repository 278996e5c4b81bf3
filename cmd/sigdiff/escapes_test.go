package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"unicode/utf8"
)

// evil drives terminals in every way there is: it sets a title, clears the screen, turns text around, and
// asks for answers, with 7-bit and with 8-bit sequences.
const evil = "\x1b]0;evil\x07\x1b[2J\u009b31m\u202e\x7f\x08\r"

const (
	evilID  = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeee261121"
	plainID = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeee261122"
)

// evilWorld is a folder in which everything that strangers have a say in says evil things.
type evilWorld struct {
	*testing.T
	dir, db, base, candidate, repo, service string
	ran                                     map[string]bool
}

func newEvilWorld(t *testing.T) *evilWorld {
	dir := t.TempDir()
	t.Setenv("HOME", dir)
	t.Setenv("XDG_CACHE_HOME", filepath.Join(dir, "cache"))
	w := &evilWorld{
		T: t, dir: dir, db: filepath.Join(dir, "c"+evil[:4]+".db"), base: filepath.Join(dir, "base"+evil), candidate: filepath.Join(dir, "candidate"),
		repo: filepath.Join(dir, "repo"), ran: map[string]bool{},
	}
	w.write("crashes.ndjson", w.crash(evilID, "evil"+evil)+w.crash(plainID, "plain")+"{"+evil+"}\n")
	w.write("broken"+evil+".json", `{"uuid":"`+evil+`"}`)
	pattern := regexp.QuoteMeta(evil)
	for i, lists := range []string{w.base, w.candidate, filepath.Join(w.repo, "socorro/signature/siglists")} {
		for _, name := range []string{"signature_sentinels", "irrelevant_signature_re", "prefix_signature_re", "signatures_with_line_numbers_re"} {
			w.write(filepath.Join(strings.TrimPrefix(lists, dir), name+".txt"), fmt.Sprintf("never%s%d\n(evil|x)%s%d\nmozilla%d", pattern, i, pattern, i, i%2))
		}
	}
	w.write(filepath.Join(strings.TrimPrefix(w.candidate, dir), "prefix_signature_re.txt"), "evil\n"+pattern+"dead\\.\n")
	w.write(filepath.Join("refused", "prefix_signature_re.txt"), "("+evil+"\n\xff\n")
	w.write("expected.csv", evilID+",\"something"+evil+"\"\n")
	w.write("ids.txt", evilID+"\n"+evil+"\n")
	w.commit()
	w.serve()
	return w
}

func (w *evilWorld) crash(id, function string) string {
	doc, err := json.Marshal(map[string]any{
		"uuid": id, "signature": "old | " + function, "product": "Fire" + evil, "version": evil, "release_channel": evil, "os_name": evil,
		"date_processed": evil, "moz_crash_reason": evil, "additional_minidumps": evil, "user_comments": "secret",
		"json_dump": map[string]any{"crash_info": map[string]any{"crashing_thread": 0}, "threads": []any{map[string]any{"frames": []any{
			map[string]any{"function": function, "file": "hg:" + evil + ":b:c", "line": evil},
			map[string]any{"module": evil, "offset": evil},
			map[string]any{"file": evil, "line": 1},
			map[string]any{"function": "mozilla" + evil},
		}}}},
	})
	if err != nil {
		w.Fatal(err)
	}
	return string(doc) + "\n"
}

func (w *evilWorld) write(name, content string) {
	path := filepath.Join(w.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		w.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		w.Fatal(err)
	}
}

// commit makes a repository whose author and subjects are evil.
func (w *evilWorld) commit() {
	git := func(args ...string) {
		cmd := exec.Command("git", args...)
		cmd.Dir = w.repo
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_AUTHOR_NAME=a"+evil[:8], "GIT_AUTHOR_EMAIL=a", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a")
		if out, err := cmd.CombinedOutput(); err != nil {
			w.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	git("init", "-q", "-b", "main")
	git("add", ".")
	git("commit", "-q", "-m", "subject"+evil)
	w.write("repo/socorro/signature/siglists/prefix_signature_re.txt", "evil\n"+regexp.QuoteMeta(evil)+"x\n")
	git("commit", "-q", "-a", "-m", "second"+evil)
}

// serve is a service that answers evil things, in every place that has room for them.
func (w *evilWorld) serve() {
	srv := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Content-Type", "application/json")
		if strings.Contains(r.URL.Path, "SuperSearch/") {
			doc, _ := json.Marshal(map[string]any{"hits": []any{map[string]any{"uuid": evilID, "date": "2026-11-21T00:00:00+00:00"}}, "total": 1, "errors": []any{
				map[string]any{"type": evil, "index": evil},
			}})
			_, _ = rw.Write(doc)
			return
		}
		if strings.Contains(r.URL.Path, "CrashSignature") {
			_, _ = rw.Write([]byte(`{"signature":` + quoted(evil) + `,"notes":[` + quoted(evil) + `]}`))
			return
		}
		rw.WriteHeader(http.StatusBadRequest)
		_, _ = rw.Write([]byte(`{"error":` + quoted("no "+evil) + `}`))
	}))
	w.Cleanup(srv.Close)
	w.service = srv.URL
}

func quoted(s string) string {
	text, _ := json.Marshal(s)
	return string(text)
}

// sigdiff runs a command, whose codes may be any but those of a panic, and looks at all it says.
func (w *evilWorld) sigdiff(args ...string) {
	w.Helper()
	w.ran[commandOf(args)] = true
	code, stdout, stderr := hostileRun(w, []byte(evilID+"\n"), append([]string{"--cache", w.db}, args...)...)
	for name, text := range map[string]string{"stdout": stdout, "stderr": stderr} {
		if at := steering(text); at >= 0 {
			w.Errorf("%q (exit code %d): %s steers a terminal: %q", args, code, name, text[max(0, at-80):min(len(text), at+20)])
		}
	}
}

// commandOf is the command that arguments start with.
func commandOf(args []string) string {
	switch args[0] {
	case "corpus", "cache", "siglists":
		if len(args) > 1 {
			return "sigdiff " + args[0] + " " + args[1]
		}
	}
	return "sigdiff " + args[0]
}

// steering is where the first character is that a terminal would obey, -1 without any.
func steering(text string) int {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == '\n' || r == '\t':
		case r < ' ', r >= 0x7f && r < 0xa0, r == utf8.RuneError && size == 1, r >= 0x202a && r <= 0x202e:
			return i
		}
		i += size
	}
	return -1
}

// everyCommand runs all there is, in an order in which most of it works.
func (w *evilWorld) everyCommand() {
	file := func(name string) string { return filepath.Join(w.dir, name) }
	w.sigdiff("import", w.dir, "--corpus", "c")
	w.sigdiff("import", file("crashes.ndjson"), "--corpus", "evil"+evil)
	w.sigdiff("import", file("nowhere"+evil))
	w.sigdiff("evil" + evil)
	w.sigdiff("diff", "--evil"+evil)
	w.sigdiff("accept", "--corpus", "c", "--siglists", w.base)
	for _, format := range []string{"text", "markdown"} {
		w.sigdiff("diff", "--base", w.base, "--candidate", w.candidate, "--corpus", "c", "--format", format, "--expect", file("expected.csv"))
		w.sigdiff("diff", "--base", "recorded", "--candidate", w.candidate, "--format", format)
		w.sigdiff("diff", "--base", "accepted", "--candidate", "git:main", "--repo", w.repo, "--corpus", "c", "--format", format)
	}
	w.sigdiff("diff", "--base", w.base, "--candidate", w.candidate, "--bugs", "--host", w.service)
	w.sigdiff("diff", "--base", w.base, "--candidate", w.candidate, "--ids", file("ids.txt"))
	w.sigdiff("diff", "--base", w.base, "--candidate", file("refused"))
	w.sigdiff("diff", "--base", "git:"+evil, "--candidate", "pr/99", "--repo", w.repo)
	w.sigdiff("diff", "--base", w.base, "--candidate", w.candidate, "--corpus", "c", "--format", "part", "-o", file("part"+evil))
	w.sigdiff("merge", file("part"+evil))
	w.sigdiff("merge", file("crashes.ndjson"))
	w.sigdiff("correlate", "c", "c", "--siglists", w.base)
	w.sigdiff("correlate", "c", evil)
	for _, format := range []string{"text", "markdown"} {
		w.sigdiff("signature", "--siglists", w.base, "--corpus", "c", "--format", format, "-v")
		w.sigdiff("signature", "--siglists", w.base, "--input", file("crashes.ndjson"), "--format", format)
		w.sigdiff("explain", evilID, "--base", w.base, "--candidate", w.candidate, "--format", format)
	}
	w.sigdiff("signature", "--siglists", w.base, "--corpus", "c", "--rules", "default,proto,hash")
	w.sigdiff("signature", "--siglists", w.base, "--corpus", "c", "--rules", "default,"+evil)
	for _, format := range []string{"text", "markdown"} {
		w.sigdiff("pipelines", w.base, "git:"+evil, "--repo", w.repo, "--corpus", "c", "--format", format)
		w.sigdiff("pipelines", w.base, w.candidate+"@proto:2", "HEAD", "exec:echo '"+evil+"'", "--repo", w.repo, "--corpus", "c", "--format", format)
	}
	w.sigdiff("signify", "--siglists", evil)
	w.sigdiff("explain", evil, "--base", w.base)
	w.sigdiff("history", "--corpus", "c", "--repo", w.repo)
	for _, format := range []string{"text", "markdown"} {
		w.sigdiff("lines", w.base, "--corpus", "c", "--format", format)
	}
	w.sigdiff("lines", w.base, "--corpus", "c", "--annotate")
	w.sigdiff("lines", "git:main", "--repo", w.repo, "--corpus", "c")
	w.sigdiff("suggest", "--signature", "x"+evil, "--siglists", w.base, "--corpus", "c")
	w.sigdiff("suggest", "--together", evil, "b"+evil, "--siglists", w.base, "--corpus", "c")
	w.sigdiff("bisect", evilID, "--repo", w.repo)
	w.sigdiff("serve", "--listen", "nowhere"+evil, "--siglists", w.base)
	w.sigdiff("serve", "--listen", "127.0.0.1:0", "--siglists", "no"+evil)
	w.sigdiff("site", "--corpus", "c", "--base", w.base, "-o", filepath.Join(w.dir, "site"+evil[:8]))
	w.sigdiff("site", "--corpus", "no"+evil, "--base", "no"+evil, "-o", "site")
	w.sigdiff("lint", w.base)
	w.sigdiff("lint", file("refused"))
	w.sigdiff("lint", w.base, "--corpus", "c", "--format", "github")
	w.sigdiff("lint", w.base, "--format", "markdown")
	w.sigdiff("siglists", "clone", "--remote", w.repo)
	w.sigdiff("siglists", "clone", "--remote", w.repo+evil)
	w.sigdiff("fetch", "--corpus", "found", "--host", w.service, "--product", "x"+evil, "--rate", "0")
	w.sigdiff("fetch", plainID, "--host", w.service, "--rate", "0", "--retry-file", file("retry"+evil), "--refresh")
	w.sigdiff("fetch", "--url", "http://h/"+evil)
	w.sigdiff("fetch", evil)
	w.sigdiff("check-parity", "--corpus", "c", "--siglists", w.base, "--host", w.service, "--rate", "0", "--sample", "2")
	w.sigdiff("bench", "--base", w.base, "--candidate", w.candidate)
	w.sigdiff("corpus", "list")
	w.sigdiff("corpus", "show", "c")
	w.sigdiff("corpus", "show", evil)
	w.sigdiff("corpus", "create", "c2", evilID)
	w.sigdiff("corpus", "create", evil, evilID)
	w.sigdiff("corpus", "sample", "c3", "--corpus", "c", "--num", "1")
	w.sigdiff("corpus", "export", "c", "-o", file("c.sigcorpus"), "--with-documents")
	w.sigdiff("corpus", "import", file("c.sigcorpus"), "--name", "c4")
	w.sigdiff("corpus", "import", file("crashes.ndjson"))
	w.sigdiff("corpus", "delete", "c4", "--documents")
	w.sigdiff("cache", "stats")
	w.sigdiff("cache", "verify")
	w.sigdiff("cache", "repair")
	w.sigdiff("cache", "compact")
	w.sigdiff("cache", "get", evil)
	w.sigdiff("cache", "get", evilID, evil)
	w.sigdiff("cache", "prune", "--older-than", evil)
	w.sigdiff("cache", "prune", "--older-than", "0h")
	w.sigdiff("completion", evil)
	w.Setenv("SIGDIFF_REPO", "no"+evil)
	w.sigdiff("config")
	w.Setenv("SIGDIFF_REPO", "")
	w.sigdiff("version")
	w.sigdiff("corpus", "ids", "evil"+evil)
	w.sigdiff("test", file("nowhere"+evil), "--siglists", w.base)
	w.sigdiff("test", "--siglists", w.base, "--add", evilID)
	// Of a few lines: the service fails, and is asked for each of them several times, with pauses.
	w.sigdiff("verify", "git:main", "--base", "git:main~1", "--repo", w.repo, "--since", "2026-11-01", "--corpus", "c", "--host", w.service, "--rate", "0")
	w.sigdiff("review", w.candidate, "--base", w.base, "--corpus", "c")
	w.sigdiff("screen", w.candidate, "--base", w.base, "--date", "2026-11-01", "--host", w.service, "--rate", "0")
	w.sigdiff("demo", "--keep", file("demo"+evil))
}

// TestEvilData drives every command with evil data in every place, in every format for people, under a umask that hides
// nothing. Nothing that is said steers a terminal. All files are readable by the user alone, but for those of the demo's
// siglists and of git, which hold no crash data.
func TestEvilData(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("skipped: git is not installed")
	}
	w := newEvilWorld(t)
	old := syscall.Umask(0)
	defer syscall.Umask(old)
	given := w.files()
	for _, name := range []string{"report.html", "retry"} {
		w.write(name, "was here before, and open to all")
		if err := os.Chmod(filepath.Join(w.dir, name), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	file := func(name string) string { return filepath.Join(w.dir, name) }
	w.everyCommand()
	for path, cmd := range everyCommand() {
		if cmd.Runnable() && !cmd.HasSubCommands() && !w.ran[path] {
			t.Errorf("%s was not tried", path)
		}
	}
	for _, format := range []string{"text", "csv", "markdown", "json", "html", "ids", "part"} {
		w.sigdiff("diff", "--base", w.base, "--candidate", w.candidate, "--corpus", "c", "--format", format, "-o", file("report."+format))
	}
	w.sigdiff("history", "--corpus", "c", "--repo", w.repo, "--format", "html", "-o", file("history.html"))
	w.sigdiff("fetch", plainID, "--host", w.service, "--rate", "0", "--retry-file", file("retry"), "--refresh")
	w.sigdiff("cache", "verify", "--ids-out", file("damaged"))
	w.sigdiff("cache", "repair", "--ids-out", file("lost"))
	written := w.files()
	for _, name := range []string{"report.html", "report.part", "history.html", "c.sigcorpus", "retry", "damaged"} {
		if _, ok := written[name]; !ok {
			t.Errorf("%s was not written", name)
		}
	}
	for name, mode := range written {
		_, before := given[name]
		site := strings.HasPrefix(name, "site") // which is for a web server to read
		if !before && mode.Perm()&0o077 != 0 && !site && !strings.Contains(name, ".git/") && !strings.Contains(name, "siglists/") {
			t.Errorf("%q has mode %v", name, mode)
		}
	}
}

// files are the files below the folder, and their modes.
func (w *evilWorld) files() map[string]fs.FileMode {
	found := map[string]fs.FileMode{}
	err := filepath.WalkDir(w.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			found[strings.TrimPrefix(path, w.dir+"/")] = info.Mode()
		}
		return err
	})
	if err != nil {
		w.Fatal(err)
	}
	return found
}
