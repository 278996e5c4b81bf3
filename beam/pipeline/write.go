package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/apache/beam/sdks/v2/go/pkg/beam/io/filesystem"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/register"

	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/edited"
	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists/lint"
)

func init() { register.DoFn2x1[context.Context, []byte, error](&writeFn{}) }

// writeFn writes the report.
type writeFn struct {
	Output          string
	Name            string // of the corpus; empty for what the files say
	Inputs          string // in its place where they don't
	Base, Candidate Side
}

// ProcessElement writes the report of all crashes.
func (f *writeFn) ProcessElement(ctx context.Context, whole []byte) (err error) {
	s, err := decodePart(whole)
	if err != nil {
		return err
	}
	// Shard 0 has at least a name of each file, so that there is a tally even of no crashes.
	if s.tally == nil {
		return errPart
	}
	name := f.Name
	if name == "" && len(s.names) == 1 {
		name = s.names[0]
	}
	corpus := report.Corpus{Name: cmp.Or(name, f.Inputs), Crashes: s.tally.Totals().Crashes, Digest: corpora.DigestOf(s.sum)}
	var text strings.Builder
	base, candidate, err := loadPair(f.Base, f.Candidate)
	if err != nil {
		return err
	}
	r, err := report.New(ctx, base.info, candidate.info, corpus, s.tally)
	if err != nil {
		return fmt.Errorf("making the report: %w", err)
	}
	r.Notes = append(r.Notes, edited.ListNotes(base.set, candidate.set)...)
	if r.Lint, err = lint.Added(ctx, base.set, candidate.set, signatures.Fragments()); err != nil {
		return err
	}
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
