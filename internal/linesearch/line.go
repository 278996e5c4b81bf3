// Package linesearch finds the crashes that changed lines of siglists may concern: what to search for, and which of the
// crashes found to take.
package linesearch

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/sigdiff/sigdiff/engine/screen"
	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// LeastStem is how long a text has to be to be searched for, in bytes: shorter ones are in nearly every crash.
const LeastStem = 3

// A Line is a changed line as a search has it.
type Line struct {
	Change siglists.Change
	// Stems are texts of which whatever the line matches contains one; nil where there are none to search for.
	Stems []string

	pattern *pyre.Pattern // nil for a sentinel, which is a whole frame
}

// New makes the search of a changed line.
func New(c siglists.Change) (Line, error) {
	l := Line{Change: c, Stems: []string{c.Line.Text}}
	if c.Line.List != siglists.Sentinels {
		var err error
		if l.pattern, err = pyre.Parse(c.Line.Text); err != nil {
			return l, fmt.Errorf("%s: %w", c.Edit(), err)
		}
		l.Stems = slices.Clone(l.pattern.Stems())
	}
	for i, stem := range l.Stems {
		l.Stems[i] = strings.TrimSpace(stem) // as the service does
	}
	if slices.ContainsFunc(l.Stems, l.isUseless) {
		l.Stems = nil
	}
	return l, nil
}

// isUseless tells of a stem that too many crashes have, or that crashes may not have whose frames the line matches: the
// line-number list sees a function before its spaces are put right, and before the hash of Rust is taken off.
func (l Line) isUseless(stem string) bool {
	return len(stem) < LeastStem || l.Change.Line.List == siglists.LineNumbers && (strings.ContainsAny(stem, " *&,") || screen.MayBeHash(stem))
}

// Matches tells whether the line matches a frame.
func (l Line) Matches(frame string) bool {
	matches, _ := l.matches(frame)
	return matches // what takes too long is found by none
}

func (l Line) matches(frame string) (bool, error) {
	if l.pattern == nil {
		return frame == l.Change.Line.Text, nil
	}
	return l.pattern.Match(frame)
}

// Frame is the last of several frames that the line matches, by index; -1 for none.
func (l Line) Frame(frames []string) int {
	for i, frame := range slices.Backward(frames) {
		if l.Matches(frame) {
			return i
		}
	}
	return -1
}

// MayMatch tells whether the line may match a frame of a proto signature, however that is split into frames. Lines of the
// line-number list see functions before they become frames.
func (l Line) MayMatch(proto string) bool {
	if l.Change.Line.List == siglists.LineNumbers {
		return true
	}
	return screen.Touches(proto, l.pattern == nil || l.pattern.LooksBehind(), func(frame string) bool {
		matches, err := l.matches(frame)
		return matches || err != nil
	})
}

// verbatim makes a text one that a search takes for itself: there * and ? are wildcards.
var verbatim = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`)

// Contains are the values of a Super Search that find texts which contain a stem.
func (l Line) Contains() []string {
	values := make([]string, len(l.Stems))
	for i, stem := range l.Stems {
		values[i] = "~" + verbatim.Replace(stem)
	}
	return values
}

// Begins are those that find proto signatures with a frame that begins with a stem or, where the line matches no longer
// one, is a stem.
func (l Line) Begins() (values []string) {
	for _, stem := range l.Stems {
		value := verbatim.Replace(stem)
		if l.matchesWhole() {
			values = append(values, "="+stem, "^"+value+" | ", "~ | "+value+" | ", "$ | "+value)
		} else {
			values = append(values, "^"+value, "~ | "+value)
		}
	}
	return values
}

// matchesWhole tells of a line, a sentinel or a text with $ behind it, that it matches one frame alone.
func (l Line) matchesWhole() bool {
	text, ends := strings.CutSuffix(l.Change.Line.Text, "$")
	if l.pattern == nil || !ends {
		return l.pattern == nil
	}
	p, err := pyre.Parse(text)
	if err != nil {
		return false
	}
	_, literal := p.IsLiteral()
	return literal
}

// Near are the values that find texts which contain the first part of a stem, where a misspelt one may go on rightly.
func (l Line) Near() (values []string) {
	for _, stem := range l.Stems {
		if start := nearStem(stem); len(start) >= LeastStem {
			values = append(values, "~"+verbatim.Replace(start))
		}
	}
	return values
}

// nearStem is a stem without its last word, or half of its only one.
func nearStem(stem string) string {
	isWord := func(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }
	notWord := func(r rune) bool { return !isWord(r) }
	if start := strings.TrimRightFunc(strings.TrimRightFunc(strings.TrimRightFunc(stem, notWord), isWord), notWord); start != "" {
		return start
	}
	return strings.TrimSpace(strings.ToValidUTF8(stem[:len(stem)/2], ""))
}
