package fetch

import (
	"sync"
	"time"
)

const (
	// Attempts in a row, over all workers, after which a service that has never answered counts as down.
	maxFirstFailures = 5
	firstPatience    = 2 * time.Second
	// Requests in a row that failed, however often each was sent, after which one that has answered in this run does: it
	// gets time to come back, from the first of them on.
	maxFailures = 25
	downAfter   = 45 * time.Second
)

// health is the circuit breaker of a client: it counts the attempts that failed since the service last answered
// as it should.
type health struct {
	origin string

	mu       sync.Mutex
	failures int
	first    time.Time // when the failures in a row began
	answered bool      // as it should, at some time
}

// ok resets the count.
func (h *health) ok() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.failures, h.answered = 0, true
}

// failed counts one more failure; again tells of one of a request that failed before. The error is a [FatalError] when it is
// time to give up, else nil. A failure that will pass gives the service time to come back; refusals for good, however quick
// they are, are only counted.
func (h *health) failed(err error, passing, again bool) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.failures == 0 {
		h.first = time.Now()
	}
	// A few crashes whose documents are broken fail over and over when all others have come. That is no word on the
	// service, which gave these.
	if !again || !h.answered {
		h.failures++
	}
	limit, after := maxFirstFailures, firstPatience
	if h.answered {
		limit, after = maxFailures, downAfter
	}
	// The service is there and answers. Time does not mend what it refuses, so that the count alone decides.
	if !passing {
		limit, after = maxFailures, 0
	}
	if h.failures >= limit && time.Since(h.first) >= after {
		return fatalf("%s answers with nothing but errors (%d in a row); the last: %w", h.origin, h.failures, err)
	}
	return nil
}
