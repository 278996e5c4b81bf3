package cache

import "errors"

// The errors of this package, to be tested for with errors.Is. The errors
// returned name the file, and the crash id or corpus, around them.
var (
	// ErrNoCache is returned when a cache is opened for reading and there is no such file.
	ErrNoCache = errors.New("there is no cache here yet ('sigdiff fetch' or 'sigdiff import' makes one)")

	// ErrNotCache is returned when the path is a directory or a file of another kind.
	ErrNotCache = errors.New("not a sigdiff cache (name another file with --cache)")

	// ErrInUse is returned when another process holds the file and didn't let go in time.
	ErrInUse = errors.New("in use by another sigdiff (--wait 10m waits until it is done; --cache names another file)")

	// ErrDamaged is returned when a file or a value in it is not what was once written.
	ErrDamaged = errors.New("damaged ('sigdiff cache verify' lists what is, 'sigdiff cache repair' saves the rest)")

	// ErrOlderFormat is returned when a version of sigdiff before the first release has written the file.
	ErrOlderFormat = errors.New("written before sigdiff's first release (name another file with --cache, and fetch or import the crashes again)")

	// ErrNewerFormat is returned when a later version of sigdiff has written the file.
	ErrNewerFormat = errors.New("written by a newer sigdiff (update sigdiff, or name another file with --cache)")

	// ErrReadOnly is returned by every write to a cache that was opened for reading.
	ErrReadOnly = errors.New("the cache is open for reading only")

	// ErrNotFound is returned when the cache has no blob of that kind for that crash id.
	ErrNotFound = errors.New("not in the cache ('sigdiff fetch' or 'sigdiff import' adds it)")

	// ErrBadID is returned for a string that is no crash id.
	ErrBadID = errors.New("not a crash id (8-4-4-4-12 lower case hexadecimal digits, the last six a date YYMMDD)")

	// ErrTooLarge is returned for a blob over the limits of [Writer.Put].
	ErrTooLarge = errors.New("too large")

	// ErrNoCorpus is returned when there is no corpus of that name.
	ErrNoCorpus = errors.New("no such corpus")

	// ErrClosed is returned by a [Writer] or [Cache] that has been closed.
	ErrClosed = errors.New("already closed")
)

// elsewhere is the next step where a cache can't be made.
const elsewhere = "--cache or $SIGDIFF_CACHE names a file elsewhere"
