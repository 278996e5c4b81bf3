package cache

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/cespare/xxhash/v2"
	bolt "go.etcd.io/bbolt"
)

// Span is a part of a record, by its offsets, that other records have too, such as a frame. The
// file keeps each distinct one once, in the dictionary, and records refer to it by its number.
type Span struct{ From, To int }

// Bounds on the dictionary of a file. What is over them is kept in its record.
const (
	blockTexts  = 1024    // to a value in the file
	maxTexts    = 1 << 19 // all of them are in memory
	maxText     = 1024    // bytes
	fewLiterals = 1024    // bytes of a record that s2 would not make much smaller
)

var (
	errText    = errors.New("refers to a text that is not in the file")
	errContent = errors.New("checksum of the content does not match")
)

// dictionary is what records of one file share: texts by number. They are only added to.
type dictionary struct {
	load func(*dictionary) error // reads those of the file, before the first is asked for; nil: none

	once   sync.Once
	failed error // of load; it would fail again for every record

	mu      sync.RWMutex
	numbers map[string]uint32 // made when the first is added
	kept    int               // how many the file has
	dictionaryTexts
}

// dictionaryTexts are the texts by number.
type dictionaryTexts struct {
	all    []string // empty where one is lost
	states []uint64 // after each text
}

// spread is odd, so that no two texts make one state of another.
const spread = 0x9e3779b97f4a7c15

// state is that of the dictionary when it had so many texts: equal ones are of equal texts.
func (t dictionaryTexts) state(texts int) uint32 {
	if texts == 0 {
		return 0
	}
	return uint32(t.states[texts-1] >> 32)
}

// settle finds the states that the texts bring.
func (d *dictionary) settle() {
	state := uint64(0)
	if n := len(d.states); n > 0 {
		state = d.states[n-1]
	}
	for _, text := range d.all[len(d.states):] {
		state = (state ^ xxhash.Sum64String(text)) * spread
		d.states = append(d.states, state)
	}
}

// now are the texts that there are, which don't change any more.
func (d *dictionary) now() (dictionaryTexts, error) {
	if err := d.ready(); err != nil {
		return dictionaryTexts{}, err
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.dictionaryTexts, nil
}

// ready reads the file's dictionary if nobody has.
func (d *dictionary) ready() error {
	d.once.Do(func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.load != nil {
			d.failed = d.load(d)
		}
		d.settle()
		d.kept = len(d.all)
	})
	if d.failed != nil {
		return fmt.Errorf("reading the dictionary of the records: %w", d.failed)
	}
	return nil
}

// appendTo appends a record's content to v, encoded by the dictionary.
func (d *dictionary) appendTo(v, content []byte, shared []Span, sum uint64) []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	v = binary.LittleEndian.AppendUint64(v, sum)
	stateAt := len(v)
	v = append(v, make([]byte, stateLen)...)
	done, texts := 0, 0
	for _, c := range shared {
		if c.From < done || c.To <= c.From || c.To > len(content) || c.To-c.From > maxText {
			continue
		}
		n, ok := d.number(content[c.From:c.To])
		if !ok {
			continue
		}
		v = binary.AppendUvarint(v, uint64(c.From-done))
		v = append(v, content[done:c.From]...)
		v = binary.AppendUvarint(v, uint64(n))
		done, texts = c.To, max(texts, int(n)+1)
	}
	binary.LittleEndian.PutUint32(v[stateAt:], uint32(texts))
	binary.LittleEndian.PutUint32(v[stateAt+4:], d.state(texts))
	v = binary.AppendUvarint(v, uint64(len(content)-done))
	return append(v, content[done:]...)
}

// number is the number of a text, which may be new.
func (d *dictionary) number(span []byte) (uint32, bool) {
	if d.numbers == nil {
		d.numbers = make(map[string]uint32, len(d.all))
		for n, text := range d.all {
			if text != "" {
				d.numbers[text] = uint32(n)
			}
		}
	}
	if n, ok := d.numbers[string(span)]; ok {
		return n, true
	}
	if len(d.all) >= maxTexts {
		return 0, false
	}
	n, text := uint32(len(d.all)), string(span)
	d.all = append(d.all, text)
	d.settle()
	d.numbers[text] = n
	return n, true
}

// addBlock takes the texts of a block of the file. Blocks may come in any order; of two of one number
// the longer counts, since blocks only grow.
func (d *dictionary) addBlock(number int, content []byte) error {
	at := number * blockTexts
	texts := string(content)
	for n := 0; len(content) > 0; n++ {
		size, used := binary.Uvarint(content)
		if used <= 0 || size > uint64(len(content)-used) || n == blockTexts {
			return errShort
		}
		from := len(texts) - len(content) + used
		d.reserve(at + n + 1)
		d.all[at+n] = texts[from : from+int(size)]
		content = content[used+int(size):]
	}
	return nil
}

// reserve makes sure that there are n numbers.
func (d *dictionary) reserve(n int) {
	for len(d.all) < n {
		d.all = append(d.all, "")
	}
}

// block is the content of a block in the file.
func (d *dictionary) block(number int) []byte {
	var content []byte
	for _, text := range d.all[number*blockTexts : min((number+1)*blockTexts, len(d.all))] {
		content = binary.AppendUvarint(content, uint64(len(text)))
		content = append(content, text...)
	}
	return content
}

// blockKeys are the keys of a block, in the meta bucket, and of its copy, which lies apart.
func blockKeys(number int) [2]string {
	return [...]string{fmt.Sprintf("%sa/%08x", metaDictionary, number), fmt.Sprintf("%sb/%08x", metaDictionary, number)}
}

func parseBlockKey(name string) (number int, ok bool) {
	rest, found := strings.CutPrefix(name, metaDictionary)
	if !found || len(rest) < 2 {
		return 0, false
	}
	n, err := strconv.ParseUint(rest[2:], 16, 31)
	return int(n), err == nil && n < maxTexts/blockTexts
}

// keepDictionary writes the texts that the file doesn't have yet, and returns how many it has then. It must
// be in the transaction that writes the first records with them, or in one before.
func (c *Cache) keepDictionary(tx *bolt.Tx) (int, error) {
	d := &c.codec.dictionary
	d.mu.RLock()
	defer d.mu.RUnlock()
	for from := d.kept; from < len(d.all); from = (from/blockTexts + 1) * blockTexts {
		number := from / blockTexts
		content := d.block(number)
		for _, name := range blockKeys(number) {
			if err := c.put(tx, metaBucket, name, content); err != nil {
				return 0, err
			}
		}
	}
	return len(d.all), nil
}

// haveKept notes that a transaction with texts was committed.
func (d *dictionary) haveKept(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.kept = max(d.kept, n)
}

// loadDictionary reads the file's dictionary. A block of which both copies are damaged is left out; the records
// that refer to it then say so.
func (c *Cache) loadDictionary(d *dictionary) error {
	return c.view(func(tx *bolt.Tx) error {
		bb := tx.Bucket([]byte(metaBucket.name))
		if bb == nil {
			return nil
		}
		readable := map[int]bool{}
		cur := bb.Cursor()
		for k, _ := cur.Seek([]byte(metaDictionary)); bytes.HasPrefix(k, []byte(metaDictionary)); k, _ = cur.Next() {
			if err := metaBucket.plausible(k, nil); err != nil {
				return err
			}
			number, ok := parseBlockKey(string(k))
			if !ok || readable[number] {
				continue
			}
			content, _, err := c.get(tx, metaBucket, string(k))
			readable[number] = err == nil && d.addBlock(number, content) == nil
		}
		for number, ok := range readable {
			if !ok { // its numbers must not be given to others
				d.reserve((number + 1) * blockTexts)
			}
		}
		return nil
	})
}
