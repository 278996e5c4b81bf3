package fetch

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/sigdiff/sigdiff/internal/pyjson"
)

const rawEndpoint = "RawCrash"

// document pulls the processed crash or the raw one, checked and stripped. A crash that the service doesn't
// have is [ErrMissing]. refuse may be nil.
func (c *Client) document(waiting, flight context.Context, id string, raw bool, refuse func([]byte) error) (doc []byte, err error) {
	r := &request{endpoint: "ProcessedCrash", params: url.Values{"crash_id": {id}}}
	if raw {
		r.endpoint = rawEndpoint
		r.params.Set("format", "meta")
	}
	r.use = func(body []byte) (err error) {
		doc, err = checkDocument(body, id, raw)
		if err == nil && refuse != nil {
			err = refuse(body)
		}
		return err
	}
	err = c.do(waiting, flight, r)
	if err != nil && !errors.Is(err, ErrMissing) && Fatal(err) == nil { // one of those may be about another request
		return nil, fmt.Errorf("%s: %w", r.endpoint, err)
	}
	return doc, err
}

// checkDocument makes sure that body is the whole document of the crash id and strips it. A raw crash may not
// say which crash it is of. The error wraps errAnswer.
func checkDocument(body []byte, id string, raw bool) ([]byte, error) {
	// As Socorro reads it, which is also how signatures are made of it.
	body = pyjson.Text(body)
	doc, name, err := cut(body, public(raw))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errAnswer, err)
	}
	switch {
	case name == "" && !raw:
		return nil, fmt.Errorf("%w: the document doesn't say which crash it is of", errAnswer)
	case name != id && name != "":
		return nil, fmt.Errorf("%w: the document is of the crash %.60q", errAnswer, name)
	}
	return doc, nil
}
