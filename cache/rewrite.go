package cache

import (
	"context"
	"encoding/binary"
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
	old   *os.File
	cache *Cache // the new one, beside it
	batch batch
}

// tmpEnd ends the name of a new file until it takes the old one's place. Before it stands a number.
const tmpEnd = ".tmp"

// startRewrite makes the new file beside the old one, of which the lock is held, readable by the user alone.
func startRewrite(ctx context.Context, path string, old *os.File) (*rewrite, error) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil, fmt.Errorf("cache %s: %w", path, err)
	}
	removeLeftovers(real)
	tmp, err := os.CreateTemp(filepath.Dir(real), filepath.Base(real)+".*"+tmpEnd)
	if err != nil {
		return nil, fmt.Errorf("cache %s: making the new file: %w", path, err)
	}
	c, err := Open(tmp.Name(), Options{})
	if err = errors.Join(err, tmp.Close()); err != nil {
		return nil, errors.Join(err, os.Remove(tmp.Name())) // of a disk that is full, for instance
	}
	c.fill = rewriteFill
	c.db.NoSync = true                // until the end
	c.db.AllocSize = os.Getpagesize() // the file grows by what is written, and has no room at its end
	return &rewrite{ctx: ctx, path: real, old: old, cache: c}, nil
}

// removeLeftovers removes the new files of rewrites that were killed, where it can. Who holds the lock of the old file
// knows that nobody is at work on one.
func removeLeftovers(path string) {
	entries, _ := os.ReadDir(filepath.Dir(path))
	for _, e := range entries {
		rest, ours := strings.CutPrefix(e.Name(), filepath.Base(path))
		number, tmp := strings.CutSuffix(rest, tmpEnd)
		if ours && tmp && strings.Trim(number, ".0123456789") == "" { // earlier versions had no number
			_ = os.Remove(filepath.Join(filepath.Dir(path), e.Name()))
		}
	}
}

// add copies a sealed value to the new file. What the new file makes itself is left out.
func (r *rewrite) add(b bucket, key, v []byte) error {
	if b.tag == metaBucket.tag {
		return nil
	}
	both := append(append(make([]byte, 0, len(key)+len(v)), key...), v...)
	r.batch.change(op{bucket: b, key: both[:len(key):len(key)], value: both[len(key):]})
	if r.batch.bytes < batchBytes {
		return nil
	}
	return r.commit()
}

func (r *rewrite) commit() error {
	if err := r.ctx.Err(); err != nil {
		return context.Cause(r.ctx)
	}
	if _, err := r.cache.apply(r.batch.ops, nil); err != nil {
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
// kept under the name keep, or the next that is free, which is returned, unless keep is empty.
func (r *rewrite) finish(keep string) (kept string, err error) {
	if err := r.commit(); err != nil {
		return "", errors.Join(err, r.abandon())
	}
	// All of the new file is on the disk before it gets the old one's name. So a power cut leaves one of them,
	// whole.
	if err := errors.Join(r.cache.db.Sync(), r.cache.Close()); err != nil {
		return "", errors.Join(err, os.Remove(r.cache.path))
	}
	if !isAt(r.old, r.path) {
		return "", errors.Join(errors.New("another file was put in its place meanwhile"), os.Remove(r.cache.path))
	}
	if keep != "" {
		if kept, err = keepAs(r.path, keep); err != nil {
			return "", errors.Join(err, os.Remove(r.cache.path))
		}
	}
	if err := os.Rename(r.cache.path, r.path); err != nil { // of a file that is mounted by itself, as into a container
		return "", errors.Join(fmt.Errorf("putting the new file in place: %w", err), os.Remove(r.cache.path))
	}
	return kept, syncDir(filepath.Dir(r.path))
}

// keepAs gives the file at path a second name, or, where a file system knows no
// second names, its only one: name, or name.2, name.3 and so on if that is taken.
func keepAs(path, name string) (string, error) {
	// A second name first, and the new file over the first name then: at no time is there no file at the path,
	// where a fetch would begin a new one.
	for n := 1; ; n++ {
		next := name
		if n > 1 {
			next = fmt.Sprintf("%s.%d", name, n)
		}
		err := os.Link(path, next)
		if err != nil && !errors.Is(err, fs.ErrExist) {
			err = renameNew(path, next)
		}
		if !errors.Is(err, fs.ErrExist) {
			return next, err
		}
	}
}

// renameNew renames a file to a name that no other file has.
func renameNew(path, name string) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL, 0o600) // renaming would take the place of another
	if err == nil {
		err = f.Close()
	}
	if err == nil {
		err = os.Rename(path, name)
	}
	if err != nil {
		return fmt.Errorf("keeping the old file as %s: %w", name, err)
	}
	return nil
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
// really gone then, with the space it had. The new
// file is put in the old one's place. It returns the sizes of both, in bytes. Nothing changes if it fails; a
// damaged cache is refused (ErrDamaged), since it would lose the damaged values
// without a word: see Repair. Of the options ReadOnly, Existing and Context are its own.
func Compact(ctx context.Context, path string, o Options, progress Progress) (before, after int64, err error) {
	o.ReadOnly, o.Existing, o.Context = false, true, ctx
	c, err := Open(path, o)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	r, err := startRewrite(ctx, path, c.file)
	if err != nil {
		return 0, 0, err
	}
	if before, err = r.copyAll(c.file, progress); err != nil {
		return 0, 0, errors.Join(fmt.Errorf("compacting cache %s: %w", path, err), r.abandon())
	}
	// Closing the old file would find another one at the path, and call that a loss.
	c.replaced = true
	if _, err := r.finish(""); err != nil {
		return 0, 0, fmt.Errorf("compacting cache %s: %w", path, err)
	}
	info, err := os.Stat(r.path)
	if err != nil {
		return 0, 0, err
	}
	return before, info.Size(), nil
}

// copyAll copies every value of a file, in which nothing may be damaged, and returns the file's size.
func (r *rewrite) copyAll(f *os.File, progress Progress) (int64, error) {
	pages, err := statPages(f)
	if err != nil {
		return 0, err
	}
	s := survey{ctx: r.ctx, progress: progress, value: r.add}
	if err := s.run(pages); err != nil {
		return 0, err
	}
	if len(s.damaged) > 0 {
		return 0, fmt.Errorf("%w: %s", ErrDamaged, s.damaged[0])
	}
	return pages.Size, r.commit()
}

// stored tells whether the new file has a value, and when it was stored.
func (r *rewrite) stored(b bucket, key []byte) (at uint32, there bool, err error) {
	err = r.cache.viewTree(b, func(bb *bolt.Bucket) error {
		v := bb.Get(key)
		if there = v != nil; there {
			at = binary.LittleEndian.Uint32(v[timeAt:])
		}
		return nil
	})
	return at, there, err
}
