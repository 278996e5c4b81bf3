package report

import (
	"io"
	"strings"

	"github.com/sigdiff/sigdiff/engine"
)

// CSV writes a row for each changed crash, in the columns of socorro-cmd signature --format csv, every
// field quoted.
func CSV(w io.Writer, r *Report, _ Options) error {
	if err := WriteCSVRow(w, "crashid", "old", "new", "same?", "notes"); err != nil {
		return err
	}
	for _, g := range r.Groups {
		for _, c := range g.Changed {
			if err := WriteCSVRow(w, c.ID, g.Base, g.Candidate, "False", engine.NotesList(c.Notes)); err != nil {
				return err
			}
		}
	}
	return nil
}

// WriteCSVRow writes a row with every field quoted, as Python's csv module does under QUOTE_ALL;
// encoding/csv quotes only what needs it.
func WriteCSVRow(w io.Writer, fields ...string) error {
	var b strings.Builder
	for i, field := range fields {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('"')
		b.WriteString(strings.ReplaceAll(field, `"`, `""`))
		b.WriteByte('"')
	}
	b.WriteString("\r\n")
	_, err := io.WriteString(w, b.String())
	return err
}
