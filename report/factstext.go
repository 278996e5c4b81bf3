package report

import (
	"strings"

	"github.com/sigdiff/sigdiff/internal/plural"
)

// facts says what kinds of changes there are, and which frames go and come.
func (t *textWriter) facts(o outline) {
	if text := o.whatChanges(); text != "" {
		t.phrase(plain, 0, say(text))
	}
	for _, l := range o.Facts.Ledger {
		t.phrase(plain, 2, append(say(l.What+": "), l.Text...))
	}
}

// patterns says what many groups have in common: their edits, or what they become.
func (t *textWriter) patterns(f factsOutline) {
	for p := range section(t, "The same edit in several groups", f.Patterns, "pattern", "patterns") {
		t.phrase(plain, 2, p.Text)
	}
	for s := range section(t, "Several become one", f.NewSignatures, "signature", "signatures") {
		t.line("  %s", newSignatureText(s))
		t.signature("", "+ ", insert, s.Signature)
	}
}

// scoreboard shows how well signatures part the crashes.
func (t *textWriter) scoreboard(scores []scoreOutline) {
	if len(scores) == 0 {
		return
	}
	t.heading("Signatures as a whole")
	rows := make([][]string, len(scores))
	for i, s := range scores {
		rows[i] = []string{s.Before, s.After, s.What}
	}
	t.table([]string{">Before", ">After", ""}, rows, nil)
}

// topCrashersText says how many signatures enter and leave.
// A sign is + for one that enters.
func topCrashersText(top []topOutline) string {
	enter := 0
	for _, c := range top {
		enter += strings.Count(c.Sign, "+")
	}
	return "Top crashers among these crashes: " + plural.Of(enter, "enters", "enter") + ", " + plural.Of(len(top)-enter, "leaves", "leave")
}

func (t *textWriter) topCrashers(top []topOutline) {
	if len(top) == 0 {
		return
	}
	t.heading("%s", topCrashersText(top))
	for c := range some(t, top, "top crasher", "top crashers") {
		t.signature("", c.Sign+" ", signStyles[c.Sign], c.Signature)
		t.phrase(plain, 2, say(c.Text))
	}
}
