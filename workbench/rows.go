package workbench

import (
	"errors"
	"fmt"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// Row is a changed line as a page has it.
type Row struct {
	Sign string `json:"sign"` // + or -
	List string `json:"list"`
	Text string `json:"text"`
}

// rowState is what there is to say of a row at once.
type rowState struct {
	Text    string
	Problem string // why it counts for nothing
	At      int    // the character that is the problem, from 0; -1 where there is none
	Warning string
	Frames  int // -1 where there is no telling
	Of      int // distinct frames of all crashes
	Crashes int
	Shown   []seen // some of the frames

	change siglists.Change
}

// seen is a frame that a line matches, up to a character.
type seen struct {
	Frame string
	Rest  string // of it, which the line says nothing of
}

// readRows reads the rows of a page, each for itself.
func readRows(rows []Row, base *siglists.Set) []rowState {
	// What is wrong is said of the row that it is wrong with: the other rows count all the same.
	states := make([]rowState, len(rows))
	known := map[siglists.Change]int{} // how many rows have it
	for i, r := range rows {
		s := &states[i]
		s.At, s.Frames, s.Warning = -1, -1, moved // until it is found among the changes
		if s.Text = pyre.Strip(r.Text); s.Text == "" {
			continue
		}
		var err error
		// As the flags of diff are read, so that the command line of the page means the same.
		if s.change, err = siglists.ParseChange(r.List+":"+r.Text, r.Sign == "+"); err != nil {
			s.Problem = err.Error()
			continue
		}
		// A list may have a line several times, and each is then removed by a row. It can't come to hold one twice, and the
		// message would be of the line above.
		if n := known[s.change]; n > 0 && (s.change.Added || n >= base.List(s.change.Line.List).Count(s.change.Line.Text)) {
			s.Problem = "the same line stands above"
			continue
		}
		known[s.change]++
		s.parse()
	}
	for i := range states {
		// After all were read: a line may be removed in one row and added again in another.
		states[i].find(base, known)
	}
	return states
}

// parse looks whether Python takes the line.
// The siglists say the same in the end, but without the place of the mistake.
func (s *rowState) parse() {
	if !s.change.Added {
		return
	}
	if len(s.change.Line.Text) > siglists.MaxLineBytes {
		s.Problem = fmt.Sprintf("longer than %d bytes, the limit for a line", siglists.MaxLineBytes)
		return
	}
	_, err := pyre.Parse(s.change.Line.Text)
	if syntax, ok := errors.AsType[*pyre.SyntaxError](err); ok {
		s.Problem, s.At = syntax.Msg, syntax.Pos
	}
}

// find looks whether the line is there, as one that is removed must be, and one that is added must not.
func (s *rowState) find(base *siglists.Set, all map[siglists.Change]int) {
	if !s.counts() {
		return
	}
	line := s.change.Line
	switch has := base.List(line.List).Count(line.Text); {
	case s.change.Added && has > all[siglists.Change{Line: line}]:
		s.Problem = "the list has this line already"
	case !s.change.Added && has == 0:
		s.Problem = "the list has no such line"
	}
}

func (s *rowState) counts() bool { return s.Text != "" && s.Problem == "" }

// counted are the changes of the rows that count.
func counted(states []rowState) (changes []siglists.Change) {
	for _, s := range states {
		if s.counts() {
			changes = append(changes, s.change)
		}
	}
	return changes
}

// refuse puts the problems that lines have together to their rows. It is false where there is none for a problem.
func refuse(states []rowState, err error) bool {
	load, ok := errors.AsType[*siglists.LoadError](err)
	if !ok || len(load.Problems) == 0 {
		return false
	}
	for _, p := range load.Problems {
		name, _ := siglists.ParseName(p.File)
		at := rowsOf(states, []siglists.Change{{Line: siglists.Line{List: name, Text: p.Text}, Added: true}})[0]
		if at < 0 {
			return false
		}
		states[at].Problem = p.Reason
	}
	return true
}

// moved is said of a line that is removed and added again.
const moved = "removed and added again: at most its place in the list changes"

// entangled is said of lines of which there is no telling what they match by themselves.
const entangled = "other lines of the list mean something else with this change, by flags, numbers of groups or since the list is empty: every stack is compared"

// maxFrames is how many frames are shown of those that a line matches.
const maxFrames = 3

// matched says what rows match.
func (w *work) matched(states []rowState) {
	all := w.edited.Matched()
	for i, at := range rowsOf(states, w.edited.Changes()) {
		if at < 0 {
			continue
		}
		s := &states[at]
		// Flags and numbers of groups reach over the whole list: which frames one line matches by itself says nothing then.
		if w.edited.Entangled() {
			s.Warning = entangled
			continue
		}
		s.Frames, s.Of, s.Crashes, s.Warning = len(all[i].Frames), w.Base.Frames(), all[i].Crashes, ""
		// They are in the order of their crashes: the most frequent ones tell most.
		for _, f := range all[i].Frames[:min(maxFrames, len(all[i].Frames))] {
			s.Shown = append(s.Shown, w.seen(s.change.Line, f))
		}
	}
}

// rowsOf are the rows of changed lines, by their indexes, one for each of equal lines; -1 for none, such as of one of two equal lines
// that moved.
func rowsOf(states []rowState, changes []siglists.Change) []int {
	free := map[siglists.Change][]int{}
	for i, s := range states {
		if s.counts() {
			free[s.change] = append(free[s.change], i)
		}
	}
	rows := make([]int, len(changes))
	for i, c := range changes {
		c.Line.Number = 0 // rows have none
		rows[i] = -1
		if same := free[c]; len(same) > 0 {
			rows[i], free[c] = same[0], same[1:]
		}
	}
	return rows
}

func (w *work) seen(line siglists.Line, f compare.FrameCount) seen {
	// A sentinel is the whole frame. A pattern may match its beginning alone, and what follows may be anything.
	end := len(f.Frame)
	if line.List != siglists.Sentinels {
		p, err := pyre.Parse(line.Text)
		if err == nil {
			end, err = p.EndWithin(w.budget, f.Frame)
		}
		if err != nil || end < 0 { // a line that stands for another text of the frame, such as the one with its source line
			end = 0
		}
	}
	return seen{report.Visible(f.Frame[:end]), report.Visible(f.Frame[end:])}
}

// verdict is what a changed line of a report does, by its index, as HTML.
func (w *work) verdict(r *report.Report, line int) (string, error) {
	var more []report.Phrase
	if r.Lines[line].Kind == compare.NotReached {
		stop, err := w.edited.Stopper(line)
		if err != nil {
			return "", err
		}
		if stop != "" {
			more = append(more, report.Sentence("%s stops before", stop))
		}
	}
	return w.fragments.Line(r, line, more...)
}
