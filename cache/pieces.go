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

// Piece is a part of a record, given by its offsets, that other records have too, such as a frame. The
// file keeps each distinct piece once, and records by its number.
type Piece struct{ From, To int }

// Bounds on the pieces of a file. What is over them is kept in its record.
const (
	blockPieces = 1024    // to a value in the file
	maxPieces   = 1 << 19 // all of them are in memory
	maxPiece    = 1024    // bytes
	fewLiterals = 1024    // bytes of a record that s2 would not make much smaller
)

var (
	errPiece   = errors.New("refers to a piece that is not in the file")
	errContent = errors.New("checksum of the content does not match")
)

// pieces are those of one file, by number. They are only added to.
type pieces struct {
	load func(*pieces) error // reads those of the file, before the first is asked for; nil: none

	once   sync.Once
	failed error // of load; it would fail again for every record

	mu      sync.RWMutex
	numbers map[string]uint32 // made when the first is added
	kept    int               // how many the file has
	pieceTable
}

// pieceTable is the pieces by number.
type pieceTable struct {
	all  []string // empty where a piece is lost
	sums []uint64 // what each counts in the sum of a record's pieces
}

// add gives a piece the next number.
func (p *pieces) add(text string) {
	p.all, p.sums = append(p.all, text), append(p.sums, xxhash.Sum64String(text))
}

// now are the pieces that there are, which don't change any more.
func (p *pieces) now() (pieceTable, error) {
	if err := p.ready(); err != nil {
		return pieceTable{}, err
	}
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.pieceTable, nil
}

// ready reads the file's pieces if nobody has.
func (p *pieces) ready() error {
	p.once.Do(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.load != nil {
			p.failed = p.load(p)
		}
		p.kept = len(p.all)
	})
	if p.failed != nil {
		return fmt.Errorf("reading the pieces of records: %w", p.failed)
	}
	return nil
}

// appendTo appends a record's content to v as parts, of which some are pieces.
func (p *pieces) appendTo(v, content []byte, cut []Piece, sum uint64) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	v = binary.LittleEndian.AppendUint64(v, sum)
	foldAt := len(v)
	v = append(v, make([]byte, foldLen)...)
	done, folded := 0, uint64(0)
	for _, c := range cut {
		if c.From < done || c.To <= c.From || c.To > len(content) || c.To-c.From > maxPiece {
			continue
		}
		n, ok := p.number(content[c.From:c.To])
		if !ok {
			continue
		}
		v = binary.AppendUvarint(v, uint64(c.From-done))
		v = append(v, content[done:c.From]...)
		v = binary.AppendUvarint(v, uint64(n))
		folded = fold(folded, p.sums[n])
		done = c.To
	}
	binary.LittleEndian.PutUint32(v[foldAt:], uint32(folded>>32))
	v = binary.AppendUvarint(v, uint64(len(content)-done))
	return append(v, content[done:]...)
}

// number is the number of a piece, which may be new.
func (p *pieces) number(piece []byte) (uint32, bool) {
	if p.numbers == nil {
		p.numbers = make(map[string]uint32, len(p.all))
		for n, text := range p.all {
			if text != "" {
				p.numbers[text] = uint32(n)
			}
		}
	}
	if n, ok := p.numbers[string(piece)]; ok {
		return n, true
	}
	if len(p.all) >= maxPieces {
		return 0, false
	}
	n, text := uint32(len(p.all)), string(piece)
	p.add(text)
	p.numbers[text] = n
	return n, true
}

// addBlock takes the pieces of a block of the file. Blocks may come in any order; of two of one number
// the longer counts, since blocks only grow.
func (p *pieces) addBlock(number int, content []byte) error {
	at := number * blockPieces
	texts := string(content)
	for n := 0; len(content) > 0; n++ {
		size, used := binary.Uvarint(content)
		if used <= 0 || size > uint64(len(content)-used) || n == blockPieces {
			return errShort
		}
		from := len(texts) - len(content) + used
		p.reserve(at + n + 1)
		p.all[at+n] = texts[from : from+int(size)]
		p.sums[at+n] = xxhash.Sum64String(p.all[at+n])
		content = content[used+int(size):]
	}
	return nil
}

// reserve makes sure that there are n numbers.
func (p *pieces) reserve(n int) {
	for len(p.all) < n {
		p.add("")
	}
}

// block is the content of a block in the file.
func (p *pieces) block(number int) []byte {
	var content []byte
	for _, text := range p.all[number*blockPieces : min((number+1)*blockPieces, len(p.all))] {
		content = binary.AppendUvarint(content, uint64(len(text)))
		content = append(content, text...)
	}
	return content
}

// blockKeys are the keys of a block, in the meta bucket, and of its copy, which lies apart.
func blockKeys(number int) [2]string {
	return [...]string{fmt.Sprintf("%sa/%08x", metaPieces, number), fmt.Sprintf("%sb/%08x", metaPieces, number)}
}

func parseBlockKey(name string) (number int, ok bool) {
	rest, found := strings.CutPrefix(name, metaPieces)
	if !found || len(rest) < 2 {
		return 0, false
	}
	n, err := strconv.ParseUint(rest[2:], 16, 31)
	return int(n), err == nil && n < maxPieces/blockPieces
}

// keepPieces writes the pieces that the file doesn't have yet, and returns how many it has then. It must
// be in the transaction that writes the first records with them, or in one before.
func (c *Cache) keepPieces(tx *bolt.Tx) (int, error) {
	p := &c.codec.pieces
	p.mu.RLock()
	defer p.mu.RUnlock()
	for from := p.kept; from < len(p.all); from = (from/blockPieces + 1) * blockPieces {
		number := from / blockPieces
		content := p.block(number)
		for _, name := range blockKeys(number) {
			if err := c.put(tx, metaBucket, name, content); err != nil {
				return 0, err
			}
		}
	}
	return len(p.all), nil
}

// haveKept notes that a transaction with pieces was committed.
func (p *pieces) haveKept(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.kept = max(p.kept, n)
}

// loadPieces reads the file's pieces. A block of which both copies are damaged is left out; the records
// that were cut by it then say so.
func (c *Cache) loadPieces(p *pieces) error {
	return c.view(func(tx *bolt.Tx) error {
		bb := tx.Bucket([]byte(metaBucket.name))
		if bb == nil {
			return nil
		}
		readable := map[int]bool{}
		cur := bb.Cursor()
		for k, _ := cur.Seek([]byte(metaPieces)); bytes.HasPrefix(k, []byte(metaPieces)); k, _ = cur.Next() {
			if err := metaBucket.plausible(k, nil); err != nil {
				return err
			}
			number, ok := parseBlockKey(string(k))
			if !ok || readable[number] {
				continue
			}
			content, _, err := c.get(tx, metaBucket, string(k))
			readable[number] = err == nil && p.addBlock(number, content) == nil
		}
		for number, ok := range readable {
			if !ok { // its numbers must not be given to others
				p.reserve((number + 1) * blockPieces)
			}
		}
		return nil
	})
}
