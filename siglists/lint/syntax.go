package lint

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sigdiff/sigdiff/internal/lazyregexp"
	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// syntax looks at how a pattern is written, and tells whether a character is unescaped.
func (l *linter) syntax(at *line) (unescaped bool) {
	if at.flagged {
		return false
	}
	s := &syntax{linter: l, line: at, source: []rune(at.Text), said: map[rune]bool{}}
	// Find is a walk over all nodes here: it is never told to stop.
	at.pattern.Find(func(n *pyre.Node) bool {
		if n.Op == pyre.OpConcat {
			s.sequence(n.Subs)
		}
		s.referred(n)
		return false
	})
	for _, alternative := range at.pattern.Alternatives() {
		s.anchor(alternative.Subs)
		s.trailing(alternative.Subs)
	}
	// Python takes it for two alternatives with spaces, and refuses nothing.
	if slices.ContainsFunc(at.pattern.Alternatives()[1:], s.inSignature) {
		s.said['|'] = true
		s.warn(Unescaped, at, nil, signatureReason+": to a pattern they are two alternatives")
	}
	at.misspelt = s.said['['] || s.said['('] || s.said['|']
	return len(s.said) > 0
}

// syntax looks at one line.
type syntax struct {
	*linter
	line   *line
	source []rune
	said   map[rune]bool // the characters already found unescaped
}

// inSignature tells whether an alternative behind another stands as the next frame does in a signature.
func (s *syntax) inSignature(alternative *pyre.Node) bool {
	at := alternative.Start
	return at >= 2 && strings.HasPrefix(string(s.source[at-2:]), " | ")
}

// sequence looks for characters with a meaning between others that have none.
func (s *syntax) sequence(nodes []*pyre.Node) {
	for i, n := range nodes {
		before, after := runeAt(nodes, i-1), runeAt(nodes, i+1)
		switch n.Op {
		case pyre.OpEnd:
			if after != 0 {
				s.unescaped('$', "is the end of the frame, so that nothing after it can match")
			}
		case pyre.OpBegin:
			if before != 0 {
				s.unescaped('^', "is the start of the frame, so that nothing before it can match")
			}
		case pyre.OpAny:
			if isName(before) && isName(after) {
				s.unescaped('.', "is any character")
			}
		case pyre.OpGroup:
			s.group(n)
		case pyre.OpSet, pyre.OpLiteral:
			s.set(n)
		case pyre.OpRepeat:
			s.repeat(n, before)
		}
	}
}

// runeAt is the character that a node is, 0 if it isn't one.
func runeAt(nodes []*pyre.Node, i int) rune {
	if i < 0 || i >= len(nodes) {
		return 0
	}
	return nodes[i].Rune
}

func (s *syntax) unescaped(r rune, means string) {
	// Said once for a line: the second dot is no news.
	if s.said[r] {
		return
	}
	s.said[r] = true
	s.warn(Unescaped, s.line, nil, fmt.Sprintf("an unescaped `%c` %s; the character itself is `\\%c`", r, means, r))
}

// group finds a capturing group that changes nothing: it holds characters alone, and is not repeated.
func (s *syntax) group(n *pyre.Node) {
	// A group with a name is meant, and so is one that is referred to, which no regular pattern has.
	if n.Group == 0 || !s.line.regular || slices.Contains(slices.Collect(maps.Values(s.line.pattern.Names)), n.Group) {
		return
	}
	if _, ok := literalOf(n.Subs[0]); ok {
		s.unescaped('(', "starts a group, and matches no parenthesis")
	}
}

// set finds a set that is a word in brackets: it has the same letter twice, or one letter alone.
func (s *syntax) set(n *pyre.Node) {
	written := s.source[n.Start:n.End]
	if written[0] != '[' || n.Negate {
		return
	}
	inside := written[1 : len(written)-1]
	seen := map[rune]bool{}
	twice := false
	for _, r := range inside {
		if r == '\\' || r == '-' {
			return // escaped characters and ranges are meant as such
		}
		twice = twice || seen[r] && isLetter(r)
		seen[r] = true
	}
	if twice || len(inside) == 1 && isLetter(inside[0]) {
		s.unescaped('[', "starts a set, and matches no bracket")
	}
}

// repeat finds a plus or star after a letter, or a star after what ends a type or a call, as in
// operator+ or in the patterns of a shell.
func (s *syntax) repeat(n *pyre.Node, before rune) {
	of := n.Subs[0]
	sign := s.source[of.End]
	// What is written in braces is meant as a repeat, and so is one of a set.
	if sign != '*' && sign != '+' || s.source[of.Start] == '[' {
		return
	}
	// After one letter alone, as in `a+`, it may be meant.
	operator := isLetter(of.Rune) && isName(before)
	shell := sign == '*' && strings.ContainsRune(">:)&", of.Rune)
	if operator || shell {
		s.unescaped(sign, fmt.Sprintf("repeats the `%c` before it", of.Rune))
	}
}

// byNumber is how a reference by number is written: \1, or (?(1)...) of a conditional.
var byNumber = lazyregexp.New(`^(\\|\(\?\()[0-9]`)

// referred finds references by number.
func (s *syntax) referred(n *pyre.Node) {
	if n.Op != pyre.OpBackref && n.Op != pyre.OpConditional || !byNumber().MatchString(string(s.source[n.Start:n.End])) {
		return
	}
	// Socorro's list is one pattern, so that the numbers of groups go on from line to line.
	before := 0
	for _, other := range s.lists[s.line.List].lines {
		if other == s.line {
			break
		}
		before += other.pattern.Groups
	}
	if before > 0 {
		s.warn(GroupNumber, s.line, nil, fmt.Sprintf(
			"the reference to group %d counts from the start of the list, where %s before this line", n.Group, plural.Of(before, "group comes", "groups come")))
	}
}

func (s *syntax) anchor(nodes []*pyre.Node) {
	if len(nodes) > 0 && (nodes[0].Op == pyre.OpBegin || nodes[0].Op == pyre.OpTextBegin) {
		s.warn(PointlessAnchor, s.line, nil, "the leading anchor does nothing: lines match at the start of a frame alone")
	}
}

// trailing finds what changes nothing at the end, since lines needn't match to the end of a frame.
func (s *syntax) trailing(nodes []*pyre.Node) {
	if len(nodes) < 2 {
		return // alone, it matches everything, which is said elsewhere
	}
	last := nodes[len(nodes)-1]
	if last.Op == pyre.OpEnd && isAnyStar(nodes[len(nodes)-2]) {
		s.warn(TrailingAny, s.line, nil, "the trailing `.*$` does nothing: a line needn't match a frame to its end")
		return
	}
	if isAnyStar(last) {
		s.warn(TrailingAny, s.line, nil, "the trailing `.*` does nothing: a line needn't match a frame to its end")
	}
}

func isAnyStar(n *pyre.Node) bool {
	return n.Op == pyre.OpRepeat && n.Min == 0 && n.Max == pyre.Unbounded && n.Subs[0].Op == pyre.OpAny
}

// regexSigns are what patterns have and frames haven't: an escaped character, a repeated dot, groups that
// choose or are repeated, sets with ranges, and anchors.
var regexSigns = lazyregexp.New(`\\[^\w\s]|\\[dwsbAZ]|\.[*+]|\(\w+(\|\w+)+\)|\)[?+]|\[[^\]]*\w-\w[^\]]*\]|^\^|.\$$`)

// sentinel says why a sentinel equals no frame, or only those of one build; why is empty of one that may.
func (l *linter) sentinel(at *line) (check Check, why string) {
	// As a pattern it may match frames, which says nothing: sentinels are looked up in a set.
	if sign := regexSigns().FindString(at.Text); sign != "" {
		return SentinelRegex, fmt.Sprintf("looks like a pattern (%s): a sentinel is compared with whole frames, character for character", Quote(sign))
	}
	if why := cmp.Or(neverReason(at.List, at.Text, true), l.lined(at.Text)); why != "" {
		return NeverMatches, why
	}
	return RustHash, hashReason(at.Text)
}
