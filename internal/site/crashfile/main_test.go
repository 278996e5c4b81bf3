package crashfile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/edited"
	"github.com/sigdiff/sigdiff/internal/enginetest"
	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/workbench"
)

// given is a crash of a source: a processed crash, or why there is none.
type given struct {
	processed []byte
	err       error
}

// source gives crashes, the i-th with the id of that number.
type source []given

var (
	errMissing = fmt.Errorf("of a part: %w", crashdata.ErrMissing)
	errBad     = errors.New("a page of the cache is damaged: <b>")
)

// Each implements crashdata.Source.
func (s source) Each(ctx context.Context, _ int, visit func(int, string, *crashdata.Record, error) error) error {
	for i, g := range s {
		var r *crashdata.Record
		if g.err == nil {
			c, err := crashdata.ParseProcessed(g.processed)
			if err != nil {
				return err
			}
			r = crashdata.NewRecord(c)
		}
		if err := errors.Join(ctx.Err(), visit(0, enginetest.ID(i), r, g.err)); err != nil {
			return err
		}
	}
	return nil
}

// some are a few crashes, of which one is missing and one can't be read.
func some() source {
	var s source
	for _, doc := range enginetest.Crashes(
		enginetest.NewStack(2, "poll a::run main", ""), enginetest.NewStack(1, "wait a::run main", `, "product": "Fenix"`), enginetest.NewStack(1, "", ""),
	) {
		s = append(s, given{processed: doc})
	}
	return append(s, given{err: errMissing}, given{err: errBad})
}

// configOf is what a workbench with so many crashes is made of.
func configOf(set *siglists.Set, crashes int) workbench.Config {
	return workbench.Config{
		Lists: edited.Lists{Set: set, Info: report.Side{Spec: "main"}}, Rules: signatures.DefaultRuleset,
		Corpus: report.Corpus{Name: "some", Crashes: crashes}, Folder: "lists", Command: workbench.Command{Base: "main"},
	}
}

func newSet(t interface{ Fatal(...any) }) *siglists.Set {
	return enginetest.NewSet(t, "sentinel", "# why\nskipped\n", "poll\npoll\r\n\n", "lined")
}

// written is a site's file.
func written(t interface{ Fatal(...any) }, c workbench.Config, src crashdata.Source) []byte {
	var file bytes.Buffer
	if err := Write(context.Background(), &file, c, src); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func open(file []byte) (*workbench.Workbench, error) {
	return Open(context.Background(), bytes.NewReader(file))
}

// unpacked is the content of a file, and packed is a file of a content.
func unpacked(t interface{ Fatal(...any) }, file []byte) []byte {
	reader, err := zstd.NewReader(bytes.NewReader(file), zstd.WithDecoderMaxWindow(window))
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	content, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func packed(t interface{ Fatal(...any) }, content []byte) []byte {
	packer, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(zstd.MinWindowSize))
	if err != nil {
		t.Fatal(err)
	}
	return packer.EncodeAll(content, nil)
}

// openContent opens a file of a content.
func openContent(t *testing.T, content []byte) error {
	t.Helper()
	_, err := open(packed(t, content))
	return err
}
