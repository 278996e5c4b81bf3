package pyjson

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
)

// Dumps is json.dumps(s) of Python: what is no printable ASCII is escaped.
func Dumps(s string) json.RawMessage {
	var b bytes.Buffer
	b.WriteByte('"')
	for _, r := range s {
		dumpRune(&b, r)
	}
	b.WriteByte('"')
	return b.Bytes()
}

func dumpRune(b *bytes.Buffer, r rune) {
	switch high, low := utf16.EncodeRune(r); {
	case r == '"', r == '\\':
		b.WriteByte('\\')
		b.WriteRune(r)
	// Go and Python have these five escapes in common.
	case r < ' ' && strings.ContainsRune("\b\f\n\r\t", r):
		b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
	case r >= ' ' && r <= '~':
		b.WriteRune(r)
	// JSON has four digits, so that what is beyond them is a pair of surrogates.
	case high != '\ufffd':
		fmt.Fprintf(b, `\u%04x\u%04x`, high, low)
	default:
		fmt.Fprintf(b, `\u%04x`, r)
	}
}
