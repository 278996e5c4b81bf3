// Package signatures makes the signatures that Socorro makes: it normalises frames, looks them up in the siglists,
// walks over the stack, and applies the rules.
//
// What it does follows mozilla-services/socorro, socorro/signature, as of revision 7e28d72b5 (August
// 2026).
package signatures

import (
	"errors"
	"strings"
	"sync/atomic"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// Generator makes signatures with one siglist set and one ruleset. It never changes; Worker gives what
// does the work.
type Generator struct {
	Set   *siglists.Set
	Rules Ruleset
}

// NewGenerator makes a generator.
func NewGenerator(set *siglists.Set, rules Ruleset) *Generator {
	return &Generator{Set: set, Rules: rules}
}

// Worker is for one goroutine: it remembers every distinct frame that it has seen, since crashes share
// most of theirs.
func (g *Generator) Worker() *Worker {
	return &Worker{gen: g, set: g.Set, memo: memo{seen: map[crashdata.Frame]*Classified{}, lined: map[crashdata.Frame]*Classified{}}}
}

// Worker makes signatures. It is not safe for concurrent use.
type Worker struct {
	gen   *Generator
	set   *siglists.Set // the generator's, maybe with another budget
	memo  memo
	walk  walk
	state state // of the crash that is being worked on

	// Look classifies the frames, if somebody else does; what is remembered is not the worker's then.
	Look func(t *crashdata.Thread, f crashdata.StackFrame) *Classified
}

// Within gives the worker a budget of its own for what it matches from now on, in place of the siglists'. Once that has
// ended the worker is of no more use: it may remember a frame as one that met a limit.
func (w *Worker) Within(b *pyre.Budget) { w.set = w.set.Within(b) }

// Remembers is about how many bytes the frames take that the worker remembers.
func (w *Worker) Remembers() int { return w.memo.size }

// memo remembers classified frames.
type memo struct {
	seen  map[crashdata.Frame]*Classified // without their line
	lined map[crashdata.Frame]*Classified // those whose text holds their line
	size  int                             // of them, in bytes
}

// classifiedSize is what a frame takes that is remembered, beside its texts.
const classifiedSize = 320

// Separator stands between the parts of a signature, and between the frames of a proto signature. A part may contain it.
const Separator = " | "

// LastPart is the last part of a signature that is no rule's: the frame at which the walk stopped, as far as the text tells.
func LastPart(signature string) string {
	parts := strings.Split(WithoutMessage(signature), Separator)
	return parts[len(parts)-1]
}

// WithoutMessage is a signature without the message that a rule puts behind its frames.
func WithoutMessage(signature string) string {
	if at := strings.LastIndex(signature, Separator+ipcMessage); at >= 0 {
		return signature[:at]
	}
	return signature
}

// Result is what a generator makes of a crash.
type Result struct {
	Signature string
	// Notes say what the rules had to say, in Socorro's words.
	Notes []string
	// ProtoSignature is all normalised frames with Separator between them. HasProto tells an empty one from
	// none: a stack without frames, or a Java crash, has none.
	ProtoSignature string
	HasProto       bool
	// Normalized are the frames of the proto signature.
	Normalized []string
	// Passes are the walks over a stack that made the signature: none for Java, two for a
	// shutdownhang. Only Explain fills them.
	Passes []Pass
	// Fired are the names of the rules that changed the signature, in order. Only Explain fills it; it is nil
	// where the rules that made the signature are not known.
	Fired []string
	// OtherData marks a signature that was made before, of other data of the crash: no walk over the present data is
	// how it came about.
	OtherData bool

	Marks []string // of the rules that fired and have one, the last first; filled as Fired is
	Hang  bool     // thread 0 was walked too
	// Walked are the frames that the walks looked up: over the crashing thread, and over thread 0 of a hang.
	Walked [2]Span
}

// Span are frames of a stack, from an index up to another.
type Span struct{ From, To int }

// Has tells whether a frame is one of them.
func (s Span) Has(i int) bool { return s.From <= i && i < s.To }

// Generate makes the crash's signature and notes, without the proto signature. It fails only where a
// pattern needs more steps than its limit; odd data is no failure, it ends in the notes.
func (w *Worker) Generate(c *crashdata.Crash) (Result, error) { return w.generate(c, signatureOnly) }

// Proto is Generate, with the proto signature and its frames, which are all that Socorro keeps of how a signature came about.
func (w *Worker) Proto(c *crashdata.Crash) (Result, error) { return w.generate(c, withProto) }

// Explain is Generate, with the proto signature and the trace of every walk over a stack.
func (w *Worker) Explain(c *crashdata.Crash) (Result, error) { return w.generate(c, withPasses) }

// detail says what a result is to hold.
type detail uint8

const (
	signatureOnly detail = iota
	withProto
	withPasses
)

func (w *Worker) generate(c *crashdata.Crash, d detail) (Result, error) {
	s := &w.state
	*s = state{worker: w, crash: c, thread: &c.Stack, threadName: c.Crashing.Text, detail: d}
	if d == withPasses {
		s.result.Fired = []string{}
	}
	for _, r := range w.gen.Rules.rules {
		before := s.result.Signature
		err := r.apply(s)
		if d == withPasses && s.result.Signature != before {
			s.result.Fired = append(s.result.Fired, r.name)
		}
		if err == nil {
			continue
		}
		if isLimit(err) {
			return Result{}, err
		}
		s.note(r.name, "Rule failed: "+err.Error())
	}
	return s.result, nil
}

func texts(frames []*Classified) []string {
	all := make([]string, len(frames))
	for i, f := range frames {
		all[i] = f.Text
	}
	return all
}

// isLimit tells what ends a generation, a siglist pattern that met its limit, from what fails one rule.
func isLimit(err error) bool {
	_, limit := errors.AsType[*pyre.LimitError](err)
	return limit
}

// Classified is a frame under one siglist set. Walks reach one frame of eight, so that a frame is looked up in the lists when
// that is first asked for. Several goroutines may ask.
type Classified struct {
	// What each walk asks for stands in front: there are many frames, and memory is slow.

	Text     string         // the normalised frame; empty, too, where it can't be normalised
	Sentinel *siglists.Line // that equals it
	hits     atomic.Pointer[hits]
	failed   error // why it can't be normalised

	set         *siglists.Set
	LineNumbers *siglists.Line // the line for which the text holds the source line
	Bare        string         // a function as the line-number list gets it
	Lined       bool           // the text holds the source line, so that it is no text of other lines
}

// hits are what the lists say of a frame that each walk looks it up in, and why they can't.
type hits struct {
	irrelevant, prefix             siglists.Hit
	irrelevantFailed, prefixFailed error
}

// Failed says why the frame can't be normalised.
func (c *Classified) Failed() error { return c.failed }

// Irrelevant is what the irrelevant list says of the frame. An empty list matches without a line.
func (c *Classified) Irrelevant() siglists.Hit { return c.look().irrelevant }

// Prefix is what the prefix list says of the frame, as Irrelevant does.
func (c *Classified) Prefix() siglists.Hit { return c.look().prefix }

// look looks the frame up, once but where several goroutines ask for the first time: they get the same.
func (c *Classified) look() *hits {
	if h := c.hits.Load(); h != nil {
		return h
	}
	h := &hits{}
	if c.Text != "" {
		h.irrelevant, h.irrelevantFailed = c.set.Match(siglists.Irrelevant, c.Text)
		h.prefix, h.prefixFailed = c.set.Match(siglists.Prefix, c.Text)
	}
	c.hits.Store(h)
	return h
}

// Classify classifies a frame, once for each distinct one.
func (w *Worker) Classify(t *crashdata.Thread, f crashdata.StackFrame) *Classified {
	if w.Look != nil {
		return w.Look(t, f)
	}
	return w.Remembered(t, f)
}

// Remembered is a frame that is classified here.
func (w *Worker) Remembered(t *crashdata.Thread, f crashdata.StackFrame) *Classified {
	bare := crashdata.Frame{Kind: f.Kind, Text: f.Text}
	if c := w.memo.seen[bare]; c != nil {
		return c
	}
	frame := t.Frame(f)
	if c := w.memo.lined[frame]; c != nil {
		return c
	}
	c := Classify(w.set, frame)
	c.look() // now: the worker's budget may be another when the frame is asked for
	w.memo.size += classifiedSize + len(frame.Text) + len(c.Text) + len(c.Bare)
	if c.Lined {
		w.memo.lined[frame] = c
	} else {
		w.memo.seen[bare] = c
	}
	return c
}

// Classify normalises a frame, and looks it up in the siglists where that might meet a limit.
func Classify(set *siglists.Set, f crashdata.Frame) *Classified {
	return classify(set, f, "")
}

// ClassifySymbol is Classify for a frame without its source line.
func ClassifySymbol(set *siglists.Set, s *crashdata.Symbol) *Classified {
	return classify(set, crashdata.Frame{Kind: s.Kind, Text: s.Text}, s.Bare)
}

// classify is Classify with what Bare makes of the frame, where that is known.
func classify(set *siglists.Set, f crashdata.Frame, bare string) *Classified {
	c := &Classified{Text: f.Text, Bare: bare, set: set}
	if f.Kind != crashdata.FrameText {
		c.failed = c.normalize(f)
	}
	if c.Text != "" {
		c.Sentinel, _ = set.Sentinel(c.Text)
		if !set.Surely(siglists.Irrelevant, c.Text) || !set.Surely(siglists.Prefix, c.Text) {
			c.look()
		}
	}
	return c
}

// normalize makes the text of a function as short and as stable as signatures need it.
func (c *Classified) normalize(f crashdata.Frame) (err error) {
	c.Text = ""
	if c.Bare == "" {
		if c.Bare, err = Bare(f.Kind, f.Text); err != nil {
			return err
		}
	}
	hit, err := c.set.Match(siglists.LineNumbers, c.Bare)
	if err != nil {
		return err
	}
	function := c.Bare
	if c.Lined, c.LineNumbers = hit.OK, hit.Line; c.Lined {
		function += ":" + f.Line
	}
	c.Text, err = finished(f.Kind, function)
	return err
}

// Under is a frame as another set has it that matches it otherwise by one list at most, which is not that of line numbers. It
// is nil for a frame that is not classified in full.
func (c *Classified) Under(set *siglists.Set, list siglists.Name) *Classified {
	if c.Text == "" {
		return nil
	}
	h := *c.look()
	other := &Classified{Text: c.Text, Sentinel: c.Sentinel, set: set, LineNumbers: c.LineNumbers, Bare: c.Bare, Lined: c.Lined}
	switch list {
	case siglists.Sentinels:
		other.Sentinel, _ = set.Sentinel(c.Text)
	case siglists.Irrelevant:
		h.irrelevant, h.irrelevantFailed = set.Match(list, c.Text)
	case siglists.Prefix:
		h.prefix, h.prefixFailed = set.Match(list, c.Text)
	}
	if h.failed() {
		return nil
	}
	other.hits.Store(&h)
	return other
}

// Same tells whether two versions of a frame mean the same to every walk. One that could not be
// classified in full is never the same.
func (c *Classified) Same(d *Classified) bool {
	return c.Complete() && d.Complete() && c.Lined == d.Lined && c.Text == d.Text && (c.Sentinel == nil) == (d.Sentinel == nil) &&
		c.Irrelevant().OK == d.Irrelevant().OK && c.Prefix().OK == d.Prefix().OK
}

// Complete tells that no pattern met its limit.
func (c *Classified) Complete() bool {
	h := c.hits.Load() // before anybody asks, surely
	return !isLimit(c.failed) && (h == nil || !h.failed())
}

func (h *hits) failed() bool { return h.irrelevantFailed != nil || h.prefixFailed != nil }
