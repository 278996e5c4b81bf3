package madeup

import (
	"fmt"
	"maps"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// spaced is JSON as the service sends it. Members come in one order, since the documents of a seed are always the same bytes.
var spaced = json.JoinOptions(jsontext.SpaceAfterColon(true), jsontext.SpaceAfterComma(true), json.Deterministic(true))

// The parts of a document that it has many of. The others are maps.
type (
	threadJSON struct {
		FrameCount int         `json:"frame_count"`
		Frames     []frameJSON `json:"frames"`
		LastError  *string     `json:"last_error_value"`
		Name       *string     `json:"thread_name"`
	}
	frameJSON struct {
		placeJSON
		Frame    int            `json:"frame"`
		Inlines  []placeJSON    `json:"inlines,omitempty"`
		Module   string         `json:"module,omitempty"`
		Offset   string         `json:"offset"`
		Unloaded []unloadedJSON `json:"unloaded_modules,omitempty"`
	}
	placeJSON struct {
		File     string `json:"file,omitempty"`
		Function string `json:"function,omitempty"`
		Line     int    `json:"line,omitzero"`
	}
	unloadedJSON struct {
		Module  string   `json:"module"`
		Offsets []string `json:"offsets"`
	}
)

// document has few of the hundreds of members that real ones have: those that are read, and some to pass over.
func (c *crash) document() map[string]any {
	f, b, p, processed := c.family, c.build, c.platform, c.processed
	threads, crashing := c.threads()
	address := hex(c.layout >> 20)
	doc := map[string]any{
		"address": address, "build": b.id, "crash_time": processed.Unix() - 30, "date_processed": processed.Format(timeLayout), "os_name": p.os,
		"process_type": f.process, "product": b.product, "release_channel": b.channel, "signature": f.signature, "uuid": c.id(), "version": b.version,
		// What stack walkers find out, in their names.
		"json_dump": map[string]any{
			"crash_info":  map[string]any{"address": address, "crashing_thread": crashing, "type": f.reason},
			"status":      "OK",
			"system_info": map[string]any{"cpu_arch": p.cpu, "cpu_count": 8, "os": p.os, "os_ver": p.version},
			"threads":     threads, "thread_count": len(threads),
		},
	}
	maps.Copy(doc, f.fields)
	return doc
}

// timeLayout is how the service writes times.
const timeLayout = "2006-01-02T15:04:05.000000+00:00"

// id is a crash id: hexadecimal digits, then the day it was processed.
func (c *crash) id() string {
	r := newRNG(c.seed, streamID, uint64(c.index))
	return fmt.Sprintf("%08x-%04x-%04x-%04x-%06x%s",
		uint32(r.next()), uint16(r.next()), uint16(r.next()), uint16(r.next()), r.next()&0xffffff, c.processed.Format("060102"))
}

// frame is the i-th of a stack. Modules lie elsewhere in each crash.
func (c *crash) frame(f *frame, i int) frameJSON {
	out, address := frameJSON{placeJSON: c.place(f), Frame: i}, 0x2000_0000_0000+uint64(f.moduleOffset)
	// Code that was made at run time lies elsewhere each time, so that its address makes no signature twice.
	if f.scattered {
		address ^= mix(c.layout+uint64(i)) >> 24
	}
	if f.module != moduleNone {
		address = c.moduleBase(f.module) + uint64(f.moduleOffset)
		out.Module = c.platform.modules[f.module]
	}
	out.Offset = hex(address)
	for _, in := range f.inlines {
		out.Inlines = append(out.Inlines, c.place(in))
	}
	if f.unloaded != "" {
		out.Unloaded = []unloadedJSON{{f.unloaded, []string{hex(uint64(f.moduleOffset & 0xffff))}}}
	}
	return out
}

// place is where a frame is in the sources. A file of the tree is reported as where the build's repository is, the path, and the revision.
func (c *crash) place(f *frame) placeJSON {
	file := f.source
	if f.inTree {
		file = "hg:" + c.build.repository + ":" + file + ":" + c.build.revision
	}
	return placeJSON{file, f.function, f.line}
}

// moduleBase is where a module lies: modules keep their order and lie 256 MB
// apart, moved by up to 128 MB in steps of 64 KB.
func (c *crash) moduleBase(m module) uint64 {
	shift := mix(c.layout+uint64(m)) % 0x800
	return c.platform.base + uint64(m)<<28 + shift<<16
}

func hex(n uint64) string { return "0x" + strconv.FormatUint(n, 16) }
