package lint

import "strings"

// quote puts a line's text into backquotes, as it is written.
func quote(text string) string {
	if strings.Contains(text, "`") {
		return `"` + text + `"`
	}
	return "`" + text + "`"
}

// isName tells a character that identifiers are made of.
func isName(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '_'
}

func isLetter(r rune) bool { return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' }
