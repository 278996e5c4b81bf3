package spec

import (
	"context"
	"fmt"

	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/lint"
)

// LintAdded is what lint finds in the lines that a candidate adds; nothing where a side has no siglists.
func LintAdded(ctx context.Context, base, candidate Side) ([]lint.Finding, error) {
	if base.Set == nil || candidate.Set == nil {
		return nil, nil
	}
	added := []siglists.Line{}
	for _, change := range siglists.Diff(base.Set, candidate.Set) {
		if change.Added {
			added = append(added, change.Line)
		}
	}
	found, err := lint.Run(ctx, candidate.Set, lint.Options{Lines: added, Fragments: signatures.Fragments()})
	if err != nil {
		return nil, fmt.Errorf("looking at the added lines: %w", err)
	}
	return found, nil
}
