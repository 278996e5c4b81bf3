package pyre

import "strconv"

// maxGroups is the interpreter's bound for group numbers.
const maxGroups = 1073741823

const flagLetters = "iLmsxatu"

var flagOf = map[rune]Flags{
	'i': IgnoreCase, 'm': Multiline, 's': DotAll, 'x': Verbose, 'a': ASCII, 't': Template, 'u': Unicode,
}

// parenthesis reads what follows an opening parenthesis at start. It gives no
// node for comments and global flags.
func (p *parser) parenthesis(start int, first bool) *Node {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > MaxNesting {
		p.unsupported("more than "+strconv.Itoa(MaxNesting)+" parentheses in each other", start)
	}
	if !p.accept('?') {
		return p.capture(start, nil)
	}
	switch t := p.getOption(); {
	case t.is('P'):
		return p.named(start)
	case t.is(':'):
		return p.group(start, 0, 0)
	case t.is('#'):
		p.comment(start)
	case t.in("=!<"):
		return p.look(start, t)
	case t.is('('):
		return p.conditional(start)
	case t.is('>'):
		return &Node{Op: OpAtomic, Subs: []*Node{p.body(start)}}
	case t.in(flagLetters + "-"):
		return p.flagGroup(start, t, first)
	default:
		p.failBack("unknown extension ?"+t.text(), t.len()+1)
	}
	return nil
}

// getOption takes the token after "(?" or "(?P", which has to be there.
func (p *parser) getOption() token {
	t := p.get()
	if t.end {
		p.fail("unexpected end of pattern")
	}
	return t
}

// body reads the inside of a group that began at start, and its end.
func (p *parser) body(start int) *Node {
	body := p.alternation(false)
	p.close(start)
	return body
}

func (p *parser) close(start int) {
	if !p.accept(')') {
		p.failAt("missing ), unterminated subpattern", start)
	}
}

// group reads the body of a group that doesn't capture.
func (p *parser) group(start int, add, del Flags) *Node {
	outside := p.now
	p.now = outside.with(add, del)
	body := p.body(start)
	p.now = outside
	return &Node{Op: OpGroup, Add: add, Del: del, Subs: []*Node{body}}
}

// capture reads the body of a capturing group; name is nil if it has none.
func (p *parser) capture(start int, name []rune) *Node {
	number := len(p.groups)
	p.groups = append(p.groups, nil)
	if name != nil {
		if old, taken := p.names[string(name)]; taken {
			p.failBack("redefinition of group name "+Repr(string(name))+" as group "+strconv.Itoa(number)+"; was group "+strconv.Itoa(old), len(name)+1)
		}
		p.names[string(name)] = number
	}
	body := p.body(start)
	p.groups[number] = body
	return &Node{Op: OpGroup, Group: number, Subs: []*Node{body}}
}

// named reads (?P<name>...) and (?P=name) from after the P.
func (p *parser) named(start int) *Node {
	switch {
	case p.accept('<'):
		name := p.getUntil('>', "group name")
		p.checkGroupName(name)
		return p.capture(start, name)
	case p.accept('='):
		name := p.getUntil(')', "group name")
		p.checkGroupName(name)
		group := p.groupNamed(name)
		if p.groups[group] == nil {
			p.failBack("cannot refer to an open group", len(name)+1)
		}
		p.checkLookbehind(group)
		return &Node{Op: OpBackref, Group: group}
	}
	t := p.getOption()
	p.failBack("unknown extension ?P"+t.text(), t.len()+2)
	return nil
}

func (p *parser) checkGroupName(name []rune) {
	if !isIdentifier(name) {
		p.failBack("bad character in group name "+Repr(string(name)), len(name)+1)
	}
}

func (p *parser) groupNamed(name []rune) int {
	group, ok := p.names[string(name)]
	if !ok {
		p.failBack("unknown group name "+Repr(string(name)), len(name)+1)
	}
	return group
}

// checkLookbehind refuses references inside a lookbehind to groups that are
// open or that began in it.
func (p *parser) checkLookbehind(group int) {
	if p.lookbehindGroups < 0 {
		return
	}
	if group >= len(p.groups) || p.groups[group] == nil {
		p.fail("cannot refer to an open group")
	}
	if group >= p.lookbehindGroups {
		p.fail("cannot refer to group defined in the same lookbehind subpattern")
	}
}

// comment drops (?#...) from after the hash.
func (p *parser) comment(start int) {
	for {
		if p.next.end {
			p.failAt("missing ), unterminated comment", start)
		}
		if p.get().is(')') {
			return
		}
	}
}

// look reads a lookahead or lookbehind, whose first token after the question
// mark was t.
func (p *parser) look(start int, t token) *Node {
	behind := t.is('<')
	if behind {
		t = p.getOption()
		if !t.in("=!") {
			p.failBack("unknown extension ?<"+t.text(), t.len()+2)
		}
	}
	outermost := behind && p.lookbehindGroups < 0
	if outermost {
		p.lookbehindGroups = len(p.groups)
	}
	body := p.alternation(false)
	if outermost {
		p.lookbehindGroups = -1
	}
	p.close(start)
	return &Node{Op: OpLook, Behind: behind, Negate: t.is('!'), Subs: []*Node{body}}
}

// conditional reads (?(group)yes|no) from after the second parenthesis.
func (p *parser) conditional(start int) *Node {
	group := p.conditionGroup(p.getUntil(')', "group name"))
	p.checkLookbehind(group)
	subs := []*Node{p.sequence(false)}
	if p.accept('|') {
		subs = append(subs, p.sequence(false))
		if p.next.is('|') {
			p.fail("conditional backref with more than two branches")
		}
	}
	p.close(start)
	return &Node{Op: OpConditional, Group: group, Subs: subs}
}

// conditionGroup reads the group of a conditional: a name or a number, which
// Python takes in any way that its int() takes.
func (p *parser) conditionGroup(name []rune) int {
	if isIdentifier(name) {
		return p.groupNamed(name)
	}
	number, negative, ok := Int(string(name), 10)
	if !ok || negative {
		p.failBack("bad character in group name "+Repr(string(name)), len(name)+1)
	}
	if number == "0" {
		p.failBack("bad group number", len(name)+1)
	}
	group, err := strconv.Atoi(number)
	if err != nil || group >= maxGroups {
		p.failBack("invalid group reference "+number, len(name)+1)
	}
	p.condRefs = append(p.condRefs, condRef{group, p.pos() - len(name) - 1})
	return group
}

// flagGroup reads (?flags), (?flags:...) and (?flags-flags:...) from the first
// flag or minus, t. Flags alone are global, and count from there on.
func (p *parser) flagGroup(start int, t token, first bool) *Node {
	var add, del Flags
	if !t.is('-') {
		add, t = p.addedFlags(t)
	}
	switch {
	case t.is(')') && !first:
		p.failAt("global flags not at the start of the expression", start)
	case t.is(')'):
		p.global |= add
		p.now = p.now.with(add, 0)
		return nil
	case add&globalFlags != 0:
		p.failBack("bad inline flags: cannot turn on global flag", 1)
	case t.is('-'):
		del = p.deletedFlags()
	}
	if del&globalFlags != 0 {
		p.failBack("bad inline flags: cannot turn off global flag", 1)
	}
	if add&del != 0 {
		p.failBack("bad inline flags: flag turned on and off", 1)
	}
	return p.group(start, add, del)
}

// addedFlags reads flags to switch on, and gives the token that ended them.
func (p *parser) addedFlags(t token) (Flags, token) {
	var add Flags
	for ; !t.in(")-:"); t = p.flag(")-:", "missing -, : or )") {
		if t.is('L') {
			p.fail("bad inline flags: cannot use 'L' flag with a str pattern")
		}
		flag := flagOf[t.r]
		add |= flag
		if flag&typeFlags != 0 && add&typeFlags != flag {
			p.fail("bad inline flags: flags 'a', 'u' and 'L' are incompatible")
		}
	}
	return add, t
}

// deletedFlags reads flags to switch off, with the colon that ends them.
func (p *parser) deletedFlags() Flags {
	var del Flags
	for t := p.flag("", "missing flag"); !t.is(':'); t = p.flag(":", "missing :") {
		if t.is('L') || flagOf[t.r]&typeFlags != 0 {
			p.fail("bad inline flags: cannot turn off flags 'a', 'u' and 'L'")
		}
		del |= flagOf[t.r]
	}
	return del
}

// flag takes a flag or one of the characters that may end flags. What is neither is unknown if it is a letter.
func (p *parser) flag(ends, otherwise string) token {
	t := p.get()
	switch {
	case t.end:
		p.fail(otherwise)
	case t.in(flagLetters), t.in(ends):
		return t
	case !t.esc && chars().alpha.has(t.r):
		otherwise = "unknown flag"
	}
	p.failBack(otherwise, t.len())
	return t
}
