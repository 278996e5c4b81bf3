package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/facts"
	"github.com/sigdiff/sigdiff/internal/plural"
)

// factsOutline is what a comparison shows beside its groups and lines. What did not change is left out.
// Its texts are for people: JSON has the numbers, see jsonFacts.
type factsOutline struct {
	Kinds       string
	Ledger      []ledgerOutline
	Scores      [][]string // rows of the scoreboard: before, after, what
	TopCrashers []topOutline
}

// ledgerOutline is the frames that go, or those that come.
type ledgerOutline struct {
	What   string
	Text   Phrase // the first of them
	Frames []compare.FrameCount
}

// topOutline is a signature that becomes a top crasher, or ceases to be one.
type topOutline struct {
	Sign      string
	Signature string // that moves
	Text      string
}

func newFactsOutline(f facts.Facts) factsOutline {
	o := factsOutline{Kinds: kindsText(f.Kinds), Scores: scoreRows(f.Scoreboard)}
	// Frames that go stand in front of those that come, as signatures before do in front of those after.
	for _, of := range []ledgerOutline{{What: "Goes from signatures", Frames: f.Ledger.Gone}, {What: "Comes into signatures", Frames: f.Ledger.Came}} {
		if len(of.Frames) > 0 {
			of.Text = ledgerText(of.Frames)
			o.Ledger = append(o.Ledger, of)
		}
	}
	for _, r := range f.TopCrashers {
		for _, m := range r.Moves {
			o.TopCrashers = append(o.TopCrashers, newTopOutline(r, m))
		}
	}
	return o
}

// whatChanges says in a line how crashes change, and what the changed lines do; empty where none changes.
func (o outline) whatChanges() string {
	if o.Facts.Kinds == "" || len(o.Verdicts) == 0 {
		return o.Facts.Kinds
	}
	return o.Facts.Kinds + "; changed lines: " + verdictCounts(o.Verdicts)
}

// kindsText says how many of the changed crashes change in which way; empty where none does.
func kindsText(kinds []facts.Kind) string {
	all := 0
	for _, k := range kinds {
		all += k.Crashes
	}
	var texts []string
	for i, k := range kinds {
		count := plural.Number(k.Crashes)
		// The first count says of how many.
		if i == 0 {
			count += " of " + plural.Number(all)
		}
		texts = append(texts, count+" "+kindOutcome(k))
	}
	return strings.Join(texts, "; ")
}

// kindOutcome says in words what became of crashes. Only renaming leaves them together and apart as they were.
func kindOutcome(k facts.Kind) string {
	// The number is of signatures that crashes come to, since these are what people will look at from then on.
	signatures := plural.Of(k.Signatures, "signature", "signatures")
	switch k.Kind {
	case compare.Merged:
		return "merged into " + signatures
	case compare.Split:
		return "split off into " + signatures
	case compare.Mixed:
		return "split off and merged into " + signatures
	}
	if k.Crashes == 1 {
		return "only changes its name"
	}
	return "only change names"
}

// maxLedger is how many frames of the ledger are named.
const maxLedger = 6

func ledgerText(frames []compare.FrameCount) Phrase {
	counts := each(frames, func(f compare.FrameCount) Phrase {
		return say("", shortened(f.Frame, maxShown), " "+plural.Number(f.Crashes))
	})
	return joinedUpTo(maxLedger, counts, ", ")
}

// patternText says what a pattern does to how many signatures.
func patternText(p facts.Pattern) Phrase {
	return append(joined(each(p.Edits, editText), ", "), span{Text: fmt.Sprintf(" of %s, %s", plural.Of(len(p.Pairs), "signature", "signatures"), plural.Crashes(p.Crashes))})
}

func editText(e facts.Edit) Phrase {
	place := string(e.Place)
	switch {
	// An edit without anything that came takes away; one without anything that went adds.
	case e.Came == "":
		return say("", inPlace(e.Gone, e.Place), " goes from the "+place)
	case e.Gone == "":
		return say("", inPlace(e.Came, e.Place), " comes to the "+place)
	}
	return say("", shortened(e.Gone, maxShown), " becomes ", shortened(e.Came, maxShown), " at the "+place)
}

// inPlace is components with the separators that go or come with them.
// So "| a" is at the end of a signature, and "a |" at its front.
func inPlace(components string, place facts.Place) string {
	// An edit may be of most of a signature. The group has all of it.
	components = shortened(components, maxShown)
	switch place {
	case facts.Front:
		return components + " |"
	case facts.End:
		return "| " + components
	}
	return "| " + components + " |"
}

// newSignatureText says what becomes a signature.
func newSignatureText(s facts.NewSignature) string {
	text := plural.Of(s.From, "signature", "signatures") + ", " + plural.Crashes(s.Crashes) + ", become "
	if s.Had > 0 {
		return text + "one that had " + plural.Crashes(s.Had)
	}
	return text + "a new one"
}

var scoresHead = []string{">Before", ">After", ""}

// scoreRows are the rows of the scoreboard that differ.
func scoreRows(scoreboard [2]facts.Score) [][]string {
	b, a := scoreboard[0], scoreboard[1]
	// The texts are compared, so that a difference that rounding hides is none.
	return slices.DeleteFunc([][]string{
		{plural.Number(b.Signatures), plural.Number(a.Signatures), "signatures"},
		// Two to the entropy is how many signatures of the same size would part the crashes as well.
		{fmt.Sprintf("%.1f", b.Effective), fmt.Sprintf("%.1f", a.Effective), "effective signatures (2^entropy)"},
		{plural.Number(b.Single), plural.Number(a.Single), "signatures of one crash"},
		{plural.Number(b.Bare), plural.Number(a.Bare), "crashes that end in a module or an address"},
		{plural.Number(b.Truncated), plural.Number(a.Truncated), "crashes whose signature was too long"},
		{plural.Number(b.Shared), plural.Number(a.Shared), "signatures on several platforms"},
	}, func(row []string) bool { return row[0] == row[1] })
}

func newTopOutline(r facts.Ranking, m facts.Move) topOutline {
	o := topOutline{Sign: "-", Signature: m.Signature, Text: "leaves"}
	met := m.Before
	// Where it met the criterion is where it is a top crasher: after the change, if it enters.
	if r.Enters(m) {
		o.Sign, o.Text, met = "+", "enters", m.After
	}
	o.Text += fmt.Sprintf(" %s: %s; before, %s", criterionText(r.Criterion, met), standingText(m.After), standingText(m.Before))
	return o
}

// criterionText is a criterion by which a signature that stands somewhere is a top crasher.
func criterionText(c facts.Criterion, s facts.Standing) string {
	text := fmt.Sprintf("the top %s of %s %s", plural.Number(c.Top), c.Product, c.Channel)
	// Bots look at more signatures where these have startup crashes: docs/judgement.md.
	if s.Rank > c.Top {
		text = fmt.Sprintf("the top %s of %s %s, as it has startup crashes", plural.Number(c.TopStartup), c.Product, c.Channel)
	}
	switch {
	case c.Platform != "":
		text += " on " + c.Platform
	// A criterion has one of these at most.
	case c.CPUs != nil:
		text += " on " + strings.Join(c.CPUs, " or ")
	case c.Processes != nil:
		text += ", " + strings.Join(c.Processes, " and ") + " processes"
	}
	return text
}

func standingText(s facts.Standing) string {
	// A rank that nothing has would look like the first.
	if s.Rank == 0 {
		return "no crashes"
	}
	return "rank " + plural.Number(s.Rank) + " with " + plural.Crashes(s.Crashes)
}

// facts says what kinds of changes there are, and which frames go and come.
func (t *Text) facts(o outline) {
	if text := o.whatChanges(); text != "" {
		t.phrase(plain, 0, say(text))
	}
	for _, l := range o.Facts.Ledger {
		t.phrase(plain, 2, append(say(l.What+": "), l.Text...))
	}
}

// patterns says what many groups have in common: their edits, or what they become.
func (t *Text) patterns(f facts.Facts) {
	for p := range section(t, "The same edit in several groups", f.Patterns, "pattern", "patterns") {
		t.phrase(plain, 2, patternText(p))
	}
	// The signature alone is painted as what comes: those that it stands for are among the groups.
	for s := range section(t, "Several become one", f.NewSignatures, "signature", "signatures") {
		t.line("  %s", newSignatureText(s))
		t.signature("", "+ ", insert, s.Signature)
	}
}

// scoreboard shows how well signatures part the crashes.
func (t *Text) scoreboard(scores [][]string) {
	if len(scores) == 0 {
		return
	}
	t.heading("Signatures as a whole")
	t.table(scoresHead, each(scores, func(cells []string) row { return newRow(cells...) }))
}

// topCrashersText says how many signatures enter and leave.
// A sign is + for one that enters.
func topCrashersText(top []topOutline) string {
	enter := CountOf(top, func(c topOutline) bool { return c.Sign == "+" })
	return "Top crashers among these crashes: " + plural.Of(enter, "enters", "enter") + ", " + plural.Of(len(top)-enter, "leaves", "leave")
}

func (t *Text) topCrashers(top []topOutline) {
	if len(top) == 0 {
		return
	}
	t.heading("%s", topCrashersText(top))
	for c := range some(t, top, "top crasher", "top crashers") {
		t.signature("", c.Sign+" ", signStyles[c.Sign], c.Signature)
		t.phrase(plain, 2, say(c.Text))
	}
}

// facts says what kinds of changes there are, and which frames go and come.
func (m *markdownWriter) facts(o outline) {
	if text := o.whatChanges(); text != "" {
		m.line("%s\n", text)
	}
	for _, l := range o.Facts.Ledger {
		m.line("%s: %s\n", l.What, mdPhrase(l.Text, mdCode))
	}
}

// patterns says what many groups have in common: their edits, or what they become. It leaves room for the groups.
func (m *markdownWriter) patterns(f facts.Facts) {
	// An eighth of the room at most, so that many patterns don't push the groups out.
	keep := 7 * m.room / 8
	if len(f.Patterns) > 0 {
		m.line("\n### The same edit in several groups: %s\n", plural.Of(len(f.Patterns), "pattern", "patterns"))
	}
	patterns := each(f.Patterns, func(p facts.Pattern) string { return mdPhrase(patternText(p), mdCode) })
	m.items(patterns, keep+footRoom, "pattern", "patterns")
	become := each(f.NewSignatures, func(s facts.NewSignature) string {
		return newSignatureText(s) + ": " + mdCode(signatureText(s.Signature))
	})
	m.foldedItems("Several become one: "+plural.Of(len(become), "signature", "signatures"), become, keep, "signature", "signatures")
}

// scoreboard shows how well signatures part the crashes.
func (m *markdownWriter) scoreboard(scores [][]string) {
	if len(scores) == 0 {
		return
	}
	m.folded("Signatures as a whole", footRoom, func() {
		rows := each(scores, func(cells []string) string { return mdRow(cells...) })
		m.table(scoresHead, rows, len(rows), "score", "scores")
	})
}

func (m *markdownWriter) topCrashers(top []topOutline) {
	items := each(top, func(c topOutline) string { return mdCode(signatureText(c.Signature)) + " " + c.Text })
	m.foldedItems(topCrashersText(top), items, footRoom, "top crasher", "top crashers")
}

type jsonFacts struct {
	Kinds         []facts.Kind         `json:"kinds"`
	Ledger        facts.Ledger         `json:"ledger"`
	Patterns      []facts.Pattern      `json:"patterns"`
	NewSignatures []facts.NewSignature `json:"new_signatures"`
	Scoreboard    jsonScoreboard       `json:"scoreboard"`
	TopCrashers   jsonTopCrashers      `json:"top_crashers"`
}

type jsonScoreboard struct {
	Before facts.Score `json:"before"`
	After  facts.Score `json:"after"`
}

type jsonTopCrashers struct {
	Largest  []jsonRankMove `json:"largest"` // moves among the largest signatures, whether they meet a criterion or not
	Entering []jsonRankMove `json:"entering"`
	Leaving  []jsonRankMove `json:"leaving"`
}

type jsonRankMove struct {
	facts.Criterion
	facts.Move
}

func newJSONFacts(f facts.Facts) jsonFacts {
	return jsonFacts{
		Kinds: filled(f.Kinds), Ledger: facts.Ledger{Gone: filled(f.Ledger.Gone), Came: filled(f.Ledger.Came)}, Patterns: filled(f.Patterns),
		NewSignatures: filled(f.NewSignatures), Scoreboard: jsonScoreboard{rounded(f.Scoreboard[0]), rounded(f.Scoreboard[1])},
		TopCrashers: newJSONTopCrashers(f),
	}
}

// rounded is without what differs in its last digits from machine to machine.
func rounded(s facts.Score) facts.Score {
	// Go fuses multiplications and additions on some processors.
	s.Effective = math.Round(10*s.Effective) / 10
	return s
}

func newJSONTopCrashers(f facts.Facts) jsonTopCrashers {
	out := jsonTopCrashers{Largest: []jsonRankMove{}, Entering: []jsonRankMove{}, Leaving: []jsonRankMove{}}
	// All moves, in one list: whoever reads JSON picks by product and channel.
	for _, r := range f.Largest {
		for _, m := range r.Moves {
			out.Largest = append(out.Largest, jsonRankMove{r.Criterion, m})
		}
	}
	for _, r := range f.TopCrashers {
		for _, m := range r.Moves {
			if r.Enters(m) {
				out.Entering = append(out.Entering, jsonRankMove{r.Criterion, m})
			} else {
				out.Leaving = append(out.Leaving, jsonRankMove{r.Criterion, m})
			}
		}
	}
	return out
}
