package enginetest

import "encoding/binary"

// Cutter numbers the parts that crash records share, as a cache does.
type Cutter struct {
	Pieces  []string // by number
	numbers map[string]int
}

// Cut is the layout of a record without the parts at some places, from and to, which become pieces.
func (c *Cutter) Cut(record []byte, places [][2]int) (layout []byte) {
	done := 0
	for _, at := range places {
		layout = appendText(layout, record[done:at[0]])
		layout = binary.AppendUvarint(layout, uint64(c.number(string(record[at[0]:at[1]]))))
		done = at[1]
	}
	return appendText(layout, record[done:])
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
		n = len(c.Pieces)
		c.numbers[piece] = n
		c.Pieces = append(c.Pieces, piece)
	}
	return n
}
