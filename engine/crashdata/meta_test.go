package crashdata

import (
	"fmt"
	"testing"
)

// TestStartup: a startup crash is one, as a processed crash, a row of a search, an annotation, or a ping says so.
func TestStartup(t *testing.T) {
	for value, want := range map[string]string{
		"true": "T", "false": "", "null": "", `"1"`: "T", `"0"`: "", `"T"`: "T", `"F"`: "", `""`: "", "1": "T", "0": "", "[1]": "", `{"a":1}`: "",
	} {
		crash, err := ParseProcessed([]byte(fmt.Sprintf(`{"uuid":"x","process_type":"gpu","cpu_arch":"arm64","startup_crash":%s}`, value)))
		if err != nil {
			t.Fatal(err)
		}
		if m := crash.Meta; m.Startup != want || m.Process != "gpu" || m.CPU != "arm64" {
			t.Errorf("%s: %+v", value, m)
		}
		if again, err := DecodeRecord(crash.AppendRecord(nil)); err != nil || again.Meta != crash.Meta {
			t.Errorf("%s: the record has %+v, %v", value, again, err)
		}
	}
}

// TestPlatform: the operating system is known of every shape that says it.
func TestPlatform(t *testing.T) {
	for doc, want := range map[string]string{
		`{"json_dump":{"system_info":{"os":"Windows NT"}}}`:                   "Windows NT",
		`{"os_name":"Linux","json_dump":{"system_info":{"os":"Windows NT"}}}`: "Linux",
		`{"system_info":{"os":"Mac OS X"},"threads":[]}`:                      "Mac OS X",
		`{"os":"Android","original_signature":"","threads":[]}`:               "Android",
		`{"os":"Windows","document_id":"x","stack":[{"function":"f"}]}`:       "Windows",
		`{"os":3,"original_signature":"","threads":[]}`:                       "",
	} {
		for what, read := range map[string]func() (*Crash, error){
			"Read":     func() (*Crash, error) { c, _, err := read([]byte(doc), nil, false); return c, err },
			"ReadData": func() (*Crash, error) { return ReadData([]byte(doc)) },
		} {
			if c, err := read(); err != nil || c.Meta.Platform != want {
				t.Errorf("%s of %s: %+v, %v, want %q", what, doc, c, err, want)
			}
		}
	}
}
