package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sigdiff/sigdiff/fetch"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/internal/spec"
	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/pyre"
)

const (
	keptDays = 26 * 7 // how long the service keeps crashes
	perLine  = "50"   // how many crashes of a line are fetched, unless --num says otherwise
	// leastStem is how long a text has to be to be searched for: shorter ones are in nearly every crash.
	leastStem = 3
	// topSignatures are how many signatures of a line are named.
	topSignatures = 3
)

// forOptions are the flags that tell which changed lines crashes are fetched for.
type forOptions struct {
	specs specOptions
	what  []string
	base  string
	edit  string
}

func (o *forOptions) addFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringArrayVar(&o.what, "for", nil, "crashes that changed lines may concern: those of a pull request, pr/N, of a SPEC against --base, or one line, as LIST:TEXT")
	f.StringVar(&o.base, "base", "", "with --for: SPEC of the siglists before the change (default, of pr/N: its merge base)")
	f.StringVar(&o.edit, "edit", "", "crashes that the changed lines of this edit file may concern (- for stdin)")
	o.specs.addFlags(cmd)
}

func (o *forOptions) given() bool { return len(o.what) > 0 || o.edit != "" }

// lineSearch is a changed line, and what a search for it found.
type lineSearch struct {
	Line  string   `json:"line"`  // as in an edit file
	Stems []string `json:"stems"` // that are searched for: whatever the line matches contains one; null for none
	// Crashes that have one in proto_signature. Signatures are those of the latest, which were listed.
	Crashes    int              `json:"crashes"`
	Listed     int              `json:"listed"`
	Signatures []signatureCount `json:"signatures"`
}

type signatureCount struct {
	Signature string `json:"signature"`
	Crashes   int    `json:"crashes"`
}

// changedLines are the lines that crashes are fetched for.
func (a *app) changedLines(ctx context.Context, o forOptions) ([]siglists.Change, error) {
	var changes []siglists.Change
	for _, word := range o.what {
		more, err := a.changedBy(ctx, o, word)
		if err != nil {
			return nil, fmt.Errorf("--for: %w", err)
		}
		changes = append(changes, more...)
	}
	if o.edit != "" {
		more, err := a.readEdit(o.edit)
		if err != nil {
			return nil, err
		}
		changes = append(changes, more...)
	}
	return changes, nil
}

// changedBy are the lines that a SPEC changes, or the one line that is given itself.
func (a *app) changedBy(ctx context.Context, o forOptions, word string) ([]siglists.Change, error) {
	list, _, _ := strings.Cut(word, ":")
	if _, err := siglists.ParseName(list); err == nil {
		c, err := siglists.ParseChange(word, true)
		if err != nil {
			return nil, exit.Usagef("%w", err)
		}
		return []siglists.Change{c}, nil
	}
	if err := o.specs.CheckPair("fetch --for", o.base, word); err != nil {
		return nil, err
	}
	reader := a.specs(o.specs)
	candidate, err := reader.Load(ctx, word)
	if err != nil {
		return nil, err
	}
	var base spec.Loaded
	if o.base == "" {
		base, err = reader.LoadBase(ctx, candidate)
	} else {
		base, err = reader.Load(ctx, o.base)
	}
	if err != nil {
		return nil, fmt.Errorf("base: %w", err)
	}
	changes := siglists.Diff(base.Set, candidate.Set)
	if len(changes) == 0 {
		return nil, exit.Usagef("%s changes no line of the siglists of %s", word, base.Info.Spec)
	}
	return changes, nil
}

// searchLine says what is searched for to find the crashes that a line may concern.
func searchLine(c siglists.Change) (lineSearch, error) {
	line := lineSearch{Line: c.Edit()}
	if c.Line.List == siglists.Sentinels {
		line.Stems = []string{c.Line.Text}
	} else {
		p, err := pyre.Parse(c.Line.Text)
		if err != nil {
			return line, exit.Usagef("%s: %w", c.Edit(), err)
		}
		line.Stems = p.Stems()
	}
	if slices.ContainsFunc(line.Stems, func(stem string) bool { return len(stem) < leastStem }) {
		line.Stems = nil
	}
	return line, nil
}

// forSubject is the search for the crashes that changed lines may concern: of all lines together, which is where the
// corpus comes from, and line by line, which is how they are found.
func (a *app) forSubject(ctx context.Context, o *fetchOptions, args []string, now time.Time) (fetchSubject, error) {
	if len(args) > 0 || o.idsFile != "" || o.url != "" {
		return fetchSubject{}, exit.Usagef("name the crashes in one way: --for and --edit are a search of their own, and go with filters such as --date and --product alone")
	}
	changes, err := a.changedLines(ctx, o.lines)
	if err != nil {
		return fetchSubject{}, err
	}
	query, err := o.query(now)
	if err != nil {
		return fetchSubject{}, err
	}
	if o.filters.Dates == nil {
		query.Window.To.Time = now.UTC().Truncate(time.Microsecond)
		query.Window.From.Time = query.Window.To.Time.AddDate(0, 0, -keptDays)
	}
	subject := fetchSubject{query: query}
	for _, c := range changes {
		line, err := searchLine(c)
		if err != nil {
			return fetchSubject{}, err
		}
		subject.lines = append(subject.lines, line)
		query.Terms["proto_signature"] = append(query.Terms["proto_signature"], contains(line.Stems)...)
	}
	if len(query.Terms["proto_signature"]) == 0 {
		return fetchSubject{}, exit.Usagef("none of %s has a text of %d characters that whatever it matches contains: there is nothing to search for", plural.Of(len(changes), "changed line", "changed lines"), leastStem)
	}
	return subject, nil
}

// contains are texts as a Super Search has them, of which any will do.
func contains(texts []string) []string {
	values := make([]string, len(texts))
	for i, text := range texts {
		values[i] = "~" + text
	}
	return values
}

// forDefaults sets the defaults of a search for lines: of each so many, without their raw crashes, in a corpus that has the name of
// the pull request.
func (o *fetchOptions) forDefaults(cmd *cobra.Command) {
	if !cmd.Flags().Changed("num") {
		o.num = perLine
	}
	if !cmd.Flags().Changed("no-raw") {
		o.noRaw = true
	}
	if kind, word := spec.Parse(strings.Join(o.lines.what, "")); len(o.lines.what) == 1 && !o.idsOnly && (kind == spec.Pull || kind == spec.Merge) {
		o.corpus = cmp.Or(o.corpus, strings.ReplaceAll(word, "/", "-"))
	}
}

// searchLines lists the crashes of each line, the latest first: one request a line, up to a page of them.
func (r *fetchRun) searchLines(ctx context.Context) error {
	r.app.note("searching %s, date %s", r.client.Origin(), r.subject.query.Window)
	all := &fetch.Listing{}
	for i := range r.subject.lines {
		line := &r.subject.lines[i]
		if line.Stems == nil {
			continue
		}
		listing, err := r.searchOne(ctx, line)
		r.screen.done()
		if err != nil {
			return fmt.Errorf("searching for %s: %w", line.Line, err)
		}
		for _, id := range listing.IDs {
			if !slices.Contains(all.IDs, id) {
				all.IDs = append(all.IDs, id)
			}
		}
		all.Incomplete = append(all.Incomplete, listing.Incomplete...)
	}
	r.ids = all.IDs
	r.provenance = r.client.Provenance(*r.subject.query, all, r.now)
	return nil
}

func (r *fetchRun) searchOne(ctx context.Context, line *lineSearch) (*fetch.Listing, error) {
	q := *r.subject.query
	q.Terms = url.Values{}
	for field, values := range r.subject.query.Terms {
		q.Terms[field] = values
	}
	q.Terms["proto_signature"] = contains(line.Stems)
	counts := map[string]int{}
	listing, err := r.client.List(ctx, q, fetch.ListOptions{
		Columns: []string{"signature"}, Progress: r.screen.listed,
		Hit: func(h fetch.Hit) error {
			var columns struct{ Signature string }
			err := json.Unmarshal(h.Columns, &columns)
			counts[columns.Signature]++
			return err
		},
	})
	if err != nil {
		return nil, err
	}
	line.Crashes, line.Listed, line.Signatures = listing.Total, len(listing.IDs), []signatureCount{}
	for signature, n := range counts {
		line.Signatures = append(line.Signatures, signatureCount{signature, n})
	}
	slices.SortFunc(line.Signatures, func(a, b signatureCount) int {
		return cmp.Or(cmp.Compare(b.Crashes, a.Crashes), cmp.Compare(a.Signature, b.Signature))
	})
	return listing, nil
}

// String says what a search for a line found.
func (l lineSearch) String() string {
	switch {
	case l.Stems == nil:
		return fmt.Sprintf("%s: not searched for, since it has no text that whatever it matches contains", l.Line)
	case l.Crashes == 0:
		return fmt.Sprintf("%s: in no crash", l.Line)
	}
	var top []string
	for _, s := range l.Signatures[:min(topSignatures, len(l.Signatures))] {
		top = append(top, fmt.Sprintf("%d %s", s.Crashes, s.Signature))
	}
	if more := len(l.Signatures) - topSignatures; more > 0 {
		top = append(top, plural.Of(more, "more signature", "more signatures"))
	}
	latest := ""
	if l.Listed < l.Crashes {
		latest = fmt.Sprintf("of the latest %d: ", l.Listed)
	}
	return fmt.Sprintf("%s: in %s (%s%s)", l.Line, plural.Crashes(l.Crashes), latest, strings.Join(top, ", "))
}

// printLines says what the searches for lines found.
func (r *fetchRun) printLines() {
	for _, line := range r.subject.lines {
		fmt.Fprintln(r.app.stdout, visible(line.String()))
	}
}
