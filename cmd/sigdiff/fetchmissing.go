package main

import (
	"context"

	"github.com/sigdiff/sigdiff/cache"
)

// fetchMissing fetches the processed crashes that a cache lacks. Those that don't come are named, and lacking still.
func (a *app) fetchMissing(ctx context.Context, c *cache.Cache, ids []string, service serviceOptions) error {
	screen := newFetchScreen(a)
	client, err := service.client(a, screen.note)
	if err != nil {
		return err
	}
	defer client.Close()
	run := &fetchRun{app: a, opts: fetchOptions{noRaw: true}, client: client, screen: screen, cache: c, ids: ids}
	work, err := run.survey(ctx)
	if err != nil {
		return err
	}
	if work.ToPull() == 0 {
		return run.store.writer.Close()
	}
	sum, pullErr := run.pull(ctx, work)
	run.nameFailures(sum)
	if pullErr == nil {
		return nil
	}
	return run.result(ctx, sum, pullErr)
}
