package crashdata

import (
	"strings"
	"testing"
)

// A processed crash has of an annotation what the rules of Socorro's processor make of it: nothing, where want is null. Where
// the rule that copies most of them fails, so that others are lost, the annotations are refused.
func TestAnnotation(t *testing.T) {
	exception := func(stack string) string { return `{"exception":{"values":[{"stacktrace":` + stack + `}]}}` }
	for _, test := range []struct{ name, value, want string }{
		{"Hang", `"u\u0000i \u2003\n"`, `"ui"`},
		{"Hang", `""`, `""`},
		{"Hang", `null`, "null"},
		{"Hang", `1`, "no text"},
		{"AbortMessage", `{"a":"b"}`, "no text"},
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
		{"OOMAllocationSize", `[5]`, "no text"},
		{"OOMAllocationSize", `1e999`, "infinite"},
		{"MozCrashReason", `"byte index 5 is out of bounds of 'it'"`, `"sanitized--see moz_crash_reason_raw"`},
		{"MozCrashReason", `"the byte index "`, `"the byte index "`},
		{"MozCrashReason", `5`, "null"},
		{"JavaStackTrace", `"E: it\n\tat a\u0000"`, `"E\n\tat a"`},
		{"JavaStackTrace", `["E: it"]`, "null"},
		{"JavaException", `{"exception":{}}`, "no text"},
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

func quote(text string) string { return string(quoted(text)) }
