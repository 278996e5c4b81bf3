package pipeline

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
)

// What an Entry can say.
const (
	entryFile     = iota // a file was read: ID is the name of the exported corpus that it is, or ""
	entryFailure         // a line, or what follows it in its file, can't be read: Text says why
	entryMissing         // an exported corpus knows the crash, and has no record of it
	entryLine            // the record of a line of NDJSON
	entryExported        // the record of an exported corpus
)

// Entry is what one place in a file says of one crash.
type Entry struct {
	Kind   int
	ID     string // crash id; of a line that can't be read, its place
	File   string
	Line   int // of NDJSON, from 1; else 0
	Record []byte
	Text   string
}

// shard is the shard of a crash, which its id alone decides.
func shard(id string, shards int) int {
	h := fnv.New64a()
	_, _ = h.Write([]byte(id))
	return int(h.Sum64() % uint64(shards))
}

// compare orders entries by crash, then by where they are. Runners hand them out in any order.
func (e *Entry) compare(other *Entry) int {
	return cmp.Or(
		cmp.Compare(e.ID, other.ID), cmp.Compare(e.File, other.File), cmp.Compare(e.Line, other.Line), cmp.Compare(e.Kind, other.Kind),
	)
}

// errConflict is the error over a crash that an exported corpus and another file hold, and differently.
var errConflict = errors.New("two files hold the crash, and differ, and one of them is an exported corpus")

// settle picks the entry that counts among all entries of a crash, in order: as imports into one cache do.
// Any record beats a missing one, equal records are one, and of different lines the last counts. What an
// exported corpus holds may not change: then the error is errConflict.
func settle(copies []*Entry) (*Entry, error) {
	last, exported := copies[0], (*Entry)(nil)
	for _, e := range copies {
		if e.Kind == entryExported {
			exported = e
		}
		if e.Kind != entryMissing || last.Kind == entryMissing {
			last = e
		}
	}
	// Of lines, the last one counts, as when files are imported one after the other.
	if exported == nil {
		return last, nil
	}
	for _, e := range copies {
		if e.Kind != entryMissing && !bytes.Equal(e.Record, exported.Record) {
			return nil, fmt.Errorf("%w: crash %s in %s and %s", errConflict, e.ID, e.File, exported.File)
		}
	}
	return exported, nil
}

// settleAll picks what counts for each crash, by id.
func settleAll(entries []*Entry) ([]*Entry, error) {
	// In whatever order the runner hands them out, the same copy is the last.
	slices.SortFunc(entries, (*Entry).compare)
	var kept []*Entry
	for len(entries) > 0 {
		n := 1
		for n < len(entries) && entries[n].ID == entries[0].ID {
			n++
		}
		e, err := settle(entries[:n])
		if err != nil {
			return nil, err
		}
		kept = append(kept, e)
		entries = entries[n:]
	}
	return kept, nil
}
