package engine

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// maxJavaSignature is the length in characters from which a Java signature goes without the
// exception's description.
const maxJavaSignature = 255

// javaSignature is what a Java stack or exception comes to. It depends on no siglist, so a crash
// carries the outcome in place of the stack.
type javaSignature struct {
	signature string
	notes     []string
	failure   string // why the rule fails
}

// newJavaSignature makes the signature of a Java crash, or nil when it is none.
func newJavaSignature(stackTrace, exception value) *javaSignature {
	switch {
	case stackTrace.truthy():
		return javaFromStackTrace(stackTrace)
	case exception.truthy():
		return javaFromException(exception)
	}
	return nil
}

var javaHexAddress = regexp.MustCompile(`@[0-9a-f]{8}`)

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

func javaFromStackTrace(stack value) *javaSignature {
	lines := splitLines(stack.text, 2)
	if stack.kind != kindStr || len(lines) == 0 {
		return &javaSignature{
			signature: "EMPTY: Java stack trace not in expected format",
			notes:     []string{"JavaSignatureTool: stack trace not in expected format"},
		}
	}
	j := &javaSignature{}
	class, description, ok := strings.Cut(strip(lines[0]), ":")
	class = strip(class)
	description = strip(javaHexAddress.ReplaceAllString(description, "@<addr>"))
	if !ok {
		j.notes = append(j.notes, "JavaSignatureTool: stack trace line 1 is not in the expected format")
	}
	method := ""
	switch {
	case len(lines) < 2:
		j.notes = append(j.notes, "JavaSignatureTool: stack trace line 2 is missing")
	default:
		method = dropJavaLine(strip(lines[1]))
		if method == "" {
			j.notes = append(j.notes, "JavaSignatureTool: stack trace line 2 is empty")
		}
	}
	j.signature = joinJava(class, description, method)
	if utf8.RuneCountInString(j.signature) > maxJavaSignature {
		j.signature = class + ": " + method
		j.notes = append(j.notes, "JavaSignatureTool: dropped Java exception description due to length")
	}
	return j
}

// isEmpty tells that no signature could be made.
func (j *javaSignature) isEmpty() bool {
	return len(j.notes) == 1 && strings.HasSuffix(j.notes[0], "not in expected format") && strings.HasPrefix(j.signature, "EMPTY: ")
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

func javaFromException(exception value) *javaSignature {
	unexpected := &javaSignature{
		signature: "EMPTY: Java exception not in expected format",
		notes:     []string{"JavaExceptionSignatureTool: value not in expected format"},
	}
	if exception.kind != kindDict {
		return unexpected
	}
	stack := exception.path("exception", "values", "0", "stacktrace")
	if !stack.truthy() {
		return unexpected
	}
	signature, err := javaExceptionSignature(stack)
	if err != nil {
		return &javaSignature{failure: err.Error()}
	}
	return &javaSignature{signature: signature}
}

func javaExceptionSignature(stack value) (string, error) {
	if stack.kind != kindDict {
		return "", errors.New("the stack trace is no object")
	}
	class := stack.getOr("type", strValue("Unknown"))
	name := class.String()
	if module := stack.getOr("module", strValue("")); module.truthy() && class.truthy() {
		name = module.String() + "." + name
	}
	frames := stack.getOr("frames", value{})
	if !frames.truthy() {
		return name, nil
	}
	if frames.kind != kindList {
		return "", errors.New("the frames are no list")
	}
	first := ""
	for i, frame := range frames.items {
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

func javaFrame(frame value) (string, error) {
	if frame.kind != kindDict {
		return "", errors.New("not an object")
	}
	empty := strValue("")
	module, function := frame.getOr("module", empty), frame.getOr("function", empty)
	var name string
	switch {
	case module.truthy() && function.truthy():
		if module.kind != kindStr || function.kind != kindStr {
			return "", errors.New("module or function is no string")
		}
		name = module.text + "." + function.text
	case module.truthy():
		name = module.String()
	case function.truthy():
		name = function.String()
	default:
		return "unknown", nil
	}
	if file := frame.getOr("filename", empty); file.truthy() {
		name += "(" + file.String() + ")"
	}
	return name, nil
}
