package madeup

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
