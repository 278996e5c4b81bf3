package report

import (
	"math"

	"github.com/sigdiff/sigdiff/engine/facts"
)

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
		NewSignatures: filled(f.Joined()), Scoreboard: jsonScoreboard{rounded(f.Scoreboard[0]), rounded(f.Scoreboard[1])},
		TopCrashers: newJSONTopCrashers(f),
	}
}

// rounded is without what differs in its last digits from machine to machine.
func rounded(s facts.Score) facts.Score {
	s.Effective = math.Round(10*s.Effective) / 10
	return s
}

func newJSONTopCrashers(f facts.Facts) jsonTopCrashers {
	out := jsonTopCrashers{Largest: []jsonRankMove{}, Entering: []jsonRankMove{}, Leaving: []jsonRankMove{}}
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
