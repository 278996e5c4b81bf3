// Package pipeline compares what two siglist sets make of crashes, as 'sigdiff diff' does, as an Apache Beam
// pipeline: for crashes that are too many for one machine, or lie where only a cluster reads them.
//
// Files are read into crash records, which are grouped into shards by crash id. A shard is compared as a
// whole, by the engine that 'sigdiff diff' runs, and gives a part: its tally, and its part of the corpus'
// digest. Shares are combined, in whatever order, and the last step writes the JSON report. A shard holds
// all copies of its crashes, so that a crash counts once, and no answer depends on how a runner bundles.
package pipeline

import (
	"errors"
	"fmt"
	"strings"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/io/fileio"
)

// Options say what is compared, and where the report goes.
type Options struct {
	// Inputs are files or globs, of any file system that is registered with Beam: exported corpora and
	// NDJSON of processed crashes, told apart by their content. One without files fails the pipeline.
	Inputs []string
	// Base and Candidate are the sides. They travel with the pipeline: workers need no siglists.
	Base, Candidate Side
	// Output is the file that the JSON report is written to, on a file system that the workers write to.
	Output string
	// Name is the corpus' name in the report. If it is empty, it is the name that the corpus was exported
	// under when all files are exports of one name, else the inputs.
	Name string
	// Shards is how many parts the crashes are compared in, at least 1. Each runs on one core, with its
	// records in memory, and starts the engine anew, which takes a fraction of a second.
	Shards int
	// Examples is how many example crashes a group of the report names.
	Examples int
}

// ErrOptions is the error over options that make no pipeline.
var ErrOptions = errors.New("no such comparison")

func (o Options) check() error {
	switch {
	case len(o.Inputs) == 0:
		return fmt.Errorf("%w: no files to read", ErrOptions)
	case o.Output == "":
		return fmt.Errorf("%w: no file to write", ErrOptions)
	case o.Shards < 1 || o.Examples < 0:
		return fmt.Errorf("%w: %d shards, %d examples", ErrOptions, o.Shards, o.Examples)
	}
	return nil
}

// New makes the pipeline. The error is ErrOptions, or about siglists that don't load.
func New(o Options) (*beam.Pipeline, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	// Here, where somebody sees it, and not on each of the workers after minutes.
	if _, _, err := loadPair(o.Base, o.Candidate); err != nil {
		return nil, err
	}
	p, s := beam.NewPipelineWithRoot()
	paths := fileio.MatchAll(s, beam.CreateList(s, o.Inputs), fileio.MatchEmptyDisallow())
	// Without the shuffle a runner may read all files in one place.
	entries := beam.ParDo(s, &readFn{Shards: o.Shards}, beam.Reshuffle(s, paths))
	parts := beam.ParDo(s, &compareFn{Base: o.Base, Candidate: o.Candidate, Examples: o.Examples}, beam.GroupByKey(s, entries))
	whole := beam.Combine(s, &joinFn{}, parts)
	write := &writeFn{Output: o.Output, Name: o.Name, Inputs: strings.Join(o.Inputs, " "), Base: o.Base, Candidate: o.Candidate}
	beam.ParDo0(s, write, whole)
	return p, nil
}
