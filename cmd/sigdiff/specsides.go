package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/sigdiff/sigdiff/corpora"
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
	f.StringVar(&o.rules, "rules", defaultRules, "the rules of both sides: default or 2023, then +RULE or -RULE, separated by commas")
	f.StringVar(&o.ownBaseRules, "base-rules", "", "the rules of the base, when they differ")
	f.StringVar(&o.ownCandidateRules, "candidate-rules", "", "the rules of the candidate, when they differ")
}

func (o *sidesOptions) baseRules() string      { return orElse(o.ownBaseRules, o.rules) }
func (o *sidesOptions) candidateRules() string { return orElse(o.ownCandidateRules, o.rules) }

// loadedSide is one side of a comparison, ready to make signatures.
type loadedSide struct {
	engine.Side
	info report.Side
	pull *gitlists.PullRequest // of pr/N
}

// side makes a side of a comparison from what the user wrote: a SPEC and a ruleset.
func (s *specReader) side(ctx context.Context, spec, rules string) (loadedSide, error) {
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
	return loadedSide{Side: engine.NewGenerator(l.set, ruleset), info: l.info, pull: l.pull}, nil
}

// checkPair tells what is missing of a base and a candidate: only a pull request knows its own base.
func checkPair(command, base, candidate string) error {
	kind, _ := parseSpec(candidate)
	switch {
	case candidate == "":
		return usageError("%s needs --base and --candidate; see 'sigdiff %s --help'", command, command)
	case base == "" && kind != specPull:
		return usageError("%s needs --base; only a pull request, pr/N, is compared with its merge base without one", command)
	}
	return nil
}

// pair makes both sides of a comparison. An empty base means the merge base of the pull request that the
// candidate is.
func (s *specReader) pair(ctx context.Context, base, candidate, baseRules, candidateRules string) (b, c loadedSide, err error) {
	if base != "" {
		if b, err = s.side(ctx, base, baseRules); err != nil {
			return b, c, fmt.Errorf("base: %w", err)
		}
	}
	if c, err = s.side(ctx, candidate, candidateRules); err != nil {
		return b, c, fmt.Errorf("candidate: %w", err)
	}
	if base != "" {
		return b, c, nil
	}
	loaded, err := s.loadBase(ctx, c.pull)
	if err == nil {
		b, err = loaded.side(baseRules)
	}
	if err != nil {
		err = fmt.Errorf("base: %w", err)
	}
	return b, c, err
}
