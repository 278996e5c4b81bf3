package pyre

import "strings"

// compileAll makes what matching needs, once.
func (p *Pattern) compileAll() {
	p.compile.Do(func() {
		pool := charsetPool{}
		for _, seq := range p.lowered() {
			p.progs = append(p.progs, compileProgram(seq, p, pool))
		}
	})
}

// Match tells whether the pattern matches at the start of a subject, which is
// what Python's re.compile(pattern).match(subject) tells. It backtracks, and
// gives a *LimitError when it had to give up. It may be called by several
// goroutines.
func (p *Pattern) Match(subject string) (bool, error) {
	end, err := p.EndWithin(nil, subject)
	return end >= 0, err
}

// EndWithin is where the match that Python finds at the start of a subject ends, in bytes; -1 where there is none.
func (p *Pattern) EndWithin(b *Budget, subject string) (int, error) {
	end, limit := p.end(&machine{budget: b, limit: StepLimit}, subject)
	if limit != nil {
		b.note(limit)
		return -1, limit
	}
	return end, nil
}

// end is EndWithin with a machine for the subject.
func (p *Pattern) end(m *machine, subject string) (int, *LimitError) {
	switch {
	case !strings.HasPrefix(subject, p.prefix):
		return -1, nil
	case p.literal:
		return len(p.prefix), nil
	}
	p.compileAll()
	for _, prog := range p.progs {
		ok, limit := m.run(prog, subject)
		if limit != nil {
			return -1, limit
		}
		if ok {
			return m.at, nil
		}
	}
	return -1, nil
}

// Refers tells whether a pattern refers to groups: by a back reference or a condition.
func (p *Pattern) Refers() bool { return p.refers }

// LooksBehind tells whether what stands behind a text may keep a pattern from matching that matches the text alone: an
// anchor, a look around, a repetition that gives nothing back, or a reference to a group. Where Python comes back from a longer
// way, groups may have what they got there.
func (p *Pattern) LooksBehind() bool {
	return p.refers || p.Find(func(n *Node) bool {
		return n.isPosition() || n.Op == OpLook || n.Op == OpAtomic || n.Op == OpRepeat && n.Mode == Possessive
	})
}

// Flagged tells whether a pattern is written with flags for the whole, which may stand at its start alone: if only
// with (?u), which holds anyway.
func (p *Pattern) Flagged() bool { return p.flagged }

// standsAlone tells whether a pattern means the same joined with others: it has no flags for the whole, no names
// for groups, and no references to them.
func (p *Pattern) standsAlone() bool {
	return !p.flagged && len(p.Names) == 0 && !p.Refers()
}
