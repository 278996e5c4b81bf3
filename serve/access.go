package serve

import (
	"context"
	"errors"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// route is what is at a path.
type route struct {
	path, method string // an empty method is any
	errorName    string // the member of an answer that says what is wrong
	open         bool   // no token is needed
	// answer gives what is written as JSON; handler answers in its place, if it is set. The error of answer is a *problem, or
	// else that of a context.
	answer  func(w http.ResponseWriter, r *http.Request) (any, error)
	handler http.Handler
}

// checked answers the requests for a route that the server may answer.
func (s *Server) checked(to route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// Set before anything can go wrong, so that errors have them, too.
		h := w.Header()
		// Answers hold frames that may be anybody's. So no browser may take one for a page, put it into one, or keep it.
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		h.Set("Cache-Control", "no-store")
		if p := s.refused(to, r); p != nil {
			p.write(w, to.errorName)
			return
		}
		// Only what comes with a body costs memory and work, so that health checks and metrics are answered however many
		// others are under way.
		if to.method == http.MethodPost {
			s.withBody(to, w, r)
			return
		}
		s.answer(to, w, r)
	})
}

func (s *Server) answer(to route, w http.ResponseWriter, r *http.Request) {
	if to.handler != nil {
		to.handler.ServeHTTP(w, r)
		return
	}
	v, err := to.answer(w, r)
	if err != nil {
		s.problem(r.Context(), err).write(w, to.errorName)
		return
	}
	writeJSON(w, http.StatusOK, v)
}

// problem says what an error means to the client.
func (s *Server) problem(ctx context.Context, err error) *problem {
	// A body that the deadline cut off looks like broken JSON. A limit that it broke is said as such all the same.
	if errors.Is(ctx.Err(), context.DeadlineExceeded) && bodyProblem(err).status == http.StatusBadRequest {
		return problemf(http.StatusServiceUnavailable, "the request took longer than %v", s.Limits.Time)
	}
	return bodyProblem(err)
}

// withBody answers a request that comes with a body, within the limits of time and of requests at once.
func (s *Server) withBody(to route, w http.ResponseWriter, r *http.Request) {
	select {
	case s.requests <- struct{}{}:
		defer func() { <-s.requests }()
	default:
		// Nobody is put into a queue: each that waited would hold a connection, and its time would run.
		problemf(http.StatusServiceUnavailable, "%d requests are under way, and no more are taken", cap(s.requests)).
			with("Retry-After", "1").write(w, to.errorName)
		return
	}
	now := time.Now()
	// The deadline of the context ends the work, that of the connection the reading: a body that never comes is no work.
	ctx, end := context.WithDeadline(r.Context(), now.Add(s.Limits.Time))
	defer end()
	conn := http.NewResponseController(w)
	_ = conn.SetReadDeadline(now.Add(s.Limits.Time))      // an error where there is no connection, in tests
	_ = conn.SetWriteDeadline(now.Add(2 * s.Limits.Time)) // so that who sends too slowly can still be told
	s.answer(to, w, r.WithContext(ctx))
}

// refused says why a request is not answered, before anything of its body is read; nil where it is.
func (s *Server) refused(to route, r *http.Request) *problem {
	switch {
	// The order is from what anybody may be told to what only clients may: a page of another site learns nothing of
	// tokens, and who has no token nothing of methods.
	case !s.isHost(r.Host):
		return problemf(http.StatusForbidden, "%.100q is no name of this server", r.Host)
	// Browsers say where a request comes from. A page elsewhere could else use a server that only this machine reaches.
	case s.origins.Check(r) != nil:
		return problemf(http.StatusForbidden, "requests from pages of other sites are not answered")
	case s.Token != nil && !to.open && !s.Token(bearer(r)):
		return problemf(http.StatusUnauthorized, "a token is needed: Authorization: Bearer TOKEN").with("WWW-Authenticate", "Bearer")
	case to.method != "" && r.Method != to.method && !(to.method == http.MethodGet && r.Method == http.MethodHead):
		return problemf(http.StatusMethodNotAllowed, "Method %.20q not allowed", r.Method).with("Allow", to.method)
	case to.method == http.MethodPost && !isJSON(r):
		return problemf(http.StatusUnsupportedMediaType, "the body must be application/json, in no other encoding")
	}
	return nil
}

// isHost tells whether a request is for this server. A page whose name was made to lead here afterwards still sends that
// name, so that only names which are known are answered. An address is no name, and can't be made to lead elsewhere.
func (s *Server) isHost(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = strings.TrimSuffix(strings.TrimPrefix(hostport, "["), "]")
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		// Unmapped, since ::ffff:127.0.0.1 is this machine, too.
		return s.Public || ip.Unmap().IsLoopback()
	}
	named := func(name string) bool { return strings.EqualFold(name, host) }
	return named("localhost") || slices.ContainsFunc(s.Hosts, named)
}

// bearer is the token that a request brings.
func bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// isJSON tells what no form of another site's page can send, without asking first.
// An encoding would be a way to send more than the limits allow.
func isJSON(r *http.Request) bool {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return kind == "application/json" && r.Header.Get("Content-Encoding") == ""
}
