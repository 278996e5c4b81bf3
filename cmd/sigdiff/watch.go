package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// watchEvery is how often files are looked at.
const watchEvery = 300 * time.Millisecond

// watchDiff compares, and again whenever the files of a side have changed, until it is interrupted. Of siglists that don't load
// it is said what is wrong, and the next change is waited for.
func (a *app) watchDiff(ctx context.Context, o diffOptions, args []string) error {
	var folders []string
	// Revisions don't change, and what a branch names is looked up with each comparison anyway.
	for _, side := range []string{o.base, o.candidate} {
		if folder, ok := o.specs.OnDisk(side); ok {
			folders = append(folders, folder)
		}
	}
	// It would wait for ever.
	if folders == nil {
		return exit.Usagef("--watch compares again when siglists change on disk, and neither side is a directory")
	}
	a.noPager = true
	// Looking is cheap, and works on every kind of file system, unlike being told.
	ticks := time.NewTicker(watchEvery)
	defer ticks.Stop()
	look := func() string { return filesState(folders) }
	for {
		// Before the comparison: a change while it runs is compared next.
		seen := look()
		if err := a.diffOnce(ctx, o, args); err != nil {
			return err
		}
		a.note("waiting for a change of the siglists in %s", strings.Join(folders, " and "))
		if err := waitForChange(ctx, seen, look, ticks.C); err != nil {
			return err
		}
	}
}

// waitForChange waits for files that are others than seen, and the same at two looks: editors empty a file, and then write it.
func waitForChange(ctx context.Context, seen string, look func() string, ticks <-chan time.Time) error {
	for before := seen; ; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticks:
		}
		now := look()
		if now != seen && now == before {
			return nil
		}
		before = now
	}
}

// diffOnce compares as a command of its own would, with what a command may take, and says what is wrong. Its error is that
// nothing more can be printed, or that it was interrupted.
func (a *app) diffOnce(ctx context.Context, o diffOptions, args []string) error {
	once, end := context.WithCancelCause(ctx)
	defer end(nil)
	a.budget = pyre.NewBudget(once, maxSteps, end)
	// runDiff adds the newest corpus to it, or takes a corpus out that ids stand in place of, each time.
	filled := slices.Clone(a.filled)
	err := a.runDiff(once, o, args)
	a.filled = filled
	// A program is started anew for each comparison: its code may be what changed.
	a.closePrograms()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	// The report stands before what is wrong with it, which goes to stderr.
	if err := a.out.Flush(); err != nil {
		return err
	}
	a.reportError(once, err)
	return nil
}

// filesState is another text whenever one of the lists in folders is another file.
// A file that isn't there is left out, so that its coming and going are changes.
func filesState(folders []string) string {
	var state strings.Builder
	for _, folder := range folders {
		for _, name := range siglists.Names() {
			if info, err := os.Stat(filepath.Join(folder, name.File())); err == nil {
				fmt.Fprintf(&state, "%s=%d %d\n", name, info.Size(), info.ModTime().UnixNano())
			}
		}
		state.WriteByte('\n')
	}
	return state.String()
}
