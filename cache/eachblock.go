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
)

// fewWanted is for blocks of which little is wanted: where it is fewer than one of so many crashes, reading records takes less.
const fewWanted = 10

// EachBlock calls open with the blocks that hold some of the crashes with these ids, or, if ids is nil, with all, in as many
// goroutines as workers says; an error of it means that nothing can be done with the block, and what the crashes share does not
// hold longer than the call. What it gives is called with the parts, in these goroutines, too. It returns the other crashes, if
// ids is nil those that have a record.
func (c *Cache) EachBlock(ctx context.Context, ids []string, workers int, open func(common []byte) (func(worker int, p *Part) error, error)) (others []string, err error) {
	spans, err := c.spans()
	if err != nil && !errors.Is(err, ErrDamaged) { // else there are records
		return nil, err
	}
	q := &blockQueue{cache: c, open: open, asked: asked{all: ids == nil}}
	q.opened.L = &q.mu
	if err := q.sortOut(ctx, c, spans, ids); err != nil {
		return nil, err
	}
	group, ctx := errgroup.WithContext(ctx)
	for worker := range workers {
		group.Go(func() error {
			for {
				part, take, err := q.next(ctx)
				if part == nil || err != nil {
					return err
				}
				if err := take(worker, part); err != nil {
					return err
				}
			}
		})
	}
	err = group.Wait()
	for i, k := range q.wanted {
		if !q.found[i] {
			q.others = append(q.others, k.id())
		}
	}
	return q.others, err
}

// asked is what EachBlock was asked for.
type asked struct {
	all    bool
	spans  []askedSpan
	wanted []key  // ascending; none if all are
	found  []bool // which of them were in a part
	others []string
}

// askedSpan is a block, and what is wanted of it.
type askedSpan struct {
	span
	wanted []key
	found  []bool
}

// sortOut finds the blocks that hold enough of the crashes.
func (a *asked) sortOut(ctx context.Context, c *Cache, spans []span, ids []string) (err error) {
	if a.all {
		for _, s := range spans {
			a.spans = append(a.spans, askedSpan{span: s})
		}
		return c.outside(ctx, spans, func(_ int, keys []key, unreadable int) { a.beside(keys, unreadable) })
	}
	a.wanted = make([]key, 0, len(ids))
	for _, id := range ids {
		if k, err := packID(id); err == nil {
			a.wanted = append(a.wanted, k)
		} else {
			a.others = append(a.others, id)
		}
	}
	sortKeys(a.wanted)
	a.found = make([]bool, len(a.wanted))
	for _, s := range spans {
		from, _ := slices.BinarySearchFunc(a.wanted, s.first, key.compare)
		to, _ := slices.BinarySearchFunc(a.wanted, s.last, func(k, last key) int { return 2*min(1, k.compare(last)) - 1 }) // behind equal ones
		if from < to && fewWanted*(to-from) >= s.crashes {
			a.spans = append(a.spans, askedSpan{s, a.wanted[from:to], a.found[from:to]})
		}
	}
	return nil
}

// beside adds crashes that are read by their records.
func (a *asked) beside(keys []key, odd int) {
	a.others = append(a.others, idStrings(keys)...)
	a.others = append(a.others, slices.Repeat([]string{unreadable}, odd)...)
}

// want marks the crashes of a part that are wanted.
func (s askedSpan) want(p *Part) {
	p.wanted = make([]bool, len(p.keys))
	for i, k := range p.keys {
		at, ok := slices.BinarySearchFunc(s.wanted, k, key.compare)
		if p.wanted[i] = ok; ok {
			s.found[at] = true
		}
	}
}

// blockQueue hands out the parts of blocks.
type blockQueue struct {
	asked
	cache *Cache
	open  func(common []byte) (func(int, *Part) error, error)

	mu      sync.Mutex
	parts   []sealedPart // of blocks that were opened
	opening int          // blocks that are being opened
	opened  sync.Cond
}

// sealedPart is a part as the file has it.
type sealedPart struct {
	content []byte
	of      askedSpan
	take    func(int, *Part) error
}

// next is the next part, and who takes it; nil where there is none.
func (q *blockQueue) next(ctx context.Context) (*Part, func(int, *Part) error, error) {
	sealed, err := q.sealed(ctx)
	if sealed.content == nil || err != nil {
		return nil, nil, err
	}
	p, err := openPart(sealed.of.span, sealed.content)
	if err == nil && !q.all {
		sealed.of.want(p)
	}
	return p, sealed.take, err
}

// sealed is the next part, of a block that is open if there is one; without content where there is none.
func (q *blockQueue) sealed(ctx context.Context) (sealedPart, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.parts) == 0 {
		var err error
		switch {
		case ctx.Err() != nil:
			err = context.Cause(ctx)
		case len(q.spans) > 0:
			err = q.openNext(ctx)
		case q.opening > 0:
			q.opened.Wait()
		default:
			return sealedPart{}, nil
		}
		if err != nil {
			return sealedPart{}, err
		}
	}
	p := q.parts[0]
	q.parts = q.parts[1:]
	return p, nil
}

// openNext opens the next block, while others go on. The crashes of one that can't be opened are read by their records.
func (q *blockQueue) openNext(ctx context.Context) error {
	s := q.spans[0]
	q.spans = q.spans[1:]
	q.opening++
	q.mu.Unlock()
	parts, err := q.openBlock(s)
	var keys []key
	var odd int
	if err != nil && q.all { // else they will not have been found
		keys, odd, err = q.cache.keys(ctx, recordBucket, s.within())
	} else {
		err = nil
	}
	q.mu.Lock()
	q.opening--
	q.opened.Broadcast()
	q.parts = append(q.parts, parts...)
	q.beside(keys, odd)
	return err
}

var errBlock = fmt.Errorf("%w: a block of crash records", ErrDamaged)

// openBlock reads a block, checks all of it, and opens it.
func (q *blockQueue) openBlock(s askedSpan) (parts []sealedPart, err error) {
	crashes := 0
	err = q.cache.viewTree(blockBucket, func(bb *bolt.Bucket) error {
		var take func(int, *Part) error
		cur := bb.Cursor()
		k, v := cur.Seek(s.key(0))
		for n := 0; bytes.HasPrefix(k, s.key(0)[:spanLen-4]); n++ {
			h, err := blockBucket.check(k, v)
			switch {
			case err != nil:
				return fmt.Errorf("%w: %w", errBlock, err)
			case !bytes.Equal(k, s.key(n)) || h.codec != codecPlain || len(h.payload) != h.size:
				return errBlock
			case n > 0:
				has, _ := binary.Uvarint(h.payload)
				parts, crashes = append(parts, sealedPart{bytes.Clone(h.payload), s, take}), crashes+int(has)
			default:
				if take, err = q.open(h.payload); err != nil {
					return err
				}
			}
			k, v = cur.Next()
		}
		return nil
	})
	if err == nil && crashes != s.crashes {
		err = errBlock
	}
	if err != nil {
		return nil, err
	}
	return parts, nil
}

// openPart takes a part of a block apart.
func openPart(s span, content []byte) (*Part, error) {
	n, used := binary.Uvarint(content)
	content = content[max(used, 0):]
	if used <= 0 || n > uint64(len(content))/uint64(len(key{})+sumLen) {
		return nil, errBlock
	}
	p := &Part{keys: make([]key, n), Sums: make([]uint64, n)}
	for i := range p.keys {
		k := key(content)
		if k.compare(s.first) < 0 || k.compare(s.last) > 0 {
			return nil, errBlock
		}
		p.keys[i], p.Sums[i] = k, binary.LittleEndian.Uint64(content[len(k):])
		content = content[len(k)+sumLen:]
	}
	p.IDs, p.Content = idStrings(p.keys), content
	return p, nil
}
