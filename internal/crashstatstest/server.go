package crashstatstest

import (
	"cmp"
	"context"
	"encoding/json"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Options shape a service. The zero value has the real service's limits and no faults.
type Options struct {
	// Limit and TokenLimit are requests a minute, 0: 100 and 1,000; -1: none.
	Limit, TokenLimit int
	// Tokens are the tokens that the service knows, by their text, and whether they are still good.
	Tokens map[string]bool
	// Fault decides what goes wrong.
	Fault FaultFunc
	// Now is the service's clock; nil: time.Now.
	Now func() time.Time
	// Signature makes the results of the CrashSignature endpoint; nil: there is no such endpoint.
	Signature func(job json.RawMessage) any
	// Bugs are the bugs of signatures.
	Bugs map[string][]int
	// Gzip compresses answers for clients that take it.
	Gzip bool
	// InMemory serves through pipes within the process; only [Server.Transport] gets there.
	InMemory bool
}

// A Server is a running service.
type Server struct {
	opts     Options
	http     *http.Server
	listener net.Listener
	url      string
	searches atomic.Uint64 // so far

	mu      sync.RWMutex
	log     []*Request
	nth     map[string]int // how often an address was asked for
	crashes []Crash        // by date, as searches sort it, and id
	byID    map[string]int // index into crashes
	window  time.Time      // the minute in which requests are counted now
	sent    map[string]int // in it, by who sent them
	answers map[string]keptAnswer
}

// keptFor is how long the service keeps the answer to a search, whether it is whole or not, and whatever comes meanwhile.
const keptFor = 5 * time.Minute

// keptAnswer is one, and until when it is kept.
type keptAnswer struct {
	answer map[string]any
	until  time.Time
}

// New starts a service that has these crashes. Close it.
func New(crashes []Crash, opts Options) *Server {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	// No limit is a negative one, since the zero value is the real service.
	opts.Limit, opts.TokenLimit = cmp.Or(opts.Limit, 100), cmp.Or(opts.TokenLimit, 1000)
	s := &Server{opts: opts, nth: map[string]int{}, answers: map[string]keptAnswer{}}
	s.SetCrashes(crashes)
	s.listen()
	// A handler that breaks a connection off is meant to. Nobody wants to read of it.
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: time.Minute, ErrorLog: log.New(io.Discard, "", 0)}
	go func() { _ = s.http.Serve(s.listener) }()
	return s
}

func (s *Server) listen() {
	if s.opts.InMemory {
		s.listener, s.url = newPipeListener(), "http://127.0.0.1"
		return
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic("crashstatstest: listening on loopback: " + err.Error()) // as httptest does: there is no test without it
	}
	s.listener, s.url = l, "http://"+l.Addr().String()
}

// URL is the service's origin, without a slash at the end.
func (s *Server) URL() string { return s.url }

// Transport carries requests to the service, and nowhere else when it is in memory. Close its idle connections
// before the end of a synctest bubble.
func (s *Server) Transport() *http.Transport {
	// More than any client has requests under way: a connection made anew for each request would slow tests
	// down.
	t := &http.Transport{MaxIdleConnsPerHost: 128}
	if l, ok := s.listener.(*pipeListener); ok {
		t.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) { return l.dial(ctx) }
	}
	return t
}

// Close stops the service and its connections.
func (s *Server) Close() { _ = s.http.Close() }

// SetCrashes gives the service other crashes in place of those that it has.
func (s *Server) SetCrashes(crashes []Crash) {
	all := slices.SortedFunc(slices.Values(crashes), func(a, b Crash) int {
		return cmp.Or(compareValues(&a, &b, "date"), compareValues(&a, &b, "uuid"))
	})
	// A new slice and a new map each time: requests under way go on with the old ones.
	byID := make(map[string]int, len(all))
	for i, c := range all {
		byID[c.ID] = i
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.crashes, s.byID = all, byID
}

// allow counts a request, in fixed minutes of the clock; refused ones don't count.
func (s *Server) allow(who string, limit int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	// As the service counts: a client that begins at the end of one minute has the next one's requests as well.
	// Its own pace must keep it below the limit in any minute.
	if begin := s.opts.Now().Truncate(time.Minute); !begin.Equal(s.window) {
		s.window, s.sent = begin, map[string]int{}
	}
	if limit > 0 && s.sent[who] >= limit {
		return false
	}
	s.sent[who]++
	return true
}

// kept is the answer that the service has kept by a key, or else makes of its crashes.
func (s *Server) kept(key string, answer func([]Crash) map[string]any) map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.opts.Now()
	if k := s.answers[key]; now.Before(k.until) {
		return k.answer
	}
	s.answers[key] = keptAnswer{answer(s.crashes), now.Add(keptFor)}
	return s.answers[key].answer
}

// all are the crashes, by date and id; nothing changes the slice.
func (s *Server) all() []Crash {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.crashes
}

func (s *Server) crash(id string) (c Crash) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if i, ok := s.byID[id]; ok {
		c = s.crashes[i]
	}
	return c
}

// A Request is one that the service got.
type Request struct {
	Time     time.Time
	Method   string
	Endpoint string // SuperSearch, ProcessedCrash, ...
	Params   url.Values
	Header   http.Header
	Nth      int // how often this address was asked for before
	Status   int // answered; 0 for none
}

// CrashID is the crash that the request was for.
func (r Request) CrashID() string { return r.Params.Get("crash_id") }

// Requests are all so far, in the order of coming.
func (s *Server) Requests() []Request {
	s.mu.RLock()
	defer s.mu.RUnlock()
	out := make([]Request, len(s.log))
	// Copies: a request under way gets its status later.
	for i, r := range s.log {
		out[i] = *r
	}
	return out
}

// Count is how many requests were made of an endpoint, or of all for the empty name.
func (s *Server) Count(endpoint string) int {
	n := 0
	for _, r := range s.Requests() {
		if endpoint == "" || r.Endpoint == endpoint {
			n++
		}
	}
	return n
}

// ForgetRequests empties the log.
func (s *Server) ForgetRequests() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log, s.nth = nil, map[string]int{}
}

// note puts a request into the log.
func (s *Server) note(r *Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	// Faults go by it: asking again must have another chance.
	key := r.Endpoint + "?" + r.Params.Encode()
	r.Nth = s.nth[key]
	s.nth[key]++
	s.log = append(s.log, r)
}
