package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/fetch"
	"github.com/sigdiff/sigdiff/internal/crashstatstest"
	"github.com/sigdiff/sigdiff/internal/exit"
)

// everything are the filters that find all crashes of a stand-in.
var everything = []string{"--date", "thismonth", "--product", "Firefox,Fenix,Thunderbird"}

// fetchJSON runs fetch in process and reads its summary.
func fetchJSON(t *testing.T, wantCode int, args ...string) fetchSummary {
	t.Helper()
	var stdout, stderr bytes.Buffer
	args = append([]string{"fetch", "--format", "json"}, args...)
	if code := run(t.Context(), args, strings.NewReader(""), &stdout, &stderr); code != wantCode {
		t.Fatalf("sigdiff %s: exit code %d, want %d\n%s", strings.Join(args, " "), code, wantCode, &stderr)
	}
	var sum fetchSummary
	if err := json.Unmarshal(stdout.Bytes(), &sum); err != nil {
		t.Fatalf("the summary is %q: %v", &stdout, err)
	}
	return sum
}

// A service with faults and gaps: everything that there is arrives whole, and the same run again asks for nothing but the list.
func TestFetchFaultsAndMissing(t *testing.T) {
	corpus := crashstatstest.Corpus{N: 600, MissingEvery: 100}
	srv, ids := newStandIn(t, corpus, crashstatstest.Options{Fault: crashstatstest.Faults(5, 0.03, crashstatstest.Usual...)})
	path := filepath.Join(t.TempDir(), "crashes.db")
	args := append([]string{"--cache", path, "--host", srv.URL(), "--rate", "0", "--corpus", "all"}, everything...)
	sum := fetchJSON(t, exit.OK, args...)
	if sum.Listed != 600 || sum.Fetched != 594 || sum.Missing != 6 || sum.Failed+sum.Left+sum.Cached != 0 || sum.Retried == 0 {
		t.Errorf("summary: %+v", sum.Summary)
	}
	if sum.Provenance.IDs != 600 || sum.Provenance.Host != srv.URL() || sum.Provenance.Window == nil {
		t.Errorf("provenance: %+v", sum.Provenance)
	}
	checkCached(t, path, corpus)
	checkCorpus(t, path, "all", ids)

	srv.ForgetRequests()
	if sum := fetchJSON(t, exit.OK, args...); sum.Cached != 594 || sum.Missing != 6 || sum.Fetched != 0 {
		t.Errorf("second run: %+v", sum.Summary)
	}
	if n := srv.Count("ProcessedCrash") + srv.Count("RawCrash"); n != 0 {
		t.Errorf("the second run asked for %d documents", n)
	}
}

// checkCached compares the documents in the cache with those of the service.
func checkCached(t *testing.T, path string, corpus crashstatstest.Corpus) {
	t.Helper()
	c, err := cache.Open(path, cache.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, crash := range crashstatstest.Generate(corpus) {
		if crash.Document == nil {
			if _, err := c.Get(crash.ID, cache.Processed); !errors.Is(err, cache.ErrNotFound) {
				t.Errorf("%s is missing, but the cache says %v", crash.ID, err)
			}
			continue
		}
		for kind, raw := range map[cache.Kind]bool{cache.Processed: false, cache.Raw: true} {
			if got, err := c.Get(crash.ID, kind); err != nil || !bytes.Equal(got, crash.Document(raw)) {
				t.Errorf("%s of %s: %.60q, %v", kind, crash.ID, got, err)
			}
		}
		if got, err := corpora.Crash(c, crash.ID); err != nil || got.ID() != crash.ID {
			t.Errorf("crash record of %s: %v", crash.ID, err)
		}
	}
}

func checkCorpus(t *testing.T, path, name string, ids []string) {
	t.Helper()
	c, err := cache.Open(path, cache.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	corpus, err := c.Corpus(name)
	if err != nil || len(corpus.IDs) != len(ids) || !bytes.Contains(corpus.Provenance, []byte(`"command":"fetch"`)) {
		t.Errorf("corpus %s: %d crashes, %s, %v", name, len(corpus.IDs), corpus.Provenance, err)
	}
}

// startFetch starts fetch as a process of its own, and returns once the service has had so many requests.
func startFetch(t *testing.T, srv *crashstatstest.Server, requests int, args ...string) (cmd *exec.Cmd, stdout, stderr *bytes.Buffer) {
	t.Helper()
	return startProgram(t, "sigdiff", srv, requests, args...)
}

func startProgram(t *testing.T, program string, srv *crashstatstest.Server, requests int, args ...string) (cmd *exec.Cmd, stdout, stderr *bytes.Buffer) {
	t.Helper()
	stdout, stderr = new(bytes.Buffer), new(bytes.Buffer)
	cmd = exec.Command(program, append([]string{"fetch"}, args...)...)
	cmd.Env = append(os.Environ(), "FILE_LIMIT="+strconv.Itoa(1<<17))
	cmd.Stdout, cmd.Stderr = stdout, stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	for deadline := time.Now().Add(time.Minute); srv.Count("ProcessedCrash") < requests; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("after a minute, the service has had %d requests; stderr: %s", srv.Count(""), stderr)
		}
	}
	return cmd, stdout, stderr
}

func exitCodeOf(err error) int {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	}
	return -2
}

// askedTwice counts the documents that were answered more than once.
func askedTwice(srv *crashstatstest.Server) int {
	answered, twice := map[string]int{}, 0
	for _, r := range srv.Requests() {
		if r.CrashID() == "" || r.Status != http.StatusOK {
			continue
		}
		key := r.Endpoint + r.CrashID()
		if answered[key]++; answered[key] == 2 {
			twice++
		}
	}
	return twice
}

// Ctrl-C lets what is under way arrive: afterwards, nothing at all is asked for twice.
func TestFetchInterrupted(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there are no such signals on Windows")
	}
	corpus := crashstatstest.Corpus{N: 400}
	slow := func(crashstatstest.Request) *crashstatstest.Fault {
		return &crashstatstest.Fault{Delay: 5 * time.Millisecond}
	}
	srv, ids := newStandIn(t, corpus, crashstatstest.Options{Fault: slow})
	path := filepath.Join(t.TempDir(), "crashes.db")
	args := append([]string{"--cache", path, "--host", srv.URL(), "--rate", "0", "--corpus", "all"}, everything...)
	for _, sig := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		had := srv.Count("ProcessedCrash")
		cmd, stdout, stderr := startFetch(t, srv, had+50, args...)
		if err := cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		if code := exitCodeOf(cmd.Wait()); code != exit.Interrupted {
			t.Fatalf("%v: exit code %d\n%s", sig, code, stderr)
		}
		if text := stderr.String(); !strings.Contains(text, "sigdiff: interrupted with ") || !strings.Contains(text, "'sigdiff fetch --corpus all --cache "+path+" --host "+srv.URL()+" --rate 0' goes on") {
			t.Errorf("%v: stderr: %s", sig, text)
		}
		if !strings.Contains(stdout.String(), " left; ") {
			t.Errorf("%v: stdout: %s", sig, stdout)
		}
		checkCorpus(t, path, "all", ids)
	}
	sum := fetchJSON(t, exit.OK, "--cache", path, "--host", srv.URL(), "--rate", "0", "--corpus", "all")
	if sum.Listed != 400 || sum.Requests > 2*400-90 || sum.Fetched != 400-sum.Cached {
		t.Errorf("the last run: %+v", sum.Summary)
	}
	if n := askedTwice(srv); n != 0 {
		t.Errorf("%d documents were asked for twice", n)
	}
	checkCached(t, path, corpus)

	// What is fetched again is cached already: the crashes that were not are known all the same.
	had, retry := srv.Count("ProcessedCrash"), filepath.Join(t.TempDir(), "retry.txt")
	cmd, _, stderr := startFetch(t, srv, had+50, "--cache", path, "--host", srv.URL(), "--rate", "0", "--corpus", "all", "--refresh", "--retry-file", retry)
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if code := exitCodeOf(cmd.Wait()); code != exit.Interrupted {
		t.Fatalf("exit code %d\n%s", code, stderr)
	}
	left, err := os.ReadFile(retry)
	if err != nil {
		t.Fatal(err)
	}
	if sum := fetchJSON(t, exit.OK, "--cache", path, "--host", srv.URL(), "--rate", "0", "--ids", retry, "--refresh"); sum.Fetched != bytes.Count(left, []byte("\n")) {
		t.Errorf("%+v", sum.Summary)
	}
	if n := askedTwice(srv); n != 2*len(ids) {
		t.Errorf("%d documents were asked for again, not %d once", n, 2*len(ids))
	}
}

// kill -9 loses no more than the batch that was being written, the one that was collected meanwhile, and what was on its way to it.
func TestFetchKilled(t *testing.T) {
	const lost = 512 + 512 + 64 + 64 // entries of the batches, handed over, under way
	corpus := crashstatstest.Corpus{N: 2500}
	srv, _ := newStandIn(t, corpus, crashstatstest.Options{})
	path := filepath.Join(t.TempDir(), "crashes.db")
	args := append([]string{"--cache", path, "--host", srv.URL(), "--rate", "0"}, everything...)
	cmd, _, _ := startFetch(t, srv, 1600, args...)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	sum := fetchJSON(t, exit.OK, args...)
	if sum.Listed != 2500 || sum.Cached < 1600-lost || sum.Fetched != 2500-sum.Cached || sum.Cached == 2500 {
		t.Errorf("after kill -9: %+v", sum.Summary)
	}
	if n := askedTwice(srv); n > 2*lost {
		t.Errorf("%d documents were asked for twice", n)
	}
	checkCached(t, path, corpus)
}

// A disk that is full ends the run at once; what was stored before stays, and the summary counts only that.
func TestFetchDiskFull(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the size of files can't be limited on Windows")
	}
	corpus := crashstatstest.Corpus{N: 1500}
	srv, ids := newStandIn(t, corpus, crashstatstest.Options{})
	dir := t.TempDir()
	path, retry := filepath.Join(dir, "crashes.db"), filepath.Join(dir, "retry.txt")
	args := append([]string{"--cache", path, "--host", srv.URL(), "--rate", "0", "--retry-file", retry}, everything...)
	cmd := exec.Command("sigdiff-limited", append([]string{"fetch", "--format", "json"}, args...)...)
	cmd.Env = append(os.Environ(), "FILE_LIMIT="+strconv.Itoa(1<<20))
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if code := exitCodeOf(cmd.Run()); code != exit.Failed {
		t.Fatalf("exit code %d\n%s", code, &stderr)
	}
	if !strings.Contains(stderr.String(), "storing crashes: writing cache "+path) || !strings.Contains(stderr.String(), "file too large") {
		t.Errorf("stderr: %s", &stderr)
	}
	var first fetchSummary
	if err := json.Unmarshal(stdout.Bytes(), &first); err != nil {
		t.Fatal(err)
	}
	kept := storedIn(t, path)
	if first.Fetched != kept || first.Fetched+first.Left != len(ids) {
		t.Errorf("%d crashes are in the cache, but the summary says %+v", kept, first.Summary)
	}
	if text, err := os.ReadFile(retry); err != nil || bytes.Count(text, []byte("\n")) != len(ids)-kept {
		t.Errorf("the retry file has %d lines, want %d; %v", bytes.Count(text, []byte("\n")), len(ids)-kept, err)
	}
	if sum := fetchJSON(t, exit.OK, args...); sum.Cached != kept || sum.Fetched != 1500-kept {
		t.Errorf("with room again: %+v", sum.Summary)
	}
	checkCached(t, path, corpus)
}

// An interruption outweighs no full disk: what arrived is lost.
func TestFetchInterruptedOnAFullDisk(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there are no such signals on Windows")
	}
	slow := func(crashstatstest.Request) *crashstatstest.Fault {
		return &crashstatstest.Fault{Delay: 20 * time.Millisecond}
	}
	// One document alone is more than there is room for, so that it doesn't matter how many have come.
	srv, ids := newStandIn(t, crashstatstest.Corpus{N: 50, Size: 1_000_000}, crashstatstest.Options{Fault: slow})
	path := filepath.Join(t.TempDir(), "crashes.db")
	cmd, stdout, stderr := startProgram(t, "sigdiff-limited", srv, 1, append([]string{"--cache", path, "--host", srv.URL(), "--rate", "0", "--no-raw", "--format", "json"}, everything...)...)
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if code := exitCodeOf(cmd.Wait()); code != exit.Failed || !strings.Contains(stderr.String(), "storing crashes: writing cache "+path) {
		t.Errorf("exit code %d\n%s", code, stderr)
	}
	var sum fetchSummary
	if err := json.Unmarshal(stdout.Bytes(), &sum); err != nil {
		t.Fatal(err)
	}
	if kept := storedIn(t, path); sum.Fetched != kept || sum.Fetched+sum.Left != len(ids) {
		t.Errorf("%d crashes are in the cache, but the summary says %+v", kept, sum.Summary)
	}
}

func storedIn(t *testing.T, path string) int {
	t.Helper()
	c, err := cache.Open(path, cache.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ids, err := c.IDs(t.Context(), cache.Record)
	if err != nil {
		t.Fatal(err)
	}
	return len(ids)
}

// A service that is down, or not there, is told from one crash that fails, after a few attempts.
func TestFetchServiceDown(t *testing.T) {
	for name, fault := range map[string]*crashstatstest.Fault{"500s": {Status: 500}, "gone": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv, ids := newStandIn(t, crashstatstest.Corpus{N: 50}, crashstatstest.Options{Fault: func(crashstatstest.Request) *crashstatstest.Fault { return fault }})
			if fault == nil {
				srv.Close()
			}
			for _, which := range [][]string{ids, everything} {
				var stdout, stderr bytes.Buffer
				args := append([]string{"fetch", "--cache", filepath.Join(t.TempDir(), "crashes.db"), "--host", srv.URL(), "--rate", "0"}, which...)
				if code := run(t.Context(), args, strings.NewReader(""), &stdout, &stderr); code != exit.Failed {
					t.Errorf("exit code %d\n%s", code, &stderr)
				}
				if !strings.Contains(stderr.String(), srv.URL()+" answers with nothing but errors") {
					t.Errorf("stderr: %s", &stderr)
				}
			}
		})
	}
}

// A document that can't be read, has its stack elsewhere, or makes too large a record has failed by name, and is not kept:
// what the allow list leaves of it would be a crash without a stack. The others are fetched all the same.
func TestFetchRefusesOddDocuments(t *testing.T) {
	const stack = `{"threads": [{"frames": [{"function": "a"}]}]}`
	odd := []string{ // the first is none
		`"json_dump": ` + stack, `"signature": "` + "\xff" + `"`, `"stackwalk": ` + stack, `"threads": [{"frames": [{"function": "a"}]}]`,
		`"processed_crash": {"json_dump": ` + stack + `}`, `"json_dump": [` + stack + `]`, `"JavaStackTrace": "E: it\n at x"`,
		`"json_dump": ` + stack + `, "abort_message": "` + strings.Repeat("a", cache.MaxRecord) + `"`,
	}
	reasons := []string{"", "not UTF-8", "in stackwalk.threads", "crash data", "in processed_crash.json_dump", "in json_dump[]", "in JavaStackTrace", "too large"}
	var crashes []crashstatstest.Crash
	var ids []string
	for i, members := range odd {
		id := fmt.Sprintf("6a677f32-6b3a-4038-a4ae-12e582%02d1129", i)
		ids = append(ids, id)
		doc := []byte(`{"uuid": "` + id + `", ` + members + `}`)
		crashes = append(crashes, crashstatstest.Crash{ID: id, Document: func(raw bool) []byte {
			if raw {
				return []byte(`{}`)
			}
			return doc
		}})
	}
	srv := crashstatstest.New(crashes, crashstatstest.Options{})
	defer srv.Close()
	path := filepath.Join(t.TempDir(), "crashes.db")
	var stdout, stderr bytes.Buffer
	args := append([]string{"fetch", "--cache", path, "--host", srv.URL(), "--rate", "0"}, ids...)
	if code := run(t.Context(), args, strings.NewReader(""), &stdout, &stderr); code != exit.Incomplete || !strings.Contains(stdout.String(), "1 fetched, 0 missing, 7 failed") {
		t.Errorf("exit code %d\n%s%s", code, &stdout, &stderr)
	}
	for i, id := range ids[1:] {
		if named := regexp.MustCompile(id + ": .*" + regexp.QuoteMeta(reasons[i+1])); !named.Match(stderr.Bytes()) {
			t.Errorf("no %s in\n%s", named, &stderr)
		}
	}
	c, err := cache.Open(path, cache.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if kept, err := c.IDs(t.Context(), cache.Processed); err != nil || !slices.Equal(kept, ids[:1]) {
		t.Errorf("kept %v, %v", kept, err)
	}
}

func TestFetchStore(t *testing.T) {
	c, err := cache.Open(filepath.Join(t.TempDir(), "crashes.db"), cache.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	s := newFetchStore(t.Context(), c)
	const id, other, third = "6a677f32-6b3a-4038-a4ae-12e582151130", "6a677f32-6b3a-4038-a4ae-12e582151129", "6a677f32-6b3a-4038-a4ae-12e582151128"
	doc := []byte(`{"uuid": "` + id + `"}`)
	before := time.Now().Truncate(time.Second)
	for _, err := range []error{
		s.keep(t.Context(), fetch.Crash{ID: id, Raw: []byte(`{}`), Processed: doc}), s.keep(t.Context(), fetch.Crash{ID: other, Raw: []byte(`{"only": "raw"}`)}),
		s.keep(t.Context(), fetch.Crash{ID: other, ProcessedMissing: true}), s.keep(t.Context(), fetch.Crash{ID: third, Processed: []byte(`{"uuid": "` + third + `"}`), RawMissing: true}),
		s.writer.Close(),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if got, err := c.Get(id, cache.Processed); err != nil || !bytes.Equal(got, doc) {
		t.Errorf("the document: %q, %v", got, err)
	}
	known, err := (&fetchRun{cache: c}).have(t.Context(), []string{other, id, third})
	if err != nil || len(known) != 3 || known[1] != (fetch.Known{Raw: true, Processed: true}) {
		t.Fatalf("known: %+v, %v", known, err)
	}
	for _, at := range []time.Time{known[0].ProcessedMissing, known[2].RawMissing} {
		if at.Before(before) || at.After(time.Now()) {
			t.Errorf("missing since %v", at)
		}
	}
	if !known[0].Raw || known[0].Processed || known[2].Raw || !known[2].Processed {
		t.Errorf("known: %+v", known)
	}
}
