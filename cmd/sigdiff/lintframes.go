package main

import (
	"context"
	"fmt"
	"runtime"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/lint"
)

// corpusFrames are the distinct normalised frames of a corpus. unread is the error for crashes that could
// not be read, but may be fetched, which hides no finding of the others.
func (a *app) corpusFrames(ctx context.Context, name string, set *siglists.Set) (frames []lint.Frame, unread, err error) {
	err = a.withCorpus(name, func(c *cache.Cache, corpus cache.Corpus) error {
		found, missing, failed, err := corpora.Frames(ctx, corpora.NewSource(c, corpus.IDs), signatures.NewGenerator(set, signatures.DefaultRules()), runtime.GOMAXPROCS(0))
		if err != nil {
			return fmt.Errorf("reading the frames of %s: %w", name, err)
		}
		frames = found
		l, err := leftOf(ctx, c, missing, failed)
		switch {
		case err != nil:
			return err
		case l.open():
			unread = l.err("without frames of " + name)
		case len(frames) == 0:
			unread = exit.Incompletef("%s has no frames to hold the lines against", name)
		}
		return nil
	})
	return frames, unread, err
}
