package report

import (
	"bytes"
	"html"
	"regexp"
	"strings"
	"testing"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/siglists/lint"
)

// readCode reads what mdCode wrote, as CommonMark says that code spans are read (section 6.1): from a run
// of backticks to the next run of equal length, less one space on each side where both are there and not
// all is space.
func readCode(t *testing.T, markdown string) string {
	t.Helper()
	if markdown == "*"+noSignature+"*" {
		return ""
	}
	fence := markdown[:len(markdown)-len(strings.TrimLeft(markdown, "`"))]
	for _, run := range regexp.MustCompile("`+").FindAllStringIndex(markdown, -1)[1:] {
		if run[1]-run[0] != len(fence) {
			continue
		}
		if run[1] != len(markdown) {
			t.Errorf("%q ends early, at %d", markdown, run[1])
		}
		text := markdown[len(fence):run[0]]
		if strings.HasPrefix(text, " ") && strings.HasSuffix(text, " ") && strings.Trim(text, " ") != "" {
			text = text[1 : len(text)-1]
		}
		return text
	}
	t.Errorf("%q has no end", markdown)
	return ""
}

// readCell reads the one cell of a table's row as GitHub does: rows end in cells at each | that has no
// backslash in front, \| becomes |, and then inlines are read.
func readCell(t *testing.T, cell string) string {
	t.Helper()
	var content strings.Builder
	for i := 0; i < len(cell); i++ {
		switch {
		case cell[i] == '\\' && i+1 < len(cell) && cell[i+1] == '|':
			content.WriteByte('|')
			i++
		case cell[i] == '\\' && i+1 < len(cell) && cell[i+1] == '\\':
			content.WriteString(`\\`) // a pair for the row's end, yet two characters of the code span
			i++
		case cell[i] == '|':
			t.Errorf("%q is cut into cells", cell)
			return ""
		default:
			content.WriteByte(cell[i])
		}
	}
	text := content.String()
	if entity, ok := strings.CutPrefix(text, "<code>"); ok {
		entity = strings.TrimSuffix(entity, "</code>")
		if i := strings.IndexAny(entity, "`*_[]<>@\\|!~:."); i >= 0 {
			t.Errorf("%q has %q, which may mean something", entity, entity[i])
		}
		return html.UnescapeString(entity)
	}
	return readCode(t, text)
}

func FuzzMarkdownCode(f *testing.F) {
	for _, s := range []string{"", "`", " ", " a ", "a`b", "``", `\`, `\|`, `\\|`, `|\`, "a|b", hostile, ticks, formula0, escapes, long} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, data string) {
		want := Visible(data)
		if got := readCode(t, mdCode(data)); got != want {
			t.Errorf("mdCode(%q) = %q is read as %q", data, mdCode(data), got)
		}
		if got := readCell(t, mdCell(data)); got != want {
			t.Errorf("mdCell(%q) = %q is read as %q", data, mdCell(data), got)
		}
		if got := html.UnescapeString(strings.TrimSuffix(strings.TrimPrefix(mdSummary(data), "<code>"), "</code>")); got != want {
			t.Errorf("mdSummary(%q) = %q is read as %q", data, mdSummary(data), got)
		}
	})
}

// TestMarkdownTables: no | of what data or a message of lint's has ends a cell: GitHub would drop what follows.
func TestMarkdownTables(t *testing.T) {
	r := nasty()
	for _, v := range r.Lines {
		l := v.Change.Line
		r.Lint = append(r.Lint, lint.Finding{Place: lint.Place{File: l.List.File(), Line: l.Number}, Check: "matches-everything", Message: "the alternative behind `a|` and before `|b` is empty"})
	}
	columns := 0
	for row := range strings.Lines(string(render(t, "markdown", r, Options{Host: testHost}))) {
		cells := strings.Count(strings.ReplaceAll(row, `\|`, ""), "|")
		switch {
		case !strings.HasPrefix(row, "|"):
			columns = 0
		case columns == 0:
			columns = cells
		case cells != columns:
			t.Errorf("%d cells, want %d: %s", cells-1, columns-1, row)
		}
	}
}

var omittedGroups = regexp.MustCompile(`(?m)^([0-9,]+) groups? omitted, of ([0-9,]+) crash`)

// TestMarkdownFits checks that a comment takes the report however large it is, and that what is left out
// is counted.
func TestMarkdownFits(t *testing.T) {
	r := big(5000)
	out := render(t, "markdown", r, Options{Host: testHost})
	if len(out) > markdownLimit {
		t.Errorf("%d bytes, more than a comment takes", len(out))
	}
	if !bytes.HasPrefix(out, []byte("## Signatures: ")) || !bytes.Contains(out, []byte("### Changed lines: 500 not in these crashes")) {
		t.Errorf("no summary at the start: %.300s", out)
	}
	shown := bytes.Count(out, []byte("\n```diff\n"))
	found := omittedGroups.FindSubmatch(out)
	if found == nil {
		t.Fatal("it doesn't say how many groups are omitted")
	}
	left := 0
	for _, g := range newOutline(r).Groups[shown:] {
		left += g.Crashes
	}
	if string(found[1]) != plural.Number(len(r.Groups)-shown) || string(found[2]) != plural.Number(left) || shown < 20 {
		t.Errorf("%d groups shown, %s omitted of %s crashes; want %d and %d", shown, found[1], found[2], len(r.Groups)-shown, left)
	}
	if opened, closed := bytes.Count(out, []byte("<details>")), bytes.Count(out, []byte("</details>")); opened != closed {
		t.Errorf("%d details opened, %d closed", opened, closed)
	}
}

// TestMarkdownGroup: a signature that is shortened is there in full, if a comment has room for it.
func TestMarkdownGroup(t *testing.T) {
	for length, want := range map[int]bool{maxSignature: true, 2 * maxSignature: false} {
		base := strings.Repeat("a", length-len("b | c | d | ")) + " | b | c | d"
		text := (&markdownWriter{}).group(groupOutline{Group: group(base, "x | b | c | d", compare.Renamed, 0, 1)}, true)
		if strings.Contains(text, "- in full: ") != want {
			t.Errorf("%d letters: %s", length, text)
		}
	}
}

// TestMarkdownSideNotes: notes of a side that are left out are counted, as everything is.
func TestMarkdownSideNotes(t *testing.T) {
	r := nasty()
	r.Candidate.Notes = strings.Fields("a b c d e f g")
	if out := render(t, "markdown", r, Options{}); !bytes.Contains(out, []byte(" `a` `b` `c` `d` `e` and 2 more\n")) {
		t.Errorf("%s", out)
	}
}

// TestMarkdownFitsLongData checks that nothing can push the summary out: neither titles, paths, errors and
// ids, nor signatures and list lines of any length.
func TestMarkdownFitsLongData(t *testing.T) {
	r := nasty()
	huge := strings.Repeat("\u202e`|", 30_000)
	r.Base = Side{Spec: huge, Subject: huge, Date: "2026-10-01", Notes: []string{huge, huge}}
	r.Candidate, r.Corpus.Name = r.Base, huge
	r.Groups[1].Base, r.Lines[1].Change.Line.Text, r.Failures[0].Err, r.Failures[0].ID, r.Missing[0] = huge, huge, huge, huge, huge
	out := render(t, "markdown", withFacts(r), Options{Host: testHost})
	if len(out) > markdownLimit {
		t.Errorf("%d bytes, more than a comment takes", len(out))
	}
	for _, want := range []string{"20 crashes compared: 13 changed", "could not be compared", "1 line omitted", "5 groups"} {
		if !bytes.Contains(out, []byte(want)) {
			t.Errorf("it doesn't say %q", want)
		}
	}
}
