package corpora

import (
	"cmp"
	"context"
	"errors"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/table"
)

// Close closes a cache. Where it may be written, crash records that came are put into blocks first, which
// comparisons read in their stead. When ctx is done they are left for the next time.
func Close(ctx context.Context, c *cache.Cache) error {
	// Blocks are only a faster way to what the records say. Without them nothing is wrong.
	err := Arrange(ctx, c)
	if ctx.Err() != nil {
		err = nil
	}
	return cmp.Or(err, c.Close())
}

// Arrange puts the crash records that are in no block into blocks, unless the cache is open for reading only.
func Arrange(ctx context.Context, c *cache.Cache) error {
	return c.Arrange(ctx, func(ids []string) (*cache.Block, error) { return block(ctx, c, ids) })
}

// maxBlock is how many bytes the records of a block's distinct inputs may have: it is in memory while it is made.
const maxBlock = 128 << 20

// errUnreadable ends the making of a block.
var errUnreadable = errors.New("a record can't be read")

// block makes a block of crashes; nil where one of them can't be read. The error is cache.ErrTooLarge where they are.
func block(ctx context.Context, c *cache.Cache, ids []string) (*cache.Block, error) {
	w, d, sums := table.NewBlockWriter(), crashdata.NewDecoder(), make([]uint64, len(ids))
	size := 0
	err := c.EachBlob(ctx, cache.Record, ids, 1, func(_ int, b cache.Blob) error {
		r, err := d.Open(b.Data)
		inputs := w.Inputs()
		// A block must be worth as much as its records, so that it is made of sound ones alone. What is wrong
		// with this one is said by whoever reads it.
		if err != nil || !r.Is(b.ID) || w.Add(r) != nil {
			return errUnreadable
		}
		sums[b.Index] = cache.Sum(b.ID, b.Data)
		if w.Inputs() > inputs {
			size += len(b.Data)
		}
		if size > maxBlock {
			return cache.ErrTooLarge
		}
		return nil
	})
	if errors.Is(err, errUnreadable) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	common, parts := w.Block()
	block := &cache.Block{Common: common}
	for _, p := range parts {
		part := cache.Part{Content: p.Content}
		for _, i := range p.Crashes {
			part.IDs, part.Sums = append(part.IDs, ids[i]), append(part.Sums, sums[i])
		}
		block.Parts = append(block.Parts, part)
	}
	return block, nil
}
