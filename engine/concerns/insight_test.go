package concerns

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/madeup"
	"github.com/sigdiff/sigdiff/siglists"
)

// TestKnownChanges: real changes of the lists, with made-up crashes of the kind that they were about among others. Each
// mistake (m) is named; nothing is said of the good ones (g).
func TestKnownChanges(t *testing.T) {
	const folder = "../../../shared/cases/insight"
	if _, err := os.Stat(folder); err != nil {
		t.Skipf("the real changes of siglists are not there: %v", err)
	}
	for name, want := range map[string][]string{
		"g03-sentinel-rust": nil, "g04-edit-jscall": nil, "g05-edit-makeunique": nil, "g08-hang-waits": nil, "g10-cleanup": nil,
		"m02-jscall": {"mid-word JS::Call 23 of 33: JS::CallbackTracer::onEdge 23"},
		"m03-unlock": {
			"cuts mozilla::detail::MutexImpl::unlock 54 of 56: js::GCMarker::processMarkStackTop 31, js::GCMarker::eagerlyMarkChildren 14, js::TenuringTracer::traverse<T> 6, libc.so 3",
		},
		"m06b-rustoom": {"siblings __rust_alloc_error_handler 12 of 22: _rust_alloc_error_handler 12"},
		"m07-excess":   {`one-away __37\+\[NSDisplayCycle currentDisplayCyclei\]_block_invoke.31 7 of 0 with one letter changed: __37+[NSDisplayCycle currentDisplayCycle]_block_invoke.31 7`},
		"m08-ipdl":     {"spray by added mozilla::ipc::IPDLParamTraits<T>::Write 48 of 27: mozilla::dom::PContentParent::SendWindowPostMessage 12, mozilla::layers::PLayerTransactionChild::SendUpdate 9, mozilla::dom::PContentChild::SendCreateWindow 7, mozilla::dom::indexedDB::PBackgroundIDBRequestParent::Send__delete__ 6, mozilla::net::PNeckoChild::SendPHttpChannelConstructor 6, mozilla::dom::PClientSourceParent::SendPClientSourceOpConstructor 5, mozilla::gmp::PGMPVideoDecoderParent::SendDecode 3, 7 names, 4 mozilla::dom::PClientSourceParent::SendPClientSourceOpConstructor"},
		"m11a-shadow-made": {
			"marks by added mozalloc_handle_oom 9 of 0 -OOM | unknown",
			"idle gkrust_shared::oom_hook::hook by added gkrust_shared::oom_hook::hook 22 of 0: gkrust_shared::oom_hook::hook 22",
			"idle std::alloc::rust_oom by added std::alloc::rust_oom 16 of 0: std::alloc::rust_oom 16",
			"idle mozalloc_handle_oom by added mozalloc_handle_oom 56 of 0 mozalloc_handle_oom: mozalloc_handle_oom 56",
		},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, c := range find(t, filepath.Join(folder, name)) {
				got = append(got, sketch(c))
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// sketch is a concern in a line.
func sketch(c Concern) string {
	text := string(c.Kind)
	if c.Line != nil {
		text += " " + c.Line.Text
	}
	for _, by := range c.By {
		text += " by " + strings.TrimSpace(string(by.Kind)+" "+by.Line.Text)
	}
	text += fmt.Sprintf(" %d of %d", c.Crashes, c.Of)
	if c.Why != "" {
		text += " " + c.Why
	}
	var parts []string
	for _, f := range c.Frames {
		parts = append(parts, fmt.Sprintf("%s %d", f.Frame, f.Crashes))
	}
	if len(c.Counts) > 0 {
		parts = append(parts, fmt.Sprintf("%d names", len(c.Counts)), fmt.Sprintf("%d %s", c.Counts[0].N, c.Counts[0].Name))
	}
	if c.Kind == Strangers || c.Kind == Kinds {
		parts = append(parts, c.Signatures...)
	}
	if parts != nil {
		text += ": " + strings.Join(parts, ", ")
	}
	return text
}

// find finds the concerns of a folder's change, over its crashes and some others.
func find(t *testing.T, dir string) []Concern {
	data, err := os.ReadFile(filepath.Join(dir, "crashes.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	var crashes crashdata.Crashes
	for line := range bytes.Lines(data) {
		crashes = append(crashes, parsed(t, line))
	}
	for _, doc := range madeup.Generate(1, 400, madeup.Shape{}) {
		crashes = append(crashes, parsed(t, doc))
	}
	return concernsOf(t, loadSet(t, filepath.Join(dir, "base")), loadSet(t, filepath.Join(dir, "candidate")), crashes)
}

func concernsOf(t *testing.T, base, candidate *siglists.Set, crashes crashdata.Crashes) []Concern {
	t.Helper()
	found, all, err := Find(context.Background(), tallyOf(t, base, candidate, crashes))
	if err != nil || !all {
		t.Fatal(all, err)
	}
	return found
}

func tallyOf(t *testing.T, base, candidate *siglists.Set, crashes crashdata.Crashes) *compare.Tally {
	t.Helper()
	tally, err := compare.Compare(context.Background(), crashes, signatures.NewGenerator(base, signatures.DefaultRules()), signatures.NewGenerator(candidate, signatures.DefaultRules()),
		compare.Options{Workers: 2, Examples: 3, Verdicts: true})
	if err != nil {
		t.Fatal(err)
	}
	return tally
}

func parsed(t *testing.T, doc []byte) *crashdata.Crash {
	t.Helper()
	c, err := crashdata.ParseProcessed(doc)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func loadSet(t *testing.T, dir string) *siglists.Set {
	t.Helper()
	set, err := siglists.Load(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	return set
}
