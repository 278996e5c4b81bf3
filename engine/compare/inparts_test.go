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

// InParts is a source of crash records, each in parts, as a cache gives them.
func InParts(ids []string, records [][]byte) crashdata.Source {
	var c crashdata.Cutter
	s := recordsInParts{ids: ids}
	for _, record := range records {
		s.parts = append(s.parts, c.Cut(record, crashdata.AppendPieces(nil, record)))
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
