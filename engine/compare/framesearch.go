package compare

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sigdiff/sigdiff/engine/table"
	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// frameSearch finds the frames that have one of several texts in them, in whatever letter case. It reads
// the frames once for all texts.
type frameSearch struct {
	all   []table.Seen
	odd   []table.Seen            // those that are not plain ASCII
	found map[string][]table.Seen // the others, by folded text
	grams grams
	work  int // texts that were held against places in the frame at hand
}

// gramSize is the size in bytes of what texts are first told apart by. Shorter ones are not searched for.
const gramSize = 4

// grams are the folded texts by their last bytes, which differ more than the first do, as in mozilla::a.
type grams struct {
	maybe [1 << 14]bool // by hash: most places in frames end no text, and show it here
	texts map[uint32][]string
}

// newFrameSearch reads the frames for texts that the variants want, or until the budget ends.
func newFrameSearch(b *pyre.Budget, frames []table.Seen, texts []string) *frameSearch {
	s := &frameSearch{all: frames, found: map[string][]table.Seen{}, grams: grams{texts: map[uint32][]string{}}}
	for _, text := range texts {
		text, ok := folded(text)
		if _, known := s.found[text]; ok && !known {
			s.found[text] = nil
			s.grams.add(text)
		}
	}
	for _, f := range frames {
		s.work = 0
		s.read(f)
		if b.Spend(s.work) != nil {
			break
		}
	}
	return s
}

func (g *grams) add(text string) {
	var gram uint32
	for _, b := range []byte(text[len(text)-gramSize:]) {
		gram = gram<<8 | uint32(b)
	}
	g.maybe[hashGram(gram)] = true
	g.texts[gram] = append(g.texts[gram], text)
}

func hashGram(gram uint32) uint32 { return gram * 0x9e3779b1 >> 18 }

// read finds the texts that a frame has.
func (s *frameSearch) read(f table.Seen) {
	for i := range len(f.Text) {
		if f.Text[i] >= utf8.RuneSelf {
			s.odd = append(s.odd, f) // which may have any
			return
		}
	}
	var gram uint32
	for i := range len(f.Text) {
		gram = gram<<8 | uint32(foldByte[f.Text[i]])
		if s.grams.maybe[hashGram(gram)] && i+1 >= gramSize {
			s.check(f, f.Text[:i+1], gram)
		}
	}
}

// check finds the texts that the start of a frame ends in.
func (s *frameSearch) check(f table.Seen, start string, gram uint32) {
	texts := s.grams.texts[gram]
	s.work += len(texts)
	for _, text := range texts {
		found := s.found[text]
		if hasFoldedSuffix(start, text) && (len(found) == 0 || found[len(found)-1].Classified != f.Classified) {
			s.found[text] = append(found, f)
		}
	}
}

// mayHave are the frames that may have a text in them, in whatever letter case: at least all that do, and
// every frame for a text that is not searched for.
func (s *frameSearch) mayHave(text string) []table.Seen {
	text, ok := folded(text)
	if !ok {
		return s.all
	}
	return slices.Concat(s.found[text], s.odd)
}

// folded is a text in lower case, if it can be searched for. Texts and frames that are not plain ASCII
// can't: there letter case is more than A to Z, and an ASCII letter may have others than its own, as k has
// the Kelvin sign.
func folded(text string) (string, bool) {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return "", false
		}
	}
	return strings.ToLower(text), len(text) >= gramSize
}

// foldByte folds the letters of ASCII.
var foldByte = func() (to [256]byte) {
	for b := range to {
		to[b] = byte(b)
		if 'A' <= b && b <= 'Z' {
			to[b] += 'a' - 'A'
		}
	}
	return to
}()

// hasFoldedSuffix tells whether a text ends in another, in whatever letter case. Both are plain ASCII.
func hasFoldedSuffix(text, suffix string) bool {
	return len(text) >= len(suffix) && strings.EqualFold(text[len(text)-len(suffix):], suffix)
}
