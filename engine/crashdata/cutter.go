package crashdata

import "encoding/binary"

// Cutter cuts crash records into parts. What several records share is one piece.
type Cutter struct {
	pieces  []string // by number
	numbers map[string]int
}

// Cut cuts a record at the places that Crash.Record names. Pieces are in the order in which records have them.
func (c *Cutter) Cut(record []byte, places [][2]int) Parts {
	var layout []byte
	done := 0
	for _, at := range places {
		layout = appendText(layout, record[done:at[0]])
		layout = binary.AppendUvarint(layout, uint64(c.number(string(record[at[0]:at[1]]))))
		done = at[1]
	}
	return Parts{Layout: appendText(layout, record[done:]), Pieces: c.pieces}
}

func appendText(b, text []byte) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

func (c *Cutter) number(piece string) int {
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
