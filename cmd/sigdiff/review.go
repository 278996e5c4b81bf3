package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/engine/cases"
	"github.com/sigdiff/sigdiff/fetch"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/lazyregexp"
	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/internal/spec"
	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/gitlists"
)

// reviewOptions are the flags of review.
type reviewOptions struct {
	diff   diffOptions   // without formats; workers are set by runReview
	texts  []string      // paths, - for stdin
	cases  string        // a path; empty: beside the siglists
	num    int           // of each line
	output outputOptions // in the one format that there is
}

// reviewCommand is 'sigdiff review'. It puts other commands together: fetch --for gets the crashes, diff compares
// them, test runs the golden cases, and the page has all of it. What could not be fetched is said on the page, and
// the rest goes on.
func (a *app) reviewCommand() *cobra.Command {
	var o reviewOptions
	cmd := page("review", cobra.ExactArgs(1), func(cmd *cobra.Command, args []string) error {
		o.diff.candidate = args[0]
		return a.runReview(cmd.Context(), o)
	})
	f := cmd.Flags()
	o.diff.specs.addFlags(cmd)
	f.StringVar(&o.diff.base, "base", "", "SPEC of the siglists before the change (default: of pr/N its merge base)")
	rulesFlag(f, &o.diff.rules)
	f.StringVar(&o.diff.corpus, "corpus", "", "compare the crashes of this corpus, and fetch none")
	f.StringArrayVar(&o.texts, "text", nil, "a text that says what is expected, such as the comments of the bug (- for stdin)")
	f.StringVar(&o.cases, "cases", "", "the folder of golden cases (default: cases beside the siglists)")
	rangeFlag(f, &o.num, "num", 1, mostPerLine, perLine, "how many crashes are fetched of each changed line")
	f.StringVarP(&o.output.path, "output", "o", "", "write the page to this file (- for stdout)")
	formatFlag(cmd, &o.output.format, "markdown", "markdown")
	numberFlag(f, &o.diff.limit, "limit", 0, 20, "how many groups, signatures and lines of each kind the page shows (0: all)")
	o.diff.service.addFetchFlags(cmd, "the address of the service, which links lead to as well (default "+fetch.DefaultHost+")")
	return cmd
}

func (o *reviewOptions) check(flags *pflag.FlagSet) error {
	// Crashes are searched for by changed lines, and cases are for such.
	for _, side := range []string{o.diff.base, o.diff.candidate} {
		if areSignatures(side) {
			return exit.Usagef("%s has no siglists to review; 'sigdiff diff' compares it", side)
		}
	}
	ofFetch := []string{"num", "rate", "token-file"}
	if i := slices.IndexFunc(ofFetch, flags.Changed); i >= 0 && o.diff.corpus != "" {
		return exit.Usagef("--%s has no effect here: with --corpus nothing is fetched", ofFetch[i])
	}
	return o.diff.specs.CheckPair("review", o.diff.base, o.diff.candidate)
}

// runReview reads what the user gave before it asks the service: a mistake in it makes no cache, and shows before crashes are
// fetched for hours.
func (a *app) runReview(ctx context.Context, o reviewOptions) error {
	o.diff.workers = runtime.GOMAXPROCS(0)
	if err := o.check(a.flags); err != nil {
		return err
	}
	text, err := a.reviewTexts(o.texts)
	if err != nil {
		return err
	}
	v := &report.Review{Subject: o.diff.candidate, Text: len(o.texts) > 0}
	over, err := a.readCompared(ctx, o.diff, nil)
	if err != nil {
		return err
	}
	var notes []report.Note
	// A text that can't be read as expectations is no reason to review nothing.
	if over.expected, err = corpora.ExpectationsIn(strings.NewReader(text)); err != nil {
		notes = append(notes, report.Note{Text: report.Sentence("what is expected was not held against the change: %v", err), Unknown: true})
	}
	if err := reviewLists(ctx, o, over, v); err != nil {
		return err
	}
	v.Bugs = bugsIn(v.Commits, text)
	return a.review(ctx, o, over, v, notes)
}

// review fetches the crashes that the change is about, unless a corpus is named, compares them, and writes the page. The notes are
// of what could not be done before.
func (a *app) review(ctx context.Context, o reviewOptions, over compared, v *report.Review, notes []report.Note) (err error) {
	var run *fetchRun
	access := reading
	if o.diff.corpus == "" {
		if run, err = a.reviewRun(o); err != nil {
			return err
		}
		defer run.client.Close()
		access = making
	}
	// One cache until it has compared: no other review replaces the crashes before. Whoever reads the page needs none.
	err = a.withCache(access, func(c *cache.Cache) (err error) {
		var unfetched []report.Note
		if over.which, unfetched, err = a.reviewCrashes(ctx, o, c, run, over); err != nil {
			return err
		}
		over.source = corpora.NewSource(c, over.which.IDs)
		if v.Report, err = a.compareOver(ctx, o.diff, c, over); err != nil {
			return err
		}
		a.sign(v.Report)
		// What the review itself could not do stands first.
		v.Report.Notes = slices.Concat(notes, unfetched, v.Report.Notes)
		return nil
	})
	if err != nil {
		return err
	}
	err = a.output(o.output, "", func(w io.Writer, screen report.Options) error { return report.WriteReview(w, v, o.diff.shown(screen)) })
	if err != nil {
		return err
	}
	return a.reviewResult(v, o.diff)
}

// reviewLists runs the golden cases, if there are any, and reads the commits: no crash is needed for either.
func reviewLists(ctx context.Context, o reviewOptions, over compared, v *report.Review) error {
	revision := reviewedRevision(over.candidate)
	golden, ok, err := casesOf(ctx, o, over, revision)
	if err != nil {
		return err
	}
	if ok {
		if v.Cases, err = testCases(ctx, golden, over.candidate, &over.base); err != nil {
			return err
		}
	}
	v.Commits, err = reviewCommits(ctx, over, revision)
	return err
}

// reviewTexts are the texts of --text, one after the other.
func (a *app) reviewTexts(files []string) (string, error) {
	var all strings.Builder
	// Each ends its line, so that the last line of one and the first of the next stay two.
	for _, file := range files {
		text, err := readNamed(a, "--text", file, wholeText)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&all, "%s\n", text)
	}
	return all.String(), nil
}

// maxText is how long a text may be.
const maxText = 16 << 20

// wholeText reads a text whole: what stands in a part that was not read would count as not expected.
func wholeText(in io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(in, maxText+1))
	if len(text) > maxText {
		err = fmt.Errorf("it is longer than %d MB", maxText>>20)
	}
	return text, err
}

// reviewRun is the fetch of the crashes that the change is about. Wrong usage, such as a token that can't be read, is an error
// here: it is no crash that could not be fetched.
func (a *app) reviewRun(o reviewOptions) (*fetchRun, error) {
	// Pull requests have a corpus each, so that what is kept of one stays. All else shares one.
	kind, word := spec.Parse(o.diff.candidate)
	name := reviewCommand
	if kind == spec.Pull {
		name += "-" + strings.ReplaceAll(word, "/", "-")
	}
	// A copy of the app with stderr for stdout, which the page alone goes to.
	quiet := *a
	quiet.stdout = a.stderr
	run := &fetchRun{app: &quiet, progress: quiet.fetching(), opts: fetchOptions{
		command: reviewCommand, service: o.diff.service, num: o.num, corpus: name, noRaw: true, keeping: keeping{replace: true},
		lines: forOptions{specs: o.diff.specs, what: []string{o.diff.candidate}, base: o.diff.base},
	}}
	return run, run.connect()
}

// reviewCrashes are the crashes of the corpus that was named, where run is nil, or those that the change is about. The corpus of
// these is made anew each time, since the change may have other lines by then. That they could not all be fetched is a note, and the
// rest goes on.
func (a *app) reviewCrashes(ctx context.Context, o reviewOptions, c *cache.Cache, run *fetchRun, over compared) (which cache.Corpus, notes []report.Note, err error) {
	switch {
	case run == nil:
		which, err = a.choose(o.diff.selection, c, nil)
		return which, nil, err
	// Comments alone, say, or golden cases. No crash is about it, and that none changes is known without one.
	case len(siglists.Diff(over.base.Set, over.candidate.Set)) == 0:
		return cache.Corpus{IDs: []string{}}, nil, nil
	}
	name := run.opts.corpus
	earlier, err := ownsReview(c, name)
	if err != nil {
		return which, nil, err
	}
	run.cache, run.now = c, a.now()
	var fetched error
	if run.subject, fetched = a.fetchSubject(ctx, run.opts, nil, run.now); fetched == nil {
		fetched = run.whole(ctx)
	}
	if ctx.Err() != nil {
		return which, nil, cmp.Or(fetched, ctx.Err())
	}
	if fetched != nil {
		notes = []report.Note{{Text: report.Sentence("the crashes that the change is about were not all fetched: %v", fetched), Unknown: true}}
	}
	if run.made.IDs != nil {
		return run.made, notes, nil
	}
	// None were listed, and those of before may be about another change. ids is not nil, which would mean everything cached.
	if earlier {
		notes = append(notes, report.Note{Text: report.Sentence("--corpus %s compares the crashes of an earlier review, of this or another change", name)})
	}
	return cache.Corpus{Name: name, IDs: []string{}}, notes, nil
}

// reviewCommand is the command in the provenance of a corpus that a review made.
const reviewCommand = "review"

// ownsReview tells whether there is a corpus of an earlier review. It refuses to make the corpus anew where one of its name comes,
// or a part of it, from something else.
func ownsReview(c *cache.Cache, name string) (earlier bool, err error) {
	old, err := c.Corpus(name)
	switch {
	case errors.Is(err, cache.ErrNoCorpus):
		return false, nil
	case err != nil:
		return false, err
	}
	from := provenances(old.Provenance)
	if from != nil && !slices.ContainsFunc(from, func(p corpusProvenance) bool { return p.Command != reviewCommand }) {
		return true, nil
	}
	return false, exit.Usagef("there is a corpus %q already, of %s, that no review made: 'sigdiff corpus delete %s' makes room, and --corpus %s compares its crashes and fetches none", name, plural.Crashes(len(old.IDs)), visible(name), visible(name))
}

// reviewCommits are the commits between the sides, those of merged branches too: a pull request as GitHub merges it names its
// bug there. A directory has none.
func reviewCommits(ctx context.Context, over compared, revision string) ([]report.Commit, error) {
	if over.base.Info.Revision == "" || revision == "" {
		return nil, nil
	}
	repo, err := over.specs.Repository(ctx)
	if err != nil {
		return nil, err
	}
	commits, err := repo.LogMerged(ctx, over.base.Info.Revision, revision)
	return spec.Commits(commits), err
}

// reviewedRevision is the revision of the candidate; a directory has none. A merge that was made here is none, but the head of the
// pull request is.
func reviewedRevision(candidate spec.Side) string {
	if pull := candidate.Pull; pull != nil && candidate.Info.Revision == "" {
		return pull.Head.Hash
	}
	return candidate.Info.Revision
}

// bugAddress is a bug as people name one in a text.
var bugAddress = lazyregexp.New(`(?i)(?:\bbug[ -]?|show_bug\.cgi\?id=)([0-9]{5,8})\b`)

// bugsIn are the bugs that commits name, and those that a text names, each once.
func bugsIn(commits []report.Commit, text string) []int {
	var names []string
	for _, c := range commits {
		names = append(names, c.Bug())
	}
	for _, found := range bugAddress().FindAllStringSubmatch(text, -1) {
		names = append(names, found[1])
	}
	// In the order in which they are named: the first is most likely the one that the change is for.
	var bugs []int
	for _, name := range names {
		if n, err := strconv.Atoi(name); err == nil && !slices.Contains(bugs, n) {
			bugs = append(bugs, n)
		}
	}
	return bugs
}

// casesOf reads the golden cases in the folder that is given, or those beside the siglists; ok is false where there is neither. Of a
// revision they are those of that revision, so that a change and its cases are reviewed together; of pr/N/merge those of pr/N.
func casesOf(ctx context.Context, o reviewOptions, over compared, revision string) (golden goldenCases, ok bool, err error) {
	candidate := over.candidate.Info
	if o.cases != "" {
		golden, err = casesIn("--cases", o.cases)
		return golden, true, err
	}
	// A folder has its cases beside it on disk, if any. Most have none, and that is no mistake.
	if revision == "" {
		folder := filepath.Join(filepath.Dir(filepath.Clean(o.diff.specs.folder(o.diff.candidate, candidate))), casesFolder)
		if info, err := os.Stat(folder); err != nil || !info.IsDir() {
			return golden, false, nil
		}
		golden, err = casesIn("reading cases", folder)
		return golden, true, err
	}
	repo, err := over.specs.Repository(ctx)
	if err != nil {
		return golden, false, err
	}
	beside := path.Join(path.Dir(cmp.Or(candidate.Folder, o.diff.specs.Path, gitlists.DefaultPath)), casesFolder)
	files, err := repo.FilesIn(ctx, revision, beside, cases.Ending)
	golden.cases, golden.wrong = cases.ParseAll(files)
	return golden, len(files) > 0, err
}

// casesFolder is the folder of golden cases beside the siglists.
const casesFolder = "cases"

// reviewResult is how the program ends: as a comparison does, and with 1 where a golden case fails.
func (a *app) reviewResult(v *report.Review, o diffOptions) error {
	err := a.diffResult(v.Report, o, v.Report.Unknown())
	if v.Cases == nil {
		return err
	}
	ofCases := testResult(v.Cases, "the folder of cases")
	// A case that fails outweighs what is incomplete, as expectations that are missed do.
	if failed, ok := errors.AsType[*exit.Error](ofCases); ok && failed.Code == exit.Changed {
		return exit.With(exit.Changed, errors.Join(err, fmt.Errorf("golden cases: %w", ofCases)))
	}
	return cmp.Or(err, ofCases)
}
