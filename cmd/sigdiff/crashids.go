package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/crashid"
	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/lazyregexp"
	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/internal/spec"
	"github.com/sigdiff/sigdiff/report"
)

// selection is which crashes of the cache a command is about.
type selection struct {
	corpus  string // a name; empty: none
	idsFile string // a path, or - for stdin; empty: none
}

func (s *selection) addFlags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&s.corpus, "corpus", "", "the crashes of this corpus")
	settable(cmd.Flags(), "corpus")
	cmd.Flags().StringVar(&s.idsFile, "ids", "", "the crashes whose ids are in this file, one a line (- for stdin)")
}

// named tells whether flags or arguments name crashes.
func (s selection) named(args []string) bool { return s != (selection{}) || len(args) > 0 }

// namesCrash tells an argument with a crash id in it, or -, which is ids on standard input, from one that is a SPEC. A command
// may hold an id, too.
func namesCrash(arg string) bool {
	kind, _ := spec.Parse(arg)
	id, _ := crashid.Find(arg)
	return arg == "-" || id != "" && kind != spec.Exec
}

// withCrashes opens the cache to read the crashes that a selection and arguments name: see choose.
func (a *app) withCrashes(s selection, args []string, use func(*cache.Cache, cache.Corpus) error) error {
	return a.withCache(reading, func(c *cache.Cache) error {
		which, err := a.choose(s, c, args)
		if err != nil {
			return err
		}
		return use(c, which)
	})
}

// choose finds the crashes that a selection and arguments name, a corpus or as if they were one. With neither, that is
// everything cached, of which the ids are nil, as those of no corpus are. It is an error where the cache has nothing:
// "0 changed" of no crash would look like an answer.
func (a *app) choose(s selection, c *cache.Cache, args []string) (cache.Corpus, error) {
	// That an argument is the start of an id is only known to commands that take nothing else: the setting makes room for it.
	if len(args) > 0 && a.unfill("corpus") {
		s.corpus = ""
	}
	// Two ways at once would be read as both, or as one of them: either may be wrong, and nothing would show which.
	switch {
	case s.corpus != "" && s.idsFile != "", s.corpus+s.idsFile != "" && len(args) > 0:
		return cache.Corpus{}, exit.Usagef("name the crashes in one way: --corpus, --ids, or ids as arguments")
	case s.corpus != "":
		return c.Corpus(s.corpus)
	// Ids of a file need not be cached: those that are not count as missing.
	case s.idsFile != "":
		ids, err := a.readIDs(s.idsFile)
		return cache.Corpus{Name: s.idsFile, IDs: ids}, err
	case len(args) > 0:
		ids, err := a.cachedIDs(c, args)
		return cache.Corpus{IDs: ids}, err
	}
	// Records alone are enough to compare, and of processed crashes records are made.
	stats, err := c.Stats()
	if err == nil && stats.Blobs[cache.Record].Count+stats.Blobs[cache.Processed].Count == 0 {
		err = noCrash(c)
	}
	return cache.Corpus{Name: "everything cached"}, err
}

// noCrash is the error for a cache without crashes. That of corpora whose crashes are gone may be damaged.
func noCrash(c *cache.Cache) error {
	corpora, err := c.Corpora()
	if err != nil {
		return err
	}
	// A list without crashes: the file was most likely lost or damaged, and not new.
	if len(corpora) > 0 {
		corpus := corpora[0]
		return exit.Incompletef("there is no crash in the cache %s, though its corpus %s lists %s; 'sigdiff cache verify' tells whether the file is damaged, and 'sigdiff fetch --corpus %s' gets them",
			c.Path(), corpus.Name, plural.Crashes(corpus.Crashes), corpus.Name)
	}
	return exit.Incompletef("there is no crash in the cache %s; 'sigdiff fetch' or 'sigdiff import' gets some", c.Path())
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
	case errors.Is(err, crashid.ErrNone), errors.Is(err, crashid.ErrUTF16):
		return nil, exit.Usagef("%s: %w", name, err)
	case err != nil:
		return nil, fmt.Errorf("%s: %w", name, err)
	case len(ids) == 0:
		return nil, exit.Incompletef("%s: %w", name, errNoIDs)
	}
	return ids, nil
}

// prefix is the start of a crash id.
var prefix = lazyregexp.New(`^(?:bp-)?([0-9a-f]{4,8}(?:-[0-9a-f-]{0,27})?)$`)

// cachedIDs reads the ids of cached crashes as people paste them. The start of an id will do where no other begins so.
func (a *app) cachedIDs(c *cache.Cache, words []string) ([]string, error) {
	// words are the caller's arguments, which reports repeat as they were typed.
	full := slices.Clone(words)
	var all []string
	for i, word := range words {
		m := prefix().FindStringSubmatch(strings.ToLower(word))
		// What is no start of an id is left to parseIDs, which says what is wrong with it. A whole id need not be
		// cached: the caller says that of it.
		if _, err := crashid.Parse(word); err == nil || m == nil {
			continue
		}
		// All ids are only read for the first short one: a large cache has very many.
		if all == nil {
			var err error
			if all, err = corpora.IDs(a.ctx, c); err != nil {
				return nil, err
			}
		}
		from, _ := slices.BinarySearch(all, m[1])
		to, _ := slices.BinarySearch(all, m[1]+"~") // behind all that begin so
		switch to - from {
		case 0:
			return nil, exit.Usagef("%s is no crash id, and no id of a cached crash begins so", word)
		case 1:
			full[i] = all[from]
		default:
			return nil, exit.Usagef("%s could be %s cached crashes, such as %s and %s; give more of the id", word, plural.Number(to-from), all[from], all[from+1])
		}
	}
	return a.parseIDs(full)
}

// cachedID is cachedIDs for a command that is about one crash.
func (a *app) cachedID(c *cache.Cache, word string) (string, error) {
	ids, err := a.cachedIDs(c, []string{word})
	if err != nil {
		return "", err
	}
	// The others would be left out without a word.
	if len(ids) > 1 {
		return "", exit.Usagef("standard input has %s crash ids, and this command takes one", plural.Number(len(ids)))
	}
	return ids[0], nil
}

// parseIDs reads crash ids as people paste them, or a file of them on standard input for a single -. Each id counts once,
// whatever its spellings. The list is never nil.
func (a *app) parseIDs(words []string) ([]string, error) {
	if len(words) == 1 && words[0] == "-" {
		return a.readIDs("-")
	}
	ids, err := crashid.ParseAll(words)
	if err != nil {
		return nil, exit.Usagef("%w", err)
	}
	return ids, nil
}

// givenIDs are the ids that are arguments, or in a file, or else on standard input.
func (a *app) givenIDs(words []string, file string) ([]string, error) {
	if len(words) > 0 {
		return a.parseIDs(words)
	}
	return a.readIDs(cmp.Or(file, "-"))
}

// notCached is the error over a crash that was asked for and isn't there.
func notCached(id string) error {
	return exit.Incompletef("%s is not in the cache; 'sigdiff fetch %s' gets it", id, id)
}

// unread names crashes that can't be read, and is the error over them; nil for none.
// what says what became of them. At most maxNamed are named, on stderr.
func (a *app) unread(failed []compare.Failure, what string) error {
	if len(failed) == 0 {
		return nil
	}
	a.nameFailures(failed)
	return exit.Incompletef("%s can't be read: %s%s", plural.Crashes(len(failed)), what, howToGet(0, len(failed)))
}

func (a *app) nameFailures(failed []compare.Failure) {
	a.nameSome(len(failed), "", func(i int) string { return failed[i].ID + ": " + failed[i].Err })
}

// allIDs are the ids of everything chosen.
// It is for those that need a list: comparisons take nil for everything, and don't hold all ids.
func allIDs(ctx context.Context, c *cache.Cache, which cache.Corpus) ([]string, error) {
	if which.IDs != nil {
		return which.IDs, nil
	}
	return corpora.IDs(ctx, c)
}

// left counts the crashes that figures don't speak of.
type left struct {
	missing   int // from the cache
	fetchable int // of them, those that the service was never found to lack
	failed    int
}

// leftOf counts them. Reading the cache is what can fail here.
func leftOf(ctx context.Context, c *cache.Cache, missing []string, failed int) (left, error) {
	// A crash that the service was found to lack is not missing for want of fetching: nobody can do anything about it.
	fetchable, err := corpora.Fetchable(ctx, c, missing)
	return left{len(missing), fetchable, failed}, err
}

// leftIn counts those of a comparison.
func leftIn(r *report.Report) left { return left{r.Totals.Missing, r.Fetchable, r.Totals.Failed} }

// open tells whether another run may get one of them.
func (l left) open() bool { return l.fetchable+l.failed > 0 }

// err is the error over them; what says what was not done with them. It counts all that are missing, also those that the
// service lacks: figures don't speak of these either.
func (l left) err(what string) error {
	return exit.Incompletef("%s: %s missing from the cache, %s failed%s", what, plural.Number(l.missing), plural.Number(l.failed), howToGet(l.fetchable, l.failed))
}

// howToGet says what to do about crashes that can be fetched, and those that can't be read, at the end of a message.
func howToGet(fetchable, failed int) (text string) {
	if fetchable > 0 {
		text = "; 'sigdiff fetch' with their ids, or their corpus, gets what is missing"
	}
	if failed > 0 {
		text += "; of crashes that can't be read, 'sigdiff fetch --refresh ID' fetches one again, and 'sigdiff cache repair' saves the rest of a damaged cache"
	}
	return text
}
