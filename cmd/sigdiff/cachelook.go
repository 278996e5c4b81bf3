package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/internal/atomicfile"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/plural"
)

// idsOutHelp explains --ids-out, of verify and of repair.
const idsOutHelp = "write the ids of the crashes to fetch again to this file, one a line, as 'sigdiff fetch --ids' reads them"

func (a *app) cacheVerifyCommand() *cobra.Command {
	var idsOut string
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Check every value of the cache",
		Long: `Read the whole cache file and check every value, and the file's structure,
against what was once written. What is damaged is named, with the crashes to
fetch again; nothing is changed. It says as well when the file may be an older
state of the cache, and when a deletion was stopped before its end. The exit
code is 0 for a sound cache and 3 for a damaged one.`,
		Example: `  sigdiff cache verify
  sigdiff cache verify --ids-out damaged.txt`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runCacheVerify(cmd.Context(), idsOut) },
	}
	cmd.Flags().StringVar(&idsOut, "ids-out", "", idsOutHelp)
	return cmd
}

// runCacheVerify reads the file without opening it as a cache: a damaged one may not open.
func (a *app) runCacheVerify(ctx context.Context, idsOut string) error {
	var found cache.Report
	err := a.withFile("verifying", func(path string, wait cache.Options, progress cache.Progress) (err error) {
		found, err = cache.Verify(ctx, path, wait, progress)
		return err
	})
	if err != nil {
		return err
	}
	a.listDamage(found.Damaged)
	// Also a sound cache writes the file: see writeIDs.
	ids := damagedIDs(found.Damaged)
	if err := writeIDs(idsOut, ids); err != nil {
		return err
	}
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

func (a *app) cacheRepairCommand() *cobra.Command {
	var idsOut string
	cmd := &cobra.Command{
		Use:   "repair",
		Short: "Save what is sound of a damaged cache",
		Long: `Save everything sound of the cache in a new file, put it in the old one's place,
and keep the old one beside it, as NAME.damaged. Lost records are made again
from the processed crashes; the crashes that lost a document are listed for
fetching them again. A sound cache stays as it is. The exit code is 0 when
nothing was damaged and 3 when something was.`,
		Example: `  sigdiff cache repair --ids-out lost.txt || sigdiff fetch --ids lost.txt`,
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.runCacheRepair(cmd.Context(), idsOut) },
	}
	cmd.Flags().StringVar(&idsOut, "ids-out", "", idsOutHelp)
	return cmd
}

// runCacheRepair puts a new file in place first. What follows can fail, and then can't be repeated: the next repair
// finds a sound cache. So errors name the old file, and listLost names every crash.
func (a *app) runCacheRepair(ctx context.Context, idsOut string) error {
	var repaired cache.Repaired
	var path string
	err := a.withFile("repairing", func(file string, wait cache.Options, progress cache.Progress) (err error) {
		path = file
		repaired, err = cache.Repair(ctx, path, wait, progress)
		return err
	})
	if err != nil {
		return err
	}
	made, ids, err := a.remake(ctx, path, repaired)
	if err != nil {
		return err
	}
	if err := writeIDs(idsOut, ids); err != nil {
		return err
	}
	// Old is only set where something was damaged, and the file replaced.
	if repaired.Old == "" {
		fmt.Fprintf(a.stdout, "checked %s: all are sound, nothing was changed\n", plural.Of(repaired.Checked, "value", "values"))
		return nil
	}
	a.listDamage(repaired.Damaged)
	a.printSaved(repaired)
	if made > 0 {
		fmt.Fprintf(a.stdout, "made the records of %s again, from the processed crashes\n", plural.Crashes(made))
	}
	a.listLost(ids, idsOut)
	return exit.Incompletef("the cache was damaged; the old file is kept as %s, and may be deleted", repaired.Old)
}

func (a *app) printSaved(r cache.Repaired) {
	fmt.Fprint(a.stdout, "saved")
	for _, kind := range cache.Kinds() {
		fmt.Fprintf(a.stdout, "  %s %s", kind, plural.Number(r.Saved[kind]))
	}
	fmt.Fprintln(a.stdout)
}

// remake makes lost records again, and tells which crashes have lost what must be fetched, sorted.
// Records are made of processed crashes without network. Other kinds that are lost come from the service alone.
func (a *app) remake(ctx context.Context, path string, r cache.Repaired) (made int, ids []string, err error) {
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
		c, err := cache.Open(path, cache.Options{})
		if err != nil {
			return 0, nil, err
		}
		var missing []string
		made, missing, err = corpora.Remake(ctx, c, records)
		// Close commits what was made: made counts only after it.
		if err := errors.Join(err, c.Close()); err != nil {
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
func (a *app) withFile(what string, use func(path string, wait cache.Options, progress cache.Progress) error) error {
	path, err := a.cacheFile()
	if err != nil {
		return err
	}
	wait, err := a.waitOptions()
	if err != nil {
		return err
	}
	p := a.progress(0, what, true)
	defer p.end()
	return use(path, wait, p.set)
}
