package report

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/internal/lazyregexp"
	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/internal/pyjson"
)

// reportCSV writes a row for each changed crash, in the columns of socorro-cmd signature --format csv, or a row
// for each group, as Options.By says.
// By crash it fails for a report that doesn't hold every changed crash: see NeedsChanged.
func reportCSV(w io.Writer, r *Report, o Options) error {
	if o.By == ByGroup {
		return groupsCSV(w, r, o)
	}
	if err := needChanged(r); err != nil {
		return err
	}
	return crashesCSV(w, r, o)
}

var (
	crashesCSV = inCSV([]string{"crashid", "old", "new", "same?", "notes"}, func(r *Report, row func(...string)) {
		for _, g := range r.Groups {
			for _, c := range g.Changed {
				row(c.ID, g.Base, g.Candidate, "False", pyjson.NotesList(c.Notes))
			}
		}
	})
	groupsCSV = inCSV([]string{"base", "candidate", "crashes", "kind", "rule_changes", "next_frames", "causes", "examples"}, func(r *Report, row func(...string)) {
		for _, g := range r.Groups {
			// One a line in their field, since any other separator may be part of a list line.
			causes := each(g.Causes, func(c compare.CountedCause) string { return string(c.Kind) + " " + lineText(c.Line) })
			row(g.Base, g.Candidate, strconv.Itoa(g.Crashes), string(g.Kind), strings.Join(g.RuleChanges, ", "),
				strconv.Itoa(g.NextFrames), strings.Join(causes, "\n"), strings.Join(g.Examples, " "))
		}
	})
)

// CSVRow writes a row of CSV, every field quoted, and protected from spreadsheets.
func CSVRow(w io.Writer, fields ...string) error { return writeCSVRow(w, each(fields, protectCSV)...) }

// writeCSVRow writes a row with every field quoted, as Python's csv module does under QUOTE_ALL;
// encoding/csv quotes only what needs it. It protects nothing from spreadsheets.
func writeCSVRow(w io.Writer, fields ...string) error {
	var b strings.Builder
	for i, field := range fields {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('"')
		b.WriteString(strings.ReplaceAll(field, `"`, `""`))
		b.WriteByte('"')
	}
	// As Python's csv ends lines, on every system.
	b.WriteString("\r\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// formula is a field that a spreadsheet may take for a formula, or one that looks like such a field
// protected; corpora reads the same. Unsymbolized frames, such as @0x1f, start signatures that do.
var formula = lazyregexp.New(`^'*[=+\-@＝＋－＠\t\r\n]`)

// protectCSV puts an apostrophe in front of a field that a spreadsheet would take for a formula: one that
// starts with = + - @, in full width too, a tab, a carriage return or a line feed. A field that starts so after
// apostrophes of its own gets one more, so that every field can be given back.
func protectCSV(field string) string {
	if formula().MatchString(field) {
		return "'" + field
	}
	return field
}

// reportIDs writes the ids of the changed crashes, sorted, one a line: those that have to be processed again
// when the candidate lands.
// An empty file is a list of none.
func reportIDs(w io.Writer, r *Report, _ Options) error {
	if err := needChanged(r); err != nil {
		return err
	}
	var ids []string
	for _, g := range r.Groups {
		for _, c := range g.Changed {
			ids = append(ids, c.ID)
		}
	}
	slices.Sort(ids)
	if len(ids) == 0 {
		return nil
	}
	_, err := io.WriteString(w, strings.Join(ids, "\n")+"\n")
	return err
}

// needChanged fails for a report that doesn't hold every changed crash; a list of them would be short
// without saying so.
func needChanged(r *Report) error {
	held := 0
	for _, g := range r.Groups {
		held += len(g.Changed)
	}
	if held != r.Totals.Changed {
		return fmt.Errorf("the report holds %s of %s", plural.Number(held), plural.Of(r.Totals.Changed, "changed crash", "changed crashes"))
	}
	return nil
}
