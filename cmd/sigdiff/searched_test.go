package main

import (
	"encoding/json"
	"testing"

	"github.com/sigdiff/sigdiff/fetch"
)

// TestLacksNotes: what a corpus lacks is said, whichever command made it, and also of what was added.
func TestLacksNotes(t *testing.T) {
	partial := corpusProvenance{Command: "fetch", Provenance: fetch.Provenance{Incomplete: []string{"a shard failed"}}}
	for _, test := range []struct {
		provenance any
		want       []string
	}{
		{partial, []string{"the corpus is not complete: a shard failed"}},
		{corpusProvenance{Command: "fetch"}, nil},
		{importProvenance{"import", []string{"a"}, []string{"2 documents were not imported"}}, []string{"the corpus is not complete: 2 documents were not imported"}},
		{map[string]any{"command": "import", "added": []any{partial}}, []string{"the corpus is not complete: a shard failed"}},
		{map[string]any{"command": "corpus sample", "of": map[string]any{"added": []any{partial}}}, []string{"the corpus is not complete: a shard failed"}},
		{nil, nil},
	} {
		from, err := json.Marshal(test.provenance)
		if err != nil {
			t.Fatal(err)
		}
		notes := lacksNotes(from)
		if len(notes) != len(test.want) || len(notes) == 1 && (notes[0].Text.String() != test.want[0] || !notes[0].Unknown) {
			t.Errorf("%s: %v, want %q", from, notes, test.want)
		}
	}
}
