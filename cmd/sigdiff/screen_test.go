package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sigdiff/sigdiff/internal/crashstatstest"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/madeup"
	"github.com/sigdiff/sigdiff/siglists"
)

// indexedService is a stand-in with the demo's crashes and some made-up ones, which the service indexed by the siglists in
// a folder.
func indexedService(t *testing.T, n int, lists string) *crashstatstest.Server {
	t.Helper()
	return serviceAt(t, demoNow, indexedCrashes(t, n, lists))
}

func serviceAt(t *testing.T, now func() time.Time, crashes []crashstatstest.Crash) *crashstatstest.Server {
	t.Helper()
	srv := crashstatstest.New(crashes, crashstatstest.Options{Limit: -1, TokenLimit: -1, Now: now})
	t.Cleanup(srv.Close)
	return srv
}

func indexedCrashes(t *testing.T, n int, lists string) []crashstatstest.Crash {
	t.Helper()
	crashes, err := demoCrashes(0)
	if err != nil {
		t.Fatal(err)
	}
	g := madeup.NewGenerator(17, madeup.Shape{})
	for i := range n {
		crashes = append(crashes, generatedCrash(g, i))
	}
	set, err := siglists.LoadDir(lists)
	if err != nil {
		t.Fatal(err)
	}
	if err := indexed(t.Context(), crashes, set); err != nil {
		t.Fatal(err)
	}
	return crashes
}

func october(srv *crashstatstest.Server) string {
	return srv.URL() + "/search/?date=>=2026-10-01&date=<2026-11-01"
}

// screenedReport is a JSON report, and its screening apart.
func screenedReport(t *testing.T, text string) (rest, screening map[string]any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &rest); err != nil {
		t.Fatal(err)
	}
	screening, _ = rest["screening"].(map[string]any)
	for _, name := range []string{"screening", "notes", "corpus", "lines", "concerns"} { // of which frames of screened crashes are a part
		delete(rest, name)
	}
	return rest, screening
}

// TestScreenIsDiff: a screened search gives the report of all its crashes fetched, with a few of the requests. The service
// need not have the siglists of the base.
func TestScreenIsDiff(t *testing.T) {
	dir := t.TempDir()
	base, candidate, err := demoFolders(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, service := range []struct {
		lists   string
		crashes int
	}{{base, 1500}, {candidate, 200}} {
		srv := indexedService(t, service.crashes, service.lists)
		dir := t.TempDir()
		full, quick := filepath.Join(dir, "full.db"), filepath.Join(dir, "quick.db")
		on := func(cache string, want int, args ...string) string {
			t.Helper()
			code, stdout, stderr := hostileRun(t, nil, append([]string{"--cache", cache}, args...)...)
			if code != want {
				t.Fatalf("%s: exit code %d, want %d\n%s%s", args, code, want, stdout, stderr)
			}
			return stdout
		}
		on(full, exit.OK, "fetch", "--url", october(srv), "--rate", "0", "--no-raw", "--corpus", "all")
		all := len(srv.Requests())
		for i, change := range [][]string{
			{"--add", "irrelevant:mozilla::image::Element"},
			{"--add", "irrelevant:mozalloc_handle_oom"},
			{"--add", "prefix:JS::Call"},
			{"--add", "sentinels:mozilla::RunnableTask::Run"},
			{"--remove", "prefix:JS::Call$"},
			{"--add", "irrelevant:ns(Base)?AppShell::"},
			{"--candidate", candidate},
		} {
			srv.ForgetRequests()
			sides := append([]string{"--base", base, "--format", "json"}, change...)
			want, _ := screenedReport(t, on(full, exit.OK, append([]string{"diff", "--corpus", "all"}, sides...)...))
			got, screening := screenedReport(t, on(quick, exit.OK, append([]string{"screen", "--url", october(srv), "--rate", "0"}, sides...)...))
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-in full +screened):\n%s", change, diff)
			}
			requests, searches := len(srv.Requests()), 0
			for _, r := range srv.Requests() {
				if r.Endpoint == "SuperSearch" {
					searches++
				}
			}
			if int(screening["requests"].(float64)) != requests || (searches > 0) != (i == 0) {
				t.Errorf("%s: the report says %v requests, of %d, %d of them searches", change, screening["requests"], requests, searches)
			}
			if i == 0 && service.lists == base && requests > all/10 {
				t.Errorf("%s: %d requests, where all crashes take %d", change, requests, all)
			}
			t.Logf("%s: %d requests of %d; %v", change, requests, all, screening["screened"])
		}
	}
}

// TestScreenNoFetch: what wasn't fetched is missing, and told apart from what is unchanged.
func TestScreenNoFetch(t *testing.T) {
	dir := t.TempDir()
	base, _, err := demoFolders(dir)
	if err != nil {
		t.Fatal(err)
	}
	srv := indexedService(t, 0, base)
	args := []string{"--cache", filepath.Join(dir, "c.db"), "screen", base, "--add", "prefix:JS::Call", "--rate", "0"}
	code, stdout, stderr := hostileRun(t, nil, append(args, "--url", october(srv), "--no-fetch", "--format", "json", "--corpus", "october")...)
	if code != exit.Incomplete {
		t.Fatal(code, stdout, stderr)
	}
	rest, screening := screenedReport(t, stdout)
	missing := len(rest["missing"].([]any))
	if missing == 0 || screening["left"] != float64(missing) || screening["screened"] != 311-float64(missing) || len(srv.Requests()) != 1 {
		t.Errorf("%v, %d missing, %d requests", screening, missing, len(srv.Requests()))
	}
	// The corpus is the search: another change needs no request for it, and asks the service that it came from.
	code, stdout, stderr = hostileRun(t, nil, append(args, "--corpus", "october")...)
	if code != exit.OK || !strings.Contains(stdout, "311 crashes compared") || len(srv.Requests()) != 1+missing {
		t.Error(code, stdout, stderr, len(srv.Requests()))
	}
}

// TestScreenIsMadeAgain: a search that was kept stands for the same search only if it was listed in full, and no crash could come
// into its window since.
func TestScreenIsMadeAgain(t *testing.T) {
	dir := t.TempDir()
	base, _, err := demoFolders(dir)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now().UTC()
	day := now.Add(-settling).Truncate(24 * time.Hour) // at whose begin a window ended long enough ago, at any hour
	crashes := indexedCrashes(t, 0, base)
	for i := range crashes {
		crashes[i].Date = day.Add(-time.Hour - time.Duration(i)*time.Millisecond)
	}
	crashes[0].Date = day
	partial := false
	srv := crashstatstest.New(crashes, crashstatstest.Options{Limit: -1, TokenLimit: -1, Fault: func(r crashstatstest.Request) *crashstatstest.Fault {
		return &crashstatstest.Fault{Partial: partial && r.Endpoint == "SuperSearch"}
	}})
	t.Cleanup(srv.Close)
	date := func(days int) string { return day.AddDate(0, 0, days).Format(time.DateOnly) }
	for i, test := range []struct {
		name     string
		dates    string
		partial  bool
		madeOnce bool
	}{
		{"over", date(-1), false, true},
		{"over in the moment that a day began", date(-2) + "T00:00,<" + date(0) + "T00:00", false, true},
		{"over, but crashes of it may be processed later", date(-2) + ",<" + now.Add(-settling/2).Format("2006-01-02T15:04:05"), false, false},
		{"not over", date(0), false, false},
		{"a range that ends today", date(-3) + ".." + date(0), false, false},
		{"a bound to come", date(-4) + ",<" + date(9), false, false},
		{"answered in part", date(-5) + ".." + date(-1), true, false},
	} {
		// Of those with two bounds the first begins.
		if strings.Contains(test.dates, ",") {
			test.dates = ">=" + test.dates
		}
		args := []string{"--cache", filepath.Join(dir, fmt.Sprint(i, ".db")), "screen", base, "--add", "prefix:JS::Call", "--rate", "0", "--host", srv.URL(), "--date", test.dates, "--no-fetch"}
		for _, named := range [][]string{nil, {"--corpus", "named"}} {
			partial = test.partial
			code, stdout, stderr := hostileRun(t, nil, append(args, named...)...)
			if code != exit.OK && code != exit.Incomplete {
				t.Fatal(test.name, code, stdout, stderr)
			}
			partial = false
			before := srv.Count("SuperSearch")
			code, stdout, stderr = hostileRun(t, nil, append(args, named...)...)
			if code != exit.OK && code != exit.Incomplete || (srv.Count("SuperSearch") == before) != test.madeOnce {
				t.Errorf("%s: %d, %d searches more\n%s%s", test.name, code, srv.Count("SuperSearch")-before, stdout, stderr)
			}
		}
	}
}

// TestScreenBugsToken: with --bugs, too, a service that an address alone names is sent no token.
func TestScreenBugsToken(t *testing.T) {
	t.Setenv("SOCORRO_API_TOKEN", secretToken)
	dir := t.TempDir()
	base, _, err := demoFolders(dir)
	if err != nil {
		t.Fatal(err)
	}
	srv := indexedService(t, 0, base)
	code, stdout, stderr := hostileRun(t, nil, "--cache", filepath.Join(dir, "c.db"), "screen", base, "--add", "prefix:JS::Call", "--rate", "0", "--url", october(srv), "--bugs")
	if code != exit.OK || srv.Count("Bugs") == 0 {
		t.Fatal(code, stdout, stderr)
	}
	for _, r := range srv.Requests() {
		if token := r.Header.Get("Auth-Token"); token != "" {
			t.Errorf("%s was asked for with the token %q", r.Endpoint, token)
		}
	}
}
