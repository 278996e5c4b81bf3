// Package workbench shows in a browser what an edit of siglists does to the crashes of a corpus, while it is typed. Nothing
// of an edit is kept: pages send all of it each time.
package workbench

import (
	"context"
	"errors"
	"fmt"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/edited"
	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// Config is what a workbench shows.
type Config struct {
	Base     *compare.Base `json:"-"`
	Lists    edited.Lists  `json:"-"` // that the base's signatures were made with
	Rules    string        // likewise
	Corpus   report.Corpus
	Notes    []report.Note    // that hold for every edit
	Searched *report.Searched // what the crashes were searched for
	Host     string           // of links to crash reports
	Folder   string           // where the files of the lists are, for patches
	Command  Command
}

// Workbench answers pages. Make it with New.
type Workbench struct {
	Config
	fragments *report.Fragments
	slots     chan struct{} // one is held for each edit that is worked on
	steps     int           // that the matching of one edit may take
}

// atOnce is how many edits are worked on at once. Others wait.
// Two, so that who types need not wait for who reads a report. More would only slow each other down.
const atOnce = 2

// examples is how many example crashes a group names, as in diff.
const examples = 5

// maxShown is how many groups a page shows.
const maxShown = 200

// NewBase loads the crashes of a source, and makes their signatures as a report of diff needs them.
func NewBase(ctx context.Context, src crashdata.Source, side *signatures.Generator, workers int) (*compare.Base, error) {
	// Changed is what expected.csv is made from.
	return compare.NewBase(ctx, src, side, compare.Options{Workers: workers, Examples: examples, Changed: true})
}

// New makes a workbench.
func New(c Config) *Workbench {
	fragments := report.NewFragments(report.Options{Limit: maxShown, Host: c.Host})
	return &Workbench{Config: c, slots: make(chan struct{}, atOnce), steps: maxSteps, fragments: fragments}
}

// Crashes says how many there are.
func (w *Workbench) Crashes() string { return plural.Crashes(w.Base.Crashes()) }

// maxSteps bounds the matching of one edit: some seconds.
const maxSteps = 500_000_000

// within works on an edit when it is its turn. Work that used its budget up has failed, whatever it gave: lines that could not be
// matched to the end leave crashes without a signature.
func (w *Workbench) within(ctx context.Context, work func(b *pyre.Budget) error) error {
	select {
	case w.slots <- struct{}{}:
		defer func() { <-w.slots }()
	// A page that has typed on waits no longer.
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	b := pyre.NewBudget(ctx, w.steps, nil)
	err := work(b)
	// Also in place of an error, which would be of a match that ended early.
	if b.Spend(0) != nil {
		return errTooMuch
	}
	return err
}

var errTooMuch = errors.New("the lines take too long to match: the edit was given up")

// compare compares the crashes.
func (w *work) compare(ctx context.Context) (*report.Report, error) {
	tally, err := w.edited.Compare(ctx)
	if err != nil {
		return nil, fmt.Errorf("comparing: %w", err)
	}
	w.edited.Judge()
	r, err := report.New(ctx, w.base, w.candidate, w.Corpus, tally)
	if err != nil {
		return nil, fmt.Errorf("comparing: %w", err)
	}
	r.Notes = append(w.notes, r.Notes...)
	return r, w.finish(ctx, r)
}
