// Package serve makes signatures over HTTP: as the CrashSignature endpoint of Crash Stats does, and as a remote function
// of BigQuery. It trusts nobody who can reach it with more than the limits allow, and keeps nothing of what it is sent.
package serve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"runtime"
	"strings"
	"time"
)

// Limits bound what clients can ask for. Each must be above 0.
type Limits struct {
	Jobs     int           // crashes in a request
	Crash    int64         // bytes of a crash
	Body     int           // bytes of a request to CrashSignature
	Answer   int64         // bytes of the texts in an answer
	Requests int           // at once that have a body; more are sent away, and may come again
	Workers  int           // crashes at once that are worked on
	Header   time.Duration // until a request's header is there
	Time     time.Duration // from then on, until the body is there and the work done
}

// DefaultLimits are those that sigdiff serve has.
func DefaultLimits() Limits {
	return Limits{
		Jobs: 1000, Crash: 4 << 20, Body: 64 << 20, Answer: 24 << 20, Requests: 32, Workers: runtime.GOMAXPROCS(0),
		Header: 10 * time.Second, Time: time.Minute,
	}
}

// How many bytes a request's header may have. With pages, addresses hold edits, and have what browsers take.
const (
	largestHeader     = 16 << 10
	largestPageHeader = 2 << 20
)

// Config says what is served, and to whom.
type Config struct {
	Lists  *Lists
	Limits Limits
	// Token tells whether a client's token is the right one; nil: clients need none.
	Token func(given string) bool
	// Hosts are the names by which clients may reach the server, beside localhost and loopback addresses.
	Hosts []string
	// Pages are what else is served, to those who may ask, by method and path, such as "GET /help". One is at all paths that
	// begin with its own, where that ends in a slash and is not "/". What comes with a POST is JSON.
	Pages map[string]http.Handler
	// Public lets clients reach the server by any address. By names they reach it by those of Hosts alone.
	Public bool
}

// Server answers requests. Make it with New.
type Server struct {
	Config
	slots    chan struct{} // one is held for each crash that is worked on
	requests chan struct{} // one is held by each request with a body
	origins  *http.CrossOriginProtection
	metrics  *metrics
	routes   map[string]http.Handler
	below    []string     // the paths of pages that are at all that begin with them
	other    http.Handler // for paths that nothing is at
}

// New makes a server.
func New(c Config) *Server {
	s := &Server{
		Config: c, slots: make(chan struct{}, c.Limits.Workers), requests: make(chan struct{}, c.Limits.Requests),
		origins: http.NewCrossOriginProtection(), metrics: newMetrics(c.Lists),
	}
	s.routes = map[string]http.Handler{}
	for _, r := range []route{
		{path: "/api/CrashSignature/", method: http.MethodPost, errorName: "error", answer: s.crashSignature},
		{path: "/bigquery", method: http.MethodPost, errorName: "errorMessage", answer: s.bigQuery},
		{path: "/healthz", method: http.MethodGet, errorName: "error", open: true, answer: healthy},
		{path: "/metrics", method: http.MethodGet, errorName: "error", handler: s.metrics.handler()},
	} {
		s.routes[r.path] = s.metrics.instrument(r.path, s.checked(r))
	}
	for at, page := range c.Pages {
		method, path, _ := strings.Cut(at, " ")
		s.routes[path] = s.metrics.instrument(path, s.checked(route{path: path, method: method, errorName: "error", handler: page}))
		if path != "/" && strings.HasSuffix(path, "/") {
			s.below = append(s.below, path)
		}
	}
	// No http.ServeMux, which would redirect a path such as //bigquery before the request was checked.
	s.other = s.metrics.instrument("other", s.checked(route{errorName: "error", answer: nothingHere}))
	return s
}

// ServeHTTP answers a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// The path must be the very one, as it was sent: paths that only mean the same are answered with 404.
	if h, ok := s.routes[r.URL.EscapedPath()]; ok {
		h.ServeHTTP(w, r)
		return
	}
	for _, path := range s.below {
		if strings.HasPrefix(r.URL.EscapedPath(), path) {
			s.routes[path].ServeHTTP(w, r)
			return
		}
	}
	s.other.ServeHTTP(w, r)
}

// Serve answers the requests of a listener until the context ends. Then it takes no more, and lets those that are under
// way finish. It closes the listener.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	// Requests outlive the context that ends the server, by as much as one may take.
	base, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	header := largestHeader
	if len(s.Pages) > 0 {
		header = largestPageHeader
	}
	server := &http.Server{
		Handler: s, BaseContext: func(net.Listener) context.Context { return base }, ErrorLog: log.New(io.Discard, "", 0),
		// net/http logs what clients do wrong, which is theirs to know. The server's own errors go to whoever calls Serve.
		ReadHeaderTimeout: s.Limits.Header, ReadTimeout: s.Limits.Header + s.Limits.Time, WriteTimeout: 2 * s.Limits.Time,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: header, DisableGeneralOptionsHandler: true, // which checks nothing
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serving: %w", err)
	case <-ctx.Done():
	}
	// Longer than that no request may take anyway.
	grace, end := context.WithTimeout(base, s.Limits.Time)
	defer end()
	if err := server.Shutdown(grace); err != nil {
		cut()
		return errors.Join(fmt.Errorf("requests that were under way were cut off: %w", err), server.Close())
	}
	return nil
}

// problem is an answer other than what was asked for.
type problem struct {
	status int
	text   string
	header [2]string // one more, if it has a name
}

func (p *problem) Error() string { return p.text }

func problemf(status int, format string, args ...any) *problem {
	return &problem{status: status, text: fmt.Sprintf(format, args...)}
}

// with adds a header to the answer.
func (p *problem) with(name, value string) *problem {
	p.header = [2]string{name, value}
	return p
}

// write answers with an object that has the problem as its member.
func (p *problem) write(w http.ResponseWriter, member string) {
	if p.header[0] != "" {
		w.Header().Set(p.header[0], p.header[1])
	}
	writeJSON(w, p.status, map[string]string{member: p.text})
}

// writeJSON answers. Nobody is left to be told that the client is gone.
func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	// The status is sent by then: an error could not be told.
	_ = out.Encode(v)
}
