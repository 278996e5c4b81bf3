package cache

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"pgregory.net/rapid"
)

func TestSealKeepsContent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SampledFrom(buckets).Draw(t, "bucket")
		key := rapid.SliceOfN(rapid.Byte(), 1, 20).Draw(t, "key")
		content := bytes.Repeat(rapid.SliceOf(rapid.Byte()).Draw(t, "content"), rapid.IntRange(0, 50).Draw(t, "times"))
		at := time.Unix(rapid.Int64Range(0, 1<<32-1).Draw(t, "time"), 0)
		v, err := b.seal(key, content, at)
		if err != nil {
			t.Fatal(err)
		}
		got, h, err := b.open(key, v, []byte("before"))
		if err != nil || !bytes.Equal(got, append([]byte("before"), content...)) || !h.stored.Equal(at) {
			t.Fatalf("got %d bytes of %d, stored %v, %v", len(got)-6, len(content), h.stored, err)
		}
	})
}

// Every bit counts, and so do the key and the bucket.
func TestSealNoticesEveryChange(t *testing.T) {
	key := []byte("key")
	for _, content := range [][]byte{nil, []byte("short"), contentOf(someID, 3000)} {
		for _, b := range buckets {
			v, err := b.seal(key, content, time.Unix(1_700_000_000, 0))
			if err != nil {
				t.Fatal(err)
			}
			for bit := range len(v) * 8 {
				v[bit/8] ^= 1 << (bit % 8)
				if _, _, err := b.open(key, v, nil); err == nil {
					t.Fatalf("bucket %s: bit %d of %d changed unnoticed", b.name, bit, len(v)*8)
				}
				v[bit/8] ^= 1 << (bit % 8)
			}
			for n := range len(v) {
				if _, _, err := b.open(key, v[:n], nil); err == nil {
					t.Fatalf("bucket %s: cut to %d bytes unnoticed", b.name, n)
				}
			}
			if _, _, err := b.open([]byte("kez"), v, nil); err == nil {
				t.Fatalf("bucket %s: a value under another key went unnoticed", b.name)
			}
			for _, other := range buckets {
				if _, _, err := other.open(key, v, nil); err == nil && other.tag != b.tag {
					t.Fatalf("a value of bucket %s in bucket %s went unnoticed", b.name, other.name)
				}
			}
		}
	}
}

// forge seals a payload with whatever length and codec it claims to have.
func forge(b bucket, key []byte, codec byte, size uint64, payload []byte) []byte {
	v := make([]byte, headerLen)
	v = binary.AppendUvarint(v, size)
	v = append(v, payload...)
	v[0] = layout<<4 | codec
	binary.LittleEndian.PutUint32(v[crcAt:], checksum(b.tag, key, v))
	return v
}

// A value whose checksum is right may still have been made by an enemy.
func TestOpenLimitsDecompression(t *testing.T) {
	e, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	bomb := e.EncodeAll(make([]byte, 64<<20), nil)
	key := []byte("key")
	for name, v := range map[string][]byte{
		"more than it says":      forge(recordBucket, key, codecZstd, 1000, bomb),
		"more than the limit":    forge(recordBucket, key, codecZstd, 64<<20, bomb),
		"more than can be":       forge(recordBucket, key, codecZstd, 1<<40, bomb),
		"less than it says":      forge(recordBucket, key, codecZstd, 1<<20, e.EncodeAll([]byte("little"), nil)),
		"s2 more than it says":   forge(recordBucket, key, codecS2, 10, []byte{0xff, 0xff, 0xff, 0x7f, 0}),
		"plain, of another size": forge(recordBucket, key, codecPlain, 10, []byte("no")),
		"unknown codec":          forge(recordBucket, key, 15, 2, []byte("no")),
		"no zstd":                forge(recordBucket, key, codecZstd, 2, []byte("no")),
		"length that has no end": append(make([]byte, headerLen), bytes.Repeat([]byte{0xff}, 20)...),
	} {
		got, _, err := recordBucket.open(key, v, nil)
		if err == nil || cap(got) > 2*MaxRecord {
			t.Errorf("%s: %v, %d bytes of memory", name, err, cap(got))
		}
	}
}

func TestSealRefusesTooLarge(t *testing.T) {
	for _, b := range []bucket{recordBucket, screenBucket} {
		if _, err := b.seal([]byte("k"), make([]byte, MaxRecord+1), time.Now()); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: %v", b.name, err)
		}
	}
}

// A clock can be anywhere.
func TestUnixSeconds(t *testing.T) {
	for _, x := range []struct {
		in   time.Time
		want uint32
	}{
		{time.Time{}, 0},
		{time.Unix(-1, 0), 0},
		{time.Unix(1_700_000_000, 5), 1_700_000_000},
		{time.Unix(1<<40, 0), 1<<32 - 1},
	} {
		if got := unixSeconds(x.in); got != x.want {
			t.Errorf("unixSeconds(%v) = %d, want %d", x.in, got, x.want)
		}
	}
}

func FuzzOpenValue(f *testing.F) {
	for _, b := range buckets {
		v, err := b.seal([]byte("k"), contentOf(someID, 300), time.Now())
		if err != nil {
			f.Fatal(err)
		}
		f.Add(v, true)
	}
	f.Add([]byte{}, false)
	f.Fuzz(func(t *testing.T, v []byte, fixed bool) {
		if fixed && len(v) > headerLen {
			binary.LittleEndian.PutUint32(v[crcAt:], checksum(recordBucket.tag, []byte("k"), v))
		}
		out, _, err := recordBucket.open([]byte("k"), v, nil)
		if err == nil && len(out) > MaxRecord {
			t.Errorf("%d bytes", len(out))
		}
	})
}
