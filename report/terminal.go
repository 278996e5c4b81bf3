package report

import (
	"fmt"
	"io"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"

	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/plural"
)

// Visible is s with everything that could steer a terminal, or turn the order of what it shows around,
// written out as \x1b or \u202e is: control characters, line separators, bidirectional marks, and bytes
// that are no UTF-8. Signatures and notes hold what crashing programs left behind.
// Text without any of that, which is nearly all, is given back as it is. A backslash stays one: the result is for
// eyes, and can't be read back.
func Visible(s string) string {
	if !strings.ContainsFunc(s, steers) && utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		switch _, size := utf8.DecodeRuneInString(s[i:]); {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case !steers(r):
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

func steers(r rune) bool {
	switch {
	case r < ' ', r >= 0x7f && r < 0xa0: // C0, DEL and C1
		return true
	case r == 0x61c, r >= 0x200e && r <= 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069: // bidirectional
		return true
	}
	return r == 0x2028 || r == 0x2029 // line and paragraph separators
}

// style is how a terminal shows text: the parameters of an SGR escape sequence.
type style string

const (
	plain   style = ""
	heading style = "1"
	faint   style = "2"
	removal style = "31"
	insert  style = "32"
	caution style = "33"
	alarm   style = "1;31"
)

func (s style) underlined() style { return style(strings.TrimSuffix("4;"+string(s), ";")) }

// safe is text that may go to a terminal as it is.
type safe string

// Text writes lines for a terminal until the first error. Whatever it is given is made visible
// first, so that no data steers the terminal.
// So every method can be called without asking for errors in between; err is asked once, at the end.
type Text struct {
	Options
	w   io.Writer
	err error
}

// NewText is a Text that writes to w as the options say.
func NewText(w io.Writer, o Options) *Text { return &Text{Options: o, w: w} }

// line writes a line. Strings among the arguments are made visible, except safe ones.
func (t *Text) line(format string, args ...any) {
	if t.err == nil {
		_, t.err = fmt.Fprintf(t.w, format+"\n", visibleArgs(args)...)
	}
}

// visibleArgs leaves numbers as they are, for verbs such as %d, and safe texts, which are no strings.
func visibleArgs(args []any) []any {
	shown := make([]any, len(args))
	for i, arg := range args {
		switch v := arg.(type) {
		case string:
			shown[i] = Visible(v)
		case fmt.Stringer:
			shown[i] = Visible(v.String())
		case error:
			shown[i] = Visible(v.Error())
		default:
			shown[i] = arg
		}
	}
	return shown
}

// paint is a text in a style.
// It is what makes text safe: its escape sequences are its own.
func (t *Text) paint(s style, text string) safe {
	text = Visible(text)
	if !t.Color || s == plain || text == "" {
		return safe(text)
	}
	return safe("\x1b[" + string(s) + "m" + text + "\x1b[0m")
}

// heading starts a section.
func (t *Text) heading(format string, args ...any) {
	t.line("")
	t.phrase(heading, 0, say(fmt.Sprintf(format, args...)))
}

// alert says what could not be done; nothing where the text is empty.
func (t *Text) alert(text string) {
	if text != "" {
		t.phrase(alarm, 0, say(text))
	}
}

// columnsOf is how many columns of a terminal a text takes.
// Wide characters, such as Chinese ones, take two, and combining ones none.
func columnsOf(text string) int { return runewidth.StringWidth(text) }

// fits tells whether a text of this many columns fits the terminal's width.
func (t *Text) fits(columns int) bool { return t.Width <= 0 || columns <= t.Width }

// proseWidth is how many columns text takes at most: longer lines are hard to read.
const proseWidth = 100

// prose is how many columns there are for text after an indent.
func (t *Text) prose(indent int) int {
	if t.Width <= 0 {
		return math.MaxInt
	}
	return min(t.Width-indent, proseWidth)
}

// wrap breaks a phrase into lines of at most so many columns. It breaks at spaces, and what a reader may want to copy only
// between the components of a signature that does not fit.
// It gives at least one line. A word that can't be broken may be longer than room.
func wrap(p Phrase, room int) []string {
	if text := Visible(p.String()); columnsOf(text) <= room {
		return []string{text}
	}
	var lines []string
	line := ""
	for _, word := range breakable(p.words(), room) {
		switch {
		case line == "":
			line = word
		case columnsOf(line)+1+columnsOf(word) > room:
			lines = append(lines, line)
			line = word
		default:
			line += " " + word
		}
	}
	return append(lines, line)
}

// breakable are words, made visible. Those that don't fit into so many columns are broken between components.
func breakable(words []string, columns int) []string {
	var pieces []string
	for _, word := range words {
		if word = Visible(word); columnsOf(word) <= columns {
			pieces = append(pieces, word)
			continue
		}
		for part := range strings.SplitAfterSeq(word, signatures.Separator) {
			pieces = append(pieces, strings.TrimSuffix(part, " "))
		}
	}
	return pieces
}

// field writes what a label stands for. What does not fit is broken at spaces, and goes on below.
func (t *Text) field(label, text string) {
	t.hanging(label, strings.Repeat(" ", columnsOf(label)), plain, say(text))
}

// phrase writes a phrase, wrapped and indented.
// Lines after the first stand further in, unless the phrase begins at the margin.
func (t *Text) phrase(s style, indent int, p Phrase) {
	margin := strings.Repeat(" ", indent)
	t.hanging(margin, margin+strings.Repeat(hang, min(indent, 1)), s, p)
}

// hanging writes a phrase after what stands in front of its first line, and of the rest.
func (t *Text) hanging(first, rest string, s style, p Phrase) {
	for _, line := range wrap(p, t.prose(columnsOf(rest))) {
		t.line("%s%s", first, t.paint(s, line))
		first = rest
	}
}

// Field is field, for other packages.
func (t *Text) Field(label, format string, args ...any) {
	t.field(fmt.Sprintf("%-11s", label), fmt.Sprintf(format, args...))
}

// Count writes a signature and how many crashes have it.
func (t *Text) Count(crashes int, signature string) {
	t.signature(fmt.Sprintf("%9s  ", plural.Number(crashes)), "", plain, signature)
}

// Err is the first error of writing.
func (t *Text) Err() error { return t.err }

// list writes a heading with a count and the items below it, as socorro-cmd does.
func (t *Text) list(name string, items []string) {
	if len(items) == 0 {
		return
	}
	t.line("%-10s(%d)", name+":", len(items))
	for _, item := range items {
		t.line("          %s", item)
	}
}
