package corpora

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/engine/compare"
)

// An exported corpus is one file that holds all that a comparison needs. Its content is cut into zstd
// frames of 4 MiB, so that `zstd -d` reads it, and is
//
//	"sigdiff corpus\n"
//	uvarint        version of the format, 2
//	uvarint, JSON  length and content of the head: name, provenance, what there is
//	items          each a tag byte, 16 bytes of crash id (crashid.Key) where the tag has one, then, where it has
//	               content, a uvarint length and the content
//	"E", uvarint, JSON   the end: counts, and the digest of the crashes
//	32 bytes       SHA-256 of everything before them
//
// with the items in this order, and the crash ids of each kind ascending:
//
//	"A"  accepted results
//	"C"  a crash and its record; "M" a crash that the exporting cache lacked; "N" one that it lacked
//	     since the service doesn't have it
//	"P"  a processed crash
//	"R"  a raw crash
//
// Nothing in it depends on when or where it was written: the same corpus gives the same bytes.
const (
	archiveMagic   = "sigdiff corpus\n"
	archiveVersion = 2
)

// The tags of items.
const (
	tagAccepted  = 'A'
	tagCrash     = 'C'
	tagMissing   = 'M'
	tagNone      = 'N'
	tagProcessed = 'P'
	tagRaw       = 'R'
	tagEnd       = 'E'
)

// Limits on what an exported corpus may hold.
const (
	// All of these are for files that somebody made up: what sigdiff writes stays far below them.
	frameBytes  = 4 << 20  // content of a zstd frame
	maxHead     = 16 << 20 // head and end, mostly provenance
	maxAccepted = cache.MaxDocument
	// A file may expand to maxRatio times its size, and some. Crash documents shrink to about a
	// seventeenth, and a hundred crashes that are alike to a three hundredth.
	maxRatio = 1000
	slack    = 16 << 20
	// Accepted results and what the file says of itself are held as a whole. They shrink little, and may have
	// heldRatio times the file's size, and slack.
	heldRatio = 16
	// Crash ids are random, but for their dates, and don't shrink: each takes 12 bytes or more. Fewer
	// crashes than maxTiny may be in a file of any size, for ids that somebody made up.
	minPerCrash = 6
	maxTiny     = 50_000
)

// The errors of exported corpora, for errors.Is.
var (
	// ErrNotExport is returned for a file that is something else than an exported corpus.
	ErrNotExport = errors.New("not a corpus that 'sigdiff corpus export' wrote ('sigdiff import' reads crashes)")
	// ErrOtherExport is returned for a file of another version of the format.
	ErrOtherExport = errors.New("exported by another version of sigdiff (export and import it with the same)")
	// ErrDamagedExport is returned for a file that is not what was once exported.
	ErrDamagedExport = errors.New("damaged, or not whole (copy it or export it again)")
	// ErrEmptyExport is returned for a file with a corpus of no crashes, with which nothing can be compared.
	ErrEmptyExport = errors.New("a corpus needs at least one crash, and the file holds none")
	// ErrConflict is returned when an import would change what is in the cache.
	ErrConflict = errors.New("the cache has it, but different (--replace takes the file's)")
)

// archiveHead is what an exported corpus says of itself first.
type archiveHead struct {
	Name       string          `json:"name"`
	Crashes    int             `json:"crashes"`
	Documents  bool            `json:"documents"`
	Provenance json.RawMessage `json:"provenance,omitempty"`
}

// ArchiveEnd is what an exported corpus says in the end that it holds.
type ArchiveEnd struct {
	Records   int    `json:"records"`   // crashes with a record; the others were missing where it was exported
	Processed int    `json:"processed"` // processed crashes, as documents
	Raw       int    `json:"raw"`       // raw crashes
	Digest    string `json:"digest"`    // of the crashes, as Source.Digest
}

// Archived says what an exported corpus holds.
type Archived struct {
	Name    string
	Crashes int // in the corpus
	ArchiveEnd
	Failed     []compare.Failure // crashes that could not be read, and are left out
	Accepted   bool              // whether it holds accepted results
	Compressed int64             // bytes, as far as the file was read or written
}

func damagedExport(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrDamagedExport, fmt.Sprintf(format, args...))
}
