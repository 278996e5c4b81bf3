package fetch

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"
)

const (
	// DefaultHost is Mozilla's own service.
	DefaultHost = "https://crash-stats.mozilla.org"

	// attemptTime bounds one attempt, from the first byte sent to the last one read.
	attemptTime = 2 * time.Minute
	// largestAnswer bounds an answer after decompression; the largest processed crashes are a few MB.
	largestAnswer = 32 << 20
	maxRedirects  = 5
	// longestAddress is how many bytes the service reads of an address. Its server refuses longer ones with a page.
	longestAddress = 4094 - len("GET  HTTP/1.1\r\n")
)

// Config says which service a [Client] talks to and how. The zero value is Mozilla's service without a token,
// at the documented pace.
type Config struct {
	Host    string  // scheme and host, as [ParseHost] takes it; empty: [DefaultHost]
	Token   Token   // sent to Host only, so that it must be one that the token's owner chose
	Rate    float64 // requests a minute; 0: 90 without a token, 900 with one; [Unlimited]: none
	Version string  // of the program, for the User-Agent
	// Workers is how many requests may be under way at once; 0: 16, or 4 without a pace. More than [MaxWorkers] count as those.
	Workers int
	// Transport carries the requests; nil: one of the client's own, which keeps enough idle connections.
	Transport http.RoundTripper
	// Notice, if set, is told what the user should know while it happens: a pause, an answer that is partial.
	// It may be called from several goroutines at once.
	Notice func(text string)
}

// A Client asks one Crash Stats service.
type Client struct {
	base   *url.URL // ends in /api/
	token  Token
	agent  string
	http   *http.Client
	pacer  *pacer
	health *health
	notice func(string)
	slots  *semaphore.Weighted   // one is held by every request that is under way or the next to be sent
	prove  func()                // lets all slots be used, once the service has given what was asked for
	clocks sync.Once             // done when the clocks were compared
	barred atomic.Pointer[error] // why nothing is asked any more
	large  *semaphore.Weighted   // held while a large answer is in memory
	made   time.Time

	requests, refused, retried atomic.Int64
}

// New makes a client. It sends nothing yet. The error is about the host, the token, which must not be sent
// to every host, or the rate.
func New(cfg Config) (*Client, error) {
	base, err := ParseHost(cfg.Host)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(cfg.Token.check(), cfg.Token.mayTravel(base)); err != nil {
		return nil, err
	}
	if cfg.Rate < 0 && cfg.Rate != Unlimited {
		return nil, fmt.Errorf("the rate is %v requests a minute: it must not be negative", cfg.Rate)
	}
	if cfg.Rate == 0 {
		cfg.Rate = documentedRate(!cfg.Token.IsZero())
	}
	c := &Client{
		base: base, token: cfg.Token, agent: userAgent(cfg.Version), notice: cfg.Notice, made: time.Now(),
		pacer: newPacer(cfg.Rate, !cfg.Token.IsZero()), large: semaphore.NewWeighted(1), slots: semaphore.NewWeighted(workers(cfg)),
	}
	c.health = &health{origin: c.Origin()}
	// Until the service has shown that it takes the token and has answers, one request at a time must do.
	others := workers(cfg) - 1
	c.slots.TryAcquire(others)
	c.prove = sync.OnceFunc(func() { c.slots.Release(others) })
	if c.notice == nil {
		c.notice = func(string) {}
	}
	// Redirects are followed by once: net/http would do it past the pace, and to any host.
	c.http = &http.Client{Transport: transportFor(cfg.Transport), CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return c, nil
}

const (
	// MaxWorkers is the most requests that may be under way at once.
	MaxWorkers     = 64
	defaultWorkers = 16
	// Over a fast line without a pace a few requests at once keep the machine busy, and only those can be
	// refused when the service first says that it is enough.
	unpacedWorkers = 4
)

func workers(cfg Config) int64 {
	switch {
	case cfg.Workers > 0:
		return int64(min(cfg.Workers, MaxWorkers))
	case cfg.Rate == Unlimited:
		return unpacedWorkers
	}
	return defaultWorkers
}

func userAgent(version string) string {
	return "sigdiff/" + cmp.Or(version, "dev") + " (+https://github.com/sigdiff/sigdiff)"
}

func transportFor(given http.RoundTripper) http.RoundTripper {
	if given != nil {
		return given
	}
	// The default keeps two idle connections to a host, and every other request would begin with a handshake.
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConns, t.MaxIdleConnsPerHost = MaxWorkers, MaxWorkers
	return t
}

// Close gives up the idle connections of the client.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Requests is how many requests were sent so far.
func (c *Client) Requests() int { return int(c.requests.Load()) }

// Origin is the address of the service that the client talks to: scheme and host, and the path that stands
// before /api/, if there is one.
func (c *Client) Origin() string {
	return origin(c.base) + strings.TrimSuffix(c.base.EscapedPath(), "/api/")
}

// ParseHost reads the address of a service: `https://HOST`, `HOST` (https is meant), or the base of its API.
func ParseHost(s string) (*url.URL, error) {
	if s = strings.TrimSpace(s); s == "" {
		s = DefaultHost
	}
	u, err := parseHTTP(s)
	if err != nil {
		return nil, fmt.Errorf("the address of the service: %w; write https://HOST", err)
	}
	if u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("the address of the service holds more than a scheme and a host: write https://HOST")
	}
	// People paste the address of the API, and services lie below a path of a shared host.
	path := strings.TrimSuffix(strings.TrimRight(u.Path, "/"), "/api")
	return &url.URL{Scheme: u.Scheme, Host: u.Host, Path: path + "/api/"}, nil
}

// A request is what the client asks, before it is given the headers that every request has.
type request struct {
	endpoint string     // SuperSearch, ProcessedCrash, ...
	params   url.Values // of the address
	body     []byte     // makes it a POST
	bodyType string
	// use is given the answer, JSON of status 200. An error that wraps errAnswer makes the client ask again.
	use func(answer []byte) error

	again bool // it was sent before, and failed
}

func (c *Client) address(r *request) *url.URL {
	u := c.base.JoinPath(r.endpoint + "/")
	u.RawQuery = r.params.Encode()
	return u
}

// once makes one attempt and follows redirects within the origin; each hop waits for its turn. waiting bounds
// the waits, flight what is under way.
func (c *Client) once(waiting, flight context.Context, r *request) error {
	u := c.address(r)
	if n := len(u.RequestURI()); n > longestAddress {
		return fmt.Errorf("the address of the request has %d bytes, and the service reads %d: ask for less at once", n, longestAddress)
	}
	for range maxRedirects + 1 {
		if err := c.pacer.wait(waiting); err != nil {
			return err
		}
		to, err := c.hop(flight, u, r)
		if err != nil || to == nil {
			return err
		}
		// The token goes to whoever the client talks to. Another host may be a mistake of the service, or
		// somebody who wants it.
		if origin(to) != origin(c.base) {
			return fatalf("%s redirects to %s, which is not followed; if that is the right service, give it as the host", origin(u), c.token.without(origin(to)))
		}
		to.User, to.Host = nil, c.base.Host // one origin has several spellings
		u = to
	}
	return fatalf("%s redirects more than %d times", c.address(r).Path, maxRedirects)
}

// slot takes one, or fails when waiting ends or the service has refused for good. The slot comes before the
// pacer's turn, so that a pause ends with no more requests at once than there are slots.
func (c *Client) slot(waiting context.Context) (release func(), err error) {
	if c.slots.Acquire(waiting, 1) != nil {
		return nil, context.Cause(waiting)
	}
	release = func() { c.slots.Release(1) }
	// Looked at after the wait: it may have been the answer to the request that this one waited for.
	if barred := c.barred.Load(); barred != nil {
		release()
		return nil, *barred
	}
	return release, nil
}

// hop sends one request and has its answer judged, or returns where the answer points to.
func (c *Client) hop(flight context.Context, u *url.URL, r *request) (redirect *url.URL, err error) {
	ctx, cancel := context.WithTimeoutCause(flight, attemptTime, errSlow)
	defer cancel()
	req, err := c.newRequest(ctx, u, r)
	if err != nil {
		return nil, err
	}
	c.requests.Add(1)
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, &ServiceError{Err: c.token.hide(contextError(ctx, withoutPassword(withoutAddress(err))))}
	}
	if to := redirectTarget(resp); to != nil {
		drain(resp.Body)
		c.pacer.ok()
		return to, nil
	}
	return nil, c.judge(resp, r)
}

func (c *Client) newRequest(ctx context.Context, u *url.URL, r *request) (*http.Request, error) {
	method, body := http.MethodGet, io.Reader(nil)
	if r.body != nil {
		method, body = http.MethodPost, bytes.NewReader(r.body)
	}
	req, err := http.NewRequestWithContext(ctx, method, u.String(), body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.agent)
	if r.body != nil {
		req.Header.Set("Content-Type", r.bodyType)
	}
	if !c.token.IsZero() {
		req.Header.Set("Auth-Token", *c.token.secret)
	}
	return req, nil
}

// withoutAddress takes the method and the long address off an error of net/http; which crash it was is said elsewhere.
func withoutAddress(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

func redirectTarget(resp *http.Response) *url.URL {
	if resp.StatusCode/100 != 3 {
		return nil
	}
	to, _ := resp.Location() // nil where there is none
	return to
}

// drain reads the little that is left of a body, so that the connection can be used again.
func drain(body io.ReadCloser) {
	_, _ = io.CopyN(io.Discard, body, 64<<10)
	_ = body.Close()
}
