package report

import (
	"io"

	"github.com/sigdiff/sigdiff/engine/facts"
)

// historyPage is what the page of a history shows.
type historyPage struct {
	frame
	*History
	Title   string
	Corpus  string
	Unable  string
	Chart   *historyChart // nil without commits
	Rows    []historyRow
	Largest []historyRow // those that changed most crashes
}

// historyRow is a commit in a table.
type historyRow struct {
	HistoryCommit
	Number            int
	Code              *Commit // nil unless Socorro's code changed
	Day, Short, Lines string
	Moves             []historyMove
	Others            int // changed crashes that are in no move
}

// historyMove is a group of crashes that went from one signature to another.
type historyMove struct {
	Crashes       int
	Before, After []facts.Component
}

// maxLargest is how many of the commits that changed most crashes are listed first.
const maxLargest = 10

// historyHTML writes a page that stands alone, like HTML. It needs no JavaScript.
func historyHTML(w io.Writer, h *History, o Options) error {
	return writeHTML(w, "history.html.tmpl", o, func(f frame) any { return newHistoryPage(f, h) }, "style.css", "history.css")
}

func newHistoryPage(f frame, h *History) *historyPage {
	f.PageTitle = "sigdiff history: " + h.title()
	p := &historyPage{frame: f, History: h, Title: h.title(), Corpus: corpusText(h.Corpus), Unable: h.unable()}
	if len(h.Commits) > 0 {
		p.Chart = newHistoryChart(h)
	}
	for _, e := range h.entries() {
		if e.HistoryCommit == nil {
			p.Rows = append(p.Rows, historyRow{Day: day(e.Code.Date), Short: e.Code.short(), Code: e.Code})
			continue
		}
		row := newHistoryRow(*e.HistoryCommit, e.Number)
		row.Code = e.Code
		p.Rows = append(p.Rows, row)
	}
	for _, i := range h.largest() {
		if len(p.Largest) < maxLargest {
			p.Largest = append(p.Largest, newHistoryRow(h.Commits[i], i))
		}
	}
	return p
}

func newHistoryRow(c HistoryCommit, i int) historyRow {
	row := historyRow{HistoryCommit: c, Number: i, Day: day(c.Date), Short: c.short(), Lines: c.lines(), Others: c.Changed}
	for _, g := range c.Groups {
		move := historyMove{Crashes: g.Crashes}
		move.Before, move.After = signatureParts(g.Base, g.Candidate)
		row.Moves = append(row.Moves, move)
		row.Others -= g.Crashes
	}
	return row
}
