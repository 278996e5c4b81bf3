package fetch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"
)

const (
	// Attempts at one request before it counts as failed; with the waits below that is about a minute of patience.
	maxAttempts = 10
	firstWait   = 100 * time.Millisecond
	longestWait = 20 * time.Second
)

// passing tells of an error that asking again may mend it.
func passing(err error) bool {
	_, ok := errors.AsType[*ServiceError](err)
	return ok && Fatal(err) == nil
}

func newBackOff() *backoff.ExponentialBackOff {
	return &backoff.ExponentialBackOff{InitialInterval: firstWait, RandomizationFactor: 0.5, Multiplier: 2.5, MaxInterval: longestWait}
}

// do asks until the answer could be used, the attempts are spent, or asking again makes no sense. When waiting
// ends, nothing more is begun; an attempt under way goes on until flight ends. The last attempt's error is
// returned; it is the cause of waiting's end when that is why it stopped.
func (c *Client) do(waiting, flight context.Context, r *request) error {
	_, err := backoff.Retry(waiting, func() (struct{}, error) {
		err := c.attempt(waiting, flight, r)
		if err != nil && !passing(err) {
			err = backoff.Permanent(err)
		}
		return struct{}{}, err
	}, backoff.WithBackOff(newBackOff()), backoff.WithMaxTries(maxAttempts), backoff.WithMaxElapsedTime(0),
		backoff.WithNotify(func(err error, _ time.Duration) { c.again(r, err) }))
	return err
}

// again counts a request that is sent again after an error. One that took minutes is said: nothing else shows that
// the client is at work.
func (c *Client) again(r *request, err error) {
	c.retried.Add(1)
	r.again = true
	if errors.Is(err, errSlow) {
		c.notice(fmt.Sprintf("%s: %v; asking again", r.endpoint, errSlow))
	}
}

// ask is do for what need not outlive ctx, and gives what read makes of the answer.
func ask[T any](ctx context.Context, c *Client, r *request, read func(answer []byte) (T, error)) (got T, err error) {
	r.use = func(answer []byte) (err error) {
		got, err = read(answer)
		return err
	}
	if err := c.do(ctx, ctx, r); err != nil {
		return got, fmt.Errorf("asking %s for %s: %w", c.Origin(), r.endpoint, err)
	}
	return got, nil
}

// attempt asks once, where refusals because of the pace don't count as asking.
func (c *Client) attempt(waiting, flight context.Context, r *request) error {
	release, err := c.slot(waiting)
	if err != nil {
		return err
	}
	// The slot is kept through a pause, so that not everybody else begins when it ends.
	defer release()
	for {
		err := c.once(waiting, flight, r)
		throttled, ok := errors.AsType[*throttledError](err)
		if !ok {
			return c.diagnose(waiting, r, err)
		}
		c.refused.Add(1)
		d, err := c.pacer.refused(throttled.after)
		if err != nil {
			return err
		}
		if d > 0 {
			c.notice(fmt.Sprintf("the service says that these are too many requests: waiting %v", d.Round(time.Second)))
		}
	}
}

// diagnose tells the pacer and the health what an attempt showed.
func (c *Client) diagnose(waiting context.Context, r *request, err error) error {
	if err == nil || errors.Is(err, errMissing) {
		c.prove()
	}
	if Fatal(err) != nil {
		c.barred.Store(&err)
		return err
	}
	failed, mayPass := errors.AsType[*ServiceError](err)
	_, refused := errors.AsType[*RequestError](err)
	// What failed because the run was ended says nothing of the service.
	if waiting.Err() != nil {
		return err
	}
	if !mayPass || failed.Status != 0 {
		c.pacer.ok()
	}
	if !mayPass && !refused {
		c.health.ok()
		return err
	}
	return cmp.Or(c.health.failed(err, mayPass, r.again), err)
}
