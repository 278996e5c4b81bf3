package report

import (
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/sigdiff/sigdiff/engine/cases"
	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/internal/plural"
)

// Review is what there is to know of a change before it is merged: the comparison, and what stands around it.
type Review struct {
	Subject string   // what is reviewed, as the user named it
	Commits []Commit // that change the siglists, oldest first; none where that isn't known
	Bugs    []int    // that the commits and the text name
	Text    bool     // whether there was a text to look for expectations in
	Cases   *Cases   // golden cases; nil where there are none
	Report  *Report
}

// reviewMark is the first line of a review, by which the comment that holds one is found again.
const reviewMark = "<!-- sigdiff review -->"

// WriteReview writes a review as one page of Markdown: the answer, what a person has to decide, the golden cases, and the
// report. What could not be known comes first: the rest is read with that in mind. It is one comment, so that parts of
// it are left out as in Markdown.
func WriteReview(w io.Writer, v *Review, o Options) error {
	return inMarkdown((*markdownWriter).review)(w, v, o)
}

func (m *markdownWriter) review(v *Review) {
	// First of all, so that it is there however little else has room.
	m.line("%s", reviewMark)
	m.line("# Review of %s\n", mdCode(shortened(v.Subject, maxShown)))
	out := newOutline(v.Report)
	var known []Note
	for _, n := range out.Notes {
		if n.Unknown {
			m.line("**This review is incomplete: %s**\n", mdPhrase(n.Text, mdCode))
		} else {
			known = append(known, n)
		}
	}
	out.Notes = known // the report below doesn't say the others again
	m.line("**%s**\n", v.answer(out.Verdicts))
	m.commits(v)
	m.line("\n### Left to a person\n")
	for _, item := range v.checklist() {
		m.line("- [ ] %s", mdPhrase(item, mdCode))
	}
	m.searched(v.Report.Corpus.Searched)
	m.cases(v.Cases)
	m.line("")
	m.comparison(v.Report, out)
}

// answer is what the change does, in a sentence.
func (v *Review) answer(sections []verdictSection) string {
	r := v.Report
	switch {
	case r.NothingKnown() != "":
		return "What changes is not known."
	case r.Totals.Crashes == 0:
		return "No crash gets another signature: the lists match the same frames."
	}
	what := plural.Number(r.Totals.Changed) + " of " + plural.Crashes(r.Totals.Compared) + " looked at change"
	// The crashes that were compared are then others than those that the lines are for: their number would mislead. What the
	// verdicts say is asked, and not the search: it may have been of other lines, or of a part of all crashes.
	if r.Totals.Changed == 0 && len(r.Lines) > 0 && CountOf(r.Lines, func(v compare.Verdict) bool { return v.Kind == compare.Absent }) == len(r.Lines) {
		what = "No crash has what a changed line may match"
	}
	if len(sections) > 0 {
		what += ". Changed lines: " + verdictCounts(sections)
	}
	if n := len(r.Concerns); n > 0 {
		what += ". " + plural.Of(n, "concern", "concerns")
	}
	return what + "."
}

// searched says how many crashes the changed lines may concern, of all that the service kept.
func (m *markdownWriter) searched(s *Searched) {
	// Only a corpus that was fetched for changed lines has them.
	if s == nil || len(s.Lines) == 0 {
		return
	}
	m.line("\n### How many crashes the lines may concern\n")
	compared := "Some of each line are compared below: shares of those are not shares of all crashes."
	if s.none() {
		compared = "The crashes compared below only stand in, to look for near misses."
	}
	m.line("Crashes of %s to %s with the text of a changed line in a frame. %s\n", s.First, s.Last, compared)
	m.items(each(s.Lines, func(l SearchedLine) string { return mdPhrase(l.phrase(), mdCode) }), footRoom, "line", "lines")
}

// commits names the bugs and the commits.
func (m *markdownWriter) commits(v *Review) {
	for _, bug := range v.Bugs {
		m.line("- [bug %d](%s%d)", bug, bugAddress, bug)
	}
	shown, more := Limited(v.Commits, maxFailures)
	for _, c := range shown {
		m.line("- %s %s %s", day(c.Date), mdCode(c.Short()), mdCode(shortened(c.Subject, maxShown)))
	}
	m.omitted("- ", more, "commit", "commits")
}

// cases says how golden cases fared: those that fail, and lines without one.
// Cases that pass are only counted.
func (m *markdownWriter) cases(c *Cases) {
	if c == nil {
		return
	}
	m.line("\n### Golden cases: %s\n", c.Summary())
	// What did not run comes first: it tests nothing, and looks as if it did.
	failures, more := Limited(c.Failures, maxFailures)
	for _, f := range failures {
		m.line("- did not run: %s %s", mdCode(shortened(f.Name, maxShown)), mdCode(shortened(f.Err.Error(), maxShown)))
	}
	m.omitted("- ", more, "case", "cases")
	failed := each(c.Failed(), func(o cases.Outcome) string {
		return fmt.Sprintf("%s\n  - expected: %s\n  - given: %s%s", mdPhrase(about(o), mdCode),
			mdCode(shortened(signatureText(o.Signature), maxSignature)), mdCode(shortened(signatureText(o.Given), maxSignature)), mdItems("  - ", c.why(o)))
	})
	m.items(failed, m.room/2, "case", "cases") // half of the room is left to the report, however many fail
	m.items(each(c.gone(), func(p Phrase) string { return mdPhrase(p, mdCode) }), footRoom, "case", "cases")
	uncovered, more := Limited(c.Uncovered, m.Limit)
	if len(c.Uncovered) > 0 {
		m.line("- %s", c.uncovered())
	}
	for _, l := range uncovered {
		m.line("  - %s", mdCode(lineText(l)))
	}
	m.omitted("  - ", more, "line", "lines")
}

// checklist is what no program can decide, with what it found for whom it decides.
// The first two are always there. The others only where there is something to look at.
func (v *Review) checklist() []Phrase {
	items := []Phrase{v.purpose(), v.expected()}
	if n := len(v.Report.Concerns); n > 0 {
		items = append(items, say("Look at "+plural.Of(n, "concern below: is what it says", "concerns below: is what they say")+" meant?"))
	}
	if n := len(v.Report.Lint); n > 0 {
		items = append(items, say("Look at what lint says of the added lines, "+plural.Of(n, "warning", "warnings")+" beside them below."))
	}
	items = slices.Concat(items, v.signatures(), v.lines(), v.ofCases())
	// What comes after the merge is asked for last.
	if n := v.Report.Totals.Changed; n > 0 {
		items = append(items, say("Once it is deployed, which ", "sigdiff verify",
			" tells: reprocess what changed, and set the signatures in the bugs that carry those that go. "+plural.Of(n, "crash", "crashes")+" of those looked at changed."))
	}
	return items
}

// purpose asks whether the change does what its bug is about.
func (v *Review) purpose() Phrase {
	if len(v.Bugs) == 0 {
		return say("Say which bug it is for: none is named so far.")
	}
	return say("Read bug " + strconv.Itoa(v.Bugs[0]) + ": is this what it asks for?")
}

// expected asks for what should come of the change, where nobody said so.
func (v *Review) expected() Phrase {
	switch x := v.Report.Expect; {
	case x == nil && v.Report.unchanging():
		return say("No crash gets another signature: is that meant?")
	// Who wrote a text meant to say something by it.
	case x == nil && v.Text:
		return say("Name a crash and the signature that it should get: none was found in the text.")
	case x == nil:
		return say("Name a crash and the signature that it should get: nothing is expected so far.")
	case len(x.Missed)+len(x.Absent) > 0:
		return say("Not everything is as expected: " + x.fared() + ".")
	// Nobody expected it, which is no mistake by itself: an expectation is often of one crash of many.
	case len(x.Collateral) > 0:
		return say("All is as expected, and more changed: " + x.fared() + ". Is that meant?")
	default:
		return say("All is as expected: " + x.fared() + ". Are these the crashes that it is about?")
	}
}

// signatures asks about signatures that come to stand for several.
func (v *Review) signatures() []Phrase {
	merged := map[string]bool{}
	for _, g := range v.Report.Groups {
		if g.Kind.Joins() {
			merged[g.Candidate] = true
		}
	}
	if len(merged) == 0 {
		return nil
	}
	return []Phrase{say(plural.Of(len(merged), "signature comes", "signatures come") + " to stand for several: do their crashes have one cause?")}
}

// lines asks about changed lines that these crashes say nothing of.
// Of a removed line that does nothing there is nothing to ask.
func (v *Review) lines() []Phrase {
	count := map[compare.VerdictKind]int{}
	for _, line := range v.Report.Lines {
		switch {
		case !line.Change.Added:
		case line.Kind == compare.NoEffect && line.Edit != nil: // it is as needed as the line that it took the place of
			count[compare.Balanced]++
		default:
			count[line.Kind]++
		}
	}
	var items []Phrase
	ask := func(n int, one, many string) {
		if n > 0 {
			items = append(items, say(plural.Of(n, "added line "+one, "added lines "+many)))
		}
	}
	// The gravest first: what is wrong whatever the crashes are.
	ask(count[compare.Never], "can never match: correct it, or leave it out.", "can never match: correct them, or leave them out.")
	ask(count[compare.NotSeen], "is in no crash that was looked at: ask for a crash that it is for.", "are in no crash that was looked at: ask for crashes that they are for.")
	ask(count[compare.Absent], "is in no crash that the service keeps: is it spelt right, or for crashes to come?", "are in no crash that the service keeps: are they spelt right, or for crashes to come?")
	ask(count[compare.NotReached], "stands where no signature gets to: is it needed?", "stand where no signature gets to: are they needed?")
	ask(count[compare.Redundant]+count[compare.NoEffect], "changes nothing by itself: is it needed?", "change nothing by themselves: are they needed?")
	// Beside other changes it goes without saying, as of a line that moves.
	if v.Report.Totals.Changed == 0 {
		ask(count[compare.Balanced], "changes nothing beside the other changed lines: is that meant?", "change nothing beside the other changed lines: is that meant?")
	}
	return items
}

// ofCases asks about golden cases.
func (v *Review) ofCases() []Phrase {
	if v.Cases == nil {
		return nil
	}
	var items []Phrase
	if n := len(v.Cases.Failed()); n > 0 {
		items = append(items, say(plural.Of(n, "golden case fails", "golden cases fail")+": is the change wrong, or the case outdated?"))
	}
	if n := len(v.Cases.Uncovered); n > 0 {
		items = append(items, say(plural.Of(n, "added line has", "added lines have")+" no golden case: ", "sigdiff test --add", " makes one of a crash."))
	}
	return items
}
