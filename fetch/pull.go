package fetch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/sigdiff/sigdiff/internal/plural"
)

// Pull pulls what the work asks for into the store. The summary is good whatever the error.
//
// A crash that fails after all its attempts is counted and the rest goes on. The run ends early when ctx does
// ([InterruptedError]), when the service is of no use ([FatalError]), and when the store fails ([StoreError]).
// In each case what is under way is finished and everything that arrived is flushed, so that the next run goes
// on from there.
func (c *Client) Pull(ctx context.Context, work *Work, store Store, opts PullOptions) (Summary, error) {
	p := &pull{client: c, store: store, opts: opts, work: work, started: time.Now(), pace: c.pacer.perMinute()}
	p.seconds = seconds(work.Requests(), p.pace)
	p.sum = Summary{Listed: work.Crashes, Cached: work.Cached, Missing: work.Missing, Left: work.ToPull()}
	err := p.run(ctx)
	// Also after an interruption: what was pulled took minutes to come.
	flushErr := store.Flush(context.WithoutCancel(ctx))
	summary := p.summary()
	if ctx.Err() != nil && errors.Is(err, context.Cause(ctx)) {
		err = &InterruptedError{Left: summary.Left, Cause: context.Cause(ctx)}
	}
	if _, ok := errors.AsType[*StoreError](err); flushErr != nil && !ok {
		err = errors.Join(err, &StoreError{flushErr})
	}
	return summary, err
}

// A pull is one run of Client.Pull.
type pull struct {
	client *Client
	store  Store
	opts   PullOptions
	work   *Work

	started time.Time
	pace    float64 // requests a minute, when it began
	seconds float64 // that it takes at this pace

	mu  sync.Mutex
	sum Summary // of what is settled
}

func (p *pull) run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	flight, done := graceful(ctx, p.client.notice)
	defer done()
	group.SetLimit(crashesAtOnce)
	for _, t := range p.work.tasks {
		group.Go(func() error {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			return p.one(ctx, flight, t)
		})
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

// received is one document of a crash, as far as it came.
type received struct {
	doc []byte
	err error
}

// one pulls one crash and settles it. The error is one that ends the run.
func (p *pull) one(ctx, flight context.Context, t task) error {
	raw, processed := p.documents(ctx, flight, t)
	if err := p.keep(flight, t.id, raw, processed); err != nil {
		return &StoreError{err}
	}
	o, reason := verdict(ctx, raw, processed)
	p.settle(t.id, o, reason)
	if o == abandoned {
		return cmp.Or(Fatal(processed.err), Fatal(raw.err), context.Cause(ctx))
	}
	return nil
}

// documents pulls the processed crash, then the raw one. Without the processed crash that is of no use, and not asked for.
func (p *pull) documents(ctx, flight context.Context, t task) (raw, processed received) {
	if t.processed {
		processed.doc, processed.err = p.client.document(ctx, flight, t.id, false, p.opts.Check)
	}
	if t.raw && processed.err == nil {
		raw.doc, raw.err = p.client.document(ctx, flight, t.id, true, nil)
	}
	return raw, processed
}

// keep hands on what arrived, even when the other document did not: nothing is asked for twice.
func (p *pull) keep(flight context.Context, id string, raw, processed received) error {
	// Storing is quick, and a document that arrived in the last moment of the grace must not be lost.
	ctx := context.WithoutCancel(flight)
	now := time.Now()
	if raw.doc != nil || processed.doc != nil {
		if err := p.store.Put(ctx, id, raw.doc, processed.doc); err != nil {
			return err
		}
	}
	if errors.Is(processed.err, ErrMissing) {
		if err := p.store.MarkMissing(ctx, id, false, now); err != nil {
			return err
		}
	}
	if errors.Is(raw.err, ErrMissing) {
		return p.store.MarkMissing(ctx, id, true, now)
	}
	return nil
}

// verdict is what became of a crash. One that has no raw crash counts as fetched, since signatures don't need it.
func verdict(ctx context.Context, raw, processed received) (outcome, error) {
	switch {
	case errors.Is(processed.err, ErrMissing):
		return missing, nil
	case Fatal(processed.err) != nil || Fatal(raw.err) != nil:
		return abandoned, nil
	case processed.err == nil && (raw.err == nil || errors.Is(raw.err, ErrMissing)):
		return fetched, nil
	case ctx.Err() != nil:
		return abandoned, nil
	}
	return failed, cmp.Or(processed.err, raw.err)
}

func (p *pull) summary() Summary {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.sum
	s.Requests, s.Refused, s.Retried = p.client.Requests(), int(p.client.refused.Load()), int(p.client.retried.Load())
	s.Seconds = time.Since(p.started).Seconds()
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
