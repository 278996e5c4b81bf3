package engine

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/sigdiff/sigdiff/pyjson"
)

// ErrNotProcessedCrash is returned for a document that is JSON but can't be a processed crash:
// Socorro's own conversion to crash data refuses it.
var ErrNotProcessedCrash = errors.New("not a processed crash")

// ParseProcessed reads what signature generation needs of a processed crash. The document must be one
// whole JSON value in UTF-8, or what Python's json module takes for one: a byte order mark in front, NaN,
// Infinity and encoded surrogates are read as Python reads them. Odd types inside it are no errors: they have the effect on the signature
// that they have in Socorro, or make the rule that meets them fail.
func ParseProcessed(doc []byte) (*Crash, error) {
	p, err := newProcessed(doc)
	if !p.isUTF8() {
		return nil, errNotUTF8
	}
	if err != nil {
		return nil, fmt.Errorf("reading processed crash: %w", err)
	}
	return p.crash()
}

// ParseWrapped is ParseProcessed for a document that may also be an object with the processed crash as its
// member processed_crash, as the lines of some corpora are; of several members of that name the last
// counts. It returns the processed crash as it stands in doc, too, but for a byte order mark and encoded
// surrogates.
func ParseWrapped(doc []byte) (*Crash, []byte, error) {
	p, err := newProcessed(doc)
	switch inner := p.wrapped; {
	case err == nil && inner != nil:
		c, err := ParseProcessed(inner)
		return c, inner, err
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
	plain := bytes.TrimPrefix(doc, []byte(pyjson.BOM))
	p := &processed{doc: plain, in: newScanner(plain), plain: true}
	if p.document() == nil {
		return p, nil
	}
	return decodeProcessed(doc)
}

// decodeProcessed is newProcessed for documents that are not plain.
func decodeProcessed(doc []byte) (*processed, error) {
	doc = pyjson.Text(doc)
	p := &processed{doc: doc, in: newDecoder(doc)}
	return p, p.document()
}

// span is a JSON value's place in the document.
type span struct{ start, end int }

// processed collects the values of a processed crash in one pass over the document. Threads are only
// located: which of them matter is known at the end.
type processed struct {
	doc   []byte
	in    reader
	plain bool // a scanner could read it

	top           map[string]value // the members of the document that are used
	crashingIndex value
	reason, os    value
	threads       []span
	threadsByName map[string]span // threads that are an object, not a list
	javaIn        bool            // it is no object, but names a Java crash
	wrapped       []byte          // the member processed_crash, which a processed crash doesn't have
}

// topMembers are the members of a processed crash that are read as they are.
var topMembers = map[string]bool{
	"hang": true, "oom_allocation_size": true, "js_large_allocation_failure": true, "abort_message": true,
	"mdsw_status_string": true, "async_shutdown_timeout": true, "ipc_channel_error": true, "ipc_message_name": true,
	"additional_minidumps": true, "signature": true, "java_exception": true, "java_stack_trace": true,
	"moz_crash_reason": true, "uuid": true, "product": true, "version": true, "release_channel": true,
	"os_name": true, "build": true, "date_processed": true,
}

func (p *processed) isUTF8() bool { return p.plain || utf8.Valid(p.doc) }

func (p *processed) document() error {
	p.top = map[string]value{}
	switch p.in.kind() {
	case '{':
		if err := p.in.members(p.member); err != nil {
			return err
		}
	case '[', '"':
		if err := p.noObject(); err != nil || p.javaIn {
			return cmp.Or(err, ErrNotProcessedCrash)
		}
	default:
		if err := p.in.skip(); err != nil {
			return err
		}
		return ErrNotProcessedCrash
	}
	return p.in.end()
}

// noObject reads a list or a text. Socorro finds nothing in it and makes the signature of an empty crash, unless
// it seems to it that it has a member of a Java crash.
func (p *processed) noObject() error {
	element := func() error {
		if p.in.kind() != '"' {
			return p.in.skip()
		}
		v, err := p.in.value()
		p.javaIn = p.javaIn || v.is("java_exception") || v.is("java_stack_trace")
		return err
	}
	if p.in.kind() == '[' {
		return p.in.elements(element)
	}
	v, err := p.in.value()
	p.javaIn = strings.Contains(v.text, "java_exception") || strings.Contains(v.text, "java_stack_trace")
	return err
}

func (p *processed) member(name []byte) error {
	switch {
	case string(name) == "json_dump":
		p.crashingIndex, p.reason, p.os = value{}, value{}, value{}
		p.threads, p.threadsByName = p.threads[:0], nil
		return ifObject(p.in, p.dumpMember)
	case topMembers[string(name)]:
		v, err := p.in.value()
		p.top[string(name)] = v
		return err
	case string(name) == "processed_crash":
		at, err := p.skip()
		p.wrapped = p.raw(at)
		return err
	}
	return p.in.skip()
}

func (p *processed) dumpMember(name []byte) error {
	switch string(name) {
	case "crash_info":
		p.crashingIndex, p.reason = value{}, value{}
		return ifObject(p.in, func(name []byte) error {
			switch string(name) {
			case "crashing_thread":
				return readInto(p.in, &p.crashingIndex)
			case "type":
				return readInto(p.in, &p.reason)
			}
			return p.in.skip()
		})
	case "system_info":
		p.os = value{}
		return ifObject(p.in, func(name []byte) error {
			if string(name) == "os" {
				return readInto(p.in, &p.os)
			}
			return p.in.skip()
		})
	case "threads":
		return p.locateThreads()
	}
	return p.in.skip()
}

func (p *processed) locateThreads() error {
	p.threads, p.threadsByName = p.threads[:0], nil
	switch p.in.kind() {
	case '[':
		return p.in.elements(func() error {
			at, err := p.skip()
			p.threads = append(p.threads, at)
			return err
		})
	case '{':
		p.threadsByName = map[string]span{}
		return p.in.members(func(name []byte) error {
			at, err := p.skip()
			p.threadsByName[string(name)] = at
			return err
		})
	}
	return p.in.skip()
}

// skip passes over a value and tells where it was, maybe with the separator in front of it.
func (p *processed) skip() (span, error) {
	start := p.in.offset()
	err := p.in.skip()
	return span{start, p.in.offset()}, err
}

// raw is the value at a place.
func (p *processed) raw(at span) []byte { return rawAt(p.doc, at.start, at.end) }

// crash makes the crash data of what has been collected.
func (p *processed) crash() (*Crash, error) {
	size, err := newOOMSize(p.top["oom_allocation_size"])
	if err != nil {
		return nil, err
	}
	c := &Crash{
		meta:     p.meta(),
		crashing: newThreadIndex(p.crashingIndex),
		os:       p.os, reason: p.reason,
		hang:                     p.top["hang"],
		jsLargeAllocationFailure: p.top["js_large_allocation_failure"],
		abortMessage:             p.top["abort_message"],
		mdswStatusString:         p.top["mdsw_status_string"],
		asyncShutdownTimeout:     p.top["async_shutdown_timeout"],
		ipcChannelError:          p.top["ipc_channel_error"],
		ipcMessageName:           p.top["ipc_message_name"],
		additionalMinidumps:      p.top["additional_minidumps"],
		mozCrashReason:           p.top["moz_crash_reason"],
		oomAllocationSize:        size,
		java:                     newJavaSignature(p.top["java_stack_trace"], p.top["java_exception"]),
	}
	windows := p.os.kind == kindStr && p.os.text == "Windows NT"
	if c.stack, err = p.thread(c.crashing.text, windows); err != nil {
		return nil, err
	}
	if c.crashing.text != "0" {
		zero, err := p.thread("0", windows)
		c.zero = &zero
		return c, err
	}
	return c, nil
}

func (p *processed) meta() Meta {
	text := func(name string) string {
		if v := p.top[name]; v.kind == kindStr {
			return v.text
		}
		return ""
	}
	return Meta{
		ID: text("uuid"), Signature: text("signature"), Product: text("product"), Version: text("version"),
		Channel: text("release_channel"), Platform: text("os_name"), Build: text("build"), Processed: text("date_processed"),
	}
}

// newOOMSize fails where Socorro's conversion fails: an infinite float has no integer.
func newOOMSize(v value) (oomSize, error) {
	n, result := v.toInt()
	switch {
	case result == intOverflow:
		return oomNone, fmt.Errorf("%w: oom_allocation_size is infinite", ErrNotProcessedCrash)
	case result == intRejected:
		return oomNone, nil
	case n.Sign() == 0:
		return oomZero, nil
	case !n.IsInt64() && n.Sign() > 0 || n.IsInt64() && n.Int64() > smallAllocation:
		return oomLarge, nil
	}
	return oomSmall, nil
}

func newThreadIndex(v value) threadIndex {
	n, result := v.toInt()
	switch result {
	case intOK:
		return threadIndex{text: n.String()}
	case intOverflow:
		return threadIndex{failure: "cannot convert float infinity to integer"}
	}
	return threadIndex{text: "0"}
}
