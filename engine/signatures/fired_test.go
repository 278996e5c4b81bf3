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

// TestEmpty: a crash without frames has the mark of one, and so has one of Java without a stack; a frame without a text leaves the
// signature that was there.
func TestEmpty(t *testing.T) {
	set, err := siglists.Sources{siglists.Sentinels: nil, siglists.Irrelevant: []byte("qq"), siglists.Prefix: []byte("qq"), siglists.LineNumbers: []byte("qq")}.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		doc, want string
		marks     []string
	}{
		{`{"json_dump": {"crash_info": {"crashing_thread": 0}, "threads": [{"frames": [{"function": "a"}]}]}}`, "a", nil},
		{`{"async_shutdown_timeout": "{\"phase\": \"p\", \"conditions\": [{\"name\": \"b\"}, \"a\"]}"}`, "AsyncShutdownTimeout | p | a,b", []string{"AsyncShutdownTimeout", "EMPTY"}},
		{`{"json_dump": {"crash_info": {"crashing_thread": 0}, "threads": [{"frames": []}]}}`, "EMPTY: no frame data available", []string{"EMPTY"}},
		{`{"java_stack_trace": "java.lang.E: x\n\tat a.b(C.java:1)"}`, "java.lang.E: x at a.b(C.java)", nil},
		{`{"java_exception": {"exception": {}}}`, "EMPTY: Java exception not in expected format", []string{"EMPTY"}},
		{`{"json_dump": {"crash_info": {"crashing_thread": 1}, "threads": [{"frames": [{}]}, {"frames": [{"function": "RunWatchdog"}]}]}}`, "shutdownhang | RunWatchdog", []string{"shutdownhang"}},
	} {
		crash, err := crashdata.ParseProcessed([]byte(test.doc))
		if err != nil {
			t.Fatal(err)
		}
		r, err := NewGenerator(set, DefaultRules()).Worker().Explain(crash)
		if err != nil || r.Signature != test.want || !slices.Equal(r.Marks, test.marks) {
			t.Errorf("%s: %q %v, %v, want %q %v", test.doc, r.Signature, r.Marks, err, test.want, test.marks)
		}
	}
}
