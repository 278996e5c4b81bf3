package report

import (
	"cmp"
	"slices"

	"github.com/sigdiff/sigdiff/engine/compare"
)

// outline is what the reports for people say, in the order in which they say it: what they can't speak
// of, the totals, what the changed lines do, the groups, the signatures. The formats add form alone.
type outline struct {
	Notes       []Note
	NotCompared string // empty when everything was
	Totals      string
	Stale       string
	Base        sideOutline
	Candidate   sideOutline
	Corpus      string
	Expect      *expectOutline // nil when nothing was expected
	Verdicts    []verdictSection
	Groups      []groupOutline
	Signatures  []compare.SignatureCount
}

type sideOutline struct {
	Text  string
	Notes []string
}

// verdictSection is the changed lines of one verdict.
type verdictSection struct {
	Kind    compare.VerdictKind
	Meaning string
	Lines   []lineOutline
}

// lineOutline is a changed line and what it does.
type lineOutline struct {
	Index           int // in Report.Lines
	Sign            string
	Place, Text     string
	Frames, Crashes int
	Details         []phrase
}

// groupOutline is a group of changed crashes.
type groupOutline struct {
	compare.Group
	Number     int // from 1, in the order of the report
	Meaning    string
	Merge      string
	Collateral bool     // nothing of it was expected
	Diverse    bool     // what was merged goes on in different ways
	Why        []phrase // the causes
}

func newOutline(r *Report) outline {
	o := outline{
		Notes: r.notes(), NotCompared: notCompared(r.Totals), Totals: totalsText(r.Totals), Stale: staleText(r),
		Base: newSideOutline(r.Base), Candidate: newSideOutline(r.Candidate), Corpus: corpusText(r.Corpus),
		Verdicts: verdictSections(r.Lines), Signatures: r.Signatures,
	}
	merges := mergesOf(r)
	o.Expect = newExpectOutline(r.Expect)
	for i, g := range r.Expect.inOrder(r.Groups) {
		group := groupOutline{Group: g, Collateral: r.Expect.isCollateral(g), Number: i + 1, Meaning: kindText(g.Kind), Merge: mergeText(g, merges[g.Candidate]), Diverse: g.NextFrames > 1}
		for _, c := range g.Causes {
			group.Why = append(group.Why, causeText(g, c))
		}
		if r.Base.IsProgram() || r.Candidate.IsProgram() {
			group.Why = []phrase{say(notByLists)}
		}
		o.Groups = append(o.Groups, group)
	}
	return o
}

// mergesOf counts, for each signature that others become, how many do and how many crashes had it.
func mergesOf(r *Report) map[string]merge {
	merges := map[string]merge{}
	for _, g := range r.Groups {
		m := merges[g.Candidate]
		m.signatures++
		merges[g.Candidate] = m
	}
	for _, s := range r.Signatures {
		if m, ok := merges[s.Signature]; ok {
			m.had = s.Base
			merges[s.Signature] = m
		}
	}
	return merges
}

func newSideOutline(s Side) sideOutline { return sideOutline{sideText(s), sideNotes(s)} }

// verdictSections orders the changed lines for a reviewer: first those that look like mistakes. Within a
// verdict, lines with a hint of what was meant come first, then what has more weight; an added line that
// does nothing is a question, a removed one is only tidied up.
func verdictSections(lines []compare.Verdict) []verdictSection {
	var sections []verdictSection
	for _, kind := range []compare.VerdictKind{compare.Dead, compare.Redundant, compare.Decides} {
		section := verdictSection{Kind: kind, Meaning: verdictText(kind)}
		var of []int
		for i, v := range lines {
			if v.Kind == kind {
				of = append(of, i)
			}
		}
		slices.SortStableFunc(of, func(a, b int) int { return compareVerdicts(lines[a], lines[b]) })
		for _, i := range of {
			section.Lines = append(section.Lines, newLineOutline(i, lines[i]))
		}
		if len(of) > 0 {
			sections = append(sections, section)
		}
	}
	return sections
}

func compareVerdicts(a, b compare.Verdict) int {
	if a.Kind != compare.Decides && a.Change.Added != b.Change.Added {
		if a.Change.Added {
			return -1
		}
		return 1
	}
	return cmp.Or(cmp.Compare(b.Crashes, a.Crashes), cmp.Compare(b.Frames, a.Frames),
		cmp.Compare(min(len(b.NearMisses), 1), min(len(a.NearMisses), 1)))
}

func newLineOutline(i int, v compare.Verdict) lineOutline {
	sign := "-"
	if v.Change.Added {
		sign = "+"
	}
	return lineOutline{
		Index: i, Sign: sign, Place: place(v.Change.Line), Text: v.Change.Line.Text,
		Frames: v.Frames, Crashes: v.Crashes, Details: verdictDetails(v),
	}
}
