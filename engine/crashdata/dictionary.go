package crashdata

import "encoding/binary"

// Dictionary collects what several crash records share. The zero Dictionary is empty.
type Dictionary struct {
	texts   []string // by number
	numbers map[string]int
}

// Encode encodes a record of which some places are shared, as Crash.Record names them. Texts are in the order in which records
// have them.
func (d *Dictionary) Encode(record []byte, places [][2]int) Encoded {
	var layout []byte
	done := 0
	for _, at := range places {
		layout = appendText(layout, record[done:at[0]])
		layout = binary.AppendUvarint(layout, uint64(d.number(string(record[at[0]:at[1]]))))
		done = at[1]
	}
	return Encoded{Layout: appendText(layout, record[done:]), Dictionary: d.texts}
}

func appendText(b, text []byte) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

func (d *Dictionary) number(text string) int {
	if d.numbers == nil {
		d.numbers = map[string]int{}
	}
	n, ok := d.numbers[text]
	if !ok {
		n = len(d.texts)
		d.numbers[text] = n
		d.texts = append(d.texts, text)
	}
	return n
}
