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
	if len(id) != Length {
		return k, false
	}
	n := 0 // digits so far
	for i := range Length {
		c := id[i]
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if c != '-' {
				return k, false
			}
			continue
		}
		d := digit(c)
		if d > 15 || i >= dateInID && d > 9 {
			return k, false
		}
		k[n/2] = k[n/2]<<4 | d
		n++
	}
	return k, true
}

// digit is the value of a lower case hexadecimal digit, or 255.
func digit(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	}
	return 255
}

// Append appends the crash id. Of a key that was not packed from one it is none that is [Valid].
func (k Key) Append(dst []byte) []byte {
	for i := range k {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			dst = append(dst, '-')
		}
		dst = hex.AppendEncode(dst, k[i:i+1])
	}
	return dst
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
