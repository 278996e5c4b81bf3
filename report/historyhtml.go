package report

import "io"

// historyHTML writes a page that stands alone, like the report.
func historyHTML(w io.Writer, h *History, o Options) error {
	return writeHTML(w, "history.html.tmpl", o, func(f frame) any { return newHistoryPage(f, h, o) },
		"style.css", "history.css", "dom.js", "fragment.js", "keys.js", "history.js")
}

// historyPage is what the page of a history shows: all rows, whatever o.Limit says.
type historyPage struct {
	frame
	*History
	Title      string
	Corpus     string
	Unable     string
	Chart      *historyChart // nil without commits
	Rows       []historyEntry
	Left       string // the commits that have no row, in words
	Topics     []historyTopic
	MoreTopics int
}

func newHistoryPage(f frame, h *History, o Options) *historyPage {
	f.PageTitle = "sigdiff history: " + h.title()
	p := &historyPage{frame: f, History: h, Title: h.title(), Corpus: corpusText(h.Corpus), Unable: h.unable()}
	if len(h.Commits) > 0 {
		p.Chart = newHistoryChart(h, o.All)
	}
	p.Rows, p.Left = h.newest(o.All)
	p.Topics, p.MoreTopics = Limited(h.topics(), maxTopics)
	return p
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
