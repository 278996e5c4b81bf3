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
	if c.shape.MaxThreads > 0 {
		plan.count = min(r.between(c.shape.MinThreads, c.shape.MaxThreads), r.between(c.shape.MinThreads, c.shape.MaxThreads))
	}
	if f.main != nil {
		plan.count = max(plan.count, 2)
		plan.crashing = r.between(1, plan.count-1)
	}
	if f.kind == kindEmpty {
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
