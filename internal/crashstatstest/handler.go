package crashstatstest

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// ServeHTTP answers as the service would, for those who want it in a server of their own.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	endpoint, ok := strings.CutPrefix(r.URL.Path, "/api/")
	if !ok || !strings.HasSuffix(endpoint, "/") {
		http.NotFound(w, r)
		return
	}
	entry := &Request{Time: s.opts.Now(), Method: r.Method, Endpoint: strings.TrimSuffix(endpoint, "/"), Params: params(r), Header: r.Header.Clone()}
	s.note(entry)
	rec := &recorder{ResponseWriter: w, server: s, entry: entry}
	rec.gzip = s.opts.Gzip && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip")
	var fault *Fault
	if s.opts.Fault != nil {
		fault = s.opts.Fault(*entry)
	}
	if fault != nil && fault.Delay > 0 {
		select {
		case <-time.After(fault.Delay):
		case <-r.Context().Done():
			return
		}
	}
	if !s.admit(rec, r) {
		return
	}
	if fault != nil {
		if fault.instead(rec) {
			return
		}
		rec.fault = *fault
	}
	s.answer(rec, r, entry)
}

// params are those of the address, or of a form that was posted.
func params(r *http.Request) url.Values {
	_ = r.ParseForm()
	return r.Form
}

// admit checks the token and the rate.
func (s *Server) admit(w *recorder, r *http.Request) bool {
	who, limit := "address", s.opts.Limit
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		who = host
	}
	if text := r.Header.Get("Auth-Token"); text != "" {
		switch good, known := s.opts.Tokens[text]; {
		case !known:
			writeJSON(w, http.StatusForbidden, map[string]any{"error": "API Token not matched"})
			return false
		case !good:
			writeJSON(w, http.StatusForbidden, map[string]any{"error": "API Token found but expired"})
			return false
		}
		who, limit = "token "+text, s.opts.TokenLimit
	}
	if s.allow(who, limit) {
		return true
	}
	w.writeBody("text/plain", http.StatusTooManyRequests, []byte("Too Many Requests"))
	return false
}

func (s *Server) answer(w *recorder, r *http.Request, entry *Request) {
	posted := map[string]bool{"Bugs": true, "CrashSignature": true}[entry.Endpoint]
	if r.Method != http.MethodGet && (r.Method != http.MethodPost || !posted) {
		writeJSON(w, http.StatusMethodNotAllowed, map[string]any{"error": "Method not allowed"})
		return
	}
	switch entry.Endpoint {
	case "SuperSearch":
		s.superSearch(w, entry.Params)
	case "SuperSearchFields":
		writeJSON(w, http.StatusOK, fields)
	case "ProcessedCrash", "RawCrash":
		s.document(w, entry)
	case "Bugs":
		s.bugs(w, entry.Params)
	case "SignatureFirstDate":
		s.firstDates(w, entry.Params)
	case "CrashSignature":
		s.signatures(w, r)
	default:
		noService(w, entry.Endpoint)
	}
}

func noService(w *recorder, name string) {
	writeJSON(w, http.StatusNotFound, map[string]any{"error": fmt.Sprintf("No service called '%s'", name)})
}

func (s *Server) superSearch(w *recorder, v url.Values) {
	q, err := parseSearch(v, s.opts.Now(), s.searches.Add(1))
	if bad, ok := errors.AsType[badArgument](err); ok {
		writeJSON(w, http.StatusBadRequest, map[string]any{"error": bad.Error()})
		return
	}
	answer := q.run(s.all())
	if w.fault.Partial {
		all := answer["hits"].([]map[string]any)
		answer["hits"] = all[:len(all)/2]
		answer["errors"] = []any{map[string]any{"type": "shards", "index": "socorro202611", "shards_count": 1}}
	}
	writeJSON(w, http.StatusOK, answer)
}

func (s *Server) document(w *recorder, entry *Request) {
	id := entry.Params.Get("crash_id")
	if id == "" {
		writeJSON(w, http.StatusBadRequest, map[string]any{"errors": map[string]any{"crash_id": []string{"This field is required."}}})
		return
	}
	if w.fault.Other {
		id = s.another(id)
	}
	c, _ := s.crash(id)
	var doc []byte
	if c.Document != nil {
		doc = c.Document(entry.Endpoint == "RawCrash")
	}
	if doc == nil {
		writeJSON(w, http.StatusNotFound, map[string]any{"error": "Not found: CrashIDNotFound " + id})
		return
	}
	w.writeBody("application/json", http.StatusOK, doc)
}

func (s *Server) another(id string) string {
	for _, c := range s.all() {
		if c.ID != id {
			return c.ID
		}
	}
	return id
}

func (s *Server) bugs(w *recorder, v url.Values) {
	wanted := map[int]bool{}
	for _, sig := range v["signatures"] {
		for _, bug := range s.opts.Bugs[sig] {
			wanted[bug] = true
		}
	}
	hits := []map[string]any{}
	for sig, bugs := range s.opts.Bugs {
		for _, bug := range bugs {
			if wanted[bug] {
				hits = append(hits, map[string]any{"id": bug, "signature": sig})
			}
		}
	}
	writeJSON(w, http.StatusOK, map[string]any{"hits": hits, "total": len(hits)})
}

func (s *Server) firstDates(w *recorder, v url.Values) {
	hits := []map[string]any{}
	for _, sig := range v["signatures"] {
		for _, c := range s.all() {
			if c.Columns["signature"] == sig {
				hits = append(hits, map[string]any{"signature": sig, "first_build": fmt.Sprint(c.Columns["build_id"]), "first_date": formatTime(c.Date)})
				break
			}
		}
	}
	writeJSON(w, http.StatusOK, map[string]any{"hits": hits, "total": len(hits)})
}

func (s *Server) signatures(w *recorder, r *http.Request) {
	var payload struct {
		Jobs []json.RawMessage `json:"jobs"`
	}
	switch err := json.NewDecoder(r.Body).Decode(&payload); {
	case s.opts.Signature == nil:
		noService(w, "CrashSignature")
		return
	case err != nil || len(payload.Jobs) == 0:
		writeJSON(w, http.StatusBadRequest, map[string]any{"error": "no jobs specified"})
		return
	}
	results := make([]any, 0, len(payload.Jobs))
	for _, job := range payload.Jobs {
		results = append(results, s.opts.Signature(job))
	}
	writeJSON(w, http.StatusOK, map[string]any{"results": results})
}

// A recorder logs the status and spoils the answer when a fault says so.
type recorder struct {
	http.ResponseWriter
	server *Server
	entry  *Request
	fault  Fault
	gzip   bool
}

func (w *recorder) WriteHeader(status int) {
	w.server.mu.Lock()
	w.entry.Status = status
	w.server.mu.Unlock()
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) writeBody(contentType string, status int, body []byte) {
	if w.fault.Short {
		body = body[:len(body)/2]
	}
	w.Header().Set("Content-Type", contentType)
	if w.gzip {
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		_, _ = z.Write(body)
		_ = z.Close()
		body = packed.Bytes()
		w.Header().Set("Content-Encoding", "gzip")
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if !w.fault.Cut {
		_, _ = w.Write(body)
		return
	}
	_, _ = w.Write(body[:len(body)/2])
	_ = http.NewResponseController(w.ResponseWriter).Flush()
	panic(http.ErrAbortHandler)
}

func writeJSON(w *recorder, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		panic("crashstatstest: " + err.Error())
	}
	w.writeBody("application/json", status, body)
}
