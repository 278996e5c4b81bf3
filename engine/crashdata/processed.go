package crashdata

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sigdiff/sigdiff/internal/pyjson"
)

// ErrNotProcessedCrash is returned for a document that is JSON but can't be a processed crash:
// Socorro's own conversion to crash data refuses it.
var ErrNotProcessedCrash = errors.New("not a processed crash")

// ParseProcessed reads what signature generation needs of a processed crash. The document must be one
// whole JSON value in UTF-8, or what Python's json module takes for one: a byte order mark in front, NaN,
// Infinity and encoded surrogates are read as Python reads them. Odd types inside it are no errors: they have the effect on the signature
// that they have in Socorro, or make the rule that meets them fail. A document of another shape is a crash without a
// stack, and no error: Read tells shapes apart.
func ParseProcessed(doc []byte) (*Crash, error) {
	p, err := newProcessed(doc)
	c, _, err := p.read(err)
	return c, err
}

// read makes the crash of what has been collected, unless that failed.
func (p *processed) read(err error) (*Crash, []byte, error) {
	switch {
	// Python decodes the document before it reads any of it, so that this is what is wrong with it first.
	case !p.isUTF8():
		return nil, nil, errNotUTF8
	case err != nil:
		return nil, nil, fmt.Errorf("reading processed crash: %w", err)
	}
	c, err := p.crash()
	return c, p.doc, err
}

var errNotUTF8 = errors.New("reading processed crash: not UTF-8")

// newProcessed collects the values of a processed crash.
func newProcessed(doc []byte) (*processed, error) {
	doc = pyjson.Text(doc)
	p := &processed{doc: doc, in: pyjson.NewReader(doc)}
	return p, p.document()
}

// processed collects the values of a processed crash in one pass over the document. Threads are only
// located: which of them matter is known at the end.
type processed struct {
	doc []byte
	in  *pyjson.Reader

	top     map[string]pyjson.Value // the members of the document that are used
	dump    dump
	javaIn  bool            // it is no object, but names a Java crash
	wrapped []byte          // the member processed_crash, which a processed crash doesn't have
	hasDump bool            // it has a member json_dump
	others  map[string]bool // which of otherMembers it has
}

// dump is what is read of a processed crash's json_dump.
type dump struct {
	crashingIndex pyjson.Value
	reason, os    pyjson.Value
	threads       [][]byte
	threadsByName map[string][]byte // threads that are an object, not a list
}

// topMembers are the members of a processed crash that are read as they are. OS and Reason are not among them.
var topMembers = setOf(slices.Concat(metaMembers[:], valueMembers[2:], []string{"oom_allocation_size", "java_exception", "java_stack_trace"}))

func setOf(names []string) map[string]bool {
	set := map[string]bool{}
	for _, name := range names {
		set[name] = true
	}
	return set
}

func (p *processed) isUTF8() bool { return utf8.Valid(p.doc) }

// document reads the whole value. What is no object may still be a document to Socorro: see noObject.
func (p *processed) document() error {
	p.top = map[string]pyjson.Value{}
	switch p.in.Kind() {
	case '{':
		if err := p.in.Members(p.member); err != nil {
			return err
		}
	case '[', '"':
		if err := p.noObject(); err != nil || p.javaIn {
			return cmp.Or(err, ErrNotProcessedCrash)
		}
	default:
		if err := p.in.Skip(); err != nil {
			return err
		}
		return ErrNotProcessedCrash
	}
	return p.in.End()
}

// noObject reads a list or a text. Socorro finds nothing in it and makes the signature of an empty crash, unless
// it seems to it that it has a member of a Java crash.
func (p *processed) noObject() error {
	element := func() error {
		if p.in.Kind() != '"' {
			return p.in.Skip()
		}
		v, err := p.in.Value()
		p.javaIn = p.javaIn || v.Is("java_exception") || v.Is("java_stack_trace")
		return err
	}
	if p.in.Kind() == '[' {
		return p.in.Elements(element)
	}
	v, err := p.in.Value()
	p.javaIn = strings.Contains(v.Text, "java_exception") || strings.Contains(v.Text, "java_stack_trace")
	return err
}

// member reads a member of the document, or passes over it: of a name that stands twice the last one counts.
func (p *processed) member(name []byte) error {
	switch {
	case string(name) == "json_dump":
		// A second json_dump takes the place of the first, of which nothing counts any more.
		p.dump, p.hasDump = dump{threads: p.dump.threads[:0]}, true
		return pyjson.IfObject(p.in, p.dumpMember)
	case topMembers[string(name)]:
		v, err := p.in.Value()
		p.top[string(name)] = v
		return err
	case string(name) == "processed_crash":
		raw, err := p.in.Raw()
		p.wrapped = raw
		return err
	case otherMembers[string(name)]:
		if p.others == nil {
			p.others = map[string]bool{}
		}
		p.others[string(name)] = true
	}
	return p.in.Skip()
}

// dumpMember reads a member of json_dump. The dump is most of a document, and nearly all of it is passed over.
func (p *processed) dumpMember(name []byte) error {
	switch string(name) {
	case "crash_info":
		return p.readMembers(map[string]*pyjson.Value{"crashing_thread": &p.dump.crashingIndex, "type": &p.dump.reason})
	case "system_info":
		return p.readMembers(map[string]*pyjson.Value{"os": &p.dump.os})
	case "threads":
		return p.locateThreads()
	}
	return p.in.Skip()
}

// readMembers reads the members of an object that are used. Of an object that stands twice in its document the second counts alone, as
// for Python: what it lacks is not there.
func (p *processed) readMembers(into map[string]*pyjson.Value) error {
	for _, v := range into {
		*v = pyjson.Value{}
	}
	return pyjson.IfObject(p.in, func(name []byte) error {
		if v := into[string(name)]; v != nil {
			return pyjson.ReadInto(p.in, v)
		}
		return p.in.Skip()
	})
}

// usualThreads is how many threads few crashes have more than.
const usualThreads = 128

// locateThreads keeps where each thread is. Reading all of them would take as long as everything else together.
func (p *processed) locateThreads() error {
	d := &p.dump
	d.threads, d.threadsByName = d.threads[:0], nil
	switch p.in.Kind() {
	case '[':
		if d.threads == nil {
			d.threads = make([][]byte, 0, usualThreads)
		}
		return p.in.Elements(func() error {
			raw, err := p.in.Raw()
			d.threads = append(d.threads, raw)
			return err
		})
		// The reference finds a thread in an object, too, under its number as a name.
	case '{':
		d.threadsByName = map[string][]byte{}
		return p.in.Members(func(name []byte) error {
			raw, err := p.in.Raw()
			d.threadsByName[string(name)] = raw
			return err
		})
	}
	return p.in.Skip()
}

// crash makes the crash data of what has been collected.
func (p *processed) crash() (*Crash, error) {
	size, err := newOOMSize(p.top["oom_allocation_size"])
	if err != nil {
		return nil, err
	}
	c := &Crash{
		Meta: p.meta(), Crashing: newThreadIndex(p.dump.crashingIndex), OOMAllocationSize: size,
		Java: newJavaSignature(p.top["java_stack_trace"], p.top["java_exception"]),
	}
	for i, v := range c.values() {
		*v = p.top[valueMembers[i]]
	}
	// A processed crash has these two in its dump.
	c.OS, c.Reason = p.dump.os, p.dump.reason
	windows := p.dump.os.Is("Windows NT")
	if c.Stack, err = p.thread(c.Crashing.Text, windows); err != nil {
		return nil, err
	}
	if c.Crashing.Text != "0" {
		zero, err := p.thread("0", windows)
		c.zero = &zero
		return c, err
	}
	return c, nil
}

func (p *processed) meta() (m Meta) {
	for i, field := range m.fields() {
		*field = textIn(p.top[metaMembers[i]])
	}
	m.Startup = startupOf(p.top["startup_crash"])
	// Socorro makes the one of the other, which crash data and the output of minidump-stackwalk have alone.
	m.Platform = cmp.Or(m.Platform, textIn(p.dump.os))
	return m
}

// textIn is a text; empty for any other value.
func textIn(v pyjson.Value) string {
	if v.Kind != pyjson.KindStr {
		return ""
	}
	return v.Text
}

// startupOf is T where a value says that a crash was one while the program started. A list or an object says nothing: what is in
// it is not kept.
func startupOf(v pyjson.Value) string {
	if v.Kind < pyjson.KindStr && v.Truthy() || v.Is("T") || v.Is("1") {
		return "T"
	}
	return ""
}

// newOOMSize fails where Socorro's conversion fails: an infinite float has no integer.
func newOOMSize(v pyjson.Value) (OOMSize, error) {
	n, result := pyjson.ToInt(v)
	switch {
	case result == pyjson.IntOverflow:
		return OOMNone, fmt.Errorf("%w: oom_allocation_size is infinite", ErrNotProcessedCrash)
	case result == pyjson.IntRejected:
		return OOMNone, nil
	case n.Sign() == 0:
		return OOMZero, nil
	case !n.IsInt64() && n.Sign() > 0 || n.IsInt64() && n.Int64() > smallAllocation:
		return OOMLarge, nil
	}
	return OOMSmall, nil
}

// newThreadIndex is Python's int(v), or 0 where that is no number, as Socorro takes it.
func newThreadIndex(v pyjson.Value) ThreadIndex {
	n, result := pyjson.ToInt(v)
	switch result {
	case pyjson.IntOK:
		return ThreadIndex{Text: n.String()}
	case pyjson.IntOverflow:
		return ThreadIndex{Failure: "cannot convert float infinity to integer"}
	}
	return ThreadIndex{Text: "0"}
}
