package main

import (
	"fmt"
	"io"

	"github.com/sigdiff/sigdiff/report"
)

// parityReport is what check-parity found.
type parityReport struct {
	Schema      int                `json:"schema"`
	Service     string             `json:"service"`
	Siglists    report.Side        `json:"siglists"` // of the engine
	Corpus      string             `json:"corpus"`
	Of          int                `json:"crashes"` // that the sample was drawn from
	Seed        uint64             `json:"seed"`
	Sample      int                `json:"sample"`
	Compared    int                `json:"compared"`
	Differences []parityDifference `json:"differences"`
	NotCompared []parityFailure    `json:"not_compared"`
}

type parityDifference struct {
	ID           string   `json:"id"`
	Engine       string   `json:"engine"`
	Service      string   `json:"service"`
	Recorded     string   `json:"recorded"`
	EngineNotes  []string `json:"engine_notes"`
	ServiceNotes []string `json:"service_notes"`
}

type parityFailure struct {
	ID    string `json:"id"`
	Error string `json:"error"`
}

func (r *parityReport) write(a *app, format string) error {
	if format == "json" {
		r.Differences = append([]parityDifference{}, r.Differences...) // lists are never null
		r.NotCompared = append([]parityFailure{}, r.NotCompared...)
		return a.writeJSON(r)
	}
	r.text(a.stdout)
	for i, f := range r.NotCompared {
		if i == maxNamed {
			a.note("and %d more; --format json names all", len(r.NotCompared)-maxNamed)
			break
		}
		a.note("not compared: %s: %s", f.ID, visible(f.Error))
	}
	return nil
}

func (r *parityReport) text(w io.Writer) {
	of := ""
	if r.Corpus != "" {
		of = " of " + visible(r.Corpus)
	}
	fmt.Fprintf(w, "%s%s compared: %d differ, %d could not be compared\n", crashCount(r.Compared), of, len(r.Differences), len(r.NotCompared))
	fmt.Fprintf(w, "engine   siglists %s\n", visible(sideText(r.Siglists)))
	fmt.Fprintf(w, "service  %s, the siglists and rules that it runs itself\n", visible(r.Service))
	fmt.Fprintf(w, "sample   %d of %d, --seed %d\n", r.Sample, r.Of, r.Seed)
	for _, d := range r.Differences {
		fmt.Fprintf(w, "\n%s\n  engine    %s\n  service   %s\n", d.ID, visible(d.Engine), visible(d.Service))
		if d.Recorded != d.Engine {
			fmt.Fprintf(w, "  recorded  %s\n", visible(d.Recorded))
		}
		for _, n := range d.ServiceNotes {
			fmt.Fprintf(w, "  service's note  %s\n", visible(n))
		}
	}
}

// sideText names siglists in one line.
func sideText(s report.Side) string {
	text := s.Spec
	if s.Revision != "" {
		text += fmt.Sprintf(", commit %.12s of %.10s", s.Revision, s.Date)
	}
	return text + ", digest " + s.Digest
}
