package cache

import (
	"fmt"
	"slices"
)

// Kind says which of a crash's blobs is meant.
type Kind uint8

// The kinds of blobs. Their numbers are part of the file's format.
const (
	Raw       Kind = 1 // the raw crash: annotations as submitted, JSON
	Processed Kind = 2 // the processed crash, JSON
	Record    Kind = 3 // the crash record: what signature generation reads, binary
	Screen    Kind = 4 // the screen record of a crash without a processed crash: what a search says of it, JSON
)

// Limits on the size of a blob's content, in bytes.
const (
	MaxDocument = 256 << 20 // a raw or processed crash, accepted results, a corpus
	MaxRecord   = 4 << 20   // a crash record, a screen record
)

// kinds lists every kind, in the order of their numbers.
var kinds = [...]Kind{Raw, Processed, Record, Screen}

// Kinds returns every kind there is.
func Kinds() []Kind { return append([]Kind(nil), kinds[:]...) }

var kindNames = [...]string{Raw: "raw", Processed: "processed", Record: "record", Screen: "screen"}

// String returns the kind's name: raw, processed, record or screen.
func (k Kind) String() string {
	if !k.valid() {
		return fmt.Sprintf("kind %d", uint8(k))
	}
	return kindNames[k]
}

// ParseKind returns the kind of that name.
func ParseKind(name string) (Kind, error) {
	if k := Kind(max(0, slices.Index(kindNames[:], name))); k.valid() {
		return k, nil
	}
	return 0, fmt.Errorf("%q is no kind of blob (raw, processed, record or screen)", name)
}

func (k Kind) valid() bool { return k >= Raw && k <= Screen }

// KindSet is a set of kinds.
type KindSet uint8

// Has reports whether k is in the set.
func (s KindSet) Has(k Kind) bool { return s&(1<<k) != 0 }

// With returns the set with k in it.
func (s KindSet) With(k Kind) KindSet { return s | 1<<k }

// bucket is one of the file's top-level buckets.
type bucket struct {
	name           string
	tag            byte // mixed into the checksums of its values; never reused
	kind           Kind // of its blobs, or 0
	fast           bool // many small values, read in bulk: s2 rather than zstd
	incompressible bool // values: crash keys are nearly random
}

// The buckets. Names and tags are part of the format.
var (
	metaBucket      = bucket{name: "meta", tag: 'm'}
	missingBucket   = bucket{name: "missing", tag: 'x', incompressible: true}
	corporaBucket   = bucket{name: "corpora", tag: 'c'}
	corpusIDsBucket = bucket{name: "corpus-ids", tag: 'i', incompressible: true}
	acceptedBucket  = bucket{name: "accepted", tag: 'a'}
	rawBucket       = bucket{name: "raw", tag: byte(Raw), kind: Raw}
	processedBucket = bucket{name: "processed", tag: byte(Processed), kind: Processed}
	recordBucket    = bucket{name: "record", tag: byte(Record), kind: Record, fast: true}
	screenBucket    = bucket{name: "screen", tag: byte(Screen), kind: Screen, fast: true}
	blockBucket     = bucket{name: "blocks", tag: 'b', incompressible: true}
)

// buckets lists them all, those without which the rest is worth little first.
var buckets = []bucket{
	metaBucket, corporaBucket, corpusIDsBucket, acceptedBucket, missingBucket,
	recordBucket, processedBucket, rawBucket, screenBucket,
	blockBucket, // behind the records: it goes where they change
}

// bucketOf returns the bucket of a kind's blobs.
func bucketOf(k Kind) bucket {
	return [...]bucket{Raw: rawBucket, Processed: processedBucket, Record: recordBucket, Screen: screenBucket}[k]
}

// limit is the most bytes that the content of a value may have.
func (b bucket) limit() int {
	if b.fast {
		return MaxRecord
	}
	return MaxDocument
}
