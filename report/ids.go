package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/sigdiff/sigdiff/internal/plural"
)

// reportIDs writes the ids of the changed crashes, sorted, one a line: those that have to be processed again
// when the candidate lands.
// An empty file is a list of none.
func reportIDs(w io.Writer, r *Report, _ Options) error {
	if err := needChanged(r); err != nil {
		return err
	}
	var ids []string
	for _, g := range r.Groups {
		for _, c := range g.Changed {
			ids = append(ids, c.ID)
		}
	}
	slices.Sort(ids)
	if len(ids) == 0 {
		return nil
	}
	_, err := io.WriteString(w, strings.Join(ids, "\n")+"\n")
	return err
}

// needChanged fails for a report that doesn't hold every changed crash; a list of them would be short
// without saying so.
func needChanged(r *Report) error {
	held := 0
	for _, g := range r.Groups {
		held += len(g.Changed)
	}
	if held != r.Totals.Changed {
		return fmt.Errorf("the report holds %s of %s", plural.Number(held), plural.Of(r.Totals.Changed, "changed crash", "changed crashes"))
	}
	return nil
}
