package engine

import "encoding/binary"

// maxQuick is how many bytes of keys all goroutines keep together.
const maxQuick = 64 << 20

// quick counts crashes that no changed line can concern without reading more of their records than decides the
// signature: what the rules go by, and the frames that the walk adds. Where these are what they were for a
// crash before, so is the signature. It is for one goroutine.
type quick struct {
	over    *overlayWorker
	decoder *Decoder // whose pieces the marks are of
	marks   []mark   // of pieces, by number
	known   map[string]quickly
	room    int // for further keys of known, in bytes

	key       []byte // of the crash, as far as it was read
	zero      bool   // thread 0 is the crashing one
	walkable  bool   // the key says all that decides
	threads   int    // how many are in the key
	numbers   [MaxFrames]uint32
	frameMark [MaxFrames]mark
}

// quickly is what is known of the crashes with a key.
type quickly struct {
	pair *pairTally // nil where thread 0 decides too
}

// mark is what the base and the walk make of a frame.
type mark uint8

const (
	marked   mark = 1 << iota
	hasLine       // a source line follows in the record
	slow          // not to be walked over here
	isCut         // a sentinel
	isSkip        // empty or irrelevant
	isPrefix      // the walk goes on
)

// newQuick is for one of some goroutines.
func newQuick(over *overlayWorker, workers int) *quick {
	return &quick{over: over, known: map[string]quickly{}, room: maxQuick / workers}
}

// find looks a crash up. One without a stack is never found, since nothing of it is walked over.
func (q *quick) find(record *Record) *pairTally {
	q.walkable, q.threads = false, 0
	if record.crash != nil || record.reader.pieces == nil {
		return nil
	}
	r := record.reader
	if r.decoder != q.decoder {
		q.decoder, q.marks, q.known = r.decoder, nil, map[string]quickly{}
	}
	if more := len(r.pieces) - len(q.marks); more > 0 {
		q.marks = append(q.marks, make([]mark, more)...)
	}
	if !q.inputs(&r) || !q.thread(&r) || q.zero && r.left() > 0 {
		return nil
	}
	found, ok := q.known[string(q.key)]
	if ok && found.pair == nil {
		if !q.thread(&r) || r.left() > 0 {
			return nil
		}
		found = q.known[string(q.key)]
	}
	q.walkable = true
	return found.pair
}

// learn notes what became of the crash that was looked up last.
func (q *quick) learn(result Result, pair *pairTally) {
	if !q.walkable || len(q.key) > q.room {
		return
	}
	if result.hang && q.threads == 1 {
		pair = nil
	}
	q.known[string(q.key)] = quickly{pair}
	q.room -= len(q.key)
}

// inputs reads what the rules go by, up to the crashing thread, and starts the key with it.
func (q *quick) inputs(r *recordReader) bool {
	r.skipMeta()
	from := r.b
	q.zero = string(r.bytes()) == "0"
	r.bytes() // why there is no number of a crashing thread
	r.byte()  // the size of an allocation
	for range len(new(Crash).values()) {
		r.skipValue()
	}
	java := r.uint() != 0
	q.key = append(q.key[:0], from[:len(from)-len(r.b)]...)
	return !java && !r.failed
}

// thread reads a thread, walks over it, and adds to the key what the walk adds. It is false where the walk
// may depend on more.
func (q *quick) thread(r *recordReader) bool {
	odd, failure := r.uint() != 0, r.bytes()
	lastError := r.bytes()
	oddLines, n := r.uint(), r.uint()
	if r.failed || odd || len(failure) > 0 || oddLines > 0 || n > MaxFrames {
		return false
	}
	q.key = binary.AppendUvarint(q.key, uint64(len(lastError)))
	q.key = append(q.key, lastError...)
	q.threads++
	from := -1
	for i := range n {
		number, ok := r.piece()
		if !ok {
			return false
		}
		m := q.marks[number]
		if m == 0 {
			m = marked | q.classify(q.decoder.symbols.piece(number, r.pieces[number]))
			q.marks[number] = m
		}
		if m&slow != 0 {
			return false
		}
		if m&hasLine != 0 {
			r.line(0)
		}
		if m&isCut != 0 && from < 0 {
			from = i
		}
		q.numbers[i], q.frameMark[i] = uint32(number), m
	}
	return !r.failed && q.walk(max(from, 0), n)
}

// walk is walk.over, after which the key holds the frames that were added, and an end. A module that is not added
// again makes another key only.
func (q *quick) walk(from, n int) bool {
	added := false
	for i := from; i < n; i++ {
		m := q.frameMark[i]
		if m&isSkip != 0 {
			continue
		}
		q.key = binary.LittleEndian.AppendUint32(q.key, q.numbers[i]+1)
		added = true
		if m&isPrefix == 0 {
			break
		}
	}
	q.key = append(q.key, 0, 0, 0, 0)
	return added
}

// classify finds the mark of a frame. One that is not the same on every line, that fails, or that a changed line
// concerns, is not walked over here.
func (q *quick) classify(s *symbol) mark {
	if s == nil {
		return slow
	}
	e := q.over.shared(&thread{}, stackFrame{s, noLine})
	f := &e.base
	if e.lined || e.concerned || f.failed != nil || f.irrelevantErr != nil || f.prefixErr != nil {
		return slow
	}
	return hasLine.when(s.kind != FrameText) | isCut.when(f.sentinel != nil) | isSkip.when(f.text == "" || f.irrelevant.OK) |
		isPrefix.when(f.prefix.OK)
}

// when is the mark or none.
func (m mark) when(is bool) mark {
	if is {
		return m
	}
	return 0
}
