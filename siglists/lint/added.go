package lint

import (
	"context"
	"fmt"

	"github.com/sigdiff/sigdiff/siglists"
)

// Added is what Run finds in the lines that a candidate adds to a base; nothing where one of them is nil. fragments are
// Options.Fragments.
func Added(ctx context.Context, base, candidate *siglists.Set, fragments []string) ([]Finding, error) {
	if base == nil || candidate == nil {
		return nil, nil
	}
	// Not nil where none is added: then nothing is looked at, and not everything.
	added := []siglists.Line{}
	for _, change := range siglists.Diff(base, candidate) {
		if change.Added {
			added = append(added, change.Line)
		}
	}
	found, err := Run(ctx, candidate, Options{Lines: added, Fragments: fragments})
	if err != nil {
		return nil, fmt.Errorf("looking at the added lines: %w", err)
	}
	return found, nil
}
