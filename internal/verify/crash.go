package verify

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/fetch"
	"github.com/sigdiff/sigdiff/internal/plural"
)

// Socorro's reprocessing takes so many crashes a call, with a second between two calls.
const (
	perCall     = 50
	betweenCall = 1
)

// A Crash is one whose signature the change alters.
type Crash struct {
	ID        string    `json:"id"`
	Before    string    `json:"before"`             // its signature without the change
	Expected  string    `json:"expected"`           // and with it
	Signature string    `json:"signature"`          // that the service has now
	Processed time.Time `json:"processed,omitzero"` // when the service made that
	Outcome   Outcome   `json:"outcome"`            //
	Reason    string    `json:"reason,omitempty"`   // why it was not fetched
}

// Outcome is what a crash tells.
type Outcome string

// The outcomes.
const (
	New        Outcome = "new"         // it has the signature that the change makes, and could not without the change
	Unaltered  Outcome = "unaltered"   // it has that, and would have it without the change
	Reprocess  Outcome = "reprocess"   // it was processed before the change
	Old        Outcome = "old"         // it was processed since, and has the signature of before
	Other      Outcome = "other"       // and has a third one
	NotFetched Outcome = "not fetched" // the service gave no answer, or has it no more
)

// settle says what a crash tells, when the change has been in effect since then at the earliest.
func (c *Crash) settle(since time.Time) {
	switch {
	// Nothing is known of what the service has, whatever the fields say.
	case c.Reason != "":
		c.Outcome = NotFetched
	// Before the date is looked at: a crash that has the signature needs no reprocessing, whenever it was processed.
	case c.Signature == c.Expected && c.Before == c.Expected:
		c.Outcome = Unaltered
	case c.Signature == c.Expected:
		c.Outcome = New
	// That is the date of the last processing, so that a crash which was processed again since counts.
	case c.Processed.Before(since):
		c.Outcome = Reprocess
	case c.Signature == c.Before:
		c.Outcome = Old
	default:
		c.Outcome = Other
	}
}

// Crashes is what crashes tell, and which were processed too early to.
type Crashes struct {
	Changed   int             `json:"changed"` // crashes that the change alters, of which some were looked at
	Counts    map[Outcome]int `json:"counts"`
	Verdict   Verdict         `json:"verdict"`
	Crashes   []Crash         `json:"crashes"`
	Reprocess Reprocessing    `json:"reprocess"`
}

// Reprocessing is what it takes to process crashes again.
type Reprocessing struct {
	IDs     []string `json:"ids"`
	Calls   int      `json:"calls"`
	Seconds int      `json:"seconds"`
}

// settle says what the crashes tell, when the change has been in effect since then at the earliest. It gives when the first of
// them shows it; the zero time for none.
func (out *Crashes) settle(since time.Time) (first time.Time) {
	for i := range out.Crashes {
		c := &out.Crashes[i]
		if c.settle(since); c.Outcome == New {
			first = earlier(first, c.Processed)
		}
	}
	// Again: what was processed before another crash shows the change tells nothing against it.
	since = latestOf(since, first)
	out.Counts, out.Verdict, out.Reprocess.IDs = map[Outcome]int{}, Unclear, []string{}
	for i := range out.Crashes {
		c := &out.Crashes[i]
		c.settle(since)
		out.Counts[c.Outcome]++
		if c.Outcome == Reprocess {
			out.Reprocess.IDs = append(out.Reprocess.IDs, c.ID)
		}
	}
	out.Reprocess.Calls = (len(out.Reprocess.IDs) + perCall - 1) / perCall
	// The calls themselves take no time that could be foretold.
	out.Reprocess.Seconds = max(0, out.Reprocess.Calls-1) * betweenCall
	switch {
	// One is enough: siglists are deployed as a whole.
	case out.Counts[Old] > 0:
		out.Verdict = NotDeployed
	// A third signature may be that of a later change, and what did not come may be an old one.
	case out.Counts[New] > 0 && out.Counts[Other]+out.Counts[NotFetched] == 0:
		out.Verdict = Deployed
	}
	return first
}

// earlier is the earlier of two times, of which the zero time is none.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

func latestOf(times ...time.Time) time.Time { return slices.MaxFunc(times, time.Time.Compare) }

// String says it in a sentence.
func (c Crashes) String() string {
	return fmt.Sprintf("%s of %s looked at: %s have the new signature, %s the old one, %s another, %s are the same without the change, %s were processed before it, %s did not come",
		plural.Number(len(c.Crashes)), plural.Of(c.Changed, "changed crash", "changed crashes"), plural.Number(c.Counts[New]), plural.Number(c.Counts[Old]), plural.Number(c.Counts[Other]), plural.Number(c.Counts[Unaltered]), plural.Number(c.Counts[Reprocess]), plural.Number(c.Counts[NotFetched]))
}

// Fetch asks the service for the signatures that crashes have now. Those with and without the change are made of what it has now,
// too: a crash that was processed again since it was cached may have other frames. after is nil where somebody said what is
// expected. Nothing is stored.
func Fetch(ctx context.Context, client *fetch.Client, crashes []Crash, before, after signatures.Side, progress func(fetch.Status)) error {
	ids := make([]string, len(crashes))
	at := make(map[string]*Crash, len(crashes))
	for i := range crashes {
		ids[i], at[crashes[i].ID] = crashes[i].ID, &crashes[i]
		// It stays where the pull ends early: a crash that was never asked for must not look like one without a signature.
		crashes[i].Reason = "not asked for"
	}
	one := before.NewSigner()
	var other signatures.Signer
	if after != nil {
		other = after.NewSigner()
	}
	options := fetch.PullOptions{NoRaw: true, Progress: progress}
	// Of all: what counts is what the service has now, and no cache knows that.
	work, err := fetch.Survey(ctx, ids, nil, options)
	if err != nil {
		return err
	}
	var mu sync.Mutex
	sum, err := client.Pull(ctx, work, func(_ context.Context, came fetch.Crash) error {
		mu.Lock()
		defer mu.Unlock()
		c := at[came.ID]
		if c.Reason = ""; came.ProcessedMissing {
			c.Reason = "the service doesn't have it"
			// Of this crash nothing is known then; the others are fetched all the same.
		} else if err := c.read(came.Processed, one, other); err != nil {
			c.Reason = err.Error()
		}
		return nil
	}, options)
	for _, f := range sum.Failures {
		at[f.ID].Reason = f.Reason
	}
	return err
}

// read reads what there is to know of a crash, and makes its signatures; after may be nil.
func (c *Crash) read(processed []byte, before, after signatures.Signer) error {
	crash, err := crashdata.ParseProcessed(processed)
	if err != nil {
		return err
	}
	made, err := before.Generate(crash)
	c.Before = made.Signature
	if err == nil && after != nil {
		made, err = after.Generate(crash)
		c.Expected = made.Signature
	}
	if err != nil {
		return err
	}
	c.Signature = crash.Meta.Signature
	c.Processed, _ = crash.Meta.ProcessedTime() // the zero time is before any change, so that the crash tells nothing
	return nil
}
