package report

import (
	"fmt"
	"strings"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/facts"
	"github.com/sigdiff/sigdiff/internal/plural"
)

// factsOutline is what a comparison shows beside its groups and lines. What did not change is left out.
// Its texts are for people: JSON has the numbers, see factsjson.go.
type factsOutline struct {
	Kinds         string
	Ledger        []ledgerOutline
	Patterns      []patternOutline
	NewSignatures []facts.NewSignature // those that several become
	Scores        []scoreOutline
	TopCrashers   []topOutline
}

// ledgerOutline is the frames that go, or those that come.
type ledgerOutline struct {
	What   string
	Text   phrase // the first of them
	Frames []compare.FrameCount
}

// patternOutline is groups whose signatures undergo the same edits.
type patternOutline struct {
	Text  phrase
	Pairs []compare.Pair
}

// scoreOutline is a row of the scoreboard.
type scoreOutline struct{ Before, After, What string }

// topOutline is a signature that becomes a top crasher, or ceases to be one.
type topOutline struct {
	Sign      string
	Signature string // that moves
	Text      string
}

func newFactsOutline(f facts.Facts) factsOutline {
	o := factsOutline{Kinds: kindsText(f.Kinds), NewSignatures: f.Joined(), Scores: scoreOutlines(f.Scoreboard)}
	for _, of := range []ledgerOutline{{What: "Goes from signatures", Frames: f.Ledger.Gone}, {What: "Comes into signatures", Frames: f.Ledger.Came}} {
		if len(of.Frames) > 0 {
			of.Text = ledgerText(of.Frames)
			o.Ledger = append(o.Ledger, of)
		}
	}
	for _, p := range f.Patterns {
		o.Patterns = append(o.Patterns, patternOutline{patternText(p), p.Pairs})
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

func ledgerText(frames []compare.FrameCount) phrase {
	counts := each(frames, func(f compare.FrameCount) phrase {
		return say("", shortened(f.Frame, maxShown), " "+plural.Number(f.Crashes))
	})
	return joinedUpTo(maxLedger, counts, ", ", func(more int) string { return ", and " + plural.Of(more, "other frame", "other frames") })
}

// patternText says what a pattern does to how many signatures.
func patternText(p facts.Pattern) phrase {
	return append(joined(each(p.Edits, editText), ", "), span{Text: fmt.Sprintf(" of %s, %s", plural.Of(len(p.Pairs), "signature", "signatures"), plural.Crashes(p.Crashes))})
}

func editText(e facts.Edit) phrase {
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

// scoreOutlines are the rows of the scoreboard that differ.
func scoreOutlines(scoreboard [2]facts.Score) []scoreOutline {
	b, a := scoreboard[0], scoreboard[1]
	var rows []scoreOutline
	for _, row := range []scoreOutline{
		{plural.Number(b.Signatures), plural.Number(a.Signatures), "signatures"},
		{fmt.Sprintf("%.1f", b.Effective), fmt.Sprintf("%.1f", a.Effective), "effective signatures (2^entropy)"},
		{plural.Number(b.Single), plural.Number(a.Single), "signatures of one crash"},
		{plural.Number(b.Bare), plural.Number(a.Bare), "crashes that end in a module or an address"},
		{plural.Number(b.Truncated), plural.Number(a.Truncated), "crashes whose signature was too long"},
		{plural.Number(b.Shared), plural.Number(a.Shared), "signatures on several platforms"},
	} {
		// The texts are compared, so that a difference that rounding hides is none.
		if row.Before != row.After {
			rows = append(rows, row)
		}
	}
	return rows
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
	// Bots look at more signatures where these have startup crashes: docs/top-crashers.md.
	if s.Rank > c.Top {
		text = fmt.Sprintf("the top %s of %s %s, as it has startup crashes", plural.Number(c.TopStartup), c.Product, c.Channel)
	}
	switch {
	case c.Platform != "":
		text += " on " + c.Platform
	case c.CPUs != nil:
		text += " on " + strings.Join(c.CPUs, " or ")
	case c.Processes != nil:
		text += ", " + strings.Join(c.Processes, " and ") + " processes"
	}
	return text
}

func standingText(s facts.Standing) string {
	if s.Rank == 0 {
		return "no crashes"
	}
	return "rank " + plural.Number(s.Rank) + " with " + plural.Crashes(s.Crashes)
}
