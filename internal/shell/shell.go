// Package shell writes command lines for people to copy.
package shell

import (
	"strings"

	"github.com/sigdiff/sigdiff/internal/lazyregexp"
)

// plainWord is what a shell takes as it is. zsh takes a word that begins with = for the path of a program.
var plainWord = lazyregexp.New(`^[A-Za-z0-9_./:@%+,-][A-Za-z0-9_./:=@%+,-]*$`)

// Line is words as a line for a shell.
func Line(words []string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		if quoted[i] = word; !plainWord().MatchString(word) {
			quoted[i] = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
		}
	}
	return strings.Join(quoted, " ")
}
