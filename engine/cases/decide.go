package cases

import (
	"errors"
	"fmt"
	"strings"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/siglists"
)

// lineless is a generator without one of its lines.
type lineless struct {
	line siglists.Line
	*signatures.Generator
}

// deciding are the lines without each of which the crash has another signature, and the generators without them.
func deciding(g *signatures.Generator, crash *crashdata.Crash, result signatures.Result) ([]lineless, error) {
	var all []lineless
	for _, line := range touched(result) {
		// Of equal lines this leaves the earlier one, so that a line that is there twice decides nothing.
		set, err := g.Set.With([]siglists.Change{{Line: line}})
		if err != nil {
			return nil, err
		}
		// Without its number, which the next change of the list may move.
		without := lineless{siglists.Line{List: line.List, Text: line.Text}, signatures.NewGenerator(set, g.Rules)}
		other, err := without.Worker().Generate(crash)
		if err != nil {
			return nil, err
		}
		// That its frames are treated otherwise is not enough: other lines may make the same of them.
		if other.Signature != result.Signature {
			all = append(all, without)
		}
	}
	return all, nil
}

// touched are the lines that decided a frame that the walks met, each once.
func touched(result signatures.Result) []siglists.Line {
	var lines []siglists.Line
	seen := map[siglists.Line]bool{}
	for _, pass := range result.Passes {
		for _, f := range pass.Frames {
			// A line that decided no frame that the walk met can't decide the signature.
			for _, line := range []*siglists.Line{f.Sentinel, f.Line, f.LineNumbers} {
				if line != nil && !seen[*line] {
					seen[*line] = true
					lines = append(lines, *line)
				}
			}
		}
	}
	return lines
}

// only are those of one line. Where it decides nothing, the error says what does: the case was to show what the line is for.
func only(all []lineless, line siglists.Line) ([]lineless, error) {
	var texts []string
	for _, l := range all {
		if l.line.List == line.List && l.line.Text == line.Text {
			return []lineless{l}, nil
		}
		texts = append(texts, LineText(l.line))
	}
	if len(all) == 0 {
		return nil, errors.New(LineText(line) + " does not decide its signature, and no other line does")
	}
	return nil, fmt.Errorf("%s does not decide its signature; these lines do: %s", LineText(line), strings.Join(texts, ", "))
}
