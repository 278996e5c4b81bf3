package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/plural"
)

// cacheCommand is 'sigdiff cache'. It does nothing by itself. cachelook.go has the commands that look for damage,
// cacheshrink.go those that take things out.
func (a *app) cacheCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "cache",
		Short: "Look after the cache file",
		Long: `Look after the cache file, which holds the crashes, corpora and accepted
results: --cache FILE, or $SIGDIFF_CACHE, or sigdiff/crashes.db in the user's
cache directory.

One command at a time can write to it, and none reads meanwhile. Others give up
after two seconds; --wait 10m, or SIGDIFF_WAIT=10m, lets them wait.`,
		Example: `  sigdiff cache stats
  sigdiff cache verify
  sigdiff cache prune --older-than 26w`,
		RunE: onlyHelp,
	}
	cmd.AddCommand(a.cacheGetCommand(), a.cacheStatsCommand(), a.cacheVerifyCommand(), a.cacheRepairCommand(), a.cachePruneCommand(), a.cacheCompactCommand())
	return cmd
}

func (a *app) cacheGetCommand() *cobra.Command {
	var kind string
	cmd := &cobra.Command{
		Use:   "get ID",
		Short: "Print what the cache holds of a crash",
		Long: `Print what the cache holds of a crash: its processed crash, its raw crash, or
its record, the part that signatures are made from, as JSON; of a crash that was
screened and not fetched, what the search says of it. Crash data, what Socorro
makes signatures from, is made of the processed crash: docs/crash-data.md.`,
		Example: `  sigdiff cache get bp-6a677f32-6b3a-4038-a4ae-12e582151130
  sigdiff cache get 6a677f32-6b3a-4038-a4ae-12e582151130 --kind record`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return a.runCacheGet(args[0], kind) },
	}
	cmd.Flags().StringVar(&kind, "kind", cache.Processed.String(), "raw, processed, record, screen or crashdata")
	return cmd
}

// crashDataKind is what is printed of a crash beside the kinds of the cache.
const crashDataKind = "crashdata"

// runCacheGet prints one document as it is stored, without a change but for a line end. A record is binary, and is
// printed as what it stands for; crash data is in no cache, and is made.
func (a *app) runCacheGet(word, kindName string) error {
	kind := cache.Processed
	var err error
	if kindName != crashDataKind {
		if kind, err = cache.ParseKind(kindName); err != nil {
			return exit.Usagef("%w or %s", err, crashDataKind)
		}
	}
	return a.withCache(reading, func(c *cache.Cache) error {
		ids, err := a.cachedIDs(c, []string{word})
		if err != nil {
			return err
		}
		// corpora.Crash also makes a record of the processed crash where none is stored, as comparisons do.
		if kind == cache.Record {
			crash, err := corpora.Crash(c, ids[0])
			if errors.Is(err, crashdata.ErrMissing) {
				return notCached(ids[0])
			}
			if err != nil {
				return err
			}
			return a.writeJSON(crash)
		}
		doc, err := c.Get(ids[0], kind)
		if errors.Is(err, cache.ErrNotFound) {
			return exit.With(exit.Incomplete, err)
		}
		if err == nil && kindName == crashDataKind {
			doc, err = corpora.CrashData(ids[0], doc)
		}
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(a.stdout, "%s\n", doc)
		return err
	})
}

func (a *app) cacheStatsCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "stats",
		Short:   "Count what is in the cache",
		Long:    "Count what is in the cache, and how much room it takes.",
		Example: "  sigdiff cache stats",
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return a.runCacheStats() },
	}
}

func (a *app) runCacheStats() error {
	return a.withCache(reading, func(c *cache.Cache) error {
		s, err := c.Stats()
		if err != nil {
			return err
		}
		fmt.Fprintf(a.stdout, "cache      %s (format %d)\n", visible(s.Path), s.Format)
		fmt.Fprintf(a.stdout, "file       %s, %s of it free\n", megabytes(s.FileBytes), megabytes(s.FreeBytes))
		if s.Pending {
			fmt.Fprintf(a.stdout, "pending    %s\n", pendingText)
		}
		for _, kind := range cache.Kinds() {
			t := s.Blobs[kind]
			fmt.Fprintf(a.stdout, "%-10s %s, %s stored in %s\n", kind, plural.Number(t.Count), megabytes(t.Original), megabytes(t.Stored))
		}
		fmt.Fprintf(a.stdout, "missing    %s that the service did not have\n", plural.Crashes(s.Missing))
		fmt.Fprintf(a.stdout, "corpora    %s, %s with accepted results\n", plural.Number(s.Corpora), plural.Number(s.Accepted))
		return nil
	})
}

// megabytes are millions of bytes, not of 1,048,576.
func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }
