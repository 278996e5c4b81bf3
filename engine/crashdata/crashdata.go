package crashdata

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/sigdiff/sigdiff/internal/pyjson"
)

// CrashData is what Socorro's own signature generation is given of a processed crash: a JSON object, as
// the CrashSignature endpoint of Crash Stats takes it. It holds nothing else, and of the threads only
// what is looked at: the crashing thread and thread 0, the first MaxFrames frames of each. The other
// threads are there, empty, so that numbers stay what they are. Values of odd types are kept, since they
// have their effect on the signature. The error wraps ErrNotProcessedCrash where the document is no
// object, or no crash data can be made of it. NaN or Infinity in the crash data is another error: JSON
// doesn't have them.
func CrashData(doc []byte) ([]byte, error) {
	doc = pyjson.Text(doc)
	// Members are copied as they stand, so that numbers keep their spelling: Python reads 1.0 and 1 as different types.
	top := Object(doc)
	if top == nil || pyjson.Check(doc) != nil {
		return nil, fmt.Errorf("making crash data: %w", ErrNotProcessedCrash)
	}
	size, err := wholeNumber(top["oom_allocation_size"])
	if err != nil {
		return nil, fmt.Errorf("making crash data: %w", err)
	}
	data := map[string]json.RawMessage{"oom_allocation_size": size}
	for _, name := range []string{
		"hang", "js_large_allocation_failure", "abort_message", "mdsw_status_string",
		"async_shutdown_timeout", "ipc_channel_error", "ipc_message_name",
	} {
		data[name] = top[name] // null when it isn't there
	}
	data["additional_minidumps"] = json.RawMessage("[]")
	keep(data, top, "additional_minidumps", "java_exception", "java_stack_trace")
	if dump, ok := top["json_dump"]; ok {
		addDump(data, Object(dump))
	}
	var out bytes.Buffer
	// Compacting checks all of it as JSON, too; what only Python reads can't be passed on.
	if json.Compact(&out, joined(data)) != nil {
		return nil, errors.New("making crash data: NaN or Infinity is in it, which JSON does not have")
	}
	return out.Bytes(), nil
}

// addDump adds what comes from the dump.
func addDump(data, dump map[string]json.RawMessage) {
	info := Object(dump["crash_info"])
	data["crashing_thread"], data["reason"] = info["crashing_thread"], info["type"]
	data["os"] = Object(dump["system_info"])["os"]
	data["threads"] = dump["threads"]
	threads := list(dump["threads"])
	if threads == nil {
		return
	}
	// A number may count from the end of the list, as it does for Python.
	crashing := -1
	if index, err := parseRaw(info["crashing_thread"]); err == nil {
		if i, ok := pyjson.ListIndex(newThreadIndex(index).Text, len(threads)); ok {
			crashing = i
		}
	}
	for i, t := range threads {
		threads[i] = json.RawMessage("{}")
		if i == 0 || i == crashing {
			threads[i] = threadData(t)
		}
	}
	data["threads"] = joinedList(threads)
}

// threadData is what is read of a thread.
func threadData(raw json.RawMessage) json.RawMessage {
	t := Object(raw)
	if t == nil {
		return raw
	}
	kept := map[string]json.RawMessage{}
	keep(kept, t, "frames", "last_error_value")
	if frames := list(t["frames"]); frames != nil {
		frames = frames[:min(len(frames), MaxFrames)]
		for i, f := range frames {
			frames[i] = frameData(f)
		}
		kept["frames"] = joinedList(frames)
	}
	return joined(kept)
}

// frameData is what is read of a frame.
func frameData(raw json.RawMessage) json.RawMessage {
	f := Object(raw)
	if f == nil {
		return raw
	}
	kept := map[string]json.RawMessage{}
	keep(kept, f, "function", "file", "line", "module", "offset")
	keepEach(kept, f, "inlines", "function", "file", "line")
	keepEach(kept, f, "unloaded_modules", "module")
	return joined(kept)
}

// keepEach keeps a list, and of the objects in it the members with these names.
func keepEach(to, from map[string]json.RawMessage, name string, names ...string) {
	keep(to, from, name)
	items := list(from[name])
	if items == nil {
		return
	}
	for i, raw := range items {
		if item := Object(raw); item != nil {
			kept := map[string]json.RawMessage{}
			keep(kept, item, names...)
			items[i] = joined(kept)
		}
	}
	to[name] = joinedList(items)
}

// keep copies the members with these names, where they are there.
func keep(to, from map[string]json.RawMessage, names ...string) {
	for _, name := range names {
		if v, ok := from[name]; ok {
			to[name] = v
		}
	}
}

// Object reads an object, as its members stand there; nil for any other value.
func Object(raw json.RawMessage) map[string]json.RawMessage {
	in := pyjson.NewReader(raw)
	if in.Kind() != '{' {
		return nil
	}
	members := map[string]json.RawMessage{}
	err := in.Members(func(name []byte) (err error) {
		members[string(name)], err = in.Raw()
		return err
	})
	if err != nil {
		return nil
	}
	return members
}

// list reads a list, as its elements stand there; nil for any other value.
func list(raw json.RawMessage) []json.RawMessage {
	in := pyjson.NewReader(raw)
	if in.Kind() != '[' {
		return nil
	}
	items := []json.RawMessage{}
	err := in.Elements(func() error {
		item, err := in.Raw()
		items = append(items, item)
		return err
	})
	if err != nil {
		return nil
	}
	return items
}

// joined writes an object with these members; null for what isn't there.
func joined(members map[string]json.RawMessage) json.RawMessage {
	var fields []json.RawMessage
	for _, name := range slices.Sorted(maps.Keys(members)) {
		fields = append(fields, append(append(quoted(name), ':'), orNull(members[name])...))
	}
	return enclosed('{', fields, '}')
}

// joinedList writes a list.
func joinedList(items []json.RawMessage) json.RawMessage { return enclosed('[', items, ']') }

// enclosed writes parts between brackets. encoding/json would refuse those that only Python reads.
func enclosed(opening byte, parts []json.RawMessage, closing byte) json.RawMessage {
	text := []byte{opening}
	for i, part := range parts {
		if i > 0 {
			text = append(text, ',')
		}
		text = append(text, part...)
	}
	return append(text, closing)
}

// orNull is null for what isn't there: Socorro writes its members always.
func orNull(raw json.RawMessage) json.RawMessage {
	if raw == nil {
		return json.RawMessage("null")
	}
	return raw
}

// wholeNumber is Python's int(v), or null where that is no number. It fails where Socorro's conversion does.
func wholeNumber(raw json.RawMessage) (json.RawMessage, error) {
	v, err := parseRaw(raw)
	if err != nil {
		return nil, err
	}
	switch n, result := pyjson.ToInt(v); result {
	case pyjson.IntOK:
		return json.RawMessage(n.String()), nil
	case pyjson.IntOverflow:
		return nil, fmt.Errorf("%w: oom_allocation_size is infinite", ErrNotProcessedCrash)
	}
	return nil, nil
}

// parseRaw reads a value; one that isn't there is null.
func parseRaw(raw json.RawMessage) (pyjson.Value, error) {
	if raw == nil {
		return pyjson.Value{}, nil
	}
	return pyjson.Parse(string(raw))
}
