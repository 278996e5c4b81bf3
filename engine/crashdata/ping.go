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
// pipeline makes.
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
	if text := textOf(ping["async_shutdown_timeout"]); text != "" {
		crash["async_shutdown_timeout"] = quoted(pingTimeout(text))
	}
	if java := pingJava(ping["java_exception"]); java != nil {
		crash["java_exception"] = java
	}
	crash["json_dump"] = joined(map[string]json.RawMessage{
		"crash_info":  joined(map[string]json.RawMessage{"crashing_thread": json.RawMessage("0"), "type": firstOf(ping, "reason", "crash_type")}),
		"system_info": joined(map[string]json.RawMessage{"os": ping["os"]}),
		// A ping has the crashing thread alone: it becomes thread 0, and the crash crashed in it.
		"threads": joinedList([]json.RawMessage{threadData(joined(map[string]json.RawMessage{"frames": ping["stack"]}))}),
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

// pingThrowable is a Java exception as pings have it.
type pingThrowable struct {
	// Versions of the crash reporter spell these members in two ways.
	Type  string `json:"typeName"`
	Type2 string `json:"type_name"`
	Stack []struct {
		Class   string `json:"className"`
		Class2  string `json:"class_name"`
		Method  string `json:"methodName"`
		Method2 string `json:"method_name"`
		File    string `json:"file"`
	} `json:"stack"`
}

// pingJava is the Java exception of a ping, which is JSON in a text, as processed crashes have theirs; nil for none. One
// that is an object already stays as it is.
func pingJava(raw json.RawMessage) json.RawMessage {
	text := textOf(raw)
	if text == "" {
		if Object(raw) == nil {
			return nil
		}
		return raw
	}
	var exception struct {
		pingThrowable
		Throwables []pingThrowable `json:"throwables"`
		Messages   []string        `json:"messages"`
	}
	if json.Unmarshal([]byte(text), &exception) != nil {
		return nil
	}
	thrown := exception.pingThrowable
	if len(exception.Throwables) > 0 {
		thrown = exception.Throwables[0]
	} else if len(exception.Messages) > 0 {
		if front, _, ok := strings.Cut(exception.Messages[0], ":"); ok && strings.HasSuffix(front, "Exception") {
			thrown.Type = front
		}
	}
	return thrown.stacktrace()
}

// stacktrace is the exception as a processed crash has it.
func (t pingThrowable) stacktrace() json.RawMessage {
	trace := map[string]json.RawMessage{}
	if name := t.Type + t.Type2; name != "" {
		at := strings.LastIndexByte(name, '.')
		trace["type"] = quoted(name[at+1:])
		if at >= 0 {
			trace["module"] = quoted(name[:at])
		}
	}
	frames := []json.RawMessage{}
	for _, f := range t.Stack {
		frame := map[string]json.RawMessage{}
		for member, text := range map[string]string{"module": f.Class + f.Class2, "function": f.Method + f.Method2, "filename": f.File} {
			if text != "" {
				frame[member] = quoted(text)
			}
		}
		frames = append(frames, joined(frame))
	}
	trace["frames"] = joinedList(frames)
	value := joined(map[string]json.RawMessage{"stacktrace": joined(trace)})
	values := joined(map[string]json.RawMessage{"values": joinedList([]json.RawMessage{value})})
	return joined(map[string]json.RawMessage{"exception": values})
}
