package suggest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sigdiff/sigdiff/internal/lazyregexp"
)

// minStem is how long a name has to be for its variants with underscores to be the same function.
const minStem = 6

// offset is the end of a frame that is known by its module alone. Lists leave the figures of the offset out: each build of
// the module has others.
var offset = lazyregexp.New(`@0x[0-9a-f]+$`)

// Quoted is a text as a line that matches what starts with it.
func Quoted(text string) string {
	// Go escapes at least what Python needs escaped, and nothing that Python refuses.
	line := regexp.QuoteMeta(text)
	if strings.HasPrefix(line, "#") {
		line = `\` + line // else it is a comment
	}
	// White space at the ends of a line, to which Python counts some control characters, is not part of it, and a line break ends it.
	var b strings.Builder
	for i, r := range line {
		if (unicode.IsSpace(r) || unicode.IsControl(r)) && (i == 0 || i+utf8.RuneLen(r) == len(line) || r == '\n') {
			fmt.Fprintf(&b, `\u%04x`, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// lineFor is a frame as a line of the lists: its special characters escaped, and ended where a longer name exists.
func (s *search) lineFor(frame string) string {
	// Nothing longer is told from it: the line ends before the figures.
	if at := offset().FindStringIndex(frame); at != nil {
		return Quoted(frame[:at[0]] + "@0x")
	}
	line := Quoted(frame)
	for other := range s.frames {
		if len(other) > len(frame) && strings.HasPrefix(other, frame) {
			// Without the anchor the line would take that one, too, which nobody asked for.
			return line + "$"
		}
	}
	return line
}

// siblings are the frames of the corpus that equal a frame but for leading underscores, and that no line takes; the frame
// itself is the first.
func (s *search) siblings(frame string) []string {
	var all []string
	if stem := withoutUnderscores(frame); len(stem) >= minStem {
		for other, c := range s.frames {
			// Those that a line takes already need no other, and may have been put elsewhere on purpose.
			if other != frame && withoutUnderscores(other) == stem && !c.Irrelevant().OK && !c.Prefix().OK {
				all = append(all, other)
			}
		}
	}
	// Maps have no order, and suggestions must have one.
	slices.Sort(all)
	return append([]string{frame}, all...)
}

// withoutUnderscores is the name that a compiler or a library puts underscores before.
func withoutUnderscores(frame string) string { return strings.TrimLeft(frame, "_") }

// withoutTemplates is the name without that and without template arguments.
func withoutTemplates(frame string) string {
	return strings.ReplaceAll(withoutUnderscores(frame), "<T>", "")
}
