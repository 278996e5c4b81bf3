package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/verify"
	"github.com/sigdiff/sigdiff/siglists"
)

// verifyJSON runs verify in process and reads what it says.
func verifyJSON(t *testing.T, wantCode int, args ...string) verify.Report {
	t.Helper()
	var stdout, stderr bytes.Buffer
	args = append([]string{"verify", "candidate", "--base", "base", "--format", "json", "--rate", "0"}, args...)
	if code := run(t.Context(), args, strings.NewReader(""), &stdout, &stderr); code != wantCode {
		t.Fatalf("%q: exit code %d, want %d\n%s%s", args, code, wantCode, &stdout, &stderr)
	}
	var v verify.Report
	if err := json.Unmarshal(stdout.Bytes(), &v); err != nil {
		t.Fatalf("%q: %v", &stdout, err)
	}
	return v
}

// TestVerify tells a service with the change from one without it, by signatures and by crashes.
func TestVerify(t *testing.T) {
	settle(t)
	const stack = "wait | mozilla::Foo | main"
	before := protoService(t, "wait | mozilla::Foo => "+stack, "wait | mozilla::Foo => "+stack)
	after := protoService(t, stack+" => "+stack, stack+" => "+stack)
	listsIn(t, "base", "wait")
	listsIn(t, "candidate", "wait", "mozilla::Foo")
	runText(t, "fetch", "--for", "candidate", "--base", "base", "--corpus", "for", "--host", before.URL(), "--rate", "0")
	yesterday := time.Now().UTC().AddDate(0, 0, -1).Format(time.RFC3339)
	now := time.Now().UTC().Format(time.RFC3339)

	v := verifyJSON(t, exit.OK, "--host", after.URL(), "--since", yesterday, "--corpus", "for")
	if v.Verdict != verify.Deployed || v.Lines[0].With != 2 || v.Crashes.Counts[verify.New] != 2 || v.Crashes.Changed != 2 {
		t.Errorf("%+v, %+v", v, v.Crashes)
	}
	if url := v.Lines[0].URL; !strings.HasPrefix(url, after.URL()+"/search/?date=") || !strings.Contains(url, "signature=~mozilla") && !strings.Contains(url, "signature=%7Emozilla") {
		t.Error(url)
	}
	v = verifyJSON(t, exit.Changed, "--host", before.URL(), "--since", yesterday, "--corpus", "for")
	if v.Verdict != verify.NotDeployed || v.Lines[0].Without != 2 || v.Crashes.Counts[verify.Old] != 2 {
		t.Errorf("%+v, %+v", v, v.Crashes)
	}

	// Processed before the change: nothing can be told, until they are processed again.
	v = verifyJSON(t, exit.Incomplete, "--host", before.URL(), "--since", now, "--corpus", "for", "--reprocess", "again.txt")
	if v.Verdict != verify.Unclear || len(v.Crashes.Reprocess.IDs) != 2 || v.Crashes.Reprocess.Calls != 1 {
		t.Errorf("%+v, %+v", v, v.Crashes)
	}
	if ids, err := os.ReadFile("again.txt"); err != nil || bytes.Count(ids, []byte("\n")) != 2 {
		t.Errorf("%s, %v", ids, err)
	}

	// Processed again since they were cached, with a stack of which both siglists make the signature that the old ones made before.
	again := protoService(t, "wait | mozilla::Foo => wait | mozilla::Foo", "wait | mozilla::Foo => wait | mozilla::Foo")
	v = verifyJSON(t, exit.Incomplete, "--host", again.URL(), "--since", yesterday, "--corpus", "for")
	if v.Verdict != verify.Unclear || v.Crashes.Counts[verify.New] != 0 || v.Crashes.Counts[verify.Unaltered] != 2 || v.Crashes.Crashes[0].Expected != "wait | mozilla::Foo" {
		t.Errorf("%+v, %+v", v, v.Crashes)
	}

	// Expectations, of which one crash is gone.
	text := v.Crashes.Crashes[0].ID + " -> " + stack + "\naaaaaaaa-bbbb-4ccc-8ddd-ffffff261101 -> x\n"
	if err := os.WriteFile("expect.txt", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	v = verifyJSON(t, exit.OK, "--host", after.URL(), "--since", yesterday, "--expect", "expect.txt")
	if v.Crashes.Counts[verify.New] != 1 || v.Crashes.Counts[verify.NotFetched] != 1 || v.Crashes.Verdict != verify.Unclear {
		t.Errorf("%+v", v.Crashes)
	}
	if n := before.Count("RawCrash") + after.Count("RawCrash"); n != 0 {
		t.Errorf("%d raw crashes were asked for", n)
	}
	var stdout bytes.Buffer
	code := run(t.Context(), []string{"verify", "candidate", "--base", "base", "--rate", "0", "--host", before.URL(), "--since", yesterday}, strings.NewReader(""), &stdout, &stdout)
	if code != exit.Changed || !strings.Contains(stdout.String(), "not deployed  + prefix mozilla::Foo\n  in 0 signatures something follows its frame, in 2 that comes last") {
		t.Errorf("exit code %d\n%s", code, &stdout)
	}
}

// TestVerifyByLine tells a service that has a line from one that hasn't, by lines of several lists.
func TestVerifyByLine(t *testing.T) {
	dir := settle(t)
	if _, _, err := demoFolders(dir); err != nil {
		t.Fatal(err)
	}
	base, err := siglists.LoadDir("base")
	if err != nil {
		t.Fatal(err)
	}
	since := time.Now().UTC().AddDate(0, 0, -1).Format(time.RFC3339)
	for edit, shows := range map[string]bool{
		"+ prefix mozilla::net::HttpChannelChild::ProcessOnStopRequest": true,
		"+ irrelevant mozalloc_handle_oom":                              true,
		"+ sentinels mozilla::RunnableTask::Run":                        true,
		"- prefix JS::Call$":                                            true,
		"+ prefix nowhere::at_all":                                      false,
	} {
		changes, err := siglists.ReadChanges(strings.NewReader(edit))
		if err != nil {
			t.Fatal(err)
		}
		candidate, err := base.With(changes)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range siglists.Names() {
			if err := os.WriteFile(filepath.Join("candidate", name.File()), candidate.List(name).Source, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		for lists, want := range map[string]verify.Verdict{"base": verify.NotDeployed, "candidate": verify.Deployed} {
			code := map[string]int{"base": exit.Changed, "candidate": exit.OK}[lists]
			if !shows {
				want, code = verify.Unclear, exit.Incomplete
			}
			crashes := indexedCrashes(t, 50, lists)
			for i := range crashes {
				crashes[i].Date = time.Now().Add(-time.Duration(i+1) * time.Minute)
			}
			srv := serviceAt(t, time.Now, crashes)
			v := verifyJSON(t, code, "--host", srv.URL(), "--since", since)
			if line := v.Lines[0]; v.Verdict != want || line.Line != edit || line.With > 0 && line.Without > 0 || len(srv.Requests()) != 1 {
				t.Errorf("%s: a service with the %s: %+v", edit, lists, v)
			}
		}
	}
}

// searchAnswers is a service that gives one answer to every search.
func searchAnswers(t *testing.T, answer string) *httptest.Server {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, answer)
	}))
	t.Cleanup(srv.Close)
	return srv
}

// TestOddAnswers: a crash that a search lists twice counts once, a partial answer decides nothing, a crash that can't be read
// ends nothing, and frames that a search doesn't show may be those of a line.
func TestOddAnswers(t *testing.T) {
	settle(t)
	listsIn(t, "base", "wait")
	listsIn(t, "candidate", "wait", "mozilla::Foo")
	date := time.Now().UTC().Add(-time.Hour)
	const row = `{"uuid": "aaaaaaaa-bbbb-4ccc-8ddd-ffffff%s", "date": %q, "signature": "mozilla::Foo", "processor_notes": ">>> Start processing: 2026-11-20 10:00:00+00:00 (p)"%s}`
	hit := func(more string) string {
		return fmt.Sprintf(row, date.Format("060102"), date.Format(time.RFC3339), more)
	}
	seen := hit(`, "crashing_thread": 0, "proto_signature": "mozilla::Foo | main"`)
	// A number that Socorro itself makes no crash of.
	other := strings.Replace(hit(`, "oom_allocation_size": 1e999, "proto_signature": "mozilla::Foo | main"`), "-ffffff", "-eeeeee", 1)
	for _, test := range []struct {
		hits    string
		total   int
		without int
		why     string
		want    verify.Verdict
	}{
		{seen, 1, 1, "does not work", verify.NotDeployed},
		{seen, 2, 1, "the service's answer is partial", verify.Unclear},
		{seen + ", " + seen, 2, 1, "the service's answer is partial", verify.Unclear},
		{"", 2, 0, "no crash that was found has its frame; the service's answer is partial", verify.Unclear},
		{other + ", " + seen, 2, 1, "does not work", verify.NotDeployed},
		{other, 1, 0, "1 crash has its frame, and none tells", verify.Unclear},
	} {
		srv := searchAnswers(t, fmt.Sprintf(`{"hits": [%s], "total": %d, "facets": {}, "errors": []}`, test.hits, test.total))
		code := map[verify.Verdict]int{verify.NotDeployed: exit.Changed, verify.Unclear: exit.Incomplete}[test.want]
		v := verifyJSON(t, code, "--host", srv.URL, "--since", date.AddDate(0, 0, -1).Format(time.RFC3339))
		if line := v.Lines[0]; line.Verdict != test.want || line.Without != test.without || !strings.Contains(line.Why, test.why) {
			t.Errorf("%s: %+v", test.hits, line)
		}
	}
	srv := searchAnswers(t, `{"hits": [`+hit("")+`], "total": 1, "facets": {"signature": [], "histogram_date": []}, "errors": []}`)
	out := runText(t, "fetch", "--for", "candidate", "--base", "base", "--dry-run", "--host", srv.URL, "--rate", "0")
	if strings.Contains(out, "in no crash") || !strings.Contains(out, "in 1 crash") {
		t.Error(out)
	}
}

func TestVerifyRefuses(t *testing.T) {
	settle(t)
	listsIn(t, "base", "wait")
	listsIn(t, "candidate", "wait", "mozilla::Foo")
	for want, args := range map[string][]string{
		"when candidate was merged is not known": {"candidate", "--base", "base"},
		"needs --base":                           {"candidate"},
		"--since: \"never\" is not a date":       {"candidate", "--base", "base", "--since", "never"},
		"--since: \"<2026-11-01\" is not a date": {"candidate", "--base", "base", "--since", "<2026-11-01"},
		"in one way":                             {"candidate", "--base", "base", "--corpus", "a", "--expect", "b"},
		"--num \"0\": it is a whole number":      {"candidate", "--base", "base", "--num", "0"},
		"changes no line":                        {"base", "--base", "base", "--since", "today"},
		// The service, which is not there, is not asked.
		"--expect: open nothing: ": {"candidate", "--base", "base", "--since", "today", "--expect", "nothing", "--host", "http://127.0.0.1:1"},
	} {
		var out bytes.Buffer
		if code := run(t.Context(), append([]string{"verify"}, args...), strings.NewReader(""), &out, &out); code != exit.Usage || !strings.Contains(out.String(), want) {
			t.Errorf("%q: exit code %d\n%s", args, code, &out)
		}
	}
}
