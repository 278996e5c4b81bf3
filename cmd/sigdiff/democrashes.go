package main

import (
	"time"

	"github.com/sigdiff/sigdiff/internal/crashstatstest"
	"github.com/sigdiff/sigdiff/internal/madeup"
)

const (
	demoSeed = 2026 // of all that is generated: the demo is the same everywhere
	// demoHangs is the share of shutdown hangs: 17,000 of 20,000.
	demoHangs = 0.85
	// demoExample is a crash of the demo whose signature changes.
	demoExample = "04e5bd89-8311-e4d3-dc8c-951ce1261010"
	// demoTooBig is a signature of the demo's that holds several causes.
	demoTooBig = "JS::CallbackTracer::onObjectEdge"
)

// demoNow is the stand-in's clock: its crashes are of the month before.
func demoNow() time.Time { return time.Date(2026, time.November, 2, 12, 0, 0, 0, time.UTC) }

// demoCrashes are n generated crashes and those that tell stories. Documents are made when they are asked for.
func demoCrashes(n int) ([]crashstatstest.Crash, error) {
	stories, _, _, err := madeup.Demo()
	if err != nil {
		return nil, err
	}
	var crashes []crashstatstest.Crash
	for _, doc := range stories {
		crash, err := crashstatstest.NewCrash(doc, nil)
		if err != nil {
			return nil, err
		}
		raw := []byte(`{"uuid":"` + crash.ID + `","Vendor":"Mozilla"}`)
		// The raw crash is as small as one can be: signatures are made without it.
		crash.Documents = func() ([]byte, []byte) { return doc, raw }
		crashes = append(crashes, crash)
	}
	g := madeup.NewShapedGenerator(demoSeed, madeup.Shape{ShutdownHangs: demoHangs, MinThreads: 20, MaxThreads: 80, EventLoops: true})
	// The documents of 20,000 crashes would fill the memory. Each is made anew when it is fetched.
	for i := range n {
		crashes = append(crashes, generatedCrash(g, i))
	}
	return crashes, nil
}

// roomyDocument is how many bytes most of the generated documents fit into.
const roomyDocument = 192 << 10

func generatedCrash(g *madeup.Generator, i int) crashstatstest.Crash {
	f := g.Facts(i)
	raw := func() []byte { return g.AppendRawCrash(nil, i) }
	return crashstatstest.Crash{
		ID: f.ID, Date: f.Processed, Public: true,
		Columns: map[string]any{
			"signature": f.Signature, "product": f.Product, "version": f.Version, "release_channel": f.Channel, "build_id": f.Build,
			"platform": f.Platform, "process_type": f.Process, "reason": f.Reason,
		},
		Documents: func() ([]byte, []byte) { return g.AppendCrash(make([]byte, 0, roomyDocument), i), raw() },
		Raw:       raw,
	}
}
