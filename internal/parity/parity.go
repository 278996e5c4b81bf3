package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"github.com/spf13/cobra"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/engine"
	"github.com/sigdiff/sigdiff/fetch"
)

const (
	// parityBatch is how many crashes go into one request: when one can't be answered, so few others go
	// with it, and a request stays well below a megabyte.
	parityBatch = 10
	// largestJob is how much crash data of one crash is sent, in bytes. That of a usual crash has 10 to 40 KB.
	largestJob = 1 << 18
)

// parityOptions are the flags of check-parity.
type parityOptions struct {
	selection
	specs    specOptions
	siglists string
	sample   int
	seed     uint64
	seeded   bool // whether a seed was given
	service  serviceOptions
	format   string
	exitCode bool
}

func (a *app) parityCommand() *cobra.Command {
	o := parityOptions{service: serviceOptions{anonymous: true}}
	cmd := &cobra.Command{
		Use:   "check-parity --siglists SPEC [ID...]",
		Short: "Hold the engine's signatures against those that Crash Stats makes",
		Long: `Send the crash data of some cached crashes to the service, which makes their
signatures (its CrashSignature endpoint), and show every signature that differs from
the one that sigdiff makes.

The service uses the siglists and rules that it runs at the moment, and no others. So
--siglists should name those: the revision of Socorro that was last deployed, most
often what main was some hours ago. A difference has one of three causes: other lists,
other rules, or a mistake of sigdiff's.

What is sent is the part of the processed crash that signatures are made from: function
names, source files, lines, modules and offsets of two threads' first 40 frames, the
crash reason, operating system, and the annotations on hangs, out-of-memory, aborts,
shutdown time-outs, IPC and Java stacks. No ids, no addresses of pages, no comments.
No token is needed and none is sent.

The sample is drawn at random, from --corpus, --ids, ids given, or everything cached.
The same crashes give the same sample, unless --seed says otherwise.

` + specHelp,
		Example: `  sigdiff check-parity --siglists main --corpus hangs --sample 50
  sigdiff check-parity --siglists main --corpus nightly --sample 500 --seed 7 --format json --exit-code`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.seeded, o.service.paced = cmd.Flags().Changed("seed"), cmd.Flags().Changed("rate")
			return a.runParity(cmd.Context(), o, args)
		},
	}
	f := cmd.Flags()
	o.addFlags(cmd)
	o.specs.addFlags(cmd)
	f.StringVar(&o.siglists, "siglists", "", "SPEC of the siglists that the service runs")
	f.IntVar(&o.sample, "sample", 100, "how many crashes are sent, ten with each request")
	f.Uint64Var(&o.seed, "seed", 0, "draw another sample (default: made from the ids of all the crashes that it is drawn from)")
	f.StringVar(&o.service.host, "host", "", "the address of the service (default "+fetch.DefaultHost+")")
	f.Float64Var(&o.service.rate, "rate", 0, "requests a minute; 0: no limit (default 90)")
	f.StringVar(&o.format, "format", "table", "table or json")
	f.BoolVar(&o.exitCode, "exit-code", false, "exit with 1 when a signature differs")
	return cmd
}

func (o *parityOptions) check() error {
	switch {
	case o.siglists == "":
		return usageError("check-parity needs --siglists, the lists that the service runs; see 'sigdiff check-parity --help'")
	case o.sample < 1 || o.sample > math.MaxInt32:
		return usageError("--sample %d: it is a number of crashes, at least 1", o.sample)
	case o.format != "table" && o.format != "json":
		return usageError("no format %q; there are table and json", o.format)
	}
	return o.service.check()
}

func (a *app) runParity(ctx context.Context, o parityOptions, args []string) (err error) {
	if err := o.check(); err != nil {
		return err
	}
	loaded, err := a.specs(o.specs).load(ctx, o.siglists)
	if err != nil {
		return err
	}
	a.noteCode(loaded.info)
	side, err := loaded.side(defaultRules)
	if err != nil {
		return err
	}
	c, err := a.openCache(cache.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer func() { err = firstError(err, c.Close()) }()
	which, err := a.choose(o.selection, c, args)
	if err != nil {
		return err
	}
	ids, err := allIDs(ctx, c, which)
	if err != nil {
		return err
	}
	if len(ids) == 0 {
		return &exitError{exitIncomplete, errors.New("there is no crash to compare: the list of ids is empty")}
	}
	if !o.seeded {
		o.seed = idsHash(ids) >> 32 // short enough to be typed again
	}
	client, err := o.service.client(a, func(text string) { a.note("%s", visible(text)) })
	if err != nil {
		return err
	}
	defer client.Close()
	check := &parityCheck{
		app: a, cache: c, signer: side.NewSigner(), client: client,
		found: parityReport{Schema: 1, Service: client.Origin(), Siglists: side.info, Corpus: which.name, Of: len(ids), Seed: o.seed},
	}
	return check.run(ctx, o, corpora.Sample(ids, o.sample, o.seed))
}

// parityCheck is one run of check-parity.
type parityCheck struct {
	app    *app
	cache  *cache.Cache
	signer engine.Signer
	client *fetch.Client
	found  parityReport

	missing []string // those of which no processed crash is cached
}

// parityJob is a crash whose signature the service is asked for.
type parityJob struct {
	id      string
	own     engine.Result
	already string // the recorded signature
	data    json.RawMessage
}

func (p *parityCheck) run(ctx context.Context, o parityOptions, ids []string) error {
	p.found.Sample = len(ids)
	failure := p.ask(ctx, ids)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err := p.found.write(p.app, o.format); err != nil {
		return err
	}
	return p.result(ctx, o, failure)
}

// skip counts a crash that can't be asked for.
func (p *parityCheck) skip(id string, err error) {
	if errors.Is(err, errNoDocument) {
		p.missing = append(p.missing, id)
	}
	p.found.NotCompared = append(p.found.NotCompared, parityFailure{id, err.Error()})
}

// errNoDocument is why a crash that has a record alone can't be sent.
var errNoDocument = errors.New("its processed crash is not cached; 'sigdiff fetch' with its id or corpus gets it")

// job makes the signature of a crash as comparisons do, from its record, and the crash data of its
// processed crash.
func (p *parityCheck) job(id string) (parityJob, error) {
	crash, err := corpora.Crash(p.cache, id)
	if errors.Is(err, engine.ErrMissing) {
		return parityJob{}, errNoDocument
	}
	if err != nil {
		return parityJob{}, err
	}
	own, err := p.signer.Generate(crash)
	if err != nil {
		return parityJob{}, err
	}
	doc, err := p.cache.Get(id, cache.Processed)
	if errors.Is(err, cache.ErrNotFound) {
		return parityJob{}, errNoDocument
	}
	if err != nil {
		return parityJob{}, err
	}
	public, err := fetch.StripProcessed(doc) // an old cache may hold what must not leave it
	if err != nil {
		return parityJob{}, err
	}
	data, err := engine.CrashData(public)
	if err == nil && len(data) > largestJob {
		err = fmt.Errorf("its crash data is too large to be sent: %d bytes", len(data))
	}
	return parityJob{id, own, crash.Meta().Signature, data}, err
}

// ask goes through the crashes, some with each request. Those that the service can't answer are passed
// over; the error is the one after which nothing more is asked.
func (p *parityCheck) ask(ctx context.Context, ids []string) error {
	bar := p.app.progress(int64(len(ids)), "asking", false)
	defer func() { _ = bar.Exit() }()
	for len(ids) > 0 {
		batch := ids[:min(parityBatch, len(ids))]
		ids = ids[len(batch):]
		err := p.askBatch(ctx, p.jobs(batch))
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if endsParity(err) {
			for _, id := range ids {
				p.skip(id, errors.New("not asked for, since the service failed before"))
			}
			return err
		}
		_ = bar.Add(len(batch))
	}
	return nil
}

// jobs are the crashes that can be asked for.
func (p *parityCheck) jobs(ids []string) []parityJob {
	var jobs []parityJob
	for _, id := range ids {
		job, err := p.job(id)
		if err != nil {
			p.skip(id, err)
			continue
		}
		jobs = append(jobs, job)
	}
	return jobs
}

func (p *parityCheck) askBatch(ctx context.Context, jobs []parityJob) error {
	data := make([]json.RawMessage, len(jobs))
	for i, job := range jobs {
		data[i] = job.data
	}
	answers, err := p.client.CrashSignatures(ctx, data)
	for i, job := range jobs {
		if err != nil {
			p.skip(job.id, err)
		} else {
			p.compare(job, answers[i])
		}
	}
	return err
}

// endsParity tells an error after which asking for other crashes is of no use.
func endsParity(err error) bool {
	var forbidden *fetch.ForbiddenError
	var redirect *fetch.RedirectError
	var down *fetch.DownError
	return errors.As(err, &forbidden) || errors.As(err, &redirect) || errors.As(err, &down) ||
		errors.Is(err, fetch.ErrThrottled) || errors.Is(err, fetch.ErrMissing) || noEndpoint(err)
}

// noEndpoint tells that the service makes no signatures.
func noEndpoint(err error) bool {
	var wrong *fetch.RequestError
	return errors.As(err, &wrong) && wrong.Status == 404
}

func (p *parityCheck) compare(job parityJob, answer fetch.SignatureResult) {
	p.found.Compared++
	if answer.Signature == job.own.Signature {
		return
	}
	p.found.Differences = append(p.found.Differences, parityDifference{
		ID: job.id, Engine: job.own.Signature, Service: answer.Signature, Recorded: job.already,
		EngineNotes: notNil(job.own.Notes), ServiceNotes: notNil(answer.Notes),
	})
}

func notNil(notes []string) []string { return append([]string{}, notes...) }

// result is how the program ends.
func (p *parityCheck) result(ctx context.Context, o parityOptions, failure error) error {
	f := &p.found
	fetchable, err := corpora.Fetchable(ctx, p.cache, p.missing)
	if err != nil {
		return err
	}
	undone := len(f.NotCompared) - len(p.missing) + fetchable // what the service lost is nobody's to do
	switch {
	case noEndpoint(failure) || errors.Is(failure, fetch.ErrMissing):
		return &exitError{exitFailed, fmt.Errorf("%s makes no signatures: %w; --host names another service", f.Service, failure)}
	case failure != nil:
		return &exitError{exitFailed, fmt.Errorf("%w; %s not compared. The same command again asks for the same crashes", failure, crashCount(len(f.NotCompared)))}
	case undone > 0:
		return &exitError{exitIncomplete, fmt.Errorf("%s could not be compared, for the reasons above", crashCount(undone))}
	case f.Compared == 0:
		return &exitError{exitIncomplete, errors.New("no crash could be compared")}
	case o.exitCode && len(f.Differences) > 0:
		return &exitError{code: exitChanged}
	}
	return nil
}
