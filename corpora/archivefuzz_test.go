package corpora

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/sigdiff/sigdiff/cache"
)

// FuzzReadExport reads files that may be anything.
func FuzzReadExport(f *testing.F) {
	file := seedExport(f)
	f.Add(file)
	f.Add(file[:len(file)/2])
	f.Add([]byte("not zstd at all"))
	there := newCache(f)
	f.Fuzz(func(t *testing.T, file []byte) { readAnything(t, there, file) })
}

// FuzzExportContent reads files whose compression and checksum are right, whatever they hold: what a
// mutated file seldom gets to.
func FuzzExportContent(f *testing.F) {
	decoder, err := zstd.NewReader(bytes.NewReader(seedExport(f)), zstd.WithDecoderConcurrency(1))
	if err != nil {
		f.Fatal(err)
	}
	defer decoder.Close()
	content, err := io.ReadAll(decoder)
	if err != nil {
		f.Fatal(err)
	}
	content = content[:len(content)-32] // without the checksum
	f.Add(content)
	f.Add(content[:len(content)/3])
	f.Add(append([]byte(archiveMagic), archiveVersion))
	there := newCache(f)
	f.Fuzz(func(t *testing.T, content []byte) { readAnything(t, there, packed(t, content)) })
}

func seedExport(f *testing.F) []byte {
	f.Helper()
	here := newCache(f)
	fill(f, here, 1)
	file, _ := export(f, here, ExportOptions{Documents: true})
	return file
}

// readAnything takes a file into an empty cache. A file that is refused leaves nothing; one that is
// taken is whole, and exported again it says the same. The cache is left empty.
func readAnything(t *testing.T, there *cache.Cache, file []byte) {
	done, err := ReadExport(t.Context(), there, bytes.NewReader(file), ReadOptions{})
	if err != nil {
		infos, corporaErr := there.Corpora()
		ids, idsErr := there.IDs(t.Context(), cache.Record)
		if err := errors.Join(corporaErr, idsErr); err != nil || len(infos)+len(ids) > 0 {
			t.Fatalf("refused, but %d corpora and %d records are there (%v)", len(infos), len(ids), err)
		}
		return
	}
	corpus, err := there.Corpus(done.Name)
	if err != nil || len(corpus.IDs) != done.Crashes {
		t.Fatalf("taken, but the corpus has %d crashes, not %d (%v)", len(corpus.IDs), done.Crashes, err)
	}
	if digest := digestOf(t, there, corpus.IDs); done.Processed == 0 && digest != done.Digest {
		t.Fatalf("digest %s, not %s", digest, done.Digest)
	}
	if _, err := Remove(t.Context(), there, done.Name, true); err != nil {
		t.Fatal(err)
	}
}
