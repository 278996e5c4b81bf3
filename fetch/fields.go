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

// Fields that the service has had for years, for everybody: a search by these alone needs no look at the service's list.
var wellKnown = strings.Fields(`product version platform release_channel uuid date signature proto_signature build_id process_type reason
	moz_crash_reason abort_message address hang uptime`)

// CheckParams says of the query's parameters that the service doesn't know, or not for everybody, a sentence each, that they would be
// ignored, and more crashes found than were meant, or found in another order. It asks the service for its fields, and only when the
// query names others than the ones that have been there for years.
func (c *Client) CheckParams(ctx context.Context, q Query) ([]string, error) {
	doubtful := slices.Collect(maps.Keys(q.Terms))
	for _, name := range q.Sort {
		doubtful = append(doubtful, strings.TrimPrefix(name, "-"))
	}
	doubtful = slices.DeleteFunc(doubtful, func(name string) bool { return slices.Contains(wellKnown, name) })
	if len(doubtful) == 0 {
		return nil, nil
	}
	fields, err := ask(ctx, c, &request{endpoint: "SuperSearchFields"}, parseFields)
	if err != nil {
		return nil, err
	}
	var out []string
	slices.Sort(doubtful)
	for _, name := range slices.Compact(doubtful) {
		switch public, known := fields[name]; {
		case !known:
			near := printable(meant.Text(name, slices.Sorted(maps.Keys(fields))), 200)
			out = append(out, fmt.Sprintf("the service has no field %.60q%s: it ignores what the search says of it, and may find more", name, near))
		case !public:
			out = append(out, fmt.Sprintf("the service searches by %.60q only for a token with permissions: else it ignores what the search says of it, and may find more", name))
		}
	}
	return out, nil
}

// parseFields reads the service's list of fields, an object by name, and whether everybody may search by them. Nobody can by those that
// are not exposed.
func parseFields(body []byte) (fields map[string]bool, err error) {
	var j map[string]struct {
		Exposed     *bool    `json:"is_exposed"`
		Permissions []string `json:"webapp_permissions_needed"`
	}
	if err := json.Unmarshal(body, &j); err != nil || len(j) == 0 {
		return nil, fmt.Errorf("%w: it is no list of fields", errAnswer)
	}
	fields = map[string]bool{}
	for name, f := range j {
		// A service that doesn't say it would seem to have no fields at all, and every search be doubtful.
		if f.Exposed == nil || *f.Exposed {
			fields[name] = len(f.Permissions) == 0
		}
	}
	return fields, nil
}
