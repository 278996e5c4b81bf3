// Package edited makes the sides of a comparison from siglists that are loaded, and from an edit that is laid over them.
package edited

import (
	"slices"
	"strings"

	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/internal/shell"
	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists"
)

// Lists is siglists, and what a report says of them.
type Lists struct {
	Set  *siglists.Set
	Info report.Side
}

// Side makes a side of siglists, with a ruleset.
func (l Lists) Side(rules string) (*signatures.Generator, report.Side, error) {
	ruleset, err := signatures.ParseRuleset(rules)
	if err != nil {
		return nil, l.Info, exit.Usagef("%w", err)
	}
	if rules = strings.TrimSpace(rules); rules != signatures.DefaultRuleset {
		// Reports name rules only where they are not those that everybody takes for granted.
		l.Info.Rules = rules
	}
	if strings.HasPrefix(rules, signatures.OldRuleset) {
		// A copy: the same siglists may become a side by other rules, too.
		l.Info.Notes = append(slices.Clone(l.Info.Notes), "the rules are those of 2023; frames are normalised as today")
	}
	return signatures.NewGenerator(l.Set, ruleset), l.Info, nil
}

// With is siglists with a change set laid over. What there is to know of the base holds for it, too.
func (l Lists) With(changes []siglists.Change) (Lists, error) {
	info := report.Side{
		Spec: l.Info.Spec + " + " + changesText(changes), Kind: "edit", Folder: l.Info.Folder,
		Notes: slices.Clone(l.Info.Notes), Code: l.Info.Code,
	}
	for _, added := range []bool{true, false} { // as the flags have them, whatever the order of a file is
		for _, c := range changes {
			if c.Added == added {
				info.Changes = append(info.Changes, c.Edit())
			}
		}
	}
	// The whole set is loaded anew, so that an edit can't give what the edited files would not.
	set, err := l.Set.With(changes)
	if err != nil {
		return Lists{Info: info}, exit.Usagef("%s: %w", info.Spec, err)
	}
	info.Digest = set.Digest()
	return Lists{set, info}, nil
}

// changesText counts lines, such as "1 added line, 2 removed lines".
func changesText(changes []siglists.Change) string {
	added := 0
	for _, c := range changes {
		if c.Added {
			added++
		}
	}
	var parts []string
	if added > 0 {
		parts = append(parts, plural.Of(added, "added line", "added lines"))
	}
	if removed := len(changes) - added; removed > 0 {
		parts = append(parts, plural.Of(removed, "removed line", "removed lines"))
	}
	return strings.Join(parts, ", ")
}

// ListNotes are what is odd about the siglists of both sides as a whole.
func ListNotes(base, candidate *siglists.Set) []report.Note {
	notes := append(NotesOf("the base's", base), NotesOf("the candidate's", candidate)...)
	// Where both are the same, reports say that in words of their own.
	if base == nil || candidate == nil || base.Equal(candidate) || !siglists.Alike(base, candidate) {
		return notes
	}
	// "0 changed" would say it of the crashes at hand alone.
	text := "the changed lines make no difference to any crash: each list takes the same frames with them and without them"
	if len(siglists.Diff(base, candidate)) == 0 {
		text = "the lines only stand in another order, which makes no difference to any crash"
	}
	return append(notes, report.Note{Text: report.Sentence(text), Alike: true})
}

// NotesOf is ListNotes for one side, which is named. Siglists with a merge conflict load, and are compared rightly, but
// nobody means them: figures can't speak of the lists that are to come of them. Those of an empty list are known, though
// its lines decide nothing of it.
func NotesOf(whose string, set *siglists.Set) []report.Note {
	var notes []report.Note
	if text := ConflictText(set); len(text) > 0 {
		notes = append(notes, report.Note{Text: append(report.Sentence(whose+" siglists hold "), text...), Unknown: true})
	}
	if set == nil {
		return notes
	}
	var empty []any
	for _, name := range siglists.Names() {
		// Sentinels are compared as texts, so that an empty list of them finds none. Each other list is one regular expression,
		// and that of no lines matches everything, as in Socorro.
		if name != siglists.Sentinels && len(set.List(name).Lines) == 0 {
			empty = append(empty, name.File())
		}
	}
	if len(empty) > 0 {
		where := []string{"%s", "%s and %s", "%s, %s and %s"}[len(empty)-1]
		notes = append(notes, report.Note{Text: report.Sentence(whose+" siglists have no line in "+where+": an empty list matches every frame", empty...)})
	}
	return notes
}

// ConflictText says which merge conflict siglists hold; it is empty where they hold none, or don't load.
func ConflictText(set *siglists.Set) report.Phrase {
	if set == nil || len(set.ConflictMarkers()) == 0 {
		return nil
	}
	markers := set.ConflictMarkers()
	return report.Sentence("a merge conflict, and both sides of it count: "+plural.Of(len(markers), "line", "lines")+
		" of markers, the first is %s; 'sigdiff lint' names all", markers[0])
}

// FetchFor is the command that fetches crashes which lines may concern. A line is LIST:TEXT.
func FetchFor(lines []string) string {
	words := []string{"sigdiff", "fetch"}
	for _, line := range lines {
		words = append(words, "--for", line)
	}
	return shell.Line(append(words, "--corpus", "changed-lines"))
}
