package pyre

import "slices"

// Terms are a pattern in the form that Python's compiler gives it before it
// makes code: groups that only group are dissolved, what all branches of an
// alternation begin with is moved out of it, and an alternation of single
// characters is a set. This changes no language, but where Python saves and
// restores captures, which back references and conditionals can tell.

type termOp uint8

const (
	termChar termOp = iota
	termPosition
	termGroup
	termBranch
	termRepeat
	termAtomic
	termLook
	termBackref
	termConditional
)

// sequence is terms one after the other.
type sequence []*term

type term struct {
	op    termOp
	node  *Node // where it comes from; its fields count as op says
	flags Flags // in force here
	set   []SetItem
	// single is set for a termChar that is one literal character or all but
	// one, which Python treats apart from sets; any for the dot.
	single, negate, any bool
	subs                []sequence
}

// termMaker makes terms. Those of literal characters, which most are, it makes once each.
type termMaker struct {
	literals map[literal]*term
}

type literal struct {
	r     rune
	flags Flags
}

// termsOfAlternatives gives the terms of the alternatives at the top.
func termsOfAlternatives(p *Pattern) []sequence {
	in := &termMaker{literals: map[literal]*term{}}
	nodes := p.Alternatives()
	out := make([]sequence, len(nodes))
	for i, n := range nodes {
		out[i] = in.sequence(n, p.Flags)
	}
	if len(out) > 1 {
		asSet(out)
	}
	return out
}

// asSet replaces the characters that alternatives at the top end in by parts of
// a set, if Python makes a set of the alternatives.
func asSet(alternatives []sequence) {
	_, rest := factor(alternatives)
	whole, ok := setOf(rest)
	if !ok {
		return
	}
	for i, seq := range alternatives {
		last := *seq[len(seq)-1]
		last.single, last.node = false, &Node{Items: whole}
		alternatives[i] = append(slices.Clone(seq[:len(seq)-1]), &last)
	}
}

// body makes the terms of an OpConcat or OpAlternate.
func (in *termMaker) body(n *Node, flags Flags) sequence {
	if n.Op != OpAlternate {
		return in.sequence(n, flags)
	}
	branches := make([]sequence, len(n.Subs))
	for i, sub := range n.Subs {
		branches[i] = in.sequence(sub, flags)
	}
	prefix, rest := factor(branches)
	if items, ok := setOf(rest); ok {
		return append(prefix, &term{op: termChar, set: items, flags: flags})
	}
	return append(prefix, &term{op: termBranch, subs: rest, flags: flags})
}

func (in *termMaker) sequence(n *Node, flags Flags) sequence {
	out := make(sequence, 0, len(n.Subs))
	for _, sub := range n.Subs {
		if sub.isPlainGroup() {
			out = append(out, in.body(sub.Subs[0], flags)...)
		} else {
			out = append(out, in.node(sub, flags))
		}
	}
	return out
}

func (in *termMaker) node(n *Node, flags Flags) *term {
	if n.Op == OpLiteral {
		return in.literal(n.Rune, flags)
	}
	s := &term{node: n, flags: flags}
	switch n.Op {
	case OpAny:
		s.op, s.any = termChar, true
	case OpSet:
		s.op, s.set, s.negate = termChar, n.Items, n.Negate
		s.single = len(s.set) == 1 && s.set[0].Class == 0 && !s.set[0].Range
	case OpRepeat:
		s.op, s.subs = termRepeat, []sequence{in.repeated(n.Subs[0], flags)}
	case OpGroup:
		s.op, s.subs = termGroup, []sequence{in.body(n.Subs[0], flags.with(n.Add, n.Del))}
	case OpAtomic:
		s.op, s.subs = termAtomic, []sequence{in.body(n.Subs[0], flags)}
	case OpLook:
		s.op, s.subs = termLook, []sequence{in.body(n.Subs[0], flags)}
	case OpBackref:
		s.op = termBackref
	case OpConditional:
		s.op = termConditional
		for _, sub := range n.Subs {
			s.subs = append(s.subs, in.sequence(sub, flags))
		}
	default:
		s.op = termPosition
	}
	return s
}

func (in *termMaker) literal(r rune, flags Flags) *term {
	s := in.literals[literal{r, flags}]
	if s == nil {
		s = &term{op: termChar, flags: flags, set: []SetItem{{Lo: r, Hi: r}}, single: true}
		in.literals[literal{r, flags}] = s
	}
	return s
}

func (in *termMaker) repeated(n *Node, flags Flags) sequence {
	if n.isPlainGroup() {
		return in.body(n.Subs[0], flags)
	}
	return sequence{in.node(n, flags)}
}

// factor moves what all branches begin with out of them.
func factor(branches []sequence) (prefix sequence, rest []sequence) {
	n := 0
	for ; ; n++ {
		if len(branches[0]) == n {
			break
		}
		first := branches[0][n]
		same := func(b sequence) bool { return len(b) > n && b[n].equals(first) }
		if !all(branches, same) {
			break
		}
		prefix = append(prefix, first)
	}
	rest = make([]sequence, len(branches))
	for i, b := range branches {
		rest[i] = b[n:]
	}
	return prefix, rest
}

func all[T any](s []T, ok func(T) bool) bool {
	return !slices.ContainsFunc(s, func(v T) bool { return !ok(v) })
}

// equals tells whether Python's parser takes two terms for the same, which it
// never does for anything with parts.
func (s *term) equals(t *term) bool {
	if s.op != t.op {
		return false
	}
	switch s.op {
	case termChar:
		return s.any == t.any && s.single == t.single && s.negate == t.negate && slices.Equal(s.set, t.set)
	case termPosition:
		return s.node.Op == t.node.Op
	case termBackref:
		return s.node.Group == t.node.Group
	}
	return false
}

// setOf gives the items of the set that branches amount to, if they do.
func setOf(branches []sequence) ([]SetItem, bool) {
	var items []SetItem
	seen := map[SetItem]bool{}
	for _, b := range branches {
		if len(b) != 1 || b[0].op != termChar || b[0].any || b[0].negate {
			return nil, false
		}
		for _, item := range b[0].set {
			if !seen[item] {
				seen[item] = true
				items = append(items, item)
			}
		}
	}
	return items, true
}

// char gives the one character matcher that a sequence consists of, nil if it
// is more than that. Python repeats such sequences in a simpler way.
func (seq sequence) char() *term {
	if len(seq) != 1 {
		return nil
	}
	switch s := seq[0]; {
	case s.op == termChar:
		return s
	case s.op == termGroup && s.node.Group == 0:
		return s.subs[0].char()
	}
	return nil
}

// charset makes the charset of a termChar.
func (s *term) charset(pool *charsetPool) *charset {
	switch {
	case s.any:
		return pool.any(s.flags)
	case s.single:
		return pool.single(s.set[0].Lo, s.negate, s.flags)
	}
	whole := s.set
	if s.node != nil {
		whole = s.node.Items
	}
	return pool.set(s.set, s.negate, s.flags, whole)
}
