package crashdata

// AppendPieces appends the places, from and to, of the parts of a crash record that many records share:
// its frames, without their source lines, and the texts that tell builds apart. A record of another
// version, and what is none, has no such parts. Records that are kept in parts were cut by the AppendPieces of
// their time, so other parts are another RecordVersion.
func AppendPieces(to [][2]int, record []byte) [][2]int {
	if len(record) == 0 || record[0] != RecordVersion {
		return to
	}
	before := len(to)
	r := recordReader{b: record[1:], shared: &shared{size: len(record), found: to}}
	var c Crash
	r.crash(&c)
	if c.Crashing.Text != "0" && !r.failed {
		r.thread(&Thread{})
	}
	if r.failed {
		return to[:before]
	}
	return r.shared.found
}

// shared notes the places of what a recordReader reads, which then keeps nothing of what stands there.
type shared struct {
	size  int
	found [][2]int
	kinds [FrameRust + 1]Symbol // in place of the frames
}

// symbol stands for a frame of a kind.
func (p *shared) symbol(kind FrameKind) *Symbol {
	p.kinds[kind].Kind = kind
	return &p.kinds[kind]
}

// note notes a part, from where there were before bytes left to where there are after.
func (p *shared) note(before, after int) {
	if p != nil && before > after {
		p.found = append(p.found, [2]int{p.size - before, p.size - after})
	}
}
