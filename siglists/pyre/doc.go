// Package pyre reads and matches Python regular expressions: those of Python
// 3.11's re module for str patterns, used with .match(), that is anchored at
// the start of the subject, with a yes or no for an answer.
//
// Socorro joins the lines of a siglist with "|", unparenthesised, and hands
// the joined string to re.compile. [CompileList] does the same and adds what
// Socorro does not tell: which line decides, which is the first alternative
// that matches. [Parse] reads one pattern and shows its syntax tree.
//
// # How it works
//
// A pattern is parsed into a tree of [Node]; what Python refuses is a
// [*SyntaxError] with Python's words and position. The tree is brought into
// the form that Python's own compiler gives it, and from there go two ways:
//
//   - alternatives that are regular in the mathematical sense (no lookaround,
//     back references, conditionals, atomic groups or possessive repeats) are
//     matched all at once by a lazily built DFA, in time linear in the subject;
//   - the others by a backtracking machine with a limit on its steps, which
//     follows Python's order of trying and its rules on captures.
//
// # What is a character
//
// Subjects and patterns are sequences of code points. A byte that is not part
// of valid UTF-8 counts as one U+FFFD. Character properties and case are those
// of Unicode 14.0, as in Python 3.11, whatever the Go release.
package pyre

//go:generate python3.11 testdata/tables.py
