package report

import (
	"fmt"
	"html/template"
	"slices"
	"strings"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/suggest"
	"github.com/sigdiff/sigdiff/internal/plural"
)

// Fragments write reports as parts of another page. Several goroutines may use them.
// The workbench puts them into its page again after each edit.
type Fragments struct {
	tmpl    *template.Template
	options Options
}

// Fragment is a report as parts of a page, as JSON tells them to its script, which leaves out what is empty.
type Fragment struct {
	Groups []GroupFragment `json:"groups,omitempty"` // those that are shown, in order
	Above  string          `json:"above,omitempty"`  // what HTML has before the groups
	Below  string          `json:"below,omitempty"`  // and behind them
	More   int             `json:"more,omitempty"`   // groups that are left out
}

// GroupFragment is a group of changed crashes.
type GroupFragment struct {
	ID        string   `json:"id"` // see GroupID
	Base      string   `json:"base"`
	Candidate string   `json:"candidate"`
	Examples  []string `json:"examples"`
	HTML      string   `json:"html"`
}

// NewFragments makes what writes fragments. Options.Limit is how many groups, and rows of long tables, they show.
func NewFragments(o Options) *Fragments {
	return &Fragments{templateOf("page.html.tmpl", o, frame{}), o}
}

// Of makes the parts of a report.
func (f *Fragments) Of(r *Report) (made Fragment, err error) {
	p := newPage(r, f.options.Host)
	p.Signatures, p.MoreSignatures = Limited(p.Signatures, f.options.Limit)
	if made.Above, err = f.write("above", p); err != nil {
		return made, err
	}
	if made.Below, err = f.write("below", p); err != nil {
		return made, err
	}
	rows, more := Limited(p.Rows, f.options.Limit)
	made.More = more
	for _, row := range rows {
		html, err := f.write("group", row)
		if err != nil {
			return made, err
		}
		made.Groups = append(made.Groups, GroupFragment{row.ID, row.Base, row.Candidate, filled(row.Examples), html})
	}
	return made, nil
}

func (f *Fragments) write(part string, of any) (string, error) {
	var html strings.Builder
	if err := f.tmpl.ExecuteTemplate(&html, part, of); err != nil {
		return "", fmt.Errorf("writing the report as a part of a page: %w", err)
	}
	return html.String(), nil
}

// Asset is a file of the HTML report, that another page may have, too: its style and the parts of its script. A name of none
// is fs.ErrNotExist.
func Asset(name string) ([]byte, error) { return htmlFiles.ReadFile("html/" + name) }

// Walks are the walks over the stacks of one crash, as the HTML report's script draws them.
// Texts are there once, and rows refer to them by index: see walkData.
type Walks struct {
	// The signatures, as they are shown.
	Base      string   `json:"base"`
	Candidate string   `json:"candidate"`
	Texts     []string `json:"texts"`
	walkSample
	// Lines are the frames among the texts as lines of the lists: with their special characters escaped.
	Lines map[string]string `json:"lines"`
}

// NewWalks makes the walks of a crash.
func NewWalks(id string, c compare.Comparison) Walks {
	d := walkData{Texts: []string{}, known: map[string]int{}}
	walks := sideBySide(&c.Base, &c.Candidate)
	w := Walks{Base: Visible(signatureText(c.Base.Signature)), Candidate: Visible(signatureText(c.Candidate.Signature)), walkSample: d.sample(id, walks), Lines: map[string]string{}}
	w.Texts = d.Texts
	for _, walk := range walks {
		for _, f := range walk.Frames {
			if text := f.text(); text != "" {
				// The script knows frames only as they are shown.
				w.Lines[Visible(text)] = suggest.Quoted(text)
			}
		}
	}
	return w
}

// Line says of a changed line, by its index in Lines, in a few words what it does, and then more, as HTML.
func (f *Fragments) Line(r *Report, i int, more ...Phrase) (string, error) {
	l := newLineOutline(r, i)
	return f.write("phrase", joined(slices.Concat([]Phrase{say(verdictName(l.Kind))}, l.Details, more), "; "))
}

// Title is what a page about the comparison is called. What could not be compared is said.
func (r *Report) Title() string {
	if nothing := r.NothingKnown(); nothing != "" {
		return nothing
	}
	text := r.changed()
	if not := r.Unable(); not != "" {
		text += "; " + not
	}
	return text
}

// changed says how many crashes change, for those who are told elsewhere why that may not be known.
func (r *Report) changed() string {
	switch {
	case r.NothingKnown() != "":
		return "what changes is not known"
	case r.Totals.Crashes == 0:
		return "no crash can change"
	}
	return fmt.Sprintf("%s of %s change", plural.Number(r.Totals.Changed), plural.Crashes(r.Totals.Compared))
}
