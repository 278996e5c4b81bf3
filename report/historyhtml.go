package report

import (
	"io"

	"github.com/sigdiff/sigdiff/engine/facts"
)

// historyPage is what the page of a history shows.
type historyPage struct {
	frame
	*History
	Title      string
	Corpus     string
	Unable     string
	Chart      *historyChart // nil without commits
	Rows       []historyRow
	Left       string // the commits that have no row, in words
	Topics     []historyTopic
	MoreTopics int
}

// historyRow is a commit in a table.
type historyRow struct {
	HistoryCommit
	Code       *Commit // nil unless Socorro's code changed
	Alone      bool    // the siglists did not
	Day, Lines string
	Moves      []historyMove
	Others     int // changed crashes that are in no move
}

// historyMove is a group of crashes that went from one signature to another.
type historyMove struct {
	Crashes       int
	Before, After []facts.Component
}

// historyHTML writes a page that stands alone, like the report.
func historyHTML(w io.Writer, h *History, o Options) error {
	return writeHTML(w, "history.html.tmpl", o, func(f frame) any { return newHistoryPage(f, h, o) },
		"style.css", "history.css", "dom.js", "fragment.js", "keys.js", "history.js")
}

// newHistoryPage shows all rows, whatever o.Limit says.
func newHistoryPage(f frame, h *History, o Options) *historyPage {
	f.PageTitle = "sigdiff history: " + h.title()
	p := &historyPage{frame: f, History: h, Title: h.title(), Corpus: corpusText(h.Corpus), Unable: h.unable()}
	if len(h.Commits) > 0 {
		p.Chart = newHistoryChart(h, o.All)
	}
	entries, left := h.newest(o.All)
	p.Left = left
	for _, e := range entries {
		// A commit that changed the code alone has a row without figures.
		if e.HistoryCommit == nil {
			p.Rows = append(p.Rows, historyRow{HistoryCommit: HistoryCommit{Commit: *e.Code}, Alone: true, Day: day(e.Code.Date), Code: e.Code})
			continue
		}
		row := newHistoryRow(*e.HistoryCommit)
		row.Code = e.Code
		p.Rows = append(p.Rows, row)
	}
	p.Topics, p.MoreTopics = limited(h.topics(), maxTopics)
	return p
}

func newHistoryRow(c HistoryCommit) historyRow {
	row := historyRow{HistoryCommit: c, Day: day(c.Date), Lines: c.lines(), Others: c.Changed}
	for _, g := range c.Groups {
		move := historyMove{Crashes: g.Crashes}
		move.Before, move.After = signatureParts(g.Base, g.Candidate)
		row.Moves = append(row.Moves, move)
		// Groups are the largest ones; the others are only counted.
		row.Others -= g.Crashes
	}
	return row
}

// ID names the commit for links, in whatever history it stands.
func (c Commit) ID() string { return "c" + c.short() }

// Short is the hash as tables have it.
func (c Commit) Short() string { return c.short() }

// URL is where Bugzilla shows the bug of a topic.
func (t historyTopic) URL() string { return bugAddress + t.Bug }
