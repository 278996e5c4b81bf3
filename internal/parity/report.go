package parity

import (
	"fmt"
	"io"

	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/report"
)

// Report is what check-parity found.
type Report struct {
	Schema      int          `json:"schema"`
	Service     string       `json:"service"`
	Siglists    report.Side  `json:"siglists"` // of the engine
	Corpus      string       `json:"corpus"`
	Of          int          `json:"crashes"` // that the sample was drawn from
	Seed        uint64       `json:"seed"`
	Sample      int          `json:"sample"`
	Compared    int          `json:"compared"`
	Differences []Difference `json:"differences"`
	NotCompared []Failure    `json:"not_compared"`
}

// Difference is a crash of which the service makes another signature.
type Difference struct {
	ID           string   `json:"id"`
	Engine       string   `json:"engine"`
	Service      string   `json:"service"`
	Recorded     string   `json:"recorded"`
	EngineNotes  []string `json:"engine_notes"`
	ServiceNotes []string `json:"service_notes"`
}

// Failure is a crash that could not be compared, and why.
type Failure struct {
	ID    string `json:"id"`
	Error string `json:"error"`
}

// Text writes the report for people.
func (r *Report) Text(w io.Writer) {
	of := ""
	if r.Corpus != "" {
		of = " of " + report.Visible(r.Corpus)
	}
	fmt.Fprintf(w, "%s%s compared: %s differ, %s could not be compared\n", plural.Crashes(r.Compared), of, plural.Number(len(r.Differences)), plural.Number(len(r.NotCompared)))
	fmt.Fprintf(w, "engine   siglists %s\n", report.Visible(sideText(r.Siglists)))
	fmt.Fprintf(w, "service  %s, the siglists and rules that it runs itself\n", report.Visible(r.Service))
	fmt.Fprintf(w, "sample   %s of %s, --seed %d\n", plural.Number(r.Sample), plural.Number(r.Of), r.Seed)
	for _, d := range r.Differences {
		fmt.Fprintf(w, "\n%s\n  engine    %s\n  service   %s\n", d.ID, report.Visible(d.Engine), report.Visible(d.Service))
		if d.Recorded != d.Engine {
			fmt.Fprintf(w, "  recorded  %s\n", report.Visible(d.Recorded))
		}
		for _, n := range d.ServiceNotes {
			fmt.Fprintf(w, "  service's note  %s\n", report.Visible(n))
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
