// Package crashdata reads what signatures are made from out of processed crashes, and keeps it as crash records.
package crashdata

import (
	"slices"
	"strconv"

	"github.com/sigdiff/sigdiff/internal/pyjson"
)

// MaxFrames is how many frames of a thread, inlined functions included, signature generation looks at.
const MaxFrames = 40

// Crash is what signature generation, and the choice of crashes for a corpus, read of a processed
// crash. It is made by ParseProcessed or DecodeRecord and never changes.
type Crash struct {
	Meta Meta

	Crashing ThreadIndex
	Stack    Thread  // the crashing thread
	zero     *Thread // thread 0 where that is another

	// As the processed crash has them; Reason is crash_info.type, OS is system_info.os of json_dump. Rules meet odd types.
	OS, Reason, Hang, JSLargeAllocationFailure, AbortMessage, MDSWStatusString, AsyncShutdownTimeout,
	IPCChannelError, IPCMessageName, AdditionalMinidumps, MozCrashReason pyjson.Value

	OOMAllocationSize OOMSize
	Java              *JavaSignature // of a Java crash
}

// Meta says what is known of a crash beside what makes its signature. Each may be empty.
type Meta struct {
	ID        string // crash id
	Signature string // the signature that the processed crash records
	Product   string
	Version   string
	Channel   string // release channel
	Platform  string // operating system, as in os_name
	Process   string // type of the process, such as content
	CPU       string // architecture of the processor, such as arm64
	Startup   string // T of a crash while the program started, as Super Search counts them
	Sent      string // when it was sent, which Socorro calls date_processed, ISO 8601, UTC
	Completed string // when Socorro processed it last
}

// ID is the crash id.
func (c *Crash) ID() string { return c.Meta.ID }

// ThreadZero is thread 0.
func (c *Crash) ThreadZero() *Thread {
	switch {
	case c.Crashing.Text == "0":
		return &c.Stack
		// A crash without such a thread is one whose thread 0 is empty, as Socorro's rules take it.
	case c.zero == nil:
		return &Thread{}
	}
	return c.zero
}

// Threads are those that the signature is made from, in the order of its passes: the crashing thread, and of a shutdownhang
// thread 0; none of a Java crash.
func (c *Crash) Threads(hang bool) []*Thread {
	switch {
	case c.Java != nil:
		return nil
	case hang:
		return []*Thread{&c.Stack, c.ThreadZero()}
	}
	return []*Thread{&c.Stack}
}

// LastStack is the stack that a signature is made from in the end, of its threads; nil where it is made from none.
func LastStack(threads []*Thread) []StackFrame {
	if len(threads) == 0 {
		return nil
	}
	return threads[len(threads)-1].Frames
}

// HasStack tells whether there is anything to make a signature from: a frame of the crashing thread that is known by
// something, or a Java stack or exception.
func (c *Crash) HasStack() bool {
	if c.Java != nil {
		return !c.Java.IsEmpty()
	}
	return slices.ContainsFunc(c.Stack.Frames, func(f StackFrame) bool { return f.Text != "" })
}

// ThreadIndex is the crashing thread's number as text (it may be beyond any integer type), or why
// Python's int() can't tell it.
type ThreadIndex struct {
	Text    string
	Failure string
}

// OOMSize is an oom_allocation_size that is an integer; the largest size that counts as small is all
// that matters about its magnitude.
type OOMSize uint8

// The kinds of sizes. Socorro tests the size for truth to know whether a crash is one, and compares it to tell small from large: zero
// is not the same to both.
const (
	OOMNone OOMSize = iota
	OOMZero         // no allocation size to the predicate of the rule, a small one to its action
	OOMSmall
	OOMLarge
)

// smallAllocation is the largest allocation, in bytes, whose failure counts as a small OOM.
const smallAllocation = 262144

// Thread is the part of a thread that signature generation reads.
type Thread struct {
	// Frames are the first MaxFrames, inlined functions expanded.
	Frames []StackFrame
	// oddLines are the source lines that are no plain number.
	oddLines []string
	// LastError is last_error_value.
	LastError string
	// Failure says why frames can't be read; the rule that needs them fails.
	Failure string
	// Odd marks a thread that is no object, so that even last_error_value can't be read.
	Odd bool
}

// StackFrame is a frame in a stack: what it is, and the source line it is at.
type StackFrame struct {
	*Symbol
	Number int32 // that of the symbol, which many look at who don't look at the symbol
	line   sourceLine
}

// NewStackFrame is a frame without a source line.
func NewStackFrame(s *Symbol) StackFrame { return StackFrame{s, s.Number, noLine} }

// sourceLine is a source line: a number, noLine, or below that an index into a thread's odd lines.
type sourceLine int32

// Numbers from 0 on are lines themselves: nearly all are, and a text for each would take more memory than the frames.
const noLine sourceLine = -1

// noLineText is how Python formats a source line that isn't there.
const noLineText = "None"

// AddFrame adds a frame to the thread.
func (t *Thread) AddFrame(s *Symbol, line string) {
	f := NewStackFrame(s)
	// The text of a frame without a function has its line already, where it has one.
	if line != noLineText && s.Kind != FrameText {
		f.line = t.sourceLine(line)
	}
	t.Frames = append(t.Frames, f)
}

// sourceLine keeps a line. One that Python would write otherwise than it stands there, such as 007, is odd.
func (t *Thread) sourceLine(line string) sourceLine {
	n, err := strconv.ParseInt(line, 10, 32)
	if err == nil && n >= 0 && strconv.FormatInt(n, 10) == line {
		return sourceLine(n)
	}
	t.oddLines = append(t.oddLines, line)
	return -1 - sourceLine(len(t.oddLines))
}

// Frame is a frame of the thread, as it is shown.
func (t *Thread) Frame(f StackFrame) Frame {
	if f.Kind == FrameText {
		return Frame{Text: f.Text}
	}
	return Frame{Kind: f.Kind, Text: f.Text, Line: t.lineText(f.line)}
}

// lineText is a line as Python formats it, whatever it was.
func (t *Thread) lineText(line sourceLine) string {
	switch {
	case line >= 0:
		return strconv.Itoa(int(line))
	case line == noLine:
		return noLineText
	}
	return t.oddLines[-2-line]
}

// FrameKind says what a frame is known by.
type FrameKind uint8

const (
	// FrameText is a frame known by its source line, module or offset: Text is its final form.
	FrameText FrameKind = iota
	// FrameCPP is a function to be normalised by the C++ rules.
	FrameCPP
	// FrameRust is a function to be normalised by the Rust rules.
	FrameRust
)

// Frame is one frame, reduced to what its normalised form depends on. Frames are comparable: equal
// frames have equal normalised forms under one siglist set.
type Frame struct {
	Kind FrameKind
	// Text is the function as the processed crash has it, or the final form of a frame without one.
	Text string
	// Line is the source line of a function, as Python formats it ("None" when there is none).
	Line string
}

// WithID is the crash under an id, for a processed crash that doesn't say its own.
func (c *Crash) WithID(id string) *Crash {
	named := *c
	named.Meta.ID = id
	return &named
}
