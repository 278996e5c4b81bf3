// Package terminal keeps what others wrote from steering a terminal.
package terminal

import (
	"bytes"
	"io"
	"os"
	"unicode/utf8"

	"golang.org/x/term"

	"github.com/sigdiff/sigdiff/report"
)

// Filter is the last thing before a terminal: text passes, everything that steers one is spelled out.
// What reports show is harmless before, so that their colours may pass; this is for what is written as it is,
// such as CSV, JSON, documents of the cache, and what git says. Colours of these are data.
type Filter struct {
	w       io.Writer
	allowed []string // escape sequences that pass
	also    string   // control characters that pass, beside newline and tab
	held    []byte   // the start of what may be one of those, or of a character
}

// Colours are all that reports need, and git to draw its progress over itself.
var (
	colours = []string{"\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[1;31m", "\x1b[4;31m", "\x1b[4;32m", "\x1b[4m"}
	drawing = []string{"\x1b[K"}
	maxHeld = 8 // bytes that the longest of them has, or a character
)

// Filtered is w, behind a filter if it is a terminal; else the filter is nil.
func Filtered(w io.Writer) (io.Writer, *Filter) {
	if !Is(w) {
		return w, nil
	}
	f := &Filter{w: w}
	return f, f
}

// AllowColours lets the colours of reports pass.
func (f *Filter) AllowColours() { f.allowed = colours }

// Redirect puts another writer, such as a pager that shows it, behind the filter, and gives the one that was there.
func (f *Filter) Redirect(w io.Writer) io.Writer {
	before := f.w
	f.w = w
	return before
}

// GitProgress is a terminal for git to draw its progress on.
func GitProgress(w io.Writer) io.Writer { return &Filter{w: w, allowed: drawing, also: "\r"} }

// Write passes on what may pass.
func (f *Filter) Write(p []byte) (int, error) {
	// A sequence may be cut anywhere: by a buffer that is full, or by a program's own writes.
	text := append(f.held, p...)
	out, rest := f.pass(text, false)
	f.held = append([]byte(nil), rest...)
	if _, err := f.w.Write(out); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Flush hands out what is held back.
func (f *Filter) Flush() error {
	if f == nil {
		return nil
	}
	out, _ := f.pass(f.held, true)
	f.held = nil
	_, err := f.w.Write(out)
	return err
}

// pass is what may pass of text, and what can't be decided before more has come.
func (f *Filter) pass(text []byte, last bool) (out, rest []byte) {
	for len(text) > 0 {
		n := f.sequence(text)
		if bytes.HasPrefix(text, []byte("\r\n")) { // the end of a line of CSV
			n = 2
		}
		// Never longer than maxHeld is waited for, so that what is held back can't grow, and is soon seen.
		if n == 0 && !last && len(text) < maxHeld && (text[0] == 0x1b || string(text) == "\r" || !utf8.FullRune(text)) {
			return out, text
		}
		if n == 0 {
			_, n = utf8.DecodeRune(text)
			if !f.passes(text[:n]) {
				out = append(out, report.Visible(string(text[:n]))...)
				text = text[n:]
				continue
			}
		}
		out = append(out, text[:n]...)
		text = text[n:]
	}
	return out, nil
}

// sequence is the length of the allowed sequence that text starts with, 0 for none.
func (f *Filter) sequence(text []byte) int {
	for _, s := range f.allowed {
		if bytes.HasPrefix(text, []byte(s)) {
			return len(s)
		}
	}
	return 0
}

func (f *Filter) passes(char []byte) bool {
	return char[0] == '\n' || char[0] == '\t' || bytes.ContainsAny(char, f.also)
}

// Is tells whether a reader or writer is a terminal.
func Is(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// Width is how many characters fit into a line of a terminal; 0 for what is none.
func Width(stream any) int {
	f, ok := stream.(*os.File)
	if !ok {
		return 0
	}
	width, _, _ := term.GetSize(int(f.Fd()))
	return width
}
