package report

import (
	"fmt"
	"slices"

	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/plural"
)

// SideCode tells in what Socorro's code on a side is not that which the engine follows: the engine makes the
// side's signatures with its own rules all the same.
type SideCode struct {
	// Files are the paths of the files that differ; none where the repository has siglists alone. No list is nil: reports
	// have none that is null.
	Files []string `json:"files"`
	// Since are the known changes of the algorithm between the side's commit and signatures.Revision, oldest first.
	Since []Commit `json:"since"`
	// Conflicts are the files that don't merge by themselves, where the side is a merge.
	Conflicts []string `json:"conflicts,omitempty"`
}

// CodeChange is the change of Socorro's code between two commits that are compared.
type CodeChange struct {
	Files   []string `json:"files"`   // that differ, by their paths
	Commits []Commit `json:"commits"` // that changed them, oldest first, as far as the repository has them
}

// Followed says which code the engine follows.
func Followed() string {
	return fmt.Sprintf("Socorro %.9s of %s", signatures.Revision, signatures.RevisionDate)
}

// maxCodeCommits is how many commits or files a sentence names.
const maxCodeCommits = 4

// note says that the change is not in the figures.
// The note is unknown: both sides are made with the rules of the engine, so that what the code changes isn't
// counted.
func (c *CodeChange) note(base, candidate Side) Note {
	changed := listed(c.Files)
	if len(c.Commits) > 0 {
		changed = slices.Concat(changed, say(" ("), commitsText(c.Commits), say(")"))
	}
	text := Sentence("base and candidate differ in Socorro's code, too: %s; what that does is not in this report, which makes both sides with the rules of "+Followed(), changed)
	// python:REVISION runs Socorro's own code, which is how to find out.
	if base.Revision != "" && candidate.Revision != "" {
		text = slices.Concat(text, Sentence("; 'sigdiff diff --base %s --candidate %s' runs the code of both",
			fmt.Sprintf("python:%.12s", base.Revision), fmt.Sprintf("python:%.12s", candidate.Revision)))
	}
	return Note{text, true}
}

// Text says that the code of a side, named by a phrase, is another than the engine follows.
// Files say that the code is other; Since says what of that is known to matter.
func (c *SideCode) Text(side Phrase) Phrase {
	text := Sentence("%s had other code than that of "+Followed()+", which sigdiff follows", side)
	if len(c.Files) > 0 {
		text = slices.Concat(text, say(": "), joinedUpTo(maxCodeCommits, each(c.Files, asData), ", ", andMore))
	}
	if n := len(c.Since); n > 0 {
		text = slices.Concat(text, Sentence("; the algorithm changed %s since, last on %s (%s)",
			say(plural.Of(n, "time", "times")), say(day(c.Since[n-1].Date)), commitsText(c.Since[n-1:])))
	}
	return slices.Concat(text, say("; signatures of that code may be others"))
}

func commitsText(commits []Commit) Phrase {
	names := each(commits, func(c Commit) Phrase { return say("", fmt.Sprintf("%.9s %s", c.Revision, c.Subject)) })
	return joinedUpTo(maxCodeCommits, names, "; ", func(more int) string { return "; and " + plural.Number(more) + " more" })
}

// CodeNotes are the notes on the code of a side, named by a phrase.
func (s Side) CodeNotes(name Phrase) []Note {
	if s.Code == nil {
		return nil
	}
	return append(s.conflicts(), Note{s.Code.Text(name), true})
}

// conflicts says in what code a merge conflicts.
func (s Side) conflicts() []Note {
	if s.Code == nil || len(s.Code.Conflicts) == 0 {
		return nil
	}
	return []Note{{Sentence("merging for %s conflicts in Socorro's code, which git can't merge by itself: %s", s.Spec, listed(s.Code.Conflicts)), true}}
}

// codeNotes are the notes on Socorro's code: first what differs between the sides, then what does not merge, then, for
// both sides in one, what differs from the code that the engine follows.
func codeNotes(base, candidate Side, change *CodeChange) []Note {
	var notes []Note
	if change != nil {
		notes = append(notes, change.note(base, candidate))
	}
	if base.Code == nil || candidate.Code == nil {
		return slices.Concat(notes, base.CodeNotes(say("the base")), candidate.CodeNotes(say("the candidate")))
	}
	// The one with more changes of the algorithm since then is further from what the engine follows: it speaks for
	// both.
	older := base.Code
	if len(candidate.Code.Since) > len(older.Since) {
		older = candidate.Code
	}
	return slices.Concat(notes, base.conflicts(), candidate.conflicts(), []Note{{older.Text(say("base and candidate")), true}})
}
