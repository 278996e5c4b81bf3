package report

import (
	"fmt"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/pipelines"
	"github.com/sigdiff/sigdiff/internal/plural"
)

// Pipelines is how sides group crashes.
// Nothing in it says which pipeline is right. It says how far each would move crashes that another has put together.
type Pipelines struct {
	Sides  []Side // in the order of the pipelines
	Corpus Corpus
	Notes  []Note
	*pipelines.Measured
}

// PipelinesFormats are the formats of pipelines.
func PipelinesFormats() Formats[*Pipelines] {
	return Formats[*Pipelines]{"pipelines", []writer[*Pipelines]{
		{"text", inText(pipelinesTable)}, {"json", inJSON(pipelinesJSON)}, {"markdown", inMarkdown(pipelinesMarkdown)},
	}}
}

func (p *Pipelines) title() string {
	return fmt.Sprintf("%s over %s", plural.Of(len(p.Sides), "pipeline", "pipelines"), plural.Crashes(p.Compared))
}

// unable says which crashes the figures are not about; empty when there are none.
func (p *Pipelines) unable() string {
	// A crash that one pipeline can't sign is in no figure: pairs of pipelines could else not be compared with each other.
	return notAll(p.Crashes, "given a signature by every pipeline", len(p.Missing), len(p.Failures))
}

// The tables, as text and Markdown have them.
var (
	pipelinesHead = []string{">", ">Signatures", ">Singletons", fmt.Sprintf(">Largest %d", pipelines.Largest), "Pipeline"}
	pairsHead     = []string{">A", ">B", ">Rand", ">Precision", ">Recall", ">Pair precision", ">Pair recall", ">Over-grouped", ">Under-grouped"}
)

// figures are the cells of a pipeline in front of its name.
func (p *Pipelines) figures(i int) []string {
	of := p.Pipelines[i]
	// The number is that by which the second table names the pipeline.
	return []string{plural.Number(i + 1), plural.Number(of.Signatures), plural.Number(of.Singletons), p.share(of.Largest)}
}

// share is a share of the crashes that the figures are about.
func (p *Pipelines) share(crashes int) string {
	if p.Compared == 0 {
		return ""
	}
	return percent(crashes, p.Compared)
}

// pairFigures are the cells of a pair.
// Shares are of the crashes that all pipelines have signed. Pipelines count from 1 here.
func (p *Pipelines) pairFigures(of pipelines.Pair) []string {
	cells := []string{plural.Number(of.A + 1), plural.Number(of.B + 1)}
	for _, f := range []float64{of.Rand, of.Precision, of.Recall, of.PairPrecision, of.PairRecall} {
		cells = append(cells, ratio(f))
	}
	for _, g := range []pipelines.Grouping{of.Over, of.Under} {
		text := plural.Number(g.Signatures)
		if g.Crashes > 0 {
			text += " (" + p.share(g.Crashes) + ")"
		}
		cells = append(cells, text)
	}
	return cells
}

// ratio is a number up to 1, which looks like 0 or 1 only when it is that.
// Rounded to three digits, 0.9996 would look like equal groupings.
func ratio(f float64) string {
	switch text := fmt.Sprintf("%.3f", f); {
	case text == "1.000" && f < 1:
		return ">0.999"
	case text == "0.000" && f > 0:
		return "<0.001"
	case text == "-0.000":
		return "0.000"
	default:
		return text
	}
}

func pipelinesTable(t *Text, p *Pipelines) {
	t.notes(p.Notes)
	t.unable(p.unable(), p.Failures, p.Missing)
	t.phrase(heading, 0, say(p.title()))
	t.field("corpus     ", corpusText(p.Corpus))
	t.line("")
	var rows []row
	for i, side := range p.Sides {
		text := Visible(sideText(side))
		// Below the name, in the table's last column, as what is only for whoever wonders.
		for _, note := range sideNotes(side) {
			text += "\n  " + Visible(note)
		}
		rows = append(rows, newRow(append(p.figures(i), text)...))
	}
	t.table(pipelinesHead, rows)
	if len(p.Pairs) == 0 {
		return
	}
	t.heading("How alike two of them are: B, measured by A")
	t.table(pairsHead, each(p.Pairs, func(of pipelines.Pair) row { return newRow(p.pairFigures(of)...) }))
}

func pipelinesMarkdown(m *markdownWriter, p *Pipelines) {
	m.line("## %s\n", p.title())
	m.notes(p.Notes)
	m.alert(p.unable())
	m.line("- corpus: %s\n", mdCode(shortened(corpusText(p.Corpus), maxShown)))
	var rows []string
	for i, side := range p.Sides {
		rows = append(rows, mdRow(append(p.figures(i), mdCell(shortened(sideText(side), maxShown)))...))
	}
	m.table(pipelinesHead, rows, len(rows), "pipeline", "pipelines")
	if len(p.Pairs) > 0 {
		m.line("")
		m.table(pairsHead, each(p.Pairs, func(of pipelines.Pair) string { return mdRow(p.pairFigures(of)...) }), len(p.Pairs), "pair", "pairs")
	}
}

type jsonPipeline struct {
	Side       Side         `json:"side"`
	Signatures int          `json:"signatures"`
	Singletons int          `json:"singletons"`
	Largest    jsonGrouping `json:"largest"` // of so many signatures at most
}

// jsonAlike is a pair whose pipelines count from 1, with shares; docs/pipelines.md has the formulas.
type jsonAlike struct {
	pipelines.Pair
	Over  jsonGrouping `json:"over_grouped"`
	Under jsonGrouping `json:"under_grouped"`
}

type jsonGrouping struct {
	pipelines.Grouping
	Share float64 `json:"share"`
}

// pipelinesJSON writes pipelines for programs. It rounds nothing.
func pipelinesJSON(p *Pipelines) any {
	grouping := func(g pipelines.Grouping) jsonGrouping {
		return jsonGrouping{g, float64(g.Crashes) / float64(max(1, p.Compared))}
	}
	all := make([]jsonPipeline, len(p.Pipelines))
	for i, of := range p.Pipelines {
		all[i] = jsonPipeline{p.Sides[i], of.Signatures, of.Singletons, grouping(pipelines.Grouping{Signatures: pipelines.Largest, Crashes: of.Largest})}
	}
	pair := func(of pipelines.Pair) jsonAlike {
		// As people count them in the table.
		of.A, of.B = of.A+1, of.B+1
		return jsonAlike{of, grouping(of.Over), grouping(of.Under)}
	}
	return struct {
		Corpus    Corpus                `json:"corpus"`
		Notes     []string              `json:"notes"`
		Compared  int                   `json:"compared"`
		Pipelines []jsonPipeline        `json:"pipelines"`
		Pairs     []jsonAlike           `json:"pairs"`
		Missing   List[string]          `json:"missing"`
		Failures  List[compare.Failure] `json:"failures"`
	}{p.Corpus, texts(p.Notes), p.Compared, all, each(p.Pairs, pair), p.Missing, p.Failures}
}
