package crashdata

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/sigdiff/sigdiff/internal/pyjson"
)

// Read reads the crash in a document of any shape that people keep crashes in, and refuses others with ErrShape:
//
//   - a processed crash, or an object with one as its member processed_crash;
//   - crash data, as CrashData makes it and siggen's fetch-data writes it: threads or original_signature, and no json_dump;
//   - a row of published crash pings: stack and document_id;
//   - what minidump-stackwalk --json writes, which is the json_dump of a processed crash. annotations, unless it is
//     nil, gives the annotations that were sent with the minidump, as the file .extra has them, or nil.
//
// It returns the document as a processed crash, too: as it stands in doc, but for a byte order mark and encoded
// surrogates, or made of it.
func Read(doc []byte, annotations func() ([]byte, error)) (*Crash, []byte, error) {
	crash, processed, err := read(doc, annotations, false)
	if err == nil {
		err = CheckShape(processed, crash)
	}
	return crash, processed, err
}

// ReadData reads a document as siggen's signify does: what has no json_dump is crash data, whatever it lacks. It reads the
// other shapes of Read as well, none of which is mistaken for that.
func ReadData(doc []byte) (*Crash, error) {
	crash, _, err := read(doc, nil, true)
	return crash, err
}

// read reads a document of any shape. As data, one that has no json_dump and no other shape is crash data.
func read(doc []byte, annotations func() ([]byte, error), asData bool) (*Crash, []byte, error) {
	p, err := newProcessed(doc)
	var processed []byte
	// The order matters: what minidump-stackwalk writes has threads, too, which make others crash data.
	switch {
	case err == nil && p.wrapped != nil:
		processed = p.wrapped
	case err != nil || !p.isUTF8():
		return p.read(err)
	case p.isStackwalk():
		processed, err = stackwalkCrash(p.doc, annotations)
	case p.isPing():
		processed = pingCrash(p.doc)
	case p.isCrashData() || asData && !p.hasDump:
		processed, err = p.crashDataCrash()
	default:
		return p.read(nil)
	}
	if err != nil {
		return nil, nil, err
	}
	crash, err := ParseProcessed(processed)
	if err == nil && p.wrapped != nil { // a program that wraps its crashes means them to be processed ones
		err = CheckShape(processed, crash)
	}
	return crash, processed, err
}

// otherMembers are members that tell other shapes from a processed crash, which doesn't have them.
var otherMembers = setOf([]string{"threads", "original_signature", "crash_info", "system_info", "stack", "document_id"})

// isProcessed tells a processed crash by what Socorro writes into each. One whose dump couldn't be walked has no json_dump.
func (p *processed) isProcessed() bool {
	_, dated := p.top["date_processed"]
	return p.hasDump || dated
}

// isStackwalk tells the output of minidump-stackwalk: json_dump without the crash around it.
func (p *processed) isStackwalk() bool {
	return !p.isProcessed() && (p.others["crash_info"] || p.others["system_info"])
}

// isCrashData tells crash data by what Socorro always writes into it and what a processed crash lacks: that of a crash
// without a dump, such as a Java crash, has no threads.
func (p *processed) isCrashData() bool {
	return !p.isProcessed() && (p.others["threads"] || p.others["original_signature"])
}

// crashDataCrash makes a processed crash of crash data: one of which CrashData makes the same again.
func (p *processed) crashDataCrash() ([]byte, error) {
	data := Object(p.doc)
	if data == nil {
		return nil, errors.New("reading crash data: it is no JSON object")
	}
	// Socorro converts that of a processed crash alone. In crash data, the rule meets it as it is.
	size := p.top["oom_allocation_size"]
	switch converted, err := newOOMSize(size); {
	case err != nil:
		return nil, err
	case size.Is(""), size.Truthy() != (converted >= OOMSmall):
		return nil, fmt.Errorf("reading crash data: oom_allocation_size is no integer: %.100s", size)
	}
	crash := map[string]json.RawMessage{}
	if recorded, ok := data["original_signature"]; ok {
		crash["signature"] = recorded
	}
	keep(crash, data, slices.Collect(maps.Keys(topMembers))...)
	crash["json_dump"] = joined(map[string]json.RawMessage{
		"threads":     data["threads"],
		"crash_info":  joined(map[string]json.RawMessage{"crashing_thread": data["crashing_thread"], "type": data["reason"]}),
		"system_info": joined(map[string]json.RawMessage{"os": data["os"]}),
	})
	return joined(crash), nil
}

// stackwalkCrash makes a processed crash of what minidump-stackwalk writes, and annotations, as Socorro does.
func stackwalkCrash(dump []byte, annotations func() ([]byte, error)) ([]byte, error) {
	// Socorro records this status where the stack walker gave none, and a rule looks at it.
	crash := map[string]json.RawMessage{"json_dump": dump, "mdsw_status_string": json.RawMessage(`"unknown error"`)}
	members := Object(dump)
	keep(crash, members, "uuid")
	if status, ok := members["status"]; ok {
		crash["mdsw_status_string"] = status
	}
	if annotations == nil {
		return joined(crash), nil
	}
	text, err := annotations()
	if err == nil && text != nil {
		err = annotate(crash, pyjson.Text(text))
	}
	if err != nil {
		return nil, fmt.Errorf("reading annotations: %w", err)
	}
	return joined(crash), nil
}
