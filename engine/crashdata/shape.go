package crashdata

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/sigdiff/sigdiff/internal/pyjson"
)

// ErrShape is returned for a document that has a stack, but not where a processed crash has one: what would be made
// of it is the signature of a crash without a stack.
var ErrShape = errors.New("no stack where a processed crash has one")

// errArray is returned for crashes in a JSON array, in which Socorro finds nothing.
var errArray = fmt.Errorf("%w: it is a JSON array; a crash is an object, each in a line or file of its own", ErrNotProcessedCrash)

// CheckShape refuses a document of which c was made and that is known to be something else than a processed crash:
// a JSON array, with ErrNotProcessedCrash; one that has its stack elsewhere, and a row of a search, which never has
// one, with ErrShape. A processed crash whose dump could not be walked has no stack, and passes.
func CheckShape(doc []byte, c *Crash) error {
	if trimmed := bytes.TrimLeft(doc, " \t\r\n"); len(trimmed) > 0 && trimmed[0] == '[' {
		return errArray
	}
	if c.HasStack() {
		return nil
	}
	top, err := pyjson.NewDecoder(doc).Value()
	if err != nil || top.Kind != pyjson.KindDict {
		return nil // what was made of it stands
	}
	if is := knownShape(top); is != "" {
		return fmt.Errorf("%w: it is %s", ErrShape, is)
	}
	if place := stackPlace(top); place != "" {
		return fmt.Errorf("%w: its stack is in %s", ErrShape, place)
	}
	return nil
}

// knownShape names what a document without a stack is; empty where that isn't known.
func knownShape(top pyjson.Value) string {
	has := func(names ...string) bool {
		for _, name := range names {
			if _, ok := top.Get(name); ok {
				return true
			}
		}
		return false
	}
	switch {
	case has("json_dump", "date_processed"):
		return ""
	case has("crash_info", "system_info"):
		return "the output of minidump-stackwalk; a processed crash has it in json_dump"
	case has("threads"):
		return "crash data, as siggen's fetch-data prints it"
	case has("date", "proto_signature", "build_id", "platform"): // a processed crash has date_processed, build, os_name
		return "a row of a Super Search; 'sigdiff fetch' with its uuid gets the processed crash"
	}
	return ""
}

// stackPlace is where in a document without a stack there is one that signatures are not made from; empty where there
// is none. The stacks of other processes, which a processed crash may have, are none.
func stackPlace(top pyjson.Value) string {
	for i, name := range top.Keys {
		item := top.Items[i]
		if name == "json_dump" {
			item = item.Without("threads")
		}
		if strings.HasPrefix(name, "upload_file_minidump") {
			continue
		}
		if place, found := findStack(item, name, 0); found {
			return place
		}
	}
	return ""
}

// deepestStack is how deep a stack is looked for.
const deepestStack = 16

// findStack finds a list of frames in a value, which may be JSON in a string.
func findStack(v pyjson.Value, place string, depth int) (string, bool) {
	switch {
	case depth == deepestStack:
		return "", false
	case v.Kind == pyjson.KindStr && strings.HasPrefix(v.Text, "{") && strings.Contains(v.Text, `"frames"`):
		inner, err := pyjson.NewDecoder([]byte(v.Text)).Value()
		if err != nil {
			return "", false
		}
		return findStack(inner, place, depth+1)
	}
	for i, item := range v.Items {
		if v.Kind == pyjson.KindList && isFrame(item) {
			return place, true
		}
		at := place
		if v.Kind == pyjson.KindDict {
			at += "." + v.Keys[i]
		}
		if found, ok := findStack(item, at, depth+1); ok {
			return found, true
		}
	}
	return "", false
}

// isFrame tells an object that says which function it is in, or where in a module.
func isFrame(v pyjson.Value) bool {
	function, _ := v.Get("function")
	module, _ := v.Get("module")
	_, at := v.Get("offset")
	return function.Kind == pyjson.KindStr && function.Text != "" || at && module.Kind == pyjson.KindStr
}
