package siglists

import (
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
	patterns := map[string]*pyre.Pattern{}
	for _, list := range compiled {
		for i, line := range list.Lines {
			patterns[line.Text] = list.re.Line(i)
		}
	}
	s := make(scan, len(lines))
	for i, line := range lines {
		p := patterns[line.Text]
		s[i] = scanLine{prefix: p.LiteralPrefix(), pattern: p}
		if text, ok := p.IsLiteral(); ok {
			s[i].prefix, s[i].literal = text, true
		}
	}
	return s
}

// Match tries the lines in order.
func (s scan) Match(frame string) (int, bool, error) {
	for i, line := range s {
		if !strings.HasPrefix(frame, line.prefix) {
			continue
		}
		if line.literal {
			return i, true, nil
		}
		if ok, err := line.pattern.Match(frame); ok || err != nil {
			return i, ok, err
		}
	}
	return -1, false, nil
}
