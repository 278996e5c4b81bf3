package main

import (
	"context"
	"fmt"
	"runtime"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/lint"
)

// corpusFrames are the distinct normalised frames of a corpus. unread is the error for crashes that could
// not be read, which hides no finding of the others.
func (a *app) corpusFrames(ctx context.Context, name string, set *siglists.Set) (frames []lint.Frame, unread, err error) {
	err = a.withCache(reading, func(c *cache.Cache) error {
		corpus, err := c.Corpus(name)
		if err != nil {
			return err
		}
		var missing, failed int
		frames, missing, failed, err = corpora.Frames(ctx, corpora.NewSource(c, corpus.IDs), signatures.NewGenerator(set, signatures.DefaultRules()), runtime.GOMAXPROCS(0))
		switch {
		case err != nil:
			return fmt.Errorf("reading the frames of %s: %w", name, err)
		case missing+failed > 0:
			unread = exit.Incompletef("without frames of %s: %s missing from the cache, %s failed%s", name, plural.Number(missing), plural.Number(failed), howToGet(missing, failed))
		case len(frames) == 0:
			unread = exit.Incompletef("%s has no frames to hold the lines against", name)
		}
		return nil
	})
	return frames, unread, err
}
