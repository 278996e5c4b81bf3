package cache

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/klauspost/compress/zstd"
	bolt "go.etcd.io/bbolt"
)

// maxDictionary is the most bytes a dictionary may have.
const maxDictionary = 1 << 20

// dictionary compresses small values of one kind against text they share.
type dictionary struct {
	number  byte
	kind    Kind
	encoder *zstd.Encoder
	decoder *zstd.Decoder
}

// newDictionary takes a dictionary made by zstd's trainer, or any text that
// resembles the values.
func newDictionary(number byte, k Kind, content []byte) (*dictionary, error) {
	const trained = "\x37\xa4\x30\xec" // RFC 8878, section 5
	enc, dec := zstd.WithEncoderDictRaw(uint32(number), content), zstd.WithDecoderDictRaw(uint32(number), content)
	if strings.HasPrefix(string(content), trained) {
		enc, dec = zstd.WithEncoderDict(content), zstd.WithDecoderDicts(content)
	}
	encoder, err := newEncoder(zstd.SpeedFastest, enc)
	if err != nil {
		return nil, fmt.Errorf("dictionary %d: %w", number, err)
	}
	decoder, err := newDecoder(dec)
	if err != nil {
		return nil, fmt.Errorf("dictionary %d: %w", number, err)
	}
	return &dictionary{number: number, kind: k, encoder: encoder, decoder: decoder}, nil
}

// dictionaries are those of one file, by number. Values name theirs, so old
// ones stay when a better one comes.
type dictionaries struct {
	mu  sync.RWMutex
	all map[byte]*dictionary
}

// latest returns the newest dictionary for a bucket's blobs, or nil.
func (d *dictionaries) latest(b bucket) *dictionary {
	d.mu.RLock()
	defer d.mu.RUnlock()
	var best *dictionary
	for _, one := range d.all {
		if b.kind != 0 && one.kind == b.kind && (best == nil || one.number > best.number) {
			best = one
		}
	}
	return best
}

func (d *dictionaries) get(number byte) (*dictionary, error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if one := d.all[number]; one != nil {
		return one, nil
	}
	return nil, fmt.Errorf("dictionary %d is not in the file", number)
}

func (d *dictionaries) add(one *dictionary) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.all == nil {
		d.all = map[byte]*dictionary{}
	}
	d.all[one.number] = one
}

func (d *dictionaries) count() int {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return len(d.all)
}

// next returns the number for a new dictionary.
func (d *dictionaries) next() (byte, error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	for n := 1; n < 256; n++ {
		if d.all[byte(n)] == nil {
			return byte(n), nil
		}
	}
	return 0, errors.New("the file has 255 dictionaries, and no room for another")
}

// Keys of a dictionary: "dict/3/N" and, since much depends on it, a second one.
func dictKeys(number byte, k Kind) [2]string {
	one := fmt.Sprintf("%s%d/%d", metaDict, k, number)
	return [2]string{one, one + "/copy"}
}

// SetDictionary keeps a dictionary in the cache and compresses with it every blob
// of kind k that is put from now on. It may be one that zstd's trainer made, or text
// that resembles the blobs, at most 1 MiB. What is stored already stays readable.
func (c *Cache) SetDictionary(k Kind, content []byte) error {
	if !k.valid() || len(content) == 0 || len(content) > maxDictionary {
		return fmt.Errorf("dictionary for %s blobs: %d bytes are not between 1 and %d", k, len(content), maxDictionary)
	}
	number, err := c.codec.dicts.next()
	if err != nil {
		return fmt.Errorf("cache %s: %w", c.path, err)
	}
	d, err := newDictionary(number, k, content)
	if err != nil {
		return err
	}
	err = c.update(func(tx *bolt.Tx) error {
		for _, name := range dictKeys(number, k) {
			if err := c.putMeta(tx, name, content); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		c.codec.dicts.add(d)
	}
	return err
}

// loadDictionaries reads the file's dictionaries. One of which both copies are
// damaged is left out; what was compressed with it then says so.
func (c *Cache) loadDictionaries(tx *bolt.Tx) error {
	cur := tx.Bucket([]byte(metaBucket.name)).Cursor()
	for k, _ := cur.Seek([]byte(metaDict)); bytes.HasPrefix(k, []byte(metaDict)); k, _ = cur.Next() {
		if err := metaBucket.plausible(k, nil); err != nil {
			return err
		}
		kind, number, ok := parseDictKey(string(k))
		if _, err := c.codec.dicts.get(number); err == nil || !ok {
			continue
		}
		content, _, err := c.getMeta(tx, string(k))
		if err != nil {
			continue
		}
		d, err := newDictionary(number, kind, content)
		if err != nil {
			return err
		}
		c.codec.dicts.add(d)
	}
	return nil
}

func parseDictKey(name string) (k Kind, number byte, ok bool) {
	parts := strings.Split(name, "/")
	if len(parts) < 3 {
		return 0, 0, false
	}
	kind, err1 := strconv.ParseUint(parts[1], 10, 8)
	n, err2 := strconv.ParseUint(parts[2], 10, 8)
	return Kind(kind), byte(n), err1 == nil && err2 == nil && Kind(kind).valid()
}
