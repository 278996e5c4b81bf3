package fetch

import (
	"context"
	"time"
)

// A Store keeps what is pulled of a crash: the raw crash, as it was sent in, and the processed crash, which
// signatures are made from. Its methods must be safe for use by several goroutines at once.
type Store interface {
	// Have tells, in the order of ids, what is known of each crash.
	Have(ctx context.Context, ids []string) ([]Known, error)
	// Put stores the documents of one crash. One that is nil was not pulled: what the store has of it stays.
	// Put may return before the documents are on disk; it blocks while too much is waiting to get there. The
	// store may keep the slices.
	Put(ctx context.Context, id string, raw, processed []byte) error
	// MarkMissing remembers that the service had no processed crash, or no raw one, at that time. What the
	// store has of it stays.
	MarkMissing(ctx context.Context, id string, raw bool, at time.Time) error
	// Flush returns when everything that was put is on disk.
	Flush(ctx context.Context) error
}

// Known is what a store has of one crash.
type Known struct {
	Raw, Processed bool
	// When the service said last that it has no such document; zero when it never did, or when the document came since.
	RawMissing, ProcessedMissing time.Time
}
