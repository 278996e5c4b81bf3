package pyre

import "strings"

// token is a unit of a pattern: a character, a backslash with the character
// after it, or the end.
type token struct {
	r   rune
	esc bool
	end bool
}

// is tells whether the token is the plain character r.
func (t token) is(r rune) bool { return !t.end && !t.esc && t.r == r }

// in tells whether the token is one of the plain characters of set.
func (t token) in(set string) bool {
	return !t.end && !t.esc && strings.ContainsRune(set, t.r)
}

// len is the number of characters of the token.
func (t token) len() int {
	switch {
	case t.end:
		return 0
	case t.esc:
		return 2
	}
	return 1
}

// text is the token as written.
func (t token) text() string {
	switch {
	case t.end:
		return ""
	case t.esc:
		return `\` + string(t.r)
	}
	return string(t.r)
}

// scanner splits a pattern into tokens, one token ahead of the parser. The
// lookahead matters: Python reports a lone backslash at the end of a pattern as
// soon as the token before it is taken.
type scanner struct {
	src   []rune
	index int
	next  token
}

func (s *scanner) advance() {
	if s.index >= len(s.src) {
		s.next = token{end: true}
		return
	}
	r := s.src[s.index]
	s.index++
	if r != '\\' {
		s.next = token{r: r}
		return
	}
	if s.index >= len(s.src) {
		s.failAt("bad escape (end of pattern)", len(s.src)-1)
	}
	s.next = token{r: s.src[s.index], esc: true}
	s.index++
}

// pos is the position of the next token.
func (s *scanner) pos() int { return s.index - s.next.len() }

func (s *scanner) seek(pos int) {
	s.index = pos
	s.advance()
}

// get takes the next token.
func (s *scanner) get() token {
	t := s.next
	s.advance()
	return t
}

// accept takes the next token if it is the plain character r.
func (s *scanner) accept(r rune) bool {
	if !s.next.is(r) {
		return false
	}
	s.advance()
	return true
}

// getWhile takes up to n characters of set.
func (s *scanner) getWhile(n int, set string) []rune {
	var out []rune
	for len(out) < n && s.next.in(set) {
		out = append(out, s.get().r)
	}
	return out
}

// getUntil takes everything up to a terminator, which it drops; what says what
// is being read, for the messages.
func (s *scanner) getUntil(terminator rune, what string) []rune {
	var out []rune
	for {
		t := s.get()
		switch {
		case t.end && len(out) == 0:
			s.fail("missing " + what)
		case t.end:
			s.failBack("missing "+string(terminator)+", unterminated name", len(out))
		case t.is(terminator):
			if len(out) == 0 {
				s.failBack("missing "+what, 1)
			}
			return out
		}
		if t.esc {
			out = append(out, '\\')
		}
		out = append(out, t.r)
	}
}

// fail leaves with an error at the next token.
func (s *scanner) fail(msg string) { s.failBack(msg, 0) }

// failBack leaves with an error that lies back characters before the next token.
func (s *scanner) failBack(msg string, back int) { s.failAt(msg, s.pos()-back) }

func (s *scanner) failAt(msg string, pos int) { panic(bail[error]{&SyntaxError{Msg: msg, Pos: pos}}) }

// unsupported leaves with an error that is not Python's.
func (s *scanner) unsupported(msg string, pos int) {
	panic(bail[error]{&SyntaxError{Msg: msg, Pos: pos, Unsupported: true}})
}
