package crashdata

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sigdiff/sigdiff/internal/lazyregexp"
	"github.com/sigdiff/sigdiff/internal/pyjson"
	"github.com/sigdiff/sigdiff/siglists/pyre"
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
	// Only now: few documents have no stack, and reading all of one takes several times as long as reading the crash.
	top, err := pyjson.NewReader(doc).Value()
	if err != nil {
		return nil // what was made of it stands
	}
	if is := knownShape(top); is != "" {
		return fmt.Errorf("%w: it is %s", ErrShape, is)
	}
	if place, found := findStack(top, "", 0); found {
		return fmt.Errorf("%w: its stack is in %s", ErrShape, strings.TrimPrefix(place, "."))
	}
	return nil
}

// knownShape names what a document without a stack is; empty where that isn't known.
func knownShape(top pyjson.Value) string {
	has := func(names ...string) bool {
		return slices.ContainsFunc(names, func(name string) bool { _, ok := top.Get(name); return ok })
	}
	switch {
	case has("json_dump", "date_processed"):
		return ""
	case has("hits") && has("total"):
		return "the answer to a Super Search; 'sigdiff fetch --url' with the search gets the processed crashes"
	case has("crash_info", "system_info"):
		return "the output of minidump-stackwalk; a processed crash has it in json_dump"
	case has("threads"):
		return "crash data, as siggen's fetch-data prints it"
	case has("ProductName"): // a processed crash has product
		return "a raw crash, which has a folder raw_crash around it"
	case has("date", "proto_signature", "build_id", "platform"): // a processed crash has date_processed, build, os_name
		return "a row of a Super Search; 'sigdiff fetch' with its uuid gets the processed crash"
	}
	return ""
}

const (
	// Documents are anybody's: these bound the time and the memory that looking takes.
	// deepestStack is how deep a stack is looked for.
	deepestStack = 16
	// mostValues is how many commas a text has at most that is read as JSON.
	mostValues = 500_000
)

// Names in a document that isn't as Socorro makes it, and places, as jq writes them.
var (
	// otherStacks are the parts of a processed crash that may hold stacks which are not the crash's own. Of a Java exception Socorro
	// looks at the first value alone.
	otherStacks = lazyregexp.New(`^\.upload_file_minidump|^\.(?i:async_?shutdown_?timeout)$|\.mac_crash_info$|^\.java_exception\.exception\.values(\[\]|\.[^.\[]+)\.stacktrace$`)
	// threadFrames is where a processed crash has the frames of its threads. They are the crash's stack if they are
	// those of the crashing thread, which there may not be.
	threadFrames = lazyregexp.New(`^\.json_dump\.threads(\[\]|\.[^.\[]+)\.frames$`)
	stackName    = lazyregexp.New(`(?i)(frames|stack|trace)$`)
	javaName     = lazyregexp.New(`(?i)^\.java_?stack_?trace$`)
	frameName    = lazyregexp.New(`(?i)^((func|function|symbol)(_?name)?|(module_?|image_?)?offset)$`)
	// barePlace is what a frame has instead that nobody looked up the symbols of, as in the stack traces of crash pings.
	barePlace = lazyregexp.New(`(?i)^((module|image)(_?(name|index))?|package|ip|instruction_?addr(ess)?)$`)
)

// findStack finds a list of frames in a value, which may be JSON in a text, and says where it is.
func findStack(v pyjson.Value, place string, depth int) (string, bool) {
	switch {
	case depth == deepestStack, otherStacks().MatchString(place):
		return "", false
	case v.Kind == pyjson.KindStr:
		return findInText(v.Text, place, depth)
	}
	isFrame := frameTest(v, place)
	if slices.ContainsFunc(v.Items(), isFrame) {
		return place, true
	}
	for i, item := range v.Items() {
		at := place + "[]"
		if v.Kind == pyjson.KindDict {
			at = place + "." + v.Keys()[i]
		}
		if found, ok := findStack(item, at, depth+1); ok && !isUsual(v, place) {
			return found, true
		}
	}
	return "", false
}

// findInText finds a stack in a text, which may be that of a Java stack, or JSON.
func findInText(text, place string, depth int) (string, bool) {
	text = pyre.Strip(strings.TrimPrefix(text, pyjson.BOM))
	switch {
	case javaName().MatchString(place) && text != "":
		return place, true
	case !strings.HasPrefix(text, "{") && !strings.HasPrefix(text, "["), strings.Count(text, ",") > mostValues:
		return "", false
	}
	inner, err := pyjson.NewReader([]byte(text)).Value()
	if err != nil {
		return "", false
	}
	return findStack(inner, place+" (JSON in a text)", depth+1)
}

// isUsual tells the frames of a thread of a processed crash.
func isUsual(v pyjson.Value, place string) bool {
	return v.Kind == pyjson.KindList && threadFrames().MatchString(place)
}

// frameTest is what tells the frames among the items of a value: that they say which function they are in, or where in a
// module; in what is called a stack, anything that says something. Where frames usually are, one counts that says so
// with other names than a processed crash has: those of other threads are there as well.
func frameTest(v pyjson.Value, place string) func(pyjson.Value) bool {
	usual, named := isUsual(v, place), stackName().MatchString(place)
	return func(item pyjson.Value) bool {
		if item.Kind == pyjson.KindStr {
			return item.Text != "" && named
		}
		found := false
		for i, name := range item.Keys() {
			if value := item.Items()[i]; !value.Truthy() || value.Kind != pyjson.KindStr && value.Kind != pyjson.KindInt {
				continue
			}
			switch name {
			case "function", "module", "offset":
				if usual {
					return false
				}
			case "module_offset":
				if usual {
					continue
				}
			}
			found = found || named && !usual || frameName().MatchString(name) || usual && barePlace().MatchString(name)
		}
		return found && (v.Kind == pyjson.KindList || named)
	}
}
