package lint

import (
	"fmt"
	"strings"
)

// Quote puts a line's text into backquotes, as it is written.
func Quote(text string) string {
	// Such as `anonymous namespace'. There is no way to escape a backquote that everybody reads.
	if strings.Contains(text, "`") {
		return `"` + text + `"`
	}
	return "`" + text + "`"
}

// Visible writes out what does not show and what could break a line or play tricks on a terminal: <U+200B>.
func Visible(s string) string {
	var b strings.Builder
	for _, r := range s {
		if hidden, ok := invisible(string(r)); ok {
			fmt.Fprintf(&b, "<%U>", hidden)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// isName tells a character that identifiers are made of.
func isName(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '_'
}

func isLetter(r rune) bool { return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' }
