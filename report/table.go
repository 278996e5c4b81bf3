package report

import (
	"iter"
	"slices"
	"strings"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/internal/plural"
)

// report writes the report for a terminal: what could not be compared, the totals, what the changed
// lines do, the groups of changed signatures, and the signatures whose counts differ. Signatures that fit
// stay in one piece, so that they can be copied from any terminal; the others are broken between their components.
// Its order is that of a reader: what the figures don't speak of, the figures, what to look at first, and then
// details.
func (t *Text) report(r *Report) {
	out := newOutline(r)
	t.notes(out.Notes)
	// Before the figures, which are not of these crashes.
	t.unable(r.Unable(), r.Failures, r.Missing)
	t.phrase(heading, 0, say(r.Headline()))
	t.concerns(out)
	if out.Stale != "" {
		t.phrase(plain, 0, say(out.Stale))
	}
	t.facts(out)
	t.line("")
	t.side("base       ", r.Base)
	t.side("candidate  ", r.Candidate)
	t.field("corpus     ", corpusText(r.Corpus))
	t.expect(r.Expect)
	t.patterns(r.Facts)
	t.groups(out.Groups)
	t.verdicts(out.Verdicts)
	t.scoreboard(out.Facts.Scores)
	t.topCrashers(out.Facts.TopCrashers)
	t.signatures(out.Signatures)
	t.bugs(r.Bugs)
}

// notes says what a reader must know before the figures.
func (t *Text) notes(notes []Note) {
	for _, n := range notes {
		t.phrase(noteStyles[n.Unknown], 0, say(n.Text.String())) // wrapped anywhere
	}
}

var noteStyles = map[bool]style{true: alarm, false: caution}

// maxFailures is how many of the crashes that could not be compared are named.
const maxFailures = 5

// unable says how many crashes something could not be done with, and names the first of them. A few are enough to see what
// went wrong: most often it is the same with all.
func (t *Text) unable(text string, failures []compare.Failure, missing []string) {
	t.alert(text)
	shown, moreFailures := Limited(failures, maxFailures)
	for _, f := range shown {
		t.line("  failed   %s: %s", f.ID, f.Err)
	}
	ids, moreMissing := Limited(missing, maxFailures)
	for _, id := range ids {
		t.line("  missing  %s", id)
	}
	if more := moreFailures + moreMissing; more > 0 {
		t.line("  %s omitted; --format json names all", plural.Number(more))
	}
}

// side writes a side of the comparison, with what else there is to know of it below.
func (t *Text) side(label string, s Side) {
	t.field(label, sideText(s))
	for _, note := range sideNotes(s) {
		t.field(strings.Repeat(" ", len(label)), note)
	}
}

func (t *Text) verdicts(sections []verdictSection) {
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
		// The limit is of each verdict, so that many lines of one leave those of another in sight.
		lines, more := Limited(s.Lines, t.Limit)
		t.table([]string{">Crashes", ">Frames", "Line"}, each(lines, t.verdictRow))
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

// verdictRow may have several lines: details stand below the line, further in.
func (t *Text) verdictRow(l lineOutline) row {
	text := Visible(l.Sign + " " + l.Place + ": " + l.Text)
	for _, detail := range l.Details {
		for i, line := range wrap(detail, t.prose(verdictIndent+4)) {
			text += "\n" + strings.Repeat(" ", 2+2*min(i, 1)) + line
		}
	}
	r := newRow(plural.Number(l.Crashes), plural.Number(l.Frames), text)
	// Green and red say what a line does to signatures: only of a line that does something, and not where something is
	// wrong with it.
	if !l.Concern && l.Kind == compare.Decides {
		r.style = signStyles[l.Sign]
	}
	return r
}

func (t *Text) groups(groups []groupOutline) {
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

// The signatures stand one below the other, so that the eye finds what differs.
func (t *Text) group(g groupOutline) {
	t.line("")
	size, kind, collateral := plural.Crashes(g.Crashes), string(g.Kind), ""
	if g.Collateral {
		collateral = "  collateral: holds no expected crash"
	}
	if t.fits(columnsOf(size + " " + kind + "  " + g.Meaning + collateral)) {
		t.line("%s %s  %s%s", t.paint(heading, size), kind, t.paint(faint, g.Meaning), t.paint(alarm, collateral))
	} else {
		t.line("%s %s%s", t.paint(heading, size), kind, t.paint(alarm, collateral))
		t.phrase(faint, 2, say(g.Meaning))
	}
	t.pair("", g.Base, g.Candidate)
	for _, p := range g.about() {
		t.phrase(plain, 2, p)
	}
	if len(g.Examples) > 0 {
		t.phrase(faint, 2, say("e.g. "+strings.Join(g.Examples, " ")))
	}
}

// signatures are a table where all of them fit, else each stands below its counts.
func (t *Text) signatures(signatures []compare.SignatureCount) {
	if len(signatures) == 0 {
		return
	}
	t.heading("Crashes per signature, before and after")
	shown, more := Limited(signatures, t.Limit)
	// A table in which one signature goes on below would hide which counts are whose.
	head := []string{">Base", ">Candidate", ">Change", "Signature"}
	rows := each(shown, func(s compare.SignatureCount) row {
		return newRow(plural.Number(s.Base), plural.Number(s.Candidate), plural.Signed(s.Candidate-s.Base), Visible(signatureText(s.Signature)))
	})
	if t.fits(tableWidth(head, rows)) {
		t.table(head, rows)
	} else {
		for i, r := range rows {
			t.line("%s -> %s  (%s)", r.cells[0], r.cells[1], r.cells[2])
			t.signature("  ", "", plain, shown[i].Signature)
		}
	}
	t.omitted(more, "signature", "signatures")
}

// some are the elements of a list up to the limit, after which is written how many are left out.
func some[T any](t *Text, list []T, one, many string) iter.Seq[T] {
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
func section[T any](t *Text, title string, list []T, one, many string) iter.Seq[T] {
	if len(list) > 0 {
		t.heading("%s: %s", title, plural.Of(len(list), one, many))
	}
	return some(t, list, one, many)
}

func (t *Text) omitted(n int, one, many string) {
	if n > 0 {
		t.line("%s; --limit 0 shows all", omittedText(n, one, many))
	}
}

// row is a row of a table. Its cells are safe for terminals already, and may have several lines. The first of the last cell is
// painted.
type row struct {
	cells []string
	style style
}

func newRow(cells ...string) row { return row{cells: cells} }

// table draws a table without borders, and without spaces at the ends of its lines. Headings with a > in front are of
// columns that stand at the right, as numbers do. Where the table does not fit the terminal, text in the last cells goes on below, or
// stands below its row where there is little room; the words of a heading stand below each other. Without rows it is nothing.
func (t *Text) table(head []string, rows []row) {
	if len(rows) == 0 {
		return
	}
	last := len(head) - 1
	drawn := head // but for the last column, where that stands below
	// A table of numbers alone is made narrower by its headings; one with text in its last column by that text.
	switch narrow := !t.fits(tableWidth(head, rows)); {
	case narrow && isRight(head[last]):
		drawn = each(head, func(text string) string { return strings.ReplaceAll(text, " ", "\n") })
		if !t.fits(tableWidth(drawn, rows)) {
			t.sentences(head, rows)
			return
		}
	case narrow && !t.fits(tableWidth(head[:last], rows)+leastText):
		drawn = head[:last]
	case narrow:
		rows = hung(rows, t.Width-tableWidth(head[:last], rows)-2)
	}
	lines := t.drawn(drawn, rows)
	take := func(cells []string) (taken []string) {
		n := min(height(cells[:len(drawn)]), len(lines)) // there are none once writing has failed
		taken, lines = lines[:n], lines[n:]
		return taken
	}
	t.lines(take(drawn))
	for _, r := range rows {
		own := take(r.cells)
		if len(drawn) < len(head) {
			t.lines(own)
			t.below(r.cells[last], r.style)
			continue
		}
		// Paint comes last, since tablewriter pads cells inside of their colours.
		if text, _, _ := strings.Cut(r.cells[last], "\n"); len(own) > 0 {
			text = strings.TrimRight(text, " ")
			own[0] = strings.TrimSuffix(own[0], text) + string(t.paint(r.style, text))
		}
		t.lines(own)
	}
}

// sentences are a table of numbers that no headings make narrow enough: each row says what its numbers are.
func (t *Text) sentences(head []string, rows []row) {
	for _, r := range rows {
		parts := make([]string, len(head))
		for i, cell := range r.cells {
			parts[i] = headingText(head[i]) + " " + cell
		}
		t.phrase(r.style, 2, say(strings.Join(parts, ", ")))
	}
}

// drawn are the lines of a table, which may have fewer columns than its rows have cells.
func (t *Text) drawn(head []string, rows []row) (lines []string) {
	if t.err == nil {
		lines, t.err = drawTable(head, rows)
	}
	return lines
}

// lines writes lines that are safe for terminals already.
func (t *Text) lines(lines []string) {
	for _, line := range lines {
		t.line("%s", safe(line))
	}
}

// height is how many lines a row takes.
func height(cells []string) int {
	high := 0
	for _, cell := range cells {
		high = max(high, strings.Count(cell, "\n"))
	}
	return 1 + high
}

// isRight tells whether the cells below a heading stand at the right; headingText is what is shown of it.
func isRight(heading string) bool { return strings.HasPrefix(heading, ">") }

func headingText(heading string) string { return strings.TrimPrefix(heading, ">") }

// tableWidth is how many columns of a terminal a table takes: its own are two spaces apart, and as wide as their widest line.
func tableWidth(head []string, rows []row) int {
	sum := 2 * (len(head) - 1)
	for i := range head {
		widest := 0
		for _, r := range append([]row{newRow(each(head, headingText)...)}, rows...) {
			for line := range strings.SplitSeq(r.cells[i], "\n") {
				widest = max(widest, columnsOf(line))
			}
		}
		sum += widest
	}
	return sum
}

// below writes the last cell of a row below it.
func (t *Text) below(cell string, s style) {
	for text := range strings.SplitSeq(cell, "\n") {
		words := strings.TrimLeft(text, " ")
		t.phrase(s, 2+len(text)-len(words), say(words))
		s = plain
	}
}

// leastText is how many columns text at the end of a row needs, so as not to be torn to pieces.
// Less would be two or three words a line, below a wide gap.
const leastText = 50

// hung are rows whose last cells take at most so many columns. What does not fit goes on below, further in.
// Indents of the cell's own lines stay.
func hung(rows []row, room int) []row {
	rows = slices.Clone(rows)
	for i, r := range rows {
		last := len(r.cells) - 1
		var lines []string
		for line := range strings.SplitSeq(r.cells[last], "\n") {
			text := strings.TrimLeft(line, " ")
			indent := line[:len(line)-len(text)]
			for j, part := range wrap(say(text), room-len(indent)-len(hang)) {
				lines = append(lines, indent+strings.Repeat(hang, min(j, 1))+part)
			}
		}
		rows[i].cells = append(slices.Clone(r.cells[:last]), strings.Join(lines, "\n"))
	}
	return rows
}

// expect says how the expectations fared: those missed, with what was expected, given, and why.
func (t *Text) expect(x *Expectations) {
	if x == nil {
		return
	}
	t.line("")
	t.phrase(heading, 0, say(x.Summary()))
	// Those that were met are only counted: nobody has to look at them.
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
