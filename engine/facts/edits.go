package facts

import (
	"strings"

	"github.com/sigdiff/sigdiff/engine/signatures"
)

// Place is where an edit is in a signature.
type Place string

// The places of edits.
const (
	Front  Place = "front"
	Middle Place = "middle"
	End    Place = "end"
)

// Edit is one place where two signatures differ. Components have signatures.Separator between them.
type Edit struct {
	Gone  string `json:"gone"` // empty where something only comes
	Came  string `json:"came"` // empty where something only goes
	Place Place  `json:"place"`
}

// editsOf are the edits that make one signature into another. Nothing is known of what stood beyond the place where
// a signature was cut off.
func editsOf(base, candidate string) []Edit {
	// Truncation ends a signature in the middle of a component, which would look like another frame.
	base, cutBase := uncut(base)
	candidate, cutCandidate := uncut(candidate)
	b, c := Components(base, candidate)
	var edits []Edit
	for i, j := 0, 0; i < len(b) || j < len(c); {
		fromB, fromC := i, j
		i, j = skipEqual(b, i), skipEqual(c, j)
		// What both lack in one place is one edit: something took the place of something.
		gone, came := b[fromB:i], c[fromC:j]
		if len(gone)+len(came) == 0 {
			i++
			j++
			continue
		}
		atEnd := i == len(b) // and of the other: what is left of both is the same
		if atEnd && (cutBase && len(gone) == 0 || cutCandidate && len(came) == 0) {
			break // beyond the cut of the other
		}
		edit := Edit{Gone: join(gone), Came: join(came), Place: Middle}
		switch {
		case fromB+fromC == 0:
			edit.Place = Front
		case atEnd && !cutBase && !cutCandidate:
			edit.Place = End
		}
		if edit.Gone != edit.Came { // as they are where an empty component is all that differs
			edits = append(edits, edit)
		}
	}
	return edits
}

// uncut is a signature without the component in which it was cut off, if it was.
func uncut(signature string) (_ string, cut bool) {
	if !signatures.IsTruncated(signature) {
		return signature, false
	}
	// From the front, as all signatures are split: what is left of a frame without a printable character is "| |".
	whole := strings.Split(signature, signatures.Separator)
	return strings.Join(whole[:len(whole)-1], signatures.Separator), true
}

// skipEqual is the first component from i on that does not differ.
func skipEqual(components []Component, i int) int {
	for i < len(components) && components[i].Differs {
		i++
	}
	return i
}

// join is what split took apart.
func join(components []Component) string {
	texts := make([]string, len(components))
	for i, c := range components {
		texts[i] = c.Text
	}
	return strings.Join(texts, signatures.Separator)
}
