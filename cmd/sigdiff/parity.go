package main

import (
	"context"
	"fmt"
	"math"

	"github.com/spf13/cobra"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/fetch"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/parity"
	"github.com/sigdiff/sigdiff/report"
)

// parityOptions are the flags of check-parity.
type parityOptions struct {
	selection
	specs    specOptions
	siglists string // a SPEC
	sample   int    // crashes; at least 1
	batch    int    // crashes with a request; 1 to maxBatch
	service  serviceOptions
	format   string // text or json
	exitCode bool
}

// parityCommand is 'sigdiff check-parity'. It draws a sample, makes the signatures itself, has the service make them
// of the same crash data, and shows where they differ. Without --exit-code a difference is a result, and no error.
func (a *app) parityCommand() *cobra.Command {
	// The endpoint needs no token, so that none is sent to whatever --host names.
	o := parityOptions{service: serviceOptions{anonymous: true}}
	cmd := page("check-parity", nil, func(cmd *cobra.Command, args []string) error { return a.runParity(cmd.Context(), o, args) })
	f := cmd.Flags()
	o.addFlags(cmd)
	o.specs.addFlags(cmd)
	f.StringVar(&o.siglists, "siglists", "", "SPEC of the siglists that the service runs")
	rangeFlag(f, &o.sample, "sample", 1, math.MaxInt32, 100, "how many crashes are sent")
	rangeFlag(f, &o.batch, "batch", 1, maxBatch, parity.UsualBatch, "how many go with each request; 1,000 at most, which 'sigdiff serve' takes")
	f.StringVar(&o.service.host, "host", "", "the address of the service (default "+fetch.DefaultHost+")")
	f.Var(&o.service.rate, "rate", "requests a minute; 0: no limit (default 90)")
	formatFlag(cmd, &o.format, "text", "text", "json")
	f.BoolVar(&o.exitCode, "exit-code", false, "exit with 1 when a signature differs")
	return cmd
}

// maxBatch keeps a request at some tens of megabytes.
const maxBatch = 1000

func (a *app) runParity(ctx context.Context, o parityOptions, args []string) error {
	// The service has no other rules, so that there is no --rules.
	side, err := a.specs(o.specs).ListsSide(ctx, o.siglists, signatures.DefaultRuleset)
	if err != nil {
		return err
	}
	_ = a.warn(side.Notes()) // the service tells whether it makes a difference
	return a.withCrashes(o.selection, args, func(c *cache.Cache, which cache.Corpus) error {
		ids, err := allIDs(ctx, c, which)
		if err != nil {
			return err
		}
		bar := a.progress(int64(min(o.sample, len(ids))), "asking", false)
		client, err := o.service.client(bar)
		if err != nil {
			return err
		}
		defer client.Close()
		check := &parity.Check{
			Cache: c, Signer: side.NewSigner(), Client: client, Batch: o.batch, Asked: bar.add,
			Found: parity.Report{Schema: 1, Service: client.Origin(), Siglists: side.Info, Corpus: which.Name, Of: len(ids)},
		}
		// The same crashes give the same sample, so that a difference can be looked at again; other crashes give another. The
		// error is kept: what was compared before it is a result.
		failure := check.Ask(ctx, corpora.Sample(ids, o.sample, idsHash(ids)))
		// Before anything is printed: the bar is on the same terminal.
		bar.end()
		// Of an interrupted check nothing is written: it would look like one of a smaller sample. Other failures are
		// said beside what was compared.
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := a.writeParity(&check.Found, o.format); err != nil {
			return err
		}
		if err := check.Result(ctx, failure); err != nil || !o.exitCode || len(check.Found.Differences) == 0 {
			return err
		}
		return exit.With(exit.Changed, nil)
	})
}

func (a *app) writeParity(r *parity.Report, format string) error {
	if format == "json" {
		return report.WriteJSON(a.stdout, r)
	}
	r.Text(a.stdout)
	a.nameSome(len(r.NotCompared), "; --format json names all", func(i int) string {
		return fmt.Sprintf("not compared: %s: %s", r.NotCompared[i].ID, visible(r.NotCompared[i].Err))
	})
	return nil
}
