package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sigdiff/sigdiff/engine"
	"github.com/sigdiff/sigdiff/report"
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
}

// side makes a side of a comparison from what the user wrote: a SPEC and a ruleset.
func (s *specReader) side(ctx context.Context, spec, rules string) (loadedSide, error) {
	switch kind, _ := parseSpec(spec); kind {
	case specRecorded:
		return loadedSide{Side: engine.Recorded{}, info: report.Side{Spec: spec, Kind: "recorded"}}, nil
	case specAccepted:
		if s.accepted != nil {
			return s.accepted()
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
	return loadedSide{Side: engine.NewGenerator(l.set, ruleset), info: l.info, code: l.code}, nil
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
		return s.pullPair(ctx, candidate, baseRules, candidateRules)
	}
	if b, err = s.side(ctx, base, baseRules); err != nil {
		return b, c, fmt.Errorf("base: %w", err)
	}
	if c, err = s.side(ctx, candidate, candidateRules); err != nil {
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
