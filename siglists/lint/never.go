package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sigdiff/sigdiff/internal/lazyregexp"
	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// What normalisation leaves of a function is told in engine; the rules here follow from it. Frames that
// are no functions (a source line, a module, an offset) may hold nearly anything, so most rules count only
// for text that is surely a function's.

// never looks for what no normalised frame starts with, in the characters that each alternative of a line
// begins with.
func (l *linter) never(at *line) {
	part, check, why, all := at.dead()
	switch {
	case part == nil:
		// The line-number list itself is asked before the source line is there.
		if text, ok := at.endsAt(); ok && at.List != siglists.LineNumbers {
			if why := l.lined(text); why != "" {
				l.warn(NeverMatches, at, nil, why)
			}
		}
		return
	case check == NeverMatches && !all && len(at.pattern.Alternatives()) > 1:
		why = fmt.Sprintf("the alternative %s %s", Quote(written(at.pattern, part)), why)
	}
	l.warn(check, at, nil, why)
}

// endsAt is the text that a line matches, if it is one with an anchor behind it.
func (l *line) endsAt() (string, bool) {
	if l.flagged || len(l.pattern.Alternatives()) != 1 {
		return "", false
	}
	text, whole := startOf(l.pattern.Alternatives()[0])
	return text, whole && slices.ContainsFunc(l.pattern.Alternatives()[0].Subs, endsFrame)
}

// endsFrame tells of an anchor at the end of a frame.
func endsFrame(n *pyre.Node) bool { return n.Op == pyre.OpEnd || n.Op == pyre.OpTextEnd }

// elsewhere are signs of frames that the list of line numbers is not asked about: modules, source files and offsets. It is asked
// before the spaces at the last three are put right.
const elsewhere = ".#@*&,"

// lined says that a frame is never a text alone, since the list of line numbers puts the source line behind it. Lines that flags
// or references of their list may change are left aside, and so are those that the hash keeps from matching which functions of
// Rust still have then.
func (l *linter) lined(text string) string {
	list := l.lists[siglists.LineNumbers]
	if list == nil || strings.ContainsAny(text, elsewhere) { // nil: the line is looked at alone
		return ""
	}
	for _, line := range list.lines {
		if line.flagged || line.pattern.LooksBehind() {
			continue
		}
		if ok, _ := line.pattern.Match(text); ok {
			return fmt.Sprintf("%s%s:%d, %s, puts the source line behind it", noFrame, line.List.File(), line.Number, Quote(line.Text))
		}
	}
	return ""
}

// dead is the first alternative that matches no frame, or hardly any, with the reason; nil for none. all tells that surely no
// alternative does.
func (l *line) dead() (part *pyre.Node, check Check, why string, all bool) {
	if l.flagged {
		return nil, "", "", false
	}
	all = true
	// Each is a line of its own to Python. One that can't match is a fault also where another one can.
	for _, alternative := range l.pattern.Alternatives() {
		text, whole := startOf(alternative)
		c, reason := NeverMatches, neverReason(l.List, text, whole)
		if reason == "" {
			c, reason = RustHash, hashReason(text)
		}
		all = all && surely(reason)
		if part == nil && reason != "" {
			part, check, why = alternative, c, reason
		}
	}
	return part, check, why, all
}

// written is a part of a pattern as it was given.
func written(p *pyre.Pattern, part *pyre.Node) string {
	source := []rune(p.Source)
	return string(source[part.Start:part.End])
}

// startOf is the text that all matches of an alternative begin with; whole tells that nothing follows it
// in the pattern but an anchor.
func startOf(alternative *pyre.Node) (text string, whole bool) {
	nodes := alternative.Subs
	for len(nodes) > 0 && (nodes[0].Op == pyre.OpBegin || nodes[0].Op == pyre.OpTextBegin) {
		nodes = nodes[1:]
	}
	text, rest := leadingLiteral(nodes)
	// The text is the whole frame then, or all of it but a newline.
	for rest < len(nodes) && endsFrame(nodes[rest]) {
		rest++
	}
	return text, rest == len(nodes)
}

// neverReason says why no normalised frame starts with a text, or hardly any; "" if others may. The line-number list gets functions before
// their spaces are put right.
func neverReason(list siglists.Name, text string, whole bool) string {
	rules := neverRules
	if list != siglists.LineNumbers {
		rules = append(slices.Clone(rules), spacing)
	}
	for _, rule := range rules {
		if why := rule(text, whole); why != "" {
			return noFrame + why
		}
	}
	if why := returnType(text, whole); why != "" {
		return hardlyAFrame + why
	}
	return ""
}

// noFrame starts what is said of a line that matches none, hardlyAFrame what is said of one for its return type: Socorro keeps that of
// a function with ::operator anywhere, if only in arguments that are dropped later.
const (
	noFrame      = "matches no normalised frame: "
	hardlyAFrame = "matches no normalised frame, unless of a function that has `::operator`: "
)

// surely tells a reason why a line matches no frame from one why it matches hardly any.
func surely(why string) bool { return why != "" && !strings.HasPrefix(why, hardlyAFrame) }

// neverRules are asked in this order, and the first reason is told: what comes first also makes later ones seem to hold, as
// spaces in template arguments do.
var neverRules = []func(text string, whole bool) string{
	fixedForms, ofSignature, templateArguments, arguments, offset, windowsModule,
}

var lambdaNumber = lazyregexp.New(`::\$_[0-9]+::`)

// fixedForms are texts of C++ that are always replaced.
func fixedForms(text string, _ bool) string {
	for _, at := range lambdaNumber().FindAllStringIndex(text, -1) {
		if !strings.HasSuffix(text[:at[0]], "::$") { // else the one before it may have lost its number, and this one kept it
			return fmt.Sprintf("%s becomes `::$::`", Quote(text[at[0]:at[1]]))
		}
	}
	if strings.Contains(text, "`anonymous namespace'") {
		return "\"`anonymous namespace'\" becomes `(anonymous namespace)`"
	}
	return ""
}

// signatureReason says what stands between the frames of a signature, and in none.
const signatureReason = "a line is one frame, and ` | ` stands between the frames of a signature"

// ofSignature finds a signature in the place of a frame.
func ofSignature(text string, _ bool) string {
	before, _, found := strings.Cut(text, " | ")
	// What stands in brackets is part of one frame, as a type of Rust does.
	if found && !strings.Contains(text, "operator") && isClosed(before) {
		return signatureReason
	}
	return ""
}

// isClosed tells that no bracket is open at the end of a text.
func isClosed(text string) bool {
	for _, pair := range []string{"()", "{}", "[]", "<>", "`'"} {
		if strings.Count(text, pair[:1]) > strings.Count(text, pair[1:]) {
			return false
		}
	}
	return true
}

// templateArguments finds <...> that becomes <T>.
func templateArguments(text string, _ bool) string {
	level, start := 0, 0
	for i := range len(text) {
		switch {
		case text[i] == '<':
			if level == 0 {
				start = i
			}
			level++
		case text[i] == '>' && level > 0:
			if level--; level > 0 {
				continue
			}
			if inside := text[start : i+1]; collapses(text[:start], inside) {
				return fmt.Sprintf("the template arguments %s become `<T>`", Quote(inside))
			}
		}
	}
	return ""
}

func collapses(before, inside string) bool {
	switch {
	// Rust writes `<Type as Trait>` and `<impl Trait in crate>`, which stay.
	case inside == "<T>", inside == "<name omitted>", strings.Contains(inside, " as "), strings.Contains(inside, " in "):
		return false
	}
	// Operators and IPC::ParamTraits are exceptions in engine/signatures, too. What stands in parentheses goes with the arguments,
	// which is said of those.
	return !strings.Contains(before, "operator") && !strings.HasSuffix(before, "IPC::ParamTraits") && !strings.Contains(before, "(")
}

// typeWord is a word that stands in arguments.
var typeWord = lazyregexp.New(`\b(void|int|char|const|unsigned|bool|long|float|double|size_t|std)\b|[*&]`)

// arguments finds (...) that is dropped.
func arguments(text string, _ bool) string {
	at := strings.IndexByte(text, '(')
	if at < 1 {
		return ""
	}
	before, inside := text[:at], text[at:]
	if strings.HasPrefix(inside, "(anonymous") || strings.HasSuffix(before, "operator") || strings.ContainsAny(before, "<[{") {
		return ""
	}
	if end := strings.IndexByte(inside, ')'); end >= 0 {
		inside = inside[:end+1]
	}
	last := rune(before[len(before)-1])
	function := strings.Contains(before, "::") || inside == "()" || typeWord().MatchString(inside)
	if function && (isName(last) || last == '~') {
		return fmt.Sprintf("arguments, here %s, are dropped", Quote(inside))
	}
	return ""
}

// typeStart is what a return type or a qualifier starts with.
var typeStart = lazyregexp.New(`^(void|bool|int|char|long|float|double|unsigned|static|virtual|const|struct|class|enum|inline|operator) `)

// returnType finds a space outside of brackets: of the words of a function only the last is kept. All are
// kept where the function holds ::operator anywhere; template arguments often do.
func returnType(text string, whole bool) string {
	if strings.Contains(text, "::operator") || strings.Contains(text, "<T>") || !strings.Contains(text, "::") && !typeStart().MatchString(text) {
		return ""
	}
	var open []byte
	for i := range len(text) {
		if at := strings.IndexByte("({[<`", text[i]); at >= 0 {
			open = append(open, ")}]>'"[at])
			continue
		}
		switch n := len(open); {
		case n > 0 && text[i] == open[n-1]:
			open = open[:n-1]
		// Only a space outside of all brackets parts words: those inside are of arguments.
		case n == 0 && text[i] == ' ' && i > 0:
			if why := spaced(text[:i], text[i+1:], whole); why != "" {
				return why
			}
		}
	}
	return ""
}

// spaced says what becomes of a space between two parts of a text.
func spaced(before, after string, whole bool) string {
	after = strings.TrimLeft(after, " ")
	switch {
	case after == "", after[0] == ':': // a trailing space, and the source line put to it
		return ""
	case after[0] == '(' || after[0] == '[' || strings.HasSuffix(before, ","):
		return ""
	case whole && (after == "const" || after == "const&" || after == "const &" || after == "&" || after == "&&"):
		return fmt.Sprintf("the trailing %s is dropped", Quote(after))
	case strings.IndexByte("*&,", after[0]) >= 0:
		return ""
	}
	return fmt.Sprintf("of a function only the last word is kept, so %s goes", Quote(before+" "))
}

// squeezed are a space that is removed, and a comma that gets one: that one stays, whatever is behind it.
var squeezed = lazyregexp.New(`[^,] [*&,]|,[^ ]`)

func spacing(text string, _ bool) string {
	if !strings.Contains(text, "::") {
		return ""
	}
	found := squeezed().FindString(text)
	switch {
	case found == "":
		return ""
	case found[0] == ',':
		return "a comma is followed by a space"
	}
	return fmt.Sprintf("there is no space before `%c`", found[len(found)-1])
}

// zeroOffset is what programs that print offsets at a fixed width write.
var zeroOffset = lazyregexp.New(`^@0x0[0-9a-fA-F]`)

func offset(text string, _ bool) string {
	if zeroOffset().MatchString(text) {
		return "an offset has no leading zeros"
	}
	return ""
}

// dllName is a module as Windows has it on disk. The frame has it in lower case.
var dllName = lazyregexp.New(`^[\w.+-]*[A-Z][\w.+-]*\.(dll|DLL)$|^[\w.+-]+\.DLL$`)

func windowsModule(text string, whole bool) string {
	if whole && dllName().MatchString(text) {
		return "the modules of Windows are in lower case"
	}
	return ""
}

// rustHash ends the mangled names of Rust.
var rustHash = lazyregexp.New(`::h[0-9a-f]{16}`)

// hashReason finds the hash of one build; "" where there is none.
func hashReason(text string) string {
	found := rustHash().FindString(text)
	if found == "" {
		return ""
	}
	return fmt.Sprintf("%s is dropped from frames of Rust source, and is another in every build elsewhere", Quote(found))
}
