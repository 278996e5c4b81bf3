package compare

import (
	"context"
	"sync"

	"github.com/sigdiff/sigdiff/engine/crashdata"
)

// recordsInParts is a Source of records in parts.
type recordsInParts struct {
	ids   []string
	parts []crashdata.Parts
}

// InParts is a source of the records of crashes, each in parts, as a cache gives them.
func InParts(crashes []*crashdata.Crash) crashdata.Source {
	var c crashdata.Cutter
	var s recordsInParts
	for _, crash := range crashes {
		s.ids, s.parts = append(s.ids, crash.ID()), append(s.parts, c.Cut(crash.Record()))
	}
	return s
}

func (s recordsInParts) Each(_ context.Context, workers int, visit func(int, string, *crashdata.Record, error) error) error {
	var group sync.WaitGroup
	for w, decoder := range crashdata.NewDecoders(workers) {
		group.Go(func() {
			for i := w; i < len(s.parts); i += workers {
				r, err := decoder.OpenParts(s.parts[i])
				_ = visit(w, s.ids[i], r, err)
			}
		})
	}
	group.Wait()
	return nil
}
