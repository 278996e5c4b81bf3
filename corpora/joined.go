package corpora

import (
	"encoding/json"
	"slices"

	"github.com/sigdiff/sigdiff/cache"
)

// Joined is a corpus with the crashes of another added to it. If there are any, its provenance is the list of theirs,
// as "added".
func Joined(to, more cache.Corpus) cache.Corpus {
	before := len(to.IDs)
	to.IDs = slices.Concat(to.IDs, more.IDs)
	slices.Sort(to.IDs)
	if to.IDs = slices.Compact(to.IDs); len(to.IDs) == before {
		return to
	}
	var from struct {
		Added []json.RawMessage `json:"added"`
	}
	if err := json.Unmarshal(to.Provenance, &from); err != nil || from.Added == nil {
		from.Added = []json.RawMessage{to.Provenance}
	}
	from.Added = append(from.Added, more.Provenance)
	if text, err := json.Marshal(from); err == nil { // what is JSON can be written
		to.Provenance = text
	}
	return to
}
