package pipeline

import (
	"errors"
	"fmt"
	"strings"

	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/edited"
	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists"
)

// recorded is the SPEC of the signatures that the crashes record.
const recorded = "recorded"

// Side is a side of the comparison, in a form that travels: the siglists as their files have them.
type Side struct {
	Spec  string           // as the user gave it
	Rules string           // as signatures.ParseRuleset reads them
	Lists siglists.Sources // nil for recorded signatures
}

// LoadSide makes a side of a SPEC: a directory of siglists, with dir: in front or without, or "recorded"
// for the signatures that the crashes record.
func LoadSide(spec, rules string) (Side, error) {
	side := Side{Spec: spec, Rules: rules}
	if spec == recorded {
		return side, nil
	}
	set, err := siglists.LoadDir(strings.TrimPrefix(spec, "dir:"))
	if err != nil {
		return Side{}, fmt.Errorf("siglists: %w", err)
	}
	side.Lists = set.Sources()
	// The rules are looked at, too, before anything travels.
	_, err = side.load()
	return side, err
}

// loaded is a side that makes signatures.
type loaded struct {
	signatures.Side
	info report.Side
	set  *siglists.Set // nil for recorded signatures
}

func (s Side) load() (loaded, error) {
	if s.Lists == nil {
		if s.Spec != recorded {
			return loaded{}, errors.New("no siglists")
		}
		return loaded{Side: signatures.Recorded{}, info: report.Side{Spec: recorded, Kind: recorded}}, nil
	}
	set, err := s.Lists.Load(nil)
	if err != nil {
		return loaded{}, err
	}
	generator, info, err := edited.Lists{Set: set, Info: report.Side{Spec: s.Spec, Kind: "dir", Digest: set.Digest()}}.Side(s.Rules)
	return loaded{generator, info, set}, err
}

// loadPair loads both sides.
func loadPair(base, candidate Side) (b, c loaded, err error) {
	if b, err = base.load(); err != nil {
		return b, c, fmt.Errorf("base: %w", err)
	}
	if c, err = candidate.load(); err != nil {
		return b, c, fmt.Errorf("candidate: %w", err)
	}
	return b, c, nil
}

// Notes are what a reader must know of the siglists of both sides, as 'sigdiff diff' says it.
func Notes(base, candidate Side) ([]report.Note, error) {
	b, c, err := loadPair(base, candidate)
	return edited.ListNotes(b.set, c.set), err
}
