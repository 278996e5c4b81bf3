package report

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/internal/lazyregexp"
	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/lint"
)

//go:embed html
var htmlFiles embed.FS

// frame is what every page is framed by: its style and script, and the policy under which nothing else runs.
// Policy is written by inHTML, never by what is shown: it is the one thing besides style and script that isn't
// escaped.
type frame struct {
	Title  string
	Policy template.HTMLAttr
	Style  template.CSS
	Script template.JS
}

// inHTML is how a report is written as a page that stands alone: no script, style, font or picture comes from elsewhere, and
// its content security policy forbids any request. page gives its title and what its template shows; files are those of its
// style and script, in order.
// Files are no data: that comes into a page through its template alone, which escapes it.
func inHTML[T any](name string, page func(T, Options) (title string, shown any), files ...string) func(io.Writer, T, Options) error {
	return func(w io.Writer, v T, o Options) error {
		var style, script []byte
		for _, file := range files {
			content, err := Asset(file)
			if err != nil {
				return err
			}
			if path.Ext(file) == ".css" {
				style = append(style, content...)
			} else {
				script = append(script, content...)
			}
		}
		title, shown := page(v, o)
		policy := template.HTMLAttr(`content="` + policy(style, script) + `"`)
		return templateOf(name, o, frame{title, policy, template.CSS(style), template.JS(script)}).Execute(w, shown)
	}
}

func templateOf(name string, o Options, f frame) *template.Template {
	// A template that can't be read would be a mistake in the program: it is a part of it.
	return template.Must(template.New(name).Funcs(htmlFuncs(o, f)).ParseFS(htmlFiles, "html/"+name, "html/shared.html.tmpl"))
}

func htmlFuncs(o Options, f frame) template.FuncMap {
	return template.FuncMap{
		"frame":       func() frame { return f },
		"corpusText":  corpusText,
		"codeTitle":   func() string { return codeTitle },
		"crashLink":   func(id string) link { return link{id, crashURL(o.Host, id)} },
		"commas":      plural.Number[int],
		"crashes":     plural.Crashes[int],
		"signed":      plural.Signed,
		"plural":      plural.Of[int],
		"px":          func(f float64) string { return strconv.FormatFloat(f, 'f', 1, 64) },
		"verdict":     verdictName,
		"removed":     removedText,
		"add":         func(a, b float64) float64 { return a + b },
		"neg":         func(f float64) float64 { return -f },
		"minus":       func(a, b int) int { return a - b },
		"signature":   signatureText,
		"topCrashers": topCrashersText,
		"patternText": patternText,
		"visible":     Visible,
		"groupID":     GroupID,
		"linked":      linked,
		"commitURL":   commitURL,
		"revision":    newRevision,
		"commitOf":    newCommitLinks,
		"change":      newChange,
		"day":         day,
		"finding":     findingText,
		"place":       findingPlace,
		"sideText":    sideText,
		"sideNotes":   sideNotes,
		"fired":       fired,
		"lineText":    lineText,
		"shown":       lint.Visible,
	}
}

// page is what the template shows.
// Its exported fields and methods are what page.html.tmpl uses.
type page struct {
	outline
	Report                *Report
	Nothing               string           // why nothing is known; or empty
	Percent               string           // of the compared crashes, that change
	Flow                  *flow            // nil where there are not two groups
	MoreConcerns          []concernOutline // behind those that are shown at once
	MoreSignatures        int              // than the table has
	Rows                  []htmlGroup
	Kinds                 []*filterOption
	Lists                 []filterList
	lines                 options         // of Lists
	Rules                 []*filterOption // rules whose marks came or went
	Data                  walkData        // for the script
	SignatureURL, BugsURL string          // that a signature is put behind
}

// htmlGroup is a group as the page shows it.
type htmlGroup struct {
	groupOutline
	change
	Share       string // of its bar, in percent of the largest group
	LineNumbers string // of its filter options
	RuleNumbers string
	Walks       bool // there is a sample
	Causes      []htmlCause
	Because     Phrase // the first cause, where not all groups have the same ones
}

// htmlCause is a cause of a group, and the id of the row of its line; empty where there is none.
type htmlCause struct {
	Text Phrase
	Line string
}

// filterOption is something to filter groups by.
type filterOption struct {
	Value  string
	Text   string
	Groups int
	under  string // the heading; or empty
}

// filterList is the lines of one list to filter groups by.
type filterList struct {
	Name  string
	Lines []*filterOption
}

// reportPage is the page of a comparison. Without JavaScript everything but the frames, the search, the filters and the keys
// works.
func reportPage(r *Report, o Options) (title string, shown any) {
	p := newPage(r, o.Host)
	p.filters()
	return "sigdiff: " + r.Title(), p
}

// newPage has all groups. Fragments, which are written again and again, cut them down, and nothing filters them by more
// than words.
func newPage(r *Report, host string) *page {
	p := &page{outline: newOutline(r), Report: r, SignatureURL: signatureURL(host, r.Corpus), BugsURL: bugsURL, Nothing: r.NothingKnown()}
	p.Percent = percent(r.Totals.Changed, max(1, r.Totals.Compared))
	if len(r.Groups) > 1 { // one says it all itself
		p.Flow = newFlow(r)
	}
	all := p.Concerns
	p.Concerns, _ = Limited(all, maxConcerns)
	p.MoreConcerns = all[len(p.Concerns):]
	// The script draws frames only when a group is opened: as HTML, they would be most of the page.
	p.Data = newWalkData(p.Groups, r.Samples)
	p.rows()
	return p
}

// LineURL is where the changed line of a row is on the web; empty where that isn't known.
func (p *page) LineURL(l lineOutline) string {
	if l.Change.Added {
		return p.Report.Candidate.lineURL(l.Change.Line)
	}
	return p.Report.Base.lineURL(l.Change.Line)
}

// policy is a content security policy under which the page runs its own style and script, and nothing is
// loaded from anywhere.
func policy(style, script []byte) string {
	// Only a script and a style with these very bytes are taken by the browser.
	hash := func(content []byte) string {
		sum := sha256.Sum256(content)
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	return fmt.Sprintf("default-src 'none'; style-src %s; script-src %s; img-src data:; base-uri 'none'; form-action 'none'",
		hash(style), hash(script))
}

// rows makes the groups.
func (p *page) rows() {
	// Never 0, to divide by.
	largest := 1
	for _, g := range p.Groups {
		largest = max(largest, g.Crashes)
	}
	// Where all groups have the same causes, they would be said again with each, and tell none apart.
	differ := slices.ContainsFunc(p.Groups, func(g groupOutline) bool { return !slices.EqualFunc(g.Causes, p.Groups[0].Causes, sameCause) })
	ids := map[compare.Cause]string{}
	for _, v := range p.Report.Lines {
		if !saysNoMore(v) { // such a line has no row
			ids[compare.CauseOf(v.Change)] = lineID(rowOf(v))
		}
	}
	for _, g := range p.Groups {
		row := htmlGroup{groupOutline: g, change: newChange(g.Base, g.Candidate), Share: strconv.FormatFloat(100*float64(g.Crashes)/float64(largest), 'f', 2, 64)}
		_, row.Walks = p.Data.Groups[g.ID]
		row.Causes = g.causes(ids)
		if differ && len(g.Why) > 0 {
			row.Because = g.Why[0]
			if more := len(g.Why) - 1; more > 0 {
				row.Because = append(slices.Clone(row.Because), say(fmt.Sprintf(", and %s", plural.Of(more, "more cause", "more causes")))...)
			}
		}
		p.Rows = append(p.Rows, row)
	}
}

func sameCause(a, b compare.CountedCause) bool { return a.Cause == b.Cause }

// filters finds what the groups can be filtered by.
func (p *page) filters() {
	lines, rules := &options{}, &options{}
	kinds := map[compare.GroupKind]int{}
	for i := range p.Rows {
		row := &p.Rows[i]
		kinds[row.Kind]++
		row.LineNumbers = strings.Join(each(row.Group.Causes, func(c compare.CountedCause) string {
			return lines.count(string(c.Line.List), causeText(c.Cause).String())
		}), " ")
		row.RuleNumbers = strings.Join(each(row.RuleChanges, func(change string) string { return rules.count("", change) }), " ")
	}
	p.Rules, p.Lists, p.lines = rules.list, lines.lists(), *lines
	for _, kind := range compare.GroupKinds() {
		if n := kinds[kind]; n > 0 {
			p.Kinds = append(p.Kinds, &filterOption{Text: string(kind), Groups: n})
		}
	}
}

// causes are the causes of a group. ids are those of the rows of changed lines.
func (g groupOutline) causes(ids map[compare.Cause]string) []htmlCause {
	causes := make([]htmlCause, len(g.Why))
	for i, why := range g.Why {
		causes[i].Text = why
		// Why has something else where a program is a side: then no cause has a line.
		if len(g.Why) == len(g.Causes) {
			causes[i].Line = ids[g.Causes[i].Cause]
		}
	}
	return causes
}

// Filter is the option that shows the groups a changed line is a cause of; nil when there are none.
func (p *page) Filter(l lineOutline) *filterOption {
	// The two lines of an edit are causes each by itself, and its row is of both.
	if i, ok := p.lines.number[causeText(compare.CauseOf(l.Change)).String()]; ok && l.Edit == nil {
		return p.lines.list[i]
	}
	return nil
}

// options gathers filter options, numbered in the order in which they come.
type options struct {
	list   []*filterOption
	number map[string]int
}

// count counts a group for an option, and tells the option's number.
// Options are told apart by their text alone, which has the list's name where there is one.
func (o *options) count(under, text string) string {
	if o.number == nil {
		o.number = map[string]int{}
	}
	i, known := o.number[text]
	if !known {
		// The number is what the page's script goes by, since texts of lines are long.
		i = len(o.list)
		o.number[text] = i
		o.list = append(o.list, &filterOption{Value: strconv.Itoa(i), Text: text, under: under})
	}
	o.list[i].Groups++
	return o.list[i].Value
}

// lists are the options under their headings.
func (o *options) lists() []filterList {
	var lists []filterList
	for _, option := range o.list {
		at := slices.IndexFunc(lists, func(l filterList) bool { return l.Name == option.under })
		if at < 0 {
			at = len(lists)
			lists = append(lists, filterList{Name: option.under})
		}
		lists[at].Lines = append(lists[at].Lines, option)
	}
	return lists
}

// GroupID names a group by its signatures alone, so that a link to it holds in every report that has the group.
// A group's place or number would not: others come before it in another report.
func GroupID(p compare.Pair) string { return "g" + shortDigest(p.Base, p.Candidate) }

// lineID names a changed line, wherever it stands in its list.
func lineID(c siglists.Change) string {
	return "l" + shortDigest(fmt.Sprint(c.Added), string(c.Line.List), c.Line.Text)
}

// shortDigest tells lists of strings apart: 48 bits, so that even among a hundred thousand two alike are not to be
// expected.
func shortDigest(parts ...string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q", parts))
	return fmt.Sprintf("%x", sum[:6])
}

// link is a text that leads somewhere; nowhere without an address.
type link struct{ Text, URL string }

// signatureURL is where the service's reports on signatures are, of the days that a corpus is of: a signature is put
// behind it. It is empty without a host.
// Days are UTC, and the last one is inside: the search ends before the day after it.
func signatureURL(host string, c Corpus) string {
	u := service(host)
	if u == nil {
		return ""
	}
	query := url.Values{}
	if last, err := time.Parse(time.DateOnly, c.Last); err == nil {
		query["date"] = []string{">=" + c.First, "<" + last.AddDate(0, 0, 1).Format(time.DateOnly)}
	}
	query.Set("signature", "") // the last by name
	return u.JoinPath("signature/").String() + "?" + query.Encode()
}

// bugsURL is where the bugs are that carry a signature, which is put behind it.
const bugsURL = bugzilla + "buglist.cgi?query_format=advanced&f1=cf_crash_signature&o1=substring&v1="

// commitURL is a commit of a repository on the web; empty where there is none.
func commitURL(repository, revision string) string {
	if repository == "" || revision == "" {
		return ""
	}
	return repository + "/commit/" + revision
}

// revision is a commit by its short hash, as a link where it is on the web.
type revision struct {
	link
	Title string // the whole hash
}

func newRevision(repository, hash string) revision {
	return revision{link{Commit{Revision: hash}.Short(), commitURL(repository, hash)}, hash}
}

// commitLinks is a commit with what it names as links.
type commitLinks struct {
	Day      string
	Revision revision
	Subject  []link
}

func newCommitLinks(repository string, c Commit) commitLinks {
	return commitLinks{day(c.Date), newRevision(repository, c.Revision), linked(repository, c.Subject)}
}

// lineURL is a line of the siglists of a side on the web; empty where it isn't known to be there.
// Only a commit has a line at a place that stays. A line of a directory, or of an edit, has none on the web.
func (s Side) lineURL(l siglists.Line) string {
	if s.Repository == "" || s.Revision == "" {
		return ""
	}
	return fmt.Sprintf("%s/blob/%s/%s#L%d", s.Repository, s.Revision, path.Join(s.Folder, l.List.File()), l.Number)
}

// numbers are how the subject of a commit names its bugs, in words or by the branch that was merged, and pull requests or
// issues: the web leads from either of these to what it is. "Bug #123456" is one number, of a bug.
var numbers = lazyregexp.New(`(?i)(?:\bbugs? *[-:#]?|/(?:bug)?-?) *([0-9]{5,8})\b|(?:^|[ (])(#[0-9]{1,6})\b`)

// linked is a commit's text with its bugs, and pull requests of a repository on the web, as links.
// Text and links together are the whole text again.
func linked(repository, text string) []link {
	var links []link
	end := 0
	for _, at := range numbers().FindAllStringSubmatchIndex(text, -1) {
		from, to, url := at[2], at[3], bugAddress
		switch {
		case from >= 0:
		case repository == "":
			continue
		default:
			from, to, url = at[4], at[5], repository+"/pull/"
		}
		links = append(links, link{Text: text[end:from]}, link{text[from:to], url + strings.TrimPrefix(text[from:to], "#")})
		end = to
	}
	return slices.DeleteFunc(append(links, link{Text: text[end:]}), func(l link) bool { return l.Text == "" })
}
