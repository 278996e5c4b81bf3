package lint

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"

	"github.com/sigdiff/sigdiff/internal/lazyregexp"
	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// file looks at a list as a whole.
func (l *linter) file(list *list) {
	if list.empty && list.name != siglists.Sentinels {
		l.add(Finding{
			Place: Place{File: list.name.File()}, Check: EmptyList, Severity: Warning,
			Message: "no lines: an empty list matches every frame, so that " + emptyMeans(list.name),
		})
	}
	// It hides that the first line is a comment, or becomes part of its pattern.
	if list.hasMark() {
		first, _, _ := strings.Cut(string(list.source), "\n")
		l.add(Finding{
			Place: Place{File: list.name.File(), Line: 1, Text: pyre.Strip(first)}, Check: ByteOrderMark, Severity: Warning,
			Message: "the file starts with a byte order mark, which is part of the first line",
		})
	}
}

// hidden finds what lines hold that isn't seen, or is not seen to be a part of them.
func (l *linter) hidden(list *list) {
	for i, line := range list.lines {
		if l.only == nil && line.Number == 1 && list.hasMark() {
			continue // it is said of the file
		}
		text := line.Text
		if list.verbose {
			text = ignored().ReplaceAllString(text, "")
		}
		if r, ok := invisible(text); ok {
			l.warn(Invisible, line, nil, fmt.Sprintf("holds %U, which does not show, and which a frame has to have there", r))
		}
		if list.verbose {
			if comment := verboseComment(line); comment != "" && i+1 < len(list.lines) {
				l.warn(InlineComment, line, nil, Quote(comment)+" and all lines behind it are a comment: the list is one pattern, with (?x)")
			}
		} else if hidden := inlineComment().FindString(line.Text); hidden != "" {
			l.warn(InlineComment, line, nil, Quote(hidden[1:])+" is part of the line: only a whole line can be a comment")
		}
	}
}

// ignored is the white space that (?x) passes over: that of other scripts it doesn't.
var ignored = lazyregexp.New(`[ \t\n\r\v\f]`)

// verboseComment is the comment in a line of a list with (?x), from its sign on; empty for none. A sign that is escaped, or in a
// set, begins none.
func verboseComment(at *line) string {
	flags := "(?x)"
	if at.pattern.Flagged() {
		flags = "" // it has them itself
	}
	for i, r := range at.Text {
		if r == '#' {
			// Python refuses what begins a group and nothing more, unless it is part of a comment.
			if _, err := pyre.Parse(flags + at.Text[:i+1] + "("); err == nil {
				return at.Text[i:]
			}
		}
	}
	return ""
}

func emptyMeans(name siglists.Name) string {
	switch name {
	case siglists.Irrelevant:
		return "every frame is skipped"
	case siglists.Prefix:
		return "no frame ends the signature"
	}
	return "every function gets its source line"
}

func (l *list) hasMark() bool { return bytes.HasPrefix(l.source, []byte("\ufeff")) }

// inlineComment is white space, a number sign and words after some text. A frame that is known by its
// source line has a number sign too, and no space before it.
var inlineComment = lazyregexp.New(`\S\s+#\s.*`)

// invisible finds a control or format character, or a space that is none of the usual.
func invisible(text string) (rune, bool) {
	for _, r := range text {
		// Other spaces look like the usual one, and no frame has them.
		if r != ' ' && (unicode.IsControl(r) || unicode.IsSpace(r) || unicode.Is(unicode.Cf, r)) {
			return r, true
		}
	}
	return 0, false
}
