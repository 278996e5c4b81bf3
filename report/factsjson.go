package report

import (
	"math"

	"github.com/sigdiff/sigdiff/engine/facts"
)

type jsonFacts struct {
	Kinds         []jsonKind         `json:"kinds"`
	Ledger        jsonLedger         `json:"ledger"`
	Patterns      []jsonPattern      `json:"patterns"`
	NewSignatures []jsonNewSignature `json:"new_signatures"`
	Scoreboard    jsonScoreboard     `json:"scoreboard"`
	TopCrashers   jsonTopCrashers    `json:"top_crashers"`
}

type jsonKind struct {
	Kind       string `json:"kind"`
	Crashes    int    `json:"crashes"`
	Groups     int    `json:"groups"`
	Signatures int    `json:"signatures"`
}

type jsonLedger struct {
	Gone []jsonFrameCount `json:"gone"`
	Came []jsonFrameCount `json:"came"`
}

type jsonPattern struct {
	Edits   []jsonPatternEdit `json:"edits"`
	Crashes int               `json:"crashes"`
	Groups  []jsonPair        `json:"groups"`
}

type jsonPatternEdit struct {
	Gone  string `json:"gone"`
	Came  string `json:"came"`  // empty where something only goes
	Place string `json:"place"` // see facts.Place
}

type jsonPair struct {
	Base      string `json:"base"`
	Candidate string `json:"candidate"`
}

type jsonNewSignature struct {
	Signature string `json:"signature"`
	From      int    `json:"from"` // signatures that become it
	Crashes   int    `json:"crashes"`
	Had       int    `json:"had"` // crashes that had it before
}

type jsonScoreboard struct {
	Before jsonScore `json:"before"`
	After  jsonScore `json:"after"`
}

type jsonScore struct {
	Signatures int     `json:"signatures"`
	Effective  float64 `json:"effective_signatures"` // 2 to the power of the entropy
	Single     int     `json:"signatures_of_one_crash"`
	Bare       int     `json:"bare"`      // crashes that end in a module or an address
	Truncated  int     `json:"truncated"` // crashes whose signature was too long
	Shared     int     `json:"signatures_on_several_platforms"`
}

type jsonTopCrashers struct {
	Largest  []jsonRankMove `json:"largest"` // moves among the largest signatures, whether they meet a criterion or not
	Entering []jsonRankMove `json:"entering"`
	Leaving  []jsonRankMove `json:"leaving"`
}

type jsonRankMove struct {
	Product   string       `json:"product"`
	Channel   string       `json:"channel"`
	Platform  string       `json:"platform"` // empty: any
	Processes []string     `json:"processes,omitempty"`
	CPUs      []string     `json:"processors,omitempty"`
	Top       int          `json:"top"` // how many signatures are top crashers
	Signature string       `json:"signature"`
	Before    jsonStanding `json:"before"`
	After     jsonStanding `json:"after"`
}

type jsonStanding struct {
	Rank    int  `json:"rank"` // from 1; 0: no crashes
	Crashes int  `json:"crashes"`
	Startup bool `json:"startup_crashes,omitempty"`
}

func newJSONFacts(f facts.Facts) jsonFacts {
	out := jsonFacts{
		Kinds: []jsonKind{}, Ledger: jsonLedger{jsonFrameCounts(f.Ledger.Gone), jsonFrameCounts(f.Ledger.Came)}, Patterns: []jsonPattern{},
		NewSignatures: []jsonNewSignature{}, Scoreboard: jsonScoreboard{newJSONScore(f.Scoreboard[0]), newJSONScore(f.Scoreboard[1])},
		TopCrashers: newJSONTopCrashers(f),
	}
	for _, k := range f.Kinds {
		out.Kinds = append(out.Kinds, jsonKind{string(k.Kind), k.Crashes, k.Groups, k.Signatures})
	}
	for _, p := range f.Patterns {
		pattern := jsonPattern{Crashes: p.Crashes}
		for _, e := range p.Edits {
			pattern.Edits = append(pattern.Edits, jsonPatternEdit{e.Gone, e.Came, string(e.Place)})
		}
		for _, pair := range p.Pairs {
			pattern.Groups = append(pattern.Groups, jsonPair(pair))
		}
		out.Patterns = append(out.Patterns, pattern)
	}
	for _, s := range f.NewSignatures {
		if s.From > 1 {
			out.NewSignatures = append(out.NewSignatures, jsonNewSignature(s))
		}
	}
	return out
}

// newJSONScore rounds what differs in its last digits from machine to machine.
func newJSONScore(s facts.Score) jsonScore {
	out := jsonScore(s)
	out.Effective = math.Round(10*s.Effective) / 10
	return out
}

func newJSONTopCrashers(f facts.Facts) jsonTopCrashers {
	out := jsonTopCrashers{Largest: []jsonRankMove{}, Entering: []jsonRankMove{}, Leaving: []jsonRankMove{}}
	for _, r := range f.Largest {
		for _, m := range r.Moves {
			out.Largest = append(out.Largest, newJSONMove(r, m))
		}
	}
	for _, r := range f.TopCrashers {
		for _, m := range r.Moves {
			if r.Enters(m) {
				out.Entering = append(out.Entering, newJSONMove(r, m))
			} else {
				out.Leaving = append(out.Leaving, newJSONMove(r, m))
			}
		}
	}
	return out
}

func newJSONMove(r facts.Ranking, m facts.Move) jsonRankMove {
	return jsonRankMove{r.Product, r.Channel, r.Platform, r.Processes, r.CPUs, r.Top, m.Signature, jsonStanding(m.Before), jsonStanding(m.After)}
}
