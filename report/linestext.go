package report

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/sigdiff/sigdiff/engine/lines"
	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/siglists"
)

// How much of a line's products, platforms and channels, and of the lines that share its frames, people are shown.
const (
	shownCounts = 3
	shownOthers = 2
)

// linesText writes a table for each list, for a terminal.
// It shows every line, since that no crash has one is a result. Markdown, which must be short, counts those.
func linesText(t *textWriter, l *Lines) {
	t.linesHead(l)
	for _, name := range siglists.Names() {
		var rows [][]string
		var styles []style
		for _, line := range l.Measured.Lines {
			if line.List != name {
				continue
			}
			text := Visible(strconv.Itoa(line.Number) + ": " + line.Text)
			for _, detail := range l.details(line) {
				text += "\n  " + Visible(detail.String())
			}
			rows = append(rows, append(l.figures(line), text))
			styles = append(styles, lineStyle(line))
		}
		t.heading("%s", name.File())
		t.table([]string{">Holds", ">Decides", ">Share", "First", "Last", "Added", "Bug", "Line"}, rows, styles)
	}
}

// linesHead writes what stands above the lines.
func (t *textWriter) linesHead(l *Lines) {
	t.notes(l.Notes)
	t.alert(l.unable())
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
func (l *Lines) details(line lines.Line) []phrase {
	var details []phrase
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
	m.line("\n<details>\n<summary>%s</summary>\n", name.File())
	m.line("| Holds | Decides | Share | First | Last | Added | Bug | Line | |\n|--:|--:|--:|---|---|---|---|---|---|")
	idle, omitted := 0, 0
	for _, line := range l.Measured.Lines {
		switch {
		case line.List != name:
		case line.Holds.Crashes+line.Decides.Crashes == 0:
			idle++
		case !m.add(l.mdLine(line), footRoom):
			omitted++
		}
	}
	if idle > 0 {
		m.line("\n%s no frame", plural.Of(idle, "line matches", "lines match"))
	}
	m.omitted("\n", omitted, "line", "lines")
	m.line("\n</details>")
}

func (l *Lines) mdLine(line lines.Line) string {
	return fmt.Sprintf("| %s | %s | %s |\n", strings.Join(l.figures(line), " | "), mdCell(strconv.Itoa(line.Number)+": "+line.Text), mdDetails(l.details(line)))
}

// AnnotatedLines writes the files of the lists, with the figures in front of their lines.
// Comments and empty lines are printed, too, with no figures.
func AnnotatedLines(w io.Writer, l *Lines, o Options) error {
	t := newTextWriter(w, o)
	t.linesHead(l)
	for _, name := range siglists.Names() {
		t.heading("%s", name.File())
		t.line("%s", annotation([]string{"Holds", "Decides", "Share", "First", "Last", "Added", "Bug"}, "Line"))
		for i, text := range strings.Split(strings.TrimSuffix(string(l.Set.List(name).Source), "\n"), "\n") {
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
