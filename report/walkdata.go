package report

import (
	"slices"
	"strings"

	"github.com/sigdiff/sigdiff/engine/compare"
)

// walkData is the walks of one crash of each group, as the page's script draws them: thousands of groups
// share most frames and lines, so texts are there once.
type walkData struct {
	Texts  []string              `json:"texts"`
	Groups map[string]walkSample `json:"groups"` // by the group's id
	known  map[string]int
}

// walkSample is one crash's walks.
type walkSample struct {
	ID    string     `json:"id"`
	Walks []walkRows `json:"walks"` // those that tell most first
}

type walkRows struct {
	Title string   `json:"title"`
	Rows  [][8]int `json:"rows"` // see walkData.row
	More  int      `json:"more"` // frames that neither side reached and that are not among the rows
}

// following is how many frames after the last one reached are shown.
const following = 3

// newWalkData takes of each group the first example that is among the samples.
func newWalkData(groups []groupOutline, samples map[string]compare.Comparison) walkData {
	d := walkData{Groups: map[string]walkSample{}, Texts: []string{}, known: map[string]int{}}
	for _, g := range groups {
		for _, id := range g.Examples {
			if sample, ok := samples[id]; ok {
				d.Groups[g.ID] = d.sample(id, sample)
				break
			}
		}
	}
	return d
}

func (d *walkData) sample(id string, c compare.Comparison) walkSample {
	sample := walkSample{ID: Visible(id), Walks: []walkRows{}}
	walks := sideBySide(&c.Base, &c.Candidate)
	slices.SortStableFunc(walks, func(a, b walk) int { return a.tells() - b.tells() })
	for _, w := range walks {
		end := 0
		for i, f := range w.Frames {
			if f.reached() {
				end = i + 1
			}
		}
		// Stacks have hundreds of frames that no walk comes to. A few show what would have come next.
		end = min(end+following, len(w.Frames))
		sample.Walks = append(sample.Walks, walkRows{Title: w.Title(), More: len(w.Frames) - end, Rows: each(w.Frames[:end], d.row)})
	}
	return sample
}

// row is a frame: its index, then for base and candidate its text, what was done with it, and by which
// lines, as indexes of texts (-1: the side has no such frame); last, 1 if the sides differ over it.
func (d *walkData) row(f walkFrame) [8]int {
	row := [8]int{0: f.Index}
	for i, s := range []*step{f.Base, f.Candidate} {
		at := row[1+3*i : 4+3*i]
		if s == nil {
			at[0], at[1], at[2] = -1, -1, -1
			continue
		}
		at[0], at[1], at[2] = d.text(s.Text), d.text(s.Did()), d.text(strings.Join(each(s.Deciders(), lineText), "  "))
	}
	if f.Differs {
		row[7] = 1
	}
	return row
}

// text makes a text visible once, and gives its index.
func (d *walkData) text(s string) int {
	i, known := d.known[s]
	if !known {
		i = len(d.Texts)
		d.known[s] = i
		d.Texts = append(d.Texts, Visible(s))
	}
	return i
}
