package lint

import (
	"context"
	"maps"
	"strings"

	"github.com/sigdiff/sigdiff/internal/lazyregexp"
	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// Never says of lines why they can match no normalised frame. Lines that may match one have no entry, nor have those of which
// the budget doesn't let it tell.
func Never(ctx context.Context, budget *pyre.Budget, lines []siglists.Line) (map[siglists.Line]string, error) {
	why := map[siglists.Line]string{}
	for _, at := range lines {
		l := &linter{ctx: ctx, budget: budget}
		alone := l.readList(&siglists.List{Name: at.List, Lines: []siglists.Line{at}})
		l.lists = map[siglists.Name]*list{at.List: alone}
		for _, line := range alone.lines {
			why[at] = l.neverMatches(line)
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
	}
	maps.DeleteFunc(why, func(_ siglists.Line, reason string) bool { return reason == "" })
	return why, nil
}

// neverMatches says why a line matches no normalised frame; "" of one that may.
func (l *linter) neverMatches(at *line) string {
	if at.List == siglists.Sentinels {
		if _, why := l.sentinel(at); surely(why) {
			return strings.TrimPrefix(why, noFrame)
		}
		return ""
	}
	// What is unescaped by mistake says nothing about the frames that were meant.
	if !l.syntax(at) {
		if _, _, why, all := at.dead(); all {
			return strings.TrimPrefix(why, noFrame)
		}
		return ""
	}
	if blocked, _ := pyre.Includes(l.budget, nil, at.pattern); blocked {
		for _, f := range l.findings {
			if anchor().MatchString(f.Message) {
				return f.Message
			}
		}
	}
	return pasted(at.Text)
}

// pasted says why a line that is a whole function, arguments and all, matches no normalised frame; or "".
func pasted(text string) string {
	// With any of these it was written as a pattern, and what looks like arguments may be none.
	if strings.ContainsAny(text, `\|?[`) || strings.Contains(text, ".*") {
		return ""
	}
	return arguments(text, true)
}

// anchor is in what is said of an unescaped character that matches none.
var anchor = lazyregexp.New("^an unescaped `[$^]`")

// Hides is the first of some texts that frames have which a line of the irrelevant list takes; empty for none, and
// where the budget ends.
func Hides(b *pyre.Budget, line siglists.Line, fragments []string) string {
	p, err := pyre.Parse(line.Text)
	if err != nil {
		return ""
	}
	alone := p.Alone()
	text, literal := p.IsLiteral()
	for _, fragment := range fragments {
		// A rule also looks in the middle of a frame.
		if literal && strings.Contains(text, fragment) {
			return fragment
		}
		if _, ok, _ := alone.Match(b, fragment); ok {
			return fragment
		}
	}
	return ""
}
