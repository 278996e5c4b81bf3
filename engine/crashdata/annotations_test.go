package crashdata

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// A processed crash has of an annotation what the rules of Socorro's processor make of it: nothing, where want is null.
func TestAnnotation(t *testing.T) {
	exception := func(stack string) string { return `{"exception":{"values":[{"stacktrace":` + stack + `}]}}` }
	for _, test := range []struct{ name, value, want string }{
		{"Hang", `"u\u0000i \u2003\n"`, `"ui"`},
		{"Hang", `""`, `""`},
		{"Hang", `null`, "null"},
		{"Hang", `1`, "null"},
		{"AbortMessage", `{"a":"b"}`, "null"},
		{"ProcessType", `"main"`, `"parent"`},
		{"ProcessType", `"main "`, `"main "`},
		{"ProcessType", `5`, `5`},
		{"uuid", `"x "`, `"x "`},
		{"StartupCrash", `"1"`, `true`},
		{"StartupCrash", `"TRUE"`, `true`},
		{"StartupCrash", `true`, `true`},
		{"StartupCrash", `0`, `false`},
		{"StartupCrash", `"1 "`, "null"},
		{"StartupCrash", `2`, "null"},
		{"OOMAllocationSize", `" 5\u0000_0\n"`, `50`},
		{"OOMAllocationSize", `5.5`, `5`},
		{"OOMAllocationSize", `"5.5"`, "null"},
		{"OOMAllocationSize", `[5]`, "null"},
		{"OOMAllocationSize", `1e999`, "null"},
		{"MozCrashReason", `"byte index 5 is out of bounds of 'it'"`, `"sanitized--see moz_crash_reason_raw"`},
		{"MozCrashReason", `"the byte index "`, `"the byte index "`},
		{"MozCrashReason", `5`, "null"},
		{"JavaStackTrace", `"E: it\n\tat a\u0000"`, `"E\n\tat a"`},
		{"JavaStackTrace", `["E: it"]`, "null"},
		{"JavaException", `{"exception":{}}`, "null"},
		{"JavaException", quote(`{} x`), "null"},
		{"JavaException", quote(`[]`), "null"},
		{"JavaException", quote(`{"exception":null}`), "null"},
		{"JavaException", quote(`{"other":5}`), `{"other":5}`},
		{"JavaException", quote(exception(`{"type":"E","other":[{}],"frames":[{"module":null,"in_app":false,"lineno":1}]}`)), exception(`{"type":"E","other":[{}],"frames":[{"module":null,"in_app":false,"lineno":1}]}`)},
		{"JavaException", quote(exception(`{"type":null}`)), "null"},
		{"JavaException", quote(exception(`{"module":5}`)), "null"},
		{"JavaException", quote(exception(`{"value":null}`)), "null"},
		{"JavaException", quote(exception(`{"frames":{}}`)), "null"},
		{"JavaException", quote(exception(`{"frames":[null]}`)), "null"},
		{"JavaException", quote(exception(`{"frames":[{},{"function":5}]}`)), "null"},
		{"JavaException", quote(exception(`{"frames":[{"lineno":true}]}`)), "null"},
		{"JavaException", quote(exception(`{"frames":[{"lineno":1.0}]}`)), "null"},
		{"JavaException", quote(exception(`{"frames":[{"in_app":1}]}`)), "null"},
		{`a\u0000`, `"b"`, "NUL"},
	} {
		doc := `{"` + test.name + `":` + test.value + `}`
		_, processed, err := Read([]byte(`{"system_info":{}}`), func() ([]byte, error) { return []byte(doc), nil })
		if err != nil {
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("%s: %v, want %s", doc, err, test.want)
			}
			continue
		}
		if got := string(orNull(Object(processed)[annotationMembers[test.name]])); got != test.want {
			t.Errorf("%s: %s, want %s", doc, got, test.want)
		}
	}
}

// Where the rule that copies annotations fails on one, those in front of it in Socorro's schema are copied, those behind it are
// lost, and those with rules of their own are neither. What is in no rule's way changes nothing.
func TestLostAnnotations(t *testing.T) {
	const rest = `"AbortMessage":"a","Hang":"h","OOMAllocationSize":"5","Version":"1","MozCrashReason":"m","JavaStackTrace":"E\n\tat b","ProcessType":"gpu","uuid":"u"`
	for _, test := range []struct{ odd, lost string }{
		{`"StackTraces":{"a":[1]}`, ""},
		{`"ContentSandboxEnabled":[]`, ""},
		{`"Comments":null`, ""},
		{`"Hang":"again"`, ""},
		{`"IPCMessageSize":"x"`, ""},
		{`"IPCMessageSize":true`, ""},
		{`"IPCMessageSize":NaN`, ""},
		{`"UptimeTS":Infinity`, ""},
		{`"UptimeTS":"x"`, ""},
		{`"JavaException":"{"`, ""},
		{`"TelemetryEnvironment":"[]"`, ""},
		{`"AdapterDeviceID":0`, "AbortMessage Hang OOMAllocationSize Version"},
		{`"Android_Model":5`, "Hang OOMAllocationSize Version"},
		{`"AvailablePageFile":{}`, "Hang OOMAllocationSize Version"},
		{`"IPCMessageSize":Infinity`, "OOMAllocationSize Version"},
		{`"JavaException":{}`, "OOMAllocationSize Version"},
		{`"JavaException":"` + strings.Repeat("[", 5000) + `"`, "OOMAllocationSize Version"},
		{`"JavaException":"` + strings.Repeat("1", 5000) + `"`, "OOMAllocationSize Version"},
		{`"OOMAllocationSize":[]`, "OOMAllocationSize Version"},
		{`"Comments":true`, "Version"},
		{`"UptimeTS":[]`, "Version"},
		{`"UptimeTS":1` + strings.Repeat("0", 400), "Version"},
		{`"Version":1.5`, "Version"},
	} {
		crash := map[string]json.RawMessage{}
		if err := annotate(crash, []byte("{"+rest+","+test.odd+"}")); err != nil {
			t.Errorf("%.80s: %v", test.odd, err)
			continue
		}
		var lost []string
		for _, name := range []string{"AbortMessage", "Hang", "JavaStackTrace", "MozCrashReason", "OOMAllocationSize", "ProcessType", "Version", "uuid"} {
			if crash[annotationMembers[name]] == nil {
				lost = append(lost, name)
			}
		}
		if got := strings.Join(lost, " "); got != test.lost {
			t.Errorf("%.80s: lost are %q, want %q", test.odd, got, test.lost)
		}
	}
}

// TestAnnotationsAreCopied: each annotation that is used is copied, or has a rule of its own.
func TestAnnotationsAreCopied(t *testing.T) {
	own := []string{"JavaStackTrace", "MozCrashReason", "ProcessType", "uuid"}
	for field := range strings.FieldsSeq(copied) {
		name, _, _ := strings.Cut(field, ":")
		own = append(own, name)
	}
	for name := range annotationMembers {
		if !slices.Contains(own, name) {
			t.Errorf("nothing copies %s", name)
		}
	}
}

func quote(text string) string { return string(quoted(text)) }
