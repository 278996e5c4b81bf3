package fetch

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sigdiff/sigdiff/internal/meant"
)

// Fields that the service has had for years, and whether they take an `=` operator: a search by these alone
// needs no look at the service's list.
var wellKnown = map[string]bool{
	"product": false, "version": false, "platform": false, "release_channel": false, "uuid": false, "date": true, "signature": true, "proto_signature": true,
	"build_id": true, "process_type": true, "reason": true, "moz_crash_reason": true, "abort_message": true, "address": true, "hang": true, "uptime": true,
}

// CheckParams says of the query's parameters that the service doesn't know, a sentence each, that they would be
// ignored, and more crashes found than were meant, or found in another order. It asks the service for its fields, and only when the
// query names others than the ones that have been there for years.
func (c *Client) CheckParams(ctx context.Context, q Query) ([]string, error) {
	names := slices.Sorted(maps.Keys(q.Terms))
	for _, name := range q.Sort {
		names = append(names, strings.TrimPrefix(name, "-"))
	}
	var doubtful []string
	for _, name := range names {
		if _, known := wellKnown[name]; !known && !slices.Contains(doubtful, name) {
			doubtful = append(doubtful, name)
		}
	}
	if len(doubtful) == 0 {
		return nil, nil
	}
	known, err := c.searchFields(ctx)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, name := range doubtful {
		if !slices.Contains(known, name) {
			out = append(out, fmt.Sprintf("the service has no field %.60q%s: it ignores what the search says of it, and may find more", name, printable(meant.Text(name, known), 200)))
		}
	}
	return out, nil
}

func (c *Client) searchFields(ctx context.Context) (names []string, err error) {
	err = c.get(ctx, &request{endpoint: "SuperSearchFields", use: func(body []byte) (err error) {
		names, err = parseFields(body)
		return err
	}})
	return names, err
}

// parseFields reads the service's list of fields: an object by name. Fields that are not exposed can't be searched by.
func parseFields(body []byte) (names []string, err error) {
	var j map[string]struct {
		Exposed *bool `json:"is_exposed"`
	}
	if err := json.Unmarshal(body, &j); err != nil || len(j) == 0 {
		return nil, fmt.Errorf("%w: it is no list of fields", errAnswer)
	}
	for _, name := range slices.Sorted(maps.Keys(j)) {
		// A service that doesn't say it would seem to have no fields at all, and every search be doubtful.
		if exposed := j[name].Exposed; exposed == nil || *exposed {
			names = append(names, name)
		}
	}
	return names, nil
}
