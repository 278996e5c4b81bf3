package report

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
	p.Topics, p.MoreTopics = Limited(h.topics(), maxTopics)
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
