package corpora

import (
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/cespare/xxhash/v2"
)

// Sample draws n of the ids, or all when there are fewer, and returns them sorted. The same ids, n and
// seed always give the same sample, whatever the order of the ids; a larger n only adds to it, and with
// another crash in the list at most one of the sample changes.
func Sample(ids []string, n int, seed uint64) []string {
	type ticket struct {
		number uint64
		id     string
	}
	tickets := make([]ticket, len(ids))
	prefix := binary.LittleEndian.AppendUint64(nil, seed)
	for i, id := range ids {
		// A hash in place of a random number: each crash has its own for a seed, whatever other crashes there
		// are.
		tickets[i] = ticket{xxhash.Sum64(append(prefix, id...)), id}
	}
	slices.SortFunc(tickets, func(a, b ticket) int { return cmp.Or(cmp.Compare(a.number, b.number), cmp.Compare(a.id, b.id)) })
	drawn := make([]string, 0, min(max(n, 0), len(ids)))
	for _, t := range tickets[:cap(drawn)] {
		drawn = append(drawn, t.id)
	}
	slices.Sort(drawn)
	return drawn
}
