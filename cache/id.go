package cache

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/sigdiff/sigdiff/crashid"
)

// dateLen is how many bytes of a crash id's 16, the last, are its date.
const dateLen = 3

// key is a crash id's bytes with those of the date in front.
type key [len(crashid.Key{})]byte

func (k key) compare(o key) int { return bytes.Compare(k[:], o[:]) }

// packID turns a crash id into its key. The error is ErrBadID.
func packID(id string) (k key, err error) {
	c, ok := crashid.Pack(id)
	if !ok {
		return k, fmt.Errorf("%.80q: %w", id, ErrBadID)
	}
	copy(k[copy(k[:], c[len(c)-dateLen:]):], c[:])
	return k, nil
}

// crash is the key as the crash id has it.
func (k key) crash() (c crashid.Key) {
	copy(c[copy(c[:], k[dateLen:]):], k[:])
	return c
}

// id returns the crash id that k stands for.
func (k key) id() string { return k.crash().String() }

// compareID orders keys as their crash ids are ordered.
func (k key) compareID(o key) int {
	a, b := k.crash(), o.crash()
	return bytes.Compare(a[:], b[:])
}

// sortKeys puts keys in order. They are put in the order of their dates first, byte by byte from the last: crashes come in the
// order of their ids mostly, as corpora have them, and are in order then already.
func sortKeys(keys []key) {
	other := make([]key, len(keys))
	for digit := dateLen - 1; digit >= 0; digit-- {
		var starts [257]int
		for _, k := range keys {
			starts[int(k[digit])+1]++
		}
		for i := range 256 {
			starts[i+1] += starts[i]
		}
		for _, k := range keys {
			other[starts[k[digit]]] = k
			starts[k[digit]]++
		}
		copy(keys, other)
	}
	slices.SortFunc(keys, key.compare)
}

// keyFrom reads a key out of the file; ok is false if it can't be one.
func keyFrom(b []byte) (k key, ok bool) {
	if len(b) != len(k) {
		return k, false
	}
	return key(b), true
}

// packAll packs ids, refusing the list if one of them is no crash id.
func packAll(ids []string) ([]key, error) {
	keys := make([]key, len(ids))
	for i, id := range ids {
		var err error
		if keys[i], err = packID(id); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// idStrings returns the ids of keys. They share one allocation.
func idStrings(keys []key) []string {
	var all strings.Builder
	all.Grow(len(keys) * crashid.Length)
	var one [crashid.Length]byte
	for _, k := range keys {
		all.Write(k.crash().Append(one[:0]))
	}
	text := all.String()
	ids := make([]string, len(keys))
	for i := range ids {
		ids[i] = text[i*crashid.Length : (i+1)*crashid.Length]
	}
	return ids
}
