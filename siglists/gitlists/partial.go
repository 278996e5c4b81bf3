package gitlists

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sigdiff/sigdiff/internal/address"
)

// ErrFetch is returned when something had to be fetched and could not be.
var ErrFetch = errors.New("could not fetch")

// fetchMissing fetches the lists of some folders, all by their hashes, that a partial clone lacks, all at once: left to itself,
// git fetches one object after the other.
func (r *Repo) fetchMissing(ctx context.Context, folders []string, lists map[string]string) error {
	remote := r.settings.promisor
	if remote == "" || r.Offline || len(folders) == 0 {
		return nil
	}
	missing, err := r.missing(ctx, folders, lists)
	if err != nil || len(missing) == 0 {
		return err
	}
	c := r.fetching(append(fetchArgs("--filter=blob:none", "--stdin"), remote)...)
	// Nothing is to be found out about what both have: the objects are asked for by their hashes.
	c.config = append(slices.Clone(c.config), "-c", "fetch.negotiationAlgorithm=noop")
	c.stdin = strings.NewReader(strings.Join(missing, "\n") + "\n")
	if err := r.fetch(ctx, c); err != nil {
		return r.fetchFailed(ctx, fmt.Sprintf("siglists that %s, a partial clone, lacks", r.dir), remote, err)
	}
	return nil
}

func (r *Repo) fetchFailed(ctx context.Context, what, remote string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	// Git was not let near the remote then, and what it said about that would lead nowhere.
	if r.settings.unsafe != "" {
		return fmt.Errorf("%w %s from %s: %s of %s says what program to run there, and what a repository itself says is not run",
			ErrFetch, what, address.WithoutSecrets(remote), r.settings.unsafe, r.dir)
	}
	return fmt.Errorf("%w %s from %s: %w", ErrFetch, what, address.WithoutSecrets(remote), err)
}

// missing lists the lists of some folders that are not in the clone, without fetching them.
func (r *Repo) missing(ctx context.Context, folders []string, lists map[string]string) ([]string, error) {
	// Other commands would fetch what is missing, one object at a time, or fail at the first.
	c := r.call("rev-list", "--objects", "--missing=print", "--stdin")
	c.stdin = strings.NewReader(strings.Join(folders, "\n") + "\n")
	out, err := c.output(ctx)
	if err != nil {
		return nil, fmt.Errorf("looking for what the partial clone %s lacks: %w", r.dir, err)
	}
	var missing []string
	for line := range strings.Lines(string(out)) {
		if hash, ok := strings.CutPrefix(strings.TrimSpace(line), "?"); ok && lists[hash] != "" {
			missing = append(missing, hash)
		}
	}
	return missing, nil
}
