package crashstatstest

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net/http"
	"time"
)

// A Fault is what goes wrong with one answer. The zero value is nothing.
type Fault struct {
	Delay   time.Duration // before anything is answered
	Status  int           // answered in place of the right answer, with Body
	Body    string        // empty: what the service says with that status
	Header  http.Header   // added to the answer, such as Retry-After or Location
	Drop    bool          // the connection is closed without an answer
	Cut     bool          // half the answer, then the connection is closed
	Short   bool          // half the answer as if it were the whole
	Partial bool          // a search says that shards failed, and lists half of its hits
}

// A FaultFunc decides what goes wrong with a request; nil or the zero value is nothing. It may be called from
// several goroutines at once.
type FaultFunc func(Request) *Fault

// Faults chooses from kinds in turn for a share of the requests, at random but the same for the same seed. An
// address that is asked for again has a new chance.
func Faults(seed uint64, share float64, kinds ...Fault) FaultFunc {
	return func(r Request) *Fault {
		h := fnv.New64a()
		// By what is asked for, and not by when: requests come in another order each time, and a test that
		// failed must fail again.
		fmt.Fprint(h, r.Endpoint, r.Params.Encode(), r.Nth)
		rng := rand.New(rand.NewPCG(seed, h.Sum64()))
		if rng.Float64() >= share {
			return nil
		}
		return &kinds[rng.IntN(len(kinds))]
	}
}

// Usual are the faults that pass: each is right the next time.
var Usual = []Fault{
	{Status: 500},
	{Status: 502, Body: Page},
	{Status: 503},
	{Status: 504, Body: Page},
	{Status: 200, Body: Page},
	{Status: 404, Body: Page},
	{Drop: true},
	{Cut: true},
	{Short: true},
	{Status: 400, Body: `{"error": "Bad request: BadArgumentError: Search query timed out. Simplify the search pattern and try again."}`},
}

// Page is what a proxy answers in place of the service.
const Page = "<!DOCTYPE html>\n<html><head><title>Not available</title></head><body><h1>This page is not available</h1></body></html>\n"

// instead answers in place of the right answer; false when the fault leaves that to be made.
func (f *Fault) instead(w *recorder) bool {
	// In front of the rest: a fault that only adds headers leaves the answer as it is.
	for name, values := range f.Header {
		w.Header()[name] = values
	}
	switch {
	case f.Drop:
		// With this value net/http closes the connection and logs nothing.
		panic(http.ErrAbortHandler)
	case f.Status != 0:
		w.writeBody(f.Status, []byte(cmp.Or(f.Body, http.StatusText(f.Status))))
	default:
		return false
	}
	return true
}
