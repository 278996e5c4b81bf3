package fetch

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/sigdiff/sigdiff/crashid"
	"github.com/sigdiff/sigdiff/internal/plural"
)

// PullOptions say what is pulled and how.
type PullOptions struct {
	// NoRaw leaves the raw crashes out, which halves the requests. Signatures are made without them.
	NoRaw bool
	// Refresh pulls what is had already, and asks again for what is known to be missing.
	Refresh bool
	// Check, if set, is asked of a processed crash as it came, before what not everybody may see is taken out.
	// A crash that it refuses has failed.
	Check func(processed []byte) error
	// Progress, if set, is told how it goes: from one goroutine at a time, after every crash. It must be quick.
	Progress func(Status)
}

const (
	// More crashes are under way than requests, so that one that waits to be asked for again holds up nobody else.
	crashesAtOnce = 64
	// grace is how long requests that are under way may take to finish once the run is interrupted.
	grace = 10 * time.Second

	// Crashes that were missing this long ago are asked for again: a crash may be processed after somebody had its id.
	missingFor = day
)

// A task is one crash that is to be pulled.
type task struct {
	id             string
	raw, processed bool // which documents
}

// Work is what a pull is to do.
type Work struct {
	Crashes  int `json:"crashes"` // in all, each id once
	Cached   int `json:"cached"`  // nothing to pull, it is there
	Missing  int `json:"missing"` // nothing to pull, the service said recently that it doesn't have it
	ToPull   int `json:"to_pull"`
	Requests int `json:"requests"` // that the pull needs when nothing goes wrong

	tasks []task
}

// IDs are the crashes that are to be pulled, in the order of pulling.
func (w *Work) IDs() []string {
	ids := make([]string, len(w.tasks))
	for i, t := range w.tasks {
		ids[i] = t.id
	}
	return ids
}

// Known is what is had of one crash.
type Known struct {
	Raw, Processed bool
	// When the service said last that it has no such document; zero when it never did, or when the document came since.
	RawMissing, ProcessedMissing time.Time
}

// Survey leaves out what is had of the crashes: have tells it in the order of the ids; nil for nothing. It sends nothing to the
// service. Every id must be [crashid.Valid]; the error for another wraps [crashid.ErrNone].
func Survey(ctx context.Context, ids []string, have func(context.Context, []string) ([]Known, error), opts PullOptions) (*Work, error) {
	w := &Work{}
	seen := make(map[string]bool, len(ids))
	unique := make([]string, 0, len(ids))
	for _, id := range ids {
		if !crashid.Valid(id) {
			return nil, fmt.Errorf("%w: %.100q", crashid.ErrNone, id)
		}
		if !seen[id] {
			seen[id] = true
			unique = append(unique, id)
		}
	}
	w.Crashes = len(unique)
	known := make([]Known, len(unique))
	if have != nil {
		var err error
		if known, err = have(ctx, unique); err != nil {
			return nil, err
		}
	}
	for i, id := range unique {
		w.add(id, known[i], opts)
	}
	return w, nil
}

func (w *Work) add(id string, k Known, opts PullOptions) {
	recently := func(t time.Time) bool { // a clock that ran ahead must not make it wait until then
		return time.Since(t).Abs() < missingFor
	}
	// A crash whose processed document is there may still lack the raw one, when an earlier run left these out.
	t := task{id: id, processed: true, raw: !opts.NoRaw}
	if !opts.Refresh {
		t.processed = !k.Processed
		t.raw = t.raw && !k.Raw && !recently(k.RawMissing)
	}
	switch {
	case t.processed && !opts.Refresh && recently(k.ProcessedMissing):
		w.Missing++
	case t.processed || t.raw:
		w.tasks = append(w.tasks, t)
		w.ToPull++
		for _, wanted := range []bool{t.processed, t.raw} {
			if wanted {
				w.Requests++
			}
		}
	default:
		w.Cached++
	}
}

// Work is that of a search with that many crashes at the most, its listing included; what is had is not taken off, since the ids
// are not known yet. It can't be pulled.
func (q Query) Work(crashes int, opts PullOptions) *Work {
	if q.Num > 0 {
		crashes = min(crashes, q.Num)
	}
	each := 2
	if opts.NoRaw {
		each = 1
	}
	return &Work{Crashes: crashes, ToPull: crashes, Requests: crashes*each + (crashes+pageSize-1)/pageSize}
}

// A Plan says what work will cost.
type Plan struct {
	Host string `json:"host"` // of the service, as [Client.Origin] has it
	Work
	Rate    float64 `json:"rate"`    // requests a minute; 0: no limit
	Seconds float64 `json:"seconds"` // at that rate; 0 without a limit
	// SecondsWithToken is the same at the rate that a token allows; 0 when it would change nothing.
	SecondsWithToken float64 `json:"seconds_with_token,omitempty"`
}

// Plan says what the work will cost at this client's pace.
func (c *Client) Plan(w *Work) Plan {
	p := Plan{Host: c.Origin(), Work: *w}
	rate := c.pacer.perMinute()
	if rate == Unlimited {
		return p
	}
	p.Rate = rate
	p.Seconds = seconds(p.Requests, p.Rate)
	if c.token.IsZero() && p.Rate < tokenRate {
		p.SecondsWithToken = seconds(p.Requests, tokenRate)
	}
	return p
}

func seconds(requests int, perMinute float64) float64 {
	return float64(max(0, requests-burst(perMinute))) * 60 / perMinute
}

// String is the plan in a sentence or two.
func (p Plan) String() string {
	var s strings.Builder
	s.WriteString(plural.Of(p.Crashes, "crash", "crashes"))
	if p.Cached > 0 {
		fmt.Fprintf(&s, ", %s of them cached", plural.Number(p.Cached))
	}
	if p.Missing > 0 {
		fmt.Fprintf(&s, ", %s known to be missing", plural.Number(p.Missing))
	}
	if p.ToPull == 0 {
		fmt.Fprintf(&s, ": nothing to fetch from %s", p.Host)
		return s.String()
	}
	fmt.Fprintf(&s, ": %s to fetch from %s with %s", plural.Number(p.ToPull), p.Host, plural.Of(p.Requests, "request", "requests"))
	if p.Rate == 0 {
		s.WriteString(", without a limit on the rate")
		return s.String()
	}
	fmt.Fprintf(&s, ", about %s at %s requests a minute", roughly(p.Seconds), rateText(p.Rate))
	if p.SecondsWithToken > 0 {
		fmt.Fprintf(&s, "; with an API token about %s (%s a minute)", roughly(p.SecondsWithToken), plural.Number(tokenRate))
	}
	return s.String()
}

// rateText is a rate without a fraction, unless that is all there is to it.
func rateText(rate float64) string {
	if rate < 1 {
		return strconv.FormatFloat(rate, 'g', 1, 64)
	}
	return strconv.FormatFloat(rate, 'f', 0, 64)
}

// roughly is a duration as people say it.
func roughly(seconds float64) string {
	switch {
	case seconds < 1.5:
		return "1 second"
	case seconds < 90:
		return fmt.Sprintf("%.0f seconds", seconds)
	case seconds < 2*3600:
		return fmt.Sprintf("%.0f minutes", seconds/60)
	}
	return fmt.Sprintf("%.1f hours", seconds/3600)
}
