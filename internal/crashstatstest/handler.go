package crashstatstest

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// ServeHTTP answers as the service would, for those who want it in a server of their own.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// The server in front of the service reads no longer first line, and counts nothing.
	if len(r.Method+" "+r.RequestURI+" HTTP/1.1\r\n") > 4094 {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, "<html>\n  <head>\n    <title>Bad Request</title>\n  </head>\n</html>\n")
		return
	}
	endpoint, ok := strings.CutPrefix(r.URL.Path, "/api/")
	if !ok || !strings.HasSuffix(endpoint, "/") {
		http.NotFound(w, r)
		return
	}
	_ = r.ParseForm()
	params := r.Form
	if r.Method == http.MethodPost { // what the address says is passed over
		params = r.PostForm
	}
	entry := &Request{Time: s.opts.Now(), Method: r.Method, Endpoint: strings.TrimSuffix(endpoint, "/"), Params: params, Header: r.Header.Clone()}
	// In front of anything that may go wrong: tests count what was sent, also what had no answer.
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
	// The real service counts and refuses in front of everything else, also what would have failed.
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

// admit checks the token and the rate.
func (s *Server) admit(w *recorder, r *http.Request) bool {
	// The service counts by address. Here all have the same.
	who, limit := "address", s.opts.Limit
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
	w.writeBody(http.StatusTooManyRequests, []byte("Too Many Requests"))
	return false
}

// answer gives the right answer, which the recorder may spoil.
func (s *Server) answer(w *recorder, r *http.Request, entry *Request) {
	// The service answers a POST to any other endpoint with this error.
	posted := map[string]bool{"Bugs": true, "CrashSignature": true}[entry.Endpoint]
	if r.Method != http.MethodGet && (r.Method != http.MethodPost || !posted) {
		writeJSON(w, http.StatusMethodNotAllowed, map[string]any{"error": "Method not allowed"})
		return
	}
	required := map[string]string{"ProcessedCrash": "crash_id", "RawCrash": "crash_id", "Bugs": "signatures", "SignatureFirstDate": "signatures"}[entry.Endpoint]
	if required != "" && entry.Params.Get(required) == "" {
		writeJSON(w, http.StatusBadRequest, map[string]any{"errors": map[string]any{required: []string{"This field is required."}}})
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

// noService is a 404 that is no missing crash. Clients must tell them apart by the text.
func noService(w *recorder, name string) {
	writeJSON(w, http.StatusNotFound, map[string]any{"error": fmt.Sprintf("No service called '%s'", name)})
}

func (s *Server) superSearch(w *recorder, v url.Values) {
	q, err := parseSearch(v, s.opts.Now(), s.searches.Add(1))
	// parseSearch has no other errors.
	if bad, ok := errors.AsType[badArgument](err); ok {
		writeJSON(w, http.StatusBadRequest, map[string]any{"error": bad.Error()})
		return
	}
	writeJSON(w, http.StatusOK, s.kept(keptBy(v), func(crashes []Crash) map[string]any {
		answer := q.run(crashes)
		// As Elasticsearch does it: the count is that of all, the hits are those of the shards that answered.
		if w.fault.Partial {
			all := answer["hits"].([]map[string]any)
			answer["hits"] = all[:len(all)/2]
			answer["errors"] = []any{map[string]any{"type": "shards", "index": "socorro202611", "shards_count": 1}}
		}
		return answer
	}))
}

func (s *Server) document(w *recorder, entry *Request) {
	id := entry.Params.Get("crash_id")
	var doc []byte
	if c := s.crash(id); c.Document != nil {
		doc = c.Document(entry.Endpoint == "RawCrash")
	}
	if doc == nil {
		writeJSON(w, http.StatusNotFound, map[string]any{"error": "Not found: CrashIDNotFound " + id})
		return
	}
	w.writeBody(http.StatusOK, doc)
}

// bugs answers with each signature of each bug that one of the signatures asked for has.
func (s *Server) bugs(w *recorder, v url.Values) {
	wanted := map[int]bool{}
	// First the bugs, then all signatures of these, whether they were asked for or not. So does the service.
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

// firstDates answers with the first crash of each signature.
func (s *Server) firstDates(w *recorder, v url.Values) {
	hits := []map[string]any{}
	for _, sig := range v["signatures"] {
		for _, c := range s.all() {
			if c.Columns["signature"] == sig {
				// Crashes are in the order of their dates, so that the first found is the first seen. A
				// signature that never was has no hit.
				hits = append(hits, map[string]any{"signature": sig, "first_build": fmt.Sprint(c.Columns["build_id"]), "first_date": formatTime(c.Date)})
				break
			}
		}
	}
	writeJSON(w, http.StatusOK, map[string]any{"hits": hits, "total": len(hits)})
}

// signatures makes signatures of all jobs of a request, in their order.
func (s *Server) signatures(w *recorder, r *http.Request) {
	var payload struct {
		Jobs []json.RawMessage `json:"jobs"`
	}
	switch err := json.NewDecoder(r.Body).Decode(&payload); {
	// As long as a deployment lacks the endpoint, this is what clients see.
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

// writeBody sends an answer, or what the fault leaves of it. Of its type net/http says what it takes it for.
func (w *recorder) writeBody(status int, body []byte) {
	// Cut before the length is announced, so that nothing in HTTP shows it.
	if w.fault.Short {
		body = body[:len(body)/2]
	}
	if w.gzip {
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		_, _ = z.Write(body)
		_ = z.Close()
		body = packed.Bytes()
		w.Header().Set("Content-Encoding", "gzip")
	}
	// The length of the whole, also where only half of it comes: that is how a client notices.
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
	w.writeBody(status, body)
}
