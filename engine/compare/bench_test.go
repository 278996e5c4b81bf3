package compare_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/madeup"
	"github.com/sigdiff/sigdiff/siglists"
)

// benchSets are two sets in the style of the real ones that differ in ten lines.
var benchSets = sync.OnceValues(func() (base, candidate *siglists.Set) {
	base = madeup.GenerateSiglists(1, 571)
	return base, madeup.ChangeSiglists(base, 4, 10)
})

// generated are n made-up crashes.
func generated(tb testing.TB, n int) crashdata.Crashes {
	tb.Helper()
	crashes := make(crashdata.Crashes, 0, n)
	for _, doc := range madeup.Generate(1, n, madeup.Shape{}) {
		c, err := crashdata.ParseProcessed(doc)
		if err != nil {
			tb.Fatal(err)
		}
		crashes = append(crashes, c)
	}
	return crashes
}

// generatedRecords are crash records in memory, in parts.
func generatedRecords(tb testing.TB, n int) crashdata.Source {
	return compare.Stored(generated(tb, n))
}

// BenchmarkCompare compares crash records in memory, from the start of the workers on.
func BenchmarkCompare(b *testing.B) {
	base, candidate := benchSets()
	for _, n := range []int{1000, 17000, 100000} {
		crashes := generatedRecords(b, n)
		for _, verdicts := range []bool{false, true} {
			b.Run(fmt.Sprintf("crashes=%d/verdicts=%v", n, verdicts), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					_, err := compare.Compare(context.Background(), crashes,
						signatures.NewGenerator(base, signatures.DefaultRules()), signatures.NewGenerator(candidate, signatures.DefaultRules()),
						compare.Options{Workers: runtime.GOMAXPROCS(0), Examples: 5, Verdicts: verdicts})
					if err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/crash")
			})
		}
	}
}

// BenchmarkEdit compares crashes that are kept with edits of one line, step by step.
func BenchmarkEdit(b *testing.B) {
	set, _ := benchSets()
	side := signatures.NewGenerator(set, signatures.DefaultRules())
	base, err := compare.NewBase(context.Background(), generatedRecords(b, 17000), side, compare.Options{Workers: runtime.GOMAXPROCS(0), Examples: 5})
	if err != nil {
		b.Fatal(err)
	}
	for name, line := range map[string]string{"absent": "mozilla::dom::cache::Manager", "narrow": "mozilla::net::TrackListener::CreateEvent", "broad": "ns", "most": "m"} {
		b.Run(name, func(b *testing.B) {
			var steps [4]time.Duration
			crashes := 0
			for b.Loop() {
				start := time.Now()
				step := func(n int, err error) {
					if err != nil {
						b.Fatal(err)
					}
					steps[n] += time.Since(start)
					start = time.Now()
				}
				change, err := siglists.ParseChange("prefix:"+line, true)
				if err != nil {
					b.Fatal(err)
				}
				candidate, err := set.With([]siglists.Change{change})
				step(0, err)
				edited, err := base.Edit(context.Background(), candidate)
				edited.Matched()
				step(1, err)
				tally, err := edited.Compare(context.Background())
				tally.Groups()
				step(2, err)
				edited.Judge()
				step(3, nil)
				crashes = edited.Crashes
			}
			b.ReportMetric(float64(crashes), "crashes")
			for n, name := range []string{"load", "edit", "groups", "judge"} {
				b.ReportMetric(float64(steps[n].Microseconds())/1000/float64(b.N), name+"-ms")
			}
		})
	}
}

// BenchmarkGenerate makes the signature of one crash, its frames known already.
func BenchmarkGenerate(b *testing.B) {
	base, _ := benchSets()
	w := signatures.NewGenerator(base, signatures.DefaultRules()).Worker()
	crashes := generated(b, 1000)
	for i := 0; b.Loop(); i++ {
		if _, err := w.Generate(crashes[i%len(crashes)]); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkNormalize makes signatures with a new worker each time, so that every frame is normalised
// and looked up.
func BenchmarkNormalize(b *testing.B) {
	base, _ := benchSets()
	crashes := generated(b, 200)
	gen := signatures.NewGenerator(base, signatures.DefaultRules())
	for b.Loop() {
		w := gen.Worker()
		for _, c := range crashes {
			if _, err := w.Generate(c); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkParseProcessed reads processed crashes of 108 KB on average.
func BenchmarkParseProcessed(b *testing.B) {
	var docs [][]byte
	var size int
	for _, doc := range madeup.Generate(1, 50, madeup.Shape{Large: true}) {
		docs = append(docs, doc)
		size += len(doc)
	}
	b.SetBytes(int64(size))
	for b.Loop() {
		for _, doc := range docs {
			if _, err := crashdata.ParseProcessed(doc); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkDecodeRecord reads a crash record.
func BenchmarkDecodeRecord(b *testing.B) {
	var records [][]byte
	for _, c := range generated(b, 1000) {
		records = append(records, c.AppendRecord(nil))
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, err := crashdata.DecodeRecord(records[i%len(records)]); err != nil {
			b.Fatal(err)
		}
	}
}
