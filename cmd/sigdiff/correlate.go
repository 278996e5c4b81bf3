package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/engine/correlate"
	"github.com/sigdiff/sigdiff/report"
)

// correlateOptions are the flags of correlate.
type correlateOptions struct {
	specs                   specOptions
	siglists, rules, format string // siglists is a SPEC, and can't be 'accepted', which belongs to one corpus
	limit                   int
}

// correlateCommand is 'sigdiff correlate'. It makes the signatures of both corpora with one side, 'recorded' unless
// --siglists says otherwise, and compares how many crashes have which.
func (a *app) correlateCommand() *cobra.Command {
	var o correlateOptions
	cmd := page("correlate", cobra.ExactArgs(2), func(cmd *cobra.Command, args []string) error { return a.runCorrelate(cmd.Context(), o, args) })
	f := cmd.Flags()
	o.specs.addFlags(cmd)
	f.StringVar(&o.siglists, "siglists", "recorded", "SPEC of the siglists that make the signatures; see 'sigdiff diff --help'")
	rulesFlag(f, &o.rules)
	formatFlag(cmd, &o.format, "text", report.CorrelationFormats().Names()...)
	numberFlag(f, &o.limit, "limit", 0, 20, "how many signatures of each kind the text shows (0: all)")
	only(f, "limit", []string{"text"})
	return cmd
}

func (a *app) runCorrelate(ctx context.Context, o correlateOptions, names []string) error {
	// One side for both corpora: what differs is the crashes.
	side, err := a.specs(o.specs).Side(ctx, o.siglists, o.rules)
	if err != nil {
		return err
	}
	return a.withCache(reading, func(c *cache.Cache) error {
		// Notes come before the figures: what can't be known of the cache, then of the siglists.
		r := &report.Correlation{Siglists: side.Info, Notes: append(cacheNotes(c), side.Notes()...)}
		var missing []string
		failed := 0
		for i, name := range names {
			corpus, err := c.Corpus(name)
			if err != nil {
				return err
			}
			r.Notes = append(r.Notes, lacksNotes(corpus.Provenance)...)
			// One after the other: of each only what is counted is kept.
			source := corpora.NewSource(c, corpus.IDs)
			if r.Samples[i], err = correlate.Read(ctx, source, side.Side); err != nil {
				return err
			}
			// Siglists give all such crashes one signature, so that any two corpora would be alike.
			if n := r.Samples[i].Crashes; side.Set != nil && n > 0 && r.Samples[i].WithoutStack == n {
				r.Notes = append(r.Notes, report.Note{Text: report.Sentence("%s: %s", name, report.NoStack(n, n)), Unknown: true})
			}
			r.Corpora[i] = report.Corpus{Name: name, Crashes: len(corpus.IDs), Digest: source.Digest()}
			missing, failed = append(missing, r.Samples[i].Missing...), failed+len(r.Samples[i].Failures)
		}
		r.Result = correlate.Compare(r.Samples[0], r.Samples[1])
		if err := render(a, outputOptions{format: o.format}, report.CorrelationFormats(), r, report.Options{Limit: o.limit}); err != nil {
			return err
		}
		// The report is written before: figures of a part are better than none.
		return a.undone(ctx, c, "not in the figures", missing, failed, false, r.Unknown()...)
	})
}
