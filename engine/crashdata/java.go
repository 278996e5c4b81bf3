package crashdata

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/sigdiff/sigdiff/internal/lazyregexp"
	"github.com/sigdiff/sigdiff/internal/pyjson"
	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// MaxJavaSignature is the length in characters from which a Java signature goes without the
// exception's description.
const MaxJavaSignature = 255

// JavaSignature is what a Java stack or exception comes to. It depends on no siglist, so a crash
// carries the outcome in place of the stack.
type JavaSignature struct {
	Signature string
	Notes     []string `json:",omitempty"`
	Failure   string   `json:",omitempty"` // why the rule fails
}

// newJavaSignature makes the signature of a Java crash, or nil when it is none.
func newJavaSignature(stackTrace, exception pyjson.Value) *JavaSignature {
	switch {
	case stackTrace.Truthy():
		return JavaFromStackTrace(stackTrace)
	case exception.Truthy():
		return javaFromException(exception)
	}
	return nil
}

var javaHexAddress = lazyregexp.New(`@[0-9a-f]{8}`)

// dropJavaLine drops the line number at the end of a method: of "(A.java:12)" the ":12".
func dropJavaLine(method string) string {
	if rest, ok := strings.CutSuffix(method, ")"); ok {
		before := strings.TrimRightFunc(rest, pyre.IsDigit)
		if file, ok := strings.CutSuffix(before, ":"); ok && before != rest && strings.HasSuffix(file, ".java") {
			return file + ")"
		}
	}
	return method
}

// JavaFromStackTrace makes the signature of java_stack_trace: the exception's class and description, and the method that
// threw it.
func JavaFromStackTrace(stack pyjson.Value) *JavaSignature {
	lines := pyjson.SplitLines(stack.Text, 2)
	if stack.Kind != pyjson.KindStr || len(lines) == 0 {
		return &JavaSignature{
			Signature: "EMPTY: Java stack trace not in expected format",
			Notes:     []string{"JavaSignatureTool: stack trace not in expected format"},
		}
	}
	j := &JavaSignature{}
	class, description, ok := strings.Cut(pyre.Strip(lines[0]), ":")
	class = pyre.Strip(class)
	description = pyre.Strip(javaHexAddress().ReplaceAllString(description, "@<addr>"))
	if !ok {
		j.Notes = append(j.Notes, "JavaSignatureTool: stack trace line 1 is not in the expected format")
	}
	method := ""
	switch {
	case len(lines) < 2:
		j.Notes = append(j.Notes, "JavaSignatureTool: stack trace line 2 is missing")
	default:
		method = dropJavaLine(pyre.Strip(lines[1]))
		if method == "" {
			j.Notes = append(j.Notes, "JavaSignatureTool: stack trace line 2 is empty")
		}
	}
	j.Signature = joinJava(class, description, method)
	if utf8.RuneCountInString(j.Signature) > MaxJavaSignature {
		j.Signature = class + ": " + method
		j.Notes = append(j.Notes, "JavaSignatureTool: dropped Java exception description due to length")
	}
	return j
}

// IsEmpty tells that no signature could be made.
func (j *JavaSignature) IsEmpty() bool {
	return len(j.Notes) == 1 && strings.HasSuffix(j.Notes[0], "not in expected format")
}

// joinJava joins class, description and method. Only a description that ends in an address is set off
// from the method by a colon: a mistake that Socorro keeps so that signatures stay (bug 865142).
func joinJava(class, description, method string) string {
	if strings.HasSuffix(description, "<addr>") {
		return joinNonEmpty(": ", class, description, method)
	}
	return joinNonEmpty(": ", class, joinNonEmpty(" ", description, method))
}

func joinNonEmpty(separator string, parts ...string) string {
	var kept []string
	for _, part := range parts {
		if part != "" {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, separator)
}

// javaFromException makes the signature of java_exception, which newer crashes have in place of the stack trace.
func javaFromException(exception pyjson.Value) *JavaSignature {
	unexpected := &JavaSignature{
		Signature: "EMPTY: Java exception not in expected format",
		Notes:     []string{"JavaExceptionSignatureTool: value not in expected format"},
	}
	if exception.Kind != pyjson.KindDict {
		return unexpected
	}
	values := exception.GetOr("exception", pyjson.Value{}).GetOr("values", pyjson.Value{})
	// The reference finds the first in an object, too, under its number as a name.
	first := values.GetOr("0", pyjson.Value{})
	if values.Kind == pyjson.KindList && values.Truthy() {
		first = values.Items()[0]
	}
	stack := first.GetOr("stacktrace", pyjson.Value{})
	if !stack.Truthy() {
		return unexpected
	}
	signature, err := javaExceptionSignature(stack)
	if err != nil {
		return &JavaSignature{Failure: err.Error()}
	}
	return &JavaSignature{Signature: signature}
}

func javaExceptionSignature(stack pyjson.Value) (string, error) {
	if stack.Kind != pyjson.KindDict {
		return "", errors.New("the stack trace is no object")
	}
	class := stack.GetOr("type", pyjson.Str("Unknown"))
	name := class.String()
	if module := stack.GetOr("module", pyjson.Str("")); module.Truthy() && class.Truthy() {
		name = module.String() + "." + name
	}
	frames := stack.GetOr("frames", pyjson.Value{})
	if !frames.Truthy() {
		return name, nil
	}
	if frames.Kind != pyjson.KindList {
		return "", errors.New("the frames are no list")
	}
	first := ""
	// All frames are read, though the first alone is in the signature: Socorro formats each, and a bad one fails the rule.
	for i, frame := range frames.Items() {
		text, err := javaFrame(frame)
		if err != nil {
			return "", fmt.Errorf("frame %d: %w", i, err)
		}
		if i == 0 {
			first = text
		}
	}
	return name + ": at " + first, nil
}

// javaFrame formats a frame. Python joins module and function, which must both be texts for that, and formats one alone,
// which may be anything.
func javaFrame(frame pyjson.Value) (string, error) {
	if frame.Kind != pyjson.KindDict {
		return "", errors.New("not an object")
	}
	empty := pyjson.Str("")
	module, function := frame.GetOr("module", empty), frame.GetOr("function", empty)
	var name string
	switch {
	case module.Truthy() && function.Truthy():
		if module.Kind != pyjson.KindStr || function.Kind != pyjson.KindStr {
			return "", errors.New("module or function is no string")
		}
		name = module.Text + "." + function.Text
	case module.Truthy():
		name = module.String()
	case function.Truthy():
		name = function.String()
	default:
		return "unknown", nil
	}
	if file := frame.GetOr("filename", empty); file.Truthy() {
		name += "(" + file.String() + ")"
	}
	return name, nil
}
