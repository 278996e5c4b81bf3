package report

import (
	"io"
	"slices"

	"github.com/sigdiff/sigdiff/engine/facts"
	"github.com/sigdiff/sigdiff/internal/plural"
)

// sinceText says of the present signature what its commit can't: that none of those looked at gave it, and what else
// may have.
func (b *Bisection) sinceText(c BisectedCrash) []string {
	var texts []string
	if c.since() == nil {
		texts = append(texts, "or before: of "+plural.Of(b.Commits, "commit", "commits")+" looked at, none changed it")
	}
	if text := b.codeSince(c); text != "" {
		texts = append(texts, text)
	}
	return texts
}

// sinceCommit is the commit that gave a crash its signature, or the first that was looked at.
func (b *Bisection) sinceCommit(c BisectedCrash) Commit {
	if since := c.since(); since != nil {
		return since.Commit
	}
	return b.From
}

// codeTitle stands above the commits that changed Socorro's code.
const codeTitle = "Socorro's code changed in this time; a signature of its day may have changed then, too"

// because are the reasons of a change, as sentences.
func (c SignatureChange) because() []phrase {
	var reasons []phrase
	for _, cause := range c.Causes {
		reasons = append(reasons, append(say("because "), causeText(cause)...))
	}
	for _, rule := range c.RuleChanges {
		reasons = append(reasons, say("rule ", rule))
	}
	return reasons
}

// bisectMarkdown writes a bisection for a bug or a pull request.
// What does not fit into a comment is left out, and counted, as in the report of a comparison.
func bisectMarkdown(m *markdownWriter, b *Bisection, o Options) {
	for _, c := range b.Crashes {
		m.bisected(b, c)
	}
	for _, note := range b.Notes {
		m.line("- note: %s", mdCode(note))
	}
	for _, id := range b.Missing {
		m.line("- missing: %s", mdCrash(o.Host, id))
	}
	for _, f := range b.Failures {
		m.line("- failed: %s: %s", mdCrash(o.Host, f.ID), mdCode(f.Err))
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
	m.line("**Crash id:** %s\n", mdCrash(m.host, c.ID))
	m.line("- recorded: %s", mdCode(signatureText(c.Recorded)))
	m.line("- signature: %s", mdCode(signatureText(c.Signature)))
	m.line("- since %s", mdCommit(b.Repository, b.sinceCommit(c)))
	for _, text := range b.sinceText(c) {
		m.line("  - %s", mdCode(text))
	}
	m.line("")
	omitted := 0
	for _, change := range slices.Backward(c.Changes) {
		text := mdCommit(b.Repository, change.Commit) + "\n- before: " + mdCode(signatureText(change.Old)) + "\n- after: " + mdCode(signatureText(change.New)) + "\n"
		for _, reason := range change.because() {
			text += "- " + mdPhrase(reason, mdCode) + "\n"
		}
		if !m.add(text+"\n", footRoom) {
			omitted++
		}
	}
	if omitted > 0 {
		m.line("%s\n", omittedText(omitted, "change", "changes"))
	}
}

func mdCommit(repository string, c Commit) string {
	return day(c.Date) + " " + mdRevision(repository, c.Revision) + " " + mdCode(c.Subject)
}

// bisectPage is what the page of a bisection shows.
type bisectPage struct {
	frame
	*Bisection
	Rows      []bisectRow
	CodeTitle string
}

// bisectRow is a crash.
type bisectRow struct {
	BisectedCrash
	Since Commit
	Texts []string
	Moves []bisectMove // newest first
}

// bisectMove is a commit that gave the crash another signature.
type bisectMove struct {
	Commit
	Before, After []facts.Component
	Why           []phrase
}

// bisectHTML writes a page that stands alone, like the report. It needs no JavaScript.
func bisectHTML(w io.Writer, b *Bisection, o Options) error {
	return writeHTML(w, "bisect.html.tmpl", o, func(f frame) any {
		f.PageTitle = "sigdiff bisect: " + plural.Crashes(len(b.Crashes))
		p := &bisectPage{frame: f, Bisection: b, CodeTitle: codeTitle}
		for _, c := range b.Crashes {
			row := bisectRow{BisectedCrash: c, Since: b.sinceCommit(c), Texts: b.sinceText(c)}
			for _, change := range slices.Backward(c.Changes) {
				move := bisectMove{Commit: change.Commit, Why: change.because()}
				move.Before, move.After = signatureParts(change.Old, change.New)
				row.Moves = append(row.Moves, move)
			}
			p.Rows = append(p.Rows, row)
		}
		return p
	}, "style.css")
}
