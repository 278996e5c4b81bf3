package web

import (
	"errors"
	"net/http"
	"strings"

	"github.com/sigdiff/sigdiff/workbench"
)

// endpoint serves an endpoint of a workbench.
type endpoint struct {
	*workbench.Workbench
	workbench.Endpoint
}

// ServeHTTP answers a request, unless a page of another site makes it.
func (e endpoint) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	a := answer{rw}
	// An edit may take seconds of work. Old browsers don't send the header, and programs need not.
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" && site != "none" {
		workbench.Fail(a, http.StatusForbidden, errors.New("requests from pages of other sites are not answered"))
		return
	}
	e.Answer(r.Context(), workbench.Request{Method: e.Method, Path: e.Path, RawQuery: r.URL.RawQuery, Body: r.Body}, a)
}

// answer is a workbench.Answer over HTTP.
type answer struct{ http.ResponseWriter }

func (a answer) Begin(status int, kind string) {
	a.Header().Set("Content-Type", kind)
	if strings.HasPrefix(kind, "text/html") { // whose own policy says what it may do
		a.Header().Set("Content-Security-Policy", "frame-ancestors 'none'")
	}
	a.WriteHeader(status)
}

// Flush sends what was written at once.
func (a answer) Flush() error { return http.NewResponseController(a.ResponseWriter).Flush() }
