package report

import (
	"bytes"
	"encoding/json"
	"io"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/history"
	"github.com/sigdiff/sigdiff/siglists/lint"
)

// jsonReport has empty lists, and never null, so that programs need not ask. Keys that may be missing say when they
// are there.
type jsonReport struct {
	Notes []string `json:"notes"`
	// Code is there when Socorro's code differs between the sides.
	Code      *CodeChange `json:"code,omitempty"`
	Base      Side        `json:"base"`
	Candidate Side        `json:"candidate"`
	Corpus    Corpus      `json:"corpus"`
	// StaleBefore is the time that the counts named stale are about; none without it.
	StaleBefore string         `json:"stale_before,omitempty"`
	Totals      compare.Totals `json:"totals"`
	// Concerns are what to look at first, the gravest first.
	Concerns   []jsonConcern                `json:"concerns"`
	Groups     []jsonGroup                  `json:"groups"`
	Signatures List[compare.SignatureCount] `json:"signatures"`
	Lines      []jsonLine                   `json:"lines"`
	Missing    List[string]                 `json:"missing"`
	Failures   List[compare.Failure]        `json:"failures"`
	jsonFacts
	// Bugs is there when the service was asked.
	Bugs *Bugs `json:"bugs,omitempty"`
	// Screening is there when crashes were screened.
	Screening *Screening    `json:"screening,omitempty"`
	Expect    *Expectations `json:"expect,omitempty"`
	// Weights are there when pings were counted.
	Weights *Weights `json:"weights,omitempty"`
}

type jsonMissed struct {
	ID       string      `json:"id"`
	Expected string      `json:"expected"`
	Given    string      `json:"given"`
	Base     string      `json:"base"`
	Causes   []jsonCause `json:"causes"`
	Misspelt string      `json:"misspelt,omitempty"`
}

type jsonGroup struct {
	history.PairCount
	Stale       int         `json:"stale"`
	DataChanged int         `json:"data_changed"`
	Kind        string      `json:"kind"`
	RuleChanges []string    `json:"rule_changes"`
	Causes      []jsonCause `json:"causes"`      // lines, with how many of the crashes each changed
	NextFrames  int         `json:"next_frames"` // different frames behind the new signature: see compare.Group
	Examples    []string    `json:"examples"`
	Collateral  bool        `json:"collateral,omitempty"`
	Pings       *int        `json:"pings,omitempty"` // of its base signature, or the part of them that changes
}

// How many crashes a line changed together with others isn't told: each of their lines has them.
type jsonCause struct {
	jsonChange
	Crashes int `json:"crashes"`
}

type jsonLine struct {
	jsonChange
	compare.LineCounts
	Verdict    compare.VerdictKind  `json:"verdict"`
	Missed     []compare.NearMiss   `json:"missed"`
	Cuts       []compare.FrameCount `json:"cuts"`
	Edit       *jsonEdit            `json:"edit,omitempty"`
	Takers     []jsonOther          `json:"takers"` // of a redundant line
	NearMisses []compare.NearMiss   `json:"near_misses"`
	Longer     []compare.FrameCount `json:"longer_names"` // that go on where the line ends
	Lint       []lint.Finding       `json:"lint,omitempty"`
}

// jsonEdit is the line of the other side that an edited line was, or became.
type jsonEdit struct {
	Text  string `json:"text"`
	Line  int    `json:"line"`
	Same  int    `json:"same"` // frames that both match
	More  int    `json:"more"`
	Fewer int    `json:"fewer"`
}

// jsonOther is a line that matches some of the frames of another.
type jsonOther struct {
	jsonPlace
	Frames int `json:"frames"`
}

// List is a list that JSON has as an empty one, and not as null, where it is nil.
type List[T any] []T

// MarshalJSON writes the list.
func (l List[T]) MarshalJSON() ([]byte, error) { return encoded(filled[T](l)) }

// Causes are list lines that made a difference.
type Causes []compare.Cause

// MarshalJSON writes each as an object.
func (c Causes) MarshalJSON() ([]byte, error) { return encoded(each(c, newJSONChange)) }

// encoded is a value as JSON.
func encoded(v any) ([]byte, error) {
	var b bytes.Buffer
	err := WriteJSONLine(&b, v)
	return b.Bytes(), err
}

// WriteJSONLine writes a value as a line of JSON with <, > and & as they are, which frames are full of.
func WriteJSONLine(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// filled is a list that is never nil, which would be null.
func filled[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// each makes something of each of a list. It is never nil.
func each[A, B any](list []A, of func(A) B) []B {
	all := make([]B, len(list))
	for i, one := range list {
		all[i] = of(one)
	}
	return all
}

// reportJSON is the report for programs. It leaves nothing out.
// It has neither the program nor the command: the same comparison is the same bytes, whoever makes it.
func reportJSON(r *Report) any {
	return jsonReport{
		Notes: texts(r.notes()), Code: r.Code, Base: r.Base, Candidate: r.Candidate, Corpus: r.Corpus, StaleBefore: r.StaleBefore, Totals: r.Totals, Concerns: each(r.Concerns, newJSONConcern),
		Groups: each(r.Groups, r.jsonGroup), Signatures: r.Signatures, Lines: each(r.Lines, r.jsonLine), Missing: r.Missing, Failures: r.Failures,
		jsonFacts: newJSONFacts(r.Facts), Bugs: r.Bugs, Screening: r.Screening, Expect: r.Expect, Weights: r.Weights,
	}
}

// WriteJSON writes a value as JSON for people who look at it too.
func WriteJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	// Frames and lines are full of < and &, which JSON need not escape; it is not put into pages like this.
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

func (r *Report) jsonGroup(g compare.Group) jsonGroup {
	out := jsonGroup{
		PairCount: history.PairCount{Pair: g.Pair, Crashes: g.Crashes}, Stale: g.Stale, DataChanged: g.DataChanged, Kind: string(g.Kind),
		RuleChanges: filled(g.RuleChanges), Causes: each(g.Causes, func(c compare.CountedCause) jsonCause { return jsonCause{newJSONChange(c.Cause), c.Crashes} }),
		NextFrames: g.NextFrames, Examples: filled(g.Examples), Collateral: r.Expect.isCollateral(g),
	}
	// Missing rather than 0 where nothing is known.
	if n, known := r.Weights.of(g); known {
		out.Pings = &n
	}
	return out
}

func (r *Report) jsonLine(v compare.Verdict) jsonLine {
	out := jsonLine{
		jsonChange: newJSONChange(compare.CauseOf(v.Change)),
		LineCounts: v.LineCounts, Verdict: v.Kind, Takers: each(v.Takers, func(t compare.Taker) jsonOther { return jsonOther{jsonPlace(t.Line), t.Frames} }),
		NearMisses: filled(v.NearMisses), Missed: filled(v.Missed), Cuts: filled(v.Cuts), Longer: filled(v.Longer),
	}
	if v.Change.Added {
		// Lint was asked about added lines alone: see Report.Lint.
		out.Lint = r.lintOf(v.Change.Line)
	}
	if e := v.Edit; e != nil {
		out.Edit = &jsonEdit{e.Other.Text, e.Other.Number, e.Same, e.More, e.Fewer}
	}
	return out
}

// MarshalJSON writes what a missed crash got, and why, in words.
func (m Missed) MarshalJSON() ([]byte, error) {
	missed := jsonMissed{ID: m.ID, Expected: m.Expected, Given: m.Candidate, Base: m.Base, Causes: each(m.Causes, newJSONCauseOfOne)}
	if m.Misspelt != nil {
		missed.Misspelt = m.Misspelt.String()
	}
	return encoded(missed)
}

// newJSONCauseOfOne is a cause of one crash's signature.
func newJSONCauseOfOne(c compare.Cause) jsonCause { return jsonCause{newJSONChange(c), 1} }
