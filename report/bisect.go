package report

import (
	"slices"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/internal/plural"
)

// Bisection tells which commits of the siglists gave crashes their signatures.
// The crashes are in the order in which they were asked for. See internal/timeline, which makes it.
type Bisection struct {
	From, To Commit // the first and the last commit that was looked at
	Commits  int    // how many were looked at
	// Code are the commits that changed Socorro's code in this time, oldest first: a date of a signature may be that
	// of one of them, since every signature is made with the code that the engine follows.
	Code     []Commit
	Notes    []string // what a reader must know about the siglists
	Crashes  []BisectedCrash
	Missing  []string // ids that the cache hasn't got
	Failures []compare.Failure
	// Repository is where the commits are on the web; empty where that isn't known.
	Repository string
}

// BisectedCrash is a crash and what became of its signature.
type BisectedCrash struct {
	ID        string
	Recorded  string            // the signature in the processed crash
	Signature string            // at the last commit
	Changes   []SignatureChange // oldest first; none where the signature was there from the first commit on
}

// SignatureChange is a commit that gave a crash another signature.
type SignatureChange struct {
	Commit
	Old, New    string          // signatures; empty ones are possible
	Causes      []compare.Cause // lines that differ between the commit and the one before
	RuleChanges []string
}

// since is the change that made the present signature; nil when it was there from the first commit on.
func (c BisectedCrash) since() *SignatureChange {
	if len(c.Changes) == 0 {
		return nil
	}
	return &c.Changes[len(c.Changes)-1]
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
		{"text", inText(bisectText)}, {"json", inJSON(bisectJSON)}, {"markdown", inMarkdown(bisectMarkdown)}, {"html", bisectHTML},
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

// codeSince says that Socorro's code changed after a crash got its signature; empty where it didn't.
// The engine follows one revision of the code. A signature that Socorro's code changed has no commit here.
func (b *Bisection) codeSince(c BisectedCrash) string {
	from := b.SinceCommit(c)
	n := 0
	for _, change := range b.Code {
		// Both are RFC 3339 in UTC, so that text is compared as time.
		if change.Date > from.Date {
			n++
		}
	}
	if n == 0 {
		return ""
	}
	last := b.Code[len(b.Code)-1]
	return "by the siglists alone: Socorro's code changed " + plural.Of(n, "time", "times") + " since, last " + day(last.Date) + "  " + last.Short() + "  " + last.Subject
}

type jsonBisection struct {
	Schema   int                 `json:"schema"`
	From     Commit              `json:"from"`
	To       Commit              `json:"to"`
	Commits  int                 `json:"commits"`
	Code     []Commit            `json:"code"`
	Notes    []string            `json:"notes"`
	Crashes  []jsonBisectedCrash `json:"crashes"`
	Missing  []string            `json:"missing"`
	Failures []compare.Failure   `json:"failures"`
}

type jsonBisectedCrash struct {
	ID        string `json:"id"`
	Recorded  string `json:"recorded"`
	Signature string `json:"signature"`
	// Since is the commit that gave the crash its signature; null when it had it from the first on.
	Since   *Commit               `json:"since"`
	Changes []jsonSignatureChange `json:"changes"` // oldest first
}

type jsonSignatureChange struct {
	Commit
	Old         string       `json:"old"`
	New         string       `json:"new"`
	Causes      []jsonChange `json:"causes"`
	RuleChanges []string     `json:"rule_changes"`
}

func bisectJSON(b *Bisection) any {
	return jsonBisection{
		Schema: schema, From: b.From, To: b.To, Commits: b.Commits, Code: filled(b.Code), Notes: filled(b.Notes),
		Crashes: each(b.Crashes, newJSONBisectedCrash), Missing: filled(b.Missing), Failures: filled(b.Failures),
	}
}

func newJSONBisectedCrash(c BisectedCrash) jsonBisectedCrash {
	crash := jsonBisectedCrash{ID: c.ID, Recorded: c.Recorded, Signature: c.Signature, Changes: each(c.Changes, newJSONSignatureChange)}
	if since := c.since(); since != nil {
		crash.Since = &since.Commit
	}
	return crash
}

func newJSONSignatureChange(c SignatureChange) jsonSignatureChange {
	return jsonSignatureChange{Commit: c.Commit, Old: c.Old, New: c.New, Causes: each(c.Causes, newJSONChange), RuleChanges: filled(c.RuleChanges)}
}
