package corpora

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/sigdiff/sigdiff/cache"
)

// TestJoined: what is added is told once, and what is lacked is told wherever it comes from.
func TestJoined(t *testing.T) {
	const lacking, more = `{"incomplete":["x"]}`, `{"incomplete":["x","y"]}`
	for name, test := range map[string]struct {
		to, add    string // provenance
		ids        []string
		provenance string
		lacks      []string
	}{
		"nothing new":               {lacking, lacking, []string{"a"}, lacking, []string{"x"}},
		"a crash more":              {lacking, `{"n":1}`, []string{"b"}, `{"added":[{"incomplete":["x"]},{"n":1}]}`, []string{"x"}},
		"nothing but a lack":        {lacking, more, []string{"a"}, `{"added":[{"incomplete":["x"]},{"incomplete":["x","y"]}]}`, []string{"x", "x", "y"}},
		"once more":                 {`{"added":[{"n":1},{"n":2}]}`, `{"n":3}`, []string{"b"}, `{"added":[{"n":1},{"n":2},{"n":3}]}`, nil},
		"of another program":        {`["x"]`, `{"n":1}`, []string{"b"}, `{"added":[["x"],{"n":1}]}`, nil},
		"a lack of what it is from": {`{"of":{"incomplete":["z"]}}`, `{"n":1}`, []string{"b"}, `{"added":[{"of":{"incomplete":["z"]}},{"n":1}]}`, []string{"z"}},
	} {
		got := Joined(cache.Corpus{IDs: []string{"a", "c"}, Provenance: json.RawMessage(test.to)}, cache.Corpus{IDs: test.ids, Provenance: json.RawMessage(test.add)})
		want := slices.Compact(slices.Sorted(slices.Values(append([]string{"a", "c"}, test.ids...))))
		if string(got.Provenance) != test.provenance || !slices.Equal(got.IDs, want) || !slices.Equal(Lacks(got.Provenance), test.lacks) {
			t.Errorf("%s: %v, %s, lacks %v", name, got.IDs, got.Provenance, Lacks(got.Provenance))
		}
	}
}
