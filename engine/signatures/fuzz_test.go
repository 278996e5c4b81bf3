package signatures

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/internal/enginetest"
)

// FuzzParseProcessed: no document makes a panic, and what is read survives its record.
func FuzzParseProcessed(f *testing.F) {
	for _, doc := range []string{
		`{}`, `[]`, `null`, `{"uuid": "x", "json_dump": {"threads": [{"frames": [{"function": "a<b>(c)", "line": 1.5}]}]}}`,
		`{"json_dump": {"crash_info": {"crashing_thread": -1}, "threads": {"0": {"frames": null}}}, "hang": [{"a": 1}]}`,
		`{"java_stack_trace": "a: b\r\nc(D.java:1)", "async_shutdown_timeout": "{\"phase\": 1}"}`,
		`{"json_dump": {"threads": [{"frames": [{"inlines": [{"function": "i", "file": "x:y.rs"}], "module": "[m]"}]}]}}`,
	} {
		f.Add([]byte(doc))
	}
	w := newFuzzWorker(f)
	f.Fuzz(func(t *testing.T, doc []byte) {
		c, err := crashdata.ParseProcessed(doc)
		if err != nil {
			return
		}
		want, err := w.Explain(c)
		if err != nil {
			return
		}
		again, err := crashdata.DecodeRecord(c.AppendRecord(nil))
		if err != nil {
			t.Fatal(err)
		}
		got, err := w.Explain(again)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(Result{})); diff != "" {
			t.Errorf("(-document +record):\n%s", diff)
		}
	})
}

// FuzzDecodeRecord: no bytes make a panic, and what is accepted is a record of what it gives.
func FuzzDecodeRecord(f *testing.F) {
	for _, doc := range []string{
		`{}`, `{"hang": [1, {"a": null}], "json_dump": {"crash_info": {"crashing_thread": 1}, "threads": [{}, {"frames": [{"function": "f", "line": "x"}]}]}}`,
		`{"java_exception": {"exception": {}}, "json_dump": {"threads": [{"frames": [{"function": "f", "file": "a.rs", "line": 7}, {"module": "m"}]}]}}`,
	} {
		c, err := crashdata.ParseProcessed([]byte(doc))
		if err != nil {
			f.Fatal(err)
		}
		whole := c.AppendRecord(nil)
		f.Add(whole)
		for i := range whole { // cut off, and damaged
			f.Add(whole[:i])
			for _, other := range []byte{0, 1, 2, 0x7f, 0x80, 0xff} {
				f.Add(slices.Replace(slices.Clone(whole), i, i+1, other))
			}
		}
		f.Add(slices.Concat(whole, []byte{0}))
	}
	w := newFuzzWorker(f)
	f.Fuzz(func(t *testing.T, record []byte) {
		c, err := crashdata.DecodeRecord(record)
		if err != nil {
			return
		}
		again, err := crashdata.DecodeRecord(c.AppendRecord(nil))
		if err != nil {
			t.Fatal(err)
		}
		a, errA := w.Explain(c)
		b, errB := w.Explain(again)
		if diff := cmp.Diff(a, b, cmp.AllowUnexported(Result{})); diff != "" || (errA == nil) != (errB == nil) {
			t.Errorf("%v %v %s", errA, errB, diff)
		}
	})
}

func newFuzzWorker(f *testing.F) *Worker {
	return NewGenerator(enginetest.NewSet(f, "s", "a\nb", "p\nq", "js_\nm"), DefaultRules()).Worker()
}
