package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/internal/atomicfile"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/report"
)

// cacheCommand is 'sigdiff cache'. It does nothing by itself.
func (a *app) cacheCommand() *cobra.Command {
	cmd := page("cache", nil, onlyHelp)
	cmd.AddCommand(
		a.cacheGetCommand(), a.cacheStatsCommand(), checkCommand("cache-verify", a.runCacheVerify), checkCommand("cache-repair", a.runCacheRepair),
		a.cachePruneCommand(), a.cacheCompactCommand(),
	)
	return cmd
}

func (a *app) cacheGetCommand() *cobra.Command {
	var kind string
	cmd := page("cache-get", cobra.ExactArgs(1), func(_ *cobra.Command, args []string) error { return a.runCacheGet(args[0], kind) })
	cmd.Flags().StringVar(&kind, "kind", cache.Processed.String(), "raw, processed, record, screen or crashdata")
	return cmd
}

// crashDataKind is what is printed of a crash beside the kinds of the cache.
const crashDataKind = "crashdata"

// runCacheGet prints one document as it is stored, without a change but for a line end. A record is binary, and is
// printed as what it stands for; crash data is in no cache, and is made.
func (a *app) runCacheGet(word, kindName string) error {
	// crashdata is made of the processed crash, so that this is what is read for it, too.
	kind := cache.Processed
	var err error
	if kindName != crashDataKind {
		if kind, err = cache.ParseKind(kindName); err != nil {
			return exit.Usagef("%w or %s", err, crashDataKind)
		}
	}
	return a.withCache(reading, func(c *cache.Cache) error {
		id, err := a.cachedID(c, word)
		if err != nil {
			return err
		}
		// corpora.Crash also makes a record of the processed crash where none is stored, as comparisons do.
		if kind == cache.Record {
			crash, err := corpora.Crash(c, id)
			if errors.Is(err, crashdata.ErrMissing) {
				return notCached(id)
			}
			if err != nil {
				return err
			}
			return report.WriteJSON(a.stdout, crash)
		}
		doc, err := c.Get(id, kind)
		switch {
		case errors.Is(err, cache.ErrNotFound) && kind == cache.Screen:
			return exit.Incompletef("crash %s has no screen record: 'sigdiff screen' keeps one, until the crash is fetched", id)
		case errors.Is(err, cache.ErrNotFound):
			return exit.With(exit.Incomplete, err)
		case err == nil && kindName == crashDataKind:
			doc, err = corpora.CrashData(id, doc)
		}
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(a.stdout, "%s\n", doc)
		return err
	})
}

func (a *app) cacheStatsCommand() *cobra.Command {
	return page("cache-stats", cobra.NoArgs, func(*cobra.Command, []string) error { return a.runCacheStats() })
}

func (a *app) runCacheStats() error {
	return a.withCache(reading, func(c *cache.Cache) error {
		s, err := c.Stats()
		if err != nil {
			return err
		}
		fmt.Fprintf(a.stdout, "cache      %s (format %d)\n", visible(s.Path), s.Format)
		fmt.Fprintf(a.stdout, "file       %s, %s of it free\n", plural.Megabytes(s.FileBytes), plural.Megabytes(s.FreeBytes))
		if s.Pending {
			fmt.Fprintf(a.stdout, "pending    %s\n", pendingText)
		}
		for _, kind := range cache.Kinds() {
			t := s.Blobs[kind]
			fmt.Fprintf(a.stdout, "%-10s %s, %s stored in %s\n", kind, plural.Number(t.Count), plural.Megabytes(t.Original), plural.Megabytes(t.Stored))
		}
		fmt.Fprintf(a.stdout, "blocks     %s, with the records of %s\n", plural.Number(s.Blocks), plural.Crashes(s.Blocked))
		fmt.Fprintf(a.stdout, "missing    %s that the service did not have\n", plural.Crashes(s.Missing))
		fmt.Fprintf(a.stdout, "corpora    %s, %s with accepted results\n", plural.Number(s.Corpora), plural.Number(s.Accepted))
		return nil
	})
}

// checkCommand makes verify and repair.
func checkCommand(name string, run func(ctx context.Context, idsOut string) error) *cobra.Command {
	var idsOut string
	cmd := page(name, cobra.NoArgs, func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), idsOut) })
	cmd.Flags().StringVar(&idsOut, "ids-out", "", "write the ids of the crashes to fetch again to this file, one a line, as 'sigdiff fetch --ids' reads them")
	return cmd
}

// runCacheVerify reads the file without opening it as a cache: a damaged one may not open.
func (a *app) runCacheVerify(ctx context.Context, idsOut string) error {
	found, err := withFile(ctx, a, "verifying", cache.Verify)
	if err != nil {
		return err
	}
	a.listDamage(found.Damaged)
	// Also a sound cache writes the file: see writeIDs.
	ids := damagedIDs(found.Damaged)
	if err := writeIDs(idsOut, ids); err != nil {
		return err
	}
	// It is no damage: the figures are right, and what was deleted can still be read from the file.
	if found.Pending {
		fmt.Fprintln(a.stdout, pendingText)
	}
	if len(found.Damaged) == 0 {
		fmt.Fprintf(a.stdout, "checked %s: all are sound\n", plural.Of(found.Checked, "value", "values"))
		return nil
	}
	fmt.Fprintf(a.stdout, "checked %s: damaged in %s, which concern %s as far as can be told\n", plural.Of(found.Checked, "value", "values"), plural.Of(len(found.Damaged), "respect", "respects"), plural.Crashes(len(ids)))
	return exit.Incompletef("the cache is damaged; 'sigdiff cache repair' saves the rest and says what to fetch again")
}

// listDamage names what is damaged, up to a limit.
func (a *app) listDamage(damaged []cache.Damage) {
	for i, d := range damaged {
		if i == maxNamed {
			fmt.Fprintf(a.stdout, "and %s more\n", plural.Number(len(damaged)-maxNamed))
			return
		}
		fmt.Fprintf(a.stdout, "damaged: %s\n", visible(d.String()))
	}
}

// damagedIDs are the crashes of which something is damaged, sorted.
// Damage of the file's structure or of a corpus concerns no crash, and has no id.
func damagedIDs(damaged []cache.Damage) []string {
	var ids []string
	for _, d := range damaged {
		if d.ID != "" {
			ids = append(ids, d.ID)
		}
	}
	return sortedIDs(ids)
}

// writeIDs writes ids to a file, also when there are none: an old list must not stay. No path, no file.
func writeIDs(path string, ids []string) error {
	if path == "" {
		return nil
	}
	return atomicfile.Write(path, atomicfile.Lines(ids))
}

// runCacheRepair puts a new file in place first. What follows can fail, and then can't be repeated: the next repair
// finds a sound cache. So errors name the old file, and listLost names every crash.
func (a *app) runCacheRepair(ctx context.Context, idsOut string) error {
	repaired, err := withFile(ctx, a, "repairing", cache.Repair)
	if err != nil {
		return err
	}
	made, ids, err := a.remake(ctx, repaired)
	if err != nil {
		return err
	}
	// Kept until the rest is said: the ids must be somewhere, see above.
	unwritten := writeIDs(idsOut, ids)
	if unwritten != nil {
		idsOut = "" // so that listLost names them
	}
	// Old is only set where something was damaged, and the file replaced.
	if repaired.Old == "" {
		fmt.Fprintf(a.stdout, "checked %s: all are sound, nothing was changed\n", plural.Of(repaired.Checked, "value", "values"))
		return unwritten
	}
	a.listDamage(repaired.Damaged)
	// By kind, for those who know what the cache held before.
	fmt.Fprint(a.stdout, "saved")
	for _, kind := range cache.Kinds() {
		fmt.Fprintf(a.stdout, "  %s %s", kind, plural.Number(repaired.Saved[kind]))
	}
	fmt.Fprintln(a.stdout)
	if made > 0 {
		fmt.Fprintf(a.stdout, "made the records of %s again, from the processed crashes\n", plural.Crashes(made))
	}
	a.listLost(ids, idsOut)
	if unwritten != nil {
		return fmt.Errorf("%w (the cache is repaired, and the old file kept as %s)", unwritten, repaired.Old)
	}
	return exit.Incompletef("the cache was damaged; the old file is kept as %s, and may be deleted", repaired.Old)
}

// remake makes lost records again, and tells which crashes have lost what must be fetched, sorted.
// Records are made of processed crashes without network. Other kinds that are lost come from the service alone.
func (a *app) remake(ctx context.Context, r cache.Repaired) (made int, ids []string, err error) {
	var records []string
	for _, l := range r.Lost {
		named := func(d cache.Damage) bool { return d.ID == l.ID && d.Kind == l.Kind }
		switch {
		case l.Kind == cache.Record:
			records = append(records, l.ID)
		// Where a part of the file can't be read, all kinds of its crashes count as lost. Most caches have no raw
		// crash.
		case r.Saved[l.Kind] > 0 || slices.ContainsFunc(r.Damaged, named): // else there may never have been any of the kind
			ids = append(ids, l.ID)
		}
	}
	if len(records) > 0 {
		var missing []string
		// The new file is a sound cache, and opened as any other.
		err := a.withCache(writing, func(c *cache.Cache) (err error) {
			made, missing, err = corpora.Remake(ctx, c, records)
			return err
		})
		if err != nil {
			return made, nil, fmt.Errorf("making lost records again (the cache is repaired, and the old file kept as %s): %w", r.Old, err)
		}
		ids = append(ids, missing...)
	}
	return made, sortedIDs(ids), nil
}

// listLost names the crashes to fetch again. Without a file for them all are named, since another run
// finds nothing damaged any more.
func (a *app) listLost(ids []string, idsOut string) {
	switch {
	case len(ids) == 0:
		fmt.Fprintln(a.stdout, "no crash is known to have lost anything")
	case idsOut != "":
		fmt.Fprintf(a.stdout, "to fetch again: %s, in %s ('sigdiff fetch --ids %s')\n", plural.Crashes(len(ids)), visible(idsOut), visible(idsOut))
	default:
		fmt.Fprintf(a.stdout, "to fetch again: %s ('sigdiff fetch ID...')\n", plural.Crashes(len(ids)))
		for _, id := range ids {
			fmt.Fprintln(a.stdout, id)
		}
	}
}

// withFile does something with the cache file itself, which is not open as a cache, and shows how much of it is done.
func withFile[T any](ctx context.Context, a *app, what string, use func(context.Context, string, cache.Options, cache.Progress) (T, error)) (done T, err error) {
	path, wait, err := a.cacheOptions()
	if err != nil {
		return done, err
	}
	// How much there is in all is only known once the file is open: set tells it with each step.
	p := a.progress(0, what, true)
	defer p.end()
	return use(ctx, path, wait, p.set)
}

// cachePruneCommand is 'sigdiff cache prune'. It works in two steps: old values are removed, and then the file is
// written anew. bbolt only marks the pages of removed values as free, and what they held could still be read.
func (a *app) cachePruneCommand() *cobra.Command {
	var olderThan string
	cmd := page("cache-prune", cobra.NoArgs, func(cmd *cobra.Command, _ []string) error { return a.runCachePrune(cmd.Context(), olderThan) })
	cmd.Flags().StringVar(&olderThan, "older-than", "", "what was stored longer ago than this goes: 36h, 90d, 26w")
	return cmd
}

// parseAge reads a span of time: a whole number of hours, days or weeks.
func parseAge(s string) (time.Duration, error) {
	units := map[string]time.Duration{"h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour} // no months or years, which have no fixed length
	last := max(0, len(s)-1)
	unit, known := units[s[last:]]
	n, err := strconv.ParseUint(s[:last], 10, 32)
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
	var gone int
	var pending bool
	err = a.withCache(writing, func(c *cache.Cache) (err error) {
		if gone, err = c.Prune(ctx, time.Now().Add(-age)); err != nil {
			return fmt.Errorf("pruning (%s removed): %w", plural.Of(gone, "document or record is", "documents and records are"), err)
		}
		// It is asked for while the cache is open, and Compact needs it closed.
		_, pending, err = c.Pending()
		return err
	})
	if err != nil {
		return err
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
	// It may fail for want of room: the file is written beside the old one. Then what is pending stays so, and is said.
	if err := a.compact(ctx); err != nil {
		return errors.Join(errors.New(pendingText), err)
	}
	return nil
}

func (a *app) cacheCompactCommand() *cobra.Command {
	return page("cache-compact", cobra.NoArgs, func(cmd *cobra.Command, _ []string) error {
		// Records that are in no block, as after sigdiff was updated, are put into one when a cache is closed.
		if err := a.withCache(writing, func(*cache.Cache) error { return nil }); err != nil {
			return err
		}
		return a.compact(cmd.Context())
	})
}

// compact opens the file by itself: no cache may be open.
func (a *app) compact(ctx context.Context) error {
	size, err := withFile(ctx, a, "compacting", func(ctx context.Context, path string, wait cache.Options, progress cache.Progress) (b struct{ before, after int64 }, err error) {
		b.before, b.after, err = cache.Compact(ctx, path, wait, progress)
		return b, err
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "the cache file has %s now, %s before\n", plural.Megabytes(size.after), plural.Megabytes(size.before))
	return nil
}
