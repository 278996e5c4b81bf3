package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/engine"
	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/gitlists"
)

// sidesOptions are the flags that tell the two sides of a comparison.
type sidesOptions struct {
	specs                                  specOptions
	base, candidate                        string
	rules, ownBaseRules, ownCandidateRules string
}

// addFlags adds them. defaultBase says, in brackets, what is compared with when there is no base.
func (o *sidesOptions) addFlags(cmd *cobra.Command, defaultBase string) {
	o.specs.addFlags(cmd)
	f := cmd.Flags()
	f.StringVar(&o.base, "base", "", "SPEC of the siglists before the change"+defaultBase)
	f.StringVar(&o.candidate, "candidate", "", "SPEC of the siglists with the change")
	f.StringVar(&o.rules, "rules", defaultRules, "the rules of both sides: default or 2023 (with frames normalised as today), then +RULE or -RULE, separated by commas")
	f.StringVar(&o.ownBaseRules, "base-rules", "", "the rules of the base, when they differ")
	f.StringVar(&o.ownCandidateRules, "candidate-rules", "", "the rules of the candidate, when they differ")
}

func (o *sidesOptions) baseRules() string      { return orElse(o.ownBaseRules, o.rules) }
func (o *sidesOptions) candidateRules() string { return orElse(o.ownCandidateRules, o.rules) }

// loadedSide is one side of a comparison, ready to make signatures.
type loadedSide struct {
	engine.Side
	info report.Side
	code gitlists.Code // beside the siglists; empty where there is none
	// conflicts are the lines that mark merge conflicts.
	conflicts []siglists.Line
}

// side makes a side from what the user wrote: a SPEC and a ruleset.
func (s *specReader) side(ctx context.Context, spec, rules string) (loadedSide, error) {
	side, err := s.sideOfPair(ctx, spec, rules)
	if text := side.conflictText("the"); text != "" {
		s.app.note("warning: %s", text)
	}
	return side, err
}

// sideOfPair is side for a comparison, whose report says what there is to say of its sides.
func (s *specReader) sideOfPair(ctx context.Context, spec, rules string) (loadedSide, error) {
	switch kind, _ := parseSpec(spec); kind {
	case specRecorded:
		return loadedSide{Side: engine.Recorded{}, info: report.Side{Spec: spec, Kind: "recorded"}}, nil
	case specAccepted:
		if s.accepted != nil {
			side, err := s.accepted()
			if results, ok := side.Side.(*corpora.Accepted); ok {
				side.Side = results.Within(s.app.budget)
			}
			return side, err
		}
		return loadedSide{}, usageError("accepted results belong to a corpus; there are none here")
	}
	loaded, err := s.load(ctx, spec)
	if err != nil {
		return loadedSide{}, err
	}
	return loaded.side(rules)
}

func (l loadedSet) side(rules string) (loadedSide, error) {
	ruleset, err := engine.ParseRuleset(rules)
	if err != nil {
		return loadedSide{}, usageError("%w", err)
	}
	if rules != defaultRules {
		l.info.Rules = rules
	}
	if strings.HasPrefix(rules, oldRules) {
		l.info.Notes = append(l.info.Notes, "the rules are those of 2023; frames are normalised as today")
	}
	return loadedSide{Side: engine.NewGenerator(l.set, ruleset), info: l.info, code: l.code, conflicts: l.set.ConflictMarkers()}, nil
}

// checkPair tells what is missing of a base and a candidate: only a pull request knows its own base.
func checkPair(command, base, candidate string) error {
	kind, _ := parseSpec(candidate)
	switch {
	case candidate == "":
		return usageError("%s needs --base and --candidate; see 'sigdiff %s --help'", command, command)
	case base == "" && !hasBase(kind):
		return usageError("%s needs --base; only a pull request, pr/N, is compared with its merge base without one", command)
	}
	return nil
}

// hasBase tells whether a kind of SPEC knows what it is compared with.
func hasBase(kind specKind) bool { return kind == specPull || kind == specMerge }

// pair makes both sides of a comparison. An empty base means that of the pull request that the candidate is.
func (s *specReader) pair(ctx context.Context, base, candidate, baseRules, candidateRules string) (b, c loadedSide, err error) {
	if base == "" {
		b, c, err = s.pullPair(ctx, candidate, baseRules, candidateRules)
	} else {
		b, c, err = s.namedPair(ctx, base, candidate, baseRules, candidateRules)
	}
	if err != nil {
		return b, c, err
	}
	s.noteConflicts(b, c)
	return b, c, nil
}

// namedPair makes the sides of two SPECs.
func (s *specReader) namedPair(ctx context.Context, base, candidate, baseRules, candidateRules string) (b, c loadedSide, err error) {
	if b, err = s.sideOfPair(ctx, base, baseRules); err != nil {
		return b, c, fmt.Errorf("base: %w", err)
	}
	if c, err = s.sideOfPair(ctx, candidate, candidateRules); err != nil {
		return b, c, fmt.Errorf("candidate: %w", err)
	}
	return b, c, nil
}

// pullPair makes the sides of a pull request and its base.
func (s *specReader) pullPair(ctx context.Context, candidate, baseRules, candidateRules string) (b, c loadedSide, err error) {
	loaded, err := s.load(ctx, candidate)
	if err == nil {
		c, err = loaded.side(candidateRules)
	}
	if err != nil {
		return b, c, fmt.Errorf("candidate: %w", err)
	}
	base, err := s.loadBase(ctx, loaded)
	if err == nil {
		b, err = base.side(baseRules)
	}
	if err != nil {
		err = fmt.Errorf("base: %w", err)
	}
	return b, c, err
}

// noteConflicts says that siglists hold merge conflicts. They load, and are compared rightly, but nobody means them:
// figures can't speak of the lists that are to come of them.
func (s *specReader) noteConflicts(b, c loadedSide) {
	for _, text := range []string{b.conflictText("the base's"), c.conflictText("the candidate's")} {
		if text != "" {
			s.notes = append(s.notes, report.Note{Text: text, Unknown: true})
		}
	}
}

// conflictText says that somebody's siglists hold a merge conflict; it is empty where they don't.
func (l loadedSide) conflictText(whose string) string {
	if len(l.conflicts) == 0 {
		return ""
	}
	return fmt.Sprintf("%s siglists hold a merge conflict, and both sides of it count: %s of markers, the first is %s; 'sigdiff lint' names all",
		whose, counted(len(l.conflicts), "line"), l.conflicts[0])
}
