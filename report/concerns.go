package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/concerns"
	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/siglists"
)

// maxConcerns is how many concerns are said at the top.
const maxConcerns = 5

// concernLimit is how many concerns a report says.
// --limit 0 shows all concerns, too; any other limit leaves them at maxConcerns, since they stand before everything.
func concernLimit(o Options) int {
	if o.Limit == 0 {
		return 0
	}
	return maxConcerns
}

// concernOutline is a concern as a sentence, and the ids of the group and the changed line that it leads to; empty for
// none.
// Text and Markdown have no places to lead to: the ids are for pages alone.
type concernOutline struct {
	Sentence    Phrase
	Group, Line string
}

// newConcerns are the concerns of a report whose groups are in order.
// The groups must be in the order in which they are shown: a concern leads to the first that it is about.
func newConcerns(r *Report, groups []groupOutline) []concernOutline {
	return each(r.Concerns, func(c concerns.Concern) concernOutline {
		concern := concernOutline{Sentence: concernText(c), Group: groupOf(c, groups)}
		// Of a concern about signatures, or about a line that others leave idle, it is the line that does it.
		if at := slices.IndexFunc(r.Lines, func(v compare.Verdict) bool { return isOf(c, v) }); at >= 0 {
			concern.Line = lineID(rowOf(r.Lines[at]))
		}
		return concern
	})
}

// groupOf is the id of the first group that a concern is about.
// Empty where the concern is about a line that changed nothing.
func groupOf(c concerns.Concern, groups []groupOutline) string {
	for _, g := range groups {
		if c.About(g.Group) {
			return g.ID
		}
	}
	return ""
}

// rowOf is the change that the row of a changed line is of: that of an edit is of the line that came.
func rowOf(v compare.Verdict) siglists.Change {
	if v.Edit != nil && !v.Change.Added {
		return siglists.Change{Line: v.Edit.Other, Added: true}
	}
	return v.Change
}

// isOf tells whether a concern is about a changed line.
func isOf(c concerns.Concern, v compare.Verdict) bool { return c.Cause() == compare.CauseOf(v.Change) }

// concernText says a concern: in a sentence, and in another one which lines do it, where the first is about signatures.
func concernText(c concerns.Concern) Phrase {
	// A concern about a line names it in its first sentence.
	text := concernSentence(c)
	if c.Line != nil || len(c.By) == 0 {
		return text
	}
	causes := " Cause: "
	if len(c.By) > 1 {
		causes = " Causes: "
	}
	by := each(c.By, func(by compare.Cause) Phrase { return say(string(by.Kind)+" ", by.Line.Text, " ("+place(by.Line)+")") })
	return with(append(text, span{Text: causes}), joinedUpTo(maxSample, by, ", "), ".")
}

// concernSentence is the sentence that says a concern.
// What the fields of a concern mean depends on its kind: see concerns.Concern. Lines, frames and signatures are
// data.
func concernSentence(c concerns.Concern) Phrase {
	crashes := plural.Crashes(c.Crashes)
	var line string
	if c.Line != nil {
		line = c.Line.Text
	}
	// Each sentence has figures by which a reader can judge how bad it is, and names what to look at.
	switch c.Kind {
	case concerns.Everything:
		return append(say("", line, " "), messageText(c.Why, ".")...)
	case concerns.Never:
		return append(say("", line, " can never match: "), messageText(c.Why, ".")...)
	case concerns.OneAway:
		away := c.Why
		if away == compare.OneAway {
			away = "one letter away"
		}
		return with(say("", line, " matches nothing here; "+away+": "), framesAndMore(c.Frames), ".")
	case concerns.Siblings:
		// A stack may have several of them, and a signature can't: only of those the crashes can be summed up.
		if c.Line.List == siglists.Sentinels {
			return with(say("", line, " misses "), framesAndMore(c.Frames), "; it decides "+plural.Number(c.Of)+".")
		}
		stay := "which stays in the signatures of " + crashes
		if len(c.Frames) > 1 {
			stay = "which stay in the signatures of " + crashes
		}
		return with(say("", line, " misses "), listed(names(c.Frames)), ", "+stay+" (it decides "+plural.Number(c.Of)+").")
	case concerns.MidWord:
		frames := framesAndMore(c.Frames)
		if len(c.Frames) == 1 {
			frames = listed(names(c.Frames)) // its crashes are those
		}
		of := "of its " + plural.Crashes(c.Of)
		return with(say("", line, " ends in the middle of a word: "+plural.Of(c.Crashes, of+" has ", of+" have ")), frames, ".")
	case concerns.Cuts:
		return with(say("", line, " cuts away what ended the signatures of "+crashes+": "), framesAndMore(c.Frames), ".")
	case concerns.Strangers:
		if c.Crashes == c.Of {
			return say(crashes+" come to share ", signatureText(c.Signatures[0]), ", and their stacks have little in common.")
		}
		return say(crashes+" come to share ", signatureText(c.Signatures[0]), " with "+plural.Of(c.Of-c.Crashes, "other, whose stack has", "others, whose stacks have")+" little in common with theirs.")
	case concerns.Kinds:
		return say("", signatureText(c.Signatures[0]), " comes to hold "+reasonsText(c.Counts)+".")
	case concerns.Spray:
		return say(fmt.Sprintf("%s end in %s: ", plural.Of(c.Of, "new signature", "new signatures"), plural.Of(len(c.Counts), "frame", "frames")), c.Counts[0].Name,
			fmt.Sprintf(" alone ends %s, which differ only in what stands before it.", plural.Number(c.Counts[0].N)))
	case concerns.Marks:
		// Why is the mark with a sign in front: - for one that is lost.
		verb := map[bool]string{true: "lose ", false: "gain "}[strings.HasPrefix(c.Why, "-")]
		if c.Crashes == 1 {
			verb = strings.Replace(verb, " ", "s ", 1)
		}
		return say(crashes+" "+verb, c.Why[1:], ".")
	}
	return idleSentence(c, line, crashes) // all that is left
}

// idleSentence says that a rule, the line itself, or another line has nothing to do.
func idleSentence(c concerns.Concern, line, crashes string) Phrase {
	switch {
	case len(c.By) == 0 && c.Crashes == 0:
		return say("", line, " makes irrelevant what a rule knows its crashes by, ", c.Why, ".")
	case len(c.By) == 0:
		return say("", line, " makes irrelevant what a rule knows its crashes by, ", c.Why, ": it matches a frame of "+crashes+".")
	}
	// With their places, since a line that was moved may still stand where it was, with the same text.
	by := joinedUpTo(maxSample, each(c.By, func(by compare.Cause) Phrase { return say("", by.Line.Text, " ("+place(by.Line)+")") }), ", ")
	s := map[bool]string{true: "s"}[len(c.By) == 1]
	if c.By[0].Kind == "" {
		return with(say("", line, " has nothing to do: "), by, " make"+s+" irrelevant what it matches, in "+crashes+".")
	}
	leaves := say(" leave"+s+" ", line, " ("+place(*c.Line)+") nothing to do, since its frames become irrelevant: ")
	text := with(append(by, leaves...), framesAndMore(c.Frames), ".")
	if c.Why != "" {
		return append(text, say(" A rule knows its crashes by ", c.Why, ".")...)
	}
	return text
}

// with is a phrase, data behind it, and words behind that.
func with(p, data Phrase, end string) Phrase { return append(append(p, data...), span{Text: end}) }

// names are the frames of counts.
func names(frames []compare.FrameCount) []string {
	return each(frames, func(f compare.FrameCount) string { return f.Frame })
}

// framesAndMore is frameList, and how many it leaves out.
func framesAndMore(frames []compare.FrameCount) Phrase {
	return joinedUpTo(maxSample, each(frames, frameCount), ", ")
}

// reasonsText names the kinds of reasons, of which there are two at least.
func reasonsText(counts []concerns.Count) string {
	parts := each(counts, func(c concerns.Count) string { return plural.Of(c.N, c.Name, c.Name+"s") })
	return strings.Join(parts[:len(parts)-1], ", ") + " and " + parts[len(parts)-1]
}

type jsonConcern struct {
	Kind string `json:"kind"`
	jsonPlace
	Crashes    int                  `json:"crashes"`
	Sentence   string               `json:"sentence"`
	Signatures []string             `json:"signatures"`
	Frames     []compare.FrameCount `json:"frames"`
	Examples   []string             `json:"examples"`
}

func newJSONConcern(c concerns.Concern) jsonConcern {
	out := jsonConcern{
		// The sentence is there for programs that only show it; what it is made of stands beside it.
		Kind: string(c.Kind), Crashes: c.Crashes, Sentence: concernText(c).String(), Signatures: filled(c.Signatures),
		Frames: filled(c.Frames), Examples: filled(c.Examples),
	}
	if c.Line != nil {
		out.jsonPlace = jsonPlace(*c.Line)
	} else if len(c.By) > 0 {
		// Of several the first, as the sentence has them.
		out.jsonPlace = jsonPlace(c.By[0].Line)
	}
	return out
}

// concerns says what to look at first.
func (t *Text) concerns(o outline) {
	shown, more := Limited(o.Concerns, concernLimit(t.Options))
	for _, concern := range shown {
		t.phrase(caution, 2, append(say("! "), concern.Sentence...))
	}
	if more > 0 {
		t.line("  and %s; --limit 0 shows all", plural.Of(more, "more concern", "more concerns"))
	}
}

func (m *markdownWriter) concerns(o outline) {
	if len(o.Concerns) == 0 {
		return
	}
	shown, more := Limited(o.Concerns, concernLimit(m.Options))
	for _, concern := range shown {
		m.line("- ⚠️ %s", mdPhrase(concern.Sentence, mdCode))
	}
	if more > 0 {
		m.line("- and %s", plural.Of(more, "more concern", "more concerns"))
	}
	m.line("")
}
