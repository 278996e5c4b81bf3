package signatures

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// take says which frames of a thread make the signature. Its zero value leaves that to the lists: the walk ends at the
// first frame that is no prefix.
type take struct {
	all  bool // no frame is skipped, and no sentinel cuts the stack
	most int  // frames; 0 for no limit
	hash bool // of the frames, in place of them
}

// byLists tells whether the lists say where the signature ends.
func (t take) byLists() bool { return t == take{} }

// parseTake reads the name of a ruleset that is the walk alone: stack, proto, proto:N, top:N or hash. It is false where the
// name is of another kind.
func parseTake(name string) (t take, ok bool, err error) {
	kind, n, numbered := strings.Cut(name, ":")
	switch {
	case name == "stack":
		return take{}, true, nil
	case name == "hash":
		return take{all: true, hash: true}, true, nil
	case kind == "proto":
		t = take{all: true}
	case kind != "top":
		return take{}, false, nil
	}
	if kind == "proto" && !numbered {
		return t, true, nil
	}
	t.most, err = strconv.Atoi(n)
	if err != nil || t.most < 1 {
		return take{}, true, fmt.Errorf("%q: %s:N takes a number of frames, at least 1", name, kind)
	}
	return t, true, nil
}

// hashDigits is how long the hash of a stack is. 64 bits tell the stacks of a hundred million crashes apart.
const hashDigits = 16

// text makes a signature of frames.
func (t take) text(frames []*Classified) string {
	text := strings.Join(texts(frames), Separator)
	if !t.hash {
		return text
	}
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])[:hashDigits]
}
