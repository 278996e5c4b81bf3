package corpora

import (
	"cmp"
	"slices"
	"time"

	"github.com/sigdiff/sigdiff/crashid"
)

// AcceptedPart is one changed signature that was accepted by itself, for the crashes that had it changed then.
type AcceptedPart struct {
	Time   time.Time `json:"time"` // when it was accepted, UTC
	From   string    `json:"from"` // the signature that was accepted before
	To     string    `json:"to"`
	Reason string    `json:"reason"`
	Bug    int       `json:"bug,omitempty"`
	// Until is when the crashes count as new again; the zero time for never.
	Until time.Time `json:"until,omitzero"`
	IDs   []string  `json:"ids"`
	// Inputs are what the signature of each was made of, as results have it.
	Inputs []uint64 `json:"inputs"`
}

// AcceptedParts are parts in the order in which they were accepted.
type AcceptedParts []AcceptedPart

// UnmarshalJSON reads a list of parts, each of which has crashes, with the inputs of each.
func (ps *AcceptedParts) UnmarshalJSON(data []byte) error {
	return eachItem(data, func(p AcceptedPart) bool {
		*ps = append(*ps, p)
		return len(p.IDs) > 0 && len(p.Inputs) == len(p.IDs)
	})
}

// Over tells that the part has ended.
func (p AcceptedPart) Over(now time.Time) bool { return !p.Until.IsZero() && !now.Before(p.Until) }

// Apply makes those of the parts count that have not ended. Of several for one crash, the last does.
func (a *Accepted) Apply(now time.Time) {
	a.parted = map[crashid.Key]acceptedResult{}
	for _, p := range a.Info.Parts {
		if p.Over(now) {
			continue
		}
		for i, id := range p.IDs {
			// Ids come from a file here, and may be anything.
			if key, ok := crashid.Pack(id); ok {
				a.parted[key] = acceptedResult{key, p.To, p.Inputs[i]}
			}
		}
	}
}

// at is one of the results, or that of the part which counts in its stead.
func (a *Accepted) at(i int) acceptedResult {
	if part, ok := a.parted[a.results[i].key]; ok {
		return part
	}
	return a.results[i]
}

// Changes are what accepting other results would change, one part for each changed signature: most crashes first.
func (a *Accepted) Changes(other *Accepted) []AcceptedPart {
	type pair struct{ from, to string }
	found := map[pair]*AcceptedPart{}
	for i, r := range a.results {
		at, ok := other.find(r.key)
		if !ok || a.at(i).signature == other.at(at).signature {
			continue
		}
		p := pair{a.at(i).signature, other.at(at).signature}
		if found[p] == nil {
			found[p] = &AcceptedPart{From: p.from, To: p.to}
		}
		found[p].IDs, found[p].Inputs = append(found[p].IDs, r.key.String()), append(found[p].Inputs, other.at(at).inputs)
	}
	// Not nil: in JSON no changes are an empty list.
	parts := []AcceptedPart{}
	for _, part := range found {
		parts = append(parts, *part)
	}
	slices.SortFunc(parts, func(a, b AcceptedPart) int {
		return cmp.Or(len(b.IDs)-len(a.IDs), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
	return parts
}
