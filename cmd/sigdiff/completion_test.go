package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/madeup"
)

// complete asks for what completes the last of the words, as the shells' scripts do. What the shell is to offer beside that, its
// own files or folders, stands behind it.
func complete(t *testing.T, words ...string) []string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), append([]string{"__completeNoDesc"}, words...), strings.NewReader(""), &stdout, &stderr); code != exit.OK {
		t.Fatalf("completing %q: exit code %d\n%s", words, code, &stderr)
	}
	lines := strings.Split(strings.TrimSuffix(stdout.String(), "\n"), "\n")
	last := lines[len(lines)-1]
	if !regexp.MustCompile(`^:\d+$`).MatchString(last) {
		t.Fatalf("completing %q ends with %q", words, last)
	}
	lines = lines[:len(lines)-1]
	// Bits of cobra.ShellCompDirective.
	switch last {
	case ":0":
		return append(lines, "FILES")
	case ":16":
		return append(lines, "FOLDERS")
	}
	return lines
}

// settle gives a test a home, a cache and a working directory of its own.
func settle(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, value := range map[string]string{
		"HOME": dir, "XDG_CACHE_HOME": filepath.Join(dir, "caches"), "SIGDIFF_CACHE": filepath.Join(dir, "crashes.db"),
		"GIT_CONFIG_GLOBAL": gitSettings(t), "GIT_CONFIG_NOSYSTEM": "1", "GIT_CEILING_DIRECTORIES": filepath.Dir(dir),
		"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.org",
	} {
		t.Setenv(name, value)
	}
	t.Chdir(dir)
	return dir
}

// keepCorpora makes a cache with these corpora.
func keepCorpora(t *testing.T, names ...string) {
	t.Helper()
	c, err := cache.Open(os.Getenv("SIGDIFF_CACHE"), cache.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if err := c.PutCorpus(cache.Corpus{Name: name, IDs: []string{"6a677f32-6b3a-4038-a4ae-12e582151130"}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
}

// Corpora are completed wherever a corpus is named.
func TestCompleteCorpora(t *testing.T) {
	settle(t)
	keepCorpora(t, "hangs", "nightly", "night owl", "od\u202ed")
	for path, cmd := range everyCommand() {
		if cmd.Flags().Lookup("corpus") == nil {
			continue
		}
		words := append(strings.Fields(path)[1:], "--corpus", "")
		if got := complete(t, words...); !slices.Equal(got, []string{"hangs", "night owl", "nightly"}) {
			t.Errorf("%q: %q", words, got)
		}
	}
	for _, words := range [][]string{
		{"corpus", "show", "ni"},
		{"corpus", "export", "ni"},
		{"corpus", "delete", "ni"},
		{"corpus", "create", "new", "--corpus", "ni"},
		{"corpus", "sample", "new", "--corpus", "ni"},
	} {
		if got := complete(t, words...); !slices.Equal(got, []string{"night owl", "nightly"}) {
			t.Errorf("%q: %q", words, got)
		}
	}
	for _, words := range [][]string{{"corpus", "show", "nightly", ""}, {"corpus", "create", ""}, {"corpus", "sample", ""}} {
		if got := complete(t, words...); len(got) > 0 {
			t.Errorf("%q: %q", words, got)
		}
	}
	if got := complete(t, "--cache", "none.db", "diff", "--corpus", ""); len(got) > 0 {
		t.Errorf("another cache has %q", got)
	}
	if _, err := os.Stat("none.db"); err == nil {
		t.Error("completing made a cache")
	}
}

// A cache that is not there, locked, or damaged: nothing is offered, nothing made, and nobody waits.
func TestCompleteWithoutCache(t *testing.T) {
	settle(t)
	if got := complete(t, "diff", "--corpus", ""); len(got) > 0 {
		t.Errorf("without a cache: %q", got)
	}
	if _, err := os.Stat(os.Getenv("SIGDIFF_CACHE")); err == nil {
		t.Error("completing made a cache")
	}
	keepCorpora(t, "hangs")
	c, err := cache.Open(os.Getenv("SIGDIFF_CACHE"), cache.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := complete(t, "diff", "--corpus", ""); len(got) > 0 {
		t.Errorf("a locked cache: %q", got)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if got := complete(t, "diff", "--corpus", ""); !slices.Equal(got, []string{"hangs"}) {
		t.Errorf("the cache is free again: %q", got)
	}
	if err := os.WriteFile(os.Getenv("SIGDIFF_CACHE"), []byte("no cache"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := complete(t, "diff", "--corpus", ""); len(got) > 0 {
		t.Errorf("no cache at all: %q", got)
	}
}

func git(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command("git", args...).CombinedOutput(); err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// makeSocorro makes a repository with the demo's lists on main, others on a branch, and pull request 7078.
func makeSocorro(t *testing.T, dir string) {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("skipped: git is not installed")
	}
	_, base, candidate := madeup.Demo()
	lists := filepath.Join(dir, "socorro", "signature", "siglists")
	git(t, "init", "--quiet", "--initial-branch=main", dir)
	if err := os.CopyFS(lists, base); err != nil {
		t.Fatal(err)
	}
	git(t, "-C", dir, "add", ".")
	git(t, "-C", dir, "commit", "--quiet", "-m", "The lists")
	git(t, "-C", dir, "tag", "v2024.01.03")
	git(t, "-C", dir, "checkout", "--quiet", "-b", "my-branch")
	if err := os.RemoveAll(lists); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(lists, candidate); err != nil {
		t.Fatal(err)
	}
	git(t, "-C", dir, "add", ".")
	git(t, "-C", dir, "commit", "--quiet", "-m", "Other lists")
	git(t, "-C", dir, "update-ref", "refs/pull/7078/head", "HEAD")
	git(t, "-C", dir, "checkout", "--quiet", "main")
}

// Revisions, pull requests and folders are completed wherever a SPEC is due.
func TestCompleteSpecs(t *testing.T) {
	dir := settle(t)
	makeSocorro(t, filepath.Join(dir, "clone"))
	for _, folder := range []string{"more", "other", ".hidden", "od\u202ed"} {
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile("file", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	names := []string{"main", "my-branch", "pr/7078", "v2024.01.03", "clone/", "more/", "other/"}
	for path, cmd := range everyCommand() {
		for _, flag := range []string{"base", "candidate", "siglists", "against", "to"} {
			if cmd.Flags().Lookup(flag) == nil {
				continue
			}
			words := append(strings.Fields(path)[1:], "--repo", "clone", "--"+flag, "")
			got := complete(t, words...)
			if got = slices.DeleteFunc(got, func(w string) bool { return w == "accepted" || w == "recorded" }); !slices.Equal(got, names) {
				t.Errorf("%q: %q", words, got)
			}
		}
	}
	for _, test := range []struct {
		words []string
		want  string
	}{
		{[]string{"lint", "--repo", "~/clone", "m"}, "main my-branch more/"},
		{[]string{"lint", "main", ""}, ""},
		{[]string{"diff", "--add", ""}, "sentinels: irrelevant: prefix: line-numbers:"},
		{[]string{"lines", "main", "--remove", "pre"}, "prefix:"},
		{[]string{"explain", "--add", "prefix:a"}, ""},
		{[]string{"diff", "--base", "acc"}, "accepted"},
		{[]string{"diff", "--fail-on", "merged,s"}, "merged,siblings merged,strangers merged,spray merged,split"},
		{[]string{"screen", "o"}, "other/"},
		{[]string{"screen", "main", "rec"}, ""},
		{[]string{"screen", "--base", "rec"}, ""},
		{[]string{"signature", "--siglists", "rec"}, "recorded"},
		{[]string{"check-parity", "--siglists", "rec"}, ""},
		{[]string{"diff", "--repo", dir + "/clone", "--candidate", "pr/"}, "pr/7078"},
		{[]string{"diff", "--repo=clone", "--candidate=pr"}, "pr/7078"},
		{[]string{"diff", "--repo=clone", "--candidate", "pr/7078"}, "pr/7078 pr/7078/merge"},
		{[]string{"diff", "--repo=clone", "--candidate", "pr/7078/m"}, "pr/7078/merge"},
		{[]string{"diff", "--repo=clone", "--candidate", "main/"}, ""},
		{[]string{"diff", "--candidate", "o"}, "other/"},
		{[]string{"pipelines", "--repo=clone", "main", "my"}, "my-branch"},
		{[]string{"pipelines", "--repo=clone", "main", "main@pro"}, "main@proto main@proto:5"},
		{[]string{"signature", "--rules", "default,s"}, "default,stack"},
		{[]string{"diff", "--candidate", "clone/"}, "clone/socorro/"},
		{[]string{"diff", "--repo=clone", "--candidate", "pr/7078/x"}, ""},
		{[]string{"diff", "--candidate", "./"}, "FOLDERS"},
		{[]string{"diff", "--candidate", "~/"}, "FOLDERS"},
		{[]string{"diff", "--candidate", dir}, "FOLDERS"},
		{[]string{"diff", "--repo", ""}, "FOLDERS"},
		{[]string{"diff", "--output", ""}, "FILES"},
		{[]string{"import", ""}, "FILES"},
		{[]string{"fetch", ""}, ""},
		{[]string{"corpus", "no", ""}, ""},
		{[]string{"help", "exit"}, "exit-codes"},
		{[]string{"help", "cache", "g"}, "get"},
	} {
		if got := strings.Join(complete(t, test.words...), " "); got != test.want {
			t.Errorf("%q: %q, want %q", test.words, got, test.want)
		}
	}
	if got := complete(t, "diff", "--base", "ma"); len(got) > 0 {
		t.Errorf("outside of any clone: %q", got)
	}
	t.Chdir("clone")
	if got := complete(t, "diff", "--base", "ma"); !slices.Equal(got, []string{"main"}) {
		t.Errorf("inside of a clone: %q", got)
	}
}

// A key is no order to fetch: what a partial clone lacks stays away.
func TestCompletingFetchesNothing(t *testing.T) {
	dir := settle(t)
	makeSocorro(t, filepath.Join(dir, "clone"))
	git(t, "clone", "--quiet", "--bare", "--filter=tree:0", "file://"+filepath.ToSlash(dir)+"/clone", "partial")
	t.Chdir("partial")
	objects := func() string {
		out, err := exec.Command("git", "count-objects", "-v").Output()
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	before := objects()
	complete(t, "diff", "--base", "")
	if got := complete(t, "diff", "--repo", ".", "--base", "ma"); !slices.Equal(got, []string{"main"}) {
		t.Errorf("%q", got)
	}
	if after := objects(); after != before {
		t.Errorf("completing fetched something:\n%s\nbefore:\n%s", after, before)
	}
}

// The formats that are completed are those that there are: the ones that a wrong format is answered with.
func TestCompleteFormats(t *testing.T) {
	dir := settle(t)
	_, base, _ := madeup.Demo()
	if err := os.CopyFS(filepath.Join(dir, "lists"), base); err != nil {
		t.Fatal(err)
	}
	const id = "6a677f32-6b3a-4038-a4ae-12e582151130"
	needs := map[string][]string{
		"sigdiff diff": {"--base", "lists", "--candidate", "lists"}, "sigdiff merge": {"part.1"}, "sigdiff explain": {id, "--base", "lists"},
		"sigdiff bisect": {id}, "sigdiff lint": {"lists"}, "sigdiff lines": {"lists"}, "sigdiff pipelines": {"lists"}, "sigdiff suggest": {"--signature", "x"}, "sigdiff signature": {"--siglists", "lists", id}, "sigdiff fetch": {id},
		"sigdiff correlate": {"hangs", "nightly"}, "sigdiff review": {"pr/1"},
		"sigdiff corpus show": {"hangs"}, "sigdiff corpus export": {"hangs"}, "sigdiff check-parity": {"--siglists", "lists"}, "sigdiff verify": {"pr/1"},
	}
	for path, cmd := range everyCommand() {
		if cmd.Flags().Lookup("format") == nil {
			continue
		}
		words := strings.Fields(path)[1:]
		var stderr bytes.Buffer
		code := run(t.Context(), slices.Concat(words, needs[path], []string{"--format", "none"}), strings.NewReader(""), new(bytes.Buffer), &stderr)
		_, list, found := strings.Cut(strings.Replace(stderr.String(), "; there is ", "; there are ", 1), `no format "none"; there are `)
		if code != exit.Usage || !found {
			t.Errorf("%s --format none: exit code %d\n%s", path, code, &stderr)
			continue
		}
		want := regexp.MustCompile(`[a-z]+`).FindAllString(list, -1)
		got := complete(t, append(words, "--format", "")...)
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q are completed, there are %q", path, got, want)
		}
	}
	if got := complete(t, "diff", "--format", "json,mark"); !slices.Equal(got, []string{"json,markdown"}) {
		t.Errorf("the second format: %q", got)
	}
	if got := complete(t, "lint", "lists", "--disable", "dead,dup"); !slices.Equal(got, []string{"dead,duplicate"}) {
		t.Errorf("the second check: %q", got)
	}
}

// The scripts are those of the three shells, and nothing else is one.
func TestCompletionScripts(t *testing.T) {
	for shell, sign := range map[string]string{"bash": "complete -o default", "zsh": "#compdef sigdiff", "fish": "complete -c sigdiff"} {
		if script := runText(t, "completion", shell); !strings.Contains(script, sign) || !strings.Contains(script, "__complete") {
			t.Errorf("%s: %.200s", shell, script)
		}
	}
	var stderr bytes.Buffer
	if code := run(t.Context(), []string{"completion", "csh"}, nil, new(bytes.Buffer), &stderr); code != exit.Usage || !strings.Contains(stderr.String(), "there are bash, zsh and fish") {
		t.Errorf("csh: exit code %d, %s", code, &stderr)
	}
	if got := complete(t, "completion", ""); !slices.Equal(got, []string{"bash", "zsh", "fish"}) {
		t.Errorf("shells: %q", got)
	}
}
