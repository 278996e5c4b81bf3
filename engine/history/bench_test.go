package history_test

import (
	"context"
	"runtime"
	"testing"
	"testing/fstest"

	"github.com/sigdiff/sigdiff/engine/history"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/madeup"
	"github.com/sigdiff/sigdiff/siglists"
)

// benchVersions are 268 versions of a siglist set, one line apart, or two where it is moved.
func benchVersions(b *testing.B) []*siglists.Set {
	versions := siglists.NewVersions(nil)
	next := madeup.GenerateSiglists(1, 571)
	var sets []*siglists.Set
	for i := range 268 {
		fsys := fstest.MapFS{}
		for name, content := range next.Sources() {
			fsys[name.File()] = &fstest.MapFile{Data: content}
		}
		set, err := versions.Load(fsys)
		if err != nil {
			b.Fatal(err)
		}
		sets = append(sets, set)
		next = madeup.ChangeSiglists(next, uint64(i), 1)
	}
	return sets
}

// BenchmarkHistory follows 17,000 crash records in memory through 268 versions of the siglists.
func BenchmarkHistory(b *testing.B) {
	b.Run("load", func(b *testing.B) {
		for b.Loop() {
			benchVersions(b)
		}
	})
	sets, crashes := benchVersions(b), madeUp(b, 17000)
	b.Run("follow", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, err := history.Follow(context.Background(), crashes, sets, signatures.DefaultRules(),
				history.Options{Workers: runtime.GOMAXPROCS(0), Groups: 3})
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}
