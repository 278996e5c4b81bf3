package cache

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"runtime"
	"slices"

	bolt "go.etcd.io/bbolt"
	"golang.org/x/sync/errgroup"

	"github.com/sigdiff/sigdiff/crashid"
)

// maxBlock is how many crashes a block has at most. One with fewer than half of that is put together with new
// records behind it.
const maxBlock = 1 << 16

// Block is the records of neighbouring crashes, put together: all between the first and the last. It is made of the records,
// which stay, and goes when one of them changes, or another comes between them. This package does not look at what was made
// of the records.
type Block struct {
	Common []byte // what they share
	Parts  []Part
}

// Part is a part of a block, which has some of the crashes.
type Part struct {
	IDs     []string
	Sums    []uint64 // [Sum] of each record
	Content []byte

	keys   []crashid.Key
	wanted []bool // nil: all
}

// Wanted tells whether a crash is one of those that were asked for.
func (p *Part) Wanted(i int) bool { return p.wanted == nil || p.wanted[i] }

// Key is a crash id, packed.
func (p *Part) Key(i int) crashid.Key { return p.keys[i] }

// span is a block by its key in the file: its first crash, its last, how many they are, and its version.
type span struct {
	first, last crashid.Key
	crashes     int
	version     uint32
}

// key is the key of a part of the block, counted from 1; 0 is what its crashes share.
func (s span) key(part int) []byte {
	k := append(append(make([]byte, 0, spanLen), s.first[:]...), s.last[:]...)
	for _, n := range [...]uint32{uint32(s.crashes), s.version, uint32(part)} {
		k = binary.BigEndian.AppendUint32(k, n)
	}
	return k
}

const spanLen = 2*len(crashid.Key{}) + 4 + 4 + 4

// sumLen is how many bytes a sum has.
const sumLen = 8

// parseSpan reads a key. It is not ok for one that can't be, and for that of a block of another version.
func (c *Cache) parseSpan(k []byte) (s span, part int, ok bool) {
	if len(k) != spanLen {
		return s, 0, false
	}
	n := copy(s.first[:], k)
	n += copy(s.last[:], k[n:])
	s.crashes, s.version, part = int(binary.BigEndian.Uint32(k[n:])), binary.BigEndian.Uint32(k[n+4:]), int(binary.BigEndian.Uint32(k[n+8:]))
	return s, part, s.version == c.blockVersion && s.first.Compare(s.last) <= 0
}

// spans are the blocks of the file, in order. One that can't be is left out, and what is behind it.
func (c *Cache) spans() (all []span, err error) {
	err = c.viewTree(blockBucket, func(bb *bolt.Bucket) error {
		cur := bb.Cursor()
		for k, _ := cur.First(); k != nil; k, _ = cur.Next() {
			s, part, ok := c.parseSpan(k)
			if part != 0 {
				continue
			}
			if !ok || len(all) > 0 && all[len(all)-1].last.Compare(s.first) >= 0 {
				return nil
			}
			all = append(all, s)
		}
		return nil
	})
	return all, err
}

// within are the keys of the crashes of the block.
func (s span) within() bounds { return bounds{s.first[:], s.behind()} }

// behind is the first key behind the last crash of the block.
func (s span) behind() []byte { return append(s.last[:len(s.last):len(s.last)], 0) }

// outside calls fn for each place before, between and behind blocks, with the crashes there that have a record,
// and how many more there are whose key can't be read.
func (c *Cache) outside(ctx context.Context, spans []span, fn func(place int, keys []crashid.Key, unreadable int)) error {
	for i := range len(spans) + 1 {
		var place bounds
		if i > 0 {
			place.from = spans[i-1].behind()
		}
		if i < len(spans) {
			place.to = spans[i].first[:]
		}
		keys, unreadable, err := c.keys(ctx, recordBucket, place)
		if err != nil {
			return err
		}
		fn(i, keys, unreadable)
	}
	return nil
}

// Arrange puts the records that are in no block into blocks. make makes a block of some crashes, in order; nil
// for crashes that none can be made of, and ErrTooLarge for more than one can have. It is called in several
// goroutines. A cache that is open for reading stays as it is.
func (c *Cache) Arrange(ctx context.Context, make func(ids []string) (*Block, error)) error {
	if c.readOnly {
		return nil
	}
	// Before anything is read. A record that changes from now on is a change more, and then the block that was made of
	// its older form is not put.
	before, err := c.recordChanges()
	if err != nil {
		return err
	}
	spans, err := c.spans()
	if err != nil {
		return err
	}
	runs, err := c.runs(ctx, spans)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, run := range runs {
		// Blocks of about equal size, and not full ones with a small one behind them, which would be made again
		// the next time.
		blocks := (len(run) + c.blockCrashes - 1) / c.blockCrashes
		for n := range blocks {
			keys := run[n*len(run)/blocks : (n+1)*len(run)/blocks]
			group.Go(func() error {
				return c.arrange(ctx, keys, make, before)
			})
		}
	}
	return group.Wait()
}

// recordChanges is how many transactions have changed records: see dropBlocks.
func (c *Cache) recordChanges() (n uint64, err error) {
	err = c.viewTree(recordBucket, func(bb *bolt.Bucket) error {
		n = bb.Sequence()
		return nil
	})
	return n, err
}

// arrange makes a block of some crashes, or several where they are too many for one.
func (c *Cache) arrange(ctx context.Context, keys []crashid.Key, make func(ids []string) (*Block, error), before uint64) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	b, err := make(idStrings(keys))
	if half := len(keys) / 2; errors.Is(err, ErrTooLarge) && half > 0 {
		if err := c.arrange(ctx, keys[:half], make, before); err != nil {
			return err
		}
		return c.arrange(ctx, keys[half:], make, before)
	}
	if b == nil || err != nil {
		return err
	}
	return c.putBlock(span{keys[0], keys[len(keys)-1], len(keys), c.blockVersion}, b, before)
}

// runs are the neighbouring crashes that blocks are to be made of, in order.
func (c *Cache) runs(ctx context.Context, spans []span) (all [][]crashid.Key, err error) {
	err = c.outside(ctx, spans, func(place int, keys []crashid.Key, unreadable int) {
		if unreadable > 0 { // which no block would tell of
			keys = nil
		}
		all = append(all, keys)
	})
	// A small block is put together with what came behind it. Otherwise a file that somebody adds to every day
	// would get a block a day, and what crashes share would be there as often.
	for i, s := range spans {
		if err == nil && len(all[i+1]) > 0 && s.crashes < c.blockCrashes/2 {
			var before []crashid.Key
			before, _, err = c.keys(ctx, recordBucket, s.within())
			all[i+1] = append(before, all[i+1]...)
		}
	}
	return all, err
}

// putBlock writes a block in the place of those that its crashes were in, unless records have changed since before it was
// made: each transaction that changes some counts on the sequence of their bucket.
func (c *Cache) putBlock(s span, b *Block, before uint64) error {
	values := [][]byte{b.Common}
	for _, p := range b.Parts {
		whole := binary.AppendUvarint(nil, uint64(len(p.IDs)))
		for i, id := range p.IDs {
			k, err := packID(id)
			if err != nil {
				return err
			}
			whole = binary.LittleEndian.AppendUint64(append(whole, k[:]...), p.Sums[i])
		}
		values = append(values, append(whole, p.Content...))
	}
	// Sealed in front of the transaction: checksums of many megabytes take time, and nobody else can write
	// meanwhile.
	for n, content := range values {
		v, err := blockBucket.seal(s.key(n), content, c.now())
		if err != nil {
			return err
		}
		values[n] = v
	}
	return c.update(func(tx *bolt.Tx) error {
		if tx.Bucket([]byte(recordBucket.name)).Sequence() != before {
			return nil
		}
		bb := tx.Bucket([]byte(blockBucket.name))
		err := c.deleteBlocks(bb, func(o span) bool { return o.first.Compare(s.last) <= 0 && o.last.Compare(s.first) >= 0 })
		if err != nil {
			return err
		}
		for n, v := range values {
			if err := bb.Put(s.key(n), v); err != nil {
				return err
			}
		}
		return nil
	})
}

// deleteBlocks deletes the blocks that something concerns, and what is none.
func (c *Cache) deleteBlocks(bb *bolt.Bucket, concerns func(s span) bool) error {
	// The keys are collected first: a cursor loses its place when what it stands on is deleted.
	var old [][]byte
	cur := bb.Cursor()
	for k, _ := cur.First(); k != nil; k, _ = cur.Next() {
		if s, _, ok := c.parseSpan(k); !ok || concerns(s) {
			old = append(old, bytes.Clone(k))
		}
	}
	for _, k := range old {
		if err := bb.Delete(k); err != nil {
			return err
		}
	}
	return nil
}

// dropBlocks takes out the blocks of records that change by ops, which are sorted.
func (c *Cache) dropBlocks(tx *bolt.Tx, ops []op) error {
	var changed [][]byte
	for _, o := range ops {
		if o.bucket.tag == recordBucket.tag {
			changed = append(changed, o.key)
		}
	}
	bb := tx.Bucket([]byte(blockBucket.name))
	if len(changed) == 0 || bb == nil {
		return nil
	}
	// Nothing here is numbered by bbolt's sequence, so it can count the changes.
	if _, err := tx.Bucket([]byte(recordBucket.name)).NextSequence(); err != nil {
		return err
	}
	return c.deleteBlocks(bb, func(s span) bool {
		i, _ := slices.BinarySearchFunc(changed, s.first[:], bytes.Compare)
		return i < len(changed) && bytes.Compare(changed[i], s.last[:]) <= 0
	})
}
