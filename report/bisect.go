package report

import (
	"slices"

	"github.com/sigdiff/sigdiff/engine/compare"
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
	Since   *Commit               `json:"since"`
	Changes List[SignatureChange] `json:"changes"` // oldest first
}

// SignatureChange is a commit that gave a crash another signature.
type SignatureChange struct {
	Commit
	Old         string       `json:"old"` // signatures; empty ones are possible
	New         string       `json:"new"`
	Causes      Causes       `json:"causes"` // lines that differ between the commit and the one before
	RuleChanges List[string] `json:"rule_changes"`
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

func bisectText(t *textWriter, b *Bisection) {
	for i, c := range b.Crashes {
		if i > 0 {
			t.line("")
		}
		t.bisected(b, c)
	}
	if len(b.Code) > 0 && len(b.Crashes) > 0 {
		t.line("")
		t.phrase(plain, 0, say(codeTitle))
		for _, c := range b.Code {
			t.commit("  ", c)
		}
	}
	if len(b.Notes)+len(b.Missing)+len(b.Failures) > 0 && len(b.Crashes) > 0 {
		t.line("")
	}
	for _, note := range b.Notes {
		t.field("note       ", note)
	}
	for _, id := range b.Missing {
		t.field("missing    ", id)
	}
	for _, f := range b.Failures {
		t.line("%-10s %s: %s", "failed", f.ID, f.Err)
	}
}

// bisected writes a crash: its signature, the commit that gave it, and every other change.
func (t *textWriter) bisected(b *Bisection, c BisectedCrash) {
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
func (t *textWriter) commit(margin string, c Commit) {
	t.field(margin+day(c.Date)+"  "+c.Short()+"  ", c.Subject)
}
