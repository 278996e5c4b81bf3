package crashdata

import "strings"

// roomTexts is for how many bytes of texts there is room made for at once, at most.
const roomTexts = 16 << 10

// ownTexts keeps texts of which there are few equal ones end to end, which takes less room and time than each by itself.
type ownTexts struct{ room strings.Builder }

// add is a text that stays.
func (t *ownTexts) add(text []byte) string {
	if t.room.Cap()-t.room.Len() < len(text) {
		room := max(min(2*t.room.Cap(), roomTexts), len(text))
		t.room = strings.Builder{}
		t.room.Grow(room)
	}
	from := t.room.Len()
	t.room.Write(text)
	return t.room.String()[from:]
}
