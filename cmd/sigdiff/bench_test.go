package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sigdiff/sigdiff/internal/madeup"
)

// BenchmarkImport imports 600 processed crashes, 74 MB of NDJSON, into a new cache: read, stripped,
// compressed and committed, with their crash records.
func BenchmarkImport(b *testing.B) {
	folder := b.TempDir()
	file := filepath.Join(folder, "crashes.ndjson")
	var lines bytes.Buffer
	for _, doc := range madeup.Generate(1, 600, madeup.Shape{Large: true}) {
		lines.Write(doc)
		lines.WriteByte('\n')
	}
	if err := os.WriteFile(file, lines.Bytes(), 0o600); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(lines.Len()))
	db := filepath.Join(folder, "crashes.db")
	for b.Loop() {
		if err := os.RemoveAll(db); err != nil {
			b.Fatal(err)
		}
		var out strings.Builder
		if code := run(b.Context(), []string{"import", "--cache", db, file}, nil, &out, io.Discard); code != 0 {
			b.Fatal(code, out.String())
		}
	}
}
