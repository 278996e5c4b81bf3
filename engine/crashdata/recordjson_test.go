package crashdata

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/sigdiff/sigdiff/internal/enginetest"
)

func TestRecordJSON(t *testing.T) {
	c, err := ParseProcessed(enginetest.Crashes(enginetest.NewStack(1, "f", `, "hang": "x", "oom_allocation_size": 5, "java_stack_trace": "a: b\n c"`))[0])
	if err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"hang":"x"`, `"OOM":"small"`, `"Signature":"a: b c"`, `"Text":"f"`} {
		if !strings.Contains(string(out), want) {
			t.Errorf("no %s in %s", want, out)
		}
	}
	if c.WithID("x").ID() != "x" || c.Meta.ID == "x" {
		t.Error("WithID changes the crash")
	}
}
