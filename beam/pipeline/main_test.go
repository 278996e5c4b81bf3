package pipeline

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/beam/sdks/v2/go/pkg/beam/testing/ptest"
	"github.com/klauspost/compress/zstd"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/corpora/documents"
	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/engine/table"
	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists/lint"

	_ "github.com/apache/beam/sdks/v2/go/pkg/beam/io/filesystem/local"

	"github.com/sigdiff/sigdiff/internal/madeup"
)

// Pipelines run on the prism runner, in this process.
func TestMain(m *testing.M) { ptest.Main(m) }

// crashes are the demo's, whose signatures change, and n generated ones, as lines.
func crashes(t testing.TB, n int) (lines [][]byte) {
	t.Helper()
	demo, _, _ := madeup.Demo()
	for _, doc := range demo {
		lines = append(lines, doc)
	}
	g := madeup.NewGenerator(20, madeup.Shape{})
	for i := range n {
		lines = append(lines, g.Document(i))
	}
	return lines
}

// sides are those of the demo, from folders that are gone when this returns.
func sides(t testing.TB) (base, candidate Side) {
	t.Helper()
	_, baseFS, candidateFS := madeup.Demo()
	load := func(name string, files fs.FS) Side {
		dir := filepath.Join(t.TempDir(), name)
		if err := os.CopyFS(dir, files); err != nil {
			t.Fatal(err)
		}
		side, err := LoadSide(dir, signatures.DefaultRuleset)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		return side
	}
	return load("base", baseFS), load("candidate", candidateFS)
}

func joined(lines ...[]byte) []byte { return append(bytes.Join(lines, []byte("\n")), '\n') }

func gzipped(t testing.TB, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zstandard(t testing.TB, text []byte) []byte {
	t.Helper()
	z, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	return z.EncodeAll(text, nil)
}

// write writes files into a folder.
func write(t testing.TB, dir string, files map[string][]byte) {
	t.Helper()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// run runs a pipeline, and gives its report.
func run(t testing.TB, o Options) string {
	t.Helper()
	text, err := try(t, o)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func try(t testing.TB, o Options) (string, error) {
	t.Helper()
	o.Output, o.Examples = filepath.Join(t.TempDir(), "report.json"), 5
	p, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := ptest.Run(p); err != nil {
		return "", err
	}
	text, err := os.ReadFile(o.Output)
	return string(text), err
}

// process is sigdiff in one process, with a cache of its own.
type process struct {
	t        testing.TB
	cache    *cache.Cache
	failures []corpora.DocumentFailure
}

func newProcess(t testing.TB) *process {
	t.Helper()
	c, err := cache.Open(filepath.Join(t.TempDir(), "crashes.db"), cache.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return &process{t: t, cache: c}
}

// takeIn imports NDJSON as 'sigdiff import' does, with one worker, so that the last of several lines counts.
func (p *process) takeIn(paths ...string) {
	p.t.Helper()
	slices.Sort(paths)
	files, _, err := documents.List(p.t.Context(), paths)
	if err != nil {
		p.t.Fatal(err)
	}
	done, err := corpora.Import(p.t.Context(), p.cache, files, corpora.ImportOptions{Workers: 1, Read: func(int) {}})
	if err != nil {
		p.t.Fatal(err)
	}
	p.failures = append(p.failures, done.Failures...)
}

// export keeps crashes as a corpus and exports it.
func (p *process) export(name string, ids []string) []byte {
	p.t.Helper()
	if err := p.cache.PutCorpus(cache.Corpus{Name: name, IDs: ids}); err != nil {
		p.t.Fatal(err)
	}
	var file bytes.Buffer
	if _, err := corpora.Export(p.t.Context(), p.cache, name, &file, corpora.ExportOptions{}); err != nil {
		p.t.Fatal(err)
	}
	return file.Bytes()
}

// takeExport imports an exported corpus as 'sigdiff corpus import' does.
func (p *process) takeExport(file []byte) {
	p.t.Helper()
	if _, err := corpora.ReadExport(p.t.Context(), p.cache, bytes.NewReader(file), corpora.ReadOptions{}); err != nil {
		p.t.Fatal(err)
	}
}

// EachBlock gives the crashes of a cache, and what could not be imported into it, which a pipeline has no other
// place for.
func (s *source) EachBlock(ctx context.Context, workers int, open table.OpenBlock, visit func(int, string, *crashdata.Record, error) error) error {
	for _, f := range s.failures {
		place := strings.TrimSuffix(f.String(), ": "+f.Err.Error())
		if err := visit(0, place, nil, f.Err); err != nil {
			return err
		}
	}
	return s.Source.EachBlock(ctx, workers, open, visit)
}

type source struct {
	*corpora.Source
	failures []corpora.DocumentFailure
}

// report is the report of 'sigdiff diff' over crashes, or over everything cached for nil.
func (p *process) report(name string, ids []string, base, candidate Side) string {
	p.t.Helper()
	b, err := base.load()
	if err != nil {
		p.t.Fatal(err)
	}
	c, err := candidate.load()
	if err != nil {
		p.t.Fatal(err)
	}
	from := &source{corpora.NewSource(p.cache, ids), p.failures}
	tally, err := compare.Compare(p.t.Context(), from, b.Side, c.Side, compare.Options{Workers: 2, Examples: 5, Verdicts: true})
	if err != nil {
		p.t.Fatal(err)
	}
	corpus := report.Corpus{Name: name, Crashes: tally.Totals().Crashes, Digest: from.Digest()}
	var text strings.Builder
	if tally, err = compare.DecodePart(tally.AppendPart(nil), nil); err != nil { // parts don't hold stacks against each other
		p.t.Fatal(err)
	}
	r, err := report.New(p.t.Context(), b.info, c.info, corpus, tally)
	if err != nil {
		p.t.Fatal(err)
	}
	if r.Lint, err = lint.Added(p.t.Context(), b.set, c.set, signatures.Fragments()); err != nil {
		p.t.Fatal(err)
	}
	if err := report.ComparisonFormats().Render(&text, "json", r, report.Options{}); err != nil {
		p.t.Fatal(err)
	}
	return text.String()
}

// idOf is the crash id of a line.
func idOf(t testing.TB, line []byte) string {
	t.Helper()
	id, _, err := corpora.ReadProcessed(line)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// as is a line under another crash's id.
func as(t testing.TB, line []byte, id string) []byte {
	t.Helper()
	return bytes.ReplaceAll(line, []byte(idOf(t, line)), []byte(id))
}

func wrapped(line []byte) []byte { return fmt.Appendf(nil, `{"id": "x", "processed_crash": %s}`, line) }
