package compare

import (
	"context"
	"sync"

	"github.com/sigdiff/sigdiff/engine/crashdata"
)

// encodedRecords is a Source of encoded records.
type encodedRecords struct {
	ids     []string
	records []crashdata.Encoded
}

// EncodedRecords is a source of the records of crashes, each encoded, as a cache gives them.
func EncodedRecords(crashes []*crashdata.Crash) crashdata.Source {
	var d crashdata.Dictionary
	var s encodedRecords
	for _, crash := range crashes {
		s.ids, s.records = append(s.ids, crash.ID()), append(s.records, d.Encode(crash.Record()))
	}
	return s
}

func (s encodedRecords) Each(_ context.Context, workers int, visit func(int, string, *crashdata.Record, error) error) error {
	var group sync.WaitGroup
	for w, decoder := range crashdata.NewDecoders(workers) {
		group.Go(func() {
			for i := w; i < len(s.records); i += workers {
				r, err := decoder.OpenEncoded(s.records[i])
				_ = visit(w, s.ids[i], r, err)
			}
		})
	}
	group.Wait()
	return nil
}
