package report

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/facts"
	"github.com/sigdiff/sigdiff/internal/plural"
)

//go:embed html
var htmlFiles embed.FS

// HTML writes the report as a page that stands alone: no script, style, font or picture comes from
// elsewhere, and its content security policy forbids any request. Without JavaScript everything but the
// frames, the search and the filters works.
func HTML(w io.Writer, r *Report, o Options) error {
	tmpl, err := template.New("page.html.tmpl").Funcs(htmlFuncs(o)).ParseFS(htmlFiles, "html/page.html.tmpl")
	if err != nil {
		return err
	}
	p, err := newPage(r)
	if err != nil {
		return err
	}
	return tmpl.Execute(w, p)
}

func htmlFuncs(o Options) template.FuncMap {
	return template.FuncMap{
		"crashLink": func(id string) crashLink { return crashLink{id, crashURL(o.Host, id)} },
		"commas":    commas,
		"crashes": func(n int) string {
			return strings.Replace(plural.Crashes(n), number(n), commas(n), 1)
		},
		"plural":      plural.Of,
		"px":          func(f float64) string { return strconv.FormatFloat(f, 'f', 1, 64) },
		"verdict":     verdictName,
		"removed":     removedText,
		"add":         func(a, b float64) float64 { return a + b },
		"minus":       func(a, b int) int { return a - b },
		"signature":   signatureText,
		"topCrashers": topCrashersText,
		"visible":     Visible,
	}
}

// crashLink is a crash and where its report is, which may be empty.
type crashLink struct{ ID, URL string }

// commas is n with commas between thousands.
func commas(n int) string {
	digits := strconv.Itoa(n)
	for at := len(digits) - 3; at > 0 && digits[at-1] != '-'; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return digits
}

// page is what the template shows.
type page struct {
	outline
	Report  *Report
	Policy  template.HTMLAttr
	Style   template.CSS
	Script  template.JS
	Percent string
	Flow    *flow
	Rows    []htmlGroup
	Kinds   []filterOption
	Lists   []filterList
	lines   *options             // of Lists
	numbers map[compare.Pair]int // of the groups
	Rules   []filterOption
	Data    walkData
}

// htmlGroup is a group as the page shows it.
type htmlGroup struct {
	groupOutline
	Share       string // of its bar, in percent of the largest group
	Before      []facts.Component
	After       []facts.Component
	LineNumbers string // of its filter options
	RuleNumbers string
	Walks       bool // there is a sample
}

// filterOption is something to filter groups by.
type filterOption struct {
	Value  string
	Text   string
	Groups int
}

// filterList is the lines of one list to filter groups by.
type filterList struct {
	Name  string
	Lines []*filterOption
}

func newPage(r *Report) (*page, error) {
	style, err := htmlFiles.ReadFile("html/style.css")
	if err != nil {
		return nil, err
	}
	script, err := htmlFiles.ReadFile("html/page.js")
	if err != nil {
		return nil, err
	}
	p := &page{outline: newOutline(r, maxConcerns), Report: r, Style: template.CSS(style), Script: template.JS(script)}
	p.Policy = template.HTMLAttr(`content="` + policy(style, script) + `"`)
	p.numbers = map[compare.Pair]int{}
	for _, g := range p.Groups {
		p.numbers[g.Pair] = g.Number
	}
	p.Percent = percent(r.Totals.Changed, max(1, r.Totals.Compared))
	if len(r.Groups) > 0 {
		p.Flow = newFlow(r, p.numbers)
	}
	p.Data = newWalkData(p.Groups, r.Samples)
	p.rows()
	return p, nil
}

// Number is the number of a group.
func (p *page) Number(pair compare.Pair) int { return p.numbers[pair] }

// policy is a content security policy under which the page runs its own style and script, and nothing is
// loaded from anywhere.
func policy(style, script []byte) string {
	hash := func(content []byte) string {
		sum := sha256.Sum256(content)
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	return fmt.Sprintf("default-src 'none'; style-src %s; script-src %s; img-src data:; base-uri 'none'; form-action 'none'",
		hash(style), hash(script))
}

// rows makes the groups, and what they can be filtered by.
func (p *page) rows() {
	lines, rules, kinds := &options{}, &options{}, &options{}
	largest := 1
	for _, g := range p.Groups {
		largest = max(largest, g.Crashes)
	}
	for _, g := range p.Groups {
		row := htmlGroup{groupOutline: g, Share: strconv.FormatFloat(100*float64(g.Crashes)/float64(largest), 'f', 2, 64)}
		row.Before, row.After = signatureParts(g.Base, g.Candidate)
		kinds.count(string(g.Kind), string(g.Kind))
		var of []string
		for _, c := range g.Causes {
			of = append(of, lines.count(string(c.Line.List), filterText(c.Kind, place(c.Line), c.Line.Text)))
		}
		row.LineNumbers = strings.Join(of, " ")
		of = nil
		for _, change := range g.RuleChanges {
			of = append(of, rules.count("", change))
		}
		row.RuleNumbers = strings.Join(of, " ")
		_, row.Walks = p.Data.Groups[g.Number]
		p.Rows = append(p.Rows, row)
	}
	p.Rules, p.Lists, p.lines = rules.all(), lines.lists(), lines
	for _, kind := range compare.GroupKinds() {
		i := slices.IndexFunc(kinds.list, func(o *filterOption) bool { return o.Text == string(kind) })
		if i >= 0 {
			p.Kinds = append(p.Kinds, *kinds.list[i])
		}
	}
}

func filterText(k compare.CauseKind, place, text string) string {
	return string(k) + " " + place + ": " + text
}

// Filter is the option that shows the groups a changed line is a cause of; nil when there are none.
func (p *page) Filter(l lineOutline) *filterOption {
	kind := compare.CauseRemoved
	if l.Sign == "+" {
		kind = compare.CauseAdded
	}
	if i, ok := p.lines.number[filterText(kind, l.Place, l.Text)]; ok {
		return p.lines.list[i]
	}
	return nil
}

// options gathers filter options, numbered in the order in which they come.
type options struct {
	list   []*filterOption
	under  []string // the heading of each
	number map[string]int
}

// count counts a group for an option, and tells the option's number.
func (o *options) count(under, text string) string {
	if o.number == nil {
		o.number = map[string]int{}
	}
	i, known := o.number[text]
	if !known {
		i = len(o.list)
		o.number[text] = i
		o.list = append(o.list, &filterOption{Value: strconv.Itoa(i), Text: text})
		o.under = append(o.under, under)
	}
	o.list[i].Groups++
	return o.list[i].Value
}

func (o *options) all() []filterOption {
	var all []filterOption
	for _, option := range o.list {
		all = append(all, *option)
	}
	return all
}

// lists are the options under their headings.
func (o *options) lists() []filterList {
	var lists []filterList
	for i, option := range o.list {
		at := slices.IndexFunc(lists, func(l filterList) bool { return l.Name == o.under[i] })
		if at < 0 {
			at = len(lists)
			lists = append(lists, filterList{Name: o.under[i]})
		}
		lists[at].Lines = append(lists[at].Lines, option)
	}
	return lists
}
