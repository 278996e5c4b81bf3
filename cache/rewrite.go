package cache

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	bolt "go.etcd.io/bbolt"
)

// rewriteFill is how full the pages of a rewritten file are: nearly full, since
// most caches are read far more often than they are added to.
const rewriteFill = 0.95

// rewrite is a new file that takes the place of an old one.
type rewrite struct {
	ctx   context.Context
	path  string // of the old file, symbolic links resolved
	cache *Cache // the new one, at path + ".tmp"
	batch batch

	// recut has records cut into pieces anew, so that only pieces are kept that a record has; from is
	// what they were sealed with.
	recut bool
	from  *codec
	room  []byte
	cuts  [][2]uint32
}

// mustExist is ErrNoCache where there is no file: a rewrite makes none.
func mustExist(path string) error {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("cache %s: %w", path, ErrNoCache)
	}
	return nil
}

// startRewrite makes the new file beside the old one, readable by the user alone.
func startRewrite(ctx context.Context, path string) (*rewrite, error) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil, fmt.Errorf("cache %s: %w", path, err)
	}
	tmp := real + ".tmp"
	if err := os.Remove(tmp); err != nil && !errors.Is(err, fs.ErrNotExist) { // of one that was killed
		return nil, fmt.Errorf("cache %s: %w", path, err)
	}
	c, err := Open(tmp, Options{})
	if err != nil {
		_ = os.Remove(tmp) // of a disk that is full, for instance
		return nil, err
	}
	c.fill = rewriteFill
	c.db.NoSync = true // until the end
	return &rewrite{ctx: ctx, path: real, cache: c}, nil
}

// add copies a sealed value to the new file. What the new file makes itself is left out.
func (r *rewrite) add(b bucket, key, v []byte) error {
	if b.tag == metaBucket.tag && !r.keptMeta(string(key)) {
		return nil
	}
	v, err := r.resealed(b, key, v)
	if err != nil {
		return err
	}
	return r.put(b, key, v)
}

func (r *rewrite) put(b bucket, key, v []byte) error {
	both := append(append(make([]byte, 0, len(key)+len(v)), key...), v...)
	var j job
	j.add(op{bucket: b, key: both[:len(key):len(key)], value: both[len(key):]})
	r.batch.add(j)
	if r.batch.bytes < batchBytes {
		return nil
	}
	return r.commit()
}

// keptMeta reports whether a value of the meta bucket goes into the new file.
func (r *rewrite) keptMeta(name string) bool {
	return name == metaCreated || strings.HasPrefix(name, metaUser) || strings.HasPrefix(name, metaDict) ||
		!r.recut && strings.HasPrefix(name, metaPieces)
}

func (r *rewrite) commit() error {
	if err := r.ctx.Err(); err != nil {
		return context.Cause(r.ctx)
	}
	if err := r.cache.apply(r.batch.ops); err != nil {
		return err
	}
	r.batch = batch{}
	return nil
}

// abandon removes the new file.
func (r *rewrite) abandon() error {
	return errors.Join(r.cache.Close(), os.Remove(r.cache.path))
}

// finish puts the new file in the old one's place, in one step; the old one is
// kept under the name keep, unless that is empty.
func (r *rewrite) finish(keep string) error {
	if err := r.commit(); err != nil {
		return errors.Join(err, r.abandon())
	}
	if err := errors.Join(r.cache.db.Sync(), r.cache.Close()); err != nil {
		return errors.Join(err, os.Remove(r.cache.path))
	}
	if keep != "" {
		if err := keepAs(r.path, keep); err != nil {
			return errors.Join(err, os.Remove(r.cache.path))
		}
	}
	if err := os.Rename(r.cache.path, r.path); err != nil {
		return fmt.Errorf("putting the new file in place: %w", err)
	}
	return syncDir(filepath.Dir(r.path))
}

// keepAs gives the file at path a second name, or, where a file system knows no
// second names, its only one.
func keepAs(path, name string) error {
	if os.Link(path, name) == nil {
		return nil
	}
	if err := os.Rename(path, name); err != nil {
		return fmt.Errorf("keeping the old file as %s: %w", name, err)
	}
	return nil
}

// freeName returns name, or name.2, name.3 and so on if that is taken.
func freeName(name string) string {
	for n := 2; ; n++ {
		next := name
		if n > 2 {
			next = fmt.Sprintf("%s.%d", name, n-1)
		}
		if _, err := os.Lstat(next); errors.Is(err, fs.ErrNotExist) {
			return next
		}
	}
}

// syncDir makes a rename last through a power cut.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	_ = d.Sync() // some file systems can't, and lose nothing by it
	return nil
}

// Compact rewrites the cache at path into a new file without what was deleted, which is
// really gone then: the space it had, and the pieces that no record has any more. The new
// file is put in the old one's place. It returns the sizes of both, in bytes. Nothing changes if it fails; a
// damaged cache is refused (ErrDamaged), since it would lose the damaged values
// without a word: see Repair.
func Compact(ctx context.Context, path string, progress Progress) (before, after int64, err error) {
	if err := mustExist(path); err != nil {
		return 0, 0, err
	}
	c, err := Open(path, Options{})
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	before, err = fileSize(c.path)
	if err != nil {
		return 0, 0, err
	}
	r, err := startRewrite(ctx, path)
	if err != nil {
		return 0, 0, err
	}
	r.recut, r.from = true, c.codec
	if err := c.copyTo(r, before, progress); err != nil {
		return 0, 0, errors.Join(fmt.Errorf("compacting cache %s: %w", path, err), r.abandon())
	}
	if err := r.finish(""); err != nil {
		return 0, 0, fmt.Errorf("compacting cache %s: %w", path, err)
	}
	after, err = fileSize(r.path)
	return before, after, err
}

func fileSize(path string) (int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// copyTo copies every value, refusing damaged ones.
func (c *Cache) copyTo(r *rewrite, total int64, progress Progress) error {
	var done int64
	for _, b := range buckets {
		err := c.scan(r.ctx, b, func(k, v []byte) error {
			if _, err := checkSeal(b, k, v); err != nil {
				return fmt.Errorf("%w: %s", ErrDamaged, damage(b, k, err.Error()))
			}
			done += int64(len(k) + len(v))
			if progress != nil {
				progress(min(done, total), total)
			}
			return r.add(b, k, v)
		})
		if err != nil {
			return err
		}
	}
	return c.compareCounts(r)
}

// compareCounts makes sure that everything was copied.
func (c *Cache) compareCounts(r *rewrite) error {
	if err := r.commit(); err != nil {
		return err
	}
	want, err := c.totals()
	if err != nil {
		return err
	}
	have, err := r.cache.totals()
	if err != nil {
		return err
	}
	for _, b := range buckets {
		if b.counted() && have[b.tag].Count != want[b.tag].Count {
			return fmt.Errorf("%w: bucket %s has %d values instead of %d", ErrDamaged, b.name, have[b.tag].Count, want[b.tag].Count)
		}
	}
	return nil
}

func (c *Cache) totals() (t totals, err error) {
	err = c.view(func(tx *bolt.Tx) error {
		t, err = c.readTotals(tx)
		return err
	})
	return t, err
}

// has reports whether the new file has a value.
func (r *rewrite) has(at place) (has bool, err error) {
	for _, b := range buckets {
		if b.tag != at.tag {
			continue
		}
		err = r.cache.viewTree(b, func(bb *bolt.Bucket) error {
			has = bb.Get([]byte(at.key)) != nil
			return nil
		})
	}
	return has, err
}
