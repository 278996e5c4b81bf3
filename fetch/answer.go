package fetch

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// A throttledError is a 429.
type throttledError struct {
	after time.Duration // its Retry-After, 0 for none
}

func (e *throttledError) Error() string { return "429: too many requests" }

// judge reads an answer and says what it means: nil when r could use it, else an error of the kinds of this package.
// Whether it is worth asking again shows in the kind: a ServiceError or a throttledError is, everything else is not.
func (c *Client) judge(resp *http.Response, r *request) error {
	defer drain(resp.Body)
	c.clocks.Do(func() { c.compareClocks(resp.Header) })
	if resp.StatusCode == http.StatusTooManyRequests {
		return &throttledError{after: retryAfter(resp.Header, time.Now())}
	}
	if resp.StatusCode == http.StatusServiceUnavailable {
		if d := c.pacer.hold(retryAfter(resp.Header, time.Now())); d >= worthSaying {
			c.notice(fmt.Sprintf("the service can't answer now, and asks to come back later: waiting %v", d.Round(time.Second)))
		}
	}
	// Also of an error: what is in it tells whether the service or something in front of it has answered.
	body, release, err := c.read(resp)
	if err != nil {
		return &ServiceError{Status: resp.StatusCode, Err: c.token.hide(contextError(resp.Request.Context(), err))}
	}
	defer release()
	body = c.token.hideIn(body)
	if err := c.judgeStatus(r, resp.StatusCode, body); err != nil {
		return err
	}
	// A proxy's page, or half an answer, can come with status 200. The next attempt may bring the right one.
	if err = r.use(body); errors.Is(err, errAnswer) {
		return &ServiceError{Status: resp.StatusCode, Err: describeAnswer(err, body)}
	}
	return err
}

// judgeStatus reads the status together with the body, since a proxy's page can come with any status.
func (c *Client) judgeStatus(r *request, status int, body []byte) error {
	if status == http.StatusOK {
		return nil
	}
	words, own := serviceWords(body)
	again := &ServiceError{Status: status, Err: errors.New(words)}
	switch {
	case status < 400, status >= 500, status == http.StatusRequestTimeout, !own:
		return again
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return c.forbidden(r, status, words)
	// A service without that endpoint says 404, too, and so does a gateway without a route. Taken for a missing crash, it would
	// be remembered for every crash.
	case status == http.StatusNotFound && strings.HasPrefix(words, "Not found: "):
		return errMissing
	case timedOut(words):
		return again
	}
	return &RequestError{Status: status, Words: words}
}

// forbidden is the error over a request that the service refuses. After it the client asks for nothing more.
func (c *Client) forbidden(r *request, status int, words string) error {
	what, hint := "", ""
	if r.endpoint == rawEndpoint {
		what, hint = " for a raw crash", " (signatures are made without raw crashes, so they can be left out)"
	} else if !c.token.IsZero() {
		hint = " (is the API token still good? without one, requests are slower but need no permission)"
	}
	return fatalf("the service refused the request%s: %d: %s%s", what, status, words, hint)
}

// The search engine behind the service being busy comes out as a 400.
func timedOut(words string) bool {
	w := strings.ToLower(words)
	return strings.Contains(w, "timed out") || strings.Contains(w, "timeout")
}

// serviceWords finds what the service says in an error's body. own tells that the service itself wrote it, not
// a proxy: it is a JSON object.
func serviceWords(body []byte) (words string, own bool) {
	var answer map[string]json.RawMessage
	if _ = json.Unmarshal(body, &answer); answer == nil {
		return page(body), false
	}
	var byField map[string][]string
	switch {
	case json.Unmarshal(answer["error"], &words) == nil:
	case json.Unmarshal(answer["errors"], &byField) == nil:
		words = fieldErrors(byField)
	default:
		words = string(body)
	}
	return printable(words, 300), true
}

// fieldErrors writes `{"field": ["what", ...]}` as `field: what; ...`.
func fieldErrors(byField map[string][]string) string {
	var out []string
	for field, what := range byField {
		out = append(out, field+": "+strings.Join(what, ", "))
	}
	slices.Sort(out)
	return strings.Join(out, "; ")
}

// page describes a body that is not JSON.
func page(body []byte) string {
	text := bytes.TrimSpace(body)
	switch {
	case len(text) == 0:
		return "an empty answer"
	case text[0] == '<':
		return "an HTML page in place of JSON"
	}
	return "no JSON: " + printable(string(text), 80)
}

// describeAnswer says in an error what came in place of the answer, when that is not JSON at all.
func describeAnswer(err error, body []byte) error {
	if bytes.IndexAny(bytes.TrimSpace(body), "{[") != 0 {
		return errors.New(page(body))
	}
	return err
}

// printable cuts a text of the service's to at most n runes and takes out what could steer a terminal.
func printable(s string, n int) string {
	clean := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s)
	if r := []rune(clean); len(r) > n {
		return string(r[:n]) + "..."
	}
	return clean
}

// retryAfter reads Retry-After in both of its forms, seconds and a date; 0 when there is none or it can't be read.
// A date is one of the service's clock, which its Date tells: that of this machine, now, may be wrong.
// A wait that is over already counts as a second, since the service asked for one.
func retryAfter(header http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(header.Get("Retry-After"))
	if n, err := strconv.ParseUint(value, 10, 31); err == nil || errors.Is(err, strconv.ErrRange) {
		return max(time.Duration(n)*time.Second, time.Second)
	}
	if t, err := http.ParseTime(header.Get("Date")); err == nil {
		now = t
	}
	if t, err := http.ParseTime(value); err == nil {
		return max(t.Sub(now), time.Second)
	}
	return 0
}

// compareClocks says when this machine's clock is wrong, so that a search of the last days is one of other days. A proxy may
// have kept an answer for some minutes.
func (c *Client) compareClocks(header http.Header) {
	t, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		return
	}
	const tolerated = time.Hour
	switch ahead := time.Since(t).Round(time.Minute); {
	case ahead > tolerated:
		c.notice(fmt.Sprintf("the clock of this machine is %v ahead of the service's; the dates of searches go by it", ahead))
	case ahead < -tolerated:
		c.notice(fmt.Sprintf("the clock of this machine is %v behind the service's; the dates of searches go by it", -ahead))
	}
}

// freeSize is up to which bodies are read side by side; of larger ones only one at a time, so that a few huge
// documents can't fill the memory.
const freeSize = 2 << 20

// read takes in a body, whole: fewer bytes than announced are an error. release must be called when the body is
// no longer used.
func (c *Client) read(resp *http.Response) (body []byte, release func(), err error) {
	var all bytes.Buffer
	all.Grow(int(min(max(resp.ContentLength, 0), freeSize)) + bytes.MinRead)
	release = func() {}
	// The length that is announced is that of the packed answer, or none at all, so that a large one shows only
	// when it has come this far.
	_, err = io.Copy(&all, io.LimitReader(resp.Body, freeSize))
	if all.Len() == freeSize {
		if err := c.large.Acquire(resp.Request.Context(), 1); err != nil {
			return nil, nil, err
		}
		release = func() { c.large.Release(1) }
		_, err = io.Copy(&all, io.LimitReader(resp.Body, largestAnswer-freeSize+1))
	}
	switch {
	case err != nil:
		err = fmt.Errorf("the answer broke off: %w", err)
	case all.Len() > largestAnswer:
		err = fmt.Errorf("the answer is larger than %d MB", largestAnswer>>20)
	default:
		return all.Bytes(), release, nil
	}
	release()
	return nil, nil, err
}
