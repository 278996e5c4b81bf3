package workbench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
)

// Request is what a page asks. It is HTTP's, without HTTP: pages may ask an engine beside them, as those of a site do.
// net/http is not used here: it would be a part of what browsers load.
type Request struct {
	Method, Path string
	RawQuery     string // as it stands in the address
	Body         io.Reader

	query url.Values // that Answer reads of it
}

// Answer is told the answer to a request: first how it went, with a status of HTTP and the media type of what is then
// written.
type Answer interface {
	Begin(status int, kind string)
	io.Writer
	Flush() error
}

// The statuses of answers.
const (
	statusOK       = 200
	statusBad      = 400
	statusNotFound = 404
	statusConflict = 409
	statusTooLarge = 413
)

// Endpoint is what can be asked for.
type Endpoint struct {
	Method, Path string
	answer       func(*Workbench, context.Context, Request, Answer)
}

// Endpoints are all that can be asked for.
func Endpoints() []Endpoint {
	return []Endpoint{
		{"POST", "/edit", (*Workbench).answer},
		{"POST", "/walk", (*Workbench).walk},
		{"POST", "/suggest", (*Workbench).suggest},
		// What becomes of an edit in the end. They are links of the page, so that the browser saves them: their addresses hold
		// the whole edit.
		{"GET", "/report.json", output("application/json", rendered("json"))},
		{"GET", "/report.md", output("text/markdown; charset=utf-8", rendered("markdown"))},
		{"GET", "/report.html", output("text/html; charset=utf-8", rendered("html"))},
		{"GET", "/edit.patch", output("text/x-diff; charset=utf-8", (*work).patch)},
		{"GET", "/edit.txt", output("text/plain; charset=utf-8", (*work).text)},
		{"GET", "/command.txt", output("text/plain; charset=utf-8", (*work).commandLine)},
		{"GET", "/expected.csv", output("text/csv; charset=utf-8", (*work).expected)},
	}
}

// Of names what the workbench is of: its siglists and crashes, and how signatures are made.
func (w *Workbench) Of() string { return w.Lists.Set.Digest() + " " + w.Corpus.Digest + " " + w.Rules }

// Answer answers a request. A page says in it what it is of, as of=, since it may be older than the workbench: what
// another one says is right, and not of what the page shows.
func (w *Workbench) Answer(ctx context.Context, r Request, a Answer) {
	var err error
	// What can't be read was meant to be an edit: without it, the answer would be that nothing changes.
	if r.query, err = url.ParseQuery(r.RawQuery); err != nil {
		Fail(a, statusBad, fmt.Errorf("the address can't be read: %w", err))
		return
	}
	if of := r.query.Get("of"); of != "" && of != w.Of() {
		Fail(a, statusConflict, errors.New("the server has other siglists or crashes than this page: load it again"))
		return
	}
	// They are few: no table is needed to find one.
	for _, e := range Endpoints() {
		if e.Method == r.Method && e.Path == r.Path {
			e.answer(w, ctx, r, a)
			return
		}
	}
	Fail(a, statusNotFound, fmt.Errorf("nothing is at %.100q", r.Path))
}

// maxEdit is how many bytes an edit may have.
const maxEdit = 1 << 20

// readAsked reads an edit.
func readAsked(r Request, a Answer, into any) bool {
	// One byte more than allowed, by which what is too long is told from what just fits.
	body := &io.LimitedReader{R: r.Body, N: maxEdit + 1}
	err := json.NewDecoder(body).Decode(into)
	if body.N == 0 {
		err = fmt.Errorf("it has more than %d bytes", maxEdit)
	}
	if err != nil {
		Fail(a, statusBad, fmt.Errorf("the edit can't be read: %w", err))
	}
	return err == nil
}

// Fail answers with an error.
func Fail(a Answer, status int, err error) {
	answerJSON(a, status, map[string]string{"error": err.Error()})
}

// answerJSON answers with a value.
func answerJSON(a Answer, status int, v any) {
	// Errors are JSON, too, so that the page reads every answer in one way.
	a.Begin(status, "application/json")
	_ = json.NewEncoder(a).Encode(v) // nobody is left to be told that the page is gone
}
