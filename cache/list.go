package cache

import (
	"bytes"
	"context"
	"slices"
	"sync/atomic"

	bolt "go.etcd.io/bbolt"
)

// keyList is keys that are looked up in the order in which they lie in the file.
type keyList struct {
	keys  []key
	order []int // positions in that order; nil if the keys have it
}

func newKeyList(keys []key) keyList {
	if slices.IsSortedFunc(keys, key.compare) {
		return keyList{keys: keys}
	}
	order := make([]int, len(keys))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return keys[a].compare(keys[b]) })
	return keyList{keys, order}
}

// at is the position of the i-th key in order.
func (l keyList) at(i int) int {
	if l.order == nil {
		return i
	}
	return l.order[i]
}

// lookUp calls found for each key from the from-th in order up to, without it, the to-th that stands in the file, behind a
// prefix. The next key in the file is often the one wanted.
func (l keyList) lookUp(cur *bolt.Cursor, prefix []byte, from, to int, found func(i int, v []byte)) {
	var k, v, want []byte
	for i := from; i < to; i++ {
		one := l.keys[l.at(i)]
		want = append(append(want[:0], prefix...), one[:]...)
		if k != nil && bytes.Compare(k, want) < 0 {
			k, v = cur.Next()
		}
		if i == from || k != nil && bytes.Compare(k, want) < 0 {
			k, v = cur.Seek(want)
		}
		if bytes.Equal(k, want) {
			found(i, v)
		}
	}
}

// idList is crashes, of which workers take some each.
type idList struct {
	keyList
	ids  []string      // nil: those of the keys
	bad  map[int]error // why no blob can be read, by position
	next atomic.Int64
}

func newIDList(ids []string) *idList {
	l := &idList{ids: ids, bad: map[int]error{}}
	keys := make([]key, len(ids))
	for i, id := range ids {
		var err error
		if keys[i], err = packID(id); id == unreadable {
			err = ErrDamaged
		}
		if err != nil {
			l.bad[i] = err
		}
	}
	l.keyList = newKeyList(keys)
	return l
}

// listAll lists what a bucket has.
func (c *Cache) listAll(ctx context.Context, b bucket) (*idList, error) {
	keys, unreadable, err := c.keys(ctx, b, bounds{})
	l := &idList{keyList: keyList{keys: keys}, bad: map[int]error{}}
	for range unreadable {
		l.bad[len(l.keys)] = ErrDamaged
		l.keys = append(l.keys, key{})
	}
	return l, err
}

// take takes the next n of the list, or what is left.
func (l *idList) take(n int) (from, to int) {
	to = int(l.next.Add(int64(n)))
	return min(to-n, len(l.keys)), min(to, len(l.keys))
}

// unreadable stands in the place of an id that can't be read. Its blobs are damaged.
const unreadable = "with an unreadable id"

// items appends those from the from-th in order up to, without it, the to-th, before they are looked up.
func (l *idList) items(all []item, from, to int) []item {
	var names []string
	if l.ids == nil { // in their order
		names = idStrings(l.keys[from:to])
	}
	for i := from; i < to; i++ {
		at := l.at(i)
		it := item{index: at, key: l.keys[at], err: ErrNotFound}
		err, bad := l.bad[at]
		if bad {
			it.err = err
		}
		switch {
		case l.ids != nil:
			it.id = l.ids[at]
		case bad:
			it.id = unreadable
		default:
			it.id = names[i-from]
		}
		all = append(all, it)
	}
	return all
}
