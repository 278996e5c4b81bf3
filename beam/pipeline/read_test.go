package pipeline

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/apache/beam/sdks/v2/go/pkg/beam/io/fileio"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/io/filesystem"
)

// errBroken is what the storage of these tests says in the middle of a file.
var errBroken = errors.New("connection reset")

// brokenStorage is a file system whose files break off after a line.
type brokenStorage struct{ filesystem.Interface }

func (brokenStorage) Close() error { return nil }

func (brokenStorage) OpenRead(context.Context, string) (io.ReadCloser, error) {
	return io.NopCloser(io.MultiReader(strings.NewReader("{}\n"), brokenReader{})), nil
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errBroken }

// TestStorageFails: what storage fails to give is no crash that fails: the runner has to try again.
func TestStorageFails(t *testing.T) {
	filesystem.Register("broken", func(context.Context) filesystem.Interface { return brokenStorage{} })
	for _, path := range []string{"broken://crashes.ndjson", "broken://crashes"} {
		f := &readFn{Shards: 2}
		err := f.ProcessElement(t.Context(), fileio.FileMetadata{Path: path}, func(int, Entry) {})
		if !errors.Is(err, errBroken) {
			t.Errorf("%s: %v", path, err)
		}
	}
}
