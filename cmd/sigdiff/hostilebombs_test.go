package main

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"github.com/cespare/xxhash/v2"
	"github.com/klauspost/compress/zstd"

	"github.com/sigdiff/sigdiff/engine/compare"
)

// partBomb is a part, with its checksum, that unpacks to a thousand times its size.
func partBomb() []byte {
	file := append([]byte("sigdiff part\n"), 1)
	z, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		panic(err)
	}
	head := `{"Shard":{"Index":1,"Count":1}}`
	body := binary.AppendUvarint(nil, uint64(len(head)))
	body = append(append(body, head...), compare.PartVersion, 0, 0, 0, 0)
	body = binary.AppendUvarint(body, 90<<20)
	body = append(body, make([]byte, 90<<20)...) // empty strings
	file = append(z.EncodeAll(body, file), bytes.Repeat([]byte{0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0}, 80<<10/8)...)
	return binary.LittleEndian.AppendUint64(file, xxhash.Sum64(file))
}

// corpusBomb is an exported corpus of as many crash ids as 1 MB holds, all of one day.
func corpusBomb() []byte {
	const crashes = 2_000_000
	head := fmt.Sprintf(`{"name":"bomb","crashes":%d,"documents":false}`, crashes)
	content := append([]byte("sigdiff corpus\n"), 1)
	content = append(binary.AppendUvarint(content, uint64(len(head))), head...)
	key, err := hex.DecodeString(strings.ReplaceAll(hostileID, "-", ""))
	if err != nil {
		panic(err)
	}
	var file bytes.Buffer
	z, err := zstd.NewWriter(&file, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedDefault))
	if err != nil {
		panic(err)
	}
	for i := range crashes {
		binary.BigEndian.PutUint32(key, uint32(i))
		content = append(append(content, 'M'), key...)
		if len(content) > 1<<20 {
			if _, err := z.Write(content); err != nil {
				panic(err)
			}
			content = content[:0]
		}
		if file.Len() > hostileSize-100_000 {
			break
		}
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return file.Bytes()
}

func gzipBomb() []byte {
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
	_, _ = io.CopyN(z, zeros{}, 700<<20)
	_ = z.Close()
	return b.Bytes()
}

func zstdBomb() []byte {
	var b bytes.Buffer
	z, _ := zstd.NewWriter(&b, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20))
	_, _ = io.CopyN(z, zeros{}, 2000<<20)
	_ = z.Close()
	return b.Bytes()
}

// zeros reads as spaces without end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}
