package report

import (
	"bytes"
	"iter"
	"slices"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/internal/plural"
)

// report writes the report for a terminal: what could not be compared, the totals, what the changed
// lines do, the groups of changed signatures, and the signatures whose counts differ. Signatures that fit
// stay in one piece, so that they can be copied from any terminal; the others are broken between their components.
// Its order is that of a reader: what the figures don't speak of, the figures, what to look at first, and then
// details.
func (t *textWriter) report(r *Report) {
	out := newOutline(r, concernLimit(t.Options))
	t.notes(out.Notes)
	t.alert(out.NotCompared)
	if more := t.left(r.Failures, r.Missing); more > 0 {
		t.line("  %s omitted; --format json names all", plural.Number(more))
	}
	t.phrase(heading, 0, say(out.Totals))
	t.concerns(out.Concerns)
	if out.Stale != "" {
		t.phrase(plain, 0, say(out.Stale))
	}
	t.facts(out)
	t.line("")
	t.side("base       ", r.Base)
	t.side("candidate  ", r.Candidate)
	t.field("corpus     ", out.Corpus)
	t.expect(r.Expect)
	t.patterns(out.Facts)
	t.groups(out.Groups)
	t.verdicts(out.Verdicts)
	t.scoreboard(out.Facts.Scores)
	t.topCrashers(out.Facts.TopCrashers)
	t.signatures(out.Signatures)
	t.bugs(r.Bugs)
}

// notes says what a reader must know before the figures.
func (t *textWriter) notes(notes []Note) {
	for _, n := range notes {
		t.phrase(noteStyles[n.Unknown], 0, say(n.Text.String())) // wrapped anywhere
	}
}

var noteStyles = map[bool]style{true: alarm, false: caution}

// maxFailures is how many of the crashes that could not be compared are named.
const maxFailures = 5

// left names the first of the crashes that something could not be done with, and tells how many more there are.
func (t *textWriter) left(failures []compare.Failure, missing []string) (more int) {
	shown, moreFailures := Limited(failures, maxFailures)
	for _, f := range shown {
		t.line("  failed   %s: %s", f.ID, f.Err)
	}
	ids, moreMissing := Limited(missing, maxFailures)
	for _, id := range ids {
		t.line("  missing  %s", id)
	}
	return moreFailures + moreMissing
}

// side writes a side of the comparison, with what else there is to know of it below.
func (t *textWriter) side(label string, s Side) {
	t.field(label, sideText(s))
	for _, note := range sideNotes(s) {
		t.field(strings.Repeat(" ", len(label)), note)
	}
}

func (t *textWriter) verdicts(sections []verdictSection) {
	if len(sections) == 0 {
		return
	}
	t.line("")
	t.phrase(heading, 0, say("Changed lines: "+verdictCounts(sections)))
	for _, s := range sections {
		t.line("")
		t.line("%s", t.paint(s.style, verdictName(s.Kind)))
		t.phrase(faint, 2, say(s.Meaning))
		if len(s.Removed) > 0 {
			t.phrase(plain, 2, removedText(s.Removed))
		}
		if len(s.Lines) == 0 {
			continue
		}
		lines, more := Limited(s.Lines, t.Limit)
		rows, styles := make([][]string, len(lines)), make([]style, len(lines))
		for i, l := range lines {
			rows[i] = []string{plural.Number(l.Crashes), plural.Number(l.Frames), t.lineCell(l)}
			if styles[i] = plain; !l.Concern && s.Kind == compare.Decides {
				styles[i] = signStyles[l.Sign]
			}
		}
		t.table([]string{"Crashes", "Frames", "Line"}, rows, styles, tw.AlignRight, tw.AlignRight, tw.AlignLeft)
		t.omitted(more, "line", "lines")
		if s.Hint != nil {
			t.phrase(faint, 2, s.Hint)
		}
	}
}

// verdictCounts says "decides" or "decide": the one verdict that changes with the number.
func verdictCounts(sections []verdictSection) string {
	var counts []string
	for _, s := range sections {
		if s.Kind != compare.Decides {
			counts = append(counts, plural.Number(s.Count())+" "+verdictName(s.Kind))
		} else {
			counts = append(counts, plural.Of(s.Count(), "decides", "decide"))
		}
	}
	return strings.Join(counts, ", ")
}

// verdictIndent is how many columns stand in front of the lines of a verdict table.
const verdictIndent = len("Crashes  Frames  ")

var signStyles = map[string]style{"+": insert, "-": removal}

// lineCell may have several lines: details stand below the line, further in.
func (t *textWriter) lineCell(l lineOutline) string {
	rows := []string{Visible(l.Sign + " " + l.Place + ": " + l.Text)}
	for _, detail := range l.Details {
		for i, line := range wrap(detail, t.prose(verdictIndent+4)) {
			rows = append(rows, strings.Repeat(" ", 2+2*min(i, 1))+line)
		}
	}
	return strings.Join(rows, "\n")
}

func (t *textWriter) groups(groups []groupOutline) {
	if len(groups) == 0 {
		return
	}
	t.heading("Changed signatures: %s", plural.Of(len(groups), "group", "groups"))
	shown, more := Limited(groups, t.Limit)
	for _, g := range shown {
		t.group(g)
	}
	if more > 0 {
		t.line("")
		t.omitted(more, "group", "groups")
	}
}

func (t *textWriter) group(g groupOutline) {
	t.line("")
	var collateral safe
	if g.Collateral {
		collateral = t.paint(alarm, "  collateral: holds no expected crash")
	}
	t.line("%s %s  %s%s", t.paint(heading, plural.Crashes(g.Crashes)), string(g.Kind), t.paint(faint, g.Meaning), collateral)
	t.pair("", g.Base, g.Candidate)
	for _, p := range g.about() {
		t.phrase(plain, 2, p)
	}
	if len(g.Examples) > 0 {
		t.phrase(faint, 2, say("e.g. "+strings.Join(g.Examples, " ")))
	}
}

// countColumns is how many columns the counts of a signature take.
const countColumns = len("  Base  Candidate  Change  ")

// signatures are a table where all of them fit, else each stands below its counts.
func (t *textWriter) signatures(signatures []compare.SignatureCount) {
	if len(signatures) == 0 {
		return
	}
	t.heading("Crashes per signature, before and after")
	shown, more := Limited(signatures, t.Limit)
	longest := 0
	rows := make([][]string, len(shown))
	for i, s := range shown {
		text := Visible(signatureText(s.Signature))
		longest = max(longest, columnsOf(text))
		rows[i] = []string{plural.Number(s.Base), plural.Number(s.Candidate), plural.Signed(s.Candidate - s.Base), text}
	}
	if t.fits(countColumns + longest) {
		t.table([]string{"Base", "Candidate", "Change", "Signature"}, rows, nil, tw.AlignRight, tw.AlignRight, tw.AlignRight, tw.AlignLeft)
	} else {
		for i, row := range rows {
			t.line("%s -> %s  (%s)", row[0], row[1], row[2])
			t.signature("  ", "", plain, shown[i].Signature)
		}
	}
	t.omitted(more, "signature", "signatures")
}

// some are the elements of a list up to the limit, after which is written how many are left out.
func some[T any](t *textWriter, list []T, one, many string) iter.Seq[T] {
	return func(yield func(T) bool) {
		shown, more := Limited(list, t.Limit)
		for _, x := range shown {
			if !yield(x) {
				return
			}
		}
		t.omitted(more, one, many)
	}
}

// section is some under a heading that counts all of them; nothing is written where there are none.
func section[T any](t *textWriter, title string, list []T, one, many string) iter.Seq[T] {
	if len(list) > 0 {
		t.heading("%s: %s", title, plural.Of(len(list), one, many))
	}
	return some(t, list, one, many)
}

func (t *textWriter) omitted(n int, one, many string) {
	if n > 0 {
		t.line("%s; --limit 0 shows all", omittedText(n, one, many))
	}
}

// table draws a table without borders, and without spaces at the ends of its lines. Its cells are safe for
// terminals already. The first line of each row's last cell is painted, if there are styles: afterwards,
// since tablewriter pads cells inside of their colours. Where the table does not fit the terminal, text in the last cells
// goes on below, or stands below its row where there is little room; the words of a header stand below each other.
func (t *textWriter) table(header []string, rows [][]string, styles []style, align ...tw.Align) {
	last := len(header) - 1
	// A table of numbers alone is made narrower by its header; one with text in its last column by that text.
	switch narrow := !t.fits(tableWidth(header, rows)); {
	case narrow && align[last] != tw.AlignLeft:
		header = stacked(header)
	case narrow && !t.fits(tableWidth(header[:last], rows)+leastText):
		t.tableBelow(header[:last], rows, styles, align[:last])
		return
	case narrow:
		rows = hung(rows, t.Width-tableWidth(header[:last], rows)-2)
	}
	lines, next := t.drawn(header, rows, align), height(header)
	for i := range min(len(styles), len(rows)) {
		if text, _, _ := strings.Cut(rows[i][last], "\n"); next < len(lines) {
			before, _ := strings.CutSuffix(lines[next], text)
			lines[next] = before + string(t.paint(styles[i], lines[next][len(before):]))
		}
		next += height(rows[i])
	}
	for _, line := range lines {
		t.line("%s", safe(line))
	}
}

// height is how many lines a row takes.
func height(row []string) int {
	high := 0
	for _, cell := range row {
		high = max(high, strings.Count(cell, "\n"))
	}
	return 1 + high
}

// leastText is how many columns text at the end of a row needs, so as not to be torn to pieces.
const leastText = 50

// stacked is a header whose words stand below each other.
func stacked(header []string) []string {
	header = slices.Clone(header)
	for i, text := range header {
		header[i] = strings.ReplaceAll(text, " ", "\n")
	}
	return header
}

// hung are rows whose last cells take at most so many columns. What does not fit goes on below, further in.
// Indents of the cell's own lines stay.
func hung(rows [][]string, room int) [][]string {
	rows = slices.Clone(rows)
	for i, row := range rows {
		last := len(row) - 1
		var lines []string
		for line := range strings.SplitSeq(row[last], "\n") {
			text := strings.TrimLeft(line, " ")
			indent := line[:len(line)-len(text)]
			for j, part := range wrap(say(text), room-len(indent)-len(hang)) {
				lines = append(lines, indent+strings.Repeat(hang, min(j, 1))+part)
			}
		}
		rows[i] = append(slices.Clone(row[:last]), strings.Join(lines, "\n"))
	}
	return rows
}

// tableBelow draws a table of all but the last cells, each of which stands below its row.
func (t *textWriter) tableBelow(header []string, rows [][]string, styles []style, align []tw.Align) {
	short := make([][]string, len(rows))
	for i, row := range rows {
		short[i] = row[:len(header)]
	}
	for i, line := range t.drawn(header, short, align) {
		t.line("%s", safe(line))
		if i == 0 { // the header
			continue
		}
		s := plain
		if i-1 < len(styles) {
			s = styles[i-1]
		}
		for text := range strings.SplitSeq(rows[i-1][len(header)], "\n") {
			words := strings.TrimLeft(text, " ")
			t.phrase(s, 2+len(text)-len(words), say(words))
			s = plain
		}
	}
}

// drawn are the lines of a table.
// It draws into memory, since what comes out is painted and cut before it is written.
func (t *textWriter) drawn(header []string, rows [][]string, align []tw.Align) []string {
	if t.err != nil {
		return nil
	}
	var drawn bytes.Buffer
	table := tablewriter.NewTable(&drawn, tablewriter.WithRenderer(borderless()), tablewriter.WithConfig(asIs(align)))
	table.Header(header)
	if t.err = table.Bulk(rows); t.err == nil {
		t.err = table.Render()
	}
	var lines []string
	for line := range strings.Lines(drawn.String()) {
		lines = append(lines, strings.TrimRight(strings.TrimPrefix(line, " "), " \n"))
	}
	return lines
}

func borderless() tw.Renderer {
	off := tw.Settings{Separators: tw.Separators{BetweenColumns: tw.Off, BetweenRows: tw.Off}, Lines: tw.Lines{ShowHeaderLine: tw.Off}}
	return renderer.NewBlueprint(tw.Rendition{Borders: tw.BorderNone, Settings: off})
}

// asIs keeps tablewriter from changing what is in the cells.
func asIs(align []tw.Align) tablewriter.Config {
	cell := tw.CellConfig{
		Formatting: tw.CellFormatting{AutoFormat: tw.Off, AutoWrap: tw.WrapNone},
		Alignment:  tw.CellAlignment{PerColumn: align},
		Padding:    tw.CellPadding{Global: tw.Padding{Left: " ", Right: " ", Overwrite: true}},
	}
	return tablewriter.Config{Header: cell, Row: cell, Behavior: tw.Behavior{TrimSpace: tw.Off}}
}

// expect says how the expectations fared: those missed, with what was expected, given, and why.
func (t *textWriter) expect(x *Expectations) {
	if x == nil {
		return
	}
	t.line("")
	t.phrase(heading, 0, say(x.Summary()))
	for m := range some(t, x.Missed, "missed expectation", "missed expectations") {
		t.line("%s %s", t.paint(alarm, "missed"), m.ID)
		// They are marked against each other. What was before is only for comparison.
		expected, given := signatureParts(m.Expected, m.Candidate)
		t.parts("  expected  ", "", plain, expected)
		t.parts("  given     ", "", plain, given)
		t.signature("  before    ", "", plain, m.Base)
		for _, why := range m.Why() {
			t.phrase(plain, 2, why)
		}
	}
	for _, f := range x.Absent {
		t.line("  not compared  %s: %s", f.ID, f.Err)
	}
}
