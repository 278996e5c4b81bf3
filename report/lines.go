package report

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/lines"
	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/siglists"
)

// Lines is what each line of siglists does to crashes.
// A line that decides nothing may still be needed: it may be for crashes that these are not of. So nothing here calls a
// line useless.
type Lines struct {
	Siglists Side
	Corpus   Corpus
	Notes    []Note
	Set      *siglists.Set
	*lines.Measured
	// Origins are the commits that the lines came with, those that are known, by lines without a number: that moves when
	// lines above are added.
	Origins map[siglists.Line]Commit
}

// LinesFormats are the formats of measured lines.
func LinesFormats() Formats[*Lines] {
	return Formats[*Lines]{"lines", []writer[*Lines]{
		{"text", inText(linesText)}, {"csv", linesCSV}, {"json", inJSON(linesJSON)}, {"markdown", inMarkdown(linesMarkdown)},
	}}
}

// unable says which crashes were not looked at; empty when all were.
func (l *Lines) unable() string {
	return notAll(l.Crashes, "looked at", len(l.Missing), len(l.Failures))
}

// title sums the lines up.
// Each line counts once: one that decides also matches frames.
func (l *Lines) title() string {
	n := len(l.Measured.Lines)
	decide := CountOf(l.Measured.Lines, func(line lines.Line) bool { return line.Decides.Crashes > 0 })
	// Such a line is the first to look at: it matches, and another line makes it idle.
	hold := CountOf(l.Measured.Lines, func(line lines.Line) bool { return line.Decides.Crashes == 0 && line.Holds.Crashes > 0 })
	return fmt.Sprintf("%s over %s: %s signatures, %s frames without deciding alone, %s no frame", plural.Of(n, "line", "lines"), plural.Crashes(l.All.Crashes),
		plural.Of(decide, "decides", "decide"), plural.Of(hold, "matches", "match"), plural.Of(n-decide-hold, "matches", "match"))
}

// Bug is the number of the bug that the commit's subject names; empty where it names none.
// A subject may name several: the first is most often what the commit is for.
func (c Commit) Bug() string {
	// numbers finds pull requests, too, of which the bug's group is empty.
	for _, found := range numbers().FindAllStringSubmatch(c.Subject, -1) {
		if found[1] != "" {
			return found[1]
		}
	}
	return ""
}

// origin is the commit that a line came with.
func (l *Lines) origin(line siglists.Line) (Commit, bool) {
	c, known := l.Origins[siglists.Line{List: line.List, Text: line.Text}]
	return c, known
}

// counted are counts as text, the largest first: at most some of them, or all for 0.
func counted(counts map[string]int, most int, separator string, number func(int) string) string {
	// Names break ties, since a map has no order.
	names := slices.SortedFunc(maps.Keys(counts), func(a, b string) int { return cmp.Or(counts[b]-counts[a], cmp.Compare(a, b)) })
	shown, more := Limited(names, most)
	texts := each(shown, func(name string) string { return name + " " + number(counts[name]) })
	if more > 0 {
		texts = append(texts, "...")
	}
	return strings.Join(texts, separator)
}

type jsonMeasuredLine struct {
	jsonPlace
	Frames  int         `json:"frames"` // distinct ones that it matches
	Holds   jsonCounts  `json:"holds"`
	Decides jsonCounts  `json:"decides"`
	Only    bool        `json:"only"`   // without it, the list would match every frame
	Others  []jsonOther `json:"others"` // that match some of the same frames
	Commit  *Commit     `json:"commit"` // that it came with; null where that isn't known
	Bug     string      `json:"bug,omitempty"`
}

type jsonCounts struct {
	Crashes int     `json:"crashes"` // those of Counts, in front of the share
	Share   float64 `json:"share"`   // of the crashes that were looked at
	lines.Counts
}

// Shares are of the crashes that were looked at, not of all of the corpus: of the others nothing is known.
func newJSONCounts(t, all lines.Counts) jsonCounts {
	return jsonCounts{t.Crashes, float64(t.Crashes) / float64(max(1, all.Crashes)), t}
}

// linesJSON writes measured lines for programs. It leaves nothing out.
func linesJSON(l *Lines) any {
	return struct {
		Siglists Side                  `json:"siglists"`
		Corpus   Corpus                `json:"corpus"`
		Notes    []string              `json:"notes"`
		All      jsonCounts            `json:"all"`
		Lines    []jsonMeasuredLine    `json:"lines"`
		Missing  List[string]          `json:"missing"`
		Failures List[compare.Failure] `json:"failures"`
	}{l.Siglists, l.Corpus, texts(l.Notes), newJSONCounts(l.All, l.All), each(l.Measured.Lines, l.jsonLine), l.Missing, l.Failures}
}

func (l *Lines) jsonLine(line lines.Line) jsonMeasuredLine {
	one := jsonMeasuredLine{
		jsonPlace: jsonPlace(line.Line), Frames: line.Frames, Only: line.Only,
		Others: each(line.Others, func(o lines.Other) jsonOther { return jsonOther{jsonPlace(o.Line), o.Frames} }),
		Holds:  newJSONCounts(line.Holds, l.All), Decides: newJSONCounts(line.Decides, l.All),
	}
	if c, known := l.origin(line.Line); known {
		one.Commit, one.Bug = &c, c.Bug()
	}
	return one
}

// linesCSV writes a row for each line. Several values of a field are one a line in it.
var linesCSV = inCSV([]string{
	"list", "line", "text", "frames", "holds", "holds_first", "holds_last", "decides", "decides_first", "decides_last",
	"decides_products", "decides_platforms", "decides_channels", "only", "others", "date", "bug", "revision",
}, func(l *Lines, row func(...string)) {
	for _, line := range l.Measured.Lines {
		others := each(line.Others, func(o lines.Other) string { return fmt.Sprintf("%s (%d)", lineText(o.Line), o.Frames) })
		c, _ := l.origin(line.Line)
		h, d := line.Holds, line.Decides
		row(string(line.List), strconv.Itoa(line.Number), line.Text, strconv.Itoa(line.Frames), strconv.Itoa(h.Crashes), h.First, h.Last,
			strconv.Itoa(d.Crashes), d.First, d.Last, counted(d.Products, 0, "\n", strconv.Itoa), counted(d.Platforms, 0, "\n", strconv.Itoa), counted(d.Channels, 0, "\n", strconv.Itoa),
			fmt.Sprint(line.Only), strings.Join(others, "\n"), day(c.Date), c.Bug(), c.Revision)
	}
})

// How much of a line's products, platforms and channels, and of the lines that share its frames, people are shown.
const (
	shownCounts = 3
	shownOthers = 2
)

var linesTable = []string{">Holds", ">Decides", ">Share", "First", "Last", "Added", "Bug", "Line"}

// linesText writes a table for each list, for a terminal.
// It shows every line, since that no crash has one is a result. Markdown, which must be short, counts those.
func linesText(t *Text, l *Lines) {
	t.linesHead(l)
	for _, name := range siglists.Names() {
		var rows []row
		for _, line := range l.Measured.Lines {
			if line.List != name {
				continue
			}
			text := Visible(strconv.Itoa(line.Number) + ": " + line.Text)
			for _, detail := range l.details(line) {
				text += "\n  " + Visible(detail.String())
			}
			rows = append(rows, row{append(l.figures(line), text), lineStyle(line)})
		}
		t.heading("%s", name.File())
		t.table(linesTable, rows)
	}
}

// linesHead writes what stands above the lines.
// Notes come first: figures of lists that can't be honoured in full are read with that in mind.
func (t *Text) linesHead(l *Lines) {
	t.notes(l.Notes)
	t.unable(l.unable(), l.Failures, l.Missing)
	t.phrase(heading, 0, say(l.title()))
	t.field("siglists   ", sideText(l.Siglists))
	t.field("corpus     ", corpusText(l.Corpus))
}

// figures are what is said of a line in front of it.
func (l *Lines) figures(line lines.Line) []string {
	c, _ := l.origin(line.Line)
	// A share of 0 would only be noise in the many lines that decide nothing.
	share := ""
	if line.Decides.Crashes > 0 {
		share = percent(line.Decides.Crashes, l.All.Crashes)
	}
	return []string{
		plural.Number(line.Holds.Crashes), plural.Number(line.Decides.Crashes), share, line.Holds.First, line.Holds.Last, Visible(day(c.Date)), c.Bug(),
	}
}

// lineStyle marks what to look at: lines that are held and decide nothing.
func lineStyle(line lines.Line) style {
	switch {
	case line.Decides.Crashes > 0:
		return plain
	case line.Holds.Crashes > 0:
		return caution
	}
	return faint
}

// details say where the crashes are from that a line decides, and which lines share its frames.
func (l *Lines) details(line lines.Line) []Phrase {
	var details []Phrase
	// An empty list matches every frame, so that leaving the line out says less of it than of others.
	if line.Only {
		details = append(details, Sentence("the only line of its list, which would match every frame without it"))
	}
	if d := line.Decides; d.Crashes > 0 {
		var parts []string
		for _, counts := range []map[string]int{d.Products, d.Platforms, d.Channels} {
			if len(counts) > 0 {
				parts = append(parts, counted(counts, shownCounts, ", ", plural.Number[int]))
			}
		}
		if len(parts) > 0 {
			details = append(details, Sentence("%s", strings.Join(parts, "; ")))
		}
	}
	// A line that matches all its frames is a reason why it decides nothing; one that matches some is only a hint.
	others, more := Limited(line.Others, shownOthers)
	for _, o := range others {
		how := fmt.Sprintf("%s of its %s", plural.Number(o.Frames), plural.Of(line.Frames, "frame", "frames"))
		if o.Frames == line.Frames {
			how = "all its frames"
		}
		details = append(details, say(how+" also match ", lineText(o.Line)))
	}
	if more > 0 {
		details = append(details, say("shares frames with "+plural.Of(more, "more line", "more lines")))
	}
	return details
}

// linesMarkdown writes the lines for a pull request or a bug, each list folded.
func linesMarkdown(m *markdownWriter, l *Lines) {
	m.line("## %s\n", l.title())
	m.notes(l.Notes)
	m.alert(l.unable())
	m.line("- siglists: %s", mdCode(shortened(sideText(l.Siglists), maxShown)))
	m.line("- corpus: %s", mdCode(shortened(corpusText(l.Corpus), maxShown)))
	for _, name := range siglists.Names() {
		m.linesOf(l, name)
	}
}

// linesOf writes the lines of a list that match a frame, and counts the others.
func (m *markdownWriter) linesOf(l *Lines, name siglists.Name) {
	var rows []string
	idle := 0
	for _, line := range l.Measured.Lines {
		switch {
		case line.List != name:
		// Hundreds of lines match nothing in a usual corpus, and would leave no room for those that do.
		case line.Holds.Crashes+line.Decides.Crashes == 0:
			idle++
		default:
			rows = append(rows, l.mdLine(line))
		}
	}
	m.folded(name.File(), footRoom, func() {
		m.table(slices.Concat(linesTable, []string{""}), rows, len(rows), "line", "lines")
		if idle > 0 {
			m.line("\n%s no frame", plural.Of(idle, "line matches", "lines match"))
		}
	})
}

func (l *Lines) mdLine(line lines.Line) string {
	return mdRow(append(l.figures(line), mdCell(strconv.Itoa(line.Number)+": "+line.Text), mdDetails(l.details(line)))...)
}

// AnnotatedLines writes the files of the lists, with the figures in front of their lines.
// Comments and empty lines are printed, too, with no figures.
func AnnotatedLines(w io.Writer, l *Lines, o Options) error {
	t := NewText(w, o)
	t.linesHead(l)
	for _, name := range siglists.Names() {
		t.heading("%s", name.File())
		t.line("%s", annotation(each(linesTable[:7], headingText), "Line"))
		for i, text := range strings.Split(strings.TrimSuffix(string(l.Set.List(name).Source), "\n"), "\n") {
			// What is no line of the list, and a line that no crash has, look the same: neither does anything here.
			figures, s := make([]string, 7), faint
			is := func(line lines.Line) bool { return line.List == name && line.Number == i+1 }
			if at := slices.IndexFunc(l.Measured.Lines, is); at >= 0 {
				figures, s = l.figures(l.Measured.Lines[at]), lineStyle(l.Measured.Lines[at])
			}
			t.line("%s", t.paint(s, strings.TrimRight(annotation(figures, text), " \r")))
		}
	}
	return t.err
}

func annotation(f []string, text string) string {
	return fmt.Sprintf("%6s %7s %10s  %-10s  %-10s  %-10s  %-7s | %s", f[0], f[1], f[2], f[3], f[4], f[5], f[6], text)
}
