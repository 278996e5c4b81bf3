package report

import (
	"encoding/json"
	"io"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/siglists/lint"
)

// schema is the version of the JSON report. Its keys stay; new ones may come.
const schema = 1

// jsonReport has empty lists, and never null, so that programs need not ask. Keys that may be missing say when they
// are there.
type jsonReport struct {
	Schema int      `json:"schema"`
	Notes  []string `json:"notes"`
	// Code is there when Socorro's code differs between the sides.
	Code      *CodeChange `json:"code,omitempty"`
	Base      Side        `json:"base"`
	Candidate Side        `json:"candidate"`
	Corpus    Corpus      `json:"corpus"`
	// StaleBefore is the time that the counts named stale are about; none without it.
	StaleBefore string     `json:"stale_before,omitempty"`
	Totals      jsonTotals `json:"totals"`
	// Concerns are what to look at first, the gravest first.
	Concerns   []jsonConcern   `json:"concerns"`
	Groups     []jsonGroup     `json:"groups"`
	Signatures []jsonSignature `json:"signatures"`
	Lines      []jsonLine      `json:"lines"`
	Missing    []string        `json:"missing"`
	Failures   []jsonFailure   `json:"failures"`
	jsonFacts
	// Bugs is there when the service was asked.
	Bugs *Bugs `json:"bugs,omitempty"`
	// Screening is there when crashes were screened.
	Screening *Screening  `json:"screening,omitempty"`
	Expect    *jsonExpect `json:"expect,omitempty"`
	// Weights are there when pings were counted.
	Weights *Weights `json:"weights,omitempty"`
}

type jsonExpect struct {
	Met    int           `json:"met"`
	Missed []jsonMissed  `json:"missed"`
	Absent []jsonFailure `json:"absent"`
}

type jsonMissed struct {
	ID       string      `json:"id"`
	Expected string      `json:"expected"`
	Given    string      `json:"given"`
	Base     string      `json:"base"`
	Causes   []jsonCause `json:"causes"`
	Misspelt string      `json:"misspelt,omitempty"`
}

type jsonTotals struct {
	Crashes             int `json:"crashes"`
	Compared            int `json:"compared"`
	Changed             int `json:"changed"`
	Missing             int `json:"missing"`
	Failed              int `json:"failed"`
	SignaturesBase      int `json:"signatures_base"`
	SignaturesCandidate int `json:"signatures_candidate"`
	Stale               int `json:"stale"`         // of the changed
	DataChanged         int `json:"data_changed"`  // of the compared, whether they changed or not
	WithoutStack        int `json:"without_stack"` // of the compared
}

type jsonGroup struct {
	Base        string      `json:"base"`
	Candidate   string      `json:"candidate"`
	Crashes     int         `json:"crashes"`
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

type jsonCause struct {
	List    string `json:"list"`
	Text    string `json:"text"`
	Line    int    `json:"line"`
	Change  string `json:"change"`
	Crashes int    `json:"crashes"`
}

type jsonSignature struct {
	Signature string `json:"signature"`
	Base      int    `json:"base"`
	Candidate int    `json:"candidate"`
}

type jsonLine struct {
	List   string `json:"list"`
	Text   string `json:"text"`
	Line   int    `json:"line"`
	Change string `json:"change"`
	Frames int    `json:"frames"`
	// Held are crashes that have one of the frames on their stack; From and To how many signatures those that the line
	// decides have without the change, and with it.
	Held       int              `json:"held"`
	Crashes    int              `json:"crashes"`
	Changed    int              `json:"changed"`
	From       int              `json:"signatures_without"`
	To         int              `json:"signatures_with"`
	Verdict    string           `json:"verdict"`
	Missed     []jsonNearMiss   `json:"missed"`
	Cuts       []jsonFrameCount `json:"cuts"`
	Edit       *jsonEdit        `json:"edit,omitempty"`
	Takers     []jsonTaker      `json:"takers"` // of a redundant line
	NearMisses []jsonNearMiss   `json:"near_misses"`
	Longer     []jsonFrameCount `json:"longer_names"` // that go on where the line ends
	Lint       []lint.Finding   `json:"lint,omitempty"`
}

type jsonFrameCount struct {
	Frame   string `json:"frame"`
	Crashes int    `json:"crashes"`
}

// jsonEdit is the line of the other side that an edited line was, or became.
type jsonEdit struct {
	Text  string `json:"text"`
	Line  int    `json:"line"`
	Same  int    `json:"same"` // frames that both match
	More  int    `json:"more"`
	Fewer int    `json:"fewer"`
}

type jsonTaker struct {
	List   string `json:"list"`
	Text   string `json:"text"`
	Line   int    `json:"line"`
	Frames int    `json:"frames"`
}

type jsonNearMiss struct {
	How    string           `json:"how"` // what change to the line it takes, in words
	Frames []jsonFrameCount `json:"frames"`
}

type jsonFailure struct {
	ID    string `json:"id"`
	Error string `json:"error"`
}

// JSON writes the report for programs. It leaves nothing out.
// It has neither the program nor the command: the same comparison is the same bytes, whoever makes it.
func JSON(w io.Writer, r *Report, _ Options) error {
	out := jsonReport{
		Schema: schema, Notes: texts(r.notes()), Code: r.Code, Base: r.Base, Candidate: r.Candidate, Corpus: r.Corpus, StaleBefore: r.StaleBefore, Totals: jsonTotals(r.Totals), Concerns: newJSONConcerns(r.Concerns),
		Groups: []jsonGroup{}, Signatures: []jsonSignature{}, Lines: []jsonLine{}, Missing: []string{}, Failures: []jsonFailure{}, jsonFacts: newJSONFacts(r.Facts), Bugs: r.Bugs, Screening: r.Screening, Weights: r.Weights,
	}
	for _, g := range r.Groups {
		group := newJSONGroup(g)
		group.Collateral = r.Expect.isCollateral(g)
		if n, known := r.Weights.of(g); known {
			group.Pings = &n
		}
		out.Groups = append(out.Groups, group)
	}
	for _, s := range r.Signatures {
		out.Signatures = append(out.Signatures, jsonSignature(s))
	}
	for _, v := range r.Lines {
		out.Lines = append(out.Lines, newJSONLine(r, v))
	}
	out.Missing = append(out.Missing, r.Missing...)
	for _, f := range r.Failures {
		out.Failures = append(out.Failures, jsonFailure{f.ID, f.Err})
	}
	out.Expect = newJSONExpect(r.Expect)
	return encodeIndented(w, out)
}

// encodeIndented writes a value as JSON for people who look at it too.
func encodeIndented(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// newJSONGroup leaves out Collateral and Pings, which are of the report, and set by its caller.
func newJSONGroup(g compare.Group) jsonGroup {
	out := jsonGroup{
		Base: g.Base, Candidate: g.Candidate, Crashes: g.Crashes, Stale: g.Stale, DataChanged: g.DataChanged, Kind: string(g.Kind),
		RuleChanges: append([]string{}, g.RuleChanges...), Causes: []jsonCause{},
		NextFrames: g.NextFrames, Examples: append([]string{}, g.Examples...),
	}
	for _, c := range g.Causes {
		out.Causes = append(out.Causes, newJSONCause(c.Cause, c.Crashes))
	}
	return out
}

func newJSONLine(r *Report, v compare.Verdict) jsonLine {
	line := v.Change.Line
	out := jsonLine{
		List: string(line.List), Text: line.Text, Line: line.Number, Change: string(compare.CauseRemoved),
		Frames: v.Frames, Crashes: v.Crashes, Verdict: string(v.Kind), Takers: []jsonTaker{},
		Held: v.Held, Changed: v.Changed, From: v.From, To: v.To, NearMisses: jsonNearMisses(v.NearMisses), Missed: jsonNearMisses(v.Missed), Cuts: jsonFrameCounts(v.Cuts),
		Longer: jsonFrameCounts(v.Longer),
	}
	if v.Change.Added {
		out.Change, out.Lint = string(compare.CauseAdded), r.lintOf(line)
	}
	for _, t := range v.Takers {
		out.Takers = append(out.Takers, jsonTaker{string(t.Line.List), t.Line.Text, t.Line.Number, t.Frames})
	}
	if e := v.Edit; e != nil {
		out.Edit = &jsonEdit{e.Other.Text, e.Other.Number, e.Same, e.More, e.Fewer}
	}
	return out
}

func jsonNearMisses(misses []compare.NearMiss) []jsonNearMiss {
	out := make([]jsonNearMiss, len(misses))
	for i, m := range misses {
		out[i] = jsonNearMiss{m.How, jsonFrameCounts(m.Frames)}
	}
	return out
}

func jsonFrameCounts(frames []compare.FrameCount) []jsonFrameCount {
	out := make([]jsonFrameCount, len(frames))
	for i, f := range frames {
		out[i] = jsonFrameCount(f)
	}
	return out
}

func newJSONExpect(x *Expectations) *jsonExpect {
	if x == nil {
		return nil
	}
	out := &jsonExpect{Met: x.Met, Missed: []jsonMissed{}, Absent: []jsonFailure{}}
	for _, m := range x.Missed {
		missed := jsonMissed{ID: m.ID, Expected: m.Expected, Given: m.Candidate, Base: m.Base, Causes: []jsonCause{}}
		if m.Misspelt != nil {
			missed.Misspelt = m.Misspelt.String()
		}
		for _, c := range m.Causes {
			missed.Causes = append(missed.Causes, newJSONCause(c, 1))
		}
		out.Missed = append(out.Missed, missed)
	}
	for _, f := range x.Absent {
		out.Absent = append(out.Absent, jsonFailure{f.ID, f.Err})
	}
	return out
}

func newJSONCause(c compare.Cause, crashes int) jsonCause {
	return jsonCause{List: string(c.Line.List), Text: c.Line.Text, Line: c.Line.Number, Change: string(c.Kind), Crashes: crashes}
}
