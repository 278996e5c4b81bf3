package timeline

import (
	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists"
)

// Origins are the commits that the lines of the last siglists came with, by list and text: of lines that came, went and
// came again, the last time. Those that the first commit has came with it, or in a shallow clone with one that isn't known.
func (t *Timeline) Origins() map[report.LineKey]report.Commit {
	origins := map[report.LineKey]report.Commit{}
	var before *siglists.Set
	for i, set := range t.Sets {
		if set == nil {
			continue
		}
		if before == nil {
			before = set
			if i >= t.Hidden {
				for _, name := range siglists.Names() {
					for _, line := range set.List(name).Lines {
						origins[report.LineKey{List: name, Text: line.Text}] = t.Commits[i]
					}
				}
			}
			continue
		}
		for _, change := range siglists.Diff(before, set) {
			key := report.LineKey{List: change.Line.List, Text: change.Line.Text}
			if change.Added {
				origins[key] = t.Commits[i]
			} else if !set.List(key.List).Has(key.Text) {
				delete(origins, key)
			}
		}
		before = set
	}
	return origins
}
