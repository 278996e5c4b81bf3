package fetch

import (
	"context"
	"math"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	// Unlimited as [Config.Rate] means as fast as the service answers.
	Unlimited = -1

	// The service allows 100 and 1,000 requests a minute; a tenth is left for its users' own browsing.
	anonymousRate = 90
	tokenRate     = 900

	// The service counts in fixed windows of this length and doesn't say when one began.
	rateWindow = 60 * time.Second
	// longestPause caps what the service can ask for in a Retry-After.
	longestPause = 15 * time.Minute
	// worthSaying is how long a pause must be for the user to be told, unless it is for too many requests.
	worthSaying = 5 * time.Second
	// A run ends when this many pauses in a row, over at least patience, brought no request through.
	maxPauses = 10
	patience  = 5 * time.Minute
)

// A pacer holds back every request of a client: a token bucket for the pace, and one pause that all share.
type pacer struct {
	limiter *rate.Limiter
	polite  rate.Limit // the pace that the service documents

	mu     sync.Mutex
	until  time.Time // requests wait until then
	pauses int       // in a row, without a request that came through
	lastOK time.Time // or when the client was made
}

// documentedRate is the pace in requests a minute that stays under the service's limit.
func documentedRate(token bool) float64 {
	if token {
		return tokenRate
	}
	return anonymousRate
}

func newPacer(perMinute float64, token bool) *pacer {
	p := &pacer{polite: rate.Limit(documentedRate(token) / 60), lastOK: time.Now()}
	if perMinute == Unlimited {
		p.limiter = rate.NewLimiter(rate.Inf, 1)
		return p
	}
	p.limiter = rate.NewLimiter(rate.Limit(perMinute/60), burst(perMinute))
	return p
}

// burst is how many requests may go out at once: few enough that rate + burst in any minute is under the service's limit.
func burst(perMinute float64) int {
	return int(math.Max(1, math.Min(perMinute/18, 20)))
}

// wait returns when the next request may go out, or when ctx ends.
func (p *pacer) wait(ctx context.Context) error {
	for {
		if d := p.pausedFor(); d > 0 {
			if err := sleep(ctx, d); err != nil {
				return err
			}
			continue
		}
		if err := p.limiter.Wait(ctx); err != nil {
			return contextError(ctx, err)
		}
		// A pause may have begun while this one queued. Going back to the end of the queue keeps the queue from
		// bursting out after the pause.
		if p.pausedFor() <= 0 {
			return nil
		}
	}
}

func (p *pacer) pausedFor() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Until(p.until)
}

// ok counts a request that the service did not refuse.
func (p *pacer) ok() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pauses = 0
	p.lastOK = time.Now()
}

// refused begins the pause that a 429 asks for; after is its Retry-After, 0 when there was none. d is as in pause.
func (p *pacer) refused(after time.Duration) (d time.Duration, err error) {
	if after <= 0 {
		after = rateWindow
	}
	after = min(after, longestPause)
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	// Requests that were under way together are refused together. They are one refusal.
	if !now.Before(p.until) {
		p.slowDown()
		p.pauses++
	}
	d = p.pause(now, after)
	// Both: a service that asks for pauses of a second is given minutes, and one that asks for minutes is given
	// a few tries.
	if p.pauses > maxPauses && now.Sub(p.lastOK) > patience {
		return d, fatalf("the service refuses every request as one too many: %d pauses in a row brought no request through", p.pauses)
	}
	return d, nil
}

// hold makes all requests wait for after, for another reason than too many requests. d is as in pause.
func (p *pacer) hold(after time.Duration) (d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.pause(time.Now(), after)
}

// pause begins a pause, or lengthens the one there is when this one is to end clearly later: requests that were
// under way when it began come back with much the same wish. d is how long all wait from now on when that is
// news, else 0.
func (p *pacer) pause(now time.Time, after time.Duration) (d time.Duration) {
	end := now.Add(min(after, longestPause))
	if now.Before(p.until) && !end.After(p.until.Add(rateWindow/10)) {
		return 0
	}
	p.until = end
	return end.Sub(now)
}

// slowDown lowers a pace that proved too fast to the documented one. When that is refused, somebody else shares the limit and the
// pause alone must do.
func (p *pacer) slowDown() {
	if p.polite < p.limiter.Limit() {
		p.limiter.SetLimit(p.polite)
		p.limiter.SetBurst(burst(float64(p.polite) * 60))
	}
}

// perMinute is the pace now, [Unlimited] for none.
func (p *pacer) perMinute() float64 {
	if l := p.limiter.Limit(); l != rate.Inf {
		return float64(l) * 60
	}
	return Unlimited
}

// sleep waits for d or until ctx ends.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// contextError prefers why a context ended over what a library made of it.
func contextError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}
