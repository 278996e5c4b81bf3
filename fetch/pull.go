package fetch

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/internal/pyjson"
)

// A Crash is what came of one crash: the raw crash, as it was sent in, and the processed crash, which signatures are made from.
type Crash struct {
	ID             string
	Raw, Processed []byte // nil: it was not asked for, or did not come
	// The service said that it has no such document.
	RawMissing, ProcessedMissing bool
}

// Pull pulls what the work asks for, and hands keep what came of each crash: documents, or that the service has none. keep may hold
// on to the documents. It is called by several goroutines at once, and with a context that goes on when ctx ends, for what was under
// way then. The summary is good whatever the error.
//
// A crash that fails after all its attempts is counted and the rest goes on. The run ends early when ctx does, with its cause,
// when the service is of no use ([FatalError]), and when keep fails ([StoreError]). In each case what is under way is finished
// and kept, so that the next run goes on from there.
func (c *Client) Pull(ctx context.Context, work *Work, keep func(context.Context, Crash) error, opts PullOptions) (Summary, error) {
	p := &pull{client: c, keep: keep, opts: opts, started: time.Now(), plan: c.Plan(work), settled: map[string]bool{}}
	p.sum = Summary{Listed: work.Crashes, Cached: work.Cached, Missing: work.Missing, Left: work.ToPull}
	err := p.run(ctx)
	return p.summary(), err
}

// A pull is one run of Client.Pull.
type pull struct {
	client *Client
	keep   func(context.Context, Crash) error
	opts   PullOptions

	started time.Time
	plan    Plan // when it began

	mu  sync.Mutex
	sum Summary // of what is settled

	settled map[string]bool // by crash id
}

func (p *pull) run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	flight, done := graceful(ctx, p.client.notice)
	defer done()
	group.SetLimit(crashesAtOnce)
	for _, t := range p.plan.tasks {
		group.Go(func() error { return p.one(ctx, flight, t) })
	}
	return group.Wait()
}

// graceful is the context of requests under way: it outlives ctx by the grace. That is said when it takes long enough
// for somebody to wonder.
func graceful(ctx context.Context, notice func(string)) (context.Context, func()) {
	flight, cancel := context.WithCancel(context.WithoutCancel(ctx))
	unhook := context.AfterFunc(ctx, func() {
		if sleep(flight, time.Second) != nil {
			return
		}
		notice(fmt.Sprintf("ending, when what is under way has arrived, or in %v; another interrupt ends at once", grace-time.Second))
		_ = sleep(flight, grace-time.Second)
		cancel()
	})
	return flight, func() { unhook(); cancel() }
}

// one pulls one crash and settles it. The error is one that ends the run.
func (p *pull) one(ctx, flight context.Context, t task) error {
	crash, err := p.documents(ctx, flight, t)
	// Also when the other document did not come: nothing is asked for twice.
	if crash.Raw != nil || crash.Processed != nil || crash.RawMissing || crash.ProcessedMissing {
		// Keeping is quick, and a document that arrived in the last moment of the grace must not be lost.
		if err := p.keep(context.WithoutCancel(flight), crash); err != nil {
			return &StoreError{err}
		}
	}
	switch {
	case Fatal(err) != nil:
		return err
	case err != nil && ctx.Err() != nil:
		return context.Cause(ctx)
	}
	p.settle(crash, err)
	return nil
}

// documents pulls the processed crash, then the raw one. Without the processed crash that is of no use, and not asked for. One that
// is missing is no error.
func (p *pull) documents(ctx, flight context.Context, t task) (crash Crash, err error) {
	crash.ID = t.id
	if t.processed {
		crash.Processed, err = p.client.document(ctx, flight, t.id, false, p.opts.Check)
		if crash.ProcessedMissing = errors.Is(err, errMissing); crash.ProcessedMissing {
			return crash, nil
		}
	}
	if t.raw && err == nil {
		crash.Raw, err = p.client.document(ctx, flight, t.id, true, nil)
		if crash.RawMissing = errors.Is(err, errMissing); crash.RawMissing {
			err = nil
		}
	}
	return crash, err
}

const rawEndpoint = "RawCrash"

// document pulls the processed crash or the raw one, checked and stripped. A crash that the service doesn't
// have is [errMissing]. refuse may be nil.
func (c *Client) document(waiting, flight context.Context, id string, raw bool, refuse func([]byte) error) (doc []byte, err error) {
	r := &request{endpoint: "ProcessedCrash", params: url.Values{"crash_id": {id}}}
	if raw {
		r.endpoint = rawEndpoint
		r.params.Set("format", "meta")
	}
	r.use = func(body []byte) (err error) {
		doc, err = checkDocument(body, id, raw)
		if err == nil && refuse != nil {
			err = refuse(body)
		}
		return err
	}
	err = c.do(waiting, flight, r)
	if err != nil && Fatal(err) == nil { // which may be about another request
		return nil, fmt.Errorf("%s: %w", r.endpoint, err)
	}
	return doc, err
}

// checkDocument makes sure that body is the whole document of the crash id and strips it. A raw crash may not
// say which crash it is of. The error wraps errAnswer.
func checkDocument(body []byte, id string, raw bool) ([]byte, error) {
	// As Socorro reads it, which is also how signatures are made of it.
	body = pyjson.Text(body)
	doc, name, err := cut(body, public(raw))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errAnswer, err)
	}
	switch {
	case name == "" && !raw:
		return nil, fmt.Errorf("%w: the document doesn't say which crash it is of", errAnswer)
	case name != id && name != "":
		return nil, fmt.Errorf("%w: the document is of the crash %.60q", errAnswer, name)
	}
	return doc, nil
}

func (p *pull) summary() Summary {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.sum
	s.Requests, s.Refused, s.Retried = p.client.Requests(), int(p.client.refused.Load()), int(p.client.retried.Load())
	s.Seconds = time.Since(p.client.made).Seconds()
	s.left = slices.DeleteFunc(p.plan.IDs(), func(id string) bool { return p.settled[id] })
	return s
}

// String is the summary in a line.
func (s *Summary) String() string {
	text := fmt.Sprintf("%s: %s cached, %s fetched, %s missing, %s failed", plural.Of(s.Listed, "crash", "crashes"), plural.Number(s.Cached), plural.Number(s.Fetched), plural.Number(s.Missing), plural.Number(s.Failed))
	if s.Left > 0 {
		text += fmt.Sprintf(", %s left", plural.Number(s.Left))
	}
	return fmt.Sprintf("%s; %s in %s", text, plural.Of(s.Requests, "request", "requests"), roughly(s.Seconds))
}

// A Status is how far a pull is.
type Status struct {
	Total int           // crashes to pull
	Done  int           // crashes that are settled
	Rate  float64       // of these, a second, since the pull began
	Left  time.Duration // at that rate, or at the client's pace while there is too little to go by; 0 when not known
}

// settle counts a crash. One that has no raw crash counts as fetched, since signatures don't need it.
func (p *pull) settle(crash Crash, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case err != nil:
		p.sum.Failed++
		p.sum.Failures = append(p.sum.Failures, Failure{ID: crash.ID, Reason: err.Error()})
	case crash.ProcessedMissing:
		p.sum.Missing++
	default:
		p.sum.Fetched++
	}
	p.sum.Left--
	p.settled[crash.ID] = true
	if p.opts.Progress != nil {
		p.opts.Progress(p.status())
	}
}

// status is that of this moment. Early on the client's pace tells more about the time left than the few crashes done.
func (p *pull) status() Status {
	elapsed := time.Since(p.started)
	s := Status{Total: p.plan.ToPull, Done: p.plan.ToPull - p.sum.Left}
	if elapsed > 0 {
		s.Rate = float64(s.Done) / elapsed.Seconds()
	}
	left := float64(p.sum.Left)
	const early = 10 * time.Second
	switch {
	// The first requests go out at once, as many as the burst has, and would promise too much.
	case elapsed < early && p.plan.Rate > 0:
		s.Left = time.Duration(left / float64(s.Total) * p.plan.Seconds * float64(time.Second))
	case s.Rate > 0:
		s.Left = time.Duration(left / s.Rate * float64(time.Second))
	}
	return s
}

// A Failure is one crash that could not be fetched.
type Failure struct {
	ID     string `json:"id"`
	Reason string `json:"reason"`
}

// A Summary is what came of a pull. Listed = Cached + Fetched + Missing + Failed + Left.
type Summary struct {
	Listed  int `json:"listed"`
	Cached  int `json:"cached"`
	Fetched int `json:"fetched"`
	Missing int `json:"missing"` // of them the service has nothing
	Failed  int `json:"failed"`
	Left    int `json:"left"` // not settled, since the run ended early

	Requests int     `json:"requests"` // all that the client has sent, those for listing and those sent again included
	Refused  int     `json:"refused"`  // of these, answered 429
	Retried  int     `json:"retried"`  // of these, sent again after an error
	Seconds  float64 `json:"seconds"`  // since the client was made

	Failures []Failure `json:"failures,omitempty"`

	left []string
}

// NotFetched are the ids of the crashes that failed, in the order of failing, and of those that are left.
func (s *Summary) NotFetched() []string {
	ids := make([]string, 0, len(s.Failures)+len(s.left))
	for _, f := range s.Failures {
		ids = append(ids, f.ID)
	}
	return append(ids, s.left...)
}
