// Package crashfile is the file of crashes that a site has beside its page: all that a workbench is made of.
package crashfile

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/table"
	"github.com/sigdiff/sigdiff/internal/edited"
	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/workbench"
)

// head is the first line of a site's file of crashes, in JSON: a workbench.Config, and what JSON leaves out of it but for
// the crashes.
// JSON leaves a side's repository out, as reports for programs do, and the lists are no JSON at all: here both are needed.
type head struct {
	Files                  siglists.Sources      // of the lists
	Info                   report.Side           // of the lists
	InfoRepository, InfoIn string                // of Info
	Lines                  []report.SearchedLine // of Searched
	AllSearched            bool                  // likewise
	workbench.Config
}

// content is the second line, in JSON: what stands behind it, and the crashes that nothing can be made of.
// The crashes are a block, as in the cache, so that frames which they share are there once, also for the page.
type content struct {
	Common int // how many bytes table.BlockWriter says that the crashes share
	Parts  []part
	table.Left
}

// part is a part of the block.
type part struct {
	IDs  []string
	Size int // in bytes
}

// maxSize is how many bytes are read at once at most.
// The page would be gone before it had read that much. It bounds what a damaged length may ask for.
const maxSize = 1 << 30

// window is how far back the compression looks: crashes that are alike may be far from each other.
const window = 32 << 20

// Write writes what a workbench is made of. The same crashes and lists give the same bytes.
func Write(ctx context.Context, w io.Writer, c workbench.Config, src crashdata.Source) error {
	// A site is written once and loaded often. One goroutine, so that the same crashes are the same bytes everywhere.
	packed, err := zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithWindowSize(window), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return err
	}
	lines := json.NewEncoder(packed) // which ends each value with a line feed
	if err := lines.Encode(newHead(c)); err != nil {
		return err
	}
	all := crashes{block: table.NewBlockWriter()}
	// With one worker, whose order is that of the source.
	if err := src.Each(ctx, 1, all.add); err != nil {
		return err
	}
	blobs := all.blobs()
	if err := lines.Encode(all.content); err != nil {
		return err
	}
	for _, blob := range blobs {
		if _, err := packed.Write(blob); err != nil {
			return err
		}
	}
	return packed.Close()
}

// crashes gathers crashes.
type crashes struct {
	content
	block *table.BlockWriter
	ids   []string // of those in the block
}

// add is for the Each of a crashdata.Source.
func (c *crashes) add(_ int, id string, r *crashdata.Record, err error) error {
	if err == nil {
		// A record that the block can't take is a crash that fails, as one that can't be read: the page counts both.
		err = c.block.Add(r)
	}
	if err != nil {
		c.Left.Add(id, err)
		return nil
	}
	c.ids = append(c.ids, id)
	return nil
}

// blobs are what stands behind the content, which is complete then.
func (c *crashes) blobs() [][]byte {
	common, parts := c.block.Block()
	c.Common = len(common)
	blobs := [][]byte{common}
	for _, p := range parts {
		one := part{Size: len(p.Content)}
		for _, i := range p.Crashes {
			one.IDs = append(one.IDs, c.ids[i])
		}
		c.Parts, blobs = append(c.Parts, one), append(blobs, p.Content)
	}
	return blobs
}

// Base is not written: Open makes its signatures again, by the engine that will answer.
func newHead(c workbench.Config) head {
	info := c.Lists.Info
	h := head{Files: c.Lists.Set.Sources(), Info: info, InfoRepository: info.Repository, InfoIn: info.Folder, Config: c}
	if c.Searched != nil {
		h.Lines, h.AllSearched = c.Searched.Lines, c.Searched.All
	}
	return h
}

// config is what the head was made of, without the crashes.
func (h head) config() (workbench.Config, error) {
	set, err := h.Files.Load(nil)
	h.Info.Repository, h.Info.Folder = h.InfoRepository, h.InfoIn
	if h.Searched != nil {
		h.Searched.Lines, h.Searched.All = h.Lines, h.AllSearched
	}
	h.Config.Lists = edited.Lists{Set: set, Info: h.Info}
	return h.Config, err
}

// Open makes the workbench of a site's file of crashes.
func Open(ctx context.Context, r io.Reader) (*workbench.Workbench, error) {
	unpacked, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(window))
	if err != nil {
		return nil, err
	}
	defer unpacked.Close()
	in := bufio.NewReader(unpacked)
	var h head
	if err := readLine(in, &h); err != nil {
		return nil, fmt.Errorf("reading the crashes: %w", err)
	}
	c, err := h.config()
	if err != nil {
		return nil, err
	}
	// The signatures of the base are made in the browser, by the engine that makes all others.
	side, _, err := c.Lists.Side(c.Rules)
	if err != nil {
		return nil, err
	}
	if c.Base, err = workbench.NewBase(ctx, &stored{in: in}, side, 1); err != nil {
		return nil, fmt.Errorf("reading the crashes: %w", err)
	}
	// The corpus of the page counts crashes that can't be read, too. Fewer would be a file that was cut short.
	if c.Base.Crashes() != c.Corpus.Crashes {
		return nil, fmt.Errorf("the file has %d crashes, and should have %d", c.Base.Crashes(), c.Corpus.Crashes)
	}
	return workbench.New(c), nil
}

// stored are the crashes of a site, which can be read once, with one worker. It implements table.Blocks.
type stored struct{ in *bufio.Reader }

// readLine reads a line of JSON.
func readLine(in *bufio.Reader, v any) error {
	line, err := in.ReadBytes('\n')
	// A line that ends without a line feed was cut off.
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return err
	}
	return json.Unmarshal(line, v)
}

// Each implements crashdata.Source.
func (s *stored) Each(ctx context.Context, workers int, visit func(int, string, *crashdata.Record, error) error) error {
	return table.EachCrash(ctx, s, workers, visit)
}

// EachBlock implements table.Blocks.
func (s *stored) EachBlock(ctx context.Context, _ int, open table.OpenBlock, visit func(int, string, *crashdata.Record, error) error) error {
	var line content
	if err := readLine(s.in, &line); err != nil {
		return err
	}
	common, err := s.bytes(line.Common)
	if err != nil {
		return err
	}
	take, err := open(common)
	if err != nil {
		return err
	}
	for _, p := range line.Parts {
		content, err := s.bytes(p.Size)
		if err == nil {
			err = errors.Join(ctx.Err(), take(0, content, p.IDs, func(int) bool { return true }))
		}
		if err != nil {
			return err
		}
	}
	// Only now has the decompression compared its checksum.
	if _, err := s.in.ReadByte(); !errors.Is(err, io.EOF) {
		return errors.Join(err, errors.New("there is more behind the crashes"))
	}
	for _, id := range line.Missing {
		if err := visit(0, id, nil, crashdata.ErrMissing); err != nil {
			return err
		}
	}
	for _, f := range line.Failures {
		if err := visit(0, f.ID, nil, errors.New(f.Err)); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// bytes reads so many bytes.
func (s *stored) bytes(size int) ([]byte, error) {
	if size < 0 || size > maxSize {
		return nil, fmt.Errorf("a part of the crashes that has %d bytes", size)
	}
	all, err := io.ReadAll(io.LimitReader(s.in, int64(size))) // which makes room for what there is
	if err == nil && len(all) < size {
		err = io.ErrUnexpectedEOF
	}
	return all, err
}
