package fetch

import (
	"context"
	"runtime"
	"testing"

	"github.com/sigdiff/sigdiff/internal/crashstatstest"
)

// BenchmarkPull pulls 2,000 crashes of 100 KB with their raw crashes over loopback, without a limit; the service runs on the same machine.
func BenchmarkPull(b *testing.B) {
	for _, with := range []struct {
		name string
		opts PullOptions
		gzip bool
	}{{"both", PullOptions{}, false}, {"noraw", PullOptions{NoRaw: true}, false}} {
		b.Run(with.name, func(b *testing.B) {
			crashes := crashstatstest.Generate(crashstatstest.Corpus{N: 2000, Size: 100_000})
			srv := crashstatstest.New(crashes, crashstatstest.Options{Limit: -1})
			defer srv.Close()
			c := mustNew(b, Config{Host: srv.URL(), Rate: Unlimited})
			b.ResetTimer()
			for b.Loop() {
				s, err := c.Pull(b.Context(), mustSurvey(b, idsOf(crashes), newMemory(), with.opts), func(context.Context, Crash) error { return nil }, with.opts)
				if err != nil || s.Fetched != 2000 {
					b.Fatal(s, err)
				}
			}
			b.ReportMetric(float64(2000*b.N)/b.Elapsed().Seconds(), "crashes/s")
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			b.ReportMetric(float64(m.Sys)/(1<<20), "MB-sys")
		})
	}
}

func BenchmarkStrip(b *testing.B) {
	doc := crashstatstest.Generate(crashstatstest.Corpus{N: 1, Size: 100_000})[0].Document(false)
	b.SetBytes(int64(len(doc)))
	for b.Loop() {
		if _, err := Strip(doc, false); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkList(b *testing.B) {
	srv := crashstatstest.New(crashstatstest.Generate(crashstatstest.Corpus{N: 17_000}), crashstatstest.Options{Limit: -1})
	defer srv.Close()
	c := mustNew(b, Config{Host: srv.URL(), Rate: Unlimited})
	for b.Loop() {
		l, err := c.List(b.Context(), lastWeeks(b), ListOptions{})
		if err != nil || len(l.IDs) != 17_000 {
			b.Fatal(err)
		}
	}
}
