package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/plural"
)

// cachePruneCommand is 'sigdiff cache prune'. It works in two steps: old values are removed, and then the file is
// written anew. bbolt only marks the pages of removed values as free, and what they held could still be read.
func (a *app) cachePruneCommand() *cobra.Command {
	var olderThan string
	cmd := &cobra.Command{
		Use:   "prune --older-than AGE",
		Short: "Remove the crashes that were stored long ago",
		Long: `Remove all raw and processed crashes, records, and notes of missing crashes that
were stored longer ago than AGE: a number with h, d or w for hours, days or
weeks. Then the cache file is written anew without them, so that nothing of them
is left in its free pages; what an earlier run removed that was stopped before
that goes too. Corpora and accepted results stay; 'sigdiff fetch --corpus NAME'
fetches what a corpus lacks.`,
		Example: "  sigdiff cache prune --older-than 26w",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.runCachePrune(cmd.Context(), olderThan) },
	}
	cmd.Flags().StringVar(&olderThan, "older-than", "", "what was stored longer ago than this goes: 36h, 90d, 26w")
	return cmd
}

// parseAge reads a span of time: a whole number of hours, days or weeks.
func parseAge(s string) (time.Duration, error) {
	units := map[byte]time.Duration{'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour} // no months or years, which have no fixed length
	if s == "" {
		return 0, exit.Usagef("cache prune needs --older-than AGE, such as 90d")
	}
	unit, known := units[s[len(s)-1]]
	n, err := strconv.ParseUint(s[:len(s)-1], 10, 32)
	// An unknown unit is 0, which would divide: known is asked first.
	if !known || err != nil || n > uint64(math.MaxInt64/unit) {
		return 0, exit.Usagef("--older-than %q: it is a number with h, d or w for hours, days or weeks, such as 90d", s)
	}
	return time.Duration(n) * unit, nil
}

// runCachePrune writes the file anew also where this run removed nothing but an earlier one was stopped in between:
// the cache itself remembers that, see cache.Cache.Pending.
func (a *app) runCachePrune(ctx context.Context, olderThan string) error {
	age, err := parseAge(olderThan)
	if err != nil {
		return err
	}
	// Looking after a cache makes none, as opening it to write would.
	path, err := a.cacheFile()
	if err != nil {
		return err
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("cache %s: %w", path, cache.ErrNoCache)
	}
	c, err := a.openCache(writing)
	if err != nil {
		return err
	}
	gone, err := c.Prune(ctx, time.Now().Add(-age))
	// It is asked for while the cache is open, and Compact needs it closed. cmp.Or closes it whatever the errors
	// are.
	_, pending, pendingErr := c.Pending()
	if err := cmp.Or(err, cmp.Or(pendingErr, c.Close())); err != nil {
		return fmt.Errorf("pruning (%s removed): %w", plural.Of(gone, "document or record is", "documents and records are"), err)
	}
	fmt.Fprintf(a.stdout, "removed %s\n", plural.Of(gone, "document, record or note of a missing crash", "documents, records and notes of missing crashes"))
	if !pending {
		return nil
	}
	return a.finishDeletion(ctx, gone == 0)
}

// pendingText says that a deletion was stopped before its end.
const pendingText = "what was deleted is still in free pages of the cache file; 'sigdiff cache compact' takes it out"

// finishDeletion takes what was deleted out of the cache file, by this command or an earlier one that was stopped.
func (a *app) finishDeletion(ctx context.Context, earlier bool) error {
	if earlier {
		fmt.Fprintln(a.stdout, "an earlier deletion was stopped before its end; what it removed is taken out of the cache file now")
	}
	if err := a.compact(ctx); err != nil {
		return errors.Join(errors.New(pendingText), err)
	}
	return nil
}

func (a *app) cacheCompactCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "compact",
		Short: "Write the cache file anew without what was deleted",
		Long: `Write the cache file anew, without the space of what was deleted or replaced,
which is really gone then, and put it in the old one's place. The old file stays
as it is if that fails, and needs as much room again until it is done.`,
		Example: "  sigdiff cache compact",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.compact(cmd.Context()) },
	}
}

// compact opens the file by itself: no cache may be open.
func (a *app) compact(ctx context.Context) error {
	var before, after int64
	err := a.withFile("compacting", func(path string, wait cache.Options, progress cache.Progress) (err error) {
		before, after, err = cache.Compact(ctx, path, wait, progress)
		return err
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "the cache file has %s now, %s before\n", megabytes(after), megabytes(before))
	return nil
}
