package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// makePull makes a repository whose pull request 1 adds prefixes, with golden cases beside the lists.
func makePull(t *testing.T) (repo string) {
	t.Helper()
	repo = filepath.Join(t.TempDir(), "socorro")
	git(t, "init", "--quiet", "--initial-branch=main", repo)
	signature := filepath.Join(repo, "socorro", "signature")
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(signature, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range siglists.Names() {
		write("siglists/"+name.File(), "zzz\n")
	}
	write("siglists/prefix_signature_re.txt", "old.line\nwait\n")
	write("cases/old.json", `{"signature": "old.line | c", "lines": ["prefix:old.line"], "crash_data": {"threads": [{"frames": [{"function": "old.line"}, {"function": "c"}]}]}}`)
	git(t, "-C", repo, "add", ".")
	git(t, "-C", repo, "commit", "--quiet", "-m", "The lists")
	git(t, "-C", repo, "checkout", "--quiet", "--detach")
	write("siglists/prefix_signature_re.txt", "mozilla::(Foo|Bar)\nnowhere::.*\nwait\n")
	git(t, "-C", repo, "commit", "--quiet", "--all", "-m", "Bug 1234567 - Tell @somebody's `Foo` apart")
	git(t, "-C", repo, "update-ref", "refs/pull/1/head", "HEAD")
	git(t, "-C", repo, "checkout", "--quiet", "main")
	return repo
}

// TestReviewOfAMerge: a merge that is made for the review has the golden cases and the commits of the pull request, and the bug of
// one that was merged is named by its own commits.
func TestReviewOfAMerge(t *testing.T) {
	settle(t)
	repo := makePull(t)
	crash := `{"uuid": "aaaaaaaa-bbbb-4ccc-8ddd-000001261001", "threads": [{"frames": [{"function": "mozilla::Foo"}]}]}`
	if err := os.WriteFile("crash.ndjson", []byte(crash), 0o600); err != nil {
		t.Fatal(err)
	}
	runText(t, "import", "crash.ndjson", "--corpus", "all")
	out, stderr, code := runReviewed(t, "review", "pr/1/merge", "--repo", repo, "--corpus", "all")
	if code != exit.Changed || !strings.Contains(out, "[bug 1234567]") || !strings.Contains(stderr, "golden cases: 1 of 1 case failed") {
		t.Errorf("merged for the review: %d, %s%s", code, out, stderr)
	}
	git(t, "-C", repo, "merge", "--quiet", "--no-ff", "--message", "Merge pull request #1", "refs/pull/1/head")
	out, stderr, _ = runReviewed(t, "review", "HEAD", "--base", "HEAD^1", "--repo", repo, "--corpus", "all")
	if !strings.Contains(out, "[bug 1234567]") || strings.Contains(out, "Say which bug it is for") {
		t.Errorf("%s%s", out, stderr)
	}
}

// plainReview is a review without what differs from run to run.
func plainReview(text string) string {
	for from, to := range map[string]string{
		`\b[0-9a-f]{40}\b`: "HASH", `\b[0-9a-f]{12}\b`: "HASH", `\b[0-9a-f]{16}\b`: "DIGEST", `\d{4}-\d\d-\d\d`: "DATE", `([0-9a-f]{8}-bbbb-4ccc-8ddd-[0-9a-f]{6})\d{6}`: "${1}DATE",
		`127\.0\.0\.1:\d+`: "HOST", `(?m)^- made by .*$`: "- made by", `/\S+/socorro`: "REPO",
	} {
		text = regexp.MustCompile(from).ReplaceAllString(text, to)
	}
	return text
}

func runReviewed(t *testing.T, args ...string) (out, errs string, code int) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = run(t.Context(), args, strings.NewReader(""), &stdout, &stderr)
	return stdout.String(), stderr.String(), code
}

// TestReview: the crashes that the change is about are fetched, and the page says what a reviewer needs.
func TestReview(t *testing.T) {
	golden, err := filepath.Abs("testdata/review.md")
	if err != nil {
		t.Fatal(err)
	}
	settle(t)
	repo := makePull(t)
	srv := protoService(t, "wait | mozilla::Foo | main", "mozilla::Foo | a", "mozilla::Foo | b", "old.line | c", "other | d")
	const id = "aaaaaaaa-bbbb-4ccc-8ddd-000001261101"
	text := "Fixes bug 7654321.\n\nCrash id: " + id + "\nOriginal: mozilla::Foo\nNew:      mozilla::Foo | a\n\nhttps://crash-stats.mozilla.org/report/index/" +
		strings.Replace(id, "000001", "000002", 1) + " should be `mozilla::Foo | x`\n"
	if err := os.WriteFile("pull.txt", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"review", "pr/1", "--repo", repo, "--host", srv.URL()}
	out, stderr, code := runReviewed(t, append(args, "--rate", "0", "--text", "pull.txt")...)
	if code != exit.Changed {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	head, rest, _ := strings.Cut(plainReview(out), "## Signatures:")
	if !strings.HasPrefix(rest, " 4 of 4 crashes change") || !strings.Contains(rest, "### Changed lines: ") {
		t.Errorf("the report is not on the page:\n%s", rest)
	}
	if *update {
		if err := os.WriteFile(golden, []byte(head), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(readText(t, golden), head); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, want := range []string{"1 expectation missed", "golden cases: 1 of 1 case failed"} {
		if !strings.Contains(stderr, want) {
			t.Errorf("stderr has no %q:\n%s", want, stderr)
		}
	}

	// The same again, from what is there. Without the service, what is not known is said first.
	again, _, _ := runReviewed(t, append(args, "--corpus", "review-pr-1")...)
	if !strings.Contains(again, "4 of 4 crashes change") || strings.Contains(again, "incomplete") {
		t.Errorf("from the corpus:\n%s", again)
	}
	srv.Close()
	alone, stderr, code := runReviewed(t, "--cache", "other.db", "review", "pr/1", "--repo", repo, "--host", srv.URL(), "--rate", "0")
	if code != exit.Changed || !strings.Contains(alone, "**This review is incomplete: the crashes that the change is about were not all fetched: `") {
		t.Errorf("without the service: %d, %s\n%s", code, stderr, alone)
	}
}

// TestReviewOfNoChange: lines that undo each other's work are asked about, unless signatures change by others.
func TestReviewOfNoChange(t *testing.T) {
	settle(t)
	srv := protoService(t, "JS::Call | a | b", "other | c")
	listsIn(t, "base", "zzz", "JS::Call")
	for name, lines := range map[string][]string{"same": {"zzz", "JS::Call$"}, "more": {"zzz", "JS::Call$", "other"}} {
		listsIn(t, name, lines...)
		page, errs, _ := runReviewed(t, "review", name, "--base", "base", "--host", srv.URL(), "--rate", "0")
		if asked := strings.Contains(page, "- [ ] 1 added line changes nothing beside the other changed lines"); asked != (name == "same") {
			t.Errorf("%s: %s%s", name, page, errs)
		}
	}
}

// TestReviewHoldsTheCache: reviews of folders share a corpus. Each opens the cache once, so that no other can replace its crashes
// before they are compared. While the page is read, another program may write to the cache.
func TestReviewHoldsTheCache(t *testing.T) {
	settle(t)
	srv := protoService(t, "mozilla::Foo | a", "nsFoo::Bar | c")
	listsIn(t, "base", "zzz")
	listsIn(t, "new", "zzz", "mozilla::Foo")
	for _, more := range [][]string{{"--host", srv.URL(), "--rate", "0"}, {"--corpus", "review"}} {
		args := append([]string{"review", "new", "--base", "base"}, more...)
		var page openingPage
		var stderr bytes.Buffer
		a := &app{ctx: t.Context(), stdin: strings.NewReader(""), stdout: &page, stderr: &stderr, out: bufio.NewWriter(io.Discard), budget: pyre.NewBudget(t.Context(), maxSteps, nil), args: args}
		if err := a.execute(t.Context(), args); err != nil || !strings.Contains(page.String(), "## Signatures: 1 of 1 ") {
			t.Errorf("%q: %v\n%s%s", args, err, &page, &stderr)
		}
		if page.err != nil {
			t.Errorf("%q: %v", args, page.err)
		}
		if len(a.opened) != 1 {
			t.Errorf("%q: the cache was opened %d times", args, len(a.opened))
		}
	}
}

// openingPage is stdout of a reader who writes to the cache meanwhile.
type openingPage struct {
	bytes.Buffer
	err error
}

func (p *openingPage) Write(b []byte) (int, error) {
	c, err := cache.Open(os.Getenv("SIGDIFF_CACHE"), cache.Options{Timeout: 1})
	if err == nil {
		err = c.Close()
	}
	p.err = errors.Join(p.err, err)
	return p.Buffer.Write(b)
}

// TestReviewTextIsReadWhole: of a text that is too long, no part is taken for all of it.
func TestReviewTextIsReadWhole(t *testing.T) {
	for size, good := range map[int]bool{0: true, maxText: true, maxText + 1: false, maxText * 2: false} {
		text, err := wholeText(io.LimitReader(zeros{}, int64(size)))
		if (err == nil) != good || good && len(text) != size {
			t.Errorf("%d bytes: %d read, %v", size, len(text), err)
		}
	}
}

// zeros never ends.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
