package crashid

import (
	"bytes"
	"encoding/hex"
)

// Key is a crash id's 16 bytes, those of the date in front: the order of keys is that in which a cache keeps crashes, day by day.
type Key [16]byte

const (
	// Length is how many bytes a crash id has.
	Length = 36
	// DateLength is how many bytes of a key are the date.
	DateLength = 3
)

// Pack turns a crash id in its canonical spelling into its key; ok is false for a string that is none.
func Pack(id string) (k Key, ok bool) {
	if len(id) != Length || id[8] != '-' || id[13] != '-' || id[18] != '-' || id[23] != '-' {
		return k, false
	}
	// The date is at the end of an id, YYMMDD.
	for i, at := range [...]int{30, 32, 34, 0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28} {
		high, low := digits[id[at]]-1, digits[id[at+1]]-1
		most := byte(15)
		if i < DateLength {
			most = 9
		}
		if high > most || low > most {
			return k, false
		}
		k[i] = high<<4 | low
	}
	return k, true
}

// digits has one more than the values of lower case hexadecimal digits, and 0 for all that is none. Comparisons read ids by the
// million, and a processor can't foresee which of their digits are letters: a table takes no branch.
var digits = [256]byte{
	'0': 1, '1': 2, '2': 3, '3': 4, '4': 5, '5': 6, '6': 7, '7': 8, '8': 9, '9': 10, 'a': 11, 'b': 12, 'c': 13, 'd': 14, 'e': 15, 'f': 16,
}

// Append appends the crash id. Of a key that was not packed from one it is none that is [Valid].
func (k Key) Append(dst []byte) []byte {
	id := k[DateLength:]
	dst = append(hex.AppendEncode(dst, id[:4]), '-')
	dst = append(hex.AppendEncode(dst, id[4:6]), '-')
	dst = append(hex.AppendEncode(dst, id[6:8]), '-')
	dst = append(hex.AppendEncode(dst, id[8:10]), '-')
	return hex.AppendEncode(hex.AppendEncode(dst, id[10:]), k[:DateLength])
}

// String is what Append appends.
func (k Key) String() string {
	var room [Length]byte
	return string(k.Append(room[:0]))
}

// Compare orders keys by date, then by id.
func (k Key) Compare(o Key) int { return bytes.Compare(k[:], o[:]) }
