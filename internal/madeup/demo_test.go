package madeup

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/sigdiff/sigdiff/crashid"
	"github.com/sigdiff/sigdiff/siglists"
)

func TestDemoCrashes(t *testing.T) {
	crashes, _, _ := Demo()
	expected := DemoExpectations()
	seen := map[string]bool{}
	oses, products, channels := map[string]int{}, map[string]int{}, map[string]int{}
	n := 0
	for id, doc := range crashes {
		p := decode(t, doc)
		oses[p.OSName]++
		products[p.Product]++
		channels[p.Channel]++
		if p.UUID != id || !crashid.Valid(id) || seen[id] || expected[n].ID != id {
			t.Errorf("crash id %q (uuid %q) is malformed, differs or repeats", id, p.UUID)
		}
		if p.Signature == "" || p.Signature != expected[n].Base {
			t.Errorf("%s: recorded signature %q, expected %q", id, p.Signature, expected[n].Base)
		}
		if date := strings.ReplaceAll(p.Processed[2:10], "-", ""); id[len(id)-6:] != date {
			t.Errorf("%s was processed on %s", id, p.Processed)
		}
		seen[id] = true
		n++
	}
	if n != len(expected) || n < 280 || n > 330 {
		t.Errorf("%d crashes and %d expectations, want about 300", n, len(expected))
	}
	if len(oses) != 4 || len(products) != 3 || len(channels) != 4 {
		t.Errorf("want four systems, three products and four channels, got %v, %v, %v", oses, products, channels)
	}
}

// TestDemoContents: the demo holds each kind of crash that sets a rule off.
func TestDemoContents(t *testing.T) {
	crashes, _, _ := Demo()
	var all bytes.Buffer
	hangs := 0
	for _, doc := range crashes {
		p := decode(t, doc)
		at := p.Dump.CrashInfo.CrashingThread
		if strings.HasPrefix(p.Signature, "shutdownhang | ") {
			hangs++
			if at == 0 || !strings.Contains(p.Dump.Threads[at].Frames[0].Function, "RunWatchdog") {
				t.Errorf("%s is no shutdown hang", p.UUID)
			}
		}
		all.Write(doc)
	}
	if hangs < 40 {
		t.Errorf("%d shutdown hangs", hangs)
	}
	for _, part := range []string{
		`"inlines":[`, `"unloaded_modules":[`, `"java_stack_trace":`, `"java_exception":`, `"abort_message":`, `"ipc_channel_error":"ShutDownKill"`, `"ipc_message_name":`,
		`"oom_allocation_size":`, `"ERROR_COMMITMENT_LIMIT"`, `"async_shutdown_timeout":`, `"hang":`, `"mdsw_status_string":`, `"EXCEPTION_STACK_OVERFLOW"`,
		`STATUS_DEVICE_DATA_ERROR`, `core::panicking::panic_fmt`, `"threads":[]`, `{"frame":0,"offset":"0x`, `{"frame":0,"module":"`,
	} {
		if !bytes.Contains(all.Bytes(), []byte(part)) {
			t.Errorf("no crash of the demo has %s", part)
		}
	}
}

// TestDemoStories: each story changes signatures as its name says.
func TestDemoStories(t *testing.T) {
	expected := DemoExpectations()
	base, candidate, changed := map[string]map[string]bool{}, map[string]map[string]bool{}, map[string]int{}
	for _, e := range expected {
		if base[e.Story] == nil {
			base[e.Story], candidate[e.Story] = map[string]bool{}, map[string]bool{}
		}
		base[e.Story][e.Base], candidate[e.Story][e.Candidate] = true, true
		if e.Base != e.Candidate {
			changed[e.Story]++
		}
	}
	for _, c := range []struct {
		story           string
		base, candidate int // signatures
		changed         int // crashes
	}{
		{"merged as intended", 3, 1, 46},
		{"dead line", 1, 1, 0},
		{"catches too much", 2, 4, 26},
		{"sentinel merges the unrelated", 4, 1, 32},
		{"lost OOM", 3, 3, 28},
		{"redundant line", 1, 1, 0},
		{"unchanged", 25, 25, 0},
	} {
		if len(base[c.story]) != c.base || len(candidate[c.story]) != c.candidate || changed[c.story] != c.changed {
			t.Errorf("%s: %d signatures become %d, %d crashes change; want %d, %d and %d", c.story, len(base[c.story]), len(candidate[c.story]), changed[c.story], c.base, c.candidate, c.changed)
		}
	}
}

func TestDemoSiglists(t *testing.T) {
	_, base, candidate := Demo()
	before, after := must(siglists.Load(base)), must(siglists.Load(candidate))
	for _, set := range []*siglists.Set{before, after} {
		if n := countLines(set); n < 25 || n > 45 {
			t.Errorf("%d lines, want about 30", n)
		}
	}
	var added, removed []string
	for _, c := range siglists.Diff(before, after) {
		if c.Added {
			added = append(added, c.Line.Text)
		} else {
			removed = append(removed, c.Line.Text)
		}
	}
	slices.Sort(added)
	want := []string{
		"JS::Call", "je_free", "mozalloc_handle_oom", "mozilla::RunnableTask::Run", "mozilla::dom::WorkerLauncher::Start::$::operator", "ns(Base)?AppShell::",
	}
	if !slices.Equal(added, want) || !slices.Equal(removed, []string{"JS::Call$"}) {
		t.Errorf("the candidate adds %q and removes %q", added, removed)
	}
}

// TestDemoTableLines: each line is a frame, or the name of a stack that there is.
func TestDemoTableLines(t *testing.T) {
	table := readDemoTable()
	stacks := slices.Collect(maps.Values(table.Stacks))
	for _, c := range table.Cases {
		stacks = append(stacks, c.Threads...)
	}
	for _, line := range slices.Concat(stacks...) {
		if name, named := strings.CutPrefix(line, "> "); named && table.Stacks[name] == nil {
			t.Errorf("%q is no stack", name)
		}
		if strings.Count(line, "|") > 3 {
			t.Errorf("%q is no frame", line)
		}
	}
}

func TestDemoFrames(t *testing.T) {
	table := demoTable{Stacks: map[string][]string{"known": {"main"}}}
	frames := table.frames([]string{"^ in | a.h:1", "out | a.cpp:2 | m", "> known"}, desktopBuilds[0])
	if len(frames) != 2 || frames[0]["inlines"] == nil || frames[1]["function"] != "main" {
		t.Errorf("frames are %v", frames)
	}
}
