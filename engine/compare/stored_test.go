package compare

import (
	"context"
	"sync"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/table"
)

// stored is a table.Blocks of one block.
type stored struct {
	common []byte
	parts  []table.Part
	ids    []string
}

// Stored is a source of crashes as a cache gives them: in a block.
func Stored(crashes []*crashdata.Crash) crashdata.Source {
	w, s := table.NewBlockWriter(), stored{}
	for _, crash := range crashes {
		if err := w.Add(crashdata.NewRecord(crash)); err != nil {
			panic(err)
		}
		s.ids = append(s.ids, crash.ID())
	}
	s.common, s.parts = w.Block()
	return s
}

func (s stored) Each(ctx context.Context, workers int, visit func(int, string, *crashdata.Record, error) error) error {
	return table.EachCrash(ctx, s, workers, visit)
}

func (s stored) EachBlock(_ context.Context, workers int, open table.OpenBlock, _ func(int, string, *crashdata.Record, error) error) error {
	take, err := open(s.common)
	if err != nil {
		return err
	}
	var group sync.WaitGroup
	for w := range workers {
		group.Go(func() {
			for i := w; i < len(s.parts); i += workers {
				var ids []string
				for _, at := range s.parts[i].Crashes {
					ids = append(ids, s.ids[at])
				}
				_ = take(w, s.parts[i].Content, ids, func(int) bool { return true })
			}
		})
	}
	group.Wait()
	return nil
}
