package crashdata

import (
	"fmt"
	"testing"
)

// TestStartup: a startup crash is one, as a processed crash, a row of a search, an annotation, or a ping says so.
func TestStartup(t *testing.T) {
	for value, want := range map[string]string{
		"true": "T", "false": "", "null": "", `"1"`: "T", `"0"`: "", `"T"`: "T", `"F"`: "", `""`: "", "1": "T", "0": "",
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
