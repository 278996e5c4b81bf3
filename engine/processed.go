package engine

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// ErrNotProcessedCrash is returned for a document that is JSON but can't be a processed crash:
// Socorro's own conversion to crash data refuses it.
var ErrNotProcessedCrash = errors.New("not a processed crash")

// ParseProcessed reads what signature generation needs of a processed crash. The document must be one
// whole JSON value in UTF-8. Odd types inside it are no errors: they have the effect on the signature
// that they have in Socorro, or make the rule that meets them fail.
func ParseProcessed(doc []byte) (*Crash, error) {
	if !utf8.Valid(doc) {
		return nil, errNotUTF8
	}
	p := newProcessed(doc)
	if err := p.document(); err != nil {
		return nil, fmt.Errorf("reading processed crash: %w", err)
	}
	return p.crash()
}

// ParseWrapped is ParseProcessed for a document that may also be an object with the processed crash as its
// member processed_crash, as the lines of some corpora are; of several members of that name the last
// counts. It returns the processed crash as it stands in doc, too.
func ParseWrapped(doc []byte) (*Crash, []byte, error) {
	p := newProcessed(doc)
	err := p.document()
	switch inner := p.wrapped; {
	case err == nil && inner != nil:
		c, err := ParseProcessed(inner)
		return c, inner, err
	case !utf8.Valid(doc):
		return nil, nil, errNotUTF8
	case err != nil:
		return nil, nil, fmt.Errorf("reading processed crash: %w", err)
	}
	c, err := p.crash()
	return c, doc, err
}

var errNotUTF8 = errors.New("reading processed crash: not UTF-8")

func newProcessed(doc []byte) *processed { return &processed{doc: doc, dec: newDecoder(doc)} }

// newDecoder reads doc as Python would: of members with one name the last counts, and a lone
// surrogate is a character.
func newDecoder(doc []byte) *jsontext.Decoder {
	return jsontext.NewDecoder(bytes.NewBuffer(doc), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// span is a JSON value's place in the document.
type span struct{ start, end int64 }

// processed collects the values of a processed crash in one pass over the document. Threads are only
// located: which of them matter is known at the end.
type processed struct {
	doc []byte
	dec *jsontext.Decoder

	top           map[string]value // the members of the document that are used
	crashingIndex value
	reason, os    value
	threads       []span
	threadsByName map[string]span // threads that are an object, not a list
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

func (p *processed) document() error {
	p.top = map[string]value{}
	switch k := p.dec.PeekKind(); k {
	case '{':
		if err := members(p.dec, p.member); err != nil {
			return err
		}
	case '[', '"':
		// Socorro finds nothing in these and makes the signature of an empty crash.
		if err := p.dec.SkipValue(); err != nil {
			return err
		}
	default:
		if err := p.dec.SkipValue(); err != nil {
			return err
		}
		return ErrNotProcessedCrash
	}
	if _, err := p.dec.ReadToken(); !errors.Is(err, io.EOF) {
		return errors.New("more than one JSON value")
	}
	return nil
}

func (p *processed) member(name string) error {
	switch {
	case name == "json_dump":
		p.crashingIndex, p.reason, p.os = value{}, value{}, value{}
		p.threads, p.threadsByName = p.threads[:0], nil
		return ifObject(p.dec, p.dumpMember)
	case topMembers[name]:
		v, err := readValue(p.dec)
		p.top[name] = v
		return err
	case name == "processed_crash":
		at, err := p.skip()
		p.wrapped = p.raw(at)
		return err
	}
	return p.dec.SkipValue()
}

func (p *processed) dumpMember(name string) error {
	switch name {
	case "crash_info":
		p.crashingIndex, p.reason = value{}, value{}
		return ifObject(p.dec, func(name string) error {
			switch name {
			case "crashing_thread":
				return readInto(p.dec, &p.crashingIndex)
			case "type":
				return readInto(p.dec, &p.reason)
			}
			return p.dec.SkipValue()
		})
	case "system_info":
		p.os = value{}
		return ifObject(p.dec, func(name string) error {
			if name == "os" {
				return readInto(p.dec, &p.os)
			}
			return p.dec.SkipValue()
		})
	case "threads":
		return p.locateThreads()
	}
	return p.dec.SkipValue()
}

func (p *processed) locateThreads() error {
	p.threads, p.threadsByName = p.threads[:0], nil
	switch p.dec.PeekKind() {
	case '[':
		return elements(p.dec, func() error {
			at, err := p.skip()
			p.threads = append(p.threads, at)
			return err
		})
	case '{':
		p.threadsByName = map[string]span{}
		return members(p.dec, func(name string) error {
			at, err := p.skip()
			p.threadsByName[name] = at
			return err
		})
	}
	return p.dec.SkipValue()
}

// skip passes over a value and tells where it was, with the separator in front of it.
func (p *processed) skip() (span, error) {
	start := p.dec.InputOffset()
	err := p.dec.SkipValue()
	return span{start, p.dec.InputOffset()}, err
}

// raw is the value at a place.
func (p *processed) raw(at span) []byte { return bytes.TrimLeft(p.doc[at.start:at.end], ",: \t\r\n") }

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
