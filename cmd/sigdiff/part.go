package main

import (
	"context"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/internal/atomicfile"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/terminal"
	"github.com/sigdiff/sigdiff/report"
)

// partFormat is the format that merge reads.
const partFormat = "part"

// maxShards is into how many parts a comparison may be cut.
// It bounds what a mistyped number can ask for.
const maxShards = 1 << 20

func (o *diffOptions) isPart() bool { return slices.Contains(o.formats, partFormat) }

// checkPart checks the flags of a part, which is no report yet: what asks for one goes to merge.
// --limit and --host are not refused: they only shape a report, and have values without being given.
func (o *diffOptions) checkPart() (err error) {
	if o.part, err = parseShard(o.shard); err != nil {
		return err
	}
	switch {
	case !o.isPart():
		return exit.Usagef("--shard compares a part of the crashes, which makes no report: it needs --format part; 'sigdiff merge' makes the report of all parts")
	case len(o.formats) > 1:
		return exit.Usagef("--format part stands alone; 'sigdiff merge' makes the other formats")
	// A setting of --fail-on is meant for reports, and given to merge as well.
	case o.expect != "" || o.weights != "" || o.bugs || o.exitCode || o.quiet || o.service.flags.Changed("fail-on"):
		return exit.Usagef("--expect, --weights, --bugs, --exit-code, --fail-on and --quiet are for the whole comparison; give them to 'sigdiff merge'")
	case o.selfCheck:
		return exit.Usagef("--self-check makes no part")
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
	i, err := strconv.Atoi(index)
	n, err2 := strconv.Atoi(count)
	if err != nil || err2 != nil || i < 1 || i > n || n > maxShards {
		return compare.Shard{}, exit.Usagef("--shard %s: it is i/n, such as 1/4, 2/4, 3/4 and 4/4", text)
	}
	return compare.Shard{Index: i, Count: n}, nil
}

// runPart compares the crashes of a shard and writes the part.
// A part with crashes that are left is written all the same: the code is 3, and merge counts what can still be
// fetched.
func (a *app) runPart(ctx context.Context, o diffOptions, c *cache.Cache, which chosen) error {
	p, err := a.comparePart(ctx, o, c, which)
	if err != nil {
		return err
	}
	if o.output.toFile() {
		err = atomicfile.Write(o.output.path, p.Write)
	} else if terminal.Is(a.terminal) {
		err = exit.Usagef("a part is not for a terminal; name a file with --output")
	} else {
		err = p.Write(a.stdout)
	}
	if err != nil {
		return err
	}
	totals := p.Tally.Totals()
	return a.unfinished(left{totals.Missing, p.Fetchable, totals.Failed}, notCompared, p.Unknown())
}

func (a *app) comparePart(ctx context.Context, o diffOptions, c *cache.Cache, which chosen) (*report.Part, error) {
	// Which shard a crash is in depends on its id alone, so that all n machines agree without speaking to each
	// other. How many there are in all, and a hash of their ids, go into each part: merge refuses parts of other
	// corpora.
	all, err := allIDs(ctx, c, which)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, exit.Incompletef("there was no crash to compare")
	}
	ids := make([]string, 0, len(all)/o.part.Count+1) // never nil, which would be everything
	for _, id := range all {
		if o.part.Has(id) {
			ids = append(ids, id)
		}
	}
	specs, base, candidate, err := a.sides(ctx, o, c)
	if err != nil {
		return nil, err
	}
	// Changed crashes are always kept: which formats merge will write isn't known here.
	source := corpora.NewSource(c, ids)
	p, err := tallied(ctx, o, c, compared{specs: specs, base: base, candidate: candidate, source: source, which: which}, true)
	if err != nil {
		return nil, err
	}
	p.Crashes, p.IDs, p.Shard, p.Sum = len(all), idsHash(all), o.part, source.Sum()
	p.Fetchable, err = corpora.Fetchable(ctx, c, p.Tally.Missing())
	return p, err
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
