// Package engine makes the signatures that Socorro makes: it reads processed crashes, normalises
// frames, applies the siglists and the rules, and compares what two generators make of a crash.
//
// What it does follows mozilla-services/socorro, socorro/signature, as of revision 7e28d72b5 (August
// 2026).
package engine

import (
	"errors"
	"strings"

	"github.com/sigdiff/sigdiff/siglists"
)

// Generator makes signatures with one siglist set and one ruleset. It never changes; Worker gives what
// does the work.
type Generator struct {
	set   *siglists.Set
	rules Ruleset
}

// NewGenerator makes a generator.
func NewGenerator(set *siglists.Set, rules Ruleset) *Generator {
	return &Generator{set: set, rules: rules}
}

// Worker is for one goroutine: it remembers every distinct frame that it has seen, since crashes share
// most of theirs.
func (g *Generator) Worker() *Worker {
	return &Worker{gen: g, matcher: g.set.Matcher(), memo: memo{seen: map[Frame]*classified{}, lined: map[Frame]*classified{}}}
}

// Worker makes signatures. It is not safe for concurrent use.
type Worker struct {
	gen     *Generator
	matcher *siglists.Matcher
	memo
	walk  walk
	state state // of the crash that is being worked on

	// look classifies the frames, if somebody else does; what is remembered is not the worker's then.
	look func(t *thread, f stackFrame) *classified
}

// memo remembers classified frames.
type memo struct {
	owner   *symbols              // whose symbols are remembered by their number
	numbers []*classified         // nil where not seen, or where the text holds the source line
	seen    map[Frame]*classified // of other symbols, without their line
	lined   map[Frame]*classified // frames whose text holds their line
}

// Result is what a generator makes of a crash.
type Result struct {
	Signature string
	// Notes say what the rules had to say, in Socorro's words.
	Notes []string
	// ProtoSignature is all normalised frames joined with " | ". HasProto tells an empty one from
	// none: a stack without frames, or a Java crash, has none.
	ProtoSignature string
	HasProto       bool
	// Passes are the walks over a stack that made the signature: none for Java, two for a
	// shutdownhang. Only Explain fills them.
	Passes []Pass
	// Fired are the names of the rules that changed the signature, in order. Only Explain fills it; it is nil
	// where the rules that made the signature are not known.
	Fired []string
	// OtherData marks a signature that was made before, of other data of the crash: no walk over the present data is
	// how it came about. Only Explain fills it.
	OtherData bool

	marks []string // of the rules that fired and have one, the last first; filled as Fired is
	hang  bool     // thread 0 was walked too
}

// Generate makes the crash's signature and notes, without the proto signature. It fails only where a
// pattern needs more steps than its limit; odd data is no failure, it ends in the notes.
func (w *Worker) Generate(c *Crash) (Result, error) { return w.generate(c, signatureOnly) }

// Explain is Generate, with the proto signature and the trace of every walk over a stack.
func (w *Worker) Explain(c *Crash) (Result, error) { return w.generate(c, withPasses) }

// detail says what a result is to hold.
type detail uint8

const (
	signatureOnly detail = iota
	withPasses
)

func (w *Worker) generate(c *Crash, d detail) (Result, error) {
	s := &w.state
	*s = state{worker: w, crash: c, thread: &c.stack, threadName: c.crashing.text, detail: d}
	if d == withPasses {
		s.result.Fired = []string{}
	}
	for _, r := range w.gen.rules.rules {
		before := s.result.Signature
		err := r.apply(s)
		if d == withPasses && s.result.Signature != before {
			s.result.Fired = append(s.result.Fired, r.name)
		}
		if err == nil {
			continue
		}
		var limit *matchError
		if errors.As(err, &limit) {
			return Result{}, limit
		}
		s.note(r.name, "Rule failed: "+err.Error())
	}
	return s.result, nil
}

func joinTexts(frames []*classified) string {
	size := 3 * len(frames)
	for _, f := range frames {
		size += len(f.text)
	}
	var b strings.Builder
	b.Grow(size)
	for i, f := range frames {
		if i > 0 {
			b.WriteString(" | ")
		}
		b.WriteString(f.text)
	}
	return b.String()
}

// matchError is what ends a generation: a siglist pattern that met its limit, or a record that is damaged.
type matchError struct{ err error }

func (e *matchError) Error() string { return e.err.Error() }
func (e *matchError) Unwrap() error { return e.err }

// classified is a frame under one siglist set.
type classified struct {
	failed             error  // why it can't be normalised
	text               string // the normalised frame
	sentinel           *siglists.Line
	irrelevant, prefix siglists.Hit
	irrelevantErr      error
	prefixErr          error
	module             bool
	lined              bool // the text holds the source line, so it is no text of other lines

	bare        string // a function as the line-number list gets it
	lineNumbers *siglists.Line
}

// classify normalises a frame and looks it up in the siglists, once for each distinct frame.
func (w *Worker) classify(t *thread, f stackFrame) *classified {
	if w.look != nil {
		return w.look(t, f)
	}
	return w.remembered(t, f)
}

// remembered is a frame that is classified here.
func (w *Worker) remembered(t *thread, f stackFrame) *classified {
	if c := w.known(f.symbol); c != nil {
		return c
	}
	frame := t.frame(f)
	if c, ok := w.lined[frame]; ok {
		return c
	}
	c := classify(w.matcher, w.gen.set, frame)
	if c.lined {
		w.lined[frame] = c
	} else {
		w.remember(f.symbol, c)
	}
	return c
}

// known is what is remembered of a symbol, whatever its source line.
func (m *memo) known(s *symbol) *classified {
	switch {
	case s.owner == nil || s.owner != m.owner:
		return m.seen[Frame{Kind: s.kind, Text: s.text}]
	case s.number < len(m.numbers):
		return m.numbers[s.number]
	}
	return nil
}

func (m *memo) remember(s *symbol, c *classified) {
	if m.owner == nil {
		m.owner = s.owner
	}
	if s.owner == nil || s.owner != m.owner {
		m.seen[Frame{Kind: s.kind, Text: s.text}] = c
		return
	}
	for len(m.numbers) <= s.number {
		m.numbers = append(m.numbers, make([]*classified, s.number+1)...)
	}
	m.numbers[s.number] = c
}

// classify is the plain form of Worker.classify, which only remembers.
func classify(matcher *siglists.Matcher, set *siglists.Set, f Frame) *classified {
	c := &classified{}
	c.classify(matcher, set, f)
	return c
}

func (c *classified) classify(matcher *siglists.Matcher, set *siglists.Set, f Frame) {
	c.text = f.Text
	if f.Kind != FrameText {
		c.text, c.failed = normalize(f, func(function string) (bool, error) {
			c.bare = function
			hit, err := matcher.Match(siglists.LineNumbers, function)
			if err != nil {
				err = &matchError{err}
			}
			c.lined, c.lineNumbers = hit.OK, hit.Line
			return hit.OK, err
		})
	}
	if c.failed != nil || c.text == "" {
		return
	}
	c.sentinel, _ = set.Sentinel(c.text)
	c.irrelevant, c.irrelevantErr = matcher.Match(siglists.Irrelevant, c.text)
	c.prefix, c.prefixErr = matcher.Match(siglists.Prefix, c.text)
	c.module = isModule(c.text)
}

// same tells whether two versions of a frame mean the same to every walk. One that could not be
// classified in full is never the same.
func (c *classified) same(d *classified) bool {
	return c.complete() && d.complete() && c.lined == d.lined && c.text == d.text && (c.sentinel == nil) == (d.sentinel == nil) &&
		c.irrelevant.OK == d.irrelevant.OK && c.prefix.OK == d.prefix.OK
}

// complete tells that no pattern met its limit.
func (c *classified) complete() bool {
	return (c.failed == nil || errors.Is(c.failed, errNoToken)) && c.irrelevantErr == nil && c.prefixErr == nil
}
