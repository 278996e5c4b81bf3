package workbench

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/lint"
	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// asked is an edit as a page sends it.
// All of it comes each time, so that the server keeps nothing of a page, and may be another one than before.
type asked struct {
	Seq  int   `json:"seq"` // of the edits of the page
	Rows []Row `json:"rows"`
}

// part is a part of the answer to an edit. The parts come one after the other, each as a line of JSON.
type part struct {
	Seq      int      `json:"seq"`  // of the edit
	Part     string   `json:"part"` // rows, report, end; or rows, nothing; or error
	Headline string   `json:"headline,omitempty"`
	Rows     []string `json:"rows,omitempty"`    // what there is to say of each row at once, as HTML; empty of an empty row
	Touched  string   `json:"touched,omitempty"` // how many crashes have a frame which a line concerns
	Texts    []string `json:"texts,omitempty"`   // of each row, as HTML: what it does, in the end what it would do in the other list
	Command  string   `json:"command,omitempty"` // the command line that says the same
	Error    string   `json:"error,omitempty"`
	report.Fragment
}

// stream is the answer to one edit.
type stream struct {
	seq    int
	to     Answer
	budget *pyre.Budget // of the work on it
}

// send writes a part at once: the page shows it while the next is worked on. It says of which edit it is, since the page takes no part
// of an older one.
func (s stream) send(p part) error {
	// No figure holds that was made after the budget was used up.
	if s.budget.Spend(0) != nil {
		return errTooMuch
	}
	p.Seq = s.seq
	if err := report.WriteJSONLine(s.to, p); err != nil {
		return err
	}
	return s.to.Flush()
}

// answer answers an edit, part by part. A page that sends another gives up on this one, which ends the work.
func (w *Workbench) answer(ctx context.Context, r Request, to Answer) {
	var a asked
	if !readAsked(r, to, &a) {
		return
	}
	// As diff refuses them, but before any is parsed.
	if len(a.Rows) > siglists.MaxChanges {
		Fail(to, statusTooLarge, fmt.Errorf("more than %d lines", siglists.MaxChanges))
		return
	}
	to.Begin(statusOK, "application/x-ndjson")
	if err := w.within(ctx, func(b *pyre.Budget) error { return w.parts(ctx, stream{a.Seq, to, b}, a.Rows) }); err != nil {
		_ = stream{seq: a.Seq, to: to}.send(part{Part: "error", Error: err.Error()}) // nobody is left to be told that the page is gone
	}
}

// parts sends what there is to say of an edit, as soon as it is known.
func (w *Workbench) parts(ctx context.Context, s stream, rows []Row) error {
	// The order is that of what is known first: what is wrong with the rows in a few milliseconds, then the report, and in the
	// end edits that nobody has typed. The report is whole: a part of it that came before the rest would move when that comes.
	states := readRows(rows, w.Lists.Set)
	work, err := w.startRows(ctx, s.budget, states)
	if err != nil {
		return err
	}
	work.matched(states)
	if err := warn(ctx, s.budget, states); err != nil {
		return err
	}
	first := part{Part: "rows", Touched: fmt.Sprintf("looked at %s of %s", plural.Number(work.edited.Crashes), w.Crashes())}
	if first.Rows, err = said(states); err != nil {
		return err
	}
	if err := s.send(first); err != nil {
		return err
	}
	left := leftOut(states)
	if left > 0 && len(counted(states)) == 0 {
		return s.send(part{Part: "nothing", Headline: nothing(left)})
	}
	r, err := work.compare(ctx)
	if err != nil {
		return err
	}
	whole, err := work.whole(r, states)
	if err != nil {
		return err
	}
	whole.Headline, whole.Command = headline(r, left), w.Command.Line(counted(states))
	if err := s.send(whole); err != nil {
		return err
	}
	end := part{Part: "end", Texts: make([]string, len(states))}
	if r.NothingKnown() == "" { // else "0 change" would be true of the other list, too, and mean nothing
		// A budget of its own: what nobody has typed must not take the report back, which is right.
		if end.Texts, err = w.others(ctx, pyre.NewBudget(ctx, w.steps/4, nil), states, maxLookedAt); err != nil {
			return err
		}
	}
	return s.send(end)
}

// startRows starts the edit of the rows that count, leaving out those that don't go together with the rest.
func (w *Workbench) startRows(ctx context.Context, b *pyre.Budget, states []rowState) (*work, error) {
	for {
		// Rows that are right each for itself may not load together: two groups of one name, or too many bytes in all.
		work, err := w.start(ctx, b, counted(states))
		if err == nil {
			return work, nil
		}
		// Each round takes a row out, so that this ends.
		if !refuse(states, err) {
			return nil, err
		}
	}
}

// warn says of the added lines that can match no frame that they can't, unless others may give them another meaning.
func warn(ctx context.Context, b *pyre.Budget, states []rowState) error {
	var added []siglists.Line
	for _, change := range counted(states) {
		if change.Added {
			added = append(added, change.Line)
		}
	}
	// All at once: lint parses each line, and the lists need not be looked at for this.
	never, err := lint.Never(ctx, b, added)
	if err != nil {
		return fmt.Errorf("looking at the lines: %w", err)
	}
	for i := range states {
		// A warning that matching gave is the stronger one: then what lint says of the line alone may not hold.
		states[i].Warning = cmp.Or(states[i].Warning, never[states[i].change.Line])
	}
	return nil
}

// leftOut counts the rows that count for nothing.
// They are said with each figure: an edit that leaves something out must not look like the whole one.
func leftOut(states []rowState) int {
	return report.CountOf(states, func(s rowState) bool { return s.Problem != "" })
}

// headline is what the edit does, in a line; what it can't speak of is a part of it.
func headline(r *report.Report, left int) string {
	text := r.Title()
	if left > 0 {
		text += fmt.Sprintf(", without %s", plural.Of(left, "line that does not count", "lines that do not count"))
	}
	return text
}

// nothing is the headline where no row counts, of some that should. To say that no crash changes would be true, and mean nothing.
func nothing(left int) string {
	if left == 1 {
		return "The line does not count"
	}
	return "None of the lines counts"
}

// whole is the part with the report, and what each row does.
func (w *work) whole(r *report.Report, states []rowState) (p part, err error) {
	p.Part, p.Texts = "report", make([]string, len(states))
	if p.Fragment, err = w.fragments.Of(r); err != nil {
		return p, err
	}
	rows := rowsOf(states, w.edited.Changes())
	for i := range r.Lines {
		at := rows[i]
		if at < 0 {
			continue
		}
		if p.Texts[at], err = w.verdict(r, i); err != nil {
			return p, err
		}
	}
	return p, nil
}

// maxTried is how many lines an edit may have, to be tried in the other list: each try is an edit of as many lines.
const maxTried = 30

// maxLookedAt is how many crashes the tries of an edit may look at: a second or two.
const maxLookedAt = 50_000

// others tries the added lines of the prefix list in the irrelevant list, and the other way round. It looks at some crashes: of
// what concerns more, as broad lines do, it says only that no other crash can change.
func (w *Workbench) others(ctx context.Context, b *pyre.Budget, states []rowState, crashes int) ([]string, error) {
	texts, together := make([]string, len(states)), ""
	switch n := len(counted(states)); {
	// Nothing is said then, rather than something late: who pastes a list doesn't ask where each of its lines belongs.
	case n > maxTried:
		return texts, nil
	case n > 1:
		together = ", with the other lines"
	}
	for i := range states {
		other := otherList(states[i].change.Line.List)
		if !states[i].counts() || !states[i].change.Added || other == "" {
			continue
		}
		tried := slices.Clone(states)
		tried[i].change.Line.List = other
		text, err := w.try(ctx, b, counted(tried), &crashes)
		switch {
		// No error of the line: the page has another edit by now.
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		// Whatever came of it, which may be of lines that were not matched to the end.
		case b.Spend(0) != nil:
			text = "takes too long to match"
		case err != nil:
			return nil, err
		}
		if text != "" {
			texts[i] = "as " + other.Word() + together + ": " + text
		}
	}
	return texts, nil
}

// try says what an edit does, in a few words, and takes the crashes that it looked at from those left. It says nothing if the lines
// don't load.
func (w *Workbench) try(ctx context.Context, b *pyre.Budget, changes []siglists.Change, left *int) (string, error) {
	work, err := w.start(ctx, b, changes)
	if err != nil {
		return "", nil // the other list has the line, or can't hold it
	}
	if work.edited.Crashes > *left {
		return "up to " + plural.Number(work.edited.Crashes) + " change", nil
	}
	*left -= work.edited.Crashes
	tally, err := work.edited.Compare(ctx)
	if err != nil {
		return "", err
	}
	return plural.Number(tally.Totals().Changed) + " change, " + plural.Number(merging(tally)) + " merge", nil
}

func otherList(name siglists.Name) siglists.Name {
	return map[siglists.Name]siglists.Name{siglists.Prefix: siglists.Irrelevant, siglists.Irrelevant: siglists.Prefix}[name]
}

// merging counts the crashes that come to share a signature with others.
// It is the figure to compare two lists by: crashes that merge can't be told apart any more.
func merging(t *compare.Tally) int {
	n := 0
	for _, g := range t.Groups() {
		if g.Kind.Joins() {
			n += g.Crashes
		}
	}
	return n
}

// walk answers with the walks over the stacks of a crash.
func (w *Workbench) walk(ctx context.Context, r Request, to Answer) {
	var a struct {
		asked
		ID string `json:"id"`
	}
	if !readAsked(r, to, &a) {
		return
	}
	var walks report.Walks
	err := w.within(ctx, func(b *pyre.Budget) error {
		// The walk is of the edit as it is now, which may give the crash another signature than the page shows.
		crash, err := w.Base.Crash(a.ID) // which an old page may have of another corpus
		if err != nil {
			return err
		}
		work, err := w.startRows(ctx, b, readRows(a.Rows, w.Lists.Set))
		if err != nil {
			return err
		}
		result, err := work.edited.Explain(crash)
		walks = report.NewWalks(a.ID, result)
		return err
	})
	if err != nil {
		Fail(to, statusBad, err)
		return
	}
	answerJSON(to, statusOK, walks)
}
