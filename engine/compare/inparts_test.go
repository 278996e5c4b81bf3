package compare

import (
	"context"
	"encoding/binary"
	"sync"

	"github.com/sigdiff/sigdiff/engine/crashdata"
)

// partCutter numbers the parts of records, as a cache does.
type partCutter struct {
	numbers map[string]int
	pieces  []string
}

// cut takes all parts from the record.
func (c *partCutter) cut(record []byte) crashdata.Parts {
	var layout []byte
	done := 0
	for _, at := range crashdata.AppendPieces(nil, record) {
		layout = appendPart(layout, record[done:at[0]])
		layout = binary.AppendUvarint(layout, uint64(c.number(string(record[at[0]:at[1]]))))
		done = at[1]
	}
	return crashdata.Parts{Layout: appendPart(layout, record[done:]), Pieces: c.pieces}
}

func appendPart(b, text []byte) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

func (c *partCutter) number(piece string) int {
	if c.numbers == nil {
		c.numbers = map[string]int{}
	}
	n, ok := c.numbers[piece]
	if !ok {
		n = len(c.pieces)
		c.numbers[piece] = n
		c.pieces = append(c.pieces, piece)
	}
	return n
}

// recordsInParts is a Source of records in parts.
type recordsInParts struct {
	ids   []string
	parts []crashdata.Parts
}

// InParts is a source of crash records, each in parts, as a cache gives them.
func InParts(ids []string, records [][]byte) crashdata.Source {
	var c partCutter
	s := recordsInParts{ids: ids}
	for _, record := range records {
		s.parts = append(s.parts, c.cut(record))
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
