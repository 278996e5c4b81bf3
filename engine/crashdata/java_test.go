package crashdata

import (
	"slices"
	"strings"
	"testing"

	"github.com/sigdiff/sigdiff/internal/pyjson"
)

// TestJavaFromStackTrace: what the first two lines of a stack become.
func TestJavaFromStackTrace(t *testing.T) {
	long := func(n int) string { return strings.Repeat("é", n-len("E: \tat b")) } // with which a signature has n characters
	for _, test := range []struct {
		stack, want, note string
	}{
		{"E: d\n\tat a.b(C.java:12)\nmore", "E: d at a.b(C.java)", ""},
		{" E : d \r\n at b(C.kt:1)", "E: d at b(C.kt:1)", ""},
		{"E: x@0123abcd\nat b(C.java:٣)", "E: x@<addr>: at b(C.java)", ""},
		{"E: x@0123ABCD y\nat b(C.java:)", "E: x@0123ABCD y at b(C.java:)", ""},
		{"E\nat b", "E: at b", "line 1 is not in the expected format"},
		{"E: d", "E: d", "line 2 is missing"},
		{"E: d\n \nat b", "E: d", "line 2 is empty"},
		{"E: " + long(MaxJavaSignature) + "\nat b", "", ""},
		{"E: " + long(MaxJavaSignature+1) + "\nat b", "E: at b", "dropped Java exception description due to length"},
		{"", "EMPTY: Java stack trace not in expected format", "not in expected format"},
	} {
		j := JavaFromStackTrace(pyjson.Str(test.stack))
		if test.want != "" && j.Signature != test.want {
			t.Errorf("%q: %q, want %q", test.stack, j.Signature, test.want)
		}
		if (len(j.Notes) > 0) != (test.note != "") || !slices.ContainsFunc(append(j.Notes, ""), func(note string) bool { return strings.Contains(note, test.note) }) {
			t.Errorf("%q: notes %q, want %q", test.stack, j.Notes, test.note)
		}
	}
	if j := JavaFromStackTrace(pyjson.Value{Kind: pyjson.KindTrue}); !j.IsEmpty() {
		t.Errorf("true: %q", j.Signature)
	}
}
