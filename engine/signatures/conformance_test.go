package signatures

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/internal/enginetest"
	"github.com/sigdiff/sigdiff/siglists"
)

// TestTrickyVectors runs the vectors that come with the project: made-up crashes on siglists that
// press on the semantics of Python's regular expressions and of the files. One case is run with
// -run 'TestTrickyVectors/tricky-dollar/gen177-000012'.
func TestTrickyVectors(t *testing.T) {
	runVectors(t, "testdata/vectors/*.ndjson.gz", "../../siglists/testdata")
}

// TestSharedVectors runs all vectors there are: the cases of Socorro's own tests, and made-up crashes
// on real siglists, which are not this project's to ship.
func TestSharedVectors(t *testing.T) {
	if _, err := os.Stat("../../../shared/vectors"); err != nil {
		t.Skip("skipped: no ../shared beside the project, so the vectors on real siglists can't be read")
	}
	runVectors(t, "../../../shared/vectors/*.ndjson.gz", "../../../shared/siglists")
}

func runVectors(t *testing.T, pattern, lists string) {
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no vectors at %s: %v", pattern, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".ndjson.gz"), func(t *testing.T) {
			t.Parallel()
			workers, decoder := map[[2]string]*Worker{}, crashdata.NewDecoder()
			enginetest.EachVector(t, file, func(v enginetest.Vector) {
				if v.LoadError != "" {
					checkLoadError(t, lists, v)
					return
				}
				key := [2]string{v.Siglists, v.Ruleset}
				if workers[key] == nil {
					workers[key] = newTestWorker(t, filepath.Join(lists, v.Siglists), v.Ruleset)
				}
				t.Run(v.ID, func(t *testing.T) {
					checkVector(t, workers[key], decoder, v)
				})
			})
		})
	}
}

func newTestWorker(t *testing.T, dir, rules string) *Worker {
	t.Helper()
	set, err := siglists.LoadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if rules == "" {
		rules = "default"
	}
	ruleset, err := ParseRuleset(rules)
	if err != nil {
		t.Fatal(err)
	}
	return NewGenerator(set, ruleset).Worker()
}

func checkLoadError(t *testing.T, lists string, v enginetest.Vector) {
	t.Helper()
	dir := filepath.Join(lists, v.Siglists)
	_, err := siglists.LoadDir(dir)
	var load *siglists.LoadError
	if !errors.As(err, &load) {
		t.Errorf("%s loads (error %v), the reference says %q", dir, err, v.LoadError)
		return
	}
	if p := load.Problems[0]; p.File == "" || p.Reason == "" {
		t.Errorf("problem without file or reason: %+v", p)
	}
}

func checkVector(t *testing.T, w *Worker, d *crashdata.Decoder, v enginetest.Vector) {
	crash, err := crashdata.ParseProcessed(v.ProcessedCrash)
	if (err != nil) != (v.ConvertError != "") {
		t.Fatalf("ParseProcessed: %v, the reference: %q", err, v.ConvertError)
	}
	if err != nil {
		return
	}
	got, err := w.Explain(crash)
	if err != nil {
		t.Fatal(err)
	}
	if got.Signature != v.Signature {
		t.Errorf("signature\n got %q\nwant %q", got.Signature, v.Signature)
	}
	if want, notes := comparableNotes(v.Notes), comparableNotes(got.Notes); !slices.Equal(want, notes) {
		t.Errorf("notes (-want +got):\n%s", cmp.Diff(want, notes))
	}
	switch {
	case got.HasProto != (v.ProtoSignature != nil):
		t.Errorf("has a proto signature: %v, want %v", got.HasProto, v.ProtoSignature != nil)
	case got.HasProto && got.ProtoSignature != *v.ProtoSignature:
		t.Errorf("proto signature\n got %q\nwant %q", got.ProtoSignature, *v.ProtoSignature)
	}
	checkRecord(t, w, d, crash, got)
}

// checkRecord makes the signature again: without the trace, and from the crash's record.
func checkRecord(t *testing.T, w *Worker, d *crashdata.Decoder, crash *crashdata.Crash, want Result) {
	t.Helper()
	short, err := w.Generate(crash)
	if err != nil || short.Signature != want.Signature || !slices.Equal(short.Notes, want.Notes) {
		t.Errorf("Generate: %+v, %v", short, err)
	}
	record := crash.AppendRecord(nil)
	whole, err := crashdata.DecodeRecord(record)
	if err != nil {
		t.Fatal(err)
	}
	if again := whole.AppendRecord(nil); !bytes.Equal(again, record) {
		t.Error("the record of the crash from the record is another")
	}
	shared := func() (*crashdata.Crash, error) { return d.Decode(record) }
	for _, decode := range []func() (*crashdata.Crash, error){func() (*crashdata.Crash, error) { return whole, nil }, shared} {
		c, err := decode()
		if err != nil {
			t.Fatal(err)
		}
		got, err := w.Explain(c)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(want, got) { // quicker than cmp where they are equal
			t.Errorf("from the record (-want +got):\n%s", cmp.Diff(want, got, cmp.AllowUnexported(Result{})))
		}
	}
}

// comparableNotes drops what a failed rule says after "Rule failed": there the reference quotes its
// own implementation.
func comparableNotes(notes []string) []string {
	kept := []string{}
	for _, note := range notes {
		if before, _, failed := strings.Cut(note, ": Rule failed: "); failed {
			note = before + ": Rule failed"
		}
		kept = append(kept, note)
	}
	return kept
}
