// Package report renders comparisons: one model, made from a tally, and a file for each format.
package report

import (
	"fmt"
	"io"
	"slices"

	"github.com/sigdiff/sigdiff/engine"
)

// Side is what a side of the comparison was made with.
type Side struct {
	Spec     string `json:"spec"` // as the user gave it
	Kind     string `json:"kind"` // dir, git, recorded or accepted
	Revision string `json:"revision,omitempty"`
	Digest   string `json:"digest,omitempty"` // of the siglists
	Rules    string `json:"rules,omitempty"`  // when they are not the default
}

// Corpus is what was compared.
type Corpus struct {
	Name    string `json:"name"`
	Crashes int    `json:"crashes"`
	Digest  string `json:"digest"`
}

// Report is a comparison, ready to render.
type Report struct {
	Base, Candidate Side
	Corpus          Corpus
	Totals          engine.Totals
	Groups          []engine.Group
	Signatures      []engine.SignatureCount
	Lines           []engine.Verdict // of the lines that differ
	Missing         []string
	Failures        []engine.Failure
}

// New makes the report of a tally.
func New(base, candidate Side, corpus Corpus, t *engine.Tally) *Report {
	return &Report{
		Base: base, Candidate: candidate, Corpus: corpus, Totals: t.Totals(), Groups: t.Groups(),
		Signatures: t.Signatures(), Lines: t.Verdicts(), Missing: t.Missing(), Failures: t.Failures(),
	}
}

// Options say how much a report for people shows.
type Options struct {
	// Limit is how many groups and signatures are shown; 0 means all. How many were left out is said.
	Limit int
	// Host is the address of the crash reports that links lead to, without a slash at its end.
	Host string
}

// format renders a report.
type format func(w io.Writer, r *Report, o Options) error

var formats = map[string]format{"table": Table, "csv": CSV, "json": JSON}

// Formats are the names of the formats.
func Formats() []string {
	names := make([]string, 0, len(formats))
	for name := range formats {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Render writes the report in a format, by name.
func Render(w io.Writer, name string, r *Report, o Options) error {
	render, ok := formats[name]
	if !ok {
		return fmt.Errorf("no format %q; there are %v", name, Formats())
	}
	if err := render(w, r, o); err != nil {
		return fmt.Errorf("writing the report as %s: %w", name, err)
	}
	return nil
}

// limited is the part of a list that is shown, and how many are left out.
func limited[T any](list []T, limit int) ([]T, int) {
	if limit <= 0 || len(list) <= limit {
		return list, 0
	}
	return list[:limit], len(list) - limit
}
