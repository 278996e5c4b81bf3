package report

import (
	"fmt"
	"strings"

	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/plural"
)

// SideCode tells in what Socorro's code on a side is not that which the engine follows: the engine makes the
// side's signatures with its own rules all the same.
type SideCode struct {
	// Files are the paths of the files that differ; nil where the repository has siglists alone.
	Files []string `json:"files"`
	// Since are the known changes of the algorithm between the side's commit and signatures.Revision, oldest first.
	Since []Commit `json:"since"`
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
func (c *CodeChange) note() Note {
	text := "base and candidate differ in Socorro's code, too: " + strings.Join(c.Files, ", ")
	if len(c.Commits) > 0 {
		text += " (" + commitsText(c.Commits) + ")"
	}
	return Note{Text: text + "; what that does is not in this report, which makes both sides with the rules of " + Followed(), Unknown: true}
}

// Text says that the code of a side, named in words, is another than the engine follows.
func (c *SideCode) Text(side string) string {
	text := side + " had other code than that of " + Followed() + ", which sigdiff follows"
	if len(c.Files) > 0 {
		text += ": " + c.files()
	}
	if n := len(c.Since); n > 0 {
		text += fmt.Sprintf("; the algorithm changed %s since, last on %s (%s)", plural.Of(n, "time", "times"), day(c.Since[n-1].Date), commitsText(c.Since[n-1:]))
	}
	return text + "; signatures of that code may be others"
}

// files names the first few files.
func (c *SideCode) files() string {
	names, more := limited(c.Files, maxCodeCommits)
	text := strings.Join(names, ", ")
	if more > 0 {
		text += fmt.Sprintf(", and %s more", number(more))
	}
	return text
}

func commitsText(commits []Commit) string {
	var names []string
	shown, more := limited(commits, maxCodeCommits)
	for _, c := range shown {
		names = append(names, fmt.Sprintf("%.9s %s", c.Revision, c.Subject))
	}
	if more > 0 {
		names = append(names, fmt.Sprintf("and %s more", number(more)))
	}
	return strings.Join(names, "; ")
}

// codeNotes are the notes on Socorro's code: first what differs between the sides, then, for both
// sides in one, what differs from the code that the engine follows.
func (r *Report) codeNotes() []Note {
	var notes []Note
	if r.Code != nil {
		notes = append(notes, r.Code.note())
	}
	sides, code := "the base", r.Base.Code
	if other := r.Candidate.Code; other != nil {
		if code == nil {
			sides, code = "the candidate", other
		} else if sides = "base and candidate"; len(other.Since) > len(code.Since) {
			code = other
		}
	}
	if code != nil {
		notes = append(notes, Note{Text: code.Text(sides), Unknown: true})
	}
	return notes
}
