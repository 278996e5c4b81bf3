package cache

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/sigdiff/sigdiff/cache/filelock"
)

// formatVersion is the version of the file's format that this package reads and writes.
const formatVersion = 7

// defaultTimeout is how long Open waits for another process to let go.
const defaultTimeout = 2 * time.Second

// Options say how a cache is opened. The zero value opens for reading and writing.
type Options struct {
	// ReadOnly opens for reading. The file must exist. Others may read at the same time.
	ReadOnly bool

	// Existing opens only a file that is there, and that was a cache before: none is made.
	Existing bool

	// Timeout is how long to wait for another process to let go of the file; 0 means two seconds.
	Timeout time.Duration

	// Waiting, if it isn't nil, is told once when another process holds the file.
	Waiting func()

	// Context ends the waiting; nil means that nothing does.
	Context context.Context

	// BlockVersion is that of the blocks that are read and made. Those of another are as if they were not there.
	BlockVersion uint32

	// Now is the clock for what is stored; nil means time.Now.
	Now func() time.Time
}

// Cache is an open cache. Its methods are safe for use by many goroutines.
type Cache struct {
	db           *bolt.DB
	file         *os.File // bbolt's own
	path         string
	readOnly     bool
	existing     bool // no file is made
	now          func() time.Time
	trees        treeChecks
	broken       atomic.Bool // a panic may have left bbolt's locks taken
	fill         float64     // how full bbolt makes pages
	blockVersion uint32
	blockCrashes int  // how many a block has at most
	replaced     bool // by a rewrite of this process, so that nothing is amiss when another file is at the path

	mu      sync.Mutex
	writers map[*Writer]struct{}
	closed  bool
	damage  string
}

// Open opens the cache at path. When it is opened for writing a missing file,
// and its folders, are made (readable by the user alone), unless the file must exist. Errors: ErrNoCache,
// ErrNotCache, ErrInUse, ErrDamaged, ErrNewerFormat, ErrOlderFormat, or what the system said;
// each names the path.
func Open(path string, o Options) (*Cache, error) {
	o = o.withDefaults()
	c := &Cache{path: path, readOnly: o.ReadOnly, existing: o.ReadOnly || o.Existing, now: o.Now, blockVersion: o.BlockVersion, blockCrashes: maxBlock, fill: bolt.DefaultFillPercent, writers: map[*Writer]struct{}{}}
	if err := c.open(o); err != nil {
		return nil, fmt.Errorf("cache %s: %w", path, err)
	}
	return c, nil
}

func (o Options) withDefaults() Options {
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	if o.Context == nil {
		o.Context = context.Background()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

func (c *Cache) open(o Options) error {
	deadline := time.Now().Add(o.Timeout)
	for {
		if err := c.prepare(); err != nil {
			return err
		}
		err := c.openBolt(o, deadline)
		if errors.Is(err, syscall.EINTR) && time.Now().Before(deadline) {
			continue // bbolt asks for the lock as well
		}
		if err != nil {
			return err
		}
		if isAt(c.file, c.path) {
			break
		}
		if err := c.closeBolt(); err != nil { // compacted or repaired while this waited for its lock
			return err
		}
	}
	if err := c.start(); err != nil {
		return errors.Join(err, c.closeBolt())
	}
	return nil
}

// prepare looks at the path before bbolt does, since bbolt trusts what it finds.
func (c *Cache) prepare() error {
	if !c.existing {
		if err := os.MkdirAll(filepath.Dir(c.path), 0o700); err != nil {
			return fmt.Errorf("making its folder: %w; %s", err, elsewhere)
		}
	}
	info, err := os.Stat(c.path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && c.existing:
		return ErrNoCache
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("%w; %s", err, elsewhere)
	case info.IsDir():
		return fmt.Errorf("is a directory, %w", ErrNotCache)
	case !info.Mode().IsRegular():
		return fmt.Errorf("is no regular file, %w", ErrNotCache)
	}
	return nil
}

// openBolt opens the file with bbolt, which panics on some damaged ones.
func (c *Cache) openBolt(o Options, deadline time.Time) (err error) {
	c.file = nil
	// bbolt reads the file through a mapping. Where the file was cut short that is a fault in memory, which can
	// only be caught as a panic.
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = errors.Join(fmt.Errorf("%w: %v", ErrDamaged, r), filelock.Abandon(c.file))
		}
	}()
	c.db, err = bolt.Open(c.path, 0o600, &bolt.Options{
		Timeout:  o.Timeout,
		ReadOnly: c.readOnly,
		// The list of free pages of a file from which much was deleted is long. As a map it need not be walked
		// for each page.
		FreelistType: bolt.FreelistMapType,
		NoStatistics: true,
		OpenFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
			if c.existing { // also where it went since it was looked at
				flag &^= os.O_CREATE
			}
			f, err := os.OpenFile(name, flag, mode)
			if err != nil {
				return nil, fmt.Errorf("%w; %s", err, elsewhere)
			}
			// bbolt maps the file as soon as it has it, and trusts it. So the lock is taken here, and what
			// bbolt reads first is looked at under the lock.
			if err = o.lock(f, deadline); err == nil {
				err = c.inspect(f)
			}
			if err != nil {
				return nil, errors.Join(err, f.Close())
			}
			c.file = f
			return f, nil
		},
	})
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return ErrInUse
	case c.file != nil && filelock.Unsupported(err): // bbolt's own asking, once the file is open
		return noLocks(c.path, err)
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrVersionMismatch), errors.Is(err, berrors.ErrChecksum):
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return err
}

// start checks what only the holder of the file's lock can, and readies the buckets.
func (c *Cache) start() error {
	if err := c.checkFile(); err != nil {
		return err
	}
	fresh := false
	err := c.view(func(tx *bolt.Tx) error {
		name, _ := tx.Cursor().First()
		if fresh = name == nil; fresh {
			return nil
		}
		return c.checkFormat(tx)
	})
	switch {
	case err != nil || c.readOnly:
		return err
	case fresh:
		return c.update(c.initialise)
	}
	return nil
}

// initialise makes the buckets of a new file.
func (c *Cache) initialise(tx *bolt.Tx) error {
	for _, b := range buckets {
		if _, err := tx.CreateBucketIfNotExists([]byte(b.name)); err != nil {
			return fmt.Errorf("making bucket %s: %w", b.name, err)
		}
	}
	return c.put(tx, metaBucket, metaFormat, []byte{formatVersion})
}

// checkFormat refuses files that this version can't read.
func (c *Cache) checkFormat(tx *bolt.Tx) error {
	v, _, err := c.get(tx, metaBucket, metaFormat)
	switch {
	case errors.Is(err, ErrNotFound):
		return fmt.Errorf("is another program's bbolt file, %w", ErrNotCache)
	case err != nil:
		return err
	case len(v) != 1:
		return fmt.Errorf("%w: its format version can't be read", ErrDamaged)
	case v[0] > formatVersion:
		return fmt.Errorf("format %d, %w", v[0], ErrNewerFormat)
	case v[0] < formatVersion:
		return fmt.Errorf("format %d, %w", v[0], ErrOlderFormat)
	}
	return nil
}

// Path returns the path that the cache was opened with.
func (c *Cache) Path() string { return c.path }

// Close closes the cache's writers, which commits what they hold, and the file.
// Closing twice does nothing.
func (c *Cache) Close() error {
	c.mu.Lock()
	// A writer takes this lock when it closes, so that it can't be held while they do.
	writers := c.writers
	closed := c.closed
	c.writers, c.closed = nil, true
	c.mu.Unlock()
	if closed {
		return nil
	}
	var errs []error
	for w := range writers {
		errs = append(errs, w.Close())
	}
	return errors.Join(append(errs, c.checkUnchanged(), c.closeBolt())...)
}

// closeBolt closes the file. After a panic inside bbolt its locks may be taken
// for ever, so then only the file itself is closed, which frees the file's lock.
func (c *Cache) closeBolt() error {
	if c.broken.Load() {
		return filelock.Abandon(c.file)
	}
	if err := c.db.Close(); err != nil && !errors.Is(err, syscall.EINTR) { // of unlocking, which closing does as well
		return fmt.Errorf("closing cache %s: %w", c.path, err)
	}
	return nil
}

// view runs fn in a read transaction. Keep it short: a writer that has to grow
// the file waits for it. What fn reads is valid until it returns.
func (c *Cache) view(fn func(*bolt.Tx) error) error {
	return c.transact(c.db.View, fn)
}

// update runs fn in a write transaction and commits it.
func (c *Cache) update(fn func(*bolt.Tx) error) error {
	if c.readOnly {
		return fmt.Errorf("cache %s: %w", c.path, ErrReadOnly)
	}
	err := c.transact(c.db.Update, fn)
	switch {
	case err == nil, errors.Is(err, ErrClosed):
		return err
	case errors.Is(err, berrors.ErrIncompatibleValue), errors.Is(err, berrors.ErrKeyRequired): // a bucket where none can be
		err = fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return fmt.Errorf("writing cache %s: %w", c.path, err)
}

// transact runs fn in a transaction and returns a panic of bbolt's, or a fault in
// memory that is mapped to a file since cut short, as ErrDamaged.
func (c *Cache) transact(begin func(func(*bolt.Tx) error) error, fn func(*bolt.Tx) error) (err error) {
	// A panic in a transaction for writing leaves bbolt's lock taken, and whoever asks for it next would wait
	// for ever.
	if c.broken.Load() {
		return fmt.Errorf("cache %s: %w", c.path, ErrDamaged)
	}
	clean := false // whether bbolt's own clean-up follows a panic
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			if !clean {
				c.broken.Store(true)
			}
			err = fmt.Errorf("cache %s: %w: %v", c.path, ErrDamaged, r)
		}
	}()
	err = begin(func(tx *bolt.Tx) error {
		clean = !tx.Writable()
		return fn(tx)
	})
	if errors.Is(err, berrors.ErrDatabaseNotOpen) {
		return fmt.Errorf("cache %s: %w", c.path, ErrClosed)
	}
	return err
}
