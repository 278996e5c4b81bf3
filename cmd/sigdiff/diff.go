package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/sync/errgroup"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/fetch"
	"github.com/sigdiff/sigdiff/internal/atomicfile"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/shell"
	"github.com/sigdiff/sigdiff/internal/spec"
	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists/lint"
)

// diffOptions are the flags of diff.
type diffOptions struct {
	selection
	sidesOptions
	formats         []string
	output          outputOptions
	by              string // of CSV: report.ByCrash or report.ByGroup
	exitCode, quiet bool
	failOn          []string
	failWhen        []failWhen // failOn as read by checkReport
	expect          string     // a path, - for stdin; empty: nothing is expected
	weights         string     // the same of pings
	selfCheck       bool
	staleBefore     string // as given; empty: when siglists last changed
	limit, workers  int    // 0 of limit is all
	bugs            bool
	service         serviceOptions // that links lead to, and that is asked for bugs
	shard           string         // i/n, for a part
	part            compare.Shard  // shard as read by checkPart
	watch           bool           // compare again whenever siglists change on disk
	newest          bool           // the crashes are those of the newest corpus
	allChanged      bool           // every changed crash is wanted, whatever the formats
}

// groupExamples is how many example crashes a group names.
const groupExamples = 5

// diffCommand is 'sigdiff diff', which merge, review and screen share most of. Its way: choose the crashes, load
// both sides, compare, add what is known beside the crashes, write the report, and decide the exit code by the
// report.
func (a *app) diffCommand() *cobra.Command {
	var o diffOptions
	cmd := page("diff", nil, func(cmd *cobra.Command, args []string) error {
		// Ids and SPECs may stand in any order: both are what one has at hand.
		args, words := o.parted(args)
		bare, err := o.take(a, "diff", words, a.settings["base"].Value)
		if err != nil {
			return err
		}
		// Only a diff that names no crashes and no sides falls back to the newest corpus: else everything cached
		// is compared, as it is with --corpus ''.
		o.newest = bare && !o.named(args) && !cmd.Flags().Changed("corpus")
		if err := o.check(cmd.Flags()); err != nil {
			return err
		}
		if o.watch {
			return a.watchDiff(cmd.Context(), o, args)
		}
		return a.runDiff(cmd.Context(), o, args)
	})
	f := cmd.Flags()
	o.selection.addFlags(cmd)
	o.sidesOptions.addFlags(cmd, " (default: of pr/N and a checkout the merge base, of a change set the main branch)")
	o.addProgramFlags(cmd)
	o.addReportFlags(cmd, append(report.ComparisonFormats().Names(), partFormat))
	f.StringVar(&o.shard, "shard", "", "i/n: compare only the i-th of n parts of the crashes, with --format part, for 'sigdiff merge'")
	f.BoolVar(&o.watch, "watch", false, "compare again whenever the siglists change on disk, until interrupted")
	f.BoolVar(&o.selfCheck, "self-check", false, "check sigdiff itself: compare each side with itself, and both in another order, over the chosen crashes")
	f.StringVar(&o.staleBefore, "stale-before", "", "with recorded signatures: count changed crashes processed before this time apart (default: when the siglists last changed, for a revision)")
	only(f, "stale-before", []string{"text", "json", "markdown", "html", partFormat})
	only(f, "host", []string{"markdown", "html"}, "bugs")
	only(f, "token-file", nil, "bugs")
	workersFlag(f, &o.workers)
	return cmd
}

// addReportFlags adds the flags that say what becomes of a report.
func (o *diffOptions) addReportFlags(cmd *cobra.Command, formats []string) {
	f := cmd.Flags()
	f.StringSliceVar(&o.formats, "format", []string{"text"}, "formats of the report: "+formatNames(formats))
	annotate(f, "format", namedFormats, formats)
	o.output.addFileFlags(cmd, formats)
	f.Lookup("output").Usage += "; of several formats each to this name with its ending"
	f.StringVar(&o.by, "by", report.ByCrash, "what a row of the CSV report is: crash or group")
	only(f, "by", []string{"csv"})
	f.BoolVar(&o.exitCode, "exit-code", false, "exit with 1 when signatures changed")
	f.StringSliceVar(&o.failOn, "fail-on", nil, failOnHelp)
	settable(f, "fail-on")
	f.StringVar(&o.expect, "expect", "", "hold against this file what the change was meant to do: crash ids and expected signatures, as CSV, TSV, or a text such as a bug's comments (- for stdin)")
	f.StringVar(&o.weights, "weights", "", "weigh the groups with the pings of each signature in this file: CSV of signature and number, or rows of pings (- for stdin)")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "print and write nothing when nothing changed and nothing failed")
	numberFlag(f, &o.limit, "limit", 0, 20, "how many groups, signatures and lines of each verdict the table and Markdown show (0: all)")
	settable(f, "limit")
	only(f, "limit", []string{"text", "markdown"})
	f.StringVar(&o.service.host, "host", "", "where links to crash reports lead, and the service that --bugs asks (default "+fetch.DefaultHost+")")
	settable(f, "host")
	f.BoolVar(&o.bugs, "bugs", false, "ask the service which bugs carry the signatures that change, and which signatures are new to it")
	o.service.addFlags(cmd)
}

// reportFlags are those that shape a report, or say what becomes of it.
var reportFlags = []string{"format", "output", "open", "by", "exit-code", "quiet", "fail-on", "expect", "weights", "limit", "host", "bugs", "stale-before"}

// check reads no file and opens nothing, so that wrong usage is said at once.
func (o *diffOptions) check(flags *pflag.FlagSet) (err error) {
	// A part has flags of its own to refuse, and none of a report's to check.
	if o.isPart() || o.shard != "" {
		err = o.checkPart(flags)
	} else {
		err = o.checkReport()
	}
	if err != nil {
		return err
	}
	if o.watch && o.exitCode {
		return exit.Usagef("--exit-code has no effect here: --watch compares until it is interrupted")
	}
	if o.selfCheck {
		if i := slices.IndexFunc(reportFlags, flags.Changed); i >= 0 {
			return exit.Usagef("--self-check makes no report: it does not go with --%s", reportFlags[i])
		}
	}
	if o.staleBefore != "" && o.base != "recorded" && o.candidate != "recorded" {
		return exit.Usagef("--stale-before has no effect here: it is for recorded signatures, as --base recorded")
	}
	if err := o.sidesOptions.check(); err != nil || o.edit.given() {
		return err
	}
	// Sides were completed by take before: what is missing here can't be guessed.
	return o.specs.CheckPair("diff", o.base, o.candidate)
}

// checkReport checks the flags that addReportFlags adds.
func (o *diffOptions) checkReport() (err error) {
	if o.failWhen, err = parseFailOn(o.failOn); err != nil {
		return err
	}
	shows := func(format string) bool { return format != "csv" && format != "ids" } // pings and bugs
	switch {
	case (o.weights != "" || o.bugs) && !slices.ContainsFunc(o.formats, shows):
		return exit.Usagef("--weights and --bugs have no effect here: rows of CSV, and ids, have neither pings nor bugs")
	// Standard output can have one of them only.
	case len(o.formats) > 1 && !o.output.toFile():
		return exit.Usagef("several formats need --output, a file name that each format's ending is put to")
	case o.by != report.ByCrash && o.by != report.ByGroup:
		return exit.Usagef("--by %q: it is %s or %s", o.by, report.ByCrash, report.ByGroup)
	}
	return nil
}

func (a *app) runDiff(ctx context.Context, o diffOptions, args []string) error {
	return a.withCache(reading, func(c *cache.Cache) error {
		if o.newest {
			if err := a.takeNewest(&o, c); err != nil {
				return err
			}
		}
		which, err := a.choose(o.selection, c, args)
		if err != nil {
			return err
		}
		if o.selfCheck {
			return a.runSelfCheck(ctx, o, c, which)
		}
		if o.isPart() {
			return a.runPart(ctx, o, c, which)
		}
		over, err := a.readCompared(ctx, o, c)
		if err != nil {
			return err
		}
		over.source, over.which = corpora.NewSource(c, which.IDs), which
		r, err := a.compareOver(ctx, o, c, over)
		if err != nil {
			return err
		}
		return a.finish(ctx, o, r)
	})
}

// takeNewest chooses the crashes of the newest corpus; where there is none, everything cached stays chosen.
func (a *app) takeNewest(o *diffOptions, c *cache.Cache) error {
	all, err := c.Corpora()
	if err != nil {
		return err
	}
	// Of a screened search most crashes were never fetched, and would be missing.
	all = slices.DeleteFunc(all, func(info cache.CorpusInfo) bool { return isScreened(info.Provenance) })
	if len(all) == 0 {
		o.newest = false
		return nil
	}
	o.corpus = slices.MaxFunc(all, func(a, b cache.CorpusInfo) int { return a.Created.Compare(b.Created) }).Name
	a.filled = append(a.filled, "--corpus", o.corpus)
	return nil
}

// finish writes a report as the flags say, and tells how the program ends.
// --quiet is silent only where there is nothing to say at all: a comparison of no changes that is incomplete, or misses what
// was expected, is written. The service is asked for bugs before anything is written.
func (a *app) finish(ctx context.Context, o diffOptions, r *report.Report) (err error) {
	if o.bugs {
		if r.Bugs, err = a.askBugs(ctx, o.service, r); err != nil {
			return err
		}
	}
	a.sign(r)
	unknown := r.Unknown()
	if o.quiet && r.Totals.Changed == 0 && a.diffResult(r, o, unknown) == nil {
		return nil
	}
	if err := a.writeReports(r, o); err != nil {
		return err
	}
	return a.diffResult(r, o, unknown)
}

// sign says what made a report, and by which command: with what it took from settings, it makes the same report where these
// are not.
func (a *app) sign(r *report.Report) {
	r.Program, r.Command = programVersion(), shell.Line(slices.Concat([]string{"sigdiff"}, a.args, a.filled))
}

// compared are two sides, and what they are compared over.
type compared struct {
	specs           *spec.Reader
	base, candidate spec.Side

	source interface {
		crashdata.Source
		Digest() string
	}
	which    cache.Corpus
	expected []corpora.Expected
	pings    map[string]int // of each signature; nil where nothing is weighed
}

// readCompared reads all but the crashes. c is nil before there are any, which no side may be made of then. Files are read before
// the sides are loaded, so that a mistake in them costs no time.
func (a *app) readCompared(ctx context.Context, o diffOptions, c *cache.Cache) (over compared, err error) {
	if over, err = a.heldAgainst(o); err != nil {
		return over, err
	}
	over.specs = a.sidesOver(c, o.corpus, o.specs, o.programs)
	if o.newest {
		over.specs.Notes = append(over.specs.Notes, report.Note{Text: report.Sentence("compared over the newest corpus, %s; --corpus names another", o.corpus)})
	}
	over.base, over.candidate, err = a.pair(ctx, over.specs, o.sidesOptions)
	return over, err
}

// heldAgainst reads the files that a report is held against.
func (a *app) heldAgainst(o diffOptions) (over compared, err error) {
	if over.expected, err = readNamed(a, "--expect", o.expect, corpora.ParseExpectations); err != nil {
		return over, err
	}
	over.pings, err = readNamed(a, "--weights", o.weights, corpora.ParseWeights)
	return over, err
}

// tallied compares. With the tally is what is known of the sides, whichever part of a comparison the crashes are. The notes are
// in the order of what they are about: the crashes, the siglists. Report.notes puts those first that make the comparison
// incomplete.
func tallied(ctx context.Context, o diffOptions, c *cache.Cache, over compared) (*report.Part, error) {
	specs, base, candidate := over.specs, over.base, over.candidate
	named := func(format string) bool { return report.NeedsChanged(format, report.Options{By: o.by}) } // every changed crash
	// A mistake in it costs no comparison.
	stale, err := specs.StaleBefore(ctx, o.staleBefore, base, candidate)
	if err != nil {
		return nil, err
	}
	p := &report.Part{PartHead: report.PartHead{
		Program: programVersion(), Base: base.Info, Candidate: candidate.Info, Corpus: over.which.Name, StaleBefore: spec.FormatTime(stale),
	}}
	// Beside each other: lint needs nothing of the comparison.
	group, inGroup := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		p.Tally, err = compare.Compare(inGroup, over.source, base.Side, candidate.Side, compare.Options{
			Workers: o.workers, Examples: groupExamples, Verdicts: true, StaleBefore: stale,
			Changed: o.allChanged || slices.ContainsFunc(o.formats, named),
		})
		if err != nil {
			return fmt.Errorf("comparing: %w", err)
		}
		return nil
	})
	group.Go(func() (err error) { // of a side without siglists, which has a nil Set, there is none
		p.Lint, err = lint.Added(inGroup, base.Set, candidate.Set, signatures.Fragments())
		return err
	})
	if err := group.Wait(); err != nil {
		return nil, err
	}
	if p.Code, err = specs.CodeChange(ctx, base, candidate); err != nil {
		return nil, err
	}
	p.Notes = append(crashNotes(c, over.which), specs.Notes...)
	p.Fetchable, err = corpora.Fetchable(ctx, c, p.Tally.Missing())
	return p, err
}

// compareOver compares, and adds what is known beside the crashes.
func (a *app) compareOver(ctx context.Context, o diffOptions, c *cache.Cache, over compared) (*report.Report, error) {
	p, err := tallied(ctx, o, c, over)
	if err != nil {
		return nil, err
	}
	r, err := p.Report(ctx, over.source.Digest())
	if err != nil {
		return nil, fmt.Errorf("comparing: %w", err)
	}
	r.Fetch = o.fetchFor(a.flags)
	r.SetSearched(searchedLines(over.which.Provenance))
	weigh(r, over.pings, p.Tally)
	return r, readAgain(ctx, o, c, over, r)
}

// readAgain adds to a report what crashes are read again for: the outcome of expectations, and the walks of the page,
// since no other format shows frames.
func readAgain(ctx context.Context, o diffOptions, c *cache.Cache, over compared, r *report.Report) (err error) {
	if over.expected != nil {
		if r.Expect, err = expect(ctx, c, over.expected, over.base.Side, over.candidate.Side, r); err != nil {
			return err
		}
	}
	if slices.Contains(o.formats, "html") {
		r.Samples, err = samples(ctx, c, r, over.base.Side, over.candidate.Side)
	}
	return err
}

// weigh weighs a report with the pings of signatures, if there are any.
func weigh(r *report.Report, pings map[string]int, tally *compare.Tally) {
	if pings == nil {
		return
	}
	// Weights are of signatures, so that pairs will do: no crash is looked at again.
	r.Weights = report.NewWeights(pings, tally.Pairs())
	r.Notes = append(r.Notes, report.Note{Text: report.Sentence("%s", r.Weights)})
}

// crashNotes are what is to be said of the crashes that are compared: of the cache, then of the corpus.
func crashNotes(c *cache.Cache, which cache.Corpus) []report.Note {
	return append(cacheNotes(c), lacksNotes(which.Provenance)...)
}

// cacheNotes says when what is compared may be an older state of the cache.
func cacheNotes(c *cache.Cache) []report.Note {
	if damage := c.Damage(); damage != "" {
		return []report.Note{{Text: report.Sentence("%s", damage), Unknown: true}}
	}
	return nil
}

func (a *app) writeReports(r *report.Report, o diffOptions) error {
	// One format may go to the terminal, through the pager, or to standard output.
	if len(o.formats) == 1 {
		o.output.format = o.formats[0]
		return a.output(o.output, r.Headline(), func(w io.Writer, screen report.Options) error {
			return report.ComparisonFormats().Render(w, o.output.format, r, o.shown(screen))
		})
	}
	// Each format has a file of its own: the name of --output, with its ending in place of what ending that has.
	paths := map[string]string{}
	for _, name := range o.formats {
		paths[name] = strings.TrimSuffix(o.output.path, filepath.Ext(o.output.path)) + "." + cmp.Or(endings[name], name)
		// The name of --output itself was looked at before.
		if kept := a.kept(paths[name]); kept != "" {
			return exit.Usagef("--output %s: %s is %s, and is not written over", o.output.path, paths[name], kept)
		}
	}
	formats := slices.Clone(o.formats)
	if i := slices.Index(formats, "html"); i > 0 { // what is opened stands first
		formats = slices.Insert(slices.Delete(formats, i, i+1), 0, "html")
	}
	var written []string
	for _, name := range formats {
		write := func(w io.Writer) error {
			return report.ComparisonFormats().Render(w, name, r, o.shown(report.Options{}))
		}
		if err := atomicfile.Write(paths[name], write); err != nil {
			return err
		}
		written = append(written, paths[name])
	}
	return a.wrote(o.output, r.Headline(), written...)
}

// shown are the options of a report. Links need a host; a client takes the same default by itself.
func (o *diffOptions) shown(screen report.Options) report.Options {
	screen.Limit, screen.Host, screen.By = o.limit, cmp.Or(o.service.host, fetch.DefaultHost), o.by
	return screen
}
