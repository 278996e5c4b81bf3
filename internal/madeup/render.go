package madeup

import (
	"fmt"
	"strconv"
	"time"
)

// Frames are written with append from pieces that are already escaped: the
// generator must be faster than what it is there to measure. The members come in
// alphabetical order with a space after `:` and `,`, as the service sends them.

// cat appends texts.
func cat(dst []byte, texts ...string) []byte {
	for _, text := range texts {
		dst = append(dst, text...)
	}
	return dst
}

// append writes the document, with few members of the hundreds that real ones have: those that are read, and some to pass over.
func (c *crash) append(dst []byte) []byte {
	f, b, processed := c.family, c.build, c.processed()
	dst = fmt.Appendf(dst, `{"address": "%#x", "build": "%s", "crash_time": %d, "date_processed": "%s"%s`,
		c.layout>>20, b.id, processed.Unix()-30, processed.Format(timeLayout), f.fields)
	dst = c.appendDump(dst)
	return fmt.Appendf(dst, `, "os_name": "%s", "process_type": "%s", "product": "%s", "release_channel": "%s", "signature": "%s", "uuid": "%s", "version": "%s"}`,
		c.platform.os, f.process, b.product, b.channel, escape(f.signature), c.appendID(nil), b.version)
}

const october2026 = 1790812800 // 2026-10-01T00:00:00Z

// timeLayout is how the service writes times.
const timeLayout = "2006-01-02T15:04:05.000000+00:00"

// processed is when the crash was processed; its id ends in that day.
func (c *crash) processed() time.Time {
	return time.Unix(october2026+int64(c.day-1)*86400+int64(c.second), int64(c.layout%1_000_000)*1000).UTC()
}

func appendHex(dst []byte, n uint64) []byte {
	dst = append(dst, "0x"...)
	return strconv.AppendUint(dst, n, 16)
}

// appendID writes a crash id: hexadecimal digits, then the day it was processed.
func (c *crash) appendID(dst []byte) []byte {
	r := newRNG(c.seed, streamID, uint64(c.index))
	const digits = "0123456789abcdef"
	bits := r.next()
	for i, group := range [5]int{8, 4, 4, 4, 6} {
		if i > 0 {
			dst = append(dst, '-')
		}
		if i%2 == 1 {
			bits = r.next()
		}
		for range group {
			dst = append(dst, digits[bits&15])
			bits >>= 4
		}
	}
	return c.processed().AppendFormat(dst, "060102")
}

// appendDump writes what stack walkers find out, in their names.
func (c *crash) appendDump(dst []byte) []byte {
	plan, p := c.planThreads(), c.platform
	dst = fmt.Appendf(dst, `, "json_dump": {"crash_info": {"address": "%#x", "crashing_thread": %d, "type": "%s"}, `, c.layout>>20, plan.crashing, c.family.reason)
	dst = fmt.Appendf(dst, `"status": "OK", "system_info": {"cpu_arch": "%s", "cpu_count": 8, "os": "%s", "os_ver": "%s"}, "thread_count": %d, "threads": [`,
		p.cpu, p.os, p.version, plan.count)
	return append(c.appendThreads(dst, plan), "]}"...)
}

func (c *crash) appendFrames(dst []byte, stack []*frame) []byte {
	for i, f := range stack {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = c.appendFrame(dst, f, i)
	}
	return dst
}

// appendFrame writes a frame. It is most of the work of a document, and allocates nothing.
func (c *crash) appendFrame(dst []byte, f *frame, i int) []byte {
	dst = append(dst, '{')
	if f.source != "" {
		dst = append(dst, `"file": "`...)
		dst = c.appendSource(dst, f.source, f.inTree)
		dst = append(dst, `", `...)
	}
	dst = append(dst, `"frame": `...)
	dst = strconv.AppendInt(dst, int64(i), 10)
	if f.function != "" {
		dst = cat(dst, `, "function": "`, f.function, `"`)
	}
	if len(f.inlines) > 0 {
		dst = c.appendInlines(dst, f.inlines)
	}
	if f.source != "" {
		dst = append(dst, `, "line": `...)
		dst = strconv.AppendInt(dst, int64(f.line), 10)
	}
	dst = c.appendAddress(dst, f, i)
	if f.unloaded != "" {
		dst = cat(dst, `, "unloaded_modules": [{"module": "`, f.unloaded, `", "offsets": ["`)
		dst = appendHex(dst, uint64(f.moduleOffset&0xffff))
		dst = append(dst, `"]}]`...)
	}
	return append(dst, '}')
}

// appendSource writes the source file as stack walkers report it: where the
// build's repository is, the path, and the revision.
func (c *crash) appendSource(dst []byte, source string, inTree bool) []byte {
	if !inTree {
		return append(dst, source...)
	}
	return cat(dst, "hg:", c.build.repository, ":", source, ":", c.build.revision)
}

// appendInlines writes functions that were inlined into a frame, which have no address of their own.
func (c *crash) appendInlines(dst []byte, inlines []*frame) []byte {
	dst = append(dst, `, "inlines": [`...)
	for i, in := range inlines {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = append(dst, `{"file": "`...)
		dst = c.appendSource(dst, in.source, in.inTree)
		dst = cat(dst, `", "function": "`, in.function, `", "line": `)
		dst = strconv.AppendInt(dst, int64(in.line), 10)
		dst = append(dst, '}')
	}
	return append(dst, ']')
}

// appendAddress writes where the frame is. Modules lie elsewhere in each crash.
func (c *crash) appendAddress(dst []byte, f *frame, i int) []byte {
	address := 0x2000_0000_0000 + uint64(f.moduleOffset)
	// Code that was made at run time lies elsewhere each time, so that its address makes no signature twice.
	if f.scattered {
		address ^= mix(c.layout+uint64(i)) >> 24
	}
	if f.module != moduleNone {
		address = c.moduleBase(f.module) + uint64(f.moduleOffset)
		dst = cat(dst, `, "module": "`, c.platform.modules[f.module], `"`)
	}
	dst = append(dst, `, "offset": "`...)
	return append(appendHex(dst, address), '"')
}

// moduleBase is where a module lies: modules keep their order and lie 256 MB
// apart, moved by up to 128 MB in steps of 64 KB.
func (c *crash) moduleBase(m module) uint64 {
	shift := mix(c.layout+uint64(m)) % 0x800
	return c.platform.base + uint64(m)<<28 + shift<<16
}
