package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"

	"github.com/sigdiff/sigdiff/engine"
)

// Table writes the report for a terminal: totals first, then the groups of changed signatures, then
// the signatures whose counts differ.
func Table(w io.Writer, r *Report, o Options) error {
	t := &textWriter{w: w}
	t.line("base       %s", sideText(r.Base))
	t.line("candidate  %s", sideText(r.Candidate))
	t.line("corpus     %s", corpusText(r.Corpus))
	t.line("")
	t.line("%s", totalsText(r.Totals))
	t.failures(r)
	if len(r.Groups) > 0 {
		t.groups(r.Groups, o)
		t.signatures(r.Signatures, o)
	}
	return t.err
}

// textWriter writes lines until the first error.
type textWriter struct {
	w   io.Writer
	err error
}

func (t *textWriter) line(format string, args ...any) {
	if t.err == nil {
		_, t.err = fmt.Fprintf(t.w, format+"\n", args...)
	}
}

func sideText(s Side) string {
	text := s.Spec
	if s.Revision != "" && s.Revision != s.Spec {
		text += " = " + s.Revision
	}
	if s.Digest != "" {
		text += "  (" + s.Digest + ")"
	}
	if s.Rules != "" {
		text += "  rules " + s.Rules
	}
	return text
}

func corpusText(c Corpus) string {
	name := c.Name
	if name == "" {
		name = "chosen crashes"
	}
	return fmt.Sprintf("%s, %s  (%s)", name, plural(c.Crashes, "crash", "crashes"), c.Digest)
}

func totalsText(t engine.Totals) string {
	text := fmt.Sprintf("%s compared: %d changed", plural(t.Compared, "crash", "crashes"), t.Changed)
	if t.Compared > 0 {
		text += fmt.Sprintf(" (%.1f%%)", 100*float64(t.Changed)/float64(t.Compared))
	}
	text += fmt.Sprintf(", %d missing, %d failed; %d signatures before, %d after",
		t.Missing, t.Failed, t.SignaturesBase, t.SignaturesCandidate)
	return text
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// maxFailures is how many of the crashes that could not be compared are named.
const maxFailures = 5

func (t *textWriter) failures(r *Report) {
	shown, more := limited(r.Failures, maxFailures)
	for _, f := range shown {
		t.line("  failed   %s: %s", f.ID, f.Err)
	}
	missing, moreMissing := limited(r.Missing, maxFailures)
	for _, id := range missing {
		t.line("  missing  %s", id)
	}
	if more+moreMissing > 0 {
		t.line("  and %d more; --format json names all", more+moreMissing)
	}
}

func (t *textWriter) groups(groups []engine.Group, o Options) {
	t.line("")
	t.line("Changed signatures")
	shown, more := limited(groups, o.Limit)
	rows := make([][]string, len(shown))
	for i, g := range shown {
		rows[i] = []string{fmt.Sprint(g.Crashes), string(g.Kind), groupText(g)}
	}
	t.table([]string{"Crashes", "Kind", "Signature and cause"}, rows, tw.AlignRight, tw.AlignLeft, tw.AlignLeft)
	t.omitted(more, "group", "groups")
}

// maxCauses is how many causes of a group are shown.
const maxCauses = 4

func groupText(g engine.Group) string {
	lines := []string{"- " + g.Base, "+ " + g.Candidate}
	if len(g.RuleChanges) > 0 {
		lines = append(lines, "  rules: "+strings.Join(g.RuleChanges, ", "))
	}
	causes, more := limited(g.Causes, maxCauses)
	for _, c := range causes {
		lines = append(lines, fmt.Sprintf("  %s %s", c.Kind, c.Line))
	}
	if more > 0 {
		lines = append(lines, fmt.Sprintf("  and %s", plural(more, "more cause", "more causes")))
	}
	if len(g.Examples) > 0 {
		lines = append(lines, "  e.g. "+g.Examples[0])
	}
	return strings.Join(lines, "\n")
}

func (t *textWriter) signatures(signatures []engine.SignatureCount, o Options) {
	t.line("")
	t.line("Crashes per signature, before and after")
	shown, more := limited(signatures, o.Limit)
	rows := make([][]string, len(shown))
	for i, s := range shown {
		rows[i] = []string{fmt.Sprint(s.Base), fmt.Sprint(s.Candidate), fmt.Sprintf("%+d", s.Candidate-s.Base), s.Signature}
	}
	t.table([]string{"Base", "Candidate", "Change", "Signature"}, rows, tw.AlignRight, tw.AlignRight, tw.AlignRight, tw.AlignLeft)
	t.omitted(more, "signature", "signatures")
}

func (t *textWriter) omitted(n int, one, many string) {
	if n > 0 {
		t.line("%s omitted; --limit 0 shows all", plural(n, one, many))
	}
}

// table draws a table without borders, so that signatures can be copied.
func (t *textWriter) table(header []string, rows [][]string, align ...tw.Align) {
	if t.err != nil {
		return
	}
	off := tw.Settings{Separators: tw.Separators{BetweenColumns: tw.Off, BetweenRows: tw.Off}, Lines: tw.Lines{ShowHeaderLine: tw.Off}}
	table := tablewriter.NewTable(t.w,
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{Borders: tw.BorderNone, Settings: off})),
		tablewriter.WithConfig(tablewriter.Config{
			Header: tw.CellConfig{
				Formatting: tw.CellFormatting{AutoFormat: tw.Off, AutoWrap: tw.WrapNone},
				Alignment:  tw.CellAlignment{PerColumn: align},
			},
			Row: tw.CellConfig{
				Formatting: tw.CellFormatting{AutoFormat: tw.Off, AutoWrap: tw.WrapNone},
				Alignment:  tw.CellAlignment{PerColumn: align},
			},
			Behavior: tw.Behavior{TrimSpace: tw.Off},
		}),
	)
	table.Header(header)
	if t.err = table.Bulk(rows); t.err == nil {
		t.err = table.Render()
	}
}
