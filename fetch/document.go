package fetch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"

	"github.com/sigdiff/sigdiff/internal/pyjson"
)

// A kind is one of the two documents of a crash.
type kind struct {
	endpoint string
	params   url.Values
	raw      bool // which may not say which crash it is of
}

var (
	processedKind = kind{endpoint: "ProcessedCrash"}
	rawKind       = kind{endpoint: "RawCrash", params: url.Values{"format": {"meta"}}, raw: true}
)

// document pulls one document of a crash, checked and stripped. A crash that the service doesn't have is [ErrMissing].
// refuse may be nil.
func (c *Client) document(waiting, flight context.Context, k kind, id string, refuse func([]byte) error) ([]byte, error) {
	params := url.Values{"crash_id": {id}}
	maps.Copy(params, k.params)
	var doc []byte
	err := c.do(waiting, flight, &request{endpoint: k.endpoint, params: params, use: func(body []byte) (err error) {
		doc, err = k.check(body, id)
		if err == nil && refuse != nil {
			err = refuse(body)
		}
		return err
	}})
	if err != nil && !errors.Is(err, ErrMissing) {
		return nil, fmt.Errorf("%s: %w", k.endpoint, err)
	}
	return doc, err
}

// check makes sure that body is the whole document of the crash id and strips it. The error wraps errAnswer.
func (k kind) check(body []byte, id string) ([]byte, error) {
	body = pyjson.Text(body)
	doc, name, err := cut(body, nil, public(k.raw))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errAnswer, err)
	}
	if name != id && (name != "" || !k.raw) {
		return nil, fmt.Errorf("%w: the document is of the crash %.60q", errAnswer, name)
	}
	if len(doc) == len(body) { // nothing was dropped, and the next answer comes into the memory of body
		return bytes.Clone(doc), nil
	}
	return doc, nil
}
