package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sigdiff/sigdiff/internal/crashstatstest"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/linesearch"
	"github.com/sigdiff/sigdiff/internal/shell"
	"github.com/sigdiff/sigdiff/siglists"
)

// protoService is a stand-in whose crashes have these stacks, one a minute before the next. Their signature is the first
// frame, unless it stands in front: SIGNATURE => STACK.
func protoService(t *testing.T, stacks ...string) *crashstatstest.Server {
	t.Helper()
	var crashes []crashstatstest.Crash
	now := time.Now().UTC()
	monday := now.Truncate(7 * 24 * time.Hour) // the zero time was one
	if now.Sub(monday) < time.Duration(len(stacks))*time.Minute {
		now = monday.Add(-time.Minute) // weeks are counted: all crashes are of one
	}
	for i, stack := range stacks {
		signature := strings.Split(stack, " | ")[0]
		if before, after, ok := strings.Cut(stack, " => "); ok {
			signature, stack = before, after
		}
		var frames []any
		for _, f := range strings.Split(stack, " | ") {
			frames = append(frames, map[string]any{"function": f})
		}
		text, err := json.Marshal(map[string]any{
			"uuid": fmt.Sprintf("aaaaaaaa-bbbb-4ccc-8ddd-%06x261101", i), "product": "Firefox",
			"signature": signature, "proto_signature": stack,
			"date_processed": now.Add(-time.Duration(len(stacks)-i) * time.Minute).Format(time.RFC3339),
			"json_dump":      map[string]any{"threads": []any{map[string]any{"frames": frames}}},
		})
		if err != nil {
			t.Fatal(err)
		}
		crash, err := crashstatstest.NewCrash(text, nil)
		if err != nil {
			t.Fatal(err)
		}
		crashes = append(crashes, crash)
	}
	srv := crashstatstest.New(crashes, crashstatstest.Options{Limit: -1, TokenLimit: -1})
	t.Cleanup(srv.Close)
	return srv
}

// listsIn writes siglists to a folder, of which only the prefixes matter.
func listsIn(t *testing.T, dir string, prefixes ...string) {
	t.Helper()
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range siglists.Names() {
		text := "zzz\n"
		if name == siglists.Prefix {
			text = strings.Join(prefixes, "\n")
		}
		if err := os.WriteFile(filepath.Join(dir, name.File()), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestFetchFor: one request a line, one a crash, and the corpus shows what the lines do.
func TestFetchFor(t *testing.T) {
	settle(t)
	srv := protoService(t, "wait | mozilla::Foo | main", "mozilla::Foo | a", "mozilla::Foo | b", "gone | mozilla::Foo", "old.line | c", "other | d", "other | e")
	listsIn(t, "base", "old.line", "wait")
	listsIn(t, "candidate", "wait", "mozilla::(Foo|Bar)", ".*", "nowhere::.*")
	out := runText(t, "fetch", "--for", "candidate", "--base", "base", "--num", "3", "--corpus", "for", "--host", srv.URL(), "--rate", "0")
	want := strings.ReplaceAll(`'- prefix old.line': in 1 crash (1 old.line)
'+ prefix mozilla::(Foo|Bar)': in 4 crashes (2 mozilla::Foo, 1 gone, 1 wait)
'+ prefix .*': not searched for, since it has no text that whatever it matches contains
'+ prefix nowhere::.*': in no crash
4 crashes: 0 cached, 4 fetched, 0 missing, 0 failed; 7 requests in `, "'", "`")
	if !strings.HasPrefix(out, want) {
		t.Errorf("got\n%swant\n%s", out, want)
	}
	report := runText(t, "diff", "--base", "base", "--candidate", "candidate", "--corpus", "for")
	absent := "none in 25 weeks\n  no frame matches, and no crash of " + srv.URL() + ", "
	if !strings.Contains(report, "4 crashes compared: 3 changed") || !strings.Contains(report, absent) || !strings.Contains(report, "nowhere::.*") {
		t.Error(report)
	}
	again := runText(t, "fetch", "--for", "candidate", "--base", "base", "--num", "3", "--corpus", "for", "--host", srv.URL(), "--rate", "0")
	if !strings.Contains(again, "4 cached, 0 fetched, 0 missing, 0 failed; 3 requests") {
		t.Error(again)
	}
}

// TestFetchForMany: of more crashes than a request lists, those come along whose signature none of the latest has, and
// those with a frame that begins as the line does. It takes three requests, and one a crash.
func TestFetchForMany(t *testing.T) {
	settle(t)
	stacks := []string{"mozilla::Foo | real", "seldom | the mozilla::Foo", "seldom | the mozilla::Foo"}
	for range 1000 {
		stacks = append(stacks, "often | the mozilla::Foo")
	}
	srv := protoService(t, stacks...)
	sum := fetchJSON(t, exit.OK, "--for", "prefix:mozilla::Foo", "--host", srv.URL(), "--rate", "0", "--num", "4")
	line := sum.Lines[0]
	if line.Crashes != 1003 || line.Listed != 1003 || line.Matching != 1 || line.Chosen != 4 || sum.Fetched != 4 || sum.Requests > 7 {
		t.Errorf("%+v, %+v", line, sum.Summary)
	}
	if len(line.Signatures) != 3 || line.Signatures[0] != (linesearch.SignatureCount{Signature: "often", Crashes: 1000}) {
		t.Errorf("%+v", line.Signatures)
	}
	sum = fetchJSON(t, exit.OK, "--for", "prefix:mozilla::Foo", "--host", srv.URL(), "--rate", "0")
	if sum.Listed != 50 || sum.Requests > 60 {
		t.Errorf("%+v", sum.Summary)
	}
}

// TestFetchForWhole: a line that matches whole frames is found among longer ones, however many begin like it.
func TestFetchForWhole(t *testing.T) {
	settle(t)
	stacks := []string{"top | core::panic", "top | core::panic | end", "top => core::panic | end", "top => core::panic"}
	for range 1001 {
		stacks = append(stacks, "top | core::panic_fmt")
	}
	srv := protoService(t, stacks...)
	for _, line := range []string{"sentinels:core::panic", "prefix:core::panic$"} {
		sum := fetchJSON(t, exit.OK, "--for", line, "--host", srv.URL(), "--rate", "0", "--num", "4")
		if line := sum.Lines[0]; line.Crashes != 1005 || line.Matching != 4 {
			t.Errorf("%+v", line)
		}
	}
}

// TestFetchForEdit: a line and the one that takes its place share what one may take.
func TestFetchForEdit(t *testing.T) {
	settle(t)
	var stacks []string
	for range 60 {
		stacks = append(stacks, "mozilla::Foo<T> | a", "mozilla::Foo | a")
	}
	srv := protoService(t, stacks...)
	listsIn(t, "base", "mozilla::Foo<.*>", "zzz")
	listsIn(t, "candidate", "mozilla::Foo", "zzz")
	sum := fetchJSON(t, exit.OK, "--for", "candidate", "--base", "base", "--host", srv.URL(), "--rate", "0")
	if len(sum.Lines) != 2 || sum.Lines[0].Chosen != 25 || sum.Lines[1].Chosen != 25 || sum.Requests > 60 {
		t.Errorf("%+v, %+v", sum.Lines, sum.Summary)
	}
}

// TestAbsentNeedsAllWeeks: a shorter search, or one with a filter, says nothing of production.
func TestAbsentNeedsAllWeeks(t *testing.T) {
	settle(t)
	srv := protoService(t, "mozilla::Foo | a")
	listsIn(t, "base", "zzz")
	listsIn(t, "candidate", "zzz", "mozilla::Foo", "nowhere::.*")
	for corpus, filter := range map[string][]string{"shorter": {"--date", "thismonth"}, "filtered": {"--product", "Firefox"}} {
		runText(t, append([]string{"fetch", "--for", "candidate", "--base", "base", "--corpus", corpus, "--host", srv.URL(), "--rate", "0"}, filter...)...)
		report := runText(t, "diff", "base", "candidate", "--corpus", corpus)
		if strings.Contains(report, "none in 25 weeks") || !strings.Contains(report, "\nnot in these crashes\n") {
			t.Error(report)
		}
	}
	report := runText(t, "diff", "base", "candidate", "--repo", "nowhere")
	if !strings.Contains(report, "sigdiff fetch --for candidate --base base --repo nowhere --corpus changed-lines") {
		t.Error(report)
	}
}

// TestFetchForAbsent: where no crash has the line, others stand in, so that the report says so, and what is near it.
func TestFetchForAbsent(t *testing.T) {
	settle(t)
	srv := protoService(t, "mozilla::net::OnStart | a", "mozilla::dom::B | c", "other | d")
	listsIn(t, "base", "zzz")
	for name, test := range map[string]struct {
		line    string
		crashes int
	}{"misspelt": {"mozilla::net::OnStat", 1}, "strange": {"nowhere", 3}} {
		listsIn(t, name, "zzz", test.line)
		srv.ForgetRequests()
		sum := fetchJSON(t, exit.OK, "--for", name, "--base", "base", "--corpus", name, "--host", srv.URL(), "--rate", "0")
		if sum.Listed != test.crashes || sum.Lines[0].Crashes != 0 || srv.Count("") > 60 {
			t.Errorf("%s: %+v, %+v", name, sum.Lines, sum.Summary)
		}
		report := runText(t, "diff", "base", name, "--corpus", name)
		if !strings.Contains(report, "1 none in 25 weeks") || strings.Contains(report, "one letter away") != (name == "misspelt") {
			t.Error(report)
		}
	}
}

// TestFetchForNothing: no search is asked for twice where there are no crashes at all, with a text near the line and without.
func TestFetchForNothing(t *testing.T) {
	settle(t)
	srv := protoService(t)
	for line, searches := range map[string]int{"prefix:mozilla::net::OnStart": 3, "prefix:wai": 2} {
		srv.ForgetRequests()
		fetchJSON(t, exit.Incomplete, "--for", line, "--corpus", "c", "--host", srv.URL(), "--rate", "0")
		if n := srv.Count("SuperSearch"); n != searches || srv.Count("") != n {
			t.Errorf("%s: %d searches", line, n)
		}
	}
}

// TestFetchForWithin: a line whose text crashes have only within longer names is absent, if none can have been missed.
func TestFetchForWithin(t *testing.T) {
	for name, test := range map[string]struct {
		protos []string
		shows  string
	}{
		"within": {[]string{"a::ElementAt | b", "c | xElementAt"}, "none in 25 weeks"},
		"cut":    {[]string{"a::ElementAt | " + strings.Repeat("b", 32_760)}, "not in these crashes"},
		"at":     {[]string{"a::ElementAt | b", "c | ElementAt | d"}, "not reached"},
	} {
		settle(t)
		listsIn(t, "base", "zzz")
		listsIn(t, "candidate", "zzz", "ElementAt")
		srv := protoService(t, test.protos...)
		sum := fetchJSON(t, exit.OK, "--for", "candidate", "--base", "base", "--corpus", name, "--host", srv.URL(), "--rate", "0")
		if sum.Lines[0].Crashes != len(test.protos) || sum.Fetched != len(test.protos) {
			t.Errorf("%s: %+v, %+v", name, sum.Lines, sum.Summary)
		}
		if report := runText(t, "diff", "base", "candidate", "--corpus", name); !strings.Contains(report, "1 "+test.shows) {
			t.Errorf("%s: %s", name, report)
		}
		page, errs, _ := runReviewed(t, "review", "candidate", "--base", "base", "--host", srv.URL(), "--rate", "0")
		if none := strings.Contains(page, "**No crash has what a changed line may match. "); none != (name == "within") || none != strings.Contains(page, "only stand in") {
			t.Errorf("%s: %s%s", name, page, errs)
		}
	}
}

// TestFetchForEntangled: a line that another lets match more is not absent, though no crash has its text.
func TestFetchForEntangled(t *testing.T) {
	settle(t)
	listsIn(t, "base", "(?i)zzz")
	listsIn(t, "candidate", "(?i)zzz", "elementat")
	srv := protoService(t, "a::b | ElementAt")
	page, _, _ := runReviewed(t, "review", "candidate", "--base", "base", "--host", srv.URL(), "--rate", "0")
	if strings.Contains(page, "No crash has what a changed line may match") {
		t.Error(page)
	}
}

// TestFetchForLines: a line by itself, an edit file, what it would cost, and JSON.
func TestFetchForLines(t *testing.T) {
	settle(t)
	srv := protoService(t, "mozilla::Foo | a", "mozilla::Foo | b", "other | c")
	service := []string{"--host", srv.URL(), "--rate", "0"}
	out := runText(t, append([]string{"fetch", "--for", "sentinels:other", "--dry-run"}, service...)...)
	if !strings.HasPrefix(out, "`+ sentinels other`: in 1 crash (1 other)\n1 crash: 1 to fetch from ") {
		t.Error(out)
	}
	if err := os.WriteFile("edit.txt", []byte("+ prefix mozilla::Foo\n- irrelevant other\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	// With settings, which give no flag.
	if err := os.WriteFile(".sigdiff.toml", []byte("format = \"json\"\ncorpus = \"set\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out = runText(t, append([]string{"fetch", "--edit", "edit.txt", "--ids-only"}, service...)...); strings.Count(out, "aaaaaaaa-") != 3 {
		t.Error(out)
	}
	var summary fetchSummary
	out = runText(t, append([]string{"fetch", "--edit", "edit.txt", "--format", "json", "--corpus", "c"}, service...)...)
	if err := json.Unmarshal([]byte(out), &summary); err != nil {
		t.Fatal(err)
	}
	if len(summary.Lines) != 2 || summary.Lines[0].Crashes != 2 || summary.Lines[1].Stems[0] != "other" || summary.Fetched != 3 {
		t.Errorf("%s", out)
	}
}

// TestFetchForName: the crashes of one pull request and nothing else have a corpus of its name, which goes on without raw crashes.
func TestFetchForName(t *testing.T) {
	for _, test := range []struct {
		what           []string
		edit           string
		corpus, become string
	}{
		{[]string{"pr/7"}, "", "", "pr-7"},
		{[]string{"pr/7/merge"}, "", "", "pr-7-merge"},
		{[]string{"pr/7"}, "", "mine", "mine"},
		{[]string{"pr/7"}, "edit.txt", "", ""},
		{[]string{"pr/7", "pr/8"}, "", "", ""},
		{[]string{"prefix:Foo"}, "", "", ""},
		{nil, "edit.txt", "", ""},
	} {
		a := &app{}
		cmd := a.fetchCommand()
		o := fetchOptions{corpus: test.corpus, lines: forOptions{what: test.what, edit: test.edit}}
		if o.forDefaults(cmd); o.corpus != test.become {
			t.Errorf("%q and %q: corpus %q, want %q", test.what, test.edit, o.corpus, test.become)
		}
		// Going on costs no requests that the search for lines would not have made.
		a.flags = cmd.Flags()
		if got, want := (&fetchRun{app: a, opts: o}).withoutSearch(), shell.Line([]string{"sigdiff", "fetch", "--corpus", o.corpus, "--no-raw"}); got != want {
			t.Errorf("%q goes on with %s, want %s", test.what, got, want)
		}
	}
}

func TestFetchForRefuses(t *testing.T) {
	settle(t)
	srv := protoService(t, "a | b")
	listsIn(t, "base", "a")
	for _, test := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"--for", "base"}, exit.Usage, "fetch --for needs --base"},
		{[]string{"--for", "prefx:abc"}, exit.Usage, `"prefx" is no list; the lists are prefix, irrelevant, sentinels and line-numbers; as a SPEC, fetch --for needs --base`},
		{[]string{"--for", "base", "--base", "base"}, exit.Usage, "base changes no line of the siglists of base"},
		{[]string{"--for", "prefix:.*"}, exit.Usage, "there is nothing to search for"},
		{[]string{"--for", "prefix:abc", "--num", "all"}, exit.Usage, "--num all: of each changed line, 1 to 1000"},
		{[]string{"--for", "prefix:ab"}, exit.Usage, "a text of 3 characters"},
		{[]string{"--for", "prefix:("}, exit.Usage, "+ prefix (: missing )"},
		{[]string{"--for", "prefix:abc", "--ids", "x"}, exit.Usage, "in one way"},
		{[]string{"--base", "base", "--date", "today"}, exit.Usage, "--base has no effect here: it is for --for"},
		{[]string{"--edit", "nosuch"}, exit.Usage, "--edit: open nosuch"},
		{[]string{"--for", "prefix:abc"}, exit.Incomplete, "no crash was found"},
	} {
		var stdout, stderr bytes.Buffer
		args := append([]string{"fetch", "--host", srv.URL(), "--rate", "0"}, test.args...)
		if code := run(t.Context(), args, strings.NewReader(""), &stdout, &stderr); code != test.code || !strings.Contains(stderr.String(), test.want) {
			t.Errorf("%q: exit code %d\n%s", test.args, code, &stderr)
		}
	}
}
