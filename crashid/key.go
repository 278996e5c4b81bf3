package crashid

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"strings"
)

// Key is a crash id's 16 bytes.
type Key [16]byte

// Length is how many bytes a crash id has.
const Length = 36

const (
	// The date is at the end, YYMMDD.
	dateInID  = 30
	dateInKey = 13
)

// Pack turns a crash id in its canonical spelling into its key; ok is false for a string that is none.
func Pack(id string) (k Key, ok bool) {
	if len(id) != Length || id[8] != '-' || id[13] != '-' || id[18] != '-' || id[23] != '-' {
		return k, false
	}
	for i, at := range [...]int{0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34} {
		high, low := digits[id[at]]-1, digits[id[at+1]]-1
		most := byte(15)
		if at >= dateInID {
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
	dst = append(hex.AppendEncode(dst, k[:4]), '-')
	dst = append(hex.AppendEncode(dst, k[4:6]), '-')
	dst = append(hex.AppendEncode(dst, k[6:8]), '-')
	dst = append(hex.AppendEncode(dst, k[8:10]), '-')
	return hex.AppendEncode(dst, k[10:])
}

// String is what Append appends.
func (k Key) String() string {
	var room [Length]byte
	return string(k.Append(room[:0]))
}

// Compare orders keys by date, then by id, which is the order in which a cache keeps crashes.
func (k Key) Compare(o Key) int {
	return cmp.Or(bytes.Compare(k[dateInKey:], o[dateInKey:]), bytes.Compare(k[:], o[:]))
}

// Compare is [Key.Compare] for crash ids that are valid.
func Compare(a, b string) int {
	return cmp.Or(strings.Compare(a[dateInID:], b[dateInID:]), strings.Compare(a, b))
}
