package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sigdiff/sigdiff/engine/screen"
	"github.com/sigdiff/sigdiff/fetch"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/linesearch"
	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/internal/spec"
	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/lint"
)

const (
	// topSignatures are how many signatures of a line are named.
	topSignatures = 3
	// seldomSignatures are how many signatures that none of the latest crashes has are asked for, in one request.
	seldomSignatures = 8
	// mostNear are how many texts near a line's are searched for at once.
	mostNear = 8
)

// lineColumns are what is looked at of the crashes that searches for lines find.
var lineColumns = []string{"signature", "platform", "version", "proto_signature"}

// lineSearch is a changed line, and what a search for it found.
type lineSearch struct {
	Line  string   `json:"line"`  // as in an edit file
	Stems []string `json:"stems"` // that are searched for: whatever the line matches contains one; null for none
	// Crashes that have one in proto_signature. Signatures, the most frequent, and Weeks are of all of them.
	Crashes    int              `json:"crashes"`
	Signatures []signatureCount `json:"signatures"`
	Weeks      []weekCount      `json:"weeks"`
	// Listed are those looked at, mostly the latest; Matching those that have a frame that the line matches, as far as
	// proto_signature tells; Chosen those that are fetched.
	Listed   int `json:"listed"`
	Matching int `json:"matching"`
	Chosen   int `json:"chosen"`
	// Incomplete says what may be missing.
	Incomplete []string `json:"incomplete,omitempty"`

	of       linesearch.Line
	unsure   bool // it may match more than it does by itself
	num      int  // how many are chosen at most
	possible int  // how many of those looked at may have a frame that the line matches
}

type signatureCount struct {
	Signature string `json:"signature"`
	Crashes   int    `json:"crashes"`
}

type weekCount struct {
	From    string `json:"from"` // its Monday
	Crashes int    `json:"crashes"`
}

// absent tells that no crash has what the line would match: none has its text, or all were looked at, and have it within
// other frames. A line that was not searched for is not absent, nor is one of which an answer was partial, or that other
// lines let match more.
func (l lineSearch) absent() bool {
	return l.Stems != nil && !l.unsure && l.Crashes == l.Listed && l.possible == 0 && len(l.Incomplete) == 0
}

// searchLines looks for the crashes of each line, and chooses some.
func (r *fetchRun) searchLines(ctx context.Context) error {
	r.app.note("searching %s, date %s", r.client.Origin(), r.subject.query.Window)
	all, has := &fetch.Listing{}, map[string]bool{}
	for i := range r.subject.lines {
		line := &r.subject.lines[i]
		// Nothing can be searched for, such as for .*; the corpus says so of the line.
		if line.Stems == nil {
			continue
		}
		found, err := r.lookFor(ctx, line)
		if err != nil {
			return fmt.Errorf("searching for %s: %w", line.Line, err)
		}
		chosen := linesearch.Spread(found, line.num)
		line.Chosen = len(chosen)
		for _, id := range chosen {
			if !has[id] {
				has[id] = true
				// A crash that several lines may concern is fetched once, and counts as chosen for each.
				all.IDs = append(all.IDs, id)
			}
		}
		all.Incomplete = append(all.Incomplete, line.Incomplete...)
	}
	// Where an answer was partial, crashes may be there: nothing stands in for them.
	if len(all.IDs) == 0 && len(all.Incomplete) == 0 && r.opts.corpus != "" {
		var err error
		if all.IDs, err = r.standIns(ctx); err != nil {
			return err
		}
	}
	r.ids = all.IDs
	// The window and the query of all lines together are what reports tell an absent line by: see asSearched.
	r.provenance = r.client.Provenance(*r.subject.query, all, r.now)
	for _, line := range r.subject.lines {
		r.searched = append(r.searched, report.SearchedLine{
			Line: line.Line, Crashes: line.Crashes, Listed: line.Listed, Matching: line.Matching, Absent: line.absent(),
			Unknown: line.Stems == nil || line.unsure || line.Incomplete != nil, Signatures: line.top(),
		})
	}
	return nil
}

// standIns are crashes to compare with where no crash has what one of the lines may match, so that reports can say so: some
// with a frame that is near one that was meant, else the latest.
func (r *fetchRun) standIns(ctx context.Context) ([]string, error) {
	for _, line := range r.subject.lines {
		r.near = append(r.near, line.of.Near()...)
	}
	slices.Sort(r.near)
	r.near = slices.Compact(r.near)
	r.near = r.near[:min(len(r.near), mostNear)]
	query := *r.subject.query
	var found []linesearch.Found
	// Without a text, the query finds the latest crashes of the filters.
	for _, near := range [][]string{r.near, nil} {
		if near == nil && len(found) > 0 {
			break
		}
		l, err := r.client.Look(ctx, query.With("proto_signature", near), lineColumns, []string{"signature"})
		if err != nil {
			return nil, err
		}
		for _, h := range l.Hits {
			f, _, err := (&lineSearch{}).found(h)
			if err != nil {
				return nil, err
			}
			found = append(found, f)
		}
	}
	ids := linesearch.Spread(found, query.Num)
	r.app.note("no crash has what a line may match: %s stand in, to look for near misses", plural.Crashes(len(ids)))
	return ids, nil
}

// lookFor finds crashes of a line: the latest, and where there are more than a request lists, some of signatures that none
// of these has, and of frames that begin as the line does.
func (r *fetchRun) lookFor(ctx context.Context, line *lineSearch) ([]linesearch.Found, error) {
	// Several looks may bring one crash. What was found first stays, so that all is in the order of the looks.
	found := map[string]bool{}
	var all []linesearch.Found
	look := func(q fetch.Query) (*fetch.Look, error) {
		l, err := r.client.Look(ctx, q, lineColumns, []string{"signature"})
		if err != nil {
			return nil, err
		}
		for _, h := range l.Hits {
			f, may, err := line.found(h)
			if err != nil {
				return nil, err
			}
			if !found[f.ID] {
				found[f.ID] = true
				all = append(all, f)
				line.Listed++
				if may {
					line.possible++
				}
				if f.Sure {
					line.Matching++
				}
			}
		}
		return l, nil
	}
	query := r.subject.query.With("proto_signature", line.of.Contains())
	l, err := look(query)
	if err != nil {
		return nil, err
	}
	// The first look alone counts all crashes of the line; those that follow are about a part of them.
	line.take(l)
	// Not beside --signature, which already says which signatures are wanted.
	if seldom := line.seldom(all); seldom != nil && query.Terms["signature"] == nil {
		if _, err = look(query.With("signature", seldom)); err != nil {
			return nil, err
		}
	}
	// The text of the line may stand in the middle of longer names. A frame that begins with it is likelier to be
	// matched.
	if line.Crashes > line.Listed && line.Matching == 0 {
		if _, err = look(query.With("proto_signature", line.of.Begins())); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// found is a hit as a crash to choose from. may tells whether it may have a frame that the line matches.
func (l *lineSearch) found(h fetch.Hit) (f linesearch.Found, may bool, err error) {
	var columns struct {
		Signature, Platform, Version string
		Proto                        string `json:"proto_signature"`
	}
	err = json.Unmarshal(h.Columns, &columns)
	f = linesearch.Found{
		ID: h.ID, Keys: []string{columns.Signature, columns.Platform, columns.Version},
		// A frame may contain the separator, so that a match can be missed: such a crash is only not chosen first.
		Sure: l.of.Frame(linesearch.Frames(columns.Proto)) >= 0,
	}
	// A search that found it by its frames, and doesn't show them, says nothing of them.
	return f, columns.Proto == "" || screen.IsCut(columns.Proto) || l.of.MayMatch(columns.Proto), err
}

// take keeps what a look tells of all crashes.
func (l *lineSearch) take(look *fetch.Look) {
	l.Crashes, l.Incomplete = look.Total, look.Incomplete
	l.Signatures = []signatureCount{}
	for _, t := range look.Terms["signature"] {
		l.Signatures = append(l.Signatures, signatureCount{fmt.Sprint(t.Term), t.Count})
	}
	weeks := map[string]int{}
	for _, d := range look.Days {
		if day, err := fetch.ParseTime(fmt.Sprint(d.Term)); err == nil {
			// Go's weeks begin on Sunday, those of the report on Monday.
			sinceMonday := (int(day.Weekday()) + 6) % 7
			weeks[day.AddDate(0, 0, -sinceMonday).Format(time.DateOnly)] += d.Count
		}
	}
	l.Weeks = []weekCount{}
	for _, monday := range slices.Sorted(maps.Keys(weeks)) {
		l.Weeks = append(l.Weeks, weekCount{monday, weeks[monday]})
	}
}

// seldom are the most frequent signatures that none of the crashes has, as values of a search.
func (l *lineSearch) seldom(listed []linesearch.Found) (values []string) {
	for _, s := range l.Signatures {
		has := func(f linesearch.Found) bool { return f.Keys[0] == s.Signature }
		if len(values) < seldomSignatures && !slices.ContainsFunc(listed, has) {
			// Super Search's operator for exactly this text.
			values = append(values, "="+s.Signature)
		}
	}
	return values
}

// top are the most frequent signatures.
func (l lineSearch) top() (signatures []string) {
	for _, s := range l.Signatures[:min(topSignatures, len(l.Signatures))] {
		signatures = append(signatures, s.Signature)
	}
	return signatures
}

// String says what a search for a line found.
func (l lineSearch) String() string {
	line := lint.Quote(l.Line) // many end in colons
	switch {
	case l.Stems == nil:
		return fmt.Sprintf("%s: not searched for, since it has no text that whatever it matches contains", line)
	case l.absent() && l.Crashes > 0:
		return fmt.Sprintf("%s: in no crash; %s its text within other frames", line, plural.Of(l.Crashes, "crash has", "crashes have"))
	case l.absent():
		return fmt.Sprintf("%s: in no crash", line)
	// The count is 0, and yet absent is false: the answer was partial.
	case l.Crashes == 0:
		return fmt.Sprintf("%s: in no crash that came, and the service's answer is partial", line)
	}
	var top []string
	for _, s := range l.Signatures[:min(topSignatures, len(l.Signatures))] {
		top = append(top, fmt.Sprintf("%s %s", plural.Number(s.Crashes), s.Signature))
	}
	if more := len(l.Signatures) - topSignatures; more > 0 {
		top = append(top, plural.Of(more, "more signature", "more signatures"))
	}
	text := fmt.Sprintf("%s: in %s (%s)", line, plural.Crashes(l.Crashes), strings.Join(top, ", "))
	if n := len(l.Weeks); n > 1 {
		most := slices.MaxFunc(l.Weeks, func(a, b weekCount) int { return cmp.Compare(a.Crashes, b.Crashes) })
		text += fmt.Sprintf(", in %s from %s to %s, %s in that of %s", plural.Of(n, "week", "weeks"), l.Weeks[0].From, l.Weeks[n-1].From, plural.Number(most.Crashes), most.From)
	}
	if l.Matching == 0 {
		text += fmt.Sprintf("; none of %s has a frame that it matches", plural.Number(l.Listed))
	}
	return text
}

// printLines says what the searches for lines found.
func (r *fetchRun) printLines() {
	for _, line := range r.subject.lines {
		fmt.Fprintln(r.app.stdout, visible(line.String()))
	}
	// Super Search has no frames of a hang's other threads: what is not found by them is said to the reader.
	if r.subject.lines != nil {
		r.app.note("of a shutdownhang, proto_signature has the frames of thread 0 alone: its other frames were not searched")
	}
}

const (
	perLine = 50 // how many crashes of a line are fetched, unless --num says otherwise
	// mostPerLine is how many crashes a request lists.
	mostPerLine = 1000
)

// forOptions are the flags that tell which changed lines crashes are fetched for.
type forOptions struct {
	specs specOptions
	what  []string // each pr/N, another SPEC, or LIST:TEXT
	base  string   // of a SPEC; empty: its own
	edit  string   // a path, - for stdin; empty: none
}

func (o *forOptions) addFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringArrayVar(&o.what, "for", nil, "crashes that changed lines may concern: those of a pull request, pr/N, of a SPEC against --base, or one line, as LIST:TEXT")
	f.StringVar(&o.base, "base", "", "with --for: SPEC of the siglists before the change (default, of pr/N: its merge base)")
	f.StringVar(&o.edit, "edit", "", "crashes that the changed lines of this edit file may concern (- for stdin)")
	o.specs.addFlags(cmd)
	for _, name := range []string{"repo", "siglists-path", "remote"} {
		only(f, name, nil, "for", "edit")
	}
}

func (o *forOptions) given() bool { return len(o.what) > 0 || o.edit != "" }

// changedLine is a line that crashes are fetched for.
type changedLine struct {
	siglists.Change
	// edit tells of a line, removed or added, that another one takes the place of, or that takes the place of another.
	edit bool
	// entangled tells of a line that may match something else for the others of its list: see siglists.Entangled.
	entangled bool
}

// changedLines are the lines that crashes are fetched for.
func (a *app) changedLines(ctx context.Context, o forOptions) ([]changedLine, error) {
	var changes []changedLine
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
		for _, c := range more {
			changes = append(changes, changedLine{Change: c})
		}
	}
	return changes, nil
}

// changedBy are the lines that a SPEC changes, or the one line that is given itself.
func (a *app) changedBy(ctx context.Context, o forOptions, word string) (lines []changedLine, err error) {
	// A SPEC may contain a colon, too, as git:main does: a line is what begins with the name of a list.
	list, _, isPair := strings.Cut(word, ":")
	_, noList := siglists.ParseName(list)
	if noList == nil {
		c, err := siglists.ParseChange(word, true)
		if err != nil {
			return nil, exit.Usagef("%w", err)
		}
		// It counts as added. Of a removed line the same crashes are searched for.
		return []changedLine{{Change: c}}, nil
	}
	switch err := o.specs.CheckPair("fetch --for", o.base, word); {
	case err != nil && isPair:
		return nil, exit.Usagef("%w; as a SPEC, %w", noList, err)
	case err != nil:
		return nil, err
	}
	base, candidate, changes, err := changedSides(ctx, a.specs(o.specs), o.base, word)
	if err != nil {
		return nil, err
	}
	entangled := siglists.Entangled(base.Set, candidate.Set)
	for i, other := range siglists.Edits(base.Set, candidate.Set, changes) {
		lines = append(lines, changedLine{changes[i], other >= 0, entangled})
	}
	return lines, nil
}

// changedSides are the siglists of a SPEC, those of its base, and the lines in which they differ.
func changedSides(ctx context.Context, reader *spec.Reader, baseSpec, word string) (base, candidate spec.Loaded, changes []siglists.Change, err error) {
	if candidate, err = reader.Load(ctx, word); err != nil {
		return base, candidate, nil, err
	}
	if baseSpec == "" {
		base, err = reader.LoadBase(ctx, candidate)
	} else {
		base, err = reader.Load(ctx, baseSpec)
	}
	if err != nil {
		return base, candidate, nil, fmt.Errorf("base: %w", err)
	}
	if changes = siglists.Diff(base.Set, candidate.Set); len(changes) == 0 {
		return base, candidate, nil, exit.Usagef("%s changes no line of the siglists of %s", word, base.Info.Spec)
	}
	return base, candidate, changes, nil
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
	// 0 is --num all. A request lists no more crashes to choose from.
	if o.num < 1 || o.num > mostPerLine {
		return fetchSubject{}, exit.Usagef("--num %s: of each changed line, 1 to %d crashes are chosen", (*countOrAll)(&o.num), mostPerLine)
	}
	query, err := o.query(now)
	if err != nil {
		return fetchSubject{}, err
	}
	if o.filters.Dates == nil {
		// A line is looked for in all that the service keeps, unless --date says otherwise: only then can it be
		// absent.
		query.Window = fetch.Kept(now)
	}
	subject := fetchSubject{query: query}
	for _, c := range changes {
		line, err := linesearch.New(c.Change)
		if err != nil {
			return fetchSubject{}, exit.Usagef("%w", err)
		}
		num := query.Num
		if c.edit { // both are as one line to who changed it, and share what one may take
			num = (num + 1) / 2
		}
		subject.lines = append(subject.lines, lineSearch{Line: c.Edit(), Stems: line.Stems, of: line, unsure: c.entangled, num: num})
		// The query of all lines together is kept with the corpus. Each line is searched for by itself: see lookFor.
		query.Terms["proto_signature"] = append(query.Terms["proto_signature"], line.Contains()...)
	}
	if len(query.Terms["proto_signature"]) == 0 {
		return fetchSubject{}, exit.Usagef("none of %s has a text of %d characters that whatever it matches contains: there is nothing to search for", plural.Of(len(changes), "changed line", "changed lines"), linesearch.LeastStem)
	}
	return subject, nil
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
	// Only of one pull request: a corpus of several lines or SPECs has no name of its own, and is kept if --corpus
	// names it.
	if kind, word := spec.Parse(strings.Join(o.lines.what, "")); len(o.lines.what) == 1 && !o.idsOnly && (kind == spec.Pull || kind == spec.Merge) {
		o.corpus = cmp.Or(o.corpus, strings.ReplaceAll(word, "/", "-"))
	}
}
