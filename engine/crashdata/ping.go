package crashdata

import (
	"encoding/json"
	"strings"

	"github.com/sigdiff/sigdiff/internal/lazyregexp"
)

// isPing tells a row of published crash pings, as crash-ping-ingest makes them: it has the stack at its top, and the id
// of a ping.
func (p *processed) isPing() bool {
	return !p.isProcessed() && !p.isStackwalk() && !p.isCrashData() && p.others["stack"] && p.others["document_id"]
}

// pingMembers are the members of a processed crash that a ping has under the same or another name.
var pingMembers = map[string][]string{
	"signature": {"signature"}, "product": {"product"}, "version": {"version"}, "release_channel": {"channel", "release_channel"},
	"os_name": {"os"}, "process_type": {"process_type"}, "cpu_arch": {"arch", "cpu_arch"}, "startup_crash": {"startup_crash"}, "oom_allocation_size": {"oom_size", "oom_allocation_size"},
	"ipc_channel_error": {"ipc_channel_error"}, "moz_crash_reason": {"moz_crash_reason"}, "hang": {"hang"},
	"js_large_allocation_failure": {"js_large_allocation_failure"},
}

// pingCrash makes a processed crash of a row of crash pings: one of which the signature is made that the pings' own
// pipeline makes, were it to read all that is read here.
func pingCrash(doc []byte) []byte {
	ping := Object(doc)
	crash := map[string]json.RawMessage{}
	for member, names := range pingMembers {
		if value := firstOf(ping, names...); value != nil {
			crash[member] = value
		}
	}
	// Pings have no crash id. One that is made of theirs is the same each time, so that a ping is imported once.
	if id := pingID(textOf(ping["document_id"]), textOf(ping["submission_timestamp"])); id != "" {
		crash["uuid"] = quoted(id)
	}
	if at := textOf(ping["submission_timestamp"]); at != "" {
		crash["date_processed"] = quoted(isoTime(at))
	}
	if text := jsonText(ping["async_shutdown_timeout"]); text != "" {
		crash["async_shutdown_timeout"] = quoted(pingTimeout(text))
	}
	if java := pingJava(jsonText(ping["java_exception"])); java != nil {
		crash["java_exception"] = java
	}
	// A ping has the crashing thread alone: it becomes thread 0, and the crash crashed in it. One without a stack has no frames.
	thread := map[string]json.RawMessage{}
	if stack := firstOf(ping, "stack"); stack != nil {
		thread["frames"] = stack
	}
	crash["json_dump"] = joined(map[string]json.RawMessage{
		"crash_info":  joined(map[string]json.RawMessage{"crashing_thread": json.RawMessage("0"), "type": firstOf(ping, "reason", "crash_type")}),
		"system_info": joined(map[string]json.RawMessage{"os": ping["os"]}),
		"threads":     joinedList([]json.RawMessage{threadData(joined(thread))}),
	})
	return joined(crash)
}

// firstOf is the first of some members that is there and not null.
func firstOf(object map[string]json.RawMessage, names ...string) json.RawMessage {
	for _, name := range names {
		if value := object[name]; value != nil && string(value) != "null" {
			return value
		}
	}
	return nil
}

// textOf is a text; empty for any other value.
func textOf(raw json.RawMessage) string {
	var text string
	// What can't be read is as if it weren't there: a ping with an odd member still has its stack.
	if raw == nil || json.Unmarshal(raw, &text) != nil {
		return ""
	}
	return text
}

// jsonText is what a member holds that is JSON in a text, or, as some exports have it, that JSON itself; empty where it isn't there.
func jsonText(raw json.RawMessage) string {
	if Object(raw) != nil {
		return string(raw)
	}
	return textOf(raw)
}

func quoted(text string) json.RawMessage {
	raw, _ := json.Marshal(text) // a text always has JSON
	return raw
}

var (
	pingUUID = lazyregexp.New(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	pingDay  = lazyregexp.New(`^20(\d\d)-(\d\d)-(\d\d)`)
)

// pingID makes a crash id of the id of a ping: crash ids end in their day, and that of the ping takes the place of six of
// its digits. It is empty where that can't be done.
func pingID(document, at string) string {
	document = strings.ToLower(document)
	day := pingDay().FindStringSubmatch(at)
	if day == nil || !pingUUID().MatchString(document) {
		return ""
	}
	return document[:len(document)-6] + day[1] + day[2] + day[3]
}

// isoTime writes a time as BigQuery prints it, 2026-11-01 00:03:12.5 UTC, as processed crashes have it.
func isoTime(at string) string {
	return strings.Replace(strings.TrimSuffix(at, " UTC"), " ", "T", 1) + map[bool]string{true: "+00:00"}[strings.HasSuffix(at, " UTC")]
}

// pingTimeout is the text of a shutdown timeout. Pings have its conditions as JSON in a text once more.
func pingTimeout(text string) string {
	timeout := Object([]byte(text))
	if conditions := textOf(timeout["conditions"]); conditions != "" && json.Valid([]byte(conditions)) {
		timeout["conditions"] = json.RawMessage(conditions)
		return string(joined(timeout))
	}
	return text
}

// pingFrames are the frames of a Java exception. Versions of the crash reporter spell their members in several ways.
type pingFrames []map[string]json.RawMessage

// pingFrameMembers are the members of a frame that count, by their names in a processed crash.
var pingFrameMembers = map[string][]string{
	"module": {"className", "class_name", "module"}, "function": {"methodName", "method_name", "function"}, "filename": {"file", "filename"},
}

// pingJava is the Java exception of a ping as processed crashes have theirs; nil for none. One that is as theirs stays so.
func pingJava(text string) json.RawMessage {
	given := Object([]byte(text))
	switch {
	// The pings' pipeline passes over what it can't read, and makes the signature of the stack.
	case given == nil || !json.Valid([]byte(text)):
		return nil
	case given["exception"] != nil:
		return json.RawMessage(text)
	}
	var exception struct {
		Throwables []struct {
			Type  string     `json:"typeName"`
			Type2 string     `json:"type_name"`
			Stack pingFrames `json:"stack"`
		} `json:"throwables"`
		Messages []string   `json:"messages"` // of older versions, as Stack
		Stack    pingFrames `json:"stack"`
	}
	if json.Unmarshal([]byte(text), &exception) != nil {
		return nil
	}
	name, frames := "", exception.Stack
	switch {
	case exception.Throwables != nil:
		frames = nil
		if len(exception.Throwables) > 0 {
			first := exception.Throwables[0]
			name, frames = first.Type+first.Type2, first.Stack
		}
	case len(exception.Messages) > 0:
		if front, _, ok := strings.Cut(exception.Messages[0], ":"); ok && strings.HasSuffix(front, "Exception") {
			name = front
		}
	}
	return frames.stacktrace(name)
}

// stacktrace is the Java exception with a name as a processed crash has it.
func (frames pingFrames) stacktrace(name string) json.RawMessage {
	// A type that isn't known is null to the pipeline, which makes it None in the signature.
	trace := map[string]json.RawMessage{"type": nil, "module": nil}
	if name != "" {
		at := strings.LastIndexByte(name, '.')
		trace["type"] = quoted(name[at+1:])
		if at >= 0 {
			trace["module"] = quoted(name[:at])
		}
	}
	var kept []json.RawMessage
	for _, f := range frames {
		frame := map[string]json.RawMessage{}
		for member, names := range pingFrameMembers {
			if text := textOf(firstOf(f, names...)); text != "" {
				frame[member] = quoted(text)
			}
		}
		kept = append(kept, joined(frame))
	}
	trace["frames"] = joinedList(kept)
	value := joined(map[string]json.RawMessage{"stacktrace": joined(trace)})
	values := joined(map[string]json.RawMessage{"values": joinedList([]json.RawMessage{value})})
	return joined(map[string]json.RawMessage{"exception": values})
}
