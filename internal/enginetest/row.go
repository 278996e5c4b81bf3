package enginetest

import "encoding/json"

// Row is a processed crash as a Super Search lists it, given the signature that the service made, and its proto
// signature, of which there may be none.
func Row(t interface{ Fatal(...any) }, processed []byte, signature string, proto *string) []byte {
	var doc map[string]any
	if err := json.Unmarshal(processed, &doc); err != nil {
		t.Fatal(err)
	}
	row := map[string]any{"signature": signature, "date": "2026-11-20T10:00:00.000000+00:00"}
	if proto != nil {
		row["proto_signature"] = *proto
	}
	// What search calls otherwise, and what it has as it is in the processed crash.
	for column, member := range map[string]string{"platform": "os_name", "build_id": "build"} {
		row[column] = doc[member]
	}
	for _, name := range []string{
		"uuid", "product", "version", "release_channel", "hang", "js_large_allocation_failure", "abort_message", "async_shutdown_timeout",
		"ipc_channel_error", "ipc_message_name", "moz_crash_reason", "oom_allocation_size", "java_stack_trace",
	} {
		row[name] = doc[name]
		// In place of what is no text where one should be, the service keeps these words.
		if _, text := row[name].(string); !text && row[name] != nil && name != "oom_allocation_size" {
			row[name] = "BAD DATA"
		}
	}
	dump, _ := doc["json_dump"].(map[string]any)
	info, _ := dump["crash_info"].(map[string]any)
	row["reason"] = info["type"]
	if threads, ok := dump["threads"].([]any); ok {
		if n, ok := info["crashing_thread"].(float64); ok && n >= 0 && int(n) < len(threads) {
			thread, _ := threads[int(n)].(map[string]any)
			row["last_error_value"] = thread["last_error_value"]
		}
	}
	text, err := json.Marshal(row)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
