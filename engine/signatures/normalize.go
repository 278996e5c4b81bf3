package signatures

import (
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/internal/lazyregexp"
	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// errNoToken is the failure of a function that consists of nothing but a qualifier: nothing is left of
// it once its return type is dropped, and the rule that needs it fails.
var errNoToken = errors.New("list index out of range")

// Socorro's pattern ends in $, which Python lets match before a final newline, too. The newline stays.
var rustHash = lazyregexp.New(`::h[0-9a-fA-F]+(\n?)$`)

// step is one thing that normalisation does to a function.
type step struct {
	what string // in words, as the reason why a signature can't have what it changes
	do   func(function string) (string, error)
	// sure is set where nothing in a normalised function looks like what the step changes.
	sure bool
}

// The steps up to where the line-number list has its say, and those after it.
var (
	cppSteps = []step{
		{"const and & at the end are dropped", infallible(dropQualifiers), false},
		{"what stands before a function's name is dropped", dropReturnType, false},
		{"`anonymous namespace' becomes (anonymous namespace)", infallible(spellAnonymous), true},
		{"the numbers of lambdas are dropped", infallible(dropLambdaNumbers), true},
		{"template arguments become <T>", collapseTemplates, true},
		{"arguments are dropped", infallible(dropArguments), true},
		{"marks of cold clones are dropped", infallible(dropColdClones), false},
	}
	rustSteps = []step{
		{"what stands before a function's name is dropped", lastToken, false},
		{"type arguments become <T>", infallible(collapseRustTypes), false},
		{"arguments are dropped", infallible(dropParentheses), false},
	}
	lastSteps = []step{
		{"there is no space before *, & and a comma", infallible(fixSpaces), false},
		{"a comma is followed by a space", infallible(fixCommas), false},
	}
	lastRustSteps = append(slices.Clone(lastSteps), step{"the hash of a build is dropped", infallible(dropRustHash), false})
)

func infallible(do func(string) string) func(string) (string, error) {
	return func(function string) (string, error) { return do(function), nil }
}

// stepsOf are those of a kind of function.
func stepsOf(k crashdata.FrameKind) (first, last []step) {
	if k == crashdata.FrameRust {
		return rustSteps, lastRustSteps
	}
	return cppSteps, lastSteps
}

func through(steps []step, function string) (string, error) {
	for _, s := range steps {
		var err error
		if function, err = s.do(function); err != nil {
			return "", err
		}
	}
	return function, nil
}

// NormalVersion is the version of what Bare makes of functions. It changes whenever that does for any function, since blocks of
// crashes keep it: TestNormalVersion.
const NormalVersion = 1

// Bare is a function, normalised as far as the line-number list gets it. What is left to do depends on whether it has its line.
// The error is the one that Classified.Failed has.
func Bare(k crashdata.FrameKind, function string) (string, error) {
	first, _ := stepsOf(k)
	return through(first, function)
}

// WithoutLine is a function as frames have it that show no source line.
func WithoutLine(k crashdata.FrameKind, function string) (string, error) {
	bare, err := Bare(k, function)
	if err != nil {
		return "", err
	}
	return finished(k, bare)
}

// finished is what becomes of what Bare gives, with its source line behind it or without.
func finished(k crashdata.FrameKind, function string) (string, error) {
	_, last := stepsOf(k)
	return through(last, function)
}

func collapseRustTypes(function string) string {
	return replaceEnclosed(function, '<', '>', func(_, inside string) string {
		if strings.Contains(inside, " as ") {
			return inside
		}
		return "<T>"
	})
}

func dropRustHash(function string) string { return rustHash().ReplaceAllString(function, "$1") }

func dropQualifiers(function string) string {
	// In this order, each once: f() const & loses all of it, and f() const && keeps its const.
	for _, qualifier := range []string{"const", "const&", "const &", "&&", "&"} {
		if rest, ok := strings.CutSuffix(function, qualifier); ok {
			function = pyre.Strip(rest)
		}
	}
	return function
}

func dropReturnType(function string) (string, error) {
	// The space of `Foo::operator bool` is no end of a return type. The type that stands before stays with it.
	if strings.Contains(function, "::operator") {
		return function, nil
	}
	return lastToken(function)
}

func spellAnonymous(function string) string {
	return strings.ReplaceAll(function, "`anonymous namespace'", "(anonymous namespace)")
}

func collapseTemplates(function string) (string, error) {
	function, err := collapseTypes(function, maxNestedTypes)
	if err != nil {
		return "", errNested
	}
	return function, nil
}

func dropArguments(function string) string {
	return replaceEnclosed(function, '(', ')', func(before, inside string) string {
		if inside == "(anonymous namespace)" || strings.HasSuffix(before, "operator") {
			return inside
		}
		return ""
	})
}

func dropParentheses(function string) string { return replaceEnclosed(function, '(', ')', drop) }

func dropColdClones(function string) string {
	// Brackets of other clones, such as [clone .isra.3], stay.
	if !strings.Contains(function, "clone .cold") {
		return function
	}
	return replaceEnclosed(function, '[', ']', drop)
}

// dropLambdaNumbers makes ::$:: of ::$_12::, as often as it stands there. What ends one doesn't begin another.
func dropLambdaNumbers(function string) string {
	const lambda = "::$_"
	if !strings.Contains(function, lambda) {
		return function
	}
	var b strings.Builder
	for {
		before, number, found := strings.Cut(function, lambda)
		b.WriteString(before)
		if !found {
			return b.String()
		}
		rest := strings.TrimLeftFunc(number, pyre.IsDigit)
		if after, ok := strings.CutPrefix(rest, "::"); ok && len(rest) < len(number) {
			b.WriteString("::$::")
			function = after
		} else {
			b.WriteString(lambda)
			function = number
		}
	}
}

// maxNestedTypes is how deep IPC::ParamTraits may be nested in itself. Python gives up at its recursion
// limit, which leaves about this much to a program as short as socorro-cmd, and the rule fails.
const maxNestedTypes = 330

// errNested is the failure of a function nested deeper than that.
var errNested = errors.New("maximum recursion depth exceeded")

// collapseTypes collapses template arguments, at most depth levels of them.
func collapseTypes(function string, depth int) (string, error) {
	if depth < 0 {
		return "", errNested
	}
	var failed error
	collapsed := replaceEnclosed(function, '<', '>', func(before, inside string) string {
		switch {
		case inside == "<name omitted>" || strings.Contains(inside, " as ") || strings.Contains(inside, " in "):
			return inside
		case strings.HasSuffix(before, "operator"):
			return inside
			// Messages between processes differ in this type alone, so that it stays.
		case strings.HasSuffix(before, "IPC::ParamTraits"):
			nested, err := collapseTypes(withoutEnds(inside), depth-1)
			failed = errors.Join(failed, err)
			return "<" + nested + ">"
		}
		return "<T>"
	})
	return collapsed, failed
}

// withoutEnds is s without its first and last character. It copies nothing: nested deeply enough, a
// name of a megabyte would take gigabytes.
func withoutEnds(s string) string {
	_, first := utf8.DecodeRuneInString(s)
	s = s[first:]
	_, last := utf8.DecodeLastRuneInString(s)
	return s[:len(s)-last]
}

func drop(_, _ string) string { return "" }

// replaceEnclosed replaces every outermost slice of s from an opening character to its closing one;
// one that is never closed runs to the end. replace gets the text since the previous slice, and the
// slice with its ends.
func replaceEnclosed(s string, opening, closing byte, replace func(before, inside string) string) string {
	if strings.IndexByte(s, opening) < 0 {
		return s
	}
	var b strings.Builder
	level, start, done := 0, 0, 0
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == opening:
			if level == 0 {
				start = i
			}
			level++
		case s[i] == closing && level > 0:
			level--
			if level == 0 {
				b.WriteString(s[done:start])
				b.WriteString(replace(s[done:start], s[start:i+1]))
				done = i + 1
			}
		}
	}
	// What is never closed runs to the end, as in Socorro: a name that was cut off loses what is open.
	if level > 0 {
		b.WriteString(s[done:start])
		b.WriteString(replace(s[done:start], s[start:]))
		done = len(s)
	}
	b.WriteString(s[done:])
	return b.String()
}

// lastToken drops what stands before a function's name, its return type and the like: it splits at
// spaces outside brackets and keeps the last token, with arguments and clone marks glued to the name
// before them.
func lastToken(function string) (string, error) {
	tokens := tokenize(function)
	if len(tokens) == 0 {
		return "", errNoToken
	}
	first := len(tokens) - 1
	// Never the first token: a function that is arguments alone is its own name.
	for first > 0 && (strings.HasPrefix(tokens[first], "(") || strings.HasPrefix(tokens[first], "[clone")) {
		first--
	}
	return strings.Join(tokens[first:], " "), nil
}

// closing is what closes a bracket.
var closing = [256]byte{'(': ')', '{': '}', '[': ']', '<': '>', '`': '\''}

// tokenize splits at spaces outside of brackets. A bracket closes only what was opened last.
func tokenize(function string) []string {
	var tokens []string
	var open []byte // the closing characters that are waited for
	start := 0
	for i := 0; i < len(function); i++ {
		c, n := function[i], len(open)
		switch {
		case closing[c] != 0:
			open = append(open, closing[c])
		case n > 0 && c == open[n-1]:
			open = open[:n-1]
		case n == 0 && c == ' ':
			tokens = append(tokens, function[start:i])
			start = i + 1
		}
	}
	// A space at the end leaves no token behind it, but one at the start leaves an empty one before it.
	if start < len(function) {
		tokens = append(tokens, function[start:])
	}
	return tokens
}

// The space before a star, an ampersand or a comma, and the comma that has none behind it.
var (
	spaces = strings.NewReplacer(" *", "*", " &", "&", " ,", ",")
	commas = strings.NewReplacer(", ", ", ", ",", ", ")
)

// fixSpaces removes a space before a star, an ampersand or a comma.
func fixSpaces(s string) string {
	if !strings.Contains(s, " ") {
		return s // which a replacer would copy
	}
	return spaces.Replace(s)
}

// fixCommas puts a space after a comma that has none, also after the last character.
func fixCommas(s string) string {
	if !strings.Contains(s, ",") {
		return s
	}
	return commas.Replace(s)
}

// IsModule tells whether a frame is known by little more than its module, so that equal ones in a row
// count once.
func IsModule(frame string) bool {
	if strings.HasPrefix(frame, "(unloaded") {
		return false
	}
	return hasLowerSuffix(frame, ".dll") || hasLowerSuffix(frame, ".so") ||
		frame == "XUL" || frame == "<name omitted>" || strings.HasPrefix(frame, "<unknown in")
}

// hasLowerSuffix tells whether s ends in an ASCII suffix once it is in lower case.
func hasLowerSuffix(s, suffix string) bool {
	// As many characters in as many bytes are ASCII, so that no other letter that folds to one of these is taken for it.
	return len(s) >= len(suffix) && strings.EqualFold(s[len(s)-len(suffix):], suffix)
}
