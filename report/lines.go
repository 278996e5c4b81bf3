package report

import (
	"cmp"
	"fmt"
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

// Unknown is what the figures can't speak of since there was nothing to measure with; empty otherwise.
func (l *Lines) Unknown() string {
	if l.All.Crashes == 0 {
		return "no crash was looked at"
	}
	return ""
}

// unable says which crashes were not looked at; empty when all were.
func (l *Lines) unable() string {
	return notAll(l.Crashes, "looked at", l.Missing, l.Failures)
}

// title sums the lines up.
// Each line counts once: one that decides also matches frames.
func (l *Lines) title() string {
	var decide, hold int
	for _, line := range l.Measured.Lines {
		switch {
		case line.Decides.Crashes > 0:
			decide++
		case line.Holds.Crashes > 0:
			hold++
		}
	}
	n := len(l.Measured.Lines)
	return fmt.Sprintf("%s over %s: %s signatures, %s frames without deciding alone, %s no frame", plural.Of(n, "line", "lines"), plural.Crashes(l.All.Crashes),
		plural.Of(decide, "decides", "decide"), plural.Of(hold, "matches", "match"), plural.Of(n-decide-hold, "matches", "match"))
}

// Bug is the number of the bug that the commit's subject names; empty where it names none.
// A subject may name several: the first is most often what the commit is for.
func (c Commit) Bug() string {
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
	names := slices.SortedFunc(maps.Keys(counts), func(a, b string) int { return cmp.Or(counts[b]-counts[a], cmp.Compare(a, b)) })
	shown, more := Limited(names, most)
	texts := each(shown, func(name string) string { return name + " " + number(counts[name]) })
	if more > 0 {
		texts = append(texts, "...")
	}
	return strings.Join(texts, separator)
}

type jsonLines struct {
	Siglists Side               `json:"siglists"`
	Corpus   Corpus             `json:"corpus"`
	Notes    []string           `json:"notes"`
	All      jsonCounts         `json:"all"`
	Lines    []jsonMeasuredLine `json:"lines"`
	Missing  []string           `json:"missing"`
	Failures []compare.Failure  `json:"failures"`
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

func newJSONCounts(t, all lines.Counts) jsonCounts {
	return jsonCounts{t.Crashes, float64(t.Crashes) / float64(max(1, all.Crashes)), t}
}

// linesJSON writes measured lines for programs. It leaves nothing out.
func linesJSON(l *Lines) any {
	return jsonLines{
		Siglists: l.Siglists, Corpus: l.Corpus, Notes: texts(l.Notes), All: newJSONCounts(l.All, l.All),
		Lines: each(l.Measured.Lines, l.jsonLine), Missing: filled(l.Missing), Failures: filled(l.Failures),
	}
}

func (l *Lines) jsonLine(line lines.Line) jsonMeasuredLine {
	one := jsonMeasuredLine{
		jsonPlace: jsonPlace(line.Line), Frames: line.Frames, Only: line.Only,
		Others: each(line.Others, func(o lines.Other) jsonOther { return newJSONOther(o.Line, o.Frames) }),
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
