// Package exit says how the program ends: its exit codes, and errors that bring one.
package exit

import (
	"errors"
	"fmt"
)

// The exit codes, the same for every command.
const (
	OK          = 0
	Changed     = 1
	Usage       = 2
	Incomplete  = 3
	Failed      = 4
	Interrupted = 130
	Unread      = 141 // as a shell has it of a program that SIGPIPE ended
)

// Help explains the codes.
const Help = `The exit codes are the same for every command:

  0    done
  1    changed (only with --exit-code and --fail-on); expectations missed; an
       error that lint finds, a case that fails, a change that is not deployed
  2    wrong usage, or siglists that don't load
  3    done but incomplete
  4    failed, also to write the results, as on a full disk
  130  interrupted
  141  the reader of the results stopped before their end, as head does

Where both hold, 1 goes before 3: what was found holds, whatever is not known.
Only the 1 of --exit-code comes after 3.

As for git, standard output that is closed (>&-) is /dev/null: the code is that
of the results.`

// Error ends the program with a code; its message is shown unless it is empty.
type Error struct {
	Code int
	err  error // nil for no message
}

// With is an error that ends the program with a code. Without an error there is no message.
func With(code int, err error) *Error { return &Error{code, err} }

// Usagef is an error over what the user typed.
func Usagef(format string, args ...any) error { return With(Usage, fmt.Errorf(format, args...)) }

// Incompletef is an error over what could not be done of the whole.
func Incompletef(format string, args ...any) error {
	return With(Incomplete, fmt.Errorf(format, args...))
}

// Has tells whether an error brings a code.
func Has(err error) bool {
	_, ok := errors.AsType[*Error](err)
	return ok
}

func (e *Error) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e *Error) Unwrap() error { return e.err }
