package main

import (
	"fmt"
	"strings"

	"github.com/sigdiff/sigdiff/engine"
	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists"
)

// loadSide makes a side of a comparison from what the user wrote: a SPEC and a ruleset.
func loadSide(spec, rules string) (engine.Side, report.Side, error) {
	if spec == "recorded" {
		return engine.Recorded{}, report.Side{Spec: spec, Kind: "recorded"}, nil
	}
	set, err := loadSet(spec)
	if err != nil {
		return nil, report.Side{}, err
	}
	ruleset, err := engine.ParseRuleset(rules)
	if err != nil {
		return nil, report.Side{}, usageError("%w", err)
	}
	side := report.Side{Spec: spec, Kind: "dir", Digest: set.Digest()}
	if rules != defaultRules {
		side.Rules = rules
	}
	return engine.NewGenerator(set, ruleset), side, nil
}

const defaultRules = "default"

func loadSet(spec string) (*siglists.Set, error) {
	set, err := siglists.LoadDir(strings.TrimPrefix(spec, "dir:"))
	if err != nil {
		return nil, &exitError{exitUsage, fmt.Errorf("siglists: %w", err)}
	}
	return set, nil
}
