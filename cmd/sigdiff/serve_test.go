package main

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"iter"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"weak"

	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/madeup"
	"github.com/sigdiff/sigdiff/internal/spec"
	"github.com/sigdiff/sigdiff/siglists"
)

// served is a sigdiff serve that runs.
type served struct {
	address string
	said    chan string // lines of stderr
	end     func() int  // and the exit code
}

// startServe starts sigdiff serve at a free port, and waits until it serves.
func startServe(t *testing.T, args ...string) *served {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	said, code := make(chan string, 100), make(chan int, 1)
	go func() {
		args := append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)
		code <- run(ctx, args, strings.NewReader(""), io.Discard, heard(said))
		close(said)
	}()
	s := &served{said: said, end: func() int {
		cancel()
		c := <-code
		code <- c
		return c
	}}
	t.Cleanup(func() { s.end() })
	s.address = s.hear(t, `^sigdiff: serving .* at (http://127\.0\.0\.1:[0-9]+)\n`)[1]
	return s
}

// heard sends what is written to it, which is a line a time.
type heard chan string

func (l heard) Write(p []byte) (int, error) {
	l <- string(p)
	return len(p), nil
}

// hear waits for a line of stderr.
func (s *served) hear(t *testing.T, pattern string) []string {
	t.Helper()
	for line := range s.said {
		if m := regexp.MustCompile(pattern).FindStringSubmatch(line); m != nil {
			return m
		}
		t.Logf("heard %q", line)
	}
	t.Fatalf("it ended without %s", pattern)
	return nil
}

// get gets what is at a path.
func (s *served) get(t *testing.T, path string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.address+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := do(t, r)
	return text
}

// send posts to a path, and gives the answer.
func (s *served) send(t *testing.T, path, body, token string) (status int, text string, header http.Header) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.address+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return do(t, r)
}

func do(t *testing.T, r *http.Request) (status int, text string, header http.Header) {
	t.Helper()
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body), resp.Header
}

// TestServeParity: what the server makes of crash data is what the engine makes of the crashes, a thousand jobs a request.
func TestServeParity(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("SIGDIFF_CACHE", filepath.Join(dir, "crashes.db"))
	stories, base, candidate := madeup.Demo()
	var crashes bytes.Buffer
	for _, docs := range []iter.Seq2[string, []byte]{stories, madeup.Generate(1, 1200, madeup.Shape{})} {
		for _, doc := range docs {
			crashes.Write(append(bytes.TrimSpace(doc), '\n'))
		}
	}
	for name, lists := range map[string]fs.FS{"base": base, "candidate": candidate} {
		if err := os.CopyFS(filepath.Join(dir, name), lists); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "crashes.ndjson"), crashes.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	runText(t, "import", filepath.Join(dir, "crashes.ndjson"), "--corpus", "all")
	s := startServe(t, "--siglists", filepath.Join(dir, "candidate"))
	check := func(lists string) string {
		return runText(t, "check-parity", "--siglists", filepath.Join(dir, lists), "--corpus", "all", "--sample", "1500", "--batch", "1000", "--host", s.address, "--rate", "0")
	}
	if got, want := check("candidate"), "1,500 crashes of all compared: 0 differ, 0 could not be compared\n"; !strings.HasPrefix(got, want) {
		t.Errorf("%.2000s\nwant %s", got, want)
	}
	if got := check("base"); strings.Contains(got, " 0 differ") || !strings.HasPrefix(got, "1,500 crashes") {
		t.Errorf("with other lists: %.500s", got)
	}
	resp := s.get(t, "/metrics")
	if !strings.Contains(resp, `sigdiff_http_requests_total{code="200",path="/api/CrashSignature/"} 4`+"\n") { // 1,000 and 500 each time
		t.Errorf("%.3000s", resp)
	}
}

// TestServeWatch: siglists move while the server runs, as a revision and as a directory do.
func TestServeWatch(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("GIT_CONFIG_GLOBAL", gitSettings(t))
	for _, name := range []string{"GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"} {
		t.Setenv(name, "a@example.org")
	}
	repo := filepath.Join(dir, "socorro")
	makeSocorro(t, repo)
	_, base, candidate := madeup.Demo()
	lists := filepath.Join(dir, "lists")
	if err := os.CopyFS(lists, base); err != nil {
		t.Fatal(err)
	}
	s := startServe(t, "--repo", repo, "--siglists", "main", "--siglists", lists, "--watch=10ms")
	digest := func(query string) string {
		status, answer, header := s.send(t, "/api/CrashSignature/"+query, `{"jobs":[{}]}`, "")
		if status != http.StatusOK {
			t.Fatalf("%d %s", status, answer)
		}
		return header.Get("Sigdiff-Digest")
	}
	before := digest("")
	git(t, "-C", repo, "branch", "--quiet", "--force", "kept", "main")
	git(t, "-C", repo, "reset", "--quiet", "--hard", "my-branch")
	s.hear(t, `^sigdiff: main: now revision [0-9a-f]{12}\n`)
	if digest("") == before {
		t.Error("the revision's lists are the same as before")
	}
	if err := os.RemoveAll(lists); err != nil {
		t.Fatal(err)
	}
	s.hear(t, `^sigdiff: .*/lists: still served as before, digest [0-9a-f]+, since it can't be loaded: `)
	if digest("?siglists="+lists) != before {
		t.Error("the directory's lists are not the ones before")
	}
	moved := filepath.Join(dir, "moved")
	if err := os.CopyFS(moved, candidate); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(moved, lists); err != nil {
		t.Fatal(err)
	}
	s.hear(t, `^sigdiff: .*/lists: now digest [0-9a-f]+\n`)
	if code := s.end(); code != exit.OK {
		t.Errorf("exit code %d", code)
	}
}

// TestServeVersions: a server, which may see versions of the siglists without end, keeps none that it does not serve.
func TestServeVersions(t *testing.T) {
	_, base, candidate := madeup.Demo()
	load := loader(&spec.Reader{}, "default")
	version := func(lists fs.FS) weak.Pointer[siglists.List] {
		dir := t.TempDir()
		if err := os.CopyFS(dir, lists); err != nil {
			t.Fatal(err)
		}
		loaded, err := load(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		return weak.Make(loaded.Set.List(siglists.Prefix))
	}
	before, now := version(base), version(candidate)
	runtime.GC()
	if before.Value() != nil || now.Value() != nil {
		t.Error("lists are kept that nobody uses")
	}
	runtime.KeepAlive(load)
}

// TestServeToken: with a token, from the environment or a file, nobody asks without it, and it is nowhere shown.
func TestServeToken(t *testing.T) {
	dir := t.TempDir()
	lists := filepath.Join(dir, "lists")
	_, base, _ := madeup.Demo()
	if err := os.CopyFS(lists, base); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "token")
	if err := os.WriteFile(file, []byte("of-a-file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		environment string
		args        []string
		token       string
	}{{"of-the-environment", nil, "of-the-environment"}, {"of-the-environment", []string{"--token-file", file}, "of-a-file"}, {"", nil, ""}} {
		t.Setenv(serveToken, test.environment)
		s := startServe(t, append(test.args, "--siglists", lists)...)
		for _, given := range []string{test.token, "", "wrong"} {
			want := http.StatusUnauthorized
			if given == test.token || test.token == "" {
				want = http.StatusOK
			}
			if status, answer, _ := s.send(t, "/api/CrashSignature/", `{"jobs":[{}]}`, given); status != want || strings.Contains(answer, "of-") {
				t.Errorf("%q with %q: %d %s, want %d", test.token, given, status, answer, want)
			}
		}
		s.end()
		for line := range s.said {
			if strings.Contains(line, "of-") {
				t.Errorf("said: %s", line)
			}
		}
	}
}
