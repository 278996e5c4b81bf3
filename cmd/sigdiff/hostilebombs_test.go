package main

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/cespare/xxhash/v2"
	"github.com/klauspost/compress/zstd"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/report"
)

// partStart is how the tally of a part starts.
var partStart = fmt.Sprintf(`{"Version":%d`, compare.PartVersion)

// partBomb is a part, with its checksum, that unpacks to a thousand times its size.
func partBomb() []byte {
	tally, err := compare.DecodePart([]byte(partStart+"}\n"), nil)
	if err != nil {
		panic(err)
	}
	var part bytes.Buffer
	if err := (&report.Part{Tally: tally}).Write(&part); err != nil {
		panic(err)
	}
	z, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		panic(err)
	}
	head := `{"Shard":{"Index":1,"Count":1}}`
	body := append(binary.AppendUvarint(nil, uint64(len(head))), head...)
	body = append(append(body, partStart+`,"Missing":[""`...), bytes.Repeat([]byte(`,""`), 30<<20)...)
	file := z.EncodeAll(append(body, "]}\n"...), part.Bytes()[:len("sigdiff part\n")+1]) // which have the version
	file = append(file, bytes.Repeat([]byte{0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0}, 80<<10/8)...)
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

// bombPiece is what bombs unpack to, over and over.
const bombPiece = 10 << 20

// gzipBomb unpacks to 700 MB, and zstdBomb to 2 GB: one piece that is compressed once, and then a member after the other.
func gzipBomb() []byte {
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
	_, _ = z.Write(bytes.Repeat([]byte(" "), bombPiece))
	_ = z.Close()
	return bytes.Repeat(b.Bytes(), 70)
}

func zstdBomb() []byte {
	var b bytes.Buffer
	z, _ := zstd.NewWriter(&b, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20))
	_, _ = z.Write(bytes.Repeat([]byte(" "), bombPiece))
	_ = z.Close()
	return bytes.Repeat(b.Bytes(), 200)
}
