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
		if err := hits(ctx, c, r, &all); err != nil {
			return nil, err
		}
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
		if err := hits(ctx, c, &request{endpoint: "SignatureFirstDate", params: url.Values{"signatures": signatures[:n]}}, &all); err != nil {
			return nil, err
		}
		signatures = signatures[n:]
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

// hits sends r and adds the hits of its answer.
func hits[T any](ctx context.Context, c *Client, r *request, all *[]T) error {
	var got struct {
		Hits []T `json:"hits"`
	}
	r.use = func(body []byte) error { return decodeAnswer(body, &got, func() bool { return got.Hits != nil }) }
	if err := c.get(ctx, r); err != nil {
		return err
	}
	*all = append(*all, got.Hits...)
	return nil
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
	var got struct {
		Results []result `json:"results"`
	}
	r := &request{endpoint: "CrashSignature", body: body, bodyType: "application/json"}
	r.use = func(body []byte) error {
		return decodeAnswer(body, &got, func() bool {
			return len(got.Results) == len(jobs) && !slices.ContainsFunc(got.Results, func(r result) bool { return r.Signature == nil })
		})
	}
	if err := c.get(ctx, r); err != nil {
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

// decodeAnswer reads a JSON answer afresh into got. The error wraps errAnswer.
func decodeAnswer[T any](body []byte, got *T, complete func() bool) error {
	*got = *new(T)
	if err := json.Unmarshal(body, got); err != nil {
		return unreadable(err)
	}
	if !complete() {
		return fmt.Errorf("%w: a part of it is missing", errAnswer)
	}
	return nil
}
