package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/concerns"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/plural"
)

// Note is a sentence that a reader must know before the figures.
// The text is a phrase: names, paths and hashes in it are data.
type Note struct {
	Text Phrase
	// Unknown is set where the figures can't speak of what the sentence says: a comparison with such a note
	// is incomplete, whatever it counts.
	Unknown bool
	// Alike is set where the sentence says that the siglists of both sides take the same frames.
	Alike bool
}

// Unknown is what the figures can't speak of, a sentence each; nil when they speak of everything.
func (r *Report) Unknown() []string { return Unknown(r.notes()) }

// Unknown is what of notes figures can't speak of, a sentence each.
func Unknown(notes []Note) []string {
	var unknown []string
	for _, n := range notes {
		if n.Unknown {
			unknown = append(unknown, n.Text.String())
		}
	}
	return unknown
}

// texts are notes as text.
func texts(notes []Note) []string {
	return each(notes, func(n Note) string { return n.Text.String() })
}

// NotesOf are the notes on two sides, in the order in which they are said: what could not be known first. change is
// what differs in their code, others are what else there is to say.
func NotesOf(base, candidate Side, change *CodeChange, others ...Note) []Note {
	// Functions below give an empty note where there is nothing to say.
	notes := slices.DeleteFunc(append(codeNotes(base, candidate, change), others...), func(n Note) bool { return len(n.Text) == 0 })
	known := slices.DeleteFunc(slices.Clone(notes), func(n Note) bool { return n.Unknown })
	return append(slices.DeleteFunc(notes, func(n Note) bool { return !n.Unknown }), known...)
}

// notes are all notes of a report, those that follow from its sides and totals included.
// They are worked out each time, so that what is set after New counts.
func (r *Report) notes() []Note {
	return NotesOf(r.Base, r.Candidate, r.Code, append(slices.Clone(r.Notes), r.nothing(), r.same(), r.unrecorded(), r.moved(), r.fewConcerns(), r.textConcerns(), r.undecided(), r.Screening.note())...)
}

// nothing says that there was nothing to compare: no crashes, or none with a stack.
// Each is unknown: "0 changed" would be true, and mean nothing, unless no crash can change.
func (r *Report) nothing() Note {
	switch t := r.Totals; {
	case t.Crashes == 0 && r.unchanging():
	case t.Crashes == 0:
		return Note{Text: say("there was no crash to compare"), Unknown: true}
	case t.Compared == 0:
		return Note{Text: say("no crash could be compared"), Unknown: true}
	case t.WithoutStack == t.Compared:
		return Note{Text: say(NoStack(t.WithoutStack, t.Compared)), Unknown: true}
	}
	return Note{}
}

// unchanging tells that no crash at all gets another signature, which needs no crash to be known.
func (r *Report) unchanging() bool {
	alike := len(r.same().Text) > 0 || slices.ContainsFunc(r.Notes, func(n Note) bool { return n.Alike })
	return alike && r.Base.isLists() && r.Candidate.isLists() && r.Base.Rules == r.Candidate.Rules && r.Code == nil
}

// NothingKnown says that nothing is known, since there was nothing to compare; empty where something is.
func (r *Report) NothingKnown() string {
	n := r.nothing()
	if !n.Unknown || r.Totals.Changed > 0 {
		return ""
	}
	text, _, _ := strings.Cut(n.Text.String(), ":")
	return strings.ToUpper(text[:1]) + text[1:]
}

// NoStack says how many crashes have nothing to make a signature from. A few are usual: their dumps could not be walked.
func NoStack(without, of int) string {
	have := " have"
	if of == 1 {
		have = " has"
	}
	text := plural.Number(without) + " of " + plural.Crashes(of) + have + " no stack: no frame of the crashing thread in json_dump.threads, and no Java exception"
	if without == of {
		text += "; is this a processed crash?"
	}
	return text
}

// same says that both sides are the same.
// That is no error, and most often not what was meant. Digests tell: two SPECs may name the same lists.
func (r *Report) same() Note {
	b, c := r.Base, r.Candidate
	switch {
	case b.Kind == c.Kind && (b.Kind == "recorded" || b.Kind == "accepted"):
		return Note{Text: say("base and candidate are the same signatures")}
	// Recorded signatures have no digest.
	case b.Digest == "" || b.Digest != c.Digest || b.Rules != c.Rules:
		return Note{}
	case r.Code != nil:
		return Note{Text: say("the siglists of base and candidate are the same: what differs is Socorro's code")}
	case b.Kind == "accepted" || c.Kind == "accepted":
		return Note{Text: say("the siglists are those of the acceptance")}
	}
	return Note{Text: say("base and candidate are the same siglists, with the same rules")}
}

// unrecorded says that crashes came without a signature. Crash Stats records one of each, so the documents lack it.
// An empty signature counts as one, so that each of them differs from what siglists make, unless that is empty, too.
func (r *Report) unrecorded() Note {
	n := 0
	for _, s := range r.Signatures {
		switch {
		case s.Signature != "":
		case r.Base.Kind == "recorded":
			n = s.Base
		case r.Candidate.Kind == "recorded":
			n = s.Candidate
		}
	}
	if n == 0 {
		return Note{}
	}
	return Note{Text: say("no signature is recorded for " + plural.Number(n) + " of " + plural.Crashes(r.Totals.Compared) + "; each of them that gets one counts as changed")}
}

// fewConcerns says that a side is no siglist set, so that nothing is known of lines. Else a comparison without concerns
// would look as if there were none.
func (r *Report) fewConcerns() Note {
	if !r.linesUnknown() {
		return Note{}
	}
	return Note{Text: say("lines have no verdicts here, and of the concerns only kinds, spray and marks were looked for: the others need two siglist sets")}
}

// textConcerns says that the texts of lines don't tell what they match, and what was not looked for therefore.
func (r *Report) textConcerns() Note {
	if !r.entangled() {
		return Note{}
	}
	return Note{Text: say("the concerns everything, never and idle were not looked for, and one-away, siblings and mid-word not all: a list has flags or references, so that lines may mean something else in it than their texts say")}
}

// undecided says that patterns met their limits, and what may be lacking therefore.
func (r *Report) undecided() Note {
	if !r.unsure {
		return Note{}
	}
	return Note{Text: say("the concerns everything, never, one-away, siblings and idle may not be all: to tell them of a changed line takes more work than is allowed")}
}

func (r *Report) entangled() bool {
	return slices.ContainsFunc(r.Lines, func(v compare.Verdict) bool { return v.Entangled })
}

// linesUnknown tells that a side is no siglist set, so that nothing is known of lines. Where both sides are the same, and no
// signature differs, there is nothing to know.
func (r *Report) linesUnknown() bool {
	lists, same := r.Base.isLists() && r.Candidate.isLists(), r.Totals.Changed == 0 && len(r.same().Text) > 0
	return !lists && !same
}

// NotLookedFor tells of a kind of concern that this report may lack, since what tells of it is not there, or not all of it.
func (r *Report) NotLookedFor(kind concerns.Kind) bool {
	switch kind {
	case concerns.Kinds, concerns.Spray, concerns.Marks:
		return false
	case concerns.Everything, concerns.Never, concerns.OneAway, concerns.Siblings, concerns.MidWord, concerns.Idle:
		return r.unsure || r.entangled() || r.linesUnknown()
	case concerns.Strangers:
		return r.noStrangers || r.linesUnknown()
	}
	return r.linesUnknown()
}

// moved says that accepted signatures were made of other data.
func (r *Report) moved() Note {
	switch n := r.Totals.DataChanged; n {
	case 0:
		return Note{}
	case 1:
		return Note{Text: say("the data of 1 crash changed since its signature was accepted, which may be why that differs, or why it doesn't")}
	default:
		return Note{Text: say("the data of " + plural.Number(n) + " crashes changed since their signatures were accepted, which may be why these differ, or why they don't")}
	}
}

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
	return Note{Text: text, Unknown: true}
}

// Text says that the code of a side, named by a phrase, is another than the engine follows.
// Files say that the code is other; Since says what of that is known to matter.
func (c *SideCode) Text(side Phrase) Phrase {
	text := Sentence("%s had other code than that of "+Followed()+", which sigdiff follows", side)
	if len(c.Files) > 0 {
		text = slices.Concat(text, say(": "), joinedUpTo(maxCodeCommits, each(c.Files, asData), ", "))
	}
	if n := len(c.Since); n > 0 {
		text = slices.Concat(text, Sentence("; the algorithm changed %s since, last on %s (%s)",
			say(plural.Of(n, "time", "times")), say(day(c.Since[n-1].Date)), commitsText(c.Since[n-1:])))
	}
	return slices.Concat(text, say("; signatures of that code may be others"))
}

func commitsText(commits []Commit) Phrase {
	names := each(commits, func(c Commit) Phrase { return say("", fmt.Sprintf("%.9s %s", c.Revision, c.Subject)) })
	return joinedUpTo(maxCodeCommits, names, "; ")
}

// CodeNotes are the notes on the code of a side, named by a phrase.
func (s Side) CodeNotes(name Phrase) []Note {
	if s.Code == nil {
		return nil
	}
	return append(s.conflicts(), Note{Text: s.Code.Text(name), Unknown: true})
}

// conflicts says in what code a merge conflicts. Code is not nil.
func (s Side) conflicts() []Note {
	if len(s.Code.Conflicts) == 0 {
		return nil
	}
	return []Note{{Text: Sentence("merging for %s conflicts in Socorro's code, which git can't merge by itself: %s", s.Spec, listed(s.Code.Conflicts)), Unknown: true}}
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
	return slices.Concat(notes, base.conflicts(), candidate.conflicts(), []Note{{Text: older.Text(say("base and candidate")), Unknown: true}})
}
