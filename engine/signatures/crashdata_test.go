package signatures

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/internal/enginetest"
	"github.com/sigdiff/sigdiff/internal/pyjson"
)

// Crash data makes the same signature as the processed crash that it is of, on every vector there is.
func TestCrashDataMakesTheSameSignature(t *testing.T) {
	files, err := filepath.Glob("testdata/vectors/*.ndjson.gz")
	if err != nil || len(files) == 0 {
		t.Fatalf("no vectors: %v", err)
	}
	shared, err := filepath.Glob("../../../shared/vectors/*.ndjson.gz")
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, file := range slices.Concat(files, shared) {
		lists := "../../siglists/testdata"
		if strings.Contains(file, "shared") {
			lists = "../../../shared/siglists"
		}
		workers := map[string]*Worker{}
		enginetest.EachVector(t, file, func(v enginetest.Vector) {
			if v.LoadError != "" || v.Ruleset != "" { // the rules of 2023 read moz_crash_reason, which is no crash data
				return
			}
			data, err := crashdata.CrashData(v.ProcessedCrash)
			if v.ConvertError != "" || err != nil {
				isObject := crashdata.Object(pyjson.Text(v.ProcessedCrash)) != nil
				isJSON := json.Valid(v.ProcessedCrash) // without NaN
				if v.ConvertError == "" && isObject && isJSON || (!isObject || isJSON) && !errors.Is(err, crashdata.ErrNotProcessedCrash) {
					t.Errorf("%s: %v, the reference: %q", v.ID, err, v.ConvertError)
				}
				return
			}
			if workers[v.Siglists] == nil {
				workers[v.Siglists] = newTestWorker(t, filepath.Join(lists, v.Siglists), "")
			}
			checkSignify(t, workers[v.Siglists], data, v)
			crash, processed, err := crashdata.Read(data, nil)
			if _, _, refused := crashdata.Read(v.ProcessedCrash, nil); refused != nil && errors.Is(err, crashdata.ErrShape) {
				return
			}
			if err != nil {
				t.Fatalf("%s: %v", v.ID, err)
			}
			if again, err := crashdata.CrashData(processed); err != nil || !bytes.Equal(again, data) {
				t.Errorf("%s: %s, %v, want %s", v.ID, again, err, data)
			}
			got, err := workers[v.Siglists].Generate(crash)
			if err != nil || got.Signature != v.Signature {
				t.Errorf("%s: %q, %v, want %q", v.ID, got.Signature, err, v.Signature)
			}
			checked++
		})
	}
	if checked < 1000 {
		t.Errorf("only %d vectors were checked", checked)
	}
	if _, err := os.Stat("../../../shared/vectors"); err != nil {
		t.Log("without the vectors on real siglists: no ../shared beside the project")
	}
}

// checkSignify makes the reference's result of a vector's crash data as signify does, which reads whatever is an object and
// no processed crash as crash data: signature, notes and proto signature.
func checkSignify(t *testing.T, w *Worker, data []byte, v enginetest.Vector) {
	t.Helper()
	crash, err := crashdata.ReadData(data)
	if err != nil {
		t.Fatalf("%s: %v", v.ID, err)
	}
	got, err := w.Explain(crash)
	proto := ""
	if v.ProtoSignature != nil {
		proto = *v.ProtoSignature
	}
	if err != nil || got.Signature != v.Signature || got.ProtoSignature != proto || !slices.Equal(comparableNotes(got.Notes), comparableNotes(v.Notes)) {
		t.Errorf("%s: %q, %q, %q, %v, want %q, %q, %q", v.ID, got.Signature, got.ProtoSignature, got.Notes, err, v.Signature, proto, v.Notes)
	}
}

// FuzzCrashData: it never panics, and whatever makes crash data makes the signature of that data.
func FuzzCrashData(f *testing.F) {
	for _, doc := range []string{
		`{}`, `{"json_dump":{}}`, `{"json_dump":null}`, `{"oom_allocation_size":"12","json_dump":{"crash_info":{"crashing_thread":-1},"threads":[{"frames":[{"function":"a"}]},null,{"frames":[{"module":"m"},3]}]}}`,
		`{"json_dump":{"threads":{"0":{"frames":[]}},"crash_info":[],"system_info":{"os":1}},"java_exception":{"exception":{"values":[]}},"hang":0}`,
		`{"additional_minidumps":"upload_file_minidump_browser","ipc_channel_error":"e","abort_message":["x"],"java_stack_trace":"a.B: c\n\tat d.e(F.java:1)"}`,
	} {
		f.Add([]byte(doc))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		crash, parseErr := crashdata.ParseProcessed(doc)
		data, err := crashdata.CrashData(doc)
		if parseErr != nil || err != nil {
			return
		}
		again, _, err := crashdata.Read(data, nil)
		if errors.Is(err, crashdata.ErrShape) {
			return
		}
		if err != nil {
			t.Fatalf("%s: %v", data, err)
		}
		w := newTestWorker(t, "../../siglists/testdata/tricky/plain", "")
		want, wantErr := w.Generate(crash)
		got, gotErr := w.Generate(again)
		if got.Signature != want.Signature || (gotErr != nil) != (wantErr != nil) {
			t.Errorf("%q, %v, want %q, %v\n%s", got.Signature, gotErr, want.Signature, wantErr, data)
		}
	})
}
