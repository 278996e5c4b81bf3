package pyre

import (
	"encoding/binary"
	"hash/crc32"
	"testing"
	"unicode/utf8"
)

// checksum is the CRC-32 of one byte for each code point, 1 if it has a property.
func checksum(has func(rune) bool) uint32 {
	answers := make([]byte, utf8.MaxRune+1)
	for r := range answers {
		if has(rune(r)) {
			answers[r] = 1
		}
	}
	return crc32.ChecksumIEEE(answers)
}

// TestCharacters compares the tables with checksums of Python's answers over
// all code points.
func TestCharacters(t *testing.T) {
	d := chars()
	properties := map[string]struct {
		has  func(rune) bool
		want uint32
	}{
		`\w`:                    {d.word.has, 0xe7789185},
		`\d`:                    {d.digit.has, 0x7ef925d4},
		`\s`:                    {d.space.has, 0x57327d3b},
		`(?a)\w`:                {asciiWord.has, 0xc3643246},
		`(?a)\s`:                {asciiSpace.has, 0xfa40a30f},
		"str.isprintable":       {d.printable.has, 0x215d1a43},
		"str.isalpha":           {d.alpha.has, 0x83f2247c},
		"starts identifiers":    {func(r rune) bool { return isIdentifier([]rune{r}) }, 0xbc34638f},
		"continues identifiers": {func(r rune) bool { return isIdentifier([]rune{'a', r}) }, 0x17307cec},
		"ends a word in sigma":  {d.hasCase.has, 0x953b6dd},
		"is ignored by casing":  {d.caseIgnorable.has, 0xd9dfc932},
	}
	for name, p := range properties {
		if got := checksum(p.has); got != p.want {
			t.Errorf("%s: checksum %#x, Python's is %#x", name, got, p.want)
		}
	}
	var lower []byte
	for r := range rune(utf8.MaxRune + 1) {
		lower = binary.LittleEndian.AppendUint32(lower, uint32(foldingOf(IgnoreCase|Unicode).apply(r)))
	}
	if got := crc32.ChecksumIEEE(lower); got != 0x51648037 {
		t.Errorf("lower case: checksum %#x", got)
	}
}

// TestCaseInsensitiveSets compares sets under IgnoreCase with checksums of
// Python's answers over all code points, and with their expansion.
func TestCaseInsensitiveSets(t *testing.T) {
	for pattern, want := range map[string]uint32{
		`(?i)[a-z]`:                 0x1898e5e8,
		`(?i)[^K-ſ]`:                0x411f9f8,
		`(?i)[\u0100-\u0250\W]`:     0x477c97d,
		`(?i)\u03c3`:                0x9986412a,
		`(?i)[^s]`:                  0xdf40f496,
		`(?ai)[k-\U00010410]`:       0x39805103,
		`(?i)[\u02bc-\U00010410]`:   0xc7af7594,
		`(?i)[\U00010400z]`:         0x9d73309,
		`\w`:                        0xe7789185,
		`(?i)[0-9a-zµ_\w]`:          checksum(chars().word.has),
		`(?i)[^\d\D]`:               checksum(func(rune) bool { return false }),
		`(?s).`:                     checksum(func(rune) bool { return true }),
		`(?i)[^\x00-\U0010ffff]`:    checksum(func(rune) bool { return false }),
		`(?i:[A-Z])`:                0x1898e5e8,
		`(?i)(?:[a-m]|[n-r]|[s-z])`: 0x1898e5e8,
	} {
		p, err := Parse(pattern)
		if err != nil {
			t.Fatal(err)
		}
		set := charsetPool{}.of(p.lowered()[0].char())
		if got := checksum(set.has); got != want {
			t.Errorf("%s: checksum %#x, Python's is %#x", pattern, got, want)
		}
		if got := checksum(set.expand().has); got != want {
			t.Errorf("%s: checksum of the expansion %#x, Python's is %#x", pattern, got, want)
		}
	}
}

// TestIsSpace: what is white space to Python's str.isspace is so to \s, by the table of Unicode 14.0.
func TestIsSpace(t *testing.T) {
	for r := range rune(utf8.MaxRune + 1) {
		if IsSpace(r) != chars().space.has(r) {
			t.Errorf("%U: %v", r, IsSpace(r))
		}
	}
}

// TestClassesFold: a character is in a class if it is once it is folded, so that classes need not be folded.
func TestClassesFold(t *testing.T) {
	for of, has := range classes() {
		flags := IgnoreCase | Unicode
		if of.ascii {
			flags = IgnoreCase
		}
		fold := foldingOf(flags)
		for r := range rune(utf8.MaxRune + 1) {
			if has.has(r) != has.has(fold.apply(r)) {
				t.Fatalf("%c: %U and %U", of.letter, r, fold.apply(r))
			}
		}
	}
}

func TestCharacterNames(t *testing.T) {
	for pattern, subject := range map[string]string{
		`\N{LATIN SMALL LETTER A}`: "a",
		`\N{latin small letter é}`: "", // refused, see TestSyntaxErrors
		`\N{Em Dash}`:              "\u2014",
		`[\N{LF}]`:                 "\n",
		`\N{NO-BREAK SPACE}`:       "\u00a0",
		`\N{OE}`:                   "", // unknown here
	} {
		p, err := Parse(pattern)
		if subject == "" {
			if err == nil {
				t.Errorf("%s: accepted", pattern)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", pattern, err)
		} else if ok, _ := p.Match(subject); !ok {
			t.Errorf("%s does not match %q", pattern, subject)
		}
	}
}
