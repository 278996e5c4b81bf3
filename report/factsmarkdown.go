package report

import (
	"fmt"

	"github.com/sigdiff/sigdiff/engine/facts"
	"github.com/sigdiff/sigdiff/internal/plural"
)

// facts says what kinds of changes there are, and which frames go and come.
func (m *markdownWriter) facts(o outline) {
	if text := o.whatChanges(); text != "" {
		m.line("%s\n", text)
	}
	for _, l := range o.Facts.Ledger {
		m.line("%s: %s\n", l.What, mdPhrase(l.Text, mdCode))
	}
}

// items adds items of a list up to the limit, and says how many were left out.
func (m *markdownWriter) items(items []string, keep int, one, many string) {
	shown, more := Limited(items, m.Limit)
	m.omitted("\n", more+m.addAll(each(shown, func(item string) string { return "- " + item + "\n" }), keep), one, many)
}

// rows adds rows until the first that doesn't fit, so that none is missing between two, and says how many of all were left
// out.
func (m *markdownWriter) rows(rows []string, all int, one, many string) {
	done := 0
	for done < len(rows) && m.add(rows[done], footRoom) {
		done++
	}
	m.omitted("\n", all-done, one, many)
}

// folded adds a section of items that is closed at first.
func (m *markdownWriter) folded(summary string, items []string, keep int, one, many string) {
	if len(items) == 0 || !m.add("\n<details>\n<summary>"+summary+"</summary>\n\n", keep+footRoom) {
		return
	}
	m.items(items, keep+footRoom, one, many)
	m.line("\n</details>")
}

// patterns says what many groups have in common: their edits, or what they become. It leaves room for the groups.
func (m *markdownWriter) patterns(f factsOutline) {
	// An eighth of the room at most, so that many patterns don't push the groups out.
	keep := 7 * m.room / 8
	if len(f.Patterns) > 0 {
		m.line("\n### The same edit in several groups: %s\n", plural.Of(len(f.Patterns), "pattern", "patterns"))
	}
	patterns := each(f.Patterns, func(p patternOutline) string { return mdPhrase(p.Text, mdCode) })
	m.items(patterns, keep+footRoom, "pattern", "patterns")
	become := each(f.NewSignatures, func(s facts.NewSignature) string {
		return newSignatureText(s) + ": " + mdCode(signatureText(s.Signature))
	})
	m.folded("Several become one: "+plural.Of(len(become), "signature", "signatures"), become, keep, "signature", "signatures")
}

// scoreboard shows how well signatures part the crashes.
func (m *markdownWriter) scoreboard(scores []scoreOutline) {
	if len(scores) == 0 {
		return
	}
	text := "\n<details>\n<summary>Signatures as a whole</summary>\n\n| Before | After | |\n|--:|--:|---|\n"
	for _, s := range scores {
		text += fmt.Sprintf("| %s | %s | %s |\n", s.Before, s.After, s.What)
	}
	m.add(text+"\n</details>\n", footRoom)
}

func (m *markdownWriter) topCrashers(top []topOutline) {
	items := each(top, func(c topOutline) string { return mdCode(signatureText(c.Signature)) + " " + c.Text })
	m.folded(topCrashersText(top), items, footRoom, "top crasher", "top crashers")
}
