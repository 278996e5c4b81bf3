package cache

import "bytes"

// Crash ids: [a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{6}[0-9]{6},
// the last six digits being the date, YYMMDD.
const (
	idLen  = 36
	keyLen = 16
)

// key is a crash id's 16 bytes with the three of the date in front.
type key [keyLen]byte

func (k key) compare(o key) int { return bytes.Compare(k[:], o[:]) }

// ValidID reports whether id is a crash id, and nothing but.
func ValidID(id string) bool {
	_, ok := packID(id)
	return ok
}

// shorten keeps error messages about pasted text to a line.
func shorten(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return s[:most] + "..."
}

// packID turns a crash id into its key; ok is false if it is none.
func packID(id string) (k key, ok bool) {
	if len(id) != idLen {
		return k, false
	}
	n := 0 // digits so far
	for i := range idLen {
		c := id[i]
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if c != '-' {
				return k, false
			}
			continue
		}
		d := digit(c)
		if d > 15 || (n >= 26 && d > 9) {
			return k, false
		}
		at := (n/2 + 3) % keyLen // the date, bytes 13 to 15, goes in front
		k[at] = k[at]<<4 | d
		n++
	}
	return k, true
}

// digit returns the value of a lower case hexadecimal digit, or 255.
func digit(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	}
	return 255
}

// appendID appends the crash id that k stands for.
func (k key) appendID(dst []byte) []byte {
	const hexDigits = "0123456789abcdef"
	for i := range keyLen {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			dst = append(dst, '-')
		}
		b := k[(i+3)%keyLen]
		dst = append(dst, hexDigits[b>>4], hexDigits[b&15])
	}
	return dst
}

// id returns the crash id that k stands for.
func (k key) id() string {
	var buf [idLen]byte
	return string(k.appendID(buf[:0]))
}

// compareID orders keys as their crash ids are ordered.
func (k key) compareID(o key) int {
	if d := bytes.Compare(k[3:], o[3:]); d != 0 {
		return d
	}
	return bytes.Compare(k[:3], o[:3])
}

// keyFrom reads a key out of the file; ok is false if it can't be one.
func keyFrom(b []byte) (k key, ok bool) {
	if len(b) != keyLen {
		return k, false
	}
	return key(b), true
}
