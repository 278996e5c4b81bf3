package crashid

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"

	"github.com/sigdiff/sigdiff/internal/address"
	"github.com/sigdiff/sigdiff/internal/lazyregexp"
)

// ErrNone is wrapped by the error for a text in which there is no crash id.
var ErrNone = errors.New("not a crash id (8-4-4-4-12 hexadecimal digits, the last six a date YYMMDD)")

// Reprocessing tools take `ID:RULESET`, and their input is often pasted on.
var rulesetSuffix = lazyregexp.New(`:[A-Za-z_]+$`)

// Valid tells whether s is a crash id in its one canonical spelling: lower case, nothing around it.
func Valid(s string) bool {
	_, ok := Pack(s)
	return ok
}

// Parse finds the crash id in what people paste: the id, `bp-ID`, `ID:RULESET`, or the address of a crash report
// or of one of the crash endpoints. The error wraps [ErrNone] and quotes the text.
func Parse(s string) (string, error) {
	id := rulesetSuffix().ReplaceAllString(pastedPart(trimmed(s)), "")
	id = strings.TrimPrefix(strings.ToLower(id), "bp-")
	if !Valid(id) {
		return "", fmt.Errorf("%w: %.100q", ErrNone, address.WithoutUser(s))
	}
	return id, nil
}

// trimmed takes off what is around a line of a file: spaces, the end of the line, and the mark that some programs
// put at the beginning.
func trimmed(s string) string { return strings.TrimSpace(strings.TrimPrefix(s, "\ufeff")) }

// pastedPart is the part of an address that names a crash, and anything else as it is.
func pastedPart(s string) string {
	if !strings.ContainsAny(s, "/?") {
		return s
	}
	if !strings.Contains(s, "://") {
		s = "https://" + strings.TrimPrefix(s, "//") // without it, a port would be no address
	}
	u, err := url.Parse(s)
	if err != nil {
		return s
	}
	if id := u.Query().Get("crash_id"); id != "" {
		return id
	}
	path := strings.TrimRight(u.Path, "/")
	return path[strings.LastIndexByte(path, '/')+1:]
}

// Read reads crash ids, one a line, in any form that [Parse] takes, or a table with a column of them. Empty lines and lines
// that start with `#` are skipped, repeated ids are kept once, at their first place. The error names the first line that
// holds no id, or what stopped the reading.
func Read(r io.Reader) ([]string, error) {
	// As much as the longest line, so that the first line can be looked at as a whole.
	in := bufio.NewReaderSize(r, bufio.MaxScanTokenSize)
	if err := CheckText(in); err != nil {
		return nil, err
	}
	head, _ := in.Peek(bufio.MaxScanTokenSize)
	if comma, column := tableHead(head); comma != 0 {
		return readTable(in, comma, column)
	}
	var found ids
	lines := bufio.NewScanner(in)
	n := 1
	for ; lines.Scan(); n++ {
		text := trimmed(lines.Text())
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		if err := found.add(text); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return nil, fmt.Errorf("line %d: %w: it has more than %d KB", n, ErrNone, bufio.MaxScanTokenSize>>10)
	case err != nil:
		return nil, fmt.Errorf("reading crash ids: %w", err)
	}
	return found.all, nil
}

// ParseAll reads crash ids, each as [Parse] does. Repeated ids are kept once, at their first place. The list is never nil.
func ParseAll(words []string) ([]string, error) {
	found := ids{all: []string{}}
	for _, word := range words {
		if err := found.add(word); err != nil {
			return nil, err
		}
	}
	return found.all, nil
}

// ErrUTF16 is returned for a text that begins as UTF-16 does, which some shells write into files.
var ErrUTF16 = errors.New("it is in UTF-16; save it as UTF-8")

// CheckText refuses what begins as UTF-16 does.
func CheckText(r *bufio.Reader) error {
	if mark, _ := r.Peek(2); string(mark) == "\xff\xfe" || string(mark) == "\xfe\xff" {
		return ErrUTF16
	}
	return nil
}

// ids are crash ids, each once.
type ids struct {
	all  []string
	seen map[string]bool
}

func (f *ids) add(text string) error {
	id, err := Parse(text)
	if err != nil || f.seen[id] {
		return err
	}
	if f.seen == nil {
		f.seen = map[string]bool{}
	}
	f.seen[id] = true
	f.all = append(f.all, id)
	return nil
}

// IsColumn tells whether a name above a table is one of crash ids: sigdiff's, socorro-cmd's and crashstats-tools'.
func IsColumn(name string) bool {
	return slices.Contains([]string{"crashid", "crash_id", "crash id", "uuid", "id"}, strings.ToLower(name))
}

// tableHead tells of what a table is made that begins so: the sign between its columns, and the column with the
// ids. The sign is 0 for what is no table.
func tableHead(head []byte) (comma rune, column int) {
	line, _, _ := strings.Cut(string(head), "\n")
	for _, comma := range []rune{',', '\t', ';'} {
		table := csv.NewReader(strings.NewReader(trimmed(line)))
		table.Comma = comma
		names, err := table.Read()
		if err != nil {
			continue
		}
		for i, name := range names {
			if IsColumn(name) {
				return comma, i
			}
		}
	}
	return 0, 0
}

// readTable reads the ids of a table, below its head.
func readTable(r io.Reader, comma rune, column int) ([]string, error) {
	table := csv.NewReader(r)
	// Tables come out of spreadsheets and by hand: rows of other lengths and stray quotes are no reason to
	// refuse one.
	table.Comma, table.FieldsPerRecord, table.LazyQuotes, table.ReuseRecord = comma, -1, true, true
	var found ids
	for n := 0; ; n++ {
		row, err := table.Read()
		if err == io.EOF {
			return found.all, nil
		}
		if err != nil {
			return nil, fmt.Errorf("reading crash ids: %w", err)
		}
		line, _ := table.FieldPos(0)
		switch {
		// To such a cell all rows that follow belong, which nobody would miss.
		case slices.ContainsFunc(row, holdsRows):
			return nil, fmt.Errorf("line %d: %w: one of its cells has more lines with ids; is a quote not closed, or do lines end in CR alone?", line, ErrNone)
		case n == 0: // the head
			continue
		case column >= len(row):
			return nil, fmt.Errorf("line %d: %w: it has %d columns", line, ErrNone, len(row))
		}
		if err := found.add(row[column]); err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
	}
}

// holdsRows tells of a cell that it has further lines with crash ids.
func holdsRows(cell string) bool {
	end := strings.IndexAny(cell, "\r\n")
	if end < 0 {
		return false
	}
	id, _ := Find(cell[end:])
	return id != ""
}

// inText is a crash id as it stands in other text. Whether its end is a date is left for later: then it can be
// named as wrong.
var inText = lazyregexp.New(`(?i)[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}`)

// Find finds the first crash id in a text: the id, and what comes after it. The id is "" where there is none.
func Find(text string) (id, rest string) {
	at := inText().FindStringIndex(text)
	if at == nil {
		return "", ""
	}
	return strings.ToLower(text[at[0]:at[1]]), text[at[1]:]
}
