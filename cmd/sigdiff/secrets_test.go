package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/corpora/documents"
	"github.com/sigdiff/sigdiff/internal/exit"
)

const (
	secretToken = "0123456789abcdef0123456789abcdeF"
	secretWords = "someone's words"
)

// TestTokenStaysSecret runs commands with a token against services that repeat it in every way they can:
// it is in no output, no file, no argument of a program, and nobody else is sent it.
func TestTokenStaysSecret(t *testing.T) {
	t.Setenv("SOCORRO_API_TOKEN", secretToken)
	t.Setenv("HTTP_PROXY", "")
	sent := 0
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Auth-Token") != "" {
			t.Error("the token was sent to where the service redirects to")
		}
	}))
	defer elsewhere.Close()
	for name, answer := range map[string]http.HandlerFunc{
		"refused": func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusForbidden)
			_, _ = w.Write([]byte(`{"error":"API Token ` + secretToken + ` not matched"}`))
		},
		"wrong request": func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write([]byte(`{"errors":{"` + secretToken + `":["` + secretToken + `"]}}`))
		},
		"redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL+"/?token="+secretToken, http.StatusFound)
		},
		"redirect to a name": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://"+secretToken+".example/", http.StatusFound)
		},
		"partial answer": func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write([]byte(`{"hits":[],"total":0,"errors":[{"type":"` + secretToken + `","index":"` + secretToken + `"}]}`))
		},
		"document": func(w http.ResponseWriter, r *http.Request) {
			if strings.Contains(r.URL.Path, "ProcessedCrash") {
				_, _ = w.Write([]byte(`{"uuid":"` + evilID + `","signature":"` + secretToken + `","moz_crash_reason":"` + secretToken + `"}`))
				return
			}
			_, _ = w.Write([]byte(`{"BuildID":"` + secretToken + `"}`))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Auth-Token") == secretToken {
					sent++
				}
				answer(w, r)
			}))
			defer srv.Close()
			db := filepath.Join(dir, "c.db")
			for _, args := range [][]string{
				{"fetch", evilID, "--format", "json"},
				{"fetch", evilID, "--retry-file", filepath.Join(dir, "retry")},
				{"fetch", "--product", "Firefox", "--corpus", "c"},
			} {
				if name == "partial answer" && args[1] == evilID {
					continue // it is asked for again and again
				}
				_, stdout, stderr := hostileRun(t, nil, append([]string{"--cache", db, "--host", srv.URL, "--rate", "0"}[:2:2], append(args, "--host", srv.URL, "--rate", "0")...)...)
				if strings.Contains(strings.ToLower(stdout+stderr), strings.ToLower(secretToken)) {
					t.Errorf("%q says the token:\n%s%s", args, stdout, stderr)
				}
			}
			_, got, _ := hostileRun(t, nil, "--cache", db, "cache", "get", evilID)
			if strings.Contains(got, secretToken) {
				t.Errorf("the cache has it: %s", got)
			}
			holdsNone(t, dir, secretToken)
		})
	}
	if sent == 0 {
		t.Error("the token was never sent: the test tests nothing")
	}
}

// TestTokenStaysWithItsHost: only a host that the user configured is sent the token, not one that an address
// names; what is asked says so, and of whom.
func TestTokenStaysWithItsHost(t *testing.T) {
	t.Setenv("SOCORRO_API_TOKEN", secretToken)
	var sent []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent = append(sent, r.Header.Get("Auth-Token"))
		_, _ = w.Write([]byte(`{"hits":[],"total":0}`))
	}))
	defer srv.Close()
	host := strings.TrimPrefix(srv.URL, "http://")
	tokenFile := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(tokenFile, []byte(secretToken), 0o600); err != nil {
		t.Fatal(err)
	}
	notSent := "the API token is not sent to " + srv.URL + ", which --url alone names"
	for _, test := range []struct {
		code  int
		says  string
		token string
		args  []string
	}{
		{exit.OK, notSent, "", []string{"--url", srv.URL + "/search/?product=Firefox"}},
		{exit.OK, notSent, "", []string{"--url", srv.URL + "/search/?product=Firefox", "--token-file", tokenFile}},
		{exit.OK, notSent, "", []string{"--url", strings.ToUpper(srv.URL) + "/search/?product=Firefox"}},
		{exit.OK, srv.URL, secretToken, []string{"--url", srv.URL + "/search/?product=Firefox", "--host", srv.URL}},
		{exit.OK, srv.URL, secretToken, []string{"--url", "https://crash-stats.mozilla.org/search/?product=Firefox", "--host", srv.URL}},
		{exit.Usage, `its host is "` + host + `", and what stands before the @ are credentials`, "never", []string{"--url", "http://crash-stats.mozilla.org@" + host + "/search/"}},
		{exit.Usage, "are credentials", "never", []string{"--url", "http://user:p4ss@" + host + "/search/"}},
		{exit.Usage, "are credentials", "never", []string{"--product", "Firefox", "--host", "http://user:p4ss@" + host}},
		{exit.Usage, `"...@` + host, "never", []string{"--product", "Firefox", "--host", "ftp://user:p4ss@" + host}},
		{exit.Usage, `"...@` + host, "never", []string{"http://user:p4ss@" + host + "/report/index/1"}},
	} {
		for _, dry := range []bool{true, false} {
			sent = nil
			args := append([]string{"--cache", filepath.Join(t.TempDir(), "c.db"), "fetch", "--rate", "0"}, test.args...)
			if dry {
				args = append(args, "--dry-run")
			}
			want := test.code
			if want == exit.OK && !dry {
				want = exit.Incomplete // nothing is found
			}
			code, stdout, stderr := hostileRun(t, nil, args...)
			if code != want || !strings.Contains(stdout+stderr, test.says) || strings.Contains(stdout+stderr, "p4ss") || strings.Contains(stdout+stderr, secretToken) {
				t.Errorf("%q: exit code %d, want %d and %q: %s%s", args, code, test.code, test.says, stdout, stderr)
			}
			if code == exit.OK && !strings.Contains(stdout+stderr, "nothing to fetch from "+srv.URL) {
				t.Errorf("%q: the plan names no host: %s%s", args, stdout, stderr)
			}
			if code == exit.OK && len(sent) == 0 || slices.ContainsFunc(sent, func(token string) bool { return token != test.token }) {
				t.Errorf("%q: it was asked with the tokens %q, want %q", args, sent, test.token)
			}
		}
	}
}

// TestNoLog: what follows an answer unasked, with the token in it, is logged by net/http, and shown to nobody.
func TestNoLog(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		body := `{"uuid":"` + r.URL.Query().Get("crash_id") + `"}`
		fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s debug: Auth-Token=%s", len(body), body, r.Header.Get("Auth-Token"))
		_, _ = conn.Read(make([]byte, 1)) // until the client hangs up
	}))
	defer srv.Close()
	args := []string{"--cache", filepath.Join(t.TempDir(), "c.db"), "fetch", "--host", srv.URL, "--rate", "0", "--no-raw"}
	for i := range 20 {
		args = append(args, fmt.Sprintf("%08x-0000-4000-8000-000000261101", i))
	}
	cmd := exec.Command("sigdiff", args...)
	cmd.Env = append(os.Environ(), "SOCORRO_API_TOKEN="+secretToken)
	said, err := cmd.CombinedOutput()
	if err != nil || !bytes.Contains(said, []byte("20 fetched")) || bytes.Contains(said, []byte("Unsolicited")) || bytes.Contains(said, []byte(secretToken)) {
		t.Errorf("%v, and it says: %s", err, said)
	}
}

// holdsNone checks that no file below a folder holds a text.
func holdsNone(t *testing.T, dir, text string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if bytes.Contains(content, []byte(text)) {
			t.Errorf("%s holds %q", path, text)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestForeignExportsAreStripped: a corpus that another program exported with protected fields is taken in
// without them, like anything from the service or from disk.
func TestForeignExportsAreStripped(t *testing.T) {
	dir := t.TempDir()
	processed := `{"uuid":"` + evilID + `","signature":"a","user_comments":"` + secretWords + `","url":"` + secretWords +
		`","json_dump":{"crash_info":{"crashing_thread":0,"address":"0x1"},"threads":[{"frames":[{"function":"f","module":"m"}]}],"sensitive":"` + secretWords + `"}}`
	raw := `{"BuildID":"20261121","Email":"` + secretWords + `","URL":"` + secretWords + `"}`
	for name, content := range map[string]string{"processed_crash/" + evilID: processed, "raw_crash/" + evilID: raw} {
		path := filepath.Join(dir, "in", name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	file := exportUnstripped(t, filepath.Join(dir, "in"), dir)
	db := filepath.Join(dir, "here.db")
	if code, _, stderr := hostileRun(t, nil, "--cache", db, "corpus", "import", file); code != exit.OK {
		t.Fatal(code, stderr)
	}
	for _, args := range [][]string{{"cache", "get", evilID}, {"cache", "get", evilID, "--kind", "raw"}} {
		code, stdout, stderr := hostileRun(t, nil, append([]string{"--cache", db}, args...)...)
		if code != exit.OK || strings.Contains(stdout, secretWords) || len(stdout) < 20 {
			t.Errorf("%q: exit code %d, %s%s", args, code, stdout, stderr)
		}
	}
}

// exportUnstripped exports a corpus whose documents were imported whole.
func exportUnstripped(t *testing.T, in, dir string) (file string) {
	t.Helper()
	c, err := cache.Open(filepath.Join(dir, "there.db"), cache.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	files, _, err := documents.List(t.Context(), []string{in})
	if err != nil {
		t.Fatal(err)
	}
	done, err := corpora.Import(t.Context(), c, files, corpora.ImportOptions{Workers: 1, Read: func(int) {}})
	if err != nil || len(done.Failures) > 0 {
		t.Fatal(err, done.Failures)
	}
	if err := c.PutCorpus(cache.Corpus{Name: "foreign", IDs: done.IDs}); err != nil {
		t.Fatal(err)
	}
	var exported bytes.Buffer
	if _, err := corpora.Export(t.Context(), c, "foreign", &exported, corpora.ExportOptions{Documents: true}); err != nil {
		t.Fatal(err)
	}
	if doc, err := c.Get(evilID, cache.Processed); err != nil || !bytes.Contains(doc, []byte(secretWords)) {
		t.Fatalf("the test tests nothing: %s %v", doc, err)
	}
	file = filepath.Join(dir, "foreign.sigcorpus")
	if err := os.WriteFile(file, exported.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestImportTrees: links, pipes and cycles in a folder are passed over, and never followed or waited for.
func TestImportTrees(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	write := func(path string) {
		if err := os.WriteFile(path, []byte(`{"uuid":"`+filepath.Base(path)[:36]+`"}`), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(dir, plainID+".json"))
	write(filepath.Join(outside, evilID+".json"))
	for name, to := range map[string]string{
		evilID + ".json": filepath.Join(outside, evilID+".json"), "folder": outside, "cycle": ".", "self.json": "self.json", "up.json": "../../../../etc/passwd",
		"device.json": "/dev/zero",
	} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe.json"), 0o600); err != nil {
		t.Fatal(err)
	}
	db := filepath.Join(t.TempDir(), "c.db")
	code, stdout, stderr := hostileRun(t, nil, "--cache", db, "import", dir, "--corpus", "c")
	if code != exit.OK || !strings.Contains(stdout, "imported 1 processed crash") || !strings.Contains(stdout, "passed over 7 other files") {
		t.Errorf("exit code %d: %s%s", code, stdout, stderr)
	}
	code, stdout, stderr = hostileRun(t, nil, "--cache", db, "import", filepath.Join(dir, "device.json"))
	if code != exit.Usage || !strings.Contains(stderr, "is a device") {
		t.Errorf("a device by name: exit code %d: %s%s", code, stdout, stderr)
	}
}

// TestRemoteHidesPasswords: no message over a remote shows what may be a password, git's own neither, however malformed
// the address is.
func TestRemoteHidesPasswords(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	repo := t.TempDir()
	if out, err := exec.Command("git", "init", "-q", repo).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, remote := range []string{
		"http://user:p4ss@127.0.0.1:1/x", "http://user:se/p4ss@127.0.0.1:1/x", "http://user:se p4ss w@127.0.0.1:1/x", "http://p4ss@127.0.0.1:1/x",
		"http://user:p4ss%40127.0.0.1:1/x", "user:p4ss@127.0.0.1:x", "http:/user:p4ss@127.0.0.1:1/x", "ftp://user:p4ss@127.0.0.1:1/x", "http://user:'p4ss@127.0.0.1:1/x",
		"http://127.0.0.1:1/x?access_token=p4ss", "http://127.0.0.1:1/x?a=b&access_token=p4ss w", "http://127.0.0.1:1/x#access_token=p4ss",
	} {
		for _, args := range [][]string{{"lint", "pr/1", "--repo", repo}, {"siglists", "clone"}} {
			code, stdout, stderr := hostileRun(t, nil, append(args, "--remote", remote)...)
			if code == exit.OK || !strings.Contains(stderr, "git ") || strings.Contains(stdout+stderr, "p4ss") {
				t.Errorf("%q, %q: exit code %d\n%s%s", args, remote, code, stdout, stderr)
			}
		}
	}
}
