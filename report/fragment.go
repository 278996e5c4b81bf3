package report

import (
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/siglists"
)

// Fragments write reports as parts of another page. Several goroutines may use them.
// The workbench puts them into its page again after each edit.
type Fragments struct {
	tmpl    *template.Template
	options Options
}

// NewFragments makes what writes fragments. Options.Limit is how many groups, and rows of long tables, they show.
func NewFragments(o Options) (*Fragments, error) {
	tmpl, err := templateOf("page.html.tmpl", o)
	return &Fragments{tmpl, o}, err
}

// Main writes all of a report: what HTML has between its title and its foot. It gives the groups that are shown, in
// order, and how many are left out.
func (f *Fragments) Main(w io.Writer, r *Report) (shown []compare.Group, more int, err error) {
	return f.write(w, "main", r)
}

// Groups writes the groups alone.
func (f *Fragments) Groups(w io.Writer, r *Report) (shown []compare.Group, more int, err error) {
	return f.write(w, "groups", r)
}

func (f *Fragments) write(w io.Writer, part string, r *Report) (shown []compare.Group, more int, err error) {
	// The page around it has a frame of its own.
	p := newPage(frame{}, r, f.options.Host)
	p.Rows, more = limited(p.Rows, f.options.Limit)
	p.Signatures, _ = limited(p.Signatures, f.options.Limit)
	for _, row := range p.Rows {
		shown = append(shown, row.Group)
	}
	if err := f.tmpl.ExecuteTemplate(w, part, p); err != nil {
		return nil, 0, fmt.Errorf("writing the report as a part of a page: %w", err)
	}
	return shown, more, nil
}

// Asset is a file of the HTML report, that another page may have, too: its style and the parts of its script.
func Asset(name string) ([]byte, error) { return htmlFiles.ReadFile("html/" + name) }

// Walks are the walks over the stacks of one crash, as the HTML report's script draws them.
// Texts are there once, and rows refer to them by index: see walkData.
type Walks struct {
	Texts []string `json:"texts"`
	walkSample
	// Lines are the frames among the texts as lines of the lists: with their special characters escaped.
	Lines map[string]string `json:"lines"`
}

// NewWalks makes the walks of a crash.
func NewWalks(id string, c compare.Comparison) Walks {
	d := walkData{Texts: []string{}, known: map[string]int{}}
	w := Walks{walkSample: d.sample(id, c), Lines: map[string]string{}}
	w.Texts = d.Texts
	for _, walk := range sideBySide(&c.Base, &c.Candidate) {
		for _, f := range walk.Frames {
			if text := f.text(); text != "" {
				// The script knows frames only as they are shown.
				w.Lines[Visible(text)] = siglists.Escape(text)
			}
		}
	}
	return w
}

// LineText says of a changed line, by its index in Lines, in a few words what it does.
func (r *Report) LineText(i int) string {
	l := newLineOutline(r, i)
	texts := []string{verdictName(r.Lines[i].Kind)}
	for _, detail := range l.Details {
		texts = append(texts, Visible(detail.String()))
	}
	return strings.Join(texts, "; ")
}

// Title is what a page about the comparison is called. What could not be compared is said.
func (r *Report) Title() string {
	crashes := plural.Crashes(r.Totals.Compared)
	text := fmt.Sprintf("%s of %s change", plural.Number(r.Totals.Changed), crashes)
	if not := notCompared(r.Totals); not != "" {
		text += "; " + not
	}
	return text
}
