package main

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/internal/edited"
	"github.com/sigdiff/sigdiff/internal/shell"
	"github.com/sigdiff/sigdiff/internal/spec"
	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists"
)

// searchedLines is the search by 'fetch --for' that a corpus comes from; nil for none. Lines count as absent only where
// all that the service kept was searched, whatever the crashes were otherwise. Of several searches the last counts.
func searchedLines(provenance json.RawMessage) *report.Searched {
	var searched *report.Searched
	for _, p := range provenances(provenance) {
		// Only that of a search for lines has both.
		if p.Lines != nil && p.Window != nil {
			searched = p.asSearched()
		}
	}
	return searched
}

// provenances are where a corpus comes from, and what was added to it. One that can't be read is none.
func provenances(provenance json.RawMessage) []corpusProvenance {
	var from struct {
		corpusProvenance
		Added []corpusProvenance `json:"added"`
	}
	if json.Unmarshal(provenance, &from) != nil {
		return nil
	}
	// Oldest first, as they were added: of several searches the last counts.
	return append([]corpusProvenance{from.corpusProvenance}, from.Added...)
}

// origins are provenances, and those of the corpora that each was drawn from.
func origins(provenance json.RawMessage) (all []corpusProvenance) {
	for _, p := range provenances(provenance) {
		all = append(append(all, p), origins(p.Of)...)
	}
	return all
}

// lacksNotes say what a corpus lacks of what it was to be of, as was known when it was made. Figures can't speak of that.
func lacksNotes(provenance json.RawMessage) (notes []report.Note) {
	for _, text := range corpora.Lacks(provenance) {
		notes = append(notes, report.Note{Text: report.Sentence("the corpus is not complete: %s", text), Unknown: true})
	}
	return notes
}

func (p corpusProvenance) asSearched() *report.Searched {
	s := &report.Searched{Host: p.Host, First: p.Window.From.Time.Format(time.DateOnly), Last: p.Window.To.Time.Format(time.DateOnly), Lines: p.Lines}
	// "No crash has it" would be said of crashes that were never searched.
	if !p.Window.AllKept() || !p.Unfiltered("proto_signature") {
		return s
	}
	var absent strings.Builder // as an edit file
	for _, l := range p.Lines {
		if l.Absent {
			absent.WriteString(l.Line + "\n")
		}
	}
	// Read as an edit file, since the provenance has lines in that form.
	changes, err := siglists.ReadChanges(strings.NewReader(absent.String()))
	if err != nil {
		return s
	}
	for _, c := range changes {
		s.Absent = append(s.Absent, c.Line)
	}
	return s
}

// fetchFor is the command that fetches crashes for the changed lines; empty where no siglists differ.
// Of a pull request, fetch --for makes the corpus's name itself. Else one is given here, so that the crashes can be
// named later.
func (o *sidesOptions) fetchFor() string {
	words := []string{"sigdiff", "fetch"}
	switch kind, _ := spec.Parse(o.candidate); {
	case o.edit.file != "":
		words = append(words, "--edit", o.edit.file)
	case len(o.edit.add) > 0:
		return edited.FetchFor(o.edit.add)
	case o.candidate == "" || !spec.NamesLists(o.candidate) || o.base != "" && !spec.NamesLists(o.base):
		return ""
	default:
		words = append(words, "--for", o.candidate)
		if o.base != "" {
			words = append(words, "--base", o.base)
		}
		if kind == spec.Pull || kind == spec.Merge {
			return shell.Line(words)
		}
	}
	return shell.Line(append(words, "--corpus", "changed-lines"))
}
