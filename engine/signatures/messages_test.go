package signatures

import (
	"strings"
	"testing"
)

// TestAbortMessages: what is left of an abort message.
func TestAbortMessages(t *testing.T) {
	letters := func(n int) string { return strings.Repeat("é", n-1) + strings.Repeat("a", n) }
	for message, want := range map[string]string{
		"[Parent 1] ###!!! ABORT: no room : file a.cpp, line 3": "no room",
		"a ###!!! ABORT: b ###!!! ABORT: c: file d: file e":     "b ###!!! ABORT: c",
		"unable to find a usable font (über)":                   "unable to find a usable font",
		"unable to find a usable font (a) b (c) d":              "unable to find a usable font  d",
		"unable to find a usable font (a":                       "unable to find a usable font (a",
		"unable to find a usable font a)":                       "unable to find a usable font a)",
		"another font (a)":                                      "another font (a)",
		letters(80):                                             strings.Repeat("a", 80),
		letters(81):                                             strings.Repeat("a", 77) + "...",
	} {
		if got := cutAbortMessage(message); got != want {
			t.Errorf("%q becomes %q, want %q", message, got, want)
		}
	}
}

// TestIsModule: such frames count once in a row, whatever the case of their suffix.
func TestIsModule(t *testing.T) {
	for frame, want := range map[string]bool{
		"a.dll": true, "A.DLL": true, ".so": true, "so": false, "a.so.1": false, "lib.\u017fo": false, "XUL": true, "xul": false,
		"<name omitted>": true, "<unknown in a.exe>": true, "unknown": false, "(unloaded a).dll": false, "f(a.dll)": false,
	} {
		if got := IsModule(frame); got != want {
			t.Errorf("%s: %v", frame, got)
		}
	}
}
