package crashdata

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// whole is a processed crash with everything that goes into crash data.
const whole = `{"hang": "ui", "oom_allocation_size": "12", "js_large_allocation_failure": "Reporting", "abort_message": "it",
	"mdsw_status_string": "OK", "async_shutdown_timeout": "{}", "ipc_channel_error": "e", "ipc_message_name": "m",
	"additional_minidumps": ["upload_file_minidump_browser"], "java_exception": {}, "java_stack_trace": "E: it",
	"json_dump": {"crash_info": {"crashing_thread": 0, "type": "SIGSEGV"}, "system_info": {"os": "Linux"}, "threads": [
		{"last_error_value": "ERROR_SUCCESS", "frames": [{"function": "f", "file": "a.c", "line": 1, "module": "m", "offset": "0x1f",
		"inlines": [{"function": "g", "file": "b.c", "line": 2}], "unloaded_modules": [{"module": "u"}]}]}]}}`

// The JSON Schema describes what crash data has and nothing else, the page names each of its fields, and the page's
// example is valid.
func TestSchemaOfCrashData(t *testing.T) {
	content, err := os.ReadFile("../../docs/crash-data.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../../docs/crash-data.md")
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("it", parsed); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("it")
	if err != nil {
		t.Fatal(err)
	}
	data, err := CrashData([]byte(whole))
	if err != nil {
		t.Fatal(err)
	}
	_, example, _ := strings.Cut(string(page), "```json\n")
	example, _, _ = strings.Cut(example, "```")
	for _, text := range []string{string(data), example} {
		instance, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(instance); err != nil {
			t.Error(err)
		}
	}

	var described []string
	document := parsed.(map[string]any)
	describedNames(document, &described)
	written := []string{"uuid"} // which comes from elsewhere
	var value any
	if err := json.Unmarshal(data, &value); err != nil {
		t.Fatal(err)
	}
	names(value, &written)
	for _, list := range []*[]string{&described, &written} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	if !slices.Equal(described, written) {
		t.Errorf("the schema has\n%v\ncrash data has\n%v", described, written)
	}
	for _, name := range described {
		if !strings.Contains(string(page), "| `"+name+"` |") {
			t.Errorf("docs/crash-data.md doesn't explain %s", name)
		}
	}
}

// TestAnnotationsAreNamed: docs/crash-data.md names the annotations that are used, and no others.
func TestAnnotationsAreNamed(t *testing.T) {
	page, err := os.ReadFile("../../docs/crash-data.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "These are used: ")
	named, _, _ := strings.Cut(rest, ".")
	want := strings.Join(slices.Sorted(maps.Keys(annotationMembers)), ", ")
	if got := strings.Join(strings.Fields(named), " "); got != want {
		t.Errorf("the page names\n%s\nused are\n%s", got, want)
	}
}

// names are those of all members in a value.
func names(value any, into *[]string) {
	switch v := value.(type) {
	case map[string]any:
		for name, member := range v {
			*into = append(*into, name)
			names(member, into)
		}
	case []any:
		for _, item := range v {
			names(item, into)
		}
	}
}

// describedNames are those of all properties in a schema.
func describedNames(schema map[string]any, into *[]string) {
	if properties, ok := schema["properties"].(map[string]any); ok {
		for name := range properties {
			*into = append(*into, name)
		}
	}
	if defs, ok := schema["$defs"].(map[string]any); ok {
		for _, def := range defs {
			describedNames(def.(map[string]any), into)
		}
	}
}
