package verify

import (
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/report"
)

// Report is what is found out of a change at a service.
type Report struct {
	Host    string    `json:"host"`
	Since   time.Time `json:"since"` // when the change may be in effect at the earliest
	Verdict Verdict   `json:"verdict"`
	Lines   []Line    `json:"lines"`
	Crashes *Crashes  `json:"crashes,omitempty"` // nil where none were named
}

// Decide makes one verdict of all: crashes may tell what lines don't. Siglists are deployed as a whole, so that one proof will
// do, unless something is missing.
func (r *Report) Decide() {
	since := inEffect(r.Lines)
	if r.Crashes != nil {
		since = earlier(since, r.Crashes.settle(latestOf(r.Since, since)))
	}
	excuse(r.Lines, since)
	var all []Verdict
	for _, l := range r.Lines {
		all = append(all, l.Verdict)
	}
	if r.Crashes != nil {
		all = append(all, r.Crashes.Verdict)
	}
	switch {
	case slices.Contains(all, NotDeployed):
		r.Verdict = NotDeployed
	case slices.Contains(all, Deployed):
		r.Verdict = Deployed
	default:
		r.Verdict = Unclear
	}
}

// Text writes the report for people, with most of the crashes at most that have another signature than the change makes.
func (r *Report) Text(out io.Writer, most int) {
	fmt.Fprintf(out, "%s: %s, by crashes since %s\n", r.Host, r.Verdict, r.Since.Format(time.RFC3339))
	for _, l := range r.Lines {
		fmt.Fprintf(out, "\n%s  %s\n  %s\n", l.Verdict, report.Visible(l.Line), l.Why)
		if !l.FirstWith.IsZero() {
			fmt.Fprintf(out, "  with the change since %s\n", l.FirstWith.Format(time.RFC3339))
		}
		if !l.LatestWithout.IsZero() {
			fmt.Fprintf(out, "  without it until %s\n", l.LatestWithout.Format(time.RFC3339))
		}
		for _, id := range l.Examples {
			fmt.Fprintf(out, "  e.g. %s/report/index/%s\n", r.Host, id)
		}
		if l.URL != "" {
			fmt.Fprintf(out, "  %s\n", report.Visible(l.URL))
		}
	}
	if r.Crashes == nil {
		return
	}
	fmt.Fprintf(out, "\n%s  %s\n", r.Crashes.Verdict, r.Crashes)
	// Those with the signature that the change makes need no look. The others are what there is to ask about.
	named, omitted := 0, 0
	for _, c := range r.Crashes.Crashes {
		if c.Outcome == New || c.Outcome == Unaltered {
			continue
		}
		if named == most {
			omitted++
			continue
		}
		named++
		fmt.Fprintf(out, "  %s  %s\n", c.Outcome, c.ID)
		// It has no signature of the service, so that there are no two to hold against each other.
		if c.Reason != "" {
			fmt.Fprintf(out, "    %s\n", report.Visible(c.Reason))
			continue
		}
		fmt.Fprintf(out, "    - %s\n    + %s\n", report.Visible(c.Expected), report.Visible(c.Signature))
	}
	if omitted > 0 {
		fmt.Fprintf(out, "  %s omitted; --format json has all\n", plural.Crashes(omitted))
	}
	if n := len(r.Crashes.Reprocess.IDs); n > 0 {
		fmt.Fprintf(out, "  reprocessing %s: %s of 50 with a second between, %s; --reprocess FILE writes their ids\n", plural.Number(n), plural.Of(r.Crashes.Reprocess.Calls, "call", "calls"), plural.Of(r.Crashes.Reprocess.Seconds, "second", "seconds"))
	}
}
