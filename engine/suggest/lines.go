package suggest

import (
	"regexp"
	"slices"
	"strings"

	"github.com/sigdiff/sigdiff/internal/lazyregexp"
)

// minStem is how long a name has to be for its variants with underscores to be the same function.
const minStem = 6

// offset is the end of a frame that is known by its module alone. Lists leave the figures of the offset out.
var offset = lazyregexp.New(`@0x[0-9a-f]+$`)

// lineFor is a frame as a line of the lists: its special characters escaped, and ended where a longer name exists.
func (s *search) lineFor(frame string) string {
	if at := offset().FindStringIndex(frame); at != nil {
		return regexp.QuoteMeta(frame[:at[0]] + "@0x")
	}
	line := regexp.QuoteMeta(frame)
	for other := range s.frames {
		if len(other) > len(frame) && strings.HasPrefix(other, frame) {
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
			if other != frame && withoutUnderscores(other) == stem && !c.Irrelevant().OK && !c.Prefix().OK {
				all = append(all, other)
			}
		}
	}
	slices.Sort(all)
	return append([]string{frame}, all...)
}

// withoutUnderscores is the name that a compiler or a library puts underscores before.
func withoutUnderscores(frame string) string { return strings.TrimLeft(frame, "_") }

// withoutTemplates is the name without that and without template arguments.
func withoutTemplates(frame string) string {
	return strings.ReplaceAll(withoutUnderscores(frame), "<T>", "")
}
