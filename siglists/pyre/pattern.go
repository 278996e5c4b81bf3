package pyre

// compileAll makes what matching needs, once.
func (p *Pattern) compileAll() {
	p.compile.Do(func() {
		pool := newCharsetPool()
		for _, seq := range shapeAlternatives(p) {
			p.progs = append(p.progs, compileProgram(seq, p, pool))
		}
	})
}

// Match tells whether the pattern matches at the start of a subject, which is
// what Python's re.compile(pattern).match(subject) tells. It backtracks, and
// gives a *LimitError when it had to give up. It may be called by several
// goroutines.
func (p *Pattern) Match(subject string) (bool, error) {
	p.compileAll()
	var m machine
	for _, prog := range p.progs {
		ok, err := m.run(prog, subject)
		if err != nil {
			return false, err
		}
		if ok {
			return true, nil
		}
	}
	return false, nil
}
