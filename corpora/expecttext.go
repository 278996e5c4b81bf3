package corpora

import (
	"slices"
	"strings"

	"github.com/sigdiff/sigdiff/crashid"
	"github.com/sigdiff/sigdiff/internal/lazyregexp"
)

// What people write around a crash id and its signature.
var (
	quoteMarks = lazyregexp.New(`^(?:\s*>)*\s*(?:[-*+] |\d+[.)] )?\s*`)
	// newLabel starts the line of the signature that is expected, in a block about a crash.
	newLabel = lazyregexp.New(`(?i)^[*_]*(?:new|after|expected)(?: signature)?[*_]*:[*_]*\s*(.*)$`)
	// restOfID is what may follow an id before anything is said: the end of an address and of a link, and a ruleset.
	restOfID = lazyregexp.New(`^(?:[/?#][^\s)\]>]*)?(?:\]\([^)\s]*\))?[)\]>*_\x60"]*(?::default\b)?`)
	// between stands between an id and its signature.
	between = lazyregexp.New(`(?i)^(?:\s*(?:[:,;=\t–—]|-+\s|(?:the )?(?:expected|new) (?:signature)?(?: is)?:?|(?:should|must|would|will) (?:now )?(?:become|be|have|get):?|(?:now )?becomes?:?|signature:?))*\s*`)
	// before is all that stands before an id that has its line for itself.
	before = lazyregexp.New(`(?i)^(?:(?:crash|report|crash (?:id|report)|example|e\.g\.|for)[:*_ ]*)?[\[(<*_\x60]*(?:https?://\S*|\S*/report/index/|bp-)?$`)
)

// textReader reads what a text expects, line by line.
type textReader struct {
	expected []Expected
	id       string // of the crash that the text is about
	next     bool   // the next line that isn't empty may be its signature
	table    []string
}

// expectText reads what a text expects, and passes over everything else.
func expectText(lines []string) []Expected {
	r := &textReader{}
	for i, line := range lines {
		r.line(quoteMarks().ReplaceAllString(line, ""), i+1)
	}
	return r.expected
}

func (r *textReader) add(id, signature string, line int) {
	if id != "" && signature != "" {
		r.expected = append(r.expected, Expected{ID: id, Signature: signature, Line: line})
	}
}

func (r *textReader) line(line string, number int) {
	line = strings.TrimSpace(line)
	if strings.HasPrefix(line, "|") {
		r.row(line, number)
		return
	}
	r.table = nil
	if line == "" || strings.HasPrefix(line, "\x60\x60\x60") {
		return // a signature may stand behind it
	}
	if e, ok := expectArrow(line); ok {
		r.add(e.ID, e.Signature, number)
		r.id, r.next = "", false
		return
	}
	if id, rest := crashid.Find(line); id != "" {
		r.crash(id, line, rest, number)
		return
	}
	if label := newLabel().FindStringSubmatch(line); label != nil {
		r.add(r.id, unquote(label[1]), number)
		r.id, r.next = "", false
		return
	}
	if r.next {
		r.follows(line, number)
	}
	r.next = false
}

// word is one word of a program.
var word = lazyregexp.New(`^[\w.$~-]*\w$`)

// crash reads a line with an id that no arrow follows.
func (r *textReader) crash(id, line, rest string, number int) {
	r.id, r.next = id, false
	rest = rest[len(restOfID().FindString(rest)):]
	said := rest[len(between().FindString(rest)):]
	signature, ok := asSignature(said)
	// A single word could be anything, unless it was said that it is the signature.
	if label := rest[:len(rest)-len(said)]; strings.ContainsAny(label, "aeiou") && word().MatchString(said) {
		signature, ok = said, true // after "should be", any word
	}
	if ok {
		r.add(id, signature, number)
		r.id = ""
		return
	}
	at := strings.Index(strings.ToLower(line), id)
	r.next = said == "" && before().MatchString(line[:at])
}

// follows reads the line after one that is an id alone.
func (r *textReader) follows(line string, number int) {
	if to := arrow().FindStringIndex(line); to != nil {
		line = line[to[1]:]
	}
	if signature, ok := asSignature(line); ok {
		r.add(r.id, signature, number)
		r.id = ""
	}
}

// brackets are what is inside of brackets, where a signature may have spaces.
var brackets = lazyregexp.New(`<[^<>]*>|\([^()]*\)|\[[^\[\]]*\]|operator (?:new|delete)`)

// asSignature tells whether what is said of a crash is a signature: it is code, it has frames, or it is one word as
// names in programs are. Anything else is a sentence.
func asSignature(text string) (string, bool) {
	text = strings.TrimSpace(text)
	if quoted := unquote(text); quoted != text {
		return quoted, quoted != ""
	}
	if strings.Contains(text, "://") || strings.ContainsAny(text, "\x60") {
		return "", false
	}
	if strings.Contains(text, " | ") {
		return text, !strings.HasSuffix(text, ".") || strings.HasSuffix(text, "...")
	}
	bare := text
	for inner := brackets().ReplaceAllString(bare, ""); inner != bare; inner = brackets().ReplaceAllString(bare, "") {
		bare = inner
	}
	isName := strings.ContainsAny(text, "_:@(<[") || strings.ToLower(text) != text && strings.ToUpper(text[:1]) != text[:1]
	return text, !strings.ContainsAny(bare, " \t") && isName && !strings.ContainsAny(text[len(text)-1:], ".,;?!:")
}

// row reads a row of a Markdown table. Only a header says which of its cells is the signature.
func (r *textReader) row(line string, number int) {
	cells := splitCells(line)
	if r.table == nil {
		r.table = cells
		return
	}
	column := signatureColumn(r.table, -1)
	last := len(r.table) - 1
	if column < 0 || column >= len(cells) || len(cells) > len(r.table) && column != last {
		return
	}
	at := slices.IndexFunc(cells[:column], func(cell string) bool { id, _ := crashid.Find(cell); return id != "" })
	if at < 0 {
		return
	}
	signature := cells[column]
	if column == last {
		signature = strings.Join(cells[column:], " | ") // frames that nobody escaped
	}
	id, _ := crashid.Find(cells[at])
	r.add(id, unquote(signature), number)
}

// splitCells are the cells of a row of a table.
func splitCells(line string) []string {
	const bar = "\x00"
	line = strings.TrimSuffix(strings.TrimPrefix(strings.ReplaceAll(line, `\|`, bar), "|"), "|")
	cells := strings.Split(line, "|")
	for i, cell := range cells {
		cells[i] = strings.TrimSpace(strings.ReplaceAll(cell, bar, "|"))
	}
	return cells
}
