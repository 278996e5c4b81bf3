package lint

import (
	"context"
	"strings"

	"github.com/sigdiff/sigdiff/internal/lazyregexp"
	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// Never says of lines why they can match no normalised frame. Lines that may match one have no entry.
func Never(ctx context.Context, lines []siglists.Line) (map[siglists.Line]string, error) {
	why, budget := map[siglists.Line]string{}, pyre.NewBudget(ctx, maxSteps, nil)
	for _, at := range lines {
		l := &linter{ctx: ctx, disabled: map[Check]bool{}, budget: budget}
		alone := l.readList(&siglists.List{Name: at.List, Lines: []siglists.Line{at}})
		l.lists = map[siglists.Name]*list{at.List: alone}
		for _, line := range alone.lines {
			if at.List == siglists.Sentinels {
				l.sentinel(line)
			} else if !l.syntax(line) {
				l.never(line)
			} else if why := pasted(line.Text); why != "" {
				l.warn(NeverMatches, line, nil, why)
			}
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		for _, f := range l.findings {
			if f.Check == NeverMatches || f.Check == RustHash || f.Check == SentinelRegex || f.Check == Unescaped && anchor().MatchString(f.Message) {
				why[at] = strings.TrimPrefix(f.Message, noFrame)
			}
		}
	}
	return why, nil
}

// pasted says why a line that is a whole function, arguments and all, matches no normalised frame; or "".
func pasted(text string) string {
	if strings.ContainsAny(text, `\|?[`) || strings.Contains(text, ".*") {
		return ""
	}
	if why := arguments(text, true); why != "" {
		return noFrame + why
	}
	return ""
}

// anchor is in what is said of an unescaped character that matches none.
var anchor = lazyregexp.New("^an unescaped `[$^]`")

// Hides is the first of some texts that frames have which a line of the irrelevant list takes; empty for none, and
// where the budget ends.
func Hides(b *pyre.Budget, line siglists.Line, fragments []string) string {
	p, err := pyre.Parse(line.Text)
	if err != nil || len(fragments) == 0 {
		return ""
	}
	takes := func(fragment string) bool { return false }
	if text, literal := p.IsLiteral(); literal {
		takes = func(fragment string) bool {
			return strings.Contains(text, fragment) || strings.HasPrefix(fragment, text)
		}
	} else if list, err := pyre.CompileList([]string{line.Text}); err == nil {
		takes = func(fragment string) bool {
			_, ok, err := list.Match(b, fragment)
			return ok && err == nil
		}
	}
	for _, fragment := range fragments {
		if takes(fragment) {
			return fragment
		}
	}
	return ""
}
