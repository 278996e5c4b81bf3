package fetch

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
)

// bugsBatch is how many signatures are posted in one request.
const bugsBatch = 200

// A Bug ties a bug of Bugzilla to a signature.
type Bug struct {
	ID        int    `json:"id"`
	Signature string `json:"signature"`
}

// Bugs asks for the bugs of these signatures. The service adds all signatures of those bugs.
func (c *Client) Bugs(ctx context.Context, signatures []string) ([]Bug, error) {
	var all []Bug
	for batch := range slices.Chunk(signatures, bugsBatch) {
		form := url.Values{"signatures": batch}.Encode()
		r := &request{endpoint: "Bugs", body: []byte(form), bodyType: "application/x-www-form-urlencoded"}
		bugs, err := hits[Bug](ctx, c, r)
		if err != nil {
			return nil, err
		}
		all = append(all, bugs...)
	}
	return all, nil
}

// A FirstDate is when a signature was first seen, as the service writes it.
type FirstDate struct {
	Signature  string `json:"signature"`
	FirstBuild string `json:"first_build"`
	FirstDate  string `json:"first_date"`
}

// FirstDates asks when these signatures were first seen. Ones that the service does not know are left out of the answer.
func (c *Client) FirstDates(ctx context.Context, signatures []string) ([]FirstDate, error) {
	var all []FirstDate
	for len(signatures) > 0 {
		n := Fitting(signatures)
		dates, err := hits[FirstDate](ctx, c, &request{endpoint: "SignatureFirstDate", params: url.Values{"signatures": signatures[:n]}})
		if err != nil {
			return nil, err
		}
		all, signatures = append(all, dates...), signatures[n:]
	}
	return all, nil
}

// Fitting is how many of some values fit into the address of one request, with what else is in it; at least one, if there are any.
func Fitting(values []string) (n int) {
	for size := 0; n < len(values); n++ {
		if size += len("&proto_signature=") + len(url.QueryEscape(values[n])); size > longestAddress/2 && n > 0 {
			break
		}
	}
	return n
}

// hits are those of the answer to r.
func hits[T any](ctx context.Context, c *Client, r *request) ([]T, error) {
	type found struct {
		Hits []T `json:"hits"`
	}
	got, err := ask(ctx, c, r, func(body []byte) (found, error) {
		return decoded(body, func(f found) bool { return f.Hits != nil })
	})
	return got.Hits, err
}

// A SignatureResult is what the service's own signature generation made of one job.
type SignatureResult struct {
	Signature string   `json:"signature"`
	Notes     []string `json:"notes"`
}

// CrashSignatures has the service make signatures of crash data, one JSON object each, in one request. The results come in
// the order of the jobs.
func (c *Client) CrashSignatures(ctx context.Context, jobs []json.RawMessage) ([]SignatureResult, error) {
	if len(jobs) == 0 {
		return nil, nil
	}
	// In one request however many there are: the endpoint takes them so, and each request counts.
	body, err := json.Marshal(map[string]any{"jobs": jobs})
	if err != nil {
		return nil, fmt.Errorf("writing crash data: %w", err)
	}
	type result struct {
		Signature *string  `json:"signature"` // nil where there is none, which is not an empty one
		Notes     []string `json:"notes"`
	}
	type results struct {
		Results []result `json:"results"`
	}
	got, err := ask(ctx, c, &request{endpoint: "CrashSignature", body: body, bodyType: "application/json"}, func(body []byte) (results, error) {
		return decoded(body, func(got results) bool {
			return len(got.Results) == len(jobs) && !slices.ContainsFunc(got.Results, func(r result) bool { return r.Signature == nil })
		})
	})
	if err != nil {
		return nil, err
	}
	all := make([]SignatureResult, len(jobs))
	for i, r := range got.Results {
		all[i] = SignatureResult{*r.Signature, r.Notes}
	}
	return all, nil
}

// unreadable is the error over an answer that is no JSON, or not that of its endpoint, in words that are not Go's.
func unreadable(err error) error {
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Errorf("%w: %s has a value of another type, %s", errAnswer, cmp.Or(wrong.Field, "it"), wrong.Value)
	}
	return fmt.Errorf("%w: %w", errAnswer, err)
}

// decoded reads a JSON answer, which must be complete. The error wraps errAnswer.
func decoded[T any](body []byte, complete func(T) bool) (got T, err error) {
	if err := json.Unmarshal(body, &got); err != nil {
		return got, unreadable(err)
	}
	if !complete(got) {
		return got, fmt.Errorf("%w: a part of it is missing", errAnswer)
	}
	return got, nil
}
