package madeup

import (
	"cmp"
	"fmt"
	"strconv"
)

// thread is the stack of a thread that has nothing to do with a crash.
type thread struct {
	name  string
	stack []*frame
}

// Threads are shared by all crashes of a platform: making each anew would take most of the time.
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

// planThreads draws from a stream of its own, so that crashes of any shape have the same signatures.
func (c *crash) planThreads() threadPlan {
	r := newRNG(c.seed, streamBulk, uint64(c.index))
	f := c.family
	plan := threadPlan{count: 1, r: r}
	if c.shape.MaxThreads > 0 {
		// The smaller of two draws: most crashes have few threads, and some have many.
		plan.count = min(r.between(c.shape.MinThreads, c.shape.MaxThreads), r.between(c.shape.MinThreads, c.shape.MaxThreads))
	}
	if f.main != nil {
		plan.count = max(plan.count, 2)
		// Thread 0 is another then, which the family has a stack for.
		plan.crashing = r.between(1, plan.count-1)
	}
	if f.kind == kindEmpty {
		plan.count = 0
	}
	return plan
}

// appendThreads writes the threads that the plan says, the crashing one and thread 0 from the family.
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

// appendThread writes a thread. The crashing one has no name.
func (c *crash) appendThread(dst []byte, name string, stack []*frame) []byte {
	lastError, named := "null", "null"
	if name != "" {
		named = strconv.Quote(name)
	}
	if c.family.os == windows { // which alone has it
		lastError = strconv.Quote(cmp.Or(c.family.lastError, "ERROR_SUCCESS"))
	}
	dst = fmt.Appendf(dst, `{"frame_count": %d, "frames": [`, len(stack))
	dst = c.appendFrames(dst, stack)
	return fmt.Appendf(dst, `], "last_error_value": %s, "thread_name": %s}`, lastError, named)
}
