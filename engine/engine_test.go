package engine_test

import (
	"errors"
	"testing"

	"github.com/sigdiff/sigdiff/engine"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/siglists"
)

// A document of another shape is never taken for a processed crash without a stack, whose signature would look right.
func TestSignatureOfEveryShape(t *testing.T) {
	lists, err := siglists.LoadDir("../siglists/testdata/tricky/plain")
	if err != nil {
		t.Fatal(err)
	}
	const threads = `"threads": [{"frames": [{"function": "foo"}]}]`
	for name, document := range map[string]string{
		"a processed crash":  `{"json_dump": {` + threads + `}}`,
		"wrapped":            `{"processed_crash": {"json_dump": {` + threads + `}}}`,
		"crash data":         `{"os": "Linux", ` + threads + `}`,
		"minidump-stackwalk": `{"system_info": {"os": "Linux"}, "crash_info": {"crashing_thread": 0}, ` + threads + `}`,
	} {
		if result, err := engine.Signature([]byte(document), lists, engine.DefaultRules()); err != nil || result.Signature != "foo" {
			t.Errorf("%s: %q, %v; want foo", name, result.Signature, err)
		}
	}
	elsewhere := []byte(`{"report": {` + threads + `}}`)
	if result, err := engine.Signature(elsewhere, lists, engine.DefaultRules()); !errors.Is(err, crashdata.ErrShape) {
		t.Errorf("a stack elsewhere: %q, %v; want %v", result.Signature, err, crashdata.ErrShape)
	}
}
