package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/history"
	"github.com/sigdiff/sigdiff/internal/plural"
)

// History is what the commits of the siglists made of crashes, oldest first.
// Missing and Failures are in no figures, but that a crash which failed at some commits is counted at the others.
type History struct {
	Corpus  Corpus              `json:"corpus"`
	Rules   string              `json:"rules,omitempty"` // when they are not the default
	Commits List[HistoryCommit] `json:"commits"`
	// Code are the commits that changed Socorro's code in this time, oldest first. What that did is not counted:
	// every signature is made with the code that the engine follows.
	Code         List[Commit]          `json:"code"`
	Notes        List[string]          `json:"notes"`         // what a reader must know about the siglists
	WithoutStack int                   `json:"without_stack"` // crashes, of those that could be followed
	Missing      List[string]          `json:"missing"`
	Failures     List[compare.Failure] `json:"failures"`
	// Repository is where the commits are on the web; empty where that isn't known.
	Repository string `json:"-"`
}

// Unknown is what the history can't speak of since there was nothing to follow; empty otherwise.
func (h *History) Unknown() string {
	// Without a crash, "none changed a signature" would be said of nothing.
	switch followed := h.Corpus.Crashes - len(h.Missing) - len(h.Failures); {
	case followed <= 0:
		return "no crash was followed"
	case h.WithoutStack >= followed:
		return NoStack(h.WithoutStack, followed)
	}
	return ""
}

// HistoryCommit is one commit that touched the siglists, and what it made of the crashes.
type HistoryCommit struct {
	Commit
	Changed    int `json:"changed"`    // crashes that have another signature than before the commit; 0 for the first
	Signatures int `json:"signatures"` // distinct ones; those of the commit before when there is an error
	Added      int `json:"lines_added"`
	Removed    int `json:"lines_removed"`
	Unsigned   int `json:"unsigned"` // crashes without a signature: a pattern met its limit
	// Groups are the largest groups of changed crashes.
	Groups List[history.PairCount] `json:"groups"`
	// Error says why the siglists of the commit don't load; empty when they do. The commit then counts
	// for nothing: the next one is compared with the one before.
	Error string `json:"error,omitempty"`
	// Warning says what today's algorithm can't honour in the siglists; or empty.
	Warning string `json:"warning,omitempty"`
	// Conflict says which merge conflict the siglists hold; or empty.
	Conflict string `json:"conflict,omitempty"`
}

// Commit is a commit as reports name it.
type Commit struct {
	Revision string `json:"revision"` // the hash, in full
	Date     string `json:"date"`     // RFC 3339, in UTC
	Subject  string `json:"subject"`
}

// HistoryFormats are the formats of a history.
func HistoryFormats() Formats[*History] {
	return Formats[*History]{"history", []writer[*History]{
		{"text", inText(historyTable)}, {"csv", historyCSV}, {"json", inJSON(historyJSON)}, {"markdown", inMarkdown(historyMarkdown)}, {"html", inHTML("history.html.tmpl", newHistoryPage, "style.css", "history.css", "dom.js", "fragment.js", "keys.js", "history.js")},
	}}
}

// historyJSON has what the title says for people among the notes: that nothing is known.
func historyJSON(h *History) any {
	told := *h
	if text := h.Unknown(); text != "" {
		told.Notes = slices.Insert(slices.Clone(told.Notes), 0, text)
	}
	return told
}

// historyCSV writes a row for each commit. One that changed Socorro's code alone has no figures.
// Rows are those of entries, oldest first, and none is left out.
var historyCSV = inCSV([]string{"revision", "date", "subject", "changed", "signatures", "lines_added", "lines_removed", "unsigned", "error", "code"},
	func(h *History, row func(...string)) {
		for _, e := range h.entries() {
			code, c := "", e.HistoryCommit
			if e.Code != nil {
				code = e.Code.Subject
			}
			if e.Alone {
				row(c.Revision, c.Date, "", "", "", "", "", "", "", code)
				continue
			}
			row(c.Revision, c.Date, c.Subject, strconv.Itoa(c.Changed), strconv.Itoa(c.Signatures),
				strconv.Itoa(c.Added), strconv.Itoa(c.Removed), strconv.Itoa(c.Unsigned), c.Error, code)
		}
	})

// The tables, as text and Markdown have them.
var (
	historyHead = []string{"Date", "Commit", ">Lines", ">Changed", ">Signatures", "Bug", "Subject"}
	topicsHead  = []string{">Changed", "Bug", ">Commits", "Newest", "Subject"}
)

// historyTable writes a row for each commit that changed something, or for each, newest first, for a terminal.
func historyTable(t *Text, h *History) {
	t.history(h)
	entries, left := h.newest(t.All)
	entries, more := Limited(entries, t.Limit)
	if len(entries) > 0 {
		t.line("")
		t.table(historyHead, each(entries, historyEntry.row))
	}
	t.omitted(more, "commit", "commits")
	if left != "" {
		t.line("")
		t.line("%s; --all shows them", left)
	}
	t.topics(h)
}

// topics writes what changed most, by bug.
func (t *Text) topics(h *History) {
	topics, more := h.topics()
	if len(topics) == 0 {
		return
	}
	t.heading("%s", topicsTitle)
	t.table(topicsHead, each(topics, func(c historyTopic) row {
		return newRow(plural.Number(c.Changed), c.Bug, plural.Number(len(c.Commits)), c.Commits[0].Short(), Visible(c.Commits[0].Subject))
	}))
	if more > 0 {
		t.line("%s", omittedText(more, "bug or commit", "bugs and commits"))
	}
}

// historyTopic is what the commits of a bug changed, or one commit that names none.
type historyTopic struct {
	Bug     string
	Commits []HistoryCommit // newest first
	Changed int             // crashes; one that two commits changed counts twice
}

// topicsTitle stands above the topics; maxTopics is how many are shown.
const (
	topicsTitle = "What changed most, by bug"
	maxTopics   = 10
)

// topics are the bugs and commits that changed most crashes, those that changed most first, then the newest; and how many more
// there are.
func (h *History) topics() (topics []historyTopic, more int) {
	at := map[string]int{} // by bug
	for _, c := range slices.Backward(h.Commits) {
		bug := c.Bug()
		i, known := at[bug]
		switch {
		// Of a bug only commits that changed something count.
		case c.Changed == 0:
			continue
		// Commits that name no bug are not one topic together.
		case bug == "" || !known:
			i = len(topics)
			topics, at[bug] = append(topics, historyTopic{Bug: bug}), i
		}
		topics[i].Changed += c.Changed
		topics[i].Commits = append(topics[i].Commits, c)
	}
	slices.SortStableFunc(topics, func(a, b historyTopic) int { return b.Changed - a.Changed })
	return Limited(topics, maxTopics)
}

// historyEntry is a row of a history: a commit that touched the siglists, one that changed Socorro's code, or both.
type historyEntry struct {
	HistoryCommit
	Code  *Commit // nil for one that didn't change the code
	Alone bool    // the siglists did not change: there are no figures
}

// entries are the rows of a history, oldest first.
func (h *History) entries() []historyEntry {
	entries := each(h.Commits, func(c HistoryCommit) historyEntry { return historyEntry{HistoryCommit: c} })
	from := 0 // commits that changed the code alone stand behind each other, whatever their dates are
	for i := range h.Code {
		c := &h.Code[i]
		if at := slices.IndexFunc(entries, func(e historyEntry) bool { return e.Revision == c.Revision }); at >= 0 {
			entries[at].Code = c
			continue
		}
		// Both lists are oldest first, and dates are RFC 3339 in UTC, so that text is compared as time.
		for from < len(entries) && entries[from].Date <= c.Date {
			from++
		}
		entries = slices.Insert(entries, from, historyEntry{HistoryCommit{Commit: *c}, c, true})
		from++
	}
	return entries
}

// newest are the rows for people, newest first: all, or without those of commits that changed no signature. Of one that
// changed Socorro's code that is not known. left counts the others in words; it is empty for none.
func (h *History) newest(all bool) (shown []historyEntry, left string) {
	idle := 0
	for _, e := range slices.Backward(h.entries()) {
		if all || e.Code != nil || e.tells() {
			shown = append(shown, e)
		} else {
			idle++
		}
	}
	if idle > 0 {
		left = "not shown: " + plural.Of(idle, "commit that changed no signature", "commits that changed no signature")
	}
	return shown, left
}

// tells tells whether a commit did something, or leaves open whether it did.
func (c HistoryCommit) tells() bool {
	return c.Changed > 0 || c.Error != "" || c.Conflict != "" || c.Unsigned > 0
}

// codeMark stands where a commit that changed Socorro's code has no figures.
const codeMark = "code"

func (e historyEntry) row() row {
	c := e.HistoryCommit
	// What the code changed isn't known: a question mark, and no 0.
	if e.Alone {
		return row{[]string{day(c.Date), c.Short(), codeMark, "?", "", c.Bug(), Visible(c.Subject)}, caution}
	}
	lines := c.Lines()
	if e.Code != nil {
		lines = strings.TrimSpace(lines + " " + codeMark)
	}
	r := newRow(day(c.Date), c.Short(), lines, plural.Number(c.Changed), plural.Number(c.Signatures), c.Bug(), Visible(c.outcome()))
	switch {
	case c.Error != "":
		// Nothing was compared: no 0 either.
		r.cells[3], r.cells[4], r.style = "-", "-", alarm
	case e.Code != nil || c.Conflict != "" || c.Unsigned > 0:
		r.style = caution
	case c.Changed == 0:
		r.cells[3], r.style = "", faint
	}
	return r
}

// history writes what stands above the commits.
func (t *Text) history(h *History) {
	t.unable(h.Unable(), h.Failures, h.Missing)
	t.phrase(heading, 0, say(h.Title()))
	t.field("corpus     ", corpusText(h.Corpus))
	if h.Rules != "" {
		t.field("rules      ", h.Rules)
	}
	for _, note := range h.Notes {
		t.field("note       ", note)
	}
}

// Title sums the history up.
func (h *History) Title() string {
	if len(h.Commits) == 0 {
		return "no commits"
	}
	// Instead of figures: there are none that mean anything.
	if text := h.Unknown(); text != "" {
		return text
	}
	changed := 0
	for _, c := range h.Commits {
		changed += c.Changed
	}
	acted := CountOf(h.Commits, func(c HistoryCommit) bool { return c.Changed > 0 })
	text := fmt.Sprintf("%s from %s to %s: ", plural.Of(len(h.Commits), "commit", "commits"), day(h.Commits[0].Date), day(h.Commits[len(h.Commits)-1].Date))
	if acted == 0 {
		text += "none changed a signature"
	} else {
		text += fmt.Sprintf("%s of them gave crashes another signature, %s in all", plural.Number(acted), plural.Of(changed, "time", "times"))
	}
	if h.WithoutStack > 0 {
		text += fmt.Sprintf("; %s of %s without a stack", plural.Number(h.WithoutStack), plural.Crashes(h.Corpus.Crashes))
	}
	return text
}

// Unable says which crashes were not followed; empty when all were.
func (h *History) Unable() string {
	return notAll(h.Corpus.Crashes, "followed", len(h.Missing), len(h.Failures))
}

// shortHash is how many characters of a hash name a commit in a table.
const shortHash = 12

// Short is the hash as tables have it.
func (c Commit) Short() string { return c.Revision[:min(shortHash, len(c.Revision))] }

// Lines is how many lines a commit added and removed.
func (c HistoryCommit) Lines() string {
	var parts []string
	if c.Added > 0 {
		parts = append(parts, "+"+plural.Number(c.Added))
	}
	if c.Removed > 0 {
		parts = append(parts, "-"+plural.Number(c.Removed))
	}
	return strings.Join(parts, " ")
}

// outcome is the subject, and what is wrong with the siglists, or can't be known.
// Of an error of several lines the first is shown; JSON and CSV have all.
func (c HistoryCommit) outcome() string {
	text := c.Subject
	switch first, _, more := strings.Cut(c.Error, "\n"); {
	case c.Conflict != "":
		text += "  [holds a merge conflict]"
	case more:
		return text + "  [does not load: " + first + "; ...]"
	case c.Error != "":
		return text + "  [does not load: " + first + "]"
	}
	if c.Unsigned > 0 {
		text += "  [" + plural.Crashes(c.Unsigned) + " without a signature]"
	}
	return text
}

// historyMarkdown writes a row for each commit, for a bug or a pull request.
func historyMarkdown(m *markdownWriter, h *History) {
	m.line("## %s\n", h.Title())
	m.alert(h.Unable())
	m.line("- corpus: %s", mdCode(shortened(corpusText(h.Corpus), maxShown)))
	if h.Rules != "" {
		m.line("- rules: %s", mdCode(h.Rules))
	}
	for _, note := range h.Notes {
		m.line("- note: %s", mdCode(note))
	}
	m.topics(h)
	entries, left := h.newest(m.All)
	if left != "" {
		m.line("\n%s; --all shows them", left)
	}
	m.line("")
	shown, _ := Limited(entries, m.Limit)
	m.table(historyHead, each(shown, h.mdEntry), len(entries), "commit", "commits")
}

// topics writes what changed most, by bug.
func (m *markdownWriter) topics(h *History) {
	topics, more := h.topics()
	if len(topics) == 0 {
		return
	}
	m.line("\n### %s\n", topicsTitle)
	rows := each(topics, func(c historyTopic) string {
		newest := c.Commits[0]
		return mdRow(plural.Number(c.Changed), mdBugLink(c.Bug), plural.Number(len(c.Commits)), mdRevision(h.Repository, newest.Revision), mdCell(newest.Subject))
	})
	m.table(topicsHead, rows, len(rows)+more, "bug or commit", "bugs and commits")
	m.line("\n### Commits")
}

// mdBugLink is a bug as a link, by its number; empty for none.
func mdBugLink(bug string) string {
	if bug == "" {
		return ""
	}
	return fmt.Sprintf("[%s](%s)", bug, bugAddress+bug)
}

// mdEntry is the row of a commit.
// It takes the cells of the terminal's row, and writes those anew that are links, or hold data.
func (h *History) mdEntry(e historyEntry) string {
	cells := e.row().cells
	cells[1] = mdRevision(h.Repository, e.Revision)
	cells[5] = mdBugLink(e.Bug())
	cells[6] = mdCell(cells[6])
	return mdRow(cells...)
}

// mdRevision is a commit by its short hash, as a link where it is on the web.
// repository may be empty.
func mdRevision(repository, hash string) string {
	r := newRevision(repository, hash)
	if r.URL == "" {
		return mdCode(r.Text)
	}
	return fmt.Sprintf("[%s](%s)", mdCode(r.Text), r.URL)
}

// historyPage is what the page of a history shows: all rows, whatever Options.Limit says.
type historyPage struct {
	*History
	Chart      *historyChart // nil without commits
	Rows       []historyEntry
	Left       string // the commits that have no row, in words
	Topics     []historyTopic
	MoreTopics int
}

func newHistoryPage(h *History, o Options) (title string, shown any) {
	p := &historyPage{History: h}
	if len(h.Commits) > 0 {
		p.Chart = newHistoryChart(h, o.All)
	}
	p.Rows, p.Left = h.newest(o.All)
	p.Topics, p.MoreTopics = h.topics()
	return "sigdiff history: " + h.Title(), p
}

// Others is how many changed crashes are in none of the groups, which are the largest ones.
func (c HistoryCommit) Others() int {
	others := c.Changed
	for _, g := range c.Groups {
		others -= g.Crashes
	}
	return others
}

// ID names the commit for links, in whatever history it stands.
func (c Commit) ID() string { return "c" + c.Short() }

// URL is where Bugzilla shows the bug of a topic.
func (t historyTopic) URL() string { return bugAddress + t.Bug }
