package madeup

import (
	"bytes"
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/sigdiff/sigdiff/crashid"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/siglists"
)

// processedCrash is what the tests look at in a document.
type processedCrash struct {
	UUID          string `json:"uuid"`
	Signature     string `json:"signature"`
	Product       string `json:"product"`
	Version       string `json:"version"`
	Channel       string `json:"release_channel"`
	Build         string `json:"build"`
	OSName        string `json:"os_name"`
	Processed     string `json:"date_processed"`
	ProcessType   string `json:"process_type"`
	OOMSize       any    `json:"oom_allocation_size"`
	AbortMessage  string `json:"abort_message"`
	IPCError      string `json:"ipc_channel_error"`
	JavaTrace     string `json:"java_stack_trace"`
	JavaException any    `json:"java_exception"`
	Dump          struct {
		CrashInfo struct {
			CrashingThread int    `json:"crashing_thread"`
			Type           string `json:"type"`
		} `json:"crash_info"`
		System struct {
			OS string `json:"os"`
		} `json:"system_info"`
		Threads []struct {
			Frames []testFrame `json:"frames"`
		} `json:"threads"`
	} `json:"json_dump"`
}

type testFrame struct {
	Function string `json:"function"`
	File     string `json:"file"`
	Line     int    `json:"line"`
	Module   string `json:"module"`
	Offset   string `json:"offset"`
	Inlines  []struct {
		Function string `json:"function"`
	} `json:"inlines"`
	Unloaded []struct {
		Module string `json:"module"`
	} `json:"unloaded_modules"`
}

func decode(t *testing.T, doc []byte) processedCrash {
	t.Helper()
	var p processedCrash
	if err := json.Unmarshal(doc, &p); err != nil {
		t.Fatalf("%v in %.300s", err, doc)
	}
	return p
}

// read returns the frames that signature generation may read: those of the
// crashing thread and of thread 0.
func (p processedCrash) read() [][]testFrame {
	var stacks [][]testFrame
	for i, thread := range p.Dump.Threads {
		if i == 0 || i == p.Dump.CrashInfo.CrashingThread {
			stacks = append(stacks, thread.Frames)
		}
	}
	return stacks
}

// TestGeneratedSignaturesAreSpelt: no signature of crashes like real ones counts as one that can't be.
func TestGeneratedSignaturesAreSpelt(t *testing.T) {
	_, _, candidate := Demo()
	set, err := siglists.Load(candidate)
	if err != nil {
		t.Fatal(err)
	}
	worker := signatures.NewGenerator(set, signatures.DefaultRules()).Worker()
	generator := NewGenerator(3, Shape{})
	for i := range 1500 {
		crash, err := crashdata.ParseProcessed(generator.Document(i))
		if err != nil {
			t.Fatal(err)
		}
		result, err := worker.Generate(crash)
		if err != nil {
			t.Fatal(err)
		}
		if m := signatures.DefaultRules().Misspelt(result.Signature); m != nil {
			t.Errorf("%q: %s", result.Signature, m)
		}
	}
}

// shapes are those that tests and benchmarks use most.
var shapes = map[string]Shape{"small": {}, "large": {Large: true}}

func TestGenerateIsDeterministic(t *testing.T) {
	for name, shape := range shapes {
		t.Run(name, func(t *testing.T) {
			longer := NewGenerator(7, shape)
			i := 0
			for id, doc := range Generate(7, 40, shape) {
				if again := longer.Document(i); !bytes.Equal(doc, again) {
					t.Fatalf("crash %d differs between two generators of one seed", i)
				}
				if id != longer.Facts(i).ID {
					t.Errorf("crash %d has the ids %s and %s", i, id, longer.Facts(i).ID)
				}
				i++
			}
			if other := NewGenerator(8, shape).Document(0); bytes.Equal(other, longer.Document(0)) {
				t.Error("two seeds give the same crash")
			}
		})
	}
}

// TestGeneratedBytes pins what a seed gives, since figures measured on generated
// crashes can only be compared while the crashes stay the same.
func TestGeneratedBytes(t *testing.T) {
	for name, want := range map[string]uint64{"small": 0xdcef9cc552b6d523, "large": 0xd6909d93133637f9} {
		t.Run(name, func(t *testing.T) {
			sum := uint64(0)
			for _, doc := range Generate(1, 25, shapes[name]) {
				for _, b := range doc {
					sum = mix(sum + uint64(b))
				}
			}
			if sum != want {
				t.Errorf("digest is %#x, want %#x: update it if the change is meant, and measure the baselines again", sum, want)
			}
		})
	}
}

func TestGeneratedDocumentsAreValid(t *testing.T) {
	for name, shape := range shapes {
		t.Run(name, func(t *testing.T) {
			seen := map[string]bool{}
			for id, doc := range Generate(3, 80, shape) {
				p := decode(t, doc)
				if p.UUID != id || !crashid.Valid(id) || seen[id] {
					t.Errorf("crash id %q (uuid %q) is malformed, differs or repeats", id, p.UUID)
				}
				seen[id] = true
				if date := strings.ReplaceAll(p.Processed[2:10], "-", ""); id[len(id)-6:] != date {
					t.Errorf("%s was processed on %s", id, p.Processed)
				}
				if p.Signature == "" || p.Product == "" || p.Version == "" || p.Channel == "" || p.Build == "" || p.ProcessType == "" || p.OSName != p.Dump.System.OS {
					t.Errorf("%s lacks something: %+v", id, p)
				}
				if bytes.ContainsRune(doc, '\n') {
					t.Errorf("%s is more than one line", id)
				}
			}
		})
	}
}

// TestShapesShareWhatDecides: figures measured on small documents must hold for
// large ones.
func TestShapesShareWhatDecides(t *testing.T) {
	small, large := NewGenerator(5, shapes["small"]), NewGenerator(5, shapes["large"])
	for i := range 80 {
		a, b := decode(t, small.Document(i)), decode(t, large.Document(i))
		if a.Signature != b.Signature || a.UUID != b.UUID || a.Dump.CrashInfo.Type != b.Dump.CrashInfo.Type {
			t.Fatalf("crash %d is %s %q and %s %q", i, a.UUID, a.Signature, b.UUID, b.Signature)
		}
		at, bt := a.Dump.CrashInfo.CrashingThread, b.Dump.CrashInfo.CrashingThread
		if (at == 0) != (bt == 0) {
			t.Errorf("crash %d happens in the main thread in one shape only", i)
		}
		if len(a.Dump.Threads) == 0 {
			continue
		}
		if !sameFrames(a.Dump.Threads[at].Frames, b.Dump.Threads[bt].Frames) {
			t.Errorf("crash %d has two crashing threads", i)
		}
		if at != 0 && !sameFrames(a.Dump.Threads[0].Frames, b.Dump.Threads[0].Frames) {
			t.Errorf("crash %d has two main threads", i)
		}
	}
}

func sameFrames(a, b []testFrame) bool {
	return slices.EqualFunc(a, b, func(f, g testFrame) bool {
		return f.Function == g.Function && f.File == g.File && f.Line == g.Line && f.Module == g.Module && f.Offset == g.Offset && len(f.Inlines) == len(g.Inlines)
	})
}

// statistics are counts over generated crashes.
type statistics struct {
	crashes, bytes, frames                                                   int
	inlined, moduleOnly, offsetOnly                                          int
	shutdownhangs, ooms, aborts, ipcErrors, java, rust, otherThread, unloads int
	oses, signatures                                                         map[string]int
	distinct                                                                 map[[5]any]bool
	lengths                                                                  []int
}

func gather(t *testing.T, n int) statistics {
	s := statistics{oses: map[string]int{}, signatures: map[string]int{}, distinct: map[[5]any]bool{}}
	for _, doc := range Generate(1, n, Shape{}) {
		p := decode(t, doc)
		s.crashes++
		s.bytes += len(doc)
		s.oses[p.OSName]++
		s.signatures[p.Signature]++
		s.addKinds(p)
		for _, stack := range p.read() {
			if len(stack) > 20 { // not a watchdog, Java or empty
				s.lengths = append(s.lengths, len(stack))
			}
			for _, f := range stack {
				s.addFrame(f)
			}
		}
	}
	return s
}

func (s *statistics) addKinds(p processedCrash) {
	for counter, holds := range map[*int]bool{
		&s.shutdownhangs: runWatchdog(p),
		&s.ooms:          p.OOMSize != nil || strings.HasPrefix(p.Signature, "OOM | "),
		&s.aborts:        p.AbortMessage != "",
		&s.ipcErrors:     p.IPCError != "",
		&s.java:          p.JavaTrace != "" || p.JavaException != nil,
		&s.otherThread:   p.Dump.CrashInfo.CrashingThread != 0,
	} {
		if holds {
			*counter++
		}
	}
}

// runWatchdog says whether a crash is a shutdown hang of the expected shape:
// RunWatchdog crashes in a thread of its own, and thread 0 tells why.
func runWatchdog(p processedCrash) bool {
	at := p.Dump.CrashInfo.CrashingThread
	return at > 0 && strings.Contains(p.Dump.Threads[at].Frames[0].Function, "RunWatchdog") && len(p.Dump.Threads[0].Frames) >= 30
}

func (s *statistics) addFrame(f testFrame) {
	s.frames++
	if len(f.Inlines) > 0 {
		s.inlined++
	}
	if strings.Contains(f.File, ".rs:") {
		s.rust++
	}
	if len(f.Unloaded) > 0 {
		s.unloads++
	}
	offset := ""
	switch {
	case f.Function == "" && f.Module != "":
		s.moduleOnly++
	case f.Function == "":
		s.offsetOnly++
		offset = f.Offset
	}
	s.distinct[[5]any{f.Function, f.File, f.Line, f.Module, offset}] = true
}

func TestStatistics(t *testing.T) {
	n := 17000
	if testing.Short() {
		n = 4000
	}
	s := gather(t, n)
	between := func(what string, got, low, high float64) {
		t.Helper()
		if math.IsNaN(got) || got < low || got > high {
			t.Errorf("%s: %.4g, want %g to %g", what, got, low, high)
		}
	}
	share := func(count, of int) float64 { return float64(count) / float64(of) }
	between("shutdownhangs", share(s.shutdownhangs, n), 0.09, 0.11)
	between("OOM", share(s.ooms, n), 0.04, 0.06)
	between("aborts", share(s.aborts, n), 0.024, 0.036)
	between("IPC errors", share(s.ipcErrors, n), 0.042, 0.058)
	between("Java", share(s.java, n), 0.024, 0.036)
	between("crashes in another thread than 0", share(s.otherThread, n), 0.3, 0.55)
	between("frames with inlines", share(s.inlined, s.frames), 0.08, 0.12)
	between("frames with only a module", share(s.moduleOnly, s.frames), 0.04, 0.065)
	between("frames with only an offset", share(s.offsetOnly, s.frames), 0.014, 0.026)
	between("Rust frames", share(s.rust, s.frames), 0.05, 0.2)
	between("frames of unloaded modules", share(s.unloads, s.frames), 0.001, 0.01)
	between("Windows", share(s.oses["Windows NT"], n), 0.45, 0.72)
	for _, os := range []string{"Linux", "Mac OS X", "Android"} {
		between(os, share(s.oses[os], n), 0.05, 0.3)
	}
	between("shortest full stack", float64(slices.Min(s.lengths)), 30, 30)
	between("longest stack", float64(slices.Max(s.lengths)), 40, 40)
	between("bytes a document", share(s.bytes, n), 9_000, 15_000)
	counts := slices.Sorted(maps.Values(s.signatures))
	between("the most frequent signature", share(counts[len(counts)-1], n), 0.015, 0.08)
	if !testing.Short() {
		between("distinct frames", float64(len(s.distinct)), 20_000, 80_000)
		between("distinct signatures", float64(len(s.signatures)), 1_500, 4_000)
	}
}

func TestLargeDocuments(t *testing.T) {
	total, n := 0, 80
	shape := shapes["large"]
	for id, doc := range Generate(2, n, shape) {
		p := decode(t, doc)
		total += len(doc)
		if threads := len(p.Dump.Threads); threads != 0 && (threads < minThreads || threads > maxThreads) {
			t.Errorf("%s has %d threads", id, threads)
		}
	}
	if average := total / n; average < 80_000 || average > 200_000 {
		t.Errorf("large documents are %d bytes on average, want 80 to 200 KB", average)
	}
}

func TestGenerateStops(t *testing.T) {
	count := 0
	for range Generate(1, 10, Shape{}) {
		count++
		if count == 3 {
			break
		}
	}
	for range Generate(1, 0, Shape{}) {
		count++
	}
	if count != 3 {
		t.Errorf("saw %d crashes, want 3", count)
	}
}
