package signatures

import (
	"slices"
	"testing"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/siglists"
)

// TestFired checks that Explain names the rules that changed the signature, in order, and no others.
func TestFired(t *testing.T) {
	sources := siglists.Sources{}
	for _, name := range siglists.Names() {
		sources[name] = []byte("none of these frames")
	}
	set, err := sources.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	crash, err := crashdata.ParseProcessed([]byte(`{"hang": "a", "ipc_message_name": "Msg", "json_dump": {"crash_info": {"crashing_thread": 1},
		"threads": [{"frames": [{"function": "PR_Wait"}]}, {"frames": [{"function": "RunWatchdog"}]}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	worker := NewGenerator(set, DefaultRules()).Worker()
	explained, err := worker.Explain(crash)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"SignatureGenerationRule", "SignatureRunWatchDog", "SignatureIPCMessageName", "HungProcess"}
	if !slices.Equal(explained.Fired, want) {
		t.Errorf("fired %v, want %v", explained.Fired, want)
	}
	generated, err := worker.Generate(crash)
	if err != nil {
		t.Fatal(err)
	}
	if generated.Fired != nil || generated.Signature != explained.Signature {
		t.Errorf("Generate tells %v and %q, Explain %q", generated.Fired, generated.Signature, explained.Signature)
	}
}
