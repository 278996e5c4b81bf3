package siglists

import (
	"errors"
	"strings"

	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// scan matches a list line by line. It needs no compiling, so that a list can be had for the few
// frames that one line matters to; for many frames a compiled list is faster. The lines must not be
// entangled.
type scan []scanLine

type scanLine struct {
	prefix  string // that every match starts with
	literal bool   // the prefix is all there is to it
	pattern *pyre.Pattern
}

// newScan makes a scan of lines that stand in lists that are compiled.
func newScan(lines []Line, compiled ...*List) scan {
	known := map[string]scanLine{}
	for _, list := range compiled {
		for i, line := range list.Lines {
			if list.scan != nil {
				known[line.Text] = list.scan[i]
			} else {
				known[line.Text] = scanLine{pattern: list.re.Line(i)}
			}
		}
	}
	s := make(scan, len(lines))
	for i, line := range lines {
		if s[i] = known[line.Text]; s[i].prefix == "" {
			s[i] = newScanLine(s[i].pattern)
		}
	}
	return s
}

func newScanLine(p *pyre.Pattern) scanLine {
	if text, ok := p.IsLiteral(); ok {
		return scanLine{prefix: text, literal: true, pattern: p}
	}
	return scanLine{prefix: p.LiteralPrefix(), pattern: p}
}

// budgetedScan is a scan within a budget.
type budgetedScan struct {
	scan
	budget *pyre.Budget
}

// Match tries the lines in order.
func (s budgetedScan) Match(frame string) (int, bool, error) { return s.match(s.budget, frame) }

func (s scan) match(b *pyre.Budget, frame string) (int, bool, error) {
	for i := range s {
		ok, err := s[i].match(b, frame)
		if err != nil {
			return -1, false, atLine(err, i)
		}
		if ok {
			return i, true, nil
		}
	}
	return -1, false, nil
}

// atLine is an error of matching with the line that it is of.
func atLine(err error, line int) error {
	limit, ok := errors.AsType[*pyre.LimitError](err)
	if !ok || limit.Line < 0 { // which is none's
		return err
	}
	placed := *limit
	placed.Line = line
	return &placed
}

func (line *scanLine) match(b *pyre.Budget, frame string) (bool, error) {
	if len(line.prefix) > len(frame) || len(line.prefix) > 0 && line.prefix[0] != frame[0] || !strings.HasPrefix(frame, line.prefix) {
		return false, nil
	}
	if line.literal {
		return true, nil
	}
	ok, err := line.pattern.MatchWithin(b, frame)
	if err == nil || b.Spend(0) != nil || !line.pattern.IsRegular() {
		return ok, err
	}
	alone, err := pyre.CompileListWithin(b, []string{line.pattern.Source}) // whose automaton does not backtrack
	if err != nil {
		return false, err
	}
	_, ok, err = alone.MatchWithin(b, frame)
	return ok, err
}
