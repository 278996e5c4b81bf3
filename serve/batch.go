package serve

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"net/http"
	"slices"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// result is what was made of a crash, as the CrashSignature endpoint writes it.
type result struct {
	Signature string   `json:"signature"`
	Notes     []string `json:"notes"`
	Extra     extra    `json:"extra"`
	// Error is why there is no signature. The endpoint of Crash Stats has no such member.
	Error string `json:"error,omitempty"`
}

// size is how many bytes the texts of a result have.
func (r *result) size() int64 {
	n := len(r.Signature) + len(r.Error)
	if r.Extra.ProtoSignature != nil {
		n += len(*r.Extra.ProtoSignature)
	}
	for _, text := range slices.Concat(r.Notes, r.Extra.NormalizedFrames) {
		n += len(text)
	}
	return int64(n)
}

// extra is what Socorro's rules leave beside a signature.
type extra struct {
	ProtoSignature   *string  `json:"proto_signature,omitempty"`
	NormalizedFrames []string `json:"normalized_frames,omitempty"`
}

// batch makes the signatures of a request's crashes, several at once, and keeps their order.
type batch struct {
	ctx     context.Context
	version *version
	slots   chan struct{} // one is held by whoever computes, of all requests
	answer  int64         // how many bytes of text the results may have in all
	size    atomic.Int64  // how many they have
	group   *errgroup.Group
	results []*result
}

// newBatch makes a batch, for which wait must be called. Its context ends the work, also within a crash.
func newBatch(ctx context.Context, v *version, slots chan struct{}, answer int64) *batch {
	group, ctx := errgroup.WithContext(ctx)
	// Of one request no more crashes are in memory than can be worked on: add waits for the others.
	group.SetLimit(cap(slots))
	return &batch{ctx: ctx, version: v, slots: slots, answer: answer, group: group}
}

// add makes the signature of one more crash. It waits while as many as may be are worked on, and keeps nothing of doc. An
// error ends the request.
func (b *batch) add(doc []byte) error {
	// The place is taken at once, which keeps the order whatever is ready first.
	own, made := bytes.Clone(doc), &result{}
	b.results = append(b.results, made)
	b.group.Go(func() error {
		select {
		// Slots are those of all requests, so that the processors have no more to do than there are of them.
		case b.slots <- struct{}{}:
		case <-b.ctx.Done():
			return b.ctx.Err()
		}
		*made = b.sign(own)
		<-b.slots
		// All of an answer is in memory until its reader has it, and frames may make it larger than the request was.
		if b.size.Add(made.size()) > b.answer {
			return problemf(http.StatusRequestEntityTooLarge, "the answer has more than %d bytes; send fewer crashes in a request", b.answer)
		}
		return b.ctx.Err()
	})
	return context.Cause(b.ctx)
}

// wait gives the results, after which no more can be added. An error is that the request's time is over, or that nobody waits for its answer.
func (b *batch) wait() ([]*result, error) {
	if err := b.group.Wait(); err != nil {
		return nil, err
	}
	return b.results, nil
}

// sign makes the signature of a crash. A panic is that crash's failure alone: there are other requests.
func (b *batch) sign(doc []byte) (r result) {
	defer func() {
		if p := recover(); p != nil {
			r = failure(fmt.Errorf("a mistake of sigdiff's: %v", p))
		}
	}()
	crash, err := crashdata.ReadData(doc)
	if err != nil {
		return failure(err)
	}
	// A worker remembers what became of frames, so that the next crash with them costs less.
	w := b.version.take()
	// The context ends it, also within one match. There is no other limit: the engine has its own for each pattern.
	w.Within(pyre.NewBudget(b.ctx, math.MaxInt, nil))
	made, err := w.Proto(crash)
	if b.ctx.Err() == nil { // else it may remember that matching ended
		b.version.give(w)
	}
	if err != nil {
		return failure(err)
	}
	return newResult(made)
}

// An empty list, and never null, as of the service.
func failure(err error) result { return result{Notes: []string{}, Error: err.Error()} }

func newResult(made signatures.Result) result {
	r := result{Signature: made.Signature, Notes: append([]string{}, made.Notes...)}
	if made.HasProto {
		r.Extra = extra{&made.ProtoSignature, made.Normalized}
	}
	return r
}
