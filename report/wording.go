package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/lint"
)

// notAll says how many of some crashes something could not be done with; empty where there are none.
func notAll(of int, done string, missing, failed int) string {
	if missing+failed == 0 {
		return ""
	}
	// Of how many is said, too: five of six missing is another thing than five of 10,000.
	return fmt.Sprintf("%s of %s could not be %s: %s missing, %s failed",
		plural.Number(missing+failed), plural.Crashes(of), done, plural.Number(missing), plural.Number(failed))
}

// totalsText says missing and failed also where there are none: a reader must not wonder.
func totalsText(t compare.Totals) string {
	text := fmt.Sprintf("%s compared: %s changed", plural.Crashes(t.Compared), plural.Number(t.Changed))
	if t.Compared > 0 {
		text += " (" + percent(t.Changed, t.Compared) + ")"
	}
	text += fmt.Sprintf(", %s missing, %s failed", plural.Number(t.Missing), plural.Number(t.Failed))
	if t.WithoutStack > 0 {
		text += ", " + plural.Number(t.WithoutStack) + " without a stack"
	}
	return text + fmt.Sprintf("; %s before, %s after",
		plural.Of(t.SignaturesBase, "signature", "signatures"), plural.Number(t.SignaturesCandidate))
}

// percent is a share, of which rounding makes neither nothing nor all.
func percent(part, whole int) string {
	switch text := fmt.Sprintf("%.1f%%", 100*float64(part)/float64(whole)); {
	case text == "0.0%" && part > 0:
		return "under 0.1%"
	case text == "100.0%" && part < whole:
		return "over 99.9%"
	default:
		return text
	}
}

// staleText tells changes that follow from a crash's age from those that need another explanation; empty
// where age is no question.
func staleText(r *Report) string {
	if r.StaleBefore == "" || r.Totals.Changed == 0 {
		return ""
	}
	verb := "were"
	if r.Totals.Stale == 1 {
		verb = "was"
	}
	return fmt.Sprintf("%s of the changed %s processed before the siglists last changed on %s; %s differ for another reason",
		plural.Number(r.Totals.Stale), verb, day(r.StaleBefore), plural.Number(r.Totals.Changed-r.Totals.Stale))
}

// day is the date of an RFC 3339 time.
func day(time string) string {
	date, _, _ := strings.Cut(time, "T")
	return date
}

// sideText has the hash in full, so that it can be copied.
func sideText(s Side) string {
	text := s.Spec
	// Who names a commit by its hash need not read it twice.
	if s.Revision != "" && s.Revision != s.Spec {
		text += " = " + s.Revision
	}
	if s.Digest != "" {
		text += "  (" + s.Digest + ")"
	}
	if s.Rules != "" {
		text += "  rules " + s.Rules
	}
	return text
}

// sideNotes are what else a reader must know of a side: its commit, and its notes.
func sideNotes(s Side) []string {
	var notes []string
	if s.Date != "" {
		notes = append(notes, day(s.Date)+"  "+s.Subject)
	}
	return append(notes, s.Notes...)
}

func corpusText(c Corpus) string {
	return fmt.Sprintf("%s, %s%s  (%s)", cmp.Or(c.Name, "chosen crashes"), plural.Crashes(c.Crashes), c.among(" of "), c.Digest)
}

// among says, after a start, of which products and days the crashes are; empty where nothing is known.
func (c Corpus) among(start string) string {
	var parts []string
	// The first two have most crashes, and the rest is small most often.
	if products, more := Limited(c.Products, 2); len(products) > 0 {
		text := strings.Join(products, ", ")
		if more > 0 {
			text += " and " + plural.Number(more) + " more"
		}
		parts = append(parts, text)
	}
	switch {
	case c.First == "":
	case c.First == c.Last:
		parts = append(parts, c.First)
	default:
		parts = append(parts, c.First+" to "+c.Last)
	}
	if parts == nil {
		return ""
	}
	return start + strings.Join(parts, ", ")
}

// noSignature stands for a signature that is empty.
const noSignature = "(empty)"

func signatureText(signature string) string { return cmp.Or(signature, noSignature) }

// place is where a line is: file:line. A line that was put back where it has no place has no number.
func place(l siglists.Line) string {
	if l.Number == 0 {
		return l.List.File()
	}
	return fmt.Sprintf("%s:%d", l.List.File(), l.Number)
}

// lineText is a line, and where it is.
func lineText(l siglists.Line) string { return place(l) + ": " + l.Text }

// kindTexts say what the kinds of groups are. Whether a signature has nothing else is over all crashes, unchanged ones too.
var kindTexts = map[compare.GroupKind]string{
	compare.Renamed: "all of a signature became one that had nothing else",
	compare.Split:   "a part of a signature became one that has nothing else",
	compare.Merged:  "all of a signature joined others",
	compare.Mixed:   "a part of a signature joined others",
}

// verdicts are the kinds of verdicts in the order in which they are shown: what each is called and means, and its colour.
var verdicts = []struct {
	kind          compare.VerdictKind
	name, meaning string
	style         style
}{
	{compare.Never, "never matches", "no frame can match", alarm},
	{compare.Decides, "decides", "undoing the change alone alters signatures", plain},
	{compare.Redundant, "redundant", "another line takes its frames", caution},
	{compare.NoEffect, "no effect", "signatures are made from its frames, and undoing the change alters none", caution},
	{compare.Balanced, "balanced", "undoing the change alone would alter signatures; with the other changes none differs", plain},
	{compare.NotReached, "not reached", "its frames stand where no signature is made from", caution},
	{compare.NotSeen, "not in these crashes", "no frame matches", faint},
	{compare.Absent, "none in 25 weeks", "no frame matches", caution},
}

// verdictName is what a verdict is called.
func verdictName(k compare.VerdictKind) string {
	for _, v := range verdicts {
		if v.kind == k {
			return v.name
		}
	}
	return string(k)
}

// seenIn says among which crashes no frame matches.
func (r *Report) seenIn(k compare.VerdictKind) string {
	switch k {
	case compare.NotSeen:
		return r.Corpus.among(", in crashes of ")
	// SetSearched makes this of a line, so that there is a search.
	case compare.Absent:
		s := r.Corpus.Searched
		return ", and no crash of " + s.Host + ", " + s.First + " to " + s.Last + ", has its text in proto_signature (of a shutdownhang, thread 0's)"
	}
	return ""
}

// verdictDetails say what a line does, why it does nothing, or what it may have been meant to match.
func verdictDetails(v compare.Verdict) []Phrase {
	var details []Phrase
	switch {
	case v.Kind == compare.Decides:
		details = append(details, say(decidesText(v)))
	case v.Kind == compare.NotReached:
		details = append(details, say("its frames stand in "+plural.Crashes(v.Held)+", always where the signature has ended, or has not begun"))
	}
	if e := v.Edit; e != nil && e.Same+e.More+e.Fewer > 0 {
		details = append(details, say(fmt.Sprintf("%s as before, %s more, %s fewer", plural.Of(e.Same, "frame", "frames"), plural.Number(e.More), plural.Number(e.Fewer))))
	}
	// A redundant line may be kept on purpose. Who decides needs to know what else would do its work.
	for _, taker := range v.Takers {
		details = append(details, say(plural.Of(taker.Frames, "frame is", "frames are")+" decided by ", lineText(taker.Line)))
	}
	if len(v.Longer) > 0 {
		details = append(details, append(say("it ends in the middle of longer names, such as "), frameList(v.Longer)...))
	}
	for _, miss := range v.NearMisses {
		details = append(details, missText(miss, " it would match "))
	}
	// Of a line that isn't seen, near misses are shown above.
	if v.Kind != compare.NotSeen && v.Kind != compare.Absent {
		for _, miss := range v.Missed {
			details = append(details, missText(miss, " it would also match "))
		}
	}
	return details
}

// decidesText says how many signatures the crashes that a line decides have without the change, and with it.
func decidesText(v compare.Verdict) string {
	text := fmt.Sprintf("%s: %s → %s", plural.Crashes(v.Crashes), plural.Of(v.From, "signature", "signatures"), plural.Number(v.To))
	// The line decides these crashes without changing them: other changed lines give them back what they had.
	if v.Changed < v.Crashes {
		text += fmt.Sprintf("; %s of them change", plural.Number(v.Changed))
	}
	return text
}

// lintOf is what lint finds in an added line.
func (r *Report) lintOf(line siglists.Line) []lint.Finding {
	// Lines are told apart by their places: the same text may stand in two lists.
	isOther := func(f lint.Finding) bool { return f.File != line.List.File() || f.Line != line.Number }
	return slices.DeleteFunc(slices.Clone(r.Lint), isOther)
}

func missText(miss compare.NearMiss, would string) Phrase {
	detail := say(miss.How + would + plural.Of(len(miss.Frames), "frame", "frames") + ", such as ")
	return append(detail, frameList(miss.Frames)...)
}

// removedText says which removed lines matched nothing.
func removedText(lines []string) Phrase {
	return append(say(plural.Of(len(lines), "removed line", "removed lines")+" matched nothing: "), joinedUpTo(maxSample, each(lines, asData), ", ")...)
}

// fetchHint says how to get crashes for lines that none of these shows; nil where nothing was added, or they were searched for.
// A removed line that isn't seen needs no crash.
func fetchHint(s verdictSection, r *Report) Phrase {
	added := func(l lineOutline) bool { return l.Sign == "+" }
	if s.Kind != compare.NotSeen || r.Fetch == "" || r.Corpus.Searched != nil || !slices.ContainsFunc(s.Lines, added) {
		return nil
	}
	// If there are any: it may be for crashes that nobody has reported yet.
	return say("crashes that show such a line, if there are any: ", r.Fetch)
}

// maxSample is how many frames of a line are named.
const maxSample = 3

// frameList names the first frames of a list, and in how many crashes they are.
func frameList(frames []compare.FrameCount) Phrase {
	shown, _ := Limited(frames, maxSample)
	return joined(each(shown, frameCount), ", ")
}

func frameCount(f compare.FrameCount) Phrase {
	return say("", f.Frame, " ("+plural.Crashes(f.Crashes)+")")
}

// causeText says which line changed a signature, and how the line changed.
func causeText(c compare.Cause) Phrase { return say(string(c.Kind)+" ", lineText(c.Line)) }

// groupCauseText says which line changed a group.
func groupCauseText(g compare.Group, c compare.CountedCause) Phrase {
	p := causeText(c.Cause)
	// A cause of every crash of the group needs no number.
	if c.Crashes != g.Crashes {
		p = append(p, span{Text: " (" + plural.Crashes(c.Crashes) + ")"})
	}
	return p
}

// mergeText says what the group's signature now stands for; empty where nothing was brought together.
func mergeText(g compare.Group) string {
	if !g.Kind.Joins() {
		return ""
	}
	text := "merges " + plural.Of(g.From, "signature", "signatures")
	if g.Had > 0 {
		text += " into one that had " + plural.Crashes(g.Had)
	}
	return text
}

// madeBy says how to make a report again.
func madeBy(r *Report) Phrase {
	if r.Command == "" {
		return nil
	}
	text := "made by sigdiff"
	if r.Program != "" {
		text += " " + r.Program
	}
	return say(text+": ", r.Command)
}

func omittedText(n int, one, many string) string {
	return plural.Of(n, one, many) + " omitted"
}
