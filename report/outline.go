package report

import (
	"cmp"
	"slices"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/concerns"
	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/siglists"
)

// outline is what the reports for people say, in the order in which they say it: what they can't speak
// of, the totals, what the changed lines do, the groups, the signatures. The formats add form alone.
// JSON and CSV don't go by it: they leave nothing out, and put nothing into words.
type outline struct {
	Notes      []Note
	Concerns   []concernOutline
	Stale      string
	MadeBy     Phrase // by which sigdiff and how; nil where that isn't known
	Facts      factsOutline
	Verdicts   []verdictSection
	Groups     []groupOutline
	Signatures []compare.SignatureCount
}

// verdictSection is the changed lines of one verdict.
type verdictSection struct {
	Kind    compare.VerdictKind
	Meaning string
	Lines   []lineOutline
	Removed []string // removed lines that matched nothing, which say no more
	Hint    Phrase   // what would tell more
	style   style
}

// Count is how many lines have the verdict.
func (s verdictSection) Count() int { return len(s.Lines) + len(s.Removed) }

// lineOutline is a changed line and what it does.
type lineOutline struct {
	compare.Verdict
	ID          string // that links lead to
	Sign        string // +, - or, of an edit, ~
	Place, Text string
	Concern     bool // there is one about it
	Details     []Phrase
}

// groupOutline is a group of changed crashes.
type groupOutline struct {
	compare.Group
	ID         string // that links lead to
	Meaning    string
	Merge      string
	Pings      string   // empty without weights
	Collateral bool     // nothing of it was expected
	Why        []Phrase // the causes
}

// maxCauses is how many causes of a group are shown.
const maxCauses = 4

// about are what text and Markdown say of a group below its signatures.
func (g groupOutline) about() []Phrase {
	var about []Phrase
	for _, text := range []string{g.Pings, g.Merge} {
		if text != "" {
			about = append(about, say(text))
		}
	}
	if len(g.RuleChanges) > 0 {
		about = append(about, with(say("rules: "), listed(g.RuleChanges), ""))
	}
	// They are in the order of their crashes.
	causes, more := Limited(g.Why, maxCauses)
	about = append(about, causes...)
	if more > 0 {
		about = append(about, say("and "+plural.Of(more, "more cause", "more causes")))
	}
	if g.Stale > 0 {
		about = append(about, say(plural.Number(g.Stale)+" processed before the siglists last changed"))
	}
	if g.DataChanged > 0 {
		about = append(about, say(plural.Number(g.DataChanged)+" with data that changed since the acceptance"))
	}
	return about
}

// newOutline has all of everything: limits are the formats' own.
func newOutline(r *Report) outline {
	o := outline{
		Notes: r.notes(), Stale: staleText(r), Facts: newFactsOutline(r.Facts), Signatures: r.Signatures, MadeBy: madeBy(r),
	}
	for _, g := range r.byRisk() {
		group := groupOutline{Group: g, Collateral: r.Expect.isCollateral(g), ID: GroupID(g.Pair), Meaning: kindTexts[g.Kind], Merge: mergeText(g), Pings: r.Weights.groupText(g)}
		group.Why = each(g.Causes, func(c compare.CountedCause) Phrase { return groupCauseText(g, c) })
		// What the lines of the other side do explains no difference to a program.
		if r.Base.IsProgram() || r.Candidate.IsProgram() {
			group.Why = []Phrase{say(notByLists)}
		}
		o.Groups = append(o.Groups, group)
	}
	o.Concerns = newConcerns(r, o.Groups)
	o.Verdicts = verdictSections(r)
	return o
}

// byRisk are the groups in the order in which to look at them: those that expectations ask for, those that there is a
// concern about, those that bring crashes together, and those of most crashes.
// JSON and CSV have the groups in the order of their crashes.
func (r *Report) byRisk() []compare.Group {
	groups := slices.Clone(r.Groups)
	concerned := map[compare.Pair]int{}
	for _, g := range groups {
		// The number of the first concern about it: they are in the order of gravity.
		concerned[g.Pair] = slices.IndexFunc(r.Concerns, func(c concerns.Concern) bool { return c.About(g) })
		if concerned[g.Pair] < 0 {
			concerned[g.Pair] = len(r.Concerns)
		}
	}
	slices.SortStableFunc(groups, func(a, b compare.Group) int {
		return cmp.Or(cmp.Compare(r.Expect.rank(a), r.Expect.rank(b)), cmp.Compare(concerned[a.Pair], concerned[b.Pair]), cmp.Compare(riskOf(a), riskOf(b)))
	})
	return groups
}

// riskOf is smaller for groups of which more can be wrong: merges can't be told apart any more.
func riskOf(g compare.Group) int {
	switch {
	case g.Kind.Joins():
		return 0
	case g.Kind == compare.Split:
		return 1
	}
	return 2
}

// verdictSections orders the changed lines for a reviewer. Within a verdict, lines that there is a concern about come
// first, then what has more weight; an added line that does nothing is a question, a removed one is only tidied up.
// A section holds all lines of a verdict, and there are only those that occur.
func verdictSections(r *Report) []verdictSection {
	all := map[compare.VerdictKind]*verdictSection{}
	for i, v := range r.Lines {
		s := all[v.Kind]
		switch {
		case v.Edit != nil && !v.Change.Added:
			continue // it stands with the line that takes its place
		case s == nil:
			s = &verdictSection{Kind: v.Kind}
			all[v.Kind] = s
		}
		if saysNoMore(v) {
			// A clean-up takes out dozens of lines: that they did nothing is one fact, and not dozens.
			s.Removed = append(s.Removed, v.Change.Line.Text)
			continue
		}
		s.Lines = append(s.Lines, newLineOutline(r, i))
	}
	var sections []verdictSection
	// In the order of the table, which is that of what to look at first.
	for _, v := range verdicts {
		if s := all[v.kind]; s != nil {
			s.Meaning, s.style = v.meaning+r.seenIn(v.kind), v.style
			slices.SortStableFunc(s.Lines, compareLines)
			s.Hint = fetchHint(*s, r)
			sections = append(sections, *s)
		}
	}
	return sections
}

// saysNoMore tells of a removed line that matched nothing, and nearly nothing: it is named in a sentence with the others.
func saysNoMore(v compare.Verdict) bool {
	return (v.Kind == compare.NotSeen || v.Kind == compare.Absent) && !v.Change.Added && len(v.NearMisses) == 0
}

// compareLines orders lines by rank, and then puts those of more crashes first, those of more frames, and those of
// which there is more to say.
func compareLines(a, b lineOutline) int {
	rank := func(l lineOutline) int {
		switch {
		case l.Concern:
			return 0
		case l.Sign != "-":
			return 1
		}
		return 2
	}
	return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(b.Crashes, a.Crashes), cmp.Compare(b.Frames, a.Frames), cmp.Compare(min(len(b.Details), 1), min(len(a.Details), 1)))
}

func newLineOutline(r *Report, i int) lineOutline {
	v := r.Lines[i]
	l := lineOutline{Verdict: v, ID: lineID(v.Change), Sign: "-", Place: place(v.Change.Line), Text: v.Change.Line.Text, Details: verdictDetails(v)}
	if v.Change.Added {
		l.Sign = "+"
		for _, f := range r.lintOf(v.Change.Line) {
			if v.Kind != compare.Never { // else a concern says it
				l.Details = append(l.Details, append(say("lint: "), findingText(f)...))
			}
		}
		// Only an added line is marked: a removed one that there is a concern about is gone.
		l.Concern = slices.ContainsFunc(r.Concerns, func(c concerns.Concern) bool { return isOf(c, v) })
	}
	// Of both lines of an edit this is the added one. Its row shows the other's text, too.
	if v.Edit != nil {
		l.Sign, l.Text = "~", v.Edit.Other.Text+" → "+l.Text
		l.Details = append(r.lostBy(v.Edit.Other), l.Details...)
	}
	return l
}

// lostBy says what an edit does by the frames that only the line that went matched; nothing where those decide nothing.
func (r *Report) lostBy(went siglists.Line) []Phrase {
	for _, v := range r.Lines {
		if v.Change.Line == went && v.Kind == compare.Decides {
			return []Phrase{say("what it matches no more: " + decidesText(v))}
		}
	}
	return nil
}
