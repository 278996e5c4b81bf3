package fetch

import (
	"sync"
	"time"
)

// A Status is how far a pull is.
type Status struct {
	Total   int // crashes to pull
	Done    int // Fetched + Missing + Failed
	Fetched int
	Missing int
	Failed  int

	Requests int           // sent by the client so far
	Elapsed  time.Duration // since the pull began
	Rate     float64       // crashes settled a second, since the pull began
	Left     time.Duration // at that rate, or at the client's pace while there is too little to go by; 0 when not known
}

// tally counts what becomes of crashes.
type tally struct {
	mu       sync.Mutex
	status   Status
	failures []Failure
	started  time.Time
	pace     float64 // requests a minute
	requests int     // that the whole pull needs
	sent     func() int
	progress func(Status)
}

// An outcome is what became of one crash.
type outcome int

const (
	abandoned outcome = iota // neither: the run ended first
	fetched
	missing
	failed
)

func (t *tally) settle(id string, o outcome, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch o {
	case fetched:
		t.status.Fetched++
	case missing:
		t.status.Missing++
	case failed:
		t.status.Failed++
		t.failures = append(t.failures, Failure{ID: id, Reason: err.Error()})
	default:
		return
	}
	t.status.Done++
	if t.progress != nil {
		t.progress(t.now())
	}
}

// now is the status at this moment. Early on the client's pace tells more about the time left than the few crashes done.
func (t *tally) now() Status {
	s := t.status
	s.Elapsed = time.Since(t.started)
	s.Requests = t.sent()
	if s.Elapsed > 0 {
		s.Rate = float64(s.Done) / s.Elapsed.Seconds()
	}
	left := float64(s.Total - s.Done)
	const early = 10 * time.Second
	switch {
	case s.Elapsed < early && t.pace != Unlimited:
		s.Left = time.Duration(left / float64(s.Total) * seconds(t.requests, t.pace) * float64(time.Second))
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
	Seconds  float64 `json:"seconds"`  // that the pull took

	Failures []Failure `json:"failures,omitempty"`
}

// FailedIDs are the ids of the crashes that failed, in the order of failing.
func (s *Summary) FailedIDs() []string {
	ids := make([]string, 0, len(s.Failures))
	for _, f := range s.Failures {
		ids = append(ids, f.ID)
	}
	return ids
}
