package cache

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sigdiff/sigdiff/crashid"
)

// packID turns a crash id into its key. The error is ErrBadID.
func packID(id string) (crashid.Key, error) {
	k, ok := crashid.Pack(id)
	if !ok {
		return k, fmt.Errorf("%.80q: %w", id, ErrBadID)
	}
	return k, nil
}

// sortKeys puts keys in order. They are put in the order of their dates first, byte by byte from the last: crashes come in the
// order of their ids mostly, as corpora have them, and are in order then already.
func sortKeys(keys []crashid.Key) {
	other := make([]crashid.Key, len(keys))
	for digit := crashid.DateLength - 1; digit >= 0; digit-- {
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
	slices.SortFunc(keys, crashid.Key.Compare)
}

// keyFrom reads a key out of the file; ok is false if it can't be one.
func keyFrom(b []byte) (k crashid.Key, ok bool) {
	if len(b) != len(k) {
		return k, false
	}
	return crashid.Key(b), true
}

// packAll packs ids, refusing the list if one of them is no crash id.
func packAll(ids []string) ([]crashid.Key, error) {
	keys := make([]crashid.Key, len(ids))
	for i, id := range ids {
		var err error
		if keys[i], err = packID(id); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// idStrings returns the ids of keys. They share one allocation.
func idStrings(keys []crashid.Key) []string {
	var all strings.Builder
	all.Grow(len(keys) * crashid.Length)
	var one [crashid.Length]byte
	for _, k := range keys {
		all.Write(k.Append(one[:0]))
	}
	text := all.String()
	ids := make([]string, len(keys))
	for i := range ids {
		ids[i] = text[i*crashid.Length : (i+1)*crashid.Length]
	}
	return ids
}
