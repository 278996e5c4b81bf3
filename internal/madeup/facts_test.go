package madeup

import (
	"encoding/json"
	"strings"
	"testing"
)

// What a search knows of a crash is what its documents say.
func TestFactsAgreeWithDocuments(t *testing.T) {
	g := NewGenerator(3, Shape{ShutdownHangs: 0.5})
	for i := range 200 {
		f := g.Facts(i)
		var p processedCrash
		if err := json.Unmarshal(g.Document(i), &p); err != nil {
			t.Fatal(err)
		}
		want := Facts{
			ID: p.UUID, Signature: p.Signature, Product: p.Product, Version: p.Version, Channel: p.Channel, Build: p.Build, Platform: p.OSName,
			Process: p.ProcessType, Reason: p.Dump.CrashInfo.Type, Processed: f.Processed,
		}
		if f != want {
			t.Errorf("crash %d: %+v, but its document says %+v", i, f, want)
		}
		if got := f.Processed.Format("2006-01-02T15:04:05.000000+00:00"); got != p.Processed {
			t.Errorf("crash %d: processed %s, but its document says %s", i, got, p.Processed)
		}
	}
}

func TestShapes(t *testing.T) {
	const n = 2000
	shape := Shape{ShutdownHangs: 0.85, Large: true}
	g := NewGenerator(1, shape)
	hangs, loops, families := 0, 0, map[string]bool{}
	for i := range n {
		f := g.Facts(i)
		families[f.Signature] = true
		if strings.HasPrefix(f.Signature, "shutdownhang | ") {
			hangs++
		}
		if strings.Contains(f.Signature, "AppShell::") {
			loops++
		}
	}
	if hangs < n*82/100 || hangs > n*88/100 || loops < n/6 || loops > n/2 || len(families) < 500 {
		t.Errorf("of %d crashes %d are shutdown hangs, %d in an event loop; %d signatures", n, hangs, loops, len(families))
	}
	threads, inlines := 0, 0
	for i := range 50 {
		var p processedCrash
		if err := json.Unmarshal(g.Document(i), &p); err != nil {
			t.Fatal(err)
		}
		if len(p.Dump.Threads) < 20 || len(p.Dump.Threads) > 80 {
			t.Errorf("crash %d has %d threads", i, len(p.Dump.Threads))
		}
		threads += len(p.Dump.Threads)
		for _, thread := range p.Dump.Threads {
			for _, f := range thread.Frames {
				inlines += len(f.Inlines)
			}
		}
	}
	if threads < 50*30 || threads > 50*60 || inlines == 0 {
		t.Errorf("50 crashes have %d threads, %d inlined functions", threads, inlines)
	}
}
