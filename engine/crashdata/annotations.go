package crashdata

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
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

// copied are the annotations that one rule of Socorro copies, in the order of its processed_crash.schema.yaml, each with its type
// where that is not text: where the rule fails on one, those behind it are lost. It can't fail on what is true or false, so that
// of these only one that is read is here.
const copied = `
	AdapterDeviceID AdapterDriverVersion AdapterSubsysID AdapterVendorID AbortMessage AccessibilityClient AccessibilityInProcClient
	Android_Board Android_Brand Android_CPU_ABI Android_CPU_ABI2 Android_Device Android_Display Android_Fingerprint Android_Hardware
	Android_Manufacturer Android_Model Android_PackageName Android_Version AppInitDLLs Notes ApplicationBuildID AsyncShutdownTimeout
	AvailablePageFile:integer AvailablePhysicalMemory:integer AvailableVirtualMemory:integer BackgroundTaskName BuildID
	CoMarshalInterfaceFailure CoUnmarshalInterfaceResult ContentSandboxCapabilities:integer ContentSandboxLevel:integer DumperError
	GleanClientId GMPLibraryPath GraphicsCriticalError Hang InstallTime:integer ipc_channel_error IPCFatalErrorMsg
	IPCFatalErrorProtocol IPCMessageName IPCMessageSize:integer IPCShutdownState IPCSystemError:integer JavaException:object
	JSLargeAllocationFailure MacAvailableMemorySysctl:integer MacMemoryPressure MacMemoryPressureCriticalTime
	MacMemoryPressureNormalTime MacMemoryPressureSysctl:integer MacMemoryPressureWarningTime OOMAllocationSize:integer ProductName
	ProductID QuotaManagerShutdownTimeout ReleaseChannel RemoteType ShutdownProgress ShutdownReason StartupCrash:boolean
	StartupTime:integer SystemMemoryUsePercentage:integer TelemetryEnvironment:object TotalPageFile:integer
	TotalPhysicalMemory:integer TotalVirtualMemory:integer UptimeTS:number URL Comments useragent_locale
	UtilityProcessSandboxingKind:integer Vendor Version`

// annotation is the value of one.
type annotation struct {
	pyjson.Value
	raw json.RawMessage
}

// annotate adds to a crash what Socorro's processor makes of annotations.
func annotate(crash map[string]json.RawMessage, text []byte) error {
	given, err := readAnnotations(text)
	if err != nil {
		return err
	}
	copyAnnotations(crash, given)
	// Each of these has a rule of its own, which passes over what is empty and fails alone.
	if stack := textIn(given["JavaStackTrace"].Value); stack != "" {
		crash["java_stack_trace"] = quoted(publicStack(stack))
	}
	if reason := textIn(given["MozCrashReason"].Value); reason != "" {
		crash["moz_crash_reason"] = quoted(privateReason().ReplaceAllString(reason, "sanitized--see moz_crash_reason_raw"))
	}
	if id, ok := given["uuid"]; ok {
		crash["uuid"] = id.raw
	}
	crash["process_type"] = quoted("parent") // that of the main process, which need not say so
	if process, ok := given["ProcessType"]; ok && !process.Is("main") {
		crash["process_type"] = process.raw
	}
	return nil
}

// readAnnotations reads those that are used, or could keep others from it, without the NULs and nulls that Socorro drops first.
func readAnnotations(text []byte) (map[string]annotation, error) {
	members := Object(text)
	if members == nil || !utf8.Valid(text) {
		return nil, errors.New("they are no JSON object in UTF-8")
	}
	given := map[string]annotation{}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if strings.ContainsRune(name, 0) {
			return nil, fmt.Errorf("the name %q has a NUL", name)
		}
		raw := members[name]
		value, err := parseRaw(raw)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if clean := strings.ReplaceAll(textIn(value), "\x00", ""); clean != textIn(value) {
			value, raw = pyjson.Str(clean), quoted(clean)
		}
		if value.Kind != pyjson.KindNone {
			given[name] = annotation{value, raw}
		}
	}
	return given, nil
}

// copyAnnotations copies those that have no rule of their own, up to one on which Socorro's rule fails.
func copyAnnotations(crash map[string]json.RawMessage, given map[string]annotation) {
	for field := range strings.FieldsSeq(copied) {
		name, kind, _ := strings.Cut(field, ":")
		value, ok := given[name]
		if !ok {
			continue
		}
		converted, ok := value.as(kind)
		if !ok {
			return
		}
		if member := annotationMembers[name]; member != "" && converted != nil {
			crash[member] = converted
		}
	}
}

// as is what a processed crash has of an annotation of a type: nil where Socorro leaves it out, and false where its rule fails.
func (a annotation) as(kind string) (json.RawMessage, bool) {
	switch kind {
	case "boolean":
		return truth(a.String()), true
	case "integer":
		whole, err := wholeNumber(a.raw)
		return whole, err == nil && a.Kind < pyjson.KindList
	case "number":
		f, err := strconv.ParseFloat(a.Text, 64)
		return nil, a.Kind < pyjson.KindList && (a.Kind != pyjson.KindInt || err == nil && !math.IsInf(f, 0))
	}
	if a.Kind != pyjson.KindStr {
		return nil, false
	}
	if kind == "object" {
		return validException(a.Text)
	}
	return quoted(strings.TrimRightFunc(a.Text, pyre.IsSpace)), true
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

// validException is a Java exception, or nil where it isn't JSON of the types that Socorro's schema names. It is false where
// Python's json module fails otherwise than by saying that it is no JSON.
func validException(text string) (json.RawMessage, bool) {
	v, err := pyjson.Parse(text)
	switch {
	case err != nil:
		return nil, pyjson.IsDecodeError(err)
	case !exceptionTypes().has(v):
		return nil, true
	}
	return json.RawMessage(text), true
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
