package report

import (
	"html/template"
	"io"

	"github.com/sigdiff/sigdiff/engine/facts"
)

// historyPage is what the page of a history shows.
type historyPage struct {
	*History
	Policy  template.HTMLAttr
	Style   template.CSS
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
	funcs := htmlFuncs(o)
	funcs["neg"] = func(f float64) float64 { return -f }
	tmpl, err := template.New("history.html.tmpl").Funcs(funcs).ParseFS(htmlFiles, "html/history.html.tmpl")
	if err != nil {
		return err
	}
	p, err := newHistoryPage(h)
	if err != nil {
		return err
	}
	return tmpl.Execute(w, p)
}

func newHistoryPage(h *History) (*historyPage, error) {
	var style []byte
	for _, name := range []string{"html/style.css", "html/history.css"} {
		css, err := htmlFiles.ReadFile(name)
		if err != nil {
			return nil, err
		}
		style = append(style, css...)
	}
	p := &historyPage{History: h, Style: template.CSS(style), Title: h.title(), Corpus: corpusText(h.Corpus), Unable: h.unable()}
	p.Policy = template.HTMLAttr(`content="` + policy(style, nil) + `"`)
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
	return p, nil
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
