package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/fetch"
	"github.com/sigdiff/sigdiff/internal/edited"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/linesearch"
	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/internal/shell"
	"github.com/sigdiff/sigdiff/internal/spec"
	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists"
)

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
		chosen, err := line.Choose(ctx, r.client, *r.subject.query)
		if err != nil {
			return fmt.Errorf("searching for %s: %w", line.Line, err)
		}
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
		if all.IDs, r.near, err = linesearch.StandIns(ctx, r.client, *r.subject.query, r.subject.lines); err != nil {
			return err
		}
		r.app.note("no crash has what a line may match: %s stand in, to look for near misses", plural.Crashes(len(all.IDs)))
	}
	r.ids = all.IDs
	// The window and the query of all lines together are what reports tell an absent line by: see asSearched.
	r.provenance = r.client.Provenance(*r.subject.query, all, r.now)
	for _, line := range r.subject.lines {
		r.searched = append(r.searched, report.SearchedLine{
			Line: line.Line, Crashes: line.Crashes, Listed: line.Listed, Matching: line.Matching, Absent: line.Absent(),
			Unknown: line.Unknown(), Signatures: line.Top(),
		})
	}
	return nil
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
	only(f, "base", nil, "for")
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
	if o.edit == "" {
		return changes, nil
	}
	more, err := a.readEdit(o.edit)
	for _, c := range more {
		changes = append(changes, changedLine{Change: c})
	}
	return changes, err
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
	// The candidate first: it may know its own base.
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
	// Nothing to search for, or to ask a service about. Most often the SPECs are not those that were meant.
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
		subject.lines = append(subject.lines, linesearch.NewSearch(line, c.entangled, num))
		// The query of all lines together is kept with the corpus. Each line is searched for by itself: see linesearch.Search.
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
	// Not a default of the flag, which is all for a search.
	if !cmd.Flags().Changed("num") {
		o.num = perLine
	}
	// Comparisons read no raw crash, and each would cost a request.
	if !cmd.Flags().Changed("no-raw") {
		o.noRaw = true
	}
	// Only of one pull request: a corpus of several lines or SPECs has no name of its own, and is kept if --corpus
	// names it.
	if kind, word := spec.Parse(strings.Join(o.lines.what, "")); len(o.lines.what) == 1 && o.lines.edit == "" && !o.idsOnly && kind == spec.Pull {
		o.corpus = cmp.Or(o.corpus, strings.ReplaceAll(word, "/", "-"))
	}
}

// searchedLines is the search by 'fetch --for' that a corpus comes from; nil for none. Lines count as absent only where
// all that the service kept was searched, whatever the crashes were otherwise. Of several searches the last counts.
func searchedLines(provenance json.RawMessage) *report.Searched {
	var searched *report.Searched
	for _, p := range provenances(provenance) {
		// Only that of a search for lines has both.
		if p.Lines != nil && p.Window != nil {
			searched = p.asSearched()
		}
	}
	return searched
}

// provenances are where a corpus comes from, and what was added to it. One that can't be read is none.
func provenances(provenance json.RawMessage) []corpusProvenance {
	var from struct {
		corpusProvenance
		Added []corpusProvenance `json:"added"`
	}
	if json.Unmarshal(provenance, &from) != nil {
		return nil
	}
	// Oldest first, as they were added: of several searches the last counts.
	return append([]corpusProvenance{from.corpusProvenance}, from.Added...)
}

// origins are provenances, and those of the corpora that each was drawn from.
func origins(provenance json.RawMessage) (all []corpusProvenance) {
	for _, p := range provenances(provenance) {
		all = append(append(all, p), origins(p.Of)...)
	}
	return all
}

// lacksNotes say what a corpus lacks of what it was to be of, as was known when it was made. Figures can't speak of that.
func lacksNotes(provenance json.RawMessage) (notes []report.Note) {
	for _, text := range corpora.Lacks(provenance) {
		notes = append(notes, report.Note{Text: report.Sentence("the corpus is not complete: %s", text), Unknown: true})
	}
	return notes
}

func (p corpusProvenance) asSearched() *report.Searched {
	last := p.Window.To.Time
	// A window of whole days ends where the next day begins, of which nothing was searched.
	if p.Window.To.Exclusive {
		last = last.Add(-time.Microsecond)
	}
	return &report.Searched{
		Host: p.Host, First: p.Window.From.Time.Format(time.DateOnly), Last: last.Format(time.DateOnly), Lines: p.Lines,
		// "No crash has it" would be said of crashes that were never searched.
		All: p.Window.AllKept(p.Time) && p.Unfiltered("proto_signature"),
	}
}

// fetchFor is the command that fetches crashes for the changed lines; empty where no siglists differ.
// Of a pull request, fetch --for makes the corpus's name itself. Else one is given here, so that the crashes can be
// named later.
func (o *diffOptions) fetchFor(flags *pflag.FlagSet) string {
	words := []string{"sigdiff", "fetch"}
	switch kind, _ := spec.Parse(o.candidate); {
	case o.edit.file != "":
		words = append(words, "--edit", o.edit.file)
	case len(o.edit.add) > 0:
		return edited.FetchFor(o.edit.add)
	case o.candidate == "" || !spec.NamesLists(o.candidate) || o.base != "" && !spec.NamesLists(o.base):
		return ""
	default:
		words = append(words, "--for", o.candidate)
		if o.base != "" {
			words = append(words, "--base", o.base)
		}
		words = append(words, repeated(flags, "repo", "siglists-path", "remote")...)
		if kind == spec.Pull {
			return shell.Line(words)
		}
	}
	return shell.Line(append(words, "--corpus", "changed-lines"))
}
