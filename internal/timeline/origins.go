package timeline

import (
	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists"
)

// Origins are the commits that the lines of the last siglists came with, by list and text: of lines that came, went and
// came again, the last time; of lines that are there twice, the first of them. Those that the first siglists have came with
// these, or in a shallow clone with a commit that isn't known.
func (t *Timeline) Origins() map[report.LineKey]report.Commit {
	origins := map[report.LineKey]report.Commit{}
	for _, name := range siglists.Names() {
		for text, c := range t.originsIn(name) {
			if c != (report.Commit{}) {
				origins[report.LineKey{List: name, Text: text}] = c
			}
		}
	}
	return origins
}

// originsIn are the origins of one list's lines, by text; the zero commit where that isn't known.
func (t *Timeline) originsIn(name siglists.Name) map[string]report.Commit {
	var origins map[string]report.Commit
	for i, set := range t.Sets {
		if set == nil {
			continue
		}
		came := t.Commits[i]
		if origins == nil && t.Hidden > 0 {
			came = report.Commit{}
		}
		now := map[string]report.Commit{}
		for _, line := range set.List(name).Lines {
			if c, had := origins[line.Text]; had {
				now[line.Text] = c
			} else {
				now[line.Text] = came
			}
		}
		origins = now
	}
	return origins
}
