package report

import (
	"fmt"
	"slices"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/internal/plural"
)

// Bisection tells which commits of the siglists gave crashes their signatures.
// The crashes are in the order in which they were asked for. See internal/timeline, which makes it.
type Bisection struct {
	From    Commit `json:"from"`    // the first commit that was looked at
	To      Commit `json:"to"`      // the last one
	Commits int    `json:"commits"` // how many were looked at
	// Code are the commits that changed Socorro's code in this time, oldest first: a date of a signature may be that
	// of one of them, since every signature is made with the code that the engine follows.
	Code     List[Commit]          `json:"code"`
	Notes    List[string]          `json:"notes"` // what a reader must know about the siglists
	Crashes  List[BisectedCrash]   `json:"crashes"`
	Missing  List[string]          `json:"missing"` // ids that the cache hasn't got
	Failures List[compare.Failure] `json:"failures"`
	// Repository is where the commits are on the web; empty where that isn't known.
	Repository string `json:"-"`
}

// BisectedCrash is a crash and what became of its signature.
type BisectedCrash struct {
	ID        string `json:"id"`
	Recorded  string `json:"recorded"`  // the signature in the processed crash
	Signature string `json:"signature"` // at the last commit
	// Since is the commit that gave the crash its signature; nil when it had it from the first on.
	Since *Commit `json:"since"`
	// CodeSince are the commits that changed Socorro's code after that one, or after the first that was looked at.
	CodeSince List[Commit]          `json:"code_since"`
	Changes   List[SignatureChange] `json:"changes"` // oldest first
}

// SignatureChange is a commit that gave a crash another signature.
type SignatureChange struct {
	Commit
	Old         string       `json:"old"` // signatures; empty ones are possible
	New         string       `json:"new"`
	Causes      Causes       `json:"causes"` // lines that differ between the commit and the one before
	RuleChanges List[string] `json:"rule_changes"`
	Notes       List[string] `json:"notes"` // what the causes don't tell
}

// Newest are the changes for people, the newest first, since it is why the signature is what it is. JSON has the oldest first.
func (c BisectedCrash) Newest() []SignatureChange {
	changes := slices.Clone(c.Changes)
	slices.Reverse(changes)
	return changes
}

// BisectFormats are the formats of a bisection.
func BisectFormats() Formats[*Bisection] {
	return Formats[*Bisection]{"bisection", []writer[*Bisection]{
		{"text", inText(bisectText)}, {"json", inJSON(itself[*Bisection])}, {"markdown", inMarkdown(bisectMarkdown)}, {"html", inHTML("bisect.html.tmpl", bisectPage, "style.css")},
	}}
}

// Unable says how many crashes were not followed; empty when all were.
func (b *Bisection) Unable() string {
	return notAll(len(b.Crashes)+len(b.Missing)+len(b.Failures), "followed", len(b.Missing), len(b.Failures))
}

func bisectText(t *Text, b *Bisection) {
	t.unable(b.Unable(), b.Failures, b.Missing)
	for i, c := range b.Crashes {
		if i > 0 {
			t.line("")
		}
		t.bisected(b, c)
	}
	if len(b.Code) > 0 {
		t.line("")
		// Commits of the code stand apart: no signature was made with them.
		t.phrase(plain, 0, say(codeTitle))
		for _, c := range b.Code {
			t.commit("  ", c)
		}
	}
	if len(b.Notes) > 0 {
		t.line("")
	}
	for _, note := range b.Notes {
		t.field("note       ", note)
	}
}

// bisected writes a crash: its signature, the commit that gave it, and every other change.
func (t *Text) bisected(b *Bisection, c BisectedCrash) {
	t.field("crash      ", c.ID)
	t.signature("recorded   ", "", plain, c.Recorded)
	t.signature("signature  ", "", heading, c.Signature)
	t.commit("since      ", b.SinceCommit(c))
	for _, text := range b.SinceText(c) {
		t.field("           ", text)
	}
	for _, change := range c.Newest() {
		t.line("")
		t.commit("", change.Commit)
		t.pair("  ", change.Old, change.New)
		for _, reason := range change.Because() {
			t.field("  ", reason.String())
		}
	}
}

// commit writes a commit after what stands in the margin.
func (t *Text) commit(margin string, c Commit) {
	t.field(margin+day(c.Date)+"  "+c.Short()+"  ", c.Subject)
}

// SinceText says of the present signature what its commit can't: that none of those looked at gave it, and what else
// may have.
func (b *Bisection) SinceText(c BisectedCrash) []string {
	var texts []string
	if c.Since == nil {
		texts = append(texts, "or before: of "+plural.Of(b.Commits, "commit", "commits")+" looked at, none changed it")
	}
	// The engine follows one revision of the code. A signature that Socorro's code changed has no commit here.
	if later := len(c.CodeSince); later > 0 {
		last := c.CodeSince[later-1]
		texts = append(texts, "by the siglists alone: Socorro's code changed "+plural.Of(later, "time", "times")+" since, last "+day(last.Date)+"  "+last.Short()+"  "+last.Subject)
	}
	return texts
}

// SinceCommit is the commit that gave a crash its signature, or the first that was looked at.
func (b *Bisection) SinceCommit(c BisectedCrash) Commit {
	if c.Since != nil {
		return *c.Since
	}
	// The signature may be older: SinceText says so.
	return b.From
}

// codeTitle stands above the commits that changed Socorro's code.
const codeTitle = "Socorro's code changed in this time; a signature of its day may have changed then, too"

// Because are the reasons of a change, as sentences, and what they don't tell.
func (c SignatureChange) Because() []Phrase {
	reasons := each(c.Causes, func(cause compare.Cause) Phrase { return append(say("because "), causeText(cause)...) })
	reasons = append(reasons, each(c.RuleChanges, func(rule string) Phrase { return say("rule ", rule) })...)
	return append(reasons, each(c.Notes, func(note string) Phrase { return say("note: ", note) })...)
}

// bisectMarkdown writes a bisection for a bug or a pull request.
// What does not fit into a comment is left out, and counted, as in the report of a comparison.
func bisectMarkdown(m *markdownWriter, b *Bisection) {
	m.alert(b.Unable())
	keep := m.room / 8 // for the notes, and for crashes that there is nothing of
	crashes := each(b.Crashes, func(c BisectedCrash) string {
		one := &markdownWriter{Options: m.Options, room: m.room - keep}
		one.bisected(b, c)
		return one.text.String()
	})
	m.omitted("", m.addAll(crashes, keep), "crash", "crashes")
	for _, note := range b.Notes {
		m.line("- note: %s", mdCode(note))
	}
	m.rows(each(b.Missing, func(id string) string { return "- missing: " + mdCrash(m.Host, id) + "\n" }), len(b.Missing), "missing crash", "missing crashes")
	failed := each(b.Failures, func(f compare.Failure) string {
		return "- failed: " + mdCrash(m.Host, f.ID) + ": " + mdCode(f.Err) + "\n"
	})
	m.rows(failed, len(failed), "failed crash", "failed crashes")
	if len(b.Code) > 0 {
		m.folded(codeTitle, leastRoom, func() {
			commits := each(b.Code, func(c Commit) string { return "- " + mdCommit(b.Repository, c) + "\n" })
			slices.Reverse(commits) // the newest first, since the last are left out
			m.rows(commits, len(commits), "commit", "commits")
		})
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
	// Each is whole or left out: half of a change would be another one.
	changes := each(c.Newest(), func(s SignatureChange) string {
		return fmt.Sprintf("%s\n- before: %s\n- after: %s%s\n\n",
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
