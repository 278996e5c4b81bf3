package screen

import (
	"slices"
	"strings"
	"time"

	"github.com/sigdiff/sigdiff/internal/lazyregexp"
	"github.com/sigdiff/sigdiff/siglists"
)

// normalisations are what changed how frames are normalised, the latest first, and how a frame looks that may have been
// normalised otherwise before. signatures.AlgorithmChanges has them all; the service keeps crashes for half a year.
var normalisations = []struct {
	committed time.Time
	concerns  func(frame string) bool
}{
	{date(2026, time.August, 14), func(frame string) bool { return strings.Contains(frame, "operator<T>") }},
	{date(2026, time.June, 11), func(frame string) bool { return strings.Contains(frame, "<T>") }},
	{date(2026, time.May, 28), func(frame string) bool { return strings.ContainsAny(frame, "(<") }},
	{date(2024, time.October, 25), func(string) bool { return true }},
}

func date(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// rollout is how long a change may take from when it is committed to where it makes signatures.
const rollout = 14 * 24 * time.Hour

// normalisedOtherwise tells of a frame that today's normalisation may make another of.
func (r *Row) normalisedOtherwise(frame string) bool {
	at, _ := r.crash.Meta.SentTime() // the zero time of one that doesn't say it
	for _, n := range normalisations {
		if at.Before(n.committed.Add(rollout)) && n.concerns(frame) {
			return true
		}
	}
	return false
}

// lineNumbers knows which frames have their source line in their text.
type lineNumbers struct {
	stems       []string
	any         bool // the lists may match any frame
	same        bool // both sides have the same list
	sets        []*siglists.Set
	sureOfFrame map[string]bool
}

// newLineNumbers reads the lines of both lists of line numbers. Without any, a list matches every function.
func newLineNumbers(base, candidate *siglists.Set) (*lineNumbers, error) {
	l := &lineNumbers{sureOfFrame: map[string]bool{}}
	texts := [2][]string{}
	for i, set := range []*siglists.Set{base, candidate} {
		l.sets = append(l.sets, set)
		lines := set.List(siglists.LineNumbers).Lines
		l.any = l.any || len(lines) == 0
		for _, line := range lines {
			stems, _, err := read(line)
			if err != nil {
				return nil, err
			}
			l.any = l.any || stems == nil
			for _, stem := range stems {
				l.any = l.any || MayBeHash(stem)
				l.stems = append(l.stems, spaceless(stem))
			}
			texts[i] = append(texts[i], line.Text)
		}
	}
	l.same = slices.Equal(texts[0], texts[1])
	return l, nil
}

// rustHash is how the hash begins that a Rust function may have had.
const rustHash = "::h"

var inHash = lazyregexp.New(`::h|^:?h?[0-9a-fA-F]*$`)

// MayBeHash tells of a text that it may stand in the hash of a Rust function, which no frame has any more.
func MayBeHash(text string) bool { return inHash().MatchString(text) }

// sourceLine is how a source line ends a frame, and oddLine how one may that is no number.
var (
	sourceLine = lazyregexp.New(`:(None|-?\d+)$`)
	oddLine    = lazyregexp.New(`[^:]:[^:]*$|:$`)
)

// sure tells that a frame, as the service made it, is one for both sides.
func (l *lineNumbers) sure(frame string) bool {
	sure, known := l.sureOfFrame[frame]
	if !known {
		sure = l.judge(frame)
		l.sureOfFrame[frame] = sure
	}
	return sure
}

// judge finds what sure remembers: searches have the same frames again and again.
func (l *lineNumbers) judge(frame string) bool {
	at := sourceLine().FindStringIndex(frame)
	if !l.any && !containsAny(spaceless(frame)+rustHash, l.stems) {
		return at == nil
	}
	_, has, gets := l.read(frame)
	return gets != nil && gets[0] == has && gets[1] == has && (!has || l.same)
}

// read gives the function of a frame, whether that has its source line behind it, and whether it gets one by the base and by
// the candidate; nil where that can't be told. The lists see a function before its spaces are put right, and of Rust with a
// hash.
func (l *lineNumbers) read(frame string) (function string, has bool, gets []bool) {
	function = sourceLine().ReplaceAllString(frame, "")
	if has = function != frame; oddLine().MatchString(function) || strings.ContainsAny(function, " *&,") {
		return function, has, nil
	}
	for _, m := range l.sets {
		plain, err := m.Match(siglists.LineNumbers, function)
		hashed, errHashed := m.Match(siglists.LineNumbers, function+rustHash+"0123456789abcdef")
		if err != nil || errHashed != nil || plain.OK != hashed.OK {
			return function, has, nil
		}
		gets = append(gets, plain.OK)
	}
	return function, has, gets
}

// spaceless makes texts comparable that had their spaces put right in between.
func spaceless(text string) string { return strings.ReplaceAll(text, " ", "") }
