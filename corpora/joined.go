package corpora

import (
	"encoding/json"
	"slices"

	"github.com/sigdiff/sigdiff/cache"
)

// Lacks is what a corpus lacks of what it was to be of, in words, as its provenance says: also of what was
// added to it, and of what it was drawn from.
func Lacks(provenance json.RawMessage) []string {
	var from struct {
		Incomplete []string          `json:"incomplete"`
		Added      []json.RawMessage `json:"added"`
		Of         json.RawMessage   `json:"of"`
	}
	if json.Unmarshal(provenance, &from) != nil {
		return nil // of another program
	}
	all := from.Incomplete
	for _, other := range append(from.Added, from.Of) {
		all = append(all, Lacks(other)...)
	}
	return all
}

// Joined is a corpus with the crashes of another added to it. If there are any, or the other lacks some, its
// provenance is the list of theirs, as "added".
func Joined(to, more cache.Corpus) cache.Corpus {
	before := len(to.IDs)
	to.IDs = slices.Concat(to.IDs, more.IDs)
	slices.Sort(to.IDs)
	known := Lacks(to.Provenance)
	news := func(lack string) bool { return !slices.Contains(known, lack) }
	// Adding the same crashes again leaves the corpus as it was, so that a nightly fetch that finds nothing new
	// writes no history of itself.
	if to.IDs = slices.Compact(to.IDs); len(to.IDs) == before && !slices.ContainsFunc(Lacks(more.Provenance), news) {
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
