package pipeline

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/apache/beam/sdks/v2/go/pkg/beam/io/filesystem"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/register"

	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists/lint"
)

func init() { register.DoFn2x1[context.Context, []byte, error](&writeFn{}) }

// writeFn writes the report.
type writeFn struct {
	Output          string
	Name            string // of the corpus
	Fixed           bool   // whether Name holds whatever the files say
	Base, Candidate report.Side
	Lint            []lint.Finding // of the added lines
}

// ProcessElement writes the report of all crashes.
func (f *writeFn) ProcessElement(ctx context.Context, whole []byte) (err error) {
	s, err := decodeShare(whole)
	if err != nil {
		return err
	}
	if s.tally == nil {
		return errShare
	}
	corpus := report.Corpus{Name: f.Name, Crashes: s.tally.Totals().Crashes, Digest: corpora.DigestOf(s.sum)}
	if !f.Fixed && len(s.names) == 1 && s.names[0] != "" {
		corpus.Name = s.names[0]
	}
	var text strings.Builder
	r, err := report.New(ctx, f.Base, f.Candidate, corpus, s.tally)
	if err != nil {
		return fmt.Errorf("making the report: %w", err)
	}
	r.Lint = f.Lint
	if err := report.ComparisonFormats().Render(&text, "json", r, report.Options{}); err != nil {
		return fmt.Errorf("making the report: %w", err)
	}
	if err := writeFile(ctx, f.Output, text.String()); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return nil
}

func writeFile(ctx context.Context, path, text string) (err error) {
	fs, err := filesystem.New(ctx, path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, fs.Close()) }()
	return filesystem.Write(ctx, fs, path, []byte(text))
}
