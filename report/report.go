// Package report renders comparisons: one model, made from a tally, and a file for each format. Each other document has a
// file of its own.
package report

import (
	"context"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/concerns"
	"github.com/sigdiff/sigdiff/engine/facts"
	"github.com/sigdiff/sigdiff/siglists/lint"
)

// Side is what a side of the comparison was made with.
type Side struct {
	Spec     string `json:"spec"`               // as the user gave it
	Kind     string `json:"kind"`               // dir, git, edit, recorded, accepted, exec or python
	Revision string `json:"revision,omitempty"` // the commit's hash, in full
	Date     string `json:"date,omitempty"`     // of the commit, RFC 3339 in UTC
	Subject  string `json:"subject,omitempty"`  // of the commit
	Digest   string `json:"digest,omitempty"`   // of the siglists
	Rules    string `json:"rules,omitempty"`    // when they are not the default
	Results  string `json:"results,omitempty"`  // identifies accepted results
	// Changes are the changed lines of an edit, as lines of an edit file.
	Changes []string `json:"changes,omitempty"`
	// Notes say what a reader must know about the siglists, such as that they are of another age.
	Notes []string `json:"notes,omitempty"`
	// Repository is where the repository of the commit is on the web, Folder the place of the siglists in it; empty where
	// that isn't known. They are for links.
	Repository string `json:"-"`
	Folder     string `json:"-"`
	// Code is nil where Socorro's code on this side is what the engine follows, or isn't known.
	Code *SideCode `json:"code,omitempty"`
}

// IsProgram tells a side whose signatures a program made: of no line is it known what it does.
func (s Side) IsProgram() bool { return s.Kind == "exec" || s.Kind == "python" }

// isLists tells a siglist set from a program and from signatures that are there already.
func (s Side) isLists() bool { return !s.IsProgram() && s.Kind != "recorded" && s.Kind != "accepted" }

// notByLists is the cause of what a program changes.
const notByLists = "not by lists"

// Corpus is what was compared.
type Corpus struct {
	Name    string `json:"name"`
	Crashes int    `json:"crashes"`
	Digest  string `json:"digest"`
	// Products are those of the crashes compared, most crashes first; First and Last are their first and last day,
	// YYYY-MM-DD.
	Products []string `json:"products,omitempty"`
	First    string   `json:"first,omitempty"`
	Last     string   `json:"last,omitempty"`
	// Searched is the search that the crashes come from; nil for none.
	Searched *Searched `json:"searched,omitempty"`
}

// Report is a comparison, ready to render.
type Report struct {
	Base, Candidate Side
	Corpus          Corpus
	Code            *CodeChange // nil where both sides have the same code, or it isn't known
	Notes           []Note      // what was found beside the crashes: of the sides, or of what was compared
	StaleBefore     string      // RFC 3339: changed crashes processed before it are counted as stale; or empty
	Totals          compare.Totals
	Concerns        []concerns.Concern // what to look at first, the gravest first
	Groups          []compare.Group
	Facts           facts.Facts
	Signatures      []compare.SignatureCount
	Lint            []lint.Finding    // of the added lines
	Lines           []compare.Verdict // of the lines that differ; none when no crash was compared
	Missing         []string
	Fetchable       int // of the missing crashes: as PartHead.Fetchable
	Failures        []compare.Failure
	Expect          *Expectations // nil unless something was expected
	// Samples are explained crashes by id. Of each group, the HTML report shows the walks of the first
	// example that is here.
	Samples map[string]compare.Comparison
	// Weights is nil unless pings were counted.
	Weights *Weights
	// Bugs is nil unless the service was asked.
	Bugs *Bugs
	// Fetch is the command that gets crashes which the changed lines may concern; empty for none.
	Fetch string
	// Screening is nil unless crashes were screened.
	Screening *Screening
	// Program is the version of sigdiff, Command the command that makes the report again; either may be empty. Reports
	// for programs leave them out: the same comparison is the same bytes.
	Program, Command string

	unsure      bool // a line takes too much work to tell all of its concerns
	noStrangers bool // crashes came to share signatures, and whether their stacks are alike is not known
}

// New makes the report of a tally. It fails only when it is cancelled.
// The rest of a Report, from Code on, is set by who makes it, as far as it is known.
func New(ctx context.Context, base, candidate Side, corpus Corpus, t *compare.Tally) (*Report, error) {
	r := &Report{
		Base: base, Candidate: candidate, Corpus: corpus, Totals: t.Totals(), Groups: t.Groups(),
		Signatures: t.Signatures(), Missing: t.Missing(), Failures: t.Failures(),
	}
	var group errgroup.Group
	group.Go(func() error {
		r.Facts = facts.New(t.Pairs(), r.Groups)
		return nil
	})
	if r.Totals.Compared > 0 { // else nothing can be told of a line
		group.Go(func() (err error) {
			r.Lines = t.Verdicts()
			var all bool
			r.Concerns, all, err = concerns.Find(ctx, t)
			r.unsure = !all
			return err
		})
	}
	r.Corpus.Products = t.Products()
	days := t.Dates()
	r.Corpus.First, r.Corpus.Last = days.First, days.Last
	if err := group.Wait(); err != nil {
		return nil, err
	}
	// The tally says of such a line only that no frame matches. That none can is found out by looking at the line.
	for i, v := range r.Lines {
		if slices.ContainsFunc(r.Concerns, func(c concerns.Concern) bool { return c.Kind == concerns.Never && isOf(c, v) }) {
			r.Lines[i].Kind = compare.Never
		}
	}
	// Only merges can bring strangers together: without one there is nothing to say.
	merges := slices.ContainsFunc(r.Groups, func(g compare.Group) bool { return g.Kind.Joins() })
	if _, known := t.Strangers(); merges && !known && base.isLists() && candidate.isLists() {
		r.noStrangers = true
		r.Notes = append(r.Notes, Note{Text: say("whether the crashes that come to share a signature have stacks in common was not looked at: merged parts hold no stacks")})
	}
	return r, nil
}

// Unable says how many crashes could not be compared; empty when all were.
func (r *Report) Unable() string {
	return notAll(r.Totals.Crashes, "compared", r.Totals.Missing, r.Totals.Failed)
}

// Headline says in a line how many crashes change.
func (r *Report) Headline() string { return totalsText(r.Totals) }

// Options say how much a report for people shows.
type Options struct {
	// Limit is how many groups, signatures, and lines of each verdict the table and Markdown show; 0 means
	// all. How many were left out is said.
	Limit int
	// Host is the address of the crash reports that links lead to, without a slash at its end. Without one
	// there are no links.
	Host string
	// Width is the terminal's, in columns; 0 where there is none, and lines may have any length.
	Width int
	// Color is whether the table may use colours.
	Color bool
	// All is whether the history for people names the commits that changed nothing, too.
	All bool
	// By is what a row of the CSV report is: ByCrash, the default, or ByGroup.
	By string
}

// What a row of the CSV report can be.
const (
	ByCrash = "crash"
	ByGroup = "group"
)

// PageFormats are the formats of a comparison that a page offers.
func PageFormats() Formats[*Report] {
	return Formats[*Report]{"report", []writer[*Report]{{"json", inJSON(reportJSON)}, {"markdown", inMarkdown((*markdownWriter).report)}, {"html", inHTML("page.html.tmpl", reportPage, "style.css", "dom.js", "fragment.js", "keys.js", "walks.js", "page.js")}}}
}

// ComparisonFormats are all formats of a comparison.
func ComparisonFormats() Formats[*Report] {
	f := PageFormats()
	f.writers = slices.Concat([]writer[*Report]{{"text", inText((*Text).report)}, {"csv", reportCSV}}, f.writers, []writer[*Report]{{"ids", reportIDs}})
	return f
}

// NeedsChanged tells whether a format names every changed crash, so that compare.Options.Changed must have
// been set for its report.
func NeedsChanged(format string, o Options) bool {
	return format == "ids" || format == "csv" && o.By != ByGroup
}

// CountOf is of how many of a list something holds.
func CountOf[T any](list []T, holds func(T) bool) (n int) {
	for _, one := range list {
		if holds(one) {
			n++
		}
	}
	return n
}

// Limited is the part of a list that is shown, and how many are left out.
// A limit of 0, or below, is none.
func Limited[T any](list []T, limit int) ([]T, int) {
	if limit <= 0 || len(list) <= limit {
		return list, 0
	}
	return list[:limit], len(list) - limit
}
