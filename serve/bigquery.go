package serve

import (
	"bytes"
	"encoding/json"
	"math"
	"net/http"
)

// largestCalls is how many bytes a request of BigQuery may have: it sends no larger ones. All of them are in memory at
// once, since what the calls are to give may stand behind them.
const largestCalls = 10 << 20

// bigQueryRequest is what is read of a request of BigQuery.
type bigQueryRequest struct {
	calls   []json.RawMessage // each a list of arguments
	context bigQueryContext
}

// bigQueryContext is the user_defined_context that a function was declared with.
type bigQueryContext struct {
	// Returns is "signature", so that the function returns a STRING, or "json".
	Returns  string `json:"returns"`
	Siglists string `json:"siglists"`
}

// bigQuery is a remote function of BigQuery: {"calls": [[crash data], ...]} gives {"replies": [signature, ...]}. A crash
// may be JSON, or a text that holds it.
func (s *Server) bigQuery(w http.ResponseWriter, r *http.Request) (any, error) {
	asked, err := s.readBigQuery(w, r)
	if err != nil {
		return nil, err
	}
	// It is looked at before any work: a function that was declared wrongly fails at once, and for every call.
	reply, known := replies[asked.context.Returns]
	if !known {
		return nil, problemf(http.StatusBadRequest, `returns is %.100q in user_defined_context; it may be "signature" or "json"`, asked.context.Returns)
	}
	v, err := s.asked(r.URL, asked.context.Siglists)
	if err != nil {
		return nil, err
	}
	crashes, err := arguments(asked.calls)
	if err != nil {
		return nil, err
	}
	// The answer to a request as small as that needs no limit, which would end the query for one odd crash in it.
	results, err := s.sign(r.Context(), v, math.MaxInt64, func(add func([]byte) error) error {
		for _, crash := range crashes {
			if crash == nil {
				continue
			}
			if err := add(crash); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	made(w, v)
	return map[string]any{"replies": inOrder(crashes, results, reply)}, nil
}

// replies are the ways to answer a call.
var replies = map[string]func(*result) any{"": signatureOnly, "signature": signatureOnly, "json": func(r *result) any { return r }}

// signatureOnly is null where there is no signature: an error would end the whole query.
func signatureOnly(r *result) any {
	if r.Error != "" {
		return nil
	}
	return r.Signature
}

// inOrder are the replies to calls, null to those without a crash.
func inOrder(crashes []json.RawMessage, results []*result, reply func(*result) any) []any {
	all := make([]any, len(crashes))
	for i, crash := range crashes {
		if crash != nil {
			all[i] = reply(results[0])
			results = results[1:]
		}
	}
	return all
}

func (s *Server) readBigQuery(w http.ResponseWriter, r *http.Request) (*bigQueryRequest, error) {
	asked := &bigQueryRequest{}
	body := newBodyReader(http.MaxBytesReader(w, r.Body, largestCalls), s.Limits.Crash)
	err := body.members(func(name string) error {
		switch name {
		case "calls":
			return body.list(name, s.Limits.Jobs, func(call []byte) error {
				asked.calls = append(asked.calls, bytes.Clone(call))
				return nil
			})
		// It may stand in front of the calls or behind them: members of an object have no order.
		case "userDefinedContext":
			value, err := body.value()
			asked.context = bigQueryContext{} // of two the last counts alone
			in := json.NewDecoder(bytes.NewReader(value))
			// A name that isn't known was meant to have an effect: other siglists, say.
			in.DisallowUnknownFields()
			if err == nil && in.Decode(&asked.context) != nil {
				return problemf(http.StatusBadRequest, "user_defined_context may have the texts returns and siglists, and nothing else")
			}
			return err
		}
		// Such as requestId and caller, which are BigQuery's own.
		_, err := body.value()
		return err
	})
	if err == nil && !body.listed {
		err = problemf(http.StatusBadRequest, "there are no calls")
	}
	return asked, err
}

// arguments are the crashes of calls; nil for a call with null.
func arguments(calls []json.RawMessage) ([]json.RawMessage, error) {
	crashes := make([]json.RawMessage, len(calls))
	for i, call := range calls {
		var args []json.RawMessage
		if _ = json.Unmarshal(call, &args); len(args) != 1 {
			return nil, problemf(http.StatusBadRequest, "call %d: the function takes one argument, the crash data", i)
		}
		// Columns of BigQuery may have the type JSON or STRING: then the crash is JSON in a text.
		var text *string
		switch {
		// A NULL of SQL has no signature, which is no failure.
		case string(args[0]) == "null":
		case json.Unmarshal(args[0], &text) == nil:
			crashes[i] = json.RawMessage(*text)
		default:
			crashes[i] = args[0]
		}
	}
	return crashes, nil
}
