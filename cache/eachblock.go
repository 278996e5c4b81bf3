package cache

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync"

	bolt "go.etcd.io/bbolt"
	"golang.org/x/sync/errgroup"

	"github.com/sigdiff/sigdiff/crashid"
)

// fewWanted is for blocks of which little is wanted: where it is fewer than one of so many crashes, reading
// records takes less.
const fewWanted = 10

// EachBlock calls open with the blocks that hold some of the crashes with these ids, or, if ids is nil, with
// all, in as many goroutines as workers says, one at least; an error of it means that nothing can be done with the block, and
// what the crashes share does not hold longer than the call. What it gives is called with the parts, in these
// goroutines, too. It returns the other crashes, if ids is nil those that have a record.
func (c *Cache) EachBlock(ctx context.Context, ids []string, workers int, open func(common []byte) (func(worker int, p *Part) error, error)) (others []string, err error) {
	spans, err := c.spans()
	if err != nil && !errors.Is(err, ErrDamaged) { // else there are records
		return nil, err
	}
	workers = max(1, workers) // with none, nothing would take the parts
	r := &blockReader{cache: c, open: open, all: ids == nil}
	if err := r.sortOut(ctx, spans, ids); err != nil {
		return nil, err
	}
	group, ctx := errgroup.WithContext(ctx)
	parts := make(chan sealedPart)
	group.Go(func() error { return r.openAll(ctx, workers, parts) })
	for worker := range workers {
		group.Go(func() error {
			for sealed := range parts {
				part, err := sealed.open()
				if err != nil {
					return err
				}
				if err := sealed.take(worker, part); err != nil {
					return err
				}
			}
			return nil
		})
	}
	err = group.Wait()
	if err == nil && r.all {
		err = r.checkAll()
	}
	// Their block can't be opened, or has no such crash. Either way the record says what there is.
	for i, k := range r.wanted {
		if !r.found[i] {
			r.others = append(r.others, k.String())
		}
	}
	return r.others, err
}

// blockReader is one call of EachBlock.
type blockReader struct {
	cache  *Cache
	open   func(common []byte) (func(int, *Part) error, error)
	all    bool   // crashes are wanted
	before uint64 // see recordChanges
	spans  []askedSpan
	wanted []crashid.Key // ascending; none if all are
	found  []bool        // which of them were in a part

	mu      sync.Mutex
	others  []string
	blocked int // crashes in blocks that were opened
}

// checkAll checks that none of all crashes was left out, unless records were changed meanwhile.
func (r *blockReader) checkAll() error {
	return r.cache.viewTree(recordBucket, func(bb *bolt.Bucket) error {
		if bb.Sequence() != r.before {
			return nil
		}
		return r.cache.checkCount(bb.Tx(), recordBucket, r.blocked+len(r.others))
	})
}

// askedSpan is a block, and what is wanted of it.
type askedSpan struct {
	span
	wanted []crashid.Key
	found  []bool
}

// sortOut finds the blocks that hold enough of the crashes.
func (r *blockReader) sortOut(ctx context.Context, spans []span, ids []string) error {
	if r.all {
		for _, s := range spans {
			r.spans = append(r.spans, askedSpan{span: s})
		}
		var err error
		if r.before, err = r.cache.recordChanges(); err != nil {
			return err
		}
		return r.cache.outside(ctx, spans, func(_ int, keys []crashid.Key, unreadable int) { r.beside(keys, unreadable) })
	}
	r.wanted = make([]crashid.Key, 0, len(ids))
	for _, id := range ids {
		if k, err := packID(id); err == nil {
			r.wanted = append(r.wanted, k)
		} else {
			r.others = append(r.others, id)
		}
	}
	sortKeys(r.wanted)
	r.found = make([]bool, len(r.wanted))
	for _, s := range spans {
		from, _ := slices.BinarySearchFunc(r.wanted, s.first, crashid.Key.Compare)
		to, _ := slices.BinarySearchFunc(r.wanted, s.last, func(k, last crashid.Key) int { return 2*min(1, k.Compare(last)) - 1 }) // behind equal ones
		if from < to && fewWanted*(to-from) >= s.crashes {
			r.spans = append(r.spans, askedSpan{s, r.wanted[from:to], r.found[from:to]})
		}
	}
	return nil
}

// beside adds crashes that are read by their records.
func (r *blockReader) beside(keys []crashid.Key, odd int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.others = append(r.others, idStrings(keys)...)
	r.others = append(r.others, slices.Repeat([]string{unreadable}, odd)...)
}

// want marks the crashes of a part that are wanted.
func (s askedSpan) want(p *Part) {
	p.wanted = make([]bool, len(p.keys))
	for i, k := range p.keys {
		at, ok := slices.BinarySearchFunc(s.wanted, k, crashid.Key.Compare)
		if p.wanted[i] = ok; ok {
			s.found[at] = true
		}
	}
}

// wantsAll tells whether all crashes of a block are wanted, which has these by the sum of their ids, and marks them as found if so.
// Looking for each takes a tenth of a comparison of a million crashes.
func (s askedSpan) wantsAll(sum uint64) bool {
	if len(s.wanted) != s.crashes {
		return false
	}
	for _, k := range s.wanted {
		sum -= IDSum(k)
	}
	if sum != 0 {
		return false
	}
	for i := range s.found {
		s.found[i] = true
	}
	return true
}

// sealedPart is a part as the file has it.
type sealedPart struct {
	keys, content []byte
	of            *askedSpan
	take          func(int, *Part) error
}

// open takes the part apart, and marks which of its crashes are wanted.
func (p sealedPart) open() (*Part, error) {
	part, err := openPart(p.of.span, p.keys, p.content)
	if err == nil && p.of.wanted != nil {
		p.of.want(part)
	}
	return part, err
}

// openAll opens blocks, several at once, and hands out their parts.
func (r *blockReader) openAll(ctx context.Context, workers int, parts chan<- sealedPart) error {
	defer close(parts)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(workers)
	for _, s := range r.spans {
		group.Go(func() error { return r.openOne(ctx, s, parts) })
	}
	return group.Wait()
}

// openOne opens a block. The crashes of one that can't be opened are read by their records.
func (r *blockReader) openOne(ctx context.Context, s askedSpan, parts chan<- sealedPart) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	sealed, err := r.openBlock(s)
	if err != nil && r.all { // else they will not have been found
		keys, odd, err := r.cache.keys(ctx, recordBucket, s.within())
		r.beside(keys, odd)
		return err
	}
	r.mu.Lock()
	r.blocked += s.crashes
	r.mu.Unlock()
	for _, part := range sealed {
		select {
		case parts <- part:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

var errBlock = fmt.Errorf("%w: a block of crash records", ErrDamaged)

// openBlock reads a block, checks all of it, and opens it.
func (r *blockReader) openBlock(s askedSpan) (parts []sealedPart, err error) {
	crashes, sum := 0, uint64(0)
	err = r.cache.viewTree(blockBucket, func(bb *bolt.Bucket) error {
		var take func(int, *Part) error
		cur := bb.Cursor()
		k, v := cur.Seek(s.key(0))
		for n := 0; bytes.HasPrefix(k, s.key(0)[:spanLen-4]); n++ {
			h, err := blockBucket.check(k, v)
			switch {
			case err != nil:
				return fmt.Errorf("%w: %w", errBlock, err)
			// What the crashes share is read where it lies in the file, which takes content that was not
			// compressed. A part that is missing would hide its crashes, so that parts must follow each other.
			case !bytes.Equal(k, s.key(n)) || h.codec != codecPlain || len(h.payload) != h.size:
				return errBlock
			case n > 0:
				keys, content, err := splitPart(bytes.Clone(h.payload))
				if err != nil {
					return err
				}
				for k := range slices.Chunk(keys, keyAndSum) {
					crashes, sum = crashes+1, sum+IDSum(crashid.Key(k))
				}
				parts = append(parts, sealedPart{keys, content, &s, take})
			default:
				if take, err = r.open(h.payload); err != nil {
					return err
				}
			}
			k, v = cur.Next()
		}
		return nil
	})
	// Nor may the last part be missing, which only the count of crashes tells.
	if err == nil && crashes != s.crashes {
		err = errBlock
	}
	if err != nil {
		return nil, err
	}
	if s.wantsAll(sum) {
		s.wanted = nil
	}
	return parts, nil
}

// keyAndSum is how many bytes a part has of each crash beside its content.
const keyAndSum = len(crashid.Key{}) + sumLen

// splitPart is the keys and sums of a part's crashes, and its content.
func splitPart(payload []byte) (keys, content []byte, err error) {
	n, used := binary.Uvarint(payload)
	if used <= 0 || n > uint64(len(payload)-used)/uint64(keyAndSum) {
		return nil, nil, errBlock
	}
	keys, content = payload[used:used+int(n)*keyAndSum], payload[used+int(n)*keyAndSum:]
	return keys, content, nil
}

// openPart takes a part of a block apart.
func openPart(s span, keys, content []byte) (*Part, error) {
	p := &Part{keys: make([]crashid.Key, len(keys)/keyAndSum), Sums: make([]uint64, len(keys)/keyAndSum), Content: content}
	for i := range p.keys {
		k := crashid.Key(keys)
		if k.Compare(s.first) < 0 || k.Compare(s.last) > 0 {
			return nil, errBlock
		}
		p.keys[i], p.Sums[i] = k, binary.LittleEndian.Uint64(keys[len(k):])
		keys = keys[keyAndSum:]
	}
	p.IDs = idStrings(p.keys)
	return p, nil
}
