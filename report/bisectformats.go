package report

import (
	"fmt"
	"slices"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/internal/plural"
)

// SinceText says of the present signature what its commit can't: that none of those looked at gave it, and what else
// may have.
func (b *Bisection) SinceText(c BisectedCrash) []string {
	var texts []string
	if c.Since == nil {
		texts = append(texts, "or before: of "+plural.Of(b.Commits, "commit", "commits")+" looked at, none changed it")
	}
	// The engine follows one revision of the code. A signature that Socorro's code changed has no commit here.
	later := 0
	for _, change := range b.Code {
		// Both are RFC 3339 in UTC, so that text is compared as time.
		if change.Date > b.SinceCommit(c).Date {
			later++
		}
	}
	if later > 0 {
		last := b.Code[len(b.Code)-1]
		texts = append(texts, "by the siglists alone: Socorro's code changed "+plural.Of(later, "time", "times")+" since, last "+day(last.Date)+"  "+last.Short()+"  "+last.Subject)
	}
	return texts
}

// SinceCommit is the commit that gave a crash its signature, or the first that was looked at.
func (b *Bisection) SinceCommit(c BisectedCrash) Commit {
	if c.Since != nil {
		return *c.Since
	}
	return b.From
}

// codeTitle stands above the commits that changed Socorro's code.
const codeTitle = "Socorro's code changed in this time; a signature of its day may have changed then, too"

// Because are the reasons of a change, as sentences.
func (c SignatureChange) Because() []phrase {
	reasons := each(c.Causes, func(cause compare.Cause) phrase { return append(say("because "), causeText(cause)...) })
	return append(reasons, each(c.RuleChanges, func(rule string) phrase { return say("rule ", rule) })...)
}

// bisectMarkdown writes a bisection for a bug or a pull request.
// What does not fit into a comment is left out, and counted, as in the report of a comparison.
func bisectMarkdown(m *markdownWriter, b *Bisection) {
	for _, c := range b.Crashes {
		m.bisected(b, c)
	}
	for _, note := range b.Notes {
		m.line("- note: %s", mdCode(note))
	}
	for _, id := range b.Missing {
		m.line("- missing: %s", mdCrash(m.Host, id))
	}
	for _, f := range b.Failures {
		m.line("- failed: %s: %s", mdCrash(m.Host, f.ID), mdCode(f.Err))
	}
	if len(b.Code) > 0 && len(b.Crashes) > 0 {
		m.line("\n<details>\n<summary>%s</summary>\n", codeTitle)
		for _, c := range slices.Backward(b.Code) {
			m.add("- "+mdCommit(b.Repository, c)+"\n", footRoom)
		}
		m.line("\n</details>")
	}
}

func (m *markdownWriter) bisected(b *Bisection, c BisectedCrash) {
	m.line("**Crash id:** %s\n", mdCrash(m.Host, c.ID))
	m.line("- recorded: %s", mdCode(signatureText(c.Recorded)))
	m.line("- signature: %s", mdCode(signatureText(c.Signature)))
	m.line("- since %s", mdCommit(b.Repository, b.SinceCommit(c)))
	for _, text := range b.SinceText(c) {
		m.line("  - %s", mdCode(text))
	}
	m.line("")
	changes := each(c.Newest(), func(s SignatureChange) string {
		return fmt.Sprintf("%s\n- before: %s\n- after: %s\n%s\n",
			mdCommit(b.Repository, s.Commit), mdCode(signatureText(s.Old)), mdCode(signatureText(s.New)), mdItems("- ", s.Because()))
	})
	if omitted := m.addAll(changes, footRoom); omitted > 0 {
		m.line("%s\n", omittedText(omitted, "change", "changes"))
	}
}

func mdCommit(repository string, c Commit) string {
	return day(c.Date) + " " + mdRevision(repository, c.Revision) + " " + mdCode(c.Subject)
}

// bisectPage needs no JavaScript.
func bisectPage(b *Bisection, _ Options) (title string, shown any) {
	return "sigdiff bisect: " + plural.Crashes(len(b.Crashes)), b
}
