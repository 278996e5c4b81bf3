package fetch

import "time"

// A Status is how far a pull is.
type Status struct {
	Total int           // crashes to pull
	Done  int           // crashes that are settled
	Rate  float64       // of these, a second, since the pull began
	Left  time.Duration // at that rate, or at the client's pace while there is too little to go by; 0 when not known
}

// An outcome is what became of one crash.
type outcome int

const (
	abandoned outcome = iota // neither: the run ended first
	fetched
	missing
	failed
)

func (p *pull) settle(id string, o outcome, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch o {
	case fetched:
		p.sum.Fetched++
	case missing:
		p.sum.Missing++
	case failed:
		p.sum.Failed++
		p.sum.Failures = append(p.sum.Failures, Failure{ID: id, Reason: err.Error()})
	default:
		return
	}
	p.sum.Left--
	if p.opts.Progress != nil {
		p.opts.Progress(p.status())
	}
}

// status is that of this moment. Early on the client's pace tells more about the time left than the few crashes done.
func (p *pull) status() Status {
	elapsed := time.Since(p.started)
	s := Status{Total: p.work.ToPull(), Done: p.work.ToPull() - p.sum.Left}
	if elapsed > 0 {
		s.Rate = float64(s.Done) / elapsed.Seconds()
	}
	left := float64(p.sum.Left)
	const early = 10 * time.Second
	switch {
	// The first requests go out at once, as many as the burst has, and would promise too much.
	case elapsed < early && p.pace != Unlimited:
		s.Left = time.Duration(left / float64(s.Total) * p.seconds * float64(time.Second))
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
