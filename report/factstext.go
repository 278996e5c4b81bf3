package report

import (
	"strings"

	"github.com/olekukonko/tablewriter/tw"

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
func (t *textWriter) patterns(f factsOutline, o Options) {
	if len(f.Patterns) > 0 {
		t.heading("The same edit in several groups: %s", plural.Of(len(f.Patterns), "pattern", "patterns"))
	}
	patterns, more := limited(f.Patterns, o.Limit)
	for _, p := range patterns {
		t.phrase(plain, 2, p.Text)
	}
	t.omitted(more, "pattern", "patterns")
	if len(f.NewSignatures) > 0 {
		t.heading("Several become one: %s", plural.Of(len(f.NewSignatures), "signature", "signatures"))
	}
	become, more := limited(f.NewSignatures, o.Limit)
	for _, s := range become {
		t.line("  %s", newSignatureText(s))
		t.signature("", "+ ", insert, s.Signature)
	}
	t.omitted(more, "signature", "signatures")
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
	t.table([]string{"Before", "After", ""}, rows, nil, tw.AlignRight, tw.AlignRight, tw.AlignLeft)
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

func (t *textWriter) topCrashers(top []topOutline, o Options) {
	if len(top) == 0 {
		return
	}
	t.heading("%s", topCrashersText(top))
	shown, more := limited(top, o.Limit)
	for _, c := range shown {
		t.signature("", c.Sign+" ", signStyles[c.Sign], c.Signature)
		t.phrase(plain, 2, say(c.Text))
	}
	t.omitted(more, "top crasher", "top crashers")
}
