package main

import (
	"context"

	"github.com/sigdiff/sigdiff/cache"
)

// fetchMissing fetches the processed crashes that a cache lacks. Those that don't come are named, and lacking still.
// Those that failed are no error: the command that needs them says what it could not do without them.
func (a *app) fetchMissing(ctx context.Context, c *cache.Cache, ids []string, service serviceOptions) error {
	screen := newFetchScreen(a)
	client, err := service.client(a, screen.note)
	if err != nil {
		return err
	}
	defer client.Close()
	return (&fetchRun{app: a, client: client, screen: screen, cache: c, ids: ids}).complete(ctx)
}

// complete fetches those of the ids whose processed crash the cache lacks, without the raw crashes.
// It announces, pulls and names failures as fetch does, and prints no summary: the command has results of its own.
func (r *fetchRun) complete(ctx context.Context) error {
	r.opts.noRaw = true
	work, err := r.survey(ctx)
	if err != nil {
		return err
	}
	if work.ToPull() == 0 {
		// pull would have closed it.
		return r.store.writer.Close()
	}
	sum, pullErr := r.pull(ctx, work)
	r.nameFailures(sum)
	if pullErr == nil {
		return nil
	}
	return r.result(ctx, sum, pullErr)
}
