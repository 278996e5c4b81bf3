package crashdata

import "strings"

// roomTexts is for how many bytes of texts there is room made for at once.
const roomTexts = 16 << 10

// Texts keeps texts of which there are few equal ones end to end, which takes less room and time than each by itself.
type Texts struct{ room strings.Builder }

// Add is a text that stays.
func (t *Texts) Add(text []byte) string {
	if t.room.Cap()-t.room.Len() < len(text) {
		t.room = strings.Builder{}
		t.room.Grow(max(roomTexts, len(text)))
	}
	from := t.room.Len()
	t.room.Write(text)
	return t.room.String()[from:]
}
