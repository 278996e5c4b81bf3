package engine

import (
	"errors"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxAbortMessage is the length in characters to which abort messages are cut.
const maxAbortMessage = 80

// abortSignature puts the abort message in front (bug 803779).
func abortSignature(s *state) error {
	v := s.crash.abortMessage
	if !v.truthy() {
		return nil
	}
	if v.kind != kindStr {
		return oddAbortMessage(s, v)
	}
	if strings.Contains(v.text, "###!!! ABORT: file ") {
		s.prepend("Abort", "") // a message that names a file tells nothing
		return nil
	}
	s.prepend("Abort", " | "+cutAbortMessage(v.text))
	return nil
}

func cutAbortMessage(message string) string {
	if _, after, ok := strings.Cut(message, "###!!! ABORT:"); ok {
		message = after
	}
	message, _, _ = strings.Cut(message, ": file ")
	if strings.Contains(message, "unable to find a usable font") {
		message = dropParenthesis(message)
	}
	return shortAbortMessage(message)
}

func shortAbortMessage(message string) string {
	message = strings.Trim(keepPrintable(message), " ")
	if utf8.RuneCountInString(message) > maxAbortMessage {
		message = firstChars(message, maxAbortMessage-3) + "..."
	}
	return message
}

// dropParenthesis drops the localised part of a message, from the first opening to the last closing
// parenthesis (bug 1385966).
func dropParenthesis(message string) string {
	from, to := strings.Index(message, "("), strings.LastIndex(message, ")")
	if from < 0 || to < 0 {
		return message
	}
	return message[:from] + message[to+1:]
}

// oddAbortMessage does what becomes of a message that is no string: a list or a dict is searched for
// the same texts, and the elements that are one printable character are kept.
func oddAbortMessage(s *state, v value) error {
	has := func(text string) bool { ok, err := v.contains(text); return ok && err == nil }
	elements := v.keys
	switch {
	case v.kind != kindList && v.kind != kindDict:
		return errors.New("argument is not iterable")
	case has("###!!! ABORT: file "):
		s.prepend("Abort", "")
		return nil
	case has("###!!! ABORT:") || has(": file ") || has("unable to find a usable font"):
		return errors.New("the abort message is no string")
	case v.kind == kindList:
		elements = nil
		for _, item := range v.items {
			if item.kind == kindStr {
				elements = append(elements, item.text)
			}
		}
	}
	elements = slices.DeleteFunc(slices.Clone(elements), func(e string) bool {
		return len(e) != 1 || keepPrintable(e) == ""
	})
	s.prepend("Abort", " | "+shortAbortMessage(strings.Join(elements, "")))
	return nil
}

// shutdownTimeout makes the signature of a shutdown that took too long, from the JSON in
// async_shutdown_timeout: its phase and the conditions it waited for.
func shutdownTimeout(s *state) error {
	const name = "SignatureShutdownTimeout"
	v := s.crash.asyncShutdownTimeout
	if !v.truthy() {
		return nil
	}
	if v.kind != kindStr {
		return errors.New("the JSON object must be a string")
	}
	parts, err := timeoutParts(v.text)
	if errors.Is(err, errNotCaught) {
		return err
	}
	if err != nil {
		parts = append(parts, "UNKNOWN")
		s.note(name, "Error parsing AsyncShutdownTimeout: "+err.Error())
	}
	s.note(name, `Signature replaced with a Shutdown Timeout signature, was: "`+s.result.Signature+`"`)
	s.result.Signature = strings.Join(parts, " | ")
	s.mark(parts[0])
	return nil
}

// errNotCaught marks the errors over odd types that the rule doesn't expect, so that it fails; other
// errors only make the conditions unknown.
var errNotCaught = errors.New("unexpected type in AsyncShutdownTimeout")

// timeoutParts are the parts of the signature; with an error those before it.
func timeoutParts(text string) ([]string, error) {
	parts := []string{"AsyncShutdownTimeout"}
	data, err := parseJSON(text)
	switch {
	case errors.Is(err, errJSONDepth):
		return parts, errNotCaught
	case err != nil:
		return parts, err
	case data.kind != kindDict:
		return parts, errNotCaught
	}
	if phase, _ := data.get("phase"); phase.kind == kindStr {
		parts = append(parts, phase.text)
	} else {
		parts = append(parts, "(unknown)")
	}
	conditions, _ := data.get("conditions")
	names, err := conditionNames(conditions)
	switch {
	case err != nil:
		return parts, err
	case len(names) == 0:
		return append(parts, "(none)"), nil
	}
	slices.Sort(names)
	return append(parts, strings.Join(names, ",")), nil
}

// conditionNames are the names of conditions, which are names themselves or objects with one.
func conditionNames(conditions value) ([]string, error) {
	var names []string
	switch {
	case !conditions.truthy():
	case conditions.kind == kindStr: // Python walks over its characters
		for _, r := range conditions.text {
			names = append(names, string(r))
		}
	case conditions.kind == kindDict:
		names = slices.Clone(conditions.keys)
	case conditions.kind == kindList:
		for _, c := range conditions.items {
			if c.kind == kindDict {
				name, ok := c.get("name")
				if !ok {
					return nil, errors.New("'name'")
				}
				c = name
			}
			names = append(names, c.String())
		}
	default:
		return nil, errNotCaught
	}
	return names, nil
}
