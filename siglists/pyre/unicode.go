package pyre

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"sync"
)

//go:embed unicode14.txt
var unicodeText string

//go:embed names.txt
var namesText string

// charData are Python's facts on kinds of characters.
type charData struct {
	word, digit, space     spans
	alpha, printable       spans
	hasCase, caseIgnorable spans // to str.lower, which tells a final sigma by them; no character is both
	idStart, idContinue    spans
}

// chars reads the embedded tables of kinds once.
var chars = sync.OnceValue(func() *charData {
	d := &charData{}
	properties := map[string]*spans{
		"word": &d.word, "digit": &d.digit, "space": &d.space, "alpha": &d.alpha,
		"printable": &d.printable, "idstart": &d.idStart, "idcontinue": &d.idContinue,
		"hascase": &d.hasCase, "caseignorable": &d.caseIgnorable,
	}
	eachEntry(func(table, entry string) {
		if p := properties[table]; p != nil {
			*p = append(*p, parseSpan(entry))
		}
	})
	return d
})

// eachEntry calls visit for each entry of the embedded tables, with the name of its table.
func eachEntry(visit func(table, entry string)) {
	table := ""
	for line := range strings.Lines(unicodeText) {
		head, entries, _ := strings.Cut(line, " ")
		if head == "#" {
			continue
		}
		if head != "+" {
			table = head
		}
		for entry := range strings.FieldsSeq(entries) {
			visit(table, entry)
		}
	}
}

// What \w, \d and \s are under the ASCII flag. Unlike str.isspace the last does not count the separators U+001C to U+001F.
var (
	asciiWord  = spans{{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}}
	asciiDigit = spans{{'0', '9'}}
	asciiSpace = spans{{'\t', '\r'}, {' ', ' '}}
)

func hexRune(s string) rune {
	n, err := strconv.ParseInt(s, 16, 32)
	if err != nil {
		panic(fmt.Sprintf("pyre: damaged table: %v", err)) // a fault of the build; the tests read every entry
	}
	return rune(n)
}

func parseSpan(s string) span {
	lo, hi, ranged := strings.Cut(s, "-")
	if !ranged {
		hi = lo
	}
	return span{hexRune(lo), hexRune(hi)}
}

// parseRun reads FIRST-LAST/STRIDE:DELTA: what characters become.
func parseRun(s string) (m caseMap) {
	bounds, rest, _ := strings.Cut(s, "/")
	stride, delta, _ := strings.Cut(rest, ":")
	step := hexRune(stride)
	d, err := strconv.Atoi(delta)
	if err != nil {
		panic(fmt.Sprintf("pyre: damaged table: %v", err))
	}
	run := parseSpan(bounds)
	for r := run.lo; r <= run.hi; r += step {
		m = append(m, casePair{r, r + rune(d)})
	}
	return m
}

// parseEquivalents reads characters that are equivalent: what each becomes.
func parseEquivalents(s string) (m caseMap) {
	group := strings.Split(s, "=")
	for _, r := range group {
		for _, other := range group {
			if other != r {
				m = append(m, casePair{hexRune(r), hexRune(other)})
			}
		}
	}
	return m
}

// charNames are the characters that \N{...} can be read for.
var charNames = sync.OnceValue(func() map[string]rune {
	names := map[string]rune{}
	for line := range strings.Lines(namesText) {
		code, name, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		names[name] = hexRune(code)
	}
	return names
})
