package corpora

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/sigdiff/sigdiff/crashid"
	"github.com/sigdiff/sigdiff/internal/lazyregexp"
)

// Expected is the signature that somebody expects a change to give a crash.
type Expected struct {
	ID        string
	Signature string
	Line      int // of the file, from 1
}

// arrow is what people put between a crash and its signature.
var arrow = lazyregexp.New(`\s(->|=>|-->|→)\s`)

// errNoExpectations is returned for a text in which no signature stands with a crash id.
var errNoExpectations = errors.New("no crash id with a signature in it; write lines of crash id and signature, as CSV, TSV or 'ID -> signature'")

// ParseExpectations reads what is expected: CSV or TSV of crash id and signature, with or without a
// header (of the columns of socorro-cmd signature, "new" is the one that counts), or any text, such as
// a bug comment, as ExpectationsIn does. A crash that is expected to have two signatures is an error.
func ParseExpectations(r io.Reader) ([]Expected, error) {
	// A line that says it in words may have commas, too, so that columns are looked for first, and must begin
	// with an id.
	lines, err := textLines(r)
	if err != nil {
		return nil, err
	}
	// Passed over as a heading or as prose, it would be an expectation that nobody misses.
	if i := slices.IndexFunc(lines, beginsBroken); i >= 0 {
		return nil, fmt.Errorf("line %d: want a crash id and a signature, got %.200q", i+1, lines[i])
	}
	parse := func(lines []string) ([]Expected, error) { return expectText(lines), nil }
	if isColumns(lines) {
		parse = expectColumns
	}
	expected, err := parse(lines)
	switch {
	case err != nil:
		return nil, err
	case len(expected) == 0:
		return nil, errNoExpectations
	}
	return onePerCrash(expected)
}

// ExpectationsIn reads what a text that people wrote expects, which may be nothing:
//
//   - "ID -> signature", where ID is a crash id or the address of a report;
//   - such an id with the signature behind it, or in the next line;
//   - blocks of "Crash id:", "Original:" and "New:", as socorro-cmd signature prints them;
//   - rows of Markdown tables with a column "Expected", "New", "After" (also with "signature" behind it) or "Signature".
func ExpectationsIn(r io.Reader) ([]Expected, error) {
	lines, err := textLines(r)
	if err != nil {
		return nil, err
	}
	return onePerCrash(expectText(lines))
}

// isColumns tells CSV and TSV, in which no arrow stands: the first line, or the second if that is a header, starts with a field that
// is a crash id, or any line is a header.
func isColumns(lines []string) bool {
	found, seen := false, 0
	for _, line := range lines {
		if strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if _, ok := expectArrow(line); ok {
			return false
		}
		seen++
		found = found || isHeader(line) || seen <= 2 && beginsWithID(line)
	}
	return found
}

// beginsWithID tells of a line that it has columns, of which a crash id is the first.
func beginsWithID(line string) bool {
	fields, err := splitColumns(line)
	if err != nil || len(fields) < 2 {
		return false
	}
	_, err = crashid.Parse(fields[0])
	return err == nil
}

// isHeader tells of a line that it names columns, of which the first has crash ids.
func isHeader(line string) bool {
	end := strings.IndexAny(line, ",;\t")
	return end > 0 && crashid.IsColumn(strings.Trim(line[:end], `" `))
}

// idStart is how a line begins that begins with a crash id, whole or not.
var idStart = lazyregexp.New(`(?i)^[^\w#]*(?:https?://\S+/|bp-)?[0-9a-f]{8}-[0-9a-f]{4}-`)

// beginsBroken tells of a line that it begins with a crash id of which a part is missing.
func beginsBroken(line string) bool {
	id, _ := crashid.Find(line)
	return id == "" && idStart().MatchString(line)
}

// maxText is how many bytes a text may have, and maxLine a line of it.
const (
	maxText = 64 << 20
	maxLine = 1 << 20
)

// textLines are the lines of a text.
func textLines(r io.Reader) ([]string, error) {
	limited := &io.LimitedReader{R: r, N: maxText + 1}
	in := bufio.NewReader(limited)
	if err := crashid.CheckText(in); err != nil {
		return nil, err
	}
	var lines []string
	scan := bufio.NewScanner(in)
	scan.Buffer(nil, maxLine)
	for scan.Scan() {
		lines = append(lines, strings.TrimPrefix(scan.Text(), "\ufeff"))
	}
	switch err := scan.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return nil, fmt.Errorf("line %d is longer than %d MB", len(lines)+1, maxLine>>20)
	case limited.N == 0:
		return nil, fmt.Errorf("it is larger than %d MB", maxText>>20)
	default:
		return lines, err
	}
}

func expectArrow(line string) (Expected, bool) {
	id, rest := crashid.Find(line)
	to := arrow().FindStringIndex(rest)
	if to == nil {
		return Expected{}, false
	}
	return Expected{ID: id, Signature: unquote(endOfSentence().ReplaceAllString(rest[to[1]:], "$1"))}, true
}

var (
	// endOfSentence is what ends a sentence, and not a signature that was cut.
	endOfSentence = lazyregexp.New(`([^.])[.,;]\s*$`)
	// codeMarks are around a signature that more may be said behind.
	codeMarks = lazyregexp.New("^(?:``(.*?)``|`([^`]*)`)(?:[\\s.,;:)].*)?$")
)

// unquote takes off what people put around a signature: code marks, quotes, and what Bugzilla has.
func unquote(s string) string {
	s = bare(strings.TrimSpace(s))
	if code := codeMarks().FindStringSubmatch(s); code != nil {
		return bare(strings.TrimSpace(code[1] + code[2]))
	}
	if inside, ok := strings.CutPrefix(s, `"`); ok && strings.HasSuffix(inside, `"`) {
		return bare(strings.TrimSpace(strings.TrimSuffix(inside, `"`)))
	}
	return s
}

// bare is a signature without what Bugzilla puts around it: [@ signature].
func bare(s string) string {
	if inside, ok := strings.CutPrefix(s, "[@"); ok {
		return strings.TrimSpace(strings.TrimSuffix(inside, "]"))
	}
	return s
}

// expectColumns reads CSV or TSV. Lines that start with # don't count.
func expectColumns(lines []string) ([]Expected, error) {
	var all []Expected
	column := 1
	for i, line := range lines {
		if strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#") {
			continue
		}
		fields, err := splitColumns(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		id, _ := crashid.Find(fields[0])
		// Only in front of the first crash. Further down, a line without an id is a mistake that must not go
		// unnoticed.
		if id == "" && len(all) == 0 {
			column = signatureColumn(fields, column)
			continue // a header
		}
		if id == "" || column >= len(fields) {
			return nil, fmt.Errorf("line %d: want a crash id and a signature, got %q", i+1, line)
		}
		signature := fields[column]
		if !strings.Contains(line, `"`) {
			// People write signatures into CSV as they are, and template arguments have commas in them.
			signature = whole(fields[column:], string(separator(line)))
		}
		signature = unprotect(strings.TrimSpace(signature))
		if code := codeMarks().FindStringSubmatch(signature); code != nil && strings.HasSuffix(signature, "`") {
			signature = code[1] + code[2]
		}
		all = append(all, Expected{ID: id, Signature: bare(signature), Line: i + 1})
	}
	return all, nil
}

// splitColumns splits a line of CSV or TSV.
func splitColumns(line string) ([]string, error) {
	between := separator(line)
	if between == '\t' && !strings.HasPrefix(line, `"`) {
		return strings.Split(line, "\t"), nil
	}
	r := csv.NewReader(strings.NewReader(line))
	r.LazyQuotes, r.Comma = true, between
	return r.Read()
}

// separator is what stands between the columns of a line. A semicolon, as some spreadsheets write, counts behind a crash id
// alone, since there are some in signatures.
func separator(line string) rune {
	// A quoted field may hold a tab. Behind its end a tab separates.
	if strings.Contains(line, "\t") && (!strings.HasPrefix(line, `"`) || strings.Contains(line, "\"\t")) {
		return '\t'
	}
	if first, _, ok := strings.Cut(line, ";"); ok {
		first = strings.Trim(first, `"`)
		if _, err := crashid.Parse(first); err == nil || crashid.IsColumn(first) {
			return ';'
		}
	}
	return ','
}

// whole is the first of some fields, with those of the next that belong into its brackets: arguments that nobody quoted.
func whole(fields []string, separator string) string {
	for n := range fields {
		if text := strings.Join(fields[:n+1], separator); !isOpen(text) {
			return text
		}
	}
	return fields[0]
}

// noBracket is what has signs of brackets and is none.
var noBracket = lazyregexp.New(`operator[<>()-]+|->`)

// isOpen tells whether there are brackets in a text that don't close.
func isOpen(text string) bool {
	text = noBracket().ReplaceAllString(text, "")
	return strings.Count(text, "(") > strings.Count(text, ")") || strings.Count(text, "<") > strings.Count(text, ">")
}

// signatureColumn is the column that a header says holds the expected signatures.
func signatureColumn(header []string, otherwise int) int {
	for _, name := range []string{"expected", "new", "after", "signature"} {
		for i, field := range header {
			if i > 0 && strings.TrimSuffix(strings.ToLower(strings.TrimSpace(field)), " signature") == name {
				return i
			}
		}
	}
	return otherwise
}

// protected is a field that was kept from being a formula in a spreadsheet by an apostrophe in front.
var protected = lazyregexp.New(`^'+[=+\-@＝＋－＠\t\r\n]`)

// unprotect takes back what keeps a field from being a formula.
func unprotect(field string) string {
	if protected().MatchString(field) {
		return field[1:]
	}
	return field
}

// onePerCrash is one expectation for each crash, the first of those that say the same. It is an error when two differ.
func onePerCrash(all []Expected) ([]Expected, error) {
	seen := map[string]Expected{}
	var once []Expected
	for _, e := range all {
		other, ok := seen[e.ID]
		switch {
		case !ok:
			seen[e.ID] = e
			once = append(once, e)
		case other.Signature != e.Signature:
			return nil, fmt.Errorf("lines %d and %d expect different signatures of %s", other.Line, e.Line, e.ID)
		}
	}
	return once, nil
}
