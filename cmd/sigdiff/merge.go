package main

import (
	"cmp"
	"context"
	"fmt"
	"hash/fnv"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/spec"
	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists"
)

// mergeCommand is 'sigdiff merge'. Parts hold tallies, which add up to that of one run. The report is made of the
// sum by the code that diff uses.
func (a *app) mergeCommand() *cobra.Command {
	var o diffOptions
	cmd := page("merge", cobra.MinimumNArgs(1), func(cmd *cobra.Command, args []string) error { return a.runMerge(cmd.Context(), o, args) })
	o.specs.addFlags(cmd)
	o.addReportFlags(cmd, report.ComparisonFormats().Names())
	only(cmd.Flags(), "host", []string{"markdown", "html"}, "bugs")
	only(cmd.Flags(), "token-file", nil, "bugs")
	// See lookAgain.
	for _, name := range []string{"repo", "siglists-path", "remote"} {
		only(cmd.Flags(), name, []string{"html"}, "expect")
	}
	return cmd
}

func (a *app) runMerge(ctx context.Context, o diffOptions, paths []string) error {
	// Not o.check: there are no sides, workers or crashes here.
	if err := o.checkReport(); err != nil {
		return err
	}
	over, err := a.heldAgainst(o)
	if err != nil {
		return err
	}
	p, err := a.readParts(ctx, paths)
	if err != nil {
		return err
	}
	// Parts of programs that don't know their version, or were built with changes, can't be told apart by it.
	if len(paths) > 1 && (p.Program == "" || strings.HasSuffix(p.Program, "+dirty")) {
		a.note("the parts don't say exactly which version of sigdiff made them: it must be the same for all")
	}
	r, err := p.Report(ctx, corpora.DigestOf(p.Sum))
	if err != nil {
		return fmt.Errorf("merging: %w", err)
	}
	weigh(r, over.pings, p.Tally)
	if err := a.lookAgain(ctx, o, p, over, r); err != nil {
		return err
	}
	return a.finish(ctx, o, r)
}

// readParts reads the parts one after the other, so that only one is held besides what they add up to.
func (a *app) readParts(ctx context.Context, paths []string) (*report.Part, error) {
	var m report.Merger
	for _, path := range paths {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := a.readPart(&m, path); err != nil {
			return nil, exit.Usagef("%w", err)
		}
	}
	// It fails where a part is missing: figures of the others would look like those of all.
	whole, err := m.Whole()
	if err != nil {
		return nil, exit.Usagef("%w", err)
	}
	return whole, nil
}

func (a *app) readPart(m *report.Merger, path string) error {
	f, err := a.input(path)
	if err != nil {
		return fmt.Errorf("reading a part: %w", err)
	}
	defer f.Close()
	return m.Read(path, f)
}

// lookAgain adds to the report what parts don't hold: the outcome of --expect, and the samples of the
// HTML report, if they can be had.
// Without walks the page is still whole; without what was expected of the change, the report would not be.
func (a *app) lookAgain(ctx context.Context, o diffOptions, p *report.Part, over compared, r *report.Report) error {
	// No other format needs a cache, which the machine that merges may not have.
	if !slices.Contains(o.formats, "html") && o.expect == "" {
		return nil
	}
	err := a.withCache(reading, func(c *cache.Cache) (err error) {
		if over.base, over.candidate, err = a.partSides(ctx, o.specs, c, p); err != nil {
			return err
		}
		return readAgain(ctx, o, c, over, r)
	})
	if err != nil && ctx.Err() == nil && o.expect == "" {
		a.note("the HTML report shows no walks: %v", err)
		return nil
	}
	return err
}

// partSides loads the sides that a part was made with. Siglists that have changed since are refused.
func (a *app) partSides(ctx context.Context, o specOptions, c *cache.Cache, p *report.Part) (base, candidate spec.Side, err error) {
	specs := a.specs(o)
	specs.Accepted = func() (spec.Side, error) { return a.acceptedSide(c, p.Corpus) }
	base, candidate, err = pairAgain(ctx, specs, p)
	if err != nil {
		return base, candidate, err
	}
	for _, side := range []struct{ then, now report.Side }{{p.Base, base.Info}, {p.Candidate, candidate.Info}} {
		// A folder may hold other files by now. Walks over these would not explain the report's signatures.
		if side.then.Digest != side.now.Digest {
			return base, candidate, exit.Usagef("the siglists of %s are not those that the parts were made with", side.then.Spec)
		}
		if side.then.Results != side.now.Results {
			return base, candidate, exit.Usagef("what is accepted for corpus %q is not what the parts were made with", p.Corpus)
		}
	}
	return base, candidate, nil
}

// pairAgain makes the sides of a part, of an edit by its change set.
func pairAgain(ctx context.Context, specs *spec.Reader, p *report.Part) (base, candidate spec.Side, err error) {
	changes, err := siglists.ReadChanges(strings.NewReader(strings.Join(p.Candidate.Changes, "\n")))
	if err != nil {
		return base, candidate, exit.Usagef("the change set of the parts: %w", err)
	}
	return specs.Pair(ctx, spec.Change{
		Base: specAgain(p.Base), Candidate: specAgain(p.Candidate), Lines: changes,
		// Parts name rules only where they are not the default.
		BaseRules: cmp.Or(p.Base.Rules, signatures.DefaultRuleset), CandidateRules: cmp.Or(p.Candidate.Rules, signatures.DefaultRuleset),
	})
}

// specAgain is the SPEC of a side that was loaded before: a revision by its hash, since names move on, and no remote is
// asked again.
func specAgain(s report.Side) string {
	if s.Revision != "" && s.Kind == "git" {
		return "git:" + s.Revision
	}
	return s.Spec
}

// partFormat is the format that merge reads.
const partFormat = "part"

// maxShards is into how many parts a comparison may be cut.
// It bounds what a mistyped number can ask for.
const maxShards = 1 << 20

func (o *diffOptions) isPart() bool { return slices.Contains(o.formats, partFormat) }

// ofWhole are the flags of a report that a part can't answer.
var ofWhole = []string{"expect", "weights", "bugs", "exit-code", "fail-on", "open", "quiet"}

// checkPart checks the flags of a part, which is no report yet: what asks for one goes to merge.
// --limit and --host are not refused: they only shape a report, and have values without being given.
func (o *diffOptions) checkPart(flags *pflag.FlagSet) (err error) {
	if o.part, err = parseShard(o.shard); err != nil {
		return err
	}
	switch {
	case !o.isPart():
		return exit.Usagef("--shard compares a part of the crashes, which makes no report: it needs --format part; 'sigdiff merge' makes the report of all parts")
	case len(o.formats) > 1:
		return exit.Usagef("--format part stands alone; 'sigdiff merge' makes the other formats")
	}
	// By what was given: a setting of --fail-on is meant for reports, and given to merge as well.
	if i := slices.IndexFunc(ofWhole, flags.Changed); i >= 0 {
		return exit.Usagef("--%s is for the whole comparison; give it to 'sigdiff merge'", ofWhole[i])
	}
	return nil
}

// parseShard reads i/n; nothing means the whole.
// Parts are counted from 1.
func parseShard(text string) (compare.Shard, error) {
	if text == "" {
		return compare.Shard{Index: 1, Count: 1}, nil
	}
	index, count, _ := strings.Cut(text, "/")
	// What is no number is 0, and one too large the largest that there is.
	i, _ := strconv.Atoi(index)
	n, _ := strconv.Atoi(count)
	// Part 0, or 5 of 4, would compare nothing, and look like a part without changes.
	if i < 1 || i > n || n > maxShards {
		return compare.Shard{}, exit.Usagef("--shard %s: it is i/n, such as 1/4, 2/4, 3/4 and 4/4", text)
	}
	return compare.Shard{Index: i, Count: n}, nil
}

// runPart compares the crashes of a shard and writes the part.
// A part with crashes that are left is written all the same: the code is 3, and merge counts what can still be
// fetched.
func (a *app) runPart(ctx context.Context, o diffOptions, c *cache.Cache, which cache.Corpus) error {
	p, err := a.comparePart(ctx, o, c, which)
	if err != nil {
		return err
	}
	o.output.format = partFormat
	if err := a.output(o.output, "", func(w io.Writer, _ report.Options) error { return p.Write(w) }); err != nil {
		return err
	}
	totals := p.Tally.Totals()
	return a.unfinished(left{totals.Missing, p.Fetchable, totals.Failed}, notCompared, false, p.Unknown())
}

func (a *app) comparePart(ctx context.Context, o diffOptions, c *cache.Cache, which cache.Corpus) (*report.Part, error) {
	// Which shard a crash is in depends on its id alone, so that all n machines agree without speaking to each
	// other. How many there are in all, and a hash of their ids, go into each part: merge refuses parts of other
	// corpora.
	all, err := allIDs(ctx, c, which)
	if err != nil {
		return nil, err
	}
	ids := make([]string, 0, len(all)/o.part.Count+1) // never nil, which would be everything
	for _, id := range all {
		if o.part.Has(id) {
			ids = append(ids, id)
		}
	}
	over, err := a.readCompared(ctx, o, c)
	if err != nil {
		return nil, err
	}
	source := corpora.NewSource(c, ids)
	over.source, over.which = source, which
	o.allChanged = true // which formats merge will write isn't known here
	p, err := tallied(ctx, o, c, over)
	if err != nil {
		return nil, err
	}
	p.Crashes, p.IDs, p.Shard, p.Sum = len(all), idsHash(all), o.part, source.Sum()
	return p, nil
}

// idsHash identifies ids, whatever their order.
// It is a sum, in which the order of the ids doesn't show.
func idsHash(ids []string) uint64 {
	var sum uint64
	for _, id := range ids {
		h := fnv.New64a()
		_, _ = h.Write([]byte(id))
		sum += h.Sum64()
	}
	return sum
}
