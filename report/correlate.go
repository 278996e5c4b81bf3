package report

import (
	"fmt"
	"slices"

	"github.com/sigdiff/sigdiff/engine/correlate"
	"github.com/sigdiff/sigdiff/internal/plural"
)

// Correlation is what the signatures of two corpora have and have not in common.
// The corpora are often of two kinds, such as crash reports and pings: shares can be compared, and counts can't.
type Correlation struct {
	Corpora  [2]Corpus // A and B
	Siglists Side
	Notes    []Note
	Samples  [2]*correlate.Sample // of A and B
	*correlate.Result
}

// CorrelationFormats are the formats of a correlation.
func CorrelationFormats() Formats[*Correlation] {
	return Formats[*Correlation]{"correlation", []writer[*Correlation]{
		{"text", inText(correlationText)}, {"json", inJSON(correlationJSON)},
	}}
}

// Unknown is what the figures can't speak of, a sentence each; nil when they speak of everything.
func (c *Correlation) Unknown() []string { return Unknown(c.notes()) }

// notes are all notes, and that there was nothing to measure with.
// One empty side is enough: all signatures of the other would be in one only.
func (c *Correlation) notes() []Note {
	for i, corpus := range c.Corpora {
		if c.Samples[i].Crashes == 0 {
			return append(slices.Clone(c.Notes), Note{Text: Sentence("no crash of %s has a signature: nothing can be said of either corpus", corpus.Name), Unknown: true})
		}
	}
	return c.Notes
}

func correlationText(t *Text, c *Correlation) {
	t.notes(c.notes()) // the figures follow all the same: they are true of what was read
	t.phrase(heading, 0, say(fmt.Sprintf("%s in one only; %s more in A, %s more in B, %s alike",
		plural.Of(len(c.OnlyA)+len(c.OnlyB), "signature", "signatures"), plural.Number(len(c.MoreA)), plural.Number(len(c.MoreB)), plural.Number(c.Alike))))
	for i, corpus := range c.Corpora {
		t.field([2]string{"A", "B"}[i]+"          ", corpusText(corpus))
		// Said beside the corpus that it is of: a share of the crashes that were read may not be one of all.
		t.alert(notAll(corpus.Crashes, "given a signature", len(c.Samples[i].Missing), len(c.Samples[i].Failures)))
	}
	t.side("signatures ", c.Siglists)
	// Confidence is of all intervals together, and not of each: of many signatures some would differ by chance.
	t.phrase(plain, 0, say(fmt.Sprintf("Intervals are of a share in A less that in B; in %.0f%% of comparisons all of them hold together.", 100*c.Confidence)))
	// What one corpus lacks comes first: it may be a signature that is made differently there.
	t.lone("Only in A", c.OnlyA, c.Samples[0].Crashes)
	t.lone("Only in B", c.OnlyB, c.Samples[1].Crashes)
	t.shifts("More in A", c.MoreA, c)
	t.shifts("More in B", c.MoreB, c)
}

// points is a share in percent, with its sign.
func points(share float64) string { return fmt.Sprintf("%+.1f", 100*share) }

func intervalText(i correlate.Interval) string {
	return fmt.Sprintf("%s points (%s to %s)", points(i.Value), points(i.Low), points(i.High))
}

func (t *Text) lone(title string, all []correlate.Lone, whole int) {
	for l := range section(t, title, all, "signature", "signatures") {
		chance := ""
		// The interval holds 0: the same shares could give this difference.
		if l.Interval.Low <= 0 {
			chance = ", which may be chance"
		}
		t.signature(fmt.Sprintf("%7s  ", plural.Number(l.Crashes)), "", heading, l.Signature)
		t.line("         %s of %s%s", percent(l.Crashes, whole), plural.Crashes(whole), chance)
		// A signature without frames in common with any of the other corpus has no nearest one.
		if l.Nearest != "" {
			t.signature(fmt.Sprintf("         nearest by frames, %.2f: ", l.Likeness), "", plain, l.Nearest)
		}
	}
}

func (t *Text) shifts(title string, all []correlate.Shift, c *Correlation) {
	for s := range section(t, title, all, "signature", "signatures") {
		t.signature(fmt.Sprintf("%7s in A, %s in B  ", plural.Number(s.A), plural.Number(s.B)), "", heading, s.Signature)
		t.line("         %s and %s: %s", percent(s.A, c.Samples[0].Crashes), percent(s.B, c.Samples[1].Crashes), intervalText(s.Interval))
	}
}

type jsonSample struct {
	Corpus Corpus `json:"corpus"`
	correlate.Sample
}

type jsonLone struct {
	Signature string   `json:"signature"`
	Crashes   int      `json:"crashes"`
	Low       float64  `json:"low"` // of the share, as High; 1 is all
	High      float64  `json:"high"`
	Nearest   string   `json:"nearest,omitempty"`
	Likeness  float64  `json:"likeness"`
	Examples  []string `json:"examples"`
}

// correlationJSON writes a correlation for programs. It leaves nothing out.
func correlationJSON(c *Correlation) any {
	lone := func(l correlate.Lone) jsonLone {
		return jsonLone{l.Signature, l.Crashes, l.Interval.Low, l.Interval.High, l.Nearest, l.Likeness, l.Examples}
	}
	return struct {
		A          jsonSample            `json:"a"`
		B          jsonSample            `json:"b"`
		Signatures Side                  `json:"signatures"`
		Notes      []string              `json:"notes"`
		Confidence float64               `json:"confidence"`
		OnlyA      []jsonLone            `json:"only_a"`
		OnlyB      []jsonLone            `json:"only_b"`
		MoreA      List[correlate.Shift] `json:"more_a"`
		MoreB      List[correlate.Shift] `json:"more_b"`
		Alike      int                   `json:"alike"`
	}{
		newJSONSample(c.Corpora[0], *c.Samples[0]), newJSONSample(c.Corpora[1], *c.Samples[1]), c.Siglists, texts(c.notes()),
		c.Confidence, each(c.OnlyA, lone), each(c.OnlyB, lone), c.MoreA, c.MoreB, c.Alike,
	}
}

func newJSONSample(corpus Corpus, s correlate.Sample) jsonSample {
	// Of a copy: the sample is the caller's.
	s.Missing, s.Failures = filled(s.Missing), filled(s.Failures)
	return jsonSample{corpus, s}
}
