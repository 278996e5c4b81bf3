package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/history"
	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/siglists"
)

func commit(number int, date, subject string) Commit {
	return Commit{Revision: strings.Repeat(fmt.Sprint(number), 40), Date: date, Subject: subject}
}

// nastyHistory has every kind of commit, and strings that try something.
func nastyHistory() *History {
	move := func(base, candidate string, n int) history.PairCount {
		return history.PairCount{Pair: compare.Pair{Base: base, Candidate: candidate}, Crashes: n}
	}
	return &History{
		Corpus: Corpus{Name: "nightly | `x`", Crashes: 23456, Digest: "3333333333333333"}, Rules: "2023",
		Code:     []Commit{commit(6, "2019-01-28T12:00:00Z", "rules \x1b[2J alone"), commit(4, "2020-02-27T12:00:00Z", "code, too"), commit(7, "2022-01-01T12:00:00Z", "<b>at last")},
		Notes:    []string{"of another age \x1b[2J"},
		Missing:  []string{"0000ffff-0000-4000-8000-000000261014"},
		Failures: []compare.Failure{{ID: "2000ffff-0000-4000-8000-000000261014", Err: "a pattern \x1b]0;title\a needs too many steps"}},
		Commits: []HistoryCommit{
			{Commit: commit(1, "2018-11-30T12:00:00Z", "the first"), Signatures: 1200, Warning: "a fifth list"},
			{Commit: commit(2, "2019-02-28T12:00:00Z", hostile), Signatures: 1230, Added: 12, Removed: 1, Changed: 1234, Groups: []history.PairCount{
				move(hostile, long, 1000), move(escapes, "", 200),
			}},
			{Commit: commit(3, "2020-02-28T12:00:00Z", "=1+1 | it breaks"), Signatures: 1230, Error: "prefix_signature_re.txt:1: \"<(\": missing )\nprefix_signature_re.txt:2: more"},
			{Commit: commit(4, "2020-02-27T12:00:00Z", "its clock is late"), Signatures: 1231, Added: 1, Changed: 1, Unsigned: 2, Groups: []history.PairCount{move("a", "a | b", 1)}},
			{Commit: commit(5, "2021-02-28T12:00:00Z", "a comment"), Signatures: 1231},
		},
	}
}

func renderHistory(t testing.TB, format string, h *History) []byte {
	t.Helper()
	return renderHistoryWith(t, format, h, Options{All: true})
}

func renderHistoryWith(t testing.TB, format string, h *History, o Options) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := HistoryFormats().Render(&out, format, h, o); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// styles are a page's style sheet, script and their hashes, which are no part of what is shown.
var styles = regexp.MustCompile(`(?s)<style>.*</style>|<script>"use strict".*</script>|'sha256-[^']*'`)

// goldenIn is golden for a format: of pages without their styles.
func goldenIn(t *testing.T, name, format string, got []byte) {
	t.Helper()
	if format == "html" {
		got = styles.ReplaceAll(got, nil)
	}
	golden(t, name, got)
}

func TestHistoryGolden(t *testing.T) {
	for _, format := range HistoryFormats().Names() {
		goldenIn(t, "history.all."+format, format, renderHistory(t, format, nastyHistory()))
	}
	idle := nastyHistory()
	idle.Commits, idle.Code, idle.WithoutStack = slices.Delete(idle.Commits, 1, 4), idle.Code[2:], 3
	idle.Commits[0].Conflict, idle.Code[0].Revision = "3 lines of markers", idle.Commits[1].Revision
	golden(t, "history.color.text", renderHistoryWith(t, "text", nastyHistory(), Options{All: true, Color: true, Limit: 6}))
	golden(t, "history.idle.text", renderHistoryWith(t, "text", idle, Options{Color: true}))
}

// TestUnknownHistory: that nothing is known is said in every format that has sentences, before the figures.
func TestUnknownHistory(t *testing.T) {
	nobody, stackless := nastyHistory(), nastyHistory()
	nobody.Corpus.Crashes = 2
	stackless.WithoutStack = stackless.Corpus.Crashes - 2 // all that were followed
	for h, want := range map[*History]string{nobody: "no crash was followed", stackless: "23,454 of 23,454 crashes have no stack"} {
		if !strings.HasPrefix(h.Unknown(), want) {
			t.Errorf("%q, want %q", h.Unknown(), want)
		}
		for _, format := range []string{"text", "markdown", "html", "json"} {
			at := bytes.Index(renderHistory(t, format, h), []byte(want))
			if figures := bytes.Index(renderHistory(t, format, h), []byte("its clock is late")); at < 0 || format != "json" && at > figures {
				t.Errorf("%s doesn't say %q first", format, want)
			}
		}
	}
}

// Without --all, people see the commits that changed something, don't load, or changed the code, newest first; how many are left out is said.
func TestHistoryOfWhatChanged(t *testing.T) {
	h := nastyHistory()
	h.Repository = "https://github.com/mozilla-services/socorro"
	h.Commits[1].Subject = "Bug 1234567 - " + hostile + " (#77)"
	h.Commits[3].Subject = "bug 1234567, again"
	for _, format := range []string{"text", "html", "markdown"} {
		goldenIn(t, "history."+format, format, renderHistoryWith(t, format, h, Options{}))
	}
	shown, left := h.newest(false)
	var days []string
	for _, e := range shown {
		if e.Code != nil {
			days = append(days, "code")
			continue
		}
		days = append(days, day(e.Date))
	}
	if got := strings.Join(days, " "); got != "code code 2020-02-28 2019-02-28 code" || left != "not shown: 2 commits that changed no signature" {
		t.Errorf("shown are %s, %s", got, left)
	}
	for tells, commits := range map[bool][]HistoryCommit{false: {{}, {Added: 1, Signatures: 2}}, true: {{Changed: 1}, {Error: "x"}, {Conflict: "x"}, {Unsigned: 1}}} {
		for _, c := range commits {
			if c.tells() != tells {
				t.Errorf("%+v: shown %v", c, !tells)
			}
			idle := historyEntry{HistoryCommit: HistoryCommit{Signatures: c.Signatures}}
			if shown := (historyEntry{HistoryCommit: c}); tells && slices.Equal(shown.row().cells, idle.row().cells) {
				t.Errorf("%+v: its row doesn't say why it is shown", c)
			}
		}
	}
	if all, left := h.newest(true); len(all) != len(h.entries()) || left != "" {
		t.Errorf("of all are shown %d, %s", len(all), left)
	}
	if topics, _ := h.topics(); len(topics) != 1 || topics[0].Changed != 1235 || len(topics[0].Commits) != 2 || topics[0].Bug != "1234567" {
		t.Errorf("topics %+v", topics)
	}
	if c := newHistoryChart(h, false); len(c.Peaks) == 0 || c.Peaks[0].Text != "1,234, bug 1234567" || c.Marks[0].Link != "" || c.Marks[1].Link != "#c222222222222" {
		t.Errorf("peaks %v, links %q %q", c.Peaks, c.Marks[0].Link, c.Marks[1].Link)
	}
}

// testHistoryPage searches the page of a history.
func testHistoryPage(t *testing.T, b *browser) {
	b.media(1280, 700, "light")
	path := filepath.Join(t.TempDir(), "history.html")
	if err := os.WriteFile(path, renderHistory(t, "html", nastyHistory()), 0o644); err != nil {
		t.Fatal(err)
	}
	b.open(path)
	for _, step := range []struct {
		words string
		want  int
	}{{"", 7}, {"it breaks", 1}, {"444444", 1}, {"js::call", 0}, {"code", 3}} {
		var shown int
		b.eval(fmt.Sprintf(`(async () => {
			const search = document.getElementById("search");
			search.value = %q;
			search.dispatchEvent(new Event("input", {bubbles: true}));
			await new Promise((done) => setTimeout(done, 250));
			return document.querySelectorAll("#list tr:not([hidden])").length;
		})()`, step.words), &shown)
		if shown != step.want {
			t.Errorf("%q: %d rows, want %d", step.words, shown, step.want)
		}
	}
	b.media(1280, 400, "light") // so that there is something to scroll
	b.act(`location.hash = "c222222222222"`)
	checkLanded(t, b, "a commit", "c222222222222")
	const filtered = `(() => {
		const search = document.getElementById("search");
		search.value = "it breaks";
		search.dispatchEvent(new Event("input", {bubbles: true}));
	})()`
	b.act(filtered)
	var address string
	if b.eval(`location.hash`, &address); address != "#?q=it+breaks" {
		t.Errorf("a filter that hides where one came from is at %s", address)
	}
	b.onPaper(".chart")
	b.quiet()
}

func TestHistoryJSONKeys(t *testing.T) {
	var got struct{ Commits []map[string]any }
	if err := json.Unmarshal(renderHistory(t, "json", nastyHistory()), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Commits) != 5 {
		t.Fatalf("%d commits", len(got.Commits))
	}
	for _, key := range []string{"revision", "date", "subject", "changed", "signatures"} {
		if _, ok := got.Commits[1][key]; !ok {
			t.Errorf("no %s", key)
		}
	}
}

func TestHistoryCSVIsProtected(t *testing.T) {
	rows, err := csv.NewReader(bytes.NewReader(renderHistory(t, "csv", nastyHistory()))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 8 || rows[4][2] != "'=1+1 | it breaks" || rows[3][3] != "1234" {
		t.Errorf("%q", rows)
	}
}

// The page asks for nothing, and shows no string as markup.
func TestHistoryPageStandsAlone(t *testing.T) {
	page := string(renderHistory(t, "html", nastyHistory()))
	for _, bad := range []string{"src=", "<img", "http://", "https://", "\x1b", "@import", "url("} {
		if strings.Contains(strings.ReplaceAll(page, "&lt;img src=x", ""), bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
	for _, want := range []string{"default-src 'none'", "prefers-color-scheme: dark", "<svg ", `href="#c222222222222"`, `id="c222222222222"`, "1,234 crashes changed"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

// The pages of bisect and explain ask for nothing and run nothing.
func TestPlainPagesStandAlone(t *testing.T) {
	var bisected, explained bytes.Buffer
	if err := errors.Join(BisectFormats().Render(&bisected, "html", nastyBisection(), Options{}), ExplainFormats().Render(&explained, "html", explanation(), Options{})); err != nil {
		t.Fatal(err)
	}
	for name, page := range map[string]string{"bisect": bisected.String(), "explain": explained.String()} {
		for _, bad := range []string{"<script", "<img", "http://", "src=\"", "\x1b", "@import", "url(", " style="} {
			if strings.Contains(page, bad) {
				t.Errorf("%s: the page holds %q", name, bad)
			}
		}
		if !strings.Contains(page, "default-src 'none'") || !strings.Contains(page, "&lt;script&gt;") {
			t.Errorf("%s: the page lacks its policy, or data", name)
		}
	}
}

// A chart of few commits, or of none that changed anything, is one too.
func TestHistoryChartOfLittle(t *testing.T) {
	h := nastyHistory()
	for n := range 3 {
		for _, format := range []string{"text", "markdown"} {
			text := string(renderHistory(t, format, &History{Commits: h.Commits[:n], Corpus: Corpus{Crashes: 1}}))
			if strings.Contains(text, topicsTitle) != (n == 2) || strings.Contains(text, "no commits") != (n == 0) {
				t.Errorf("%d commits: %s", n, text)
			}
		}
		for _, c := range [][]HistoryCommit{h.Commits[:n], h.Commits[4:]} {
			page := string(renderHistory(t, "html", &History{Commits: c}))
			if strings.Contains(page, "NaN") || strings.Contains(page, "Inf") {
				t.Errorf("%d commits: a place is no number", n)
			}
		}
	}
}

func TestChartStaysInItsPanels(t *testing.T) {
	c := newHistoryChart(nastyHistory(), true)
	for i, m := range c.Marks {
		if m.X < c.Left || m.X > c.Right || m.From < c.Left || m.From+m.Wide > c.Right+1 {
			t.Errorf("commit %d at %.1f, its strip from %.1f, %.1f wide", i, m.X, m.From, m.Wide)
		}
		if m.LineY < c.LineTop || m.LineY > c.LineBase || m.BarY < c.BarTop-0.01 || m.BarY > c.BarBase {
			t.Errorf("commit %d: line at %.1f, bar from %.1f", i, m.LineY, m.BarY)
		}
		if i > 0 && m.X < c.Marks[i-1].X {
			t.Errorf("commit %d stands before the one before it", i)
		}
	}
}

// The highest bars are labelled, and no bar of nothing; a time within a year has its ends.
func TestPeaks(t *testing.T) {
	at := func(day, changed int) HistoryCommit {
		return HistoryCommit{Commit: commit(1, time.Date(2020, time.January, 1+day, 0, 0, 0, 0, time.UTC).Format(time.RFC3339), "c"), Changed: changed}
	}
	for _, test := range []struct {
		commits []HistoryCommit
		peaks   int
		years   string
	}{
		{[]HistoryCommit{at(0, 100), at(100, 50), at(200, 9), at(300, 0)}, 2, "2020-01-01 2020-10-27"},
		{[]HistoryCommit{at(0, 1), at(100, 0), at(400, 0)}, 1, "2021"},
		{[]HistoryCommit{at(0, 0)}, 0, "2020-01-01 2020-01-01"},
	} {
		c := newHistoryChart(&History{Commits: test.commits}, true)
		if years := strings.Join(each(c.Years, func(t tick) string { return t.Text }), " "); len(c.Peaks) != test.peaks || years != test.years {
			t.Errorf("%d commits: peaks %v, years %s", len(test.commits), c.Peaks, years)
		}
	}
}

// TestTopicsAreCounted: those that are not shown.
func TestTopicsAreCounted(t *testing.T) {
	h := &History{Corpus: Corpus{Crashes: 1}}
	for i := range maxTopics + 2 {
		h.Commits = append(h.Commits, HistoryCommit{Commit: commit(i%10, "2020-01-01T12:00:00Z", "c"), Changed: 1})
	}
	for _, format := range []string{"text", "markdown"} {
		if text := string(renderHistory(t, format, h)); !strings.Contains(text, "2 bugs and commits omitted") {
			t.Errorf("%s: %s", format, text)
		}
	}
}

// A label of the chart stands above bars, never on one, and beside the other labels.
func TestLabelsCoverNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(18, 2026))
	for range 200 {
		var h History
		day := time.Date(2020, time.January, 1, 0, 0, 0, 0, time.UTC)
		for i := range 1 + rng.IntN(60) {
			day = day.Add(time.Duration(rng.IntN(2000)) * time.Hour)
			h.Commits = append(h.Commits, HistoryCommit{Commit: commit(i%10, day.Format(time.RFC3339), "a commit"), Changed: rng.IntN(1000)})
		}
		c := newHistoryChart(&h, true)
		for i, p := range c.Peaks {
			for _, m := range c.Marks {
				if math.Abs(m.X-p.X) < peakWidth/2 && m.BarY < p.Y {
					t.Errorf("the label %q at %.0f, %.0f is on the bar of %d at %.0f, %.0f", p.Text, p.X, p.Y, m.Changed, m.X, m.BarY)
				}
			}
			for _, other := range c.Peaks[:i] {
				if math.Abs(other.X-p.X) < peakWidth {
					t.Errorf("the labels %q and %q are on each other", p.Text, other.Text)
				}
			}
		}
		if len(c.Peaks) == 0 && slices.ContainsFunc(h.Commits, func(c HistoryCommit) bool { return c.Changed > 0 }) {
			t.Errorf("no bar of %d commits is labelled", len(h.Commits))
		}
	}
}

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		low, high int
		want      string
	}{
		{2180, 2520, "[2200 2300 2400 2500]"},
		{0, 4, "[0 1 2 3 4]"},
		{7, 8, "[7 8]"},
		{0, 9, "[0 2 4 6 8]"},
		{99, 1_000_100, "[200000 400000 600000 800000 1000000]"},
	} {
		if got := fmt.Sprint(niceTicks(c.low, c.high)); got != c.want {
			t.Errorf("%d to %d: %s, want %s", c.low, c.high, got, c.want)
		}
	}
	for most, want := range map[int]string{0: "[0]", 1: "[0 1]", 1237: "[0 50 200 500 1237]"} {
		if got := fmt.Sprint(rootTicks(most)); got != want {
			t.Errorf("up to %d: %s, want %s", most, got, want)
		}
	}
}

func nastyBisection() *Bisection {
	added := line(siglists.Irrelevant, 57, "foo\x1b[2J")
	last := commit(3, "2019-05-17T12:00:00Z", "Bug 1")
	return &Bisection{
		From: commit(1, "2016-05-17T12:00:00Z", "the first"), To: commit(9, "2026-05-17T12:00:00Z", "the last"), Code: []Commit{commit(6, "2019-01-28T12:00:00Z", "rules \x1b[2J alone")}, Commits: 268,
		Notes: []string{"of another age"},
		Crashes: []BisectedCrash{
			{
				ID: crashIDs(1, 1)[0], Recorded: "", Signature: hostile, Since: &last,
				Changes: []SignatureChange{
					{Commit: commit(2, "2018-05-17T12:00:00Z", escapes), Old: "a | b", New: "b", RuleChanges: []string{"-shutdownhang"}, Notes: []string{"no line in `x`"}},
					{Commit: last, Old: "b", New: hostile, Causes: []compare.Cause{{Line: added, Kind: compare.CauseAdded}}},
				},
			},
			{ID: crashIDs(2, 1)[0], Recorded: "x", Signature: "x", CodeSince: []Commit{commit(6, "2019-01-28T12:00:00Z", "rules \x1b[2J alone")}},
		},
		Missing:  []string{"0000ffff-0000-4000-8000-000000261014"},
		Failures: []compare.Failure{{ID: "2000ffff-0000-4000-8000-000000261014", Err: "damaged"}},
	}
}

func TestBisectionGolden(t *testing.T) {
	for _, format := range BisectFormats().Names() {
		var out bytes.Buffer
		if err := BisectFormats().Render(&out, format, nastyBisection(), Options{}); err != nil {
			t.Fatal(err)
		}
		goldenIn(t, "bisect."+format, format, out.Bytes())
	}
}

// TestBisectionFits: what does not fit into a comment is counted, of everything that there may be much of.
func TestBisectionFits(t *testing.T) {
	const many = 3000
	b := nastyBisection()
	b.Crashes, b.Missing, b.Failures = slices.Repeat(b.Crashes[1:], many), slices.Repeat(b.Missing, many), slices.Repeat(b.Failures, many)
	b.Code, b.Notes = slices.Repeat(b.Code, many), []string{"the last note"}
	var out bytes.Buffer
	if err := BisectFormats().Render(&out, "markdown", b, Options{}); err != nil {
		t.Fatal(err)
	}
	if out.Len() > markdownLimit || !strings.Contains(out.String(), "the last note") || strings.Count(out.String(), "details>") != 2 {
		t.Errorf("%d bytes", out.Len())
	}
	for what, shown := range map[string]string{"crashes": "**Crash id:**", "missing crashes": "- missing:", "failed crashes": "- failed:", "commits": "\n- 2019-01-28 "} {
		left := many - strings.Count(out.String(), shown)
		if want := fmt.Sprintf("%s %s omitted\n", plural.Number(left), what); !strings.Contains(out.String(), want) {
			t.Errorf("nothing says %q", want)
		}
	}
}

func TestUnknownHistoryFormats(t *testing.T) {
	if err := HistoryFormats().Render(&bytes.Buffer{}, "pdf", nastyHistory(), Options{}); err == nil {
		t.Error("a history in PDF")
	}
	if err := BisectFormats().Render(&bytes.Buffer{}, "pdf", nastyBisection(), Options{}); err == nil {
		t.Error("a bisection in PDF")
	}
}
