package report

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Formats are those that there are of a T. Each kind of report has one such table, which names, errors and rendering
// go by.
type Formats[T any] struct {
	what    string      // that is written, for errors
	writers []writer[T] // in the order in which their formats are named
}

// writer writes a T in a format.
type writer[T any] struct {
	format string
	write  func(io.Writer, T, Options) error
}

// inText is how a report is written line by line.
func inText[T any](write func(*Text, T)) func(io.Writer, T, Options) error {
	return func(w io.Writer, v T, o Options) error {
		t := NewText(w, o)
		write(t, v)
		return t.err
	}
}

// inMarkdown is how a report is written that fits into a comment.
func inMarkdown[T any](write func(*markdownWriter, T)) func(io.Writer, T, Options) error {
	return func(w io.Writer, v T, o Options) error {
		m := &markdownWriter{Options: o, room: markdownLimit}
		write(m, v)
		_, err := io.WriteString(w, m.text.String())
		return err
	}
}

// inCSV is how a report is written as rows: every field quoted, and protected from spreadsheets.
func inCSV[T any](header []string, rows func(v T, row func(fields ...string))) func(io.Writer, T, Options) error {
	return func(w io.Writer, v T, _ Options) error {
		err := CSVRow(w, header...)
		rows(v, func(fields ...string) {
			if err == nil {
				err = CSVRow(w, fields...)
			}
		})
		return err
	}
}

// schema is the version of JSON reports. Their keys stay; new ones may come.
const schema = 1

// inJSON is how a report is written that is an object for programs, with the schema in front. No option changes it.
func inJSON[T any](document func(T) any) func(io.Writer, T, Options) error {
	return func(w io.Writer, v T, _ Options) error {
		// The schema is put in front as text: documents are of many types, none of which need know it.
		text, err := encoded(document(v))
		if err != nil {
			return err
		}
		return WriteJSON(w, json.RawMessage(fmt.Sprintf(`{"schema":%d,%s`, schema, text[1:])))
	}
}

// itself is the document of a report that is written as it is.
func itself[T any](v T) any { return v }

// Names are the names of the formats.
func (f Formats[T]) Names() []string {
	return each(f.writers, func(w writer[T]) string { return w.format })
}

// Render writes v in a format, by name. A format that isn't there is an error with all that are.
func (f Formats[T]) Render(w io.Writer, name string, v T, o Options) error {
	at := slices.Index(f.Names(), name)
	if at < 0 {
		return fmt.Errorf("no format %q; there are %s", name, strings.Join(f.Names(), ", "))
	}
	if err := f.writers[at].write(w, v, o); err != nil {
		return fmt.Errorf("writing the %s as %s: %w", f.what, name, err)
	}
	return nil
}
