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
	"github.com/sigdiff/sigdiff/internal/edited"
	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/workbench"
)

// head is the first line of a site's file of crashes, in JSON: a workbench.Config, and what JSON leaves out of it but for
// the crashes.
type head struct {
	Files                  siglists.Sources // of the lists
	Info                   report.Side      // of the lists
	InfoRepository, InfoIn string           // of Info
	Absent                 []siglists.Line  // of Searched
	workbench.Config
}

// crash is a line that follows for each crash, in JSON. Behind it stand the texts of its record that no crash had before,
// and the layout of the record: see crashdata.Encoded.
type crash struct {
	ID      string
	Texts   []int // how many bytes they have
	Layout  int   // likewise
	Missing bool
	Error   string // why there is no record
}

// maxText is how many bytes such a text or a layout has at most.
const maxText = 16 << 20

// window is how far back the compression looks: crashes that are alike may be far from each other.
const window = 32 << 20

// Write writes what a workbench is made of. The same crashes and lists give the same bytes.
func Write(ctx context.Context, w io.Writer, c workbench.Config, src crashdata.Source) error {
	packed, err := zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithWindowSize(window), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return err
	}
	out := &writer{packed: packed, lines: json.NewEncoder(packed)} // which ends each value with a line feed
	if err := out.lines.Encode(newHead(c)); err != nil {
		return err
	}
	if err := src.Each(ctx, 1, out.crash); err != nil {
		return err
	}
	return packed.Close()
}

// writer writes crashes.
type writer struct {
	packed     io.Writer
	lines      *json.Encoder
	dictionary crashdata.Dictionary
	written    int // of its texts
}

// crash is for the Each of a crashdata.Source.
func (w *writer) crash(_ int, id string, r *crashdata.Record, err error) error {
	one := crash{ID: id, Missing: errors.Is(err, crashdata.ErrMissing)}
	var read *crashdata.Crash
	var texts []byte
	if err == nil {
		read, err = r.Crash()
	}
	switch {
	case err == nil:
		encoded := w.dictionary.Encode(read.Record())
		for _, text := range encoded.Dictionary[w.written:] {
			one.Texts = append(one.Texts, len(text))
			texts = append(texts, text...)
		}
		w.written, one.Layout = len(encoded.Dictionary), len(encoded.Layout)
		texts = append(texts, encoded.Layout...)
	case !one.Missing:
		one.Error = err.Error()
	}
	if err := w.lines.Encode(one); err != nil {
		return err
	}
	_, err = w.packed.Write(texts)
	return err
}

func newHead(c workbench.Config) head {
	info := c.Lists.Info
	h := head{Files: c.Lists.Set.Sources(), Info: info, InfoRepository: info.Repository, InfoIn: info.Folder, Config: c}
	if c.Searched != nil {
		h.Absent = c.Searched.Absent
	}
	return h
}

// config is what the head was made of, without the crashes.
func (h head) config() (workbench.Config, error) {
	set, err := h.Files.Load(nil)
	h.Info.Repository, h.Info.Folder = h.InfoRepository, h.InfoIn
	if h.Searched != nil {
		h.Searched.Absent = h.Absent
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
	side, _, err := c.Lists.Side(c.Rules)
	if err != nil {
		return nil, err
	}
	if c.Base, err = workbench.NewBase(ctx, stored{in}, side, 1); err != nil {
		return nil, fmt.Errorf("reading the crashes: %w", err)
	}
	if c.Base.Crashes() != c.Corpus.Crashes {
		return nil, fmt.Errorf("the file has %d crashes, and should have %d", c.Base.Crashes(), c.Corpus.Crashes)
	}
	return workbench.New(c), nil
}

// stored are the crashes of a site, which can be read once.
type stored struct{ in *bufio.Reader }

// readLine reads a line of JSON; io.EOF where there is none.
func readLine(in *bufio.Reader, v any) error {
	line, err := in.ReadBytes('\n')
	if errors.Is(err, io.EOF) && len(line) > 0 {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return err
	}
	return json.Unmarshal(line, v)
}

// Each implements crashdata.Source with one worker.
func (s stored) Each(ctx context.Context, _ int, visit func(int, string, *crashdata.Record, error) error) error {
	decoder := crashdata.NewDecoder()
	var dictionary []string
	for {
		var one crash
		if err := readLine(s.in, &one); errors.Is(err, io.EOF) {
			return ctx.Err()
		} else if err != nil {
			return err
		}
		for _, size := range one.Texts {
			text, err := s.text(size)
			if err != nil {
				return err
			}
			dictionary = append(dictionary, string(text))
		}
		layout, err := s.text(one.Layout)
		if err != nil {
			return err
		}
		r, err := one.open(decoder, crashdata.Encoded{Layout: layout, Dictionary: dictionary})
		if err := visit(0, one.ID, r, err); err != nil {
			return err
		}
	}
}

// text reads so many bytes.
func (s stored) text(size int) ([]byte, error) {
	if size < 0 || size > maxText {
		return nil, fmt.Errorf("a part of a record that has %d bytes", size)
	}
	text := make([]byte, size)
	_, err := io.ReadFull(s.in, text)
	return text, err
}

func (c *crash) open(d *crashdata.Decoder, p crashdata.Encoded) (*crashdata.Record, error) {
	switch {
	case c.Missing:
		return nil, crashdata.ErrMissing
	case c.Error != "":
		return nil, errors.New(c.Error)
	}
	return d.OpenEncoded(p)
}
