// Sigdiff-beam compares what two siglist sets make of crashes, as 'sigdiff diff --format json' does, on an
// Apache Beam runner.
//
//	sigdiff-beam --base lists/old --candidate lists/new --output report.json 'crashes/*.ndjson.gz' 2025.sigcorpus
//
// Without --runner it runs in this process, on Beam's prism runner. README.md of this module says more.
//
// It exits with 0, with 3 when crashes failed or were missing, when there were none with a stack, or when siglists hold a
// merge conflict, with 2 when it was called wrongly, and with 4 when the pipeline failed.
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/io/filesystem"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/log"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/options/jobopts"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/x/beamx"

	"github.com/sigdiff/sigdiff/beam/pipeline"
	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/report"
)

// config is what the flags say.
type config struct {
	base, candidate, rules string
	baseRules, candRules   string
	options                pipeline.Options
}

func addFlags(f *flag.FlagSet) *config {
	var c config
	f.StringVar(&c.base, "base", "", "directory of the siglists before the change, or 'recorded' for the signatures that the crashes record")
	f.StringVar(&c.candidate, "candidate", "", "directory of the siglists with the change, or 'recorded'")
	f.StringVar(&c.rules, "rules", signatures.DefaultRuleset, "the rules of both sides: "+signatures.RulesetsHelp+"; then +RULE or -RULE, separated by commas")
	f.StringVar(&c.baseRules, "base_rules", "", "the rules of the base, when they differ")
	f.StringVar(&c.candRules, "candidate_rules", "", "the rules of the candidate, when they differ")
	f.StringVar(&c.options.Output, "output", "", "the file to write the JSON report to, where workers can write")
	f.StringVar(&c.options.Name, "corpus", "", "the corpus' name in the report (default: the name of the exported corpus, else the files)")
	f.IntVar(&c.options.Shards, "shards", 16, "in how many parts the crashes are compared; each runs on one core, with its records in memory")
	f.IntVar(&c.options.Examples, "examples", 5, "how many example crashes a group names")
	return &c
}

func main() {
	c := addFlags(flag.CommandLine)
	flag.StringVar(&log.LogLevel, "log_level", "warn", "what Beam writes to stderr: debug, info, warn or error")
	flag.Usage = usage
	flag.Parse()
	beam.Init() // of a worker, this is all that runs
	// An interrupt ends the pipeline of this process. One that runs elsewhere goes on.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := c.run(ctx, flag.Args(), os.Stderr)
	stop()
	os.Exit(code)
}

func usage() {
	fmt.Fprintln(os.Stderr, "sigdiff-beam [flags] --base SIGLISTS --candidate SIGLISTS --output REPORT FILE...")
	fmt.Fprintln(os.Stderr, "FILEs are exported corpora and NDJSON of processed crashes (plain, .gz, .zst), or globs of them.")
	flag.PrintDefaults()
}

// run runs the comparison, and gives the exit code.
func (c *config) run(ctx context.Context, inputs []string, stderr io.Writer) int {
	p, err := c.pipeline(inputs)
	if err != nil {
		fmt.Fprintln(stderr, "sigdiff-beam:", err)
		return exit.Usage
	}
	before := written(ctx, c.options.Output)
	if err := beamx.Run(ctx, p); err != nil {
		fmt.Fprintln(stderr, "sigdiff-beam:", err)
		return exit.Failed
	}
	if *jobopts.Async {
		return 0 // it may not have run yet
	}
	// Of the report, since the counts of a pipeline are its runner's.
	t, err := totals(ctx, c.options.Output, before)
	switch {
	// No failure: workers may write where this machine does not read.
	case err != nil:
		fmt.Fprintf(stderr, "sigdiff-beam: the pipeline has ended, but its report can't be read from here: %v\n", err)
	case t.Failed+t.Missing > 0:
		fmt.Fprintf(stderr, "sigdiff-beam: not compared: %d missing, %d failed\n", t.Missing, t.Failed)
		return exit.Incomplete
	}
	notes, _ := pipeline.Notes(c.options.Base, c.options.Candidate) // which have been loaded before
	// The same judgement as that of 'sigdiff diff': a comparison that could not tell must not pass for one
	// without changes.
	unknown := (&report.Report{Totals: t, Notes: notes}).Unknown()
	if err != nil || len(unknown) == 0 {
		return 0
	}
	fmt.Fprintln(stderr, "sigdiff-beam:", strings.Join(unknown, "; "))
	return exit.Incomplete
}

func (c *config) pipeline(inputs []string) (*beam.Pipeline, error) {
	if c.base == "" || c.candidate == "" {
		return nil, errors.New("it needs --base and --candidate")
	}
	var err error
	if c.options.Base, err = pipeline.LoadSide(c.base, cmp.Or(c.baseRules, c.rules)); err != nil {
		return nil, fmt.Errorf("base: %w", err)
	}
	if c.options.Candidate, err = pipeline.LoadSide(c.candidate, cmp.Or(c.candRules, c.rules)); err != nil {
		return nil, fmt.Errorf("candidate: %w", err)
	}
	c.options.Inputs = inputs
	return pipeline.New(c.options)
}

// written is when a report was written, as far as this machine can tell; zero where there is none.
func written(ctx context.Context, path string) time.Time {
	fs, err := filesystem.New(ctx, path)
	if err != nil {
		return time.Time{}
	}
	defer func() { _ = fs.Close() }()
	var at time.Time
	if fs, ok := fs.(filesystem.LastModifiedGetter); ok {
		at, _ = fs.LastModified(ctx, path) // which fails where nothing is there
	}
	return at
}

// totals reads of a report how many crashes were compared, and how many were not. One that was there before is another's.
func totals(ctx context.Context, path string, before time.Time) (t compare.Totals, err error) {
	if !before.IsZero() && written(ctx, path).Equal(before) {
		return t, fmt.Errorf("%s is older", path)
	}
	fs, err := filesystem.New(ctx, path)
	if err != nil {
		return t, err
	}
	defer func() { err = errors.Join(err, fs.Close()) }()
	text, err := filesystem.Read(ctx, fs, path)
	if err != nil {
		return t, err
	}
	var r struct{ Totals compare.Totals }
	err = json.Unmarshal(text, &r)
	return r.Totals, err
}
