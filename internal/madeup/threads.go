package madeup

import "cmp"

// thread is the stack of a thread that has nothing to do with a crash.
type thread struct {
	name  string
	stack []*frame
}

// Threads are shared by all crashes of a platform: making each anew would take most of the time.
const otherThreadCount = 150

// How many threads large documents have.
const minThreads, maxThreads = 20, 80

// otherThreads makes the threads that the crashes of a platform choose from:
// they wait, or do a little work, 6 to 18 frames deep.
func (m *familyMaker) otherThreads(os int) []thread {
	p := platforms[os]
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

// threads are those that the document holds, and which of them crashed. They are drawn from a stream of their own, so that
// crashes of any shape have the same signatures.
func (c *crash) threads() (threads []threadJSON, crashing int) {
	r, f, count := newRNG(c.seed, streamBulk, uint64(c.index)), c.family, 1
	if f.kind == kindEmpty {
		return nil, 0
	}
	if c.shape.Large {
		// The smaller of two draws: most crashes have few threads, and some have many.
		count = min(r.between(minThreads, maxThreads), r.between(minThreads, maxThreads))
	}
	if f.main != nil {
		count = max(count, 2)
		// Thread 0 is another then, which the family has a stack for.
		crashing = r.between(1, count-1)
	}
	for i := range count {
		t := thread{"", f.stack} // the one that crashed has no name
		switch {
		case i == crashing:
		case i == 0:
			t = thread{"MainThread", f.main}
		default:
			t = pick(r, c.others[f.os])
		}
		threads = append(threads, c.thread(t))
	}
	return threads, crashing
}

func (c *crash) thread(t thread) threadJSON {
	out := threadJSON{FrameCount: len(t.stack), Frames: make([]frameJSON, len(t.stack))}
	for i, f := range t.stack {
		out.Frames[i] = c.frame(f, i)
	}
	if t.name != "" {
		out.Name = &t.name
	}
	if c.family.os == windows { // which alone has it
		lastError := cmp.Or(c.family.lastError, "ERROR_SUCCESS")
		out.LastError = &lastError
	}
	return out
}
