package madeup

import (
	"fmt"
	"strconv"
)

// thread is the stack of a thread that has nothing to do with a crash.
type thread struct {
	name  string
	stack []*frame
}

const otherThreadCount = 150

// otherThreads makes the threads that the crashes of a platform choose from:
// they wait, or do a little work, 6 to 18 frames deep.
func (m *familyMaker) otherThreads(os int) []thread {
	p := platforms()[os]
	threads := make([]thread, otherThreadCount)
	for i := range threads {
		stack := m.waiting(os)
		for range m.r.between(0, 10) {
			f, _ := m.draw(m.r)
			stack = append(stack, f)
		}
		stack = append(stack, m.systems(p.threadTail)...)
		m.decorate(m.r, stack)
		threads[i] = thread{pick(m.r, threadNames), stack}
	}
	return threads
}

// threadPlan says which threads a document holds.
type threadPlan struct {
	count, crashing int
	r               *rng // draws the other threads
}

func (c *crash) planThreads() threadPlan {
	r := newRNG(c.seed, streamBulk, uint64(c.index))
	f := c.family
	plan := threadPlan{count: 1, r: r}
	switch {
	case c.shape.MaxThreads > 0:
		plan.count = min(r.between(c.shape.MinThreads, c.shape.MaxThreads), r.between(c.shape.MinThreads, c.shape.MaxThreads))
	case c.shape.Size == RealLike:
		plan.count = 1 + min(r.between(3, 60), r.between(3, 60))
	}
	if f.main != nil {
		plan.count = max(plan.count, 2)
		plan.crashing = r.between(1, plan.count-1)
	}
	if f.kind == kindEmpty && c.shape.Size == Small {
		plan.count = 0
	}
	return plan
}

func (c *crash) appendThreads(dst []byte, plan threadPlan) []byte {
	for i := range plan.count {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		switch {
		case i == plan.crashing:
			dst = c.appendThread(dst, "", c.family.stack)
		case i == 0:
			dst = c.appendThread(dst, "MainThread", c.family.main)
		default:
			t := &c.threads[c.family.os][plan.r.intn(otherThreadCount)]
			dst = c.appendThread(dst, t.name, t.stack)
		}
	}
	return dst
}

func (c *crash) appendThread(dst []byte, name string, stack []*frame) []byte {
	dst = append(dst, `{"frame_count": `...)
	dst = strconv.AppendInt(dst, int64(len(stack)), 10)
	dst = append(dst, `, "frames": [`...)
	dst = c.appendFrames(dst, stack, false)
	dst = append(dst, `], "last_error_value": `...)
	dst = c.appendLastError(dst)
	dst = append(dst, `, "thread_name": `...)
	if name == "" {
		return append(dst, `null}`...)
	}
	return cat(dst, `"`, name, `"}`)
}

// appendLastError writes what only Windows has.
func (c *crash) appendLastError(dst []byte) []byte {
	switch {
	case c.family.lastError != "":
		return cat(dst, `"`, c.family.lastError, `"`)
	case c.family.os == windows:
		return append(dst, `"ERROR_SUCCESS"`...)
	}
	return append(dst, "null"...)
}

// appendCrashingThread writes the crashing thread a second time, now with
// registers, as stack walkers do.
func (c *crash) appendCrashingThread(dst []byte, index int) []byte {
	dst = append(dst, `, "crashing_thread": {"frames": [`...)
	dst = c.appendFrames(dst, c.family.stack, true)
	dst = append(dst, `], "last_error_value": `...)
	dst = c.appendLastError(dst)
	dst = append(dst, `, "thread_name": null, "threads_index": `...)
	dst = strconv.AppendInt(dst, int64(index), 10)
	dst = append(dst, `, "total_frames": `...)
	dst = strconv.AppendInt(dst, int64(len(c.family.stack)), 10)
	return append(dst, '}')
}

var (
	amd64Registers = []string{"rip", "rsp", "rbp", "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"}
	arm64Registers = []string{
		"pc", "sp", "fp", "lr", "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16",
		"x17", "x18", "x19", "x20", "x21", "x22", "x23", "x24", "x25", "x26", "x27", "x28",
	}
)

func (c *crash) appendRegisters(dst []byte) []byte {
	names := amd64Registers
	if c.platform.cpu == "arm64" {
		names = arm64Registers
	}
	for i, name := range names {
		if i == 0 {
			dst = append(dst, `, "registers": {"`...)
		} else {
			dst = append(dst, `", "`...)
		}
		dst = cat(dst, name, `": "`)
		dst = appendHex(dst, mix(c.layout-uint64(i)))
	}
	return append(dst, `"}`...)
}

// modulePiece is what does not change about a module from crash to crash.
type modulePiece struct {
	afterBase, afterEnd string
	size                uint64
}

func modulePieces(r *rng, os int) []modulePiece {
	names := platforms()[os].modules
	pieces := make([]modulePiece, len(names))
	for i, name := range names {
		codeID, debugID, hi := r.next(), r.next(), r.next()
		pieces[i] = modulePiece{
			afterBase: fmt.Sprintf(`", "cert_subject": null, "code_id": "%x", "corrupt_symbols": false, "debug_file": "%s.pdb", "debug_id": "%016X%016X1", "end_addr": "`, codeID, name, debugID, hi),
			afterEnd:  fmt.Sprintf(`", "filename": "%s", "loaded_symbols": %t, "missing_symbols": false, "symbol_url": null, "version": "%d.%d.%d.0"}`, name, i < 4, i%20, i%7, codeID%9000),
			size:      0x6000 + codeID%0x800<<12,
		}
	}
	return pieces
}

func (c *crash) appendModules(dst []byte) []byte {
	dst = append(dst, `, "main_module": 3, "modules": [`...)
	for i := range c.modules[c.family.os] {
		piece := &c.modules[c.family.os][i]
		if i > 0 {
			dst = append(dst, ", "...)
		}
		base := c.moduleBase(module(i))
		dst = append(dst, `{"base_addr": "`...)
		dst = appendHex(dst, base)
		dst = append(dst, piece.afterBase...)
		dst = appendHex(dst, base+piece.size)
		dst = append(dst, piece.afterEnd...)
	}
	return append(dst, ']')
}
