package signatures

import (
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sigdiff/sigdiff/internal/pyjson"
)

// maxAbortMessage is the length in characters to which abort messages are cut.
const maxAbortMessage = 80

// abortSignature puts the abort message in front (bug 803779).
func abortSignature(s *state) error {
	v := s.crash.AbortMessage
	if !v.Truthy() {
		return nil
	}
	if v.Kind != pyjson.KindStr {
		return oddAbortMessage(s, v)
	}
	if strings.Contains(v.Text, "###!!! ABORT: file ") {
		s.prepend("Abort", "") // a message that names a file tells nothing
		return nil
	}
	s.prepend("Abort", Separator+cutAbortMessage(v.Text))
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
		message = pyjson.FirstChars(message, maxAbortMessage-3) + "..."
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
func oddAbortMessage(s *state, v pyjson.Value) error {
	has := func(text string) bool { ok, err := v.Contains(text); return ok && err == nil }
	elements := v.Keys()
	switch {
	case v.Kind != pyjson.KindList && v.Kind != pyjson.KindDict:
		return errors.New("argument is not iterable")
	case has("###!!! ABORT: file "):
		s.prepend("Abort", "")
		return nil
	case has("###!!! ABORT:") || has(": file ") || has("unable to find a usable font"):
		return errors.New("the abort message is no string")
	case v.Kind == pyjson.KindList:
		elements = nil
		for _, item := range v.Items() {
			if item.Kind == pyjson.KindStr {
				elements = append(elements, item.Text)
			}
		}
	}
	elements = slices.DeleteFunc(slices.Clone(elements), func(e string) bool {
		return len(e) != 1 || keepPrintable(e) == ""
	})
	s.prepend("Abort", Separator+shortAbortMessage(strings.Join(elements, "")))
	return nil
}

// shutdownTimeout makes the signature of a shutdown that took too long, from the JSON in
// async_shutdown_timeout: its phase and the conditions it waited for.
func shutdownTimeout(s *state) error {
	const name = "SignatureShutdownTimeout"
	v := s.crash.AsyncShutdownTimeout
	if !v.Truthy() {
		return nil
	}
	if v.Kind != pyjson.KindStr {
		return errors.New("the JSON object must be a string")
	}
	parts, err := timeoutParts(v.Text)
	if errors.Is(err, errNotCaught) {
		return err
	}
	if err != nil {
		parts = append(parts, "UNKNOWN")
		s.note(name, "Error parsing AsyncShutdownTimeout: "+err.Error())
	}
	s.note(name, `Signature replaced with a Shutdown Timeout signature, was: "`+s.result.Signature+`"`)
	s.result.Signature = strings.Join(parts, Separator)
	s.mark(parts[0])
	return nil
}

// errNotCaught marks the errors over odd types that the rule doesn't expect, so that it fails; other
// errors only make the conditions unknown.
var errNotCaught = errors.New("unexpected type in AsyncShutdownTimeout")

// timeoutParts are the parts of the signature; with an error those before it.
func timeoutParts(text string) ([]string, error) {
	parts := []string{"AsyncShutdownTimeout"}
	data, err := pyjson.Parse(text)
	switch {
	case errors.Is(err, pyjson.ErrDepth):
		return parts, errNotCaught
	case err != nil:
		return parts, err
	case data.Kind != pyjson.KindDict:
		return parts, errNotCaught
	}
	if phase, _ := data.Get("phase"); phase.Kind == pyjson.KindStr {
		parts = append(parts, phase.Text)
	} else {
		parts = append(parts, "(unknown)")
	}
	conditions, _ := data.Get("conditions")
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
func conditionNames(conditions pyjson.Value) ([]string, error) {
	var names []string
	switch {
	case !conditions.Truthy():
	case conditions.Kind == pyjson.KindStr: // Python walks over its characters
		for _, r := range conditions.Text {
			names = append(names, string(r))
		}
	case conditions.Kind == pyjson.KindDict:
		names = slices.Clone(conditions.Keys())
	case conditions.Kind == pyjson.KindList:
		for _, c := range conditions.Items() {
			if c.Kind == pyjson.KindDict {
				name, ok := c.Get("name")
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
