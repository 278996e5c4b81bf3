package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/crashid"
	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/plural"
)

// selection is which crashes of the cache a command is about.
type selection struct {
	corpus  string
	idsFile string
}

func (s *selection) addFlags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&s.corpus, "corpus", "", "the crashes of this corpus")
	settable(cmd.Flags(), "corpus")
	cmd.Flags().StringVar(&s.idsFile, "ids", "", "the crashes whose ids are in this file, one a line (- for stdin)")
}

// chosen is the crashes that a command is about, by name and ids; nil ids mean everything cached.
type chosen struct {
	name       string
	ids        []string
	provenance json.RawMessage // of a corpus
}

func (a *app) choose(s selection, c *cache.Cache, args []string) (chosen, error) {
	given := 0
	for _, is := range []bool{s.corpus != "", s.idsFile != "", len(args) > 0} {
		if is {
			given++
		}
	}
	if given > 1 {
		return chosen{}, exit.Usagef("name the crashes in one way: --corpus, --ids, or ids as arguments")
	}
	switch {
	case s.corpus != "":
		corpus, err := c.Corpus(s.corpus)
		return chosen{name: s.corpus, ids: corpus.IDs, provenance: corpus.Provenance}, err
	case s.idsFile != "":
		ids, err := a.readIDs(s.idsFile)
		return chosen{name: s.idsFile, ids: ids}, err
	case len(args) > 0:
		ids, err := parseIDs(args)
		return chosen{ids: ids}, err
	}
	if stats, err := c.Stats(); err == nil && stats.Blobs[cache.Record].Count+stats.Blobs[cache.Processed].Count == 0 {
		return chosen{}, exit.Incompletef("there is no crash in the cache %s; 'sigdiff fetch' or 'sigdiff import' gets some", c.Path())
	}
	return chosen{name: "everything cached"}, nil
}

// errNoIDs is wrapped by the error for a file without a crash id.
var errNoIDs = errors.New("there is no crash id in it, so that there is nothing to do")

// readIDs reads crash ids from a file (- for stdin): one a line, in any form that people paste; empty lines
// and those that start with # don't count. Each id counts once. No id at all is never taken for done.
func (a *app) readIDs(path string) ([]string, error) {
	in, err := a.input(path)
	if err != nil {
		return nil, exit.Usagef("reading crash ids: %w", err)
	}
	defer in.Close()
	name := path
	if path == "-" {
		name = "standard input"
	}
	ids, err := crashid.Read(in)
	switch {
	case errors.Is(err, crashid.ErrNone):
		return nil, exit.Usagef("%s: %w", name, err)
	case err != nil:
		return nil, fmt.Errorf("%s: %w", name, err)
	case len(ids) == 0:
		return nil, exit.With(exit.Incomplete, fmt.Errorf("%s: %w", name, errNoIDs))
	}
	return ids, nil
}

// parseIDs reads crash ids as people paste them. Each id counts once, whatever its spellings. The list is
// never nil.
func parseIDs(words []string) ([]string, error) {
	ids := make([]string, 0, len(words))
	seen := make(map[string]bool, len(words))
	for _, word := range words {
		id, err := crashid.Parse(word)
		if err != nil {
			return nil, exit.Usagef("%w", err)
		}
		if !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// notCached is the error over a crash that was asked for and isn't there.
func notCached(id string) error {
	return exit.With(exit.Incomplete, fmt.Errorf("%s is not in the cache; 'sigdiff fetch %s' gets it", id, id))
}

// unread names crashes that can't be read, and is the error over them; nil for none.
func (a *app) unread(failed []compare.Failure, what string) error {
	if len(failed) == 0 {
		return nil
	}
	for _, f := range failed[:min(len(failed), maxNamed)] {
		a.note("%s: %s", f.ID, f.Err)
	}
	return exit.Incompletef("%s can't be read: %s%s", plural.Crashes(len(failed)), what, howToGet(0, len(failed)))
}

// allIDs are the ids of everything chosen.
func allIDs(ctx context.Context, c *cache.Cache, which chosen) ([]string, error) {
	if which.ids != nil {
		return which.ids, nil
	}
	return corpora.IDs(ctx, c)
}
