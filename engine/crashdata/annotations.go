package crashdata

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sigdiff/sigdiff/internal/lazyregexp"
	"github.com/sigdiff/sigdiff/internal/pyjson"
	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// annotationMembers are the members of a processed crash that Socorro makes of annotations, of those that are read.
var annotationMembers = map[string]string{
	"AbortMessage": "abort_message", "AsyncShutdownTimeout": "async_shutdown_timeout", "Hang": "hang",
	"IPCMessageName": "ipc_message_name", "JSLargeAllocationFailure": "js_large_allocation_failure",
	"JavaException": "java_exception", "JavaStackTrace": "java_stack_trace", "MozCrashReason": "moz_crash_reason",
	"OOMAllocationSize": "oom_allocation_size", "ProcessType": "process_type", "ProductName": "product", "ReleaseChannel": "release_channel", "StartupCrash": "startup_crash",
	"Version": "version", "ipc_channel_error": "ipc_channel_error", "uuid": "uuid",
}

// annotate adds to a crash what Socorro's processor makes of annotations.
func annotate(crash map[string]json.RawMessage, text []byte) error {
	given := Object(text)
	if given == nil || !utf8.Valid(text) {
		return errors.New("they are no JSON object in UTF-8")
	}
	crash["process_type"] = quoted("parent") // that of the main process, which need not say so
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if strings.ContainsRune(name, 0) {
			return fmt.Errorf("the name %q has a NUL", name)
		}
		member, ok := annotationMembers[name]
		if !ok {
			continue
		}
		value, err := annotation(name, given[name])
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if value != nil {
			crash[member] = value
		}
	}
	return nil
}

// annotation is what a processed crash has of an annotation; nil where Socorro doesn't copy it.
func annotation(name string, raw json.RawMessage) (json.RawMessage, error) {
	value, err := parseRaw(raw)
	if err != nil || value.Kind == pyjson.KindNone {
		return nil, err
	}
	isText, text := value.Kind == pyjson.KindStr, strings.ReplaceAll(textIn(value), "\x00", "")
	if isText {
		value, raw = pyjson.Str(text), quoted(text)
	}
	switch {
	case name == "StartupCrash":
		return truth(value.String()), nil
	case name == "JavaStackTrace" && text != "":
		return quoted(publicStack(text)), nil
	case name == "MozCrashReason" && text != "":
		return quoted(privateReason().ReplaceAllString(text, "sanitized--see moz_crash_reason_raw")), nil
	// Each of these has a rule of its own in Socorro, which passes over what is empty and fails alone.
	case name == "JavaStackTrace", name == "MozCrashReason":
		return nil, nil
	case name == "OOMAllocationSize" && value.Kind < pyjson.KindList:
		return wholeNumber(raw)
	case name == "ProcessType" && text == "main":
		return quoted("parent"), nil
	case name == "ProcessType", name == "uuid":
		return raw, nil
	// One rule copies all others: where it fails, those behind it are lost as well.
	case !isText:
		return nil, errors.New("it is no text, so that Socorro copies neither it nor others")
	case name == "JavaException":
		return validException(text), nil
	}
	return quoted(strings.TrimRightFunc(text, pyre.IsSpace)), nil
}

// truth is what Socorro takes for true or false; nil for everything else.
func truth(text string) json.RawMessage {
	switch strings.ToLower(text) {
	case "1", "true":
		return json.RawMessage("true")
	case "0", "false":
		return json.RawMessage("false")
	}
	return nil
}

// privateReason are the reasons that may say something about people, by how they begin.
var privateReason = lazyregexp.New(`(?s)^(Failed to load module|byte index|do not use eval with system privileges).*`)

// validException is a Java exception, unless it isn't JSON of the types that Socorro's schema names.
func validException(text string) json.RawMessage {
	if v, err := pyjson.Parse(text); err != nil || !exceptionTypes().has(v) {
		return nil
	}
	return json.RawMessage(text)
}

// types are the kinds that a schema allows a value, and those of what is in it: of elements under no name, of members under theirs.
// Members that it doesn't name are of any kind.
type types struct {
	kinds []pyjson.Kind
	inner map[string]types
}

// exceptionTypes are those of java_exception in Socorro's processed_crash.schema.yaml.
func exceptionTypes() types {
	object := func(members map[string]types) types { return types{[]pyjson.Kind{pyjson.KindDict}, members} }
	list := func(element types) types {
		return types{[]pyjson.Kind{pyjson.KindList}, map[string]types{"": element}}
	}
	scalar := func(kinds ...pyjson.Kind) types { return types{kinds: kinds} }
	text, textOrNull := scalar(pyjson.KindStr), scalar(pyjson.KindStr, pyjson.KindNone)
	frame := object(map[string]types{
		"filename": textOrNull, "function": textOrNull, "module": textOrNull,
		"in_app": scalar(pyjson.KindTrue, pyjson.KindFalse, pyjson.KindNone), "lineno": scalar(pyjson.KindInt, pyjson.KindNone),
	})
	stack := object(map[string]types{"frames": list(frame), "module": text, "type": text, "value": text})
	values := list(object(map[string]types{"stacktrace": stack}))
	return object(map[string]types{"exception": object(map[string]types{"values": values})})
}

// has tells whether a value is of one of the kinds, and what is in it as well.
func (t types) has(v pyjson.Value) bool {
	if !slices.Contains(t.kinds, v.Kind) {
		return false
	}
	for i, item := range v.Items() {
		name := ""
		if v.Kind == pyjson.KindDict {
			name = v.Keys()[i]
		}
		if of, named := t.inner[name]; named && !of.has(item) {
			return false
		}
	}
	return true
}

// publicStack is a Java stack as processed crashes have it: without the message of the exception, which may say something about
// people, and without the exceptions that it suppressed or that caused it.
func publicStack(text string) string {
	lines := pyjson.SplitLines(text, math.MaxInt)
	first := slices.IndexFunc(lines, func(line string) bool { return pyre.Strip(line) != "" })
	if first < 0 {
		return "\n"
	}
	class, _, _ := strings.Cut(lines[first], ":")
	public, frames := pyre.Strip(class)+"\n", lines[first+1:]
	for len(frames) > 0 && !strings.HasPrefix(frames[0], "\tat ") { // a message may have several lines
		frames = frames[1:]
	}
	var stack []string
	for i, line := range frames {
		if pyre.Strip(line) == "" {
			continue
		}
		if line[0] != '\t' {
			return "malformed"
		}
		stack = append(stack, line)
		// Socorro looks for the end in the very next line, so that a blank one in front of it hides it.
		if i+1 < len(frames) && otherException().MatchString(pyre.Strip(frames[i+1])) {
			break
		}
	}
	return public + strings.Join(stack, "\n")
}

// otherException is where the stack of an exception ends, and that of another begins.
var otherException = lazyregexp.New(`^(Suppressed|Caused by):`)
