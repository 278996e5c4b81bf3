package siglists

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// The limits on a list, which may come with anybody's pull request. The largest list since 2016 has 8 KB
// and 400 lines, the longest line 85 bytes. What is within them loads in less than a second.
const (
	MaxListBytes = 128 << 10 // a list's file
	MaxLines     = 4000      // that count: without comments and empty lines
	MaxLineBytes = 4 << 10   // a line, without the white space around it
)

// Problem is one reason why siglists don't load.
type Problem struct {
	File   string
	Line   int    // from 1; 0 when the problem is the whole file's
	Text   string // the line, stripped
	Reason string
}

func (p Problem) String() string {
	if p.Line == 0 {
		return p.File + ": " + p.Reason
	}
	if p.Text == "" {
		return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Reason)
	}
	return fmt.Sprintf("%s:%d: %q: %s", p.File, p.Line, p.Text, p.Reason)
}

// LoadError says why siglists don't load: every problem, not only the first.
type LoadError struct{ Problems []Problem }

func (e *LoadError) Error() string {
	texts := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		texts[i] = p.String()
	}
	return strings.Join(texts, "\n")
}

func openDir(dir string) (fs.FS, error) {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("no siglists at %s: no such directory", dir)
	case err != nil:
		return nil, fmt.Errorf("loading siglists: %w", err)
	case !info.IsDir():
		return nil, fmt.Errorf("no siglists at %s: not a directory", dir)
	}
	return os.DirFS(dir), nil
}

func readFile(fsys fs.FS, file string) ([]byte, error) {
	info, err := fs.Stat(fsys, file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, errors.New("no such file; siglists are a directory of four files")
	case err != nil:
		return nil, err
	// A pipe would be waited for, and a device read for ever. Stat has followed a link, but in a commit: there it may lead
	// out of the repository, and neither history nor a merge of the lists sees what it leads to change.
	case !info.Mode().IsRegular():
		return nil, errors.New("not a regular file; links are followed in a directory, and not in a commit")
	case info.Size() > MaxListBytes:
		return nil, errListBytes
	}
	return fs.ReadFile(fsys, file)
}

var (
	errListBytes = fmt.Errorf("larger than %d KB, the limit for a list", MaxListBytes>>10)
	reasonLines  = fmt.Sprintf("more than %d lines, the limit for a list", MaxLines)
	reasonLine   = fmt.Sprintf("longer than %d bytes, the limit for a line", MaxLineBytes)
)

// Parse splits a list's file into the lines that count, as Socorro does: lines end at a line feed,
// white space around them is stripped, empty ones and those that start with # are skipped. What is beyond
// MaxListBytes, MaxLines or MaxLineBytes is a problem, and not read.
func Parse(name Name, source []byte) (*List, []Problem) {
	list := &List{Name: name, Source: source}
	if len(source) > MaxListBytes {
		return list, []Problem{{File: name.File(), Reason: errListBytes.Error()}}
	}
	// Most of such a file are lines with zero bytes, which are UTF-8.
	if bytes.HasPrefix(source, []byte("\xff\xfe")) || bytes.HasPrefix(source, []byte("\xfe\xff")) {
		return list, []Problem{{File: name.File(), Line: 1, Reason: "the file is in UTF-16; save it as UTF-8"}}
	}
	var problems []Problem
	for i, raw := range bytes.Split(source, []byte("\n")) {
		// Python decodes the whole file and refuses it at the first such byte. The place is for whoever mends it.
		if !utf8.Valid(raw) {
			reason := fmt.Sprintf("not UTF-8 (byte %d of the line)", invalidByte(raw))
			problems = append(problems, Problem{File: name.File(), Line: i + 1, Text: start(string(raw)), Reason: reason})
			continue
		}
		text := pyre.Strip(string(raw))
		switch {
		case text == "" || strings.HasPrefix(text, "#"):
		case len(text) > MaxLineBytes:
			problems = append(problems, Problem{File: name.File(), Line: i + 1, Text: start(text), Reason: reasonLine})
		case len(list.Lines) == MaxLines:
			return list, append(problems, Problem{File: name.File(), Line: i + 1, Text: text, Reason: reasonLines})
		default:
			list.Lines = append(list.Lines, Line{List: name, Text: text, Number: i + 1})
		}
	}
	return list, problems
}

// start is as much of a line as tells which one it is.
func start(text string) string {
	const enough = 200
	if len(text) <= MaxLineBytes {
		return text
	}
	return text[:enough] + "..."
}

// invalidByte is the position, from 1, of the first byte that is not UTF-8.
func invalidByte(b []byte) int {
	for i := 0; i < len(b); {
		r, size := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && size == 1 {
			return i + 1
		}
		i += size
	}
	return 0
}

// compile makes the list ready to match, until a budget ends: then that is the problem. Socorro compiles each line of all
// four files, the sentinels too, and then joins the lines of three of them. Lines that are known are not parsed again.
func (l *List) compile(b *pyre.Budget, known pyre.Patterns) (*List, []Problem) {
	if l.compiled {
		return l, nil
	}
	texts := make([]string, len(l.Lines))
	for i, line := range l.Lines {
		texts[i] = line.Text
	}
	compiled := *l
	compiled.compiled = true
	if l.Name == Sentinels {
		_, err := known.ParseAll(b, texts)
		return &compiled, l.problems(err)
	}
	re, err := pyre.CompileListWithin(b, texts, known)
	compiled.re = re
	return &compiled, l.problems(err)
}

// problems puts the places of lines to the errors of their patterns.
func (l *List) problems(err error) []Problem {
	if err == nil {
		return nil
	}
	bad, ok := errors.AsType[*pyre.ListError](err)
	if !ok {
		return []Problem{{File: l.Name.File(), Reason: err.Error()}}
	}
	problems := make([]Problem, len(bad.Errors))
	for i, e := range bad.Errors {
		problems[i] = Problem{File: l.Name.File(), Reason: e.Err.Error()}
		if e.Line >= 0 {
			problems[i].Line, problems[i].Text = l.Lines[e.Line].Number, l.Lines[e.Line].Text
		}
	}
	return problems
}
