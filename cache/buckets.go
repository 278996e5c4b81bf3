package cache

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

// bucketOf returns the bucket of a kind's blobs; that of records for what is none.
func bucketOf(k Kind) bucket {
	for _, b := range buckets {
		if b.kind == k {
			return b
		}
	}
	return recordBucket
}

// limit is the most bytes that the content of a value may have.
func (b bucket) limit() int {
	if b.kind == Record || b.kind == Screen {
		return MaxRecord
	}
	return MaxDocument
}
