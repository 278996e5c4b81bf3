package pyre

import (
	"fmt"
	"strings"
)

// SyntaxError says why a pattern is refused.
type SyntaxError struct {
	// Msg is Python's message, word for word, unless the pattern is unsupported.
	Msg string
	// Pos is where, counted in characters from 0; -1 where Python tells none.
	Pos int
	// Unsupported is set where a pattern can't be read here exactly as Python reads it. Whether Python takes it is left
	// open.
	Unsupported bool
}

// Error gives the message as Python's re.error does: "MSG at position N".
func (e *SyntaxError) Error() string {
	if e.Pos < 0 {
		return e.Msg
	}
	return fmt.Sprintf("%s at position %d", e.Msg, e.Pos)
}

// LineError is what is wrong with one line of a list.
type LineError struct {
	// Line is the index of the line; -1 for an error of the joined list that
	// belongs to no one line.
	Line int
	// Joined is set when the line is fine alone, but not in the joined list.
	Joined bool
	// Err is a *SyntaxError; its position counts from the start of the line.
	Err error
}

// Error names the line, counted from 0, and what is wrong with it.
func (e LineError) Error() string {
	where := fmt.Sprintf("line %d", e.Line)
	if e.Line < 0 {
		where = "joined list"
	} else if e.Joined {
		where += " (joined with the others)"
	}
	return where + ": " + e.Err.Error()
}

// ListError holds everything that is wrong with the lines of a list, in the
// order of the lines.
type ListError struct {
	Errors []LineError
}

// Error joins the errors of all lines with "; ".
func (e *ListError) Error() string {
	texts := make([]string, len(e.Errors))
	for i, err := range e.Errors {
		texts[i] = err.Error()
	}
	return strings.Join(texts, "; ")
}

// LimitError says that matching was given up: the answer is not known. Only a
// line that needs backtracking can lead to it, a list that keeps hundreds of
// possibilities open all through a subject of many thousand characters, and a
// [Budget] that is used up or whose context has ended. A line on which Python
// itself fails leads to it as well.
type LimitError struct {
	// Line is the index of the line that was being tried; 0 for a [Pattern], -1
	// where it was all of them together.
	Line int
	// Limit is what was reached: [StepLimit], [StackLimit], [WorkLimit] or that of a [Budget].
	Limit int
	// What was counted: "steps", "pending choices", "steps of the automaton", or "steps in all" of a Budget.
	What string

	ended error  // why the Budget's context ended, if that is the reason
	fault string // of Python, in place of a limit
}

// Unwrap gives the reason why the context of a [Budget] ended, if that is what ended the matching.
func (e *LimitError) Unwrap() error { return e.ended }

// OfBudget tells the end of a [Budget] from a limit that one pattern met on one subject.
func (e *LimitError) OfBudget() bool { return e.What == inAll }

// Error names the limit. Which line it was is for the caller to say, who knows its text.
func (e *LimitError) Error() string {
	switch {
	case e.ended != nil:
		return "matching ended: " + e.ended.Error()
	case e.fault != "":
		return e.fault
	}
	return fmt.Sprintf("matching given up after %d %s", e.Limit, e.What)
}

// bail is how the parser and the machine leave on an error, from however deep; catch recovers it.
type bail[E error] struct{ err E }

// catch, deferred, gives the error of a bail. Any other panic goes on.
func catch[E error](err *E) {
	switch r := recover().(type) {
	case nil:
	case bail[E]:
		*err = r.err
	default:
		panic(r)
	}
}
