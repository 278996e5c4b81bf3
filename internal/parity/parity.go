// Package parity holds the engine's signatures against those that Crash Stats makes.
package parity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/fetch"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/report"
)

// UsualBatch is how many crashes go into one request: when one can't be answered, so few others go with it, and a request
// stays well below a megabyte.
const UsualBatch = 10

// largestJob is how much crash data of one crash is sent, in bytes. That of a usual crash has 10 to 40 KB.
const largestJob = 1 << 18

// Check asks a service for the signatures of cached crashes.
type Check struct {
	Cache  *cache.Cache
	Signer signatures.Signer
	Client *fetch.Client
	Batch  int         // how many crashes go into one request
	Asked  func(n int) // called with how many crashes were asked for; may be nil
	Found  Report

	missing []string // those of which no processed crash is cached
}

// crashJob is a crash whose signature the service is asked for.
type crashJob struct {
	id      string
	own     signatures.Result
	already string // the recorded signature
	data    json.RawMessage
}

// skip counts a crash that can't be asked for.
func (p *Check) skip(id string, err error) {
	// They are counted apart: some can be fetched, others the service has lost.
	if errors.Is(err, crashdata.ErrMissing) {
		p.missing, err = append(p.missing, id), errNoDocument
	}
	p.Found.NotCompared = append(p.Found.NotCompared, compare.Failure{ID: id, Err: err.Error()})
}

// errNoDocument is why a crash that has a record alone can't be sent.
var errNoDocument = errors.New("its processed crash is not cached; 'sigdiff fetch' with its id or corpus gets it")

// job makes the signature of a crash as comparisons do, from its record, and the crash data of its
// processed crash.
func (p *Check) job(id string) (crashJob, error) {
	// From the record, as comparisons read it: what is checked is the whole way to a signature, not only its end.
	crash, err := corpora.Crash(p.Cache, id)
	if err != nil {
		return crashJob{}, err
	}
	// Before the processed crash is read: what the engine can't sign need not be sent.
	own, err := p.Signer.Generate(crash)
	if err != nil {
		return crashJob{}, err
	}
	doc, err := corpora.Processed(p.Cache, id)
	if err != nil {
		return crashJob{}, err
	}
	public, err := fetch.Strip(doc, false) // an old cache may hold what must not leave it
	if err != nil {
		return crashJob{}, err
	}
	data, err := crashdata.CrashData(public)
	if err == nil && len(data) > largestJob {
		// The service would refuse the whole request, and with it the other crashes of the batch.
		err = fmt.Errorf("its crash data is too large to be sent: %d bytes", len(data))
	}
	return crashJob{id, own, crash.Meta.Signature, data}, err
}

// Ask goes through the crashes, some with each request. Those that the service can't answer are passed
// over; the error is the one after which nothing more is asked.
func (p *Check) Ask(ctx context.Context, ids []string) error {
	p.Found.Sample, p.Found.Differences, p.Found.NotCompared = len(ids), []Difference{}, []compare.Failure{} // never null in JSON
	for len(ids) > 0 {
		batch := ids[:min(p.Batch, len(ids))]
		ids = ids[len(batch):]
		err := p.askBatch(ctx, p.jobs(batch))
		// An interruption is none of the service's failures, and no crash is named for it.
		if ctx.Err() != nil {
			return ctx.Err()
		}
		// Asking for other crashes is of no use then.
		if fetch.Fatal(err) != nil || noEndpoint(err) {
			for _, id := range ids {
				p.skip(id, errors.New("not asked for, since the service failed before"))
			}
			return err
		}
		if p.Asked != nil {
			p.Asked(len(batch))
		}
	}
	return nil
}

// jobs are the crashes that can be asked for.
func (p *Check) jobs(ids []string) []crashJob {
	var jobs []crashJob
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

func (p *Check) askBatch(ctx context.Context, jobs []crashJob) error {
	data := make([]json.RawMessage, len(jobs))
	for i, job := range jobs {
		data[i] = job.data
	}
	// In the order of the jobs: the service answers so, and the client checks how many there are.
	answers, err := p.Client.CrashSignatures(ctx, data)
	for i, job := range jobs {
		if err != nil {
			p.skip(job.id, err)
		} else {
			p.compare(job, answers[i])
		}
	}
	return err
}

// noEndpoint tells that the service makes no signatures.
func noEndpoint(err error) bool {
	wrong, ok := errors.AsType[*fetch.RequestError](err)
	return ok && wrong.Status == 404
}

func (p *Check) compare(job crashJob, answer fetch.SignatureResult) {
	p.Found.Compared++
	// Notes are shown beside a difference, and are none themselves.
	if answer.Signature == job.own.Signature {
		return
	}
	p.Found.Differences = append(p.Found.Differences, Difference{
		ID: job.id, Engine: job.own.Signature, Service: answer.Signature, Recorded: job.already,
		EngineNotes: append([]string{}, job.own.Notes...), ServiceNotes: append([]string{}, answer.Notes...), // never null in JSON
	})
}

// Result is how the program ends; failure is what Ask returned.
func (p *Check) Result(ctx context.Context, failure error) error {
	f := &p.Found
	fetchable, err := corpora.Fetchable(ctx, p.Cache, p.missing)
	if err != nil {
		return err
	}
	undone := len(f.NotCompared) - len(p.missing) + fetchable // what the service lost is nobody's to do
	switch {
	case noEndpoint(failure):
		return exit.With(exit.Failed, fmt.Errorf("%s makes no signatures: %w; --host names another service", f.Service, failure))
	case failure != nil:
		return exit.With(exit.Failed, fmt.Errorf("%w; %s not compared. The same command again asks for the same crashes", failure, plural.Crashes(len(f.NotCompared))))
	case undone > 0:
		return exit.Incompletef("%s could not be compared, for the reasons above", plural.Crashes(undone))
	case f.Compared == 0:
		return exit.Incompletef("no crash could be compared")
	}
	return nil
}

// Report is what check-parity found.
type Report struct {
	Schema      int               `json:"schema"`
	Service     string            `json:"service"`
	Siglists    report.Side       `json:"siglists"` // of the engine
	Corpus      string            `json:"corpus"`
	Of          int               `json:"crashes"` // that the sample was drawn from
	Sample      int               `json:"sample"`
	Compared    int               `json:"compared"`
	Differences []Difference      `json:"differences"`
	NotCompared []compare.Failure `json:"not_compared"`
}

// Difference is a crash of which the service makes another signature.
type Difference struct {
	ID           string   `json:"id"`
	Engine       string   `json:"engine"`
	Service      string   `json:"service"`
	Recorded     string   `json:"recorded"`
	EngineNotes  []string `json:"engine_notes"`
	ServiceNotes []string `json:"service_notes"`
}

// Text writes the report for people.
func (r *Report) Text(w io.Writer) {
	of := ""
	if r.Corpus != "" {
		of = " of " + report.Visible(r.Corpus)
	}
	fmt.Fprintf(w, "%s%s compared: %s differ, %s could not be compared\n", plural.Crashes(r.Compared), of, plural.Number(len(r.Differences)), plural.Number(len(r.NotCompared)))
	fmt.Fprintf(w, "engine   siglists %s\n", report.Visible(sideText(r.Siglists)))
	fmt.Fprintf(w, "service  %s, the siglists and rules that it runs itself\n", report.Visible(r.Service))
	fmt.Fprintf(w, "sample   %s of %s\n", plural.Number(r.Sample), plural.Number(r.Of))
	for _, d := range r.Differences {
		fmt.Fprintf(w, "\n%s\n  engine    %s\n  service   %s\n", d.ID, report.Visible(d.Engine), report.Visible(d.Service))
		// It helps where the service has changed its lists since the crash was processed.
		if d.Recorded != d.Engine {
			fmt.Fprintf(w, "  recorded  %s\n", report.Visible(d.Recorded))
		}
		// Its notes say by which rule it came to its signature; those of the engine are what explain shows.
		for _, n := range d.ServiceNotes {
			fmt.Fprintf(w, "  service's note  %s\n", report.Visible(n))
		}
	}
}

// sideText names siglists in one line.
func sideText(s report.Side) string {
	text := s.Spec
	if s.Revision != "" {
		text += fmt.Sprintf(", commit %.12s of %.10s", s.Revision, s.Date)
	}
	return text + ", digest " + s.Digest
}
