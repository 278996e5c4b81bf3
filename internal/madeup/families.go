package madeup

import (
	"fmt"
	"strconv"
	"strings"
)

// kind is what a crash is about.
type kind int

const (
	// Families are made in this order, from one stream: a kind more changes all of those behind it.
	kindPlain kind = iota
	kindShutdownHang
	kindOOM
	kindAbort
	kindIPCError
	kindIPCMessage
	kindJava
	kindRustPanic
	kindAsyncShutdown
	kindStackOverflow
	kindHang
	kindEmpty
	kindCount
)

// kindShares says how many crashes and how many families are of a kind.
type kindShares struct {
	crashes  float64 // of all
	families int
}

// Shares are about those of the service. Families are many enough that most have a few crashes among thousands.
var kindShare = [kindCount]kindShares{
	kindPlain:         {0.617, 2300},
	kindShutdownHang:  {0.10, 300},
	kindOOM:           {0.05, 220},
	kindAbort:         {0.03, 100},
	kindIPCError:      {0.05, 160},
	kindIPCMessage:    {0.03, 120},
	kindJava:          {0.03, 150},
	kindRustPanic:     {0.05, 200},
	kindAsyncShutdown: {0.015, 40},
	kindStackOverflow: {0.01, 60},
	kindHang:          {0.008, 30},
	kindEmpty:         {0.01, 12},
}

// family is a set of crashes with the same stack and the same cause.
type family struct {
	kind      kind
	os        int
	stack     []*frame // of the crashing thread
	main      []*frame // of thread 0; nil when that is the crashing thread
	home      int      // the build that most of its crashes are from
	process   string
	reason    string
	lastError string
	signature string         // roughly what signature generation would say
	fields    map[string]any // the top-level members of the document that belong to the kind
}

// familyMaker makes families from the shared frames and call chains of a seed.
type familyMaker struct {
	*frameMaker
	r      *rng
	chains [][]*frame
	idle   [][][]*frame // by platform: main threads that wait
}

// How many call chains all families share, and how many idle main threads each platform has.
const (
	chainCount = 450
	idleCount  = 40
)

// newFamilyMaker draws everything in one order from one stream: what is drawn first decides all that follows, so that a draw
// more or less anywhere changes every document.
func newFamilyMaker(seed uint64) *familyMaker {
	m := &familyMaker{frameMaker: newFrameMaker(), r: newRNG(seed, streamFamilies, 0)}
	for range chainCount {
		chain := make([]*frame, m.r.between(6, 12))
		for i := range chain {
			chain[i], _ = m.draw(m.r)
		}
		m.chains = append(m.chains, chain)
	}
	for os := range platforms {
		stacks := make([][]*frame, idleCount)
		for i := range stacks {
			stacks[i] = m.stack(os, m.waiting(os), true)
		}
		m.idle = append(m.idle, stacks)
	}
	return m
}

// waiting are the frames of a thread that waits, from the system call up.
func (m *familyMaker) waiting(os int) []*frame {
	waits := platforms[os].waits
	lead := []*frame{m.system(pick(m.r, waits)), m.system(pick(m.r, waits))}
	return append(lead, m.system(pick(m.r, commonFrames.lock)))
}

// stack puts lead on top of 30 to 40 frames: call chains that many families
// share, then the event loop and the start of the thread.
func (m *familyMaker) stack(os int, lead []*frame, mainThread bool) []*frame {
	bottom := platforms[os].threadTail
	if mainThread {
		bottom = platforms[os].tail
	}
	end := append(m.systems(commonFrames.loop), m.systems(bottom)...)
	length := m.r.between(30, 40) - len(end)
	stack := append(make([]*frame, 0, 40), lead...)
	// Whole chains, so that neighbouring frames call each other in many stacks, as they do in real ones.
	for len(stack) < length {
		stack = append(stack, pick(m.r, m.chains)...)
	}
	stack = append(stack[:max(length, len(lead))], end...)
	m.decorate(m.r, stack)
	return stack
}

// own returns the frames that tell a family from others, and the name of the
// first of them.
func (m *familyMaker) own() (frames []*frame, name string) {
	for range m.r.between(3, 7) {
		f, s := m.draw(m.r)
		if name == "" {
			name = s.plain
		}
		frames = append(frames, f)
	}
	return frames, name
}

// family makes a family of a kind. Its draws come in a fixed order, also those that the kind has no use for.
func (m *familyMaker) family(k kind, systems ranks) family {
	f := family{kind: k, os: systems.draw(m.r)}
	switch k {
	case kindJava:
		f.os = android
		// Desktop platforms alone have these, Windows mostly.
	case kindShutdownHang, kindAsyncShutdown:
		f.os = []int{windows, windows, windows, linux, mac}[m.r.intn(5)]
	}
	p := platforms[f.os]
	f.home = drawBuild(m.r, buildsOf(f.os))
	f.process = pick(m.r, []string{"parent", "content", "content", "gpu", "rdd", "utility", "socket"})
	f.reason = pick(m.r, p.reasons)
	// What is its own tells a family from others; all else of its stacks many share.
	own, name := m.own()
	lead := m.lead(k, f.os)
	loops := k == kindShutdownHang && m.r.chance(1.0/3)
	if loops {
		lead, own, name = m.eventLoop(f.os, own)
	}
	f.signature = name
	m.fillStacks(&f, lead, own)
	if loops { // these frames always have their symbols
		copy(f.main, append(lead[:len(lead):len(lead)], own[0]))
	}
	m.fillFields(&f)
	return f
}

// lead returns the frames between what stopped the thread and the function that
// is to blame.
func (m *familyMaker) lead(k kind, os int) []*frame {
	switch k {
	case kindShutdownHang, kindHang:
		return m.waiting(os)
	case kindOOM:
		return m.systems(commonFrames.oom)
	case kindAbort, kindIPCError:
		return m.systems(commonFrames.crash)
	case kindRustPanic:
		return m.systems(commonFrames.panicked)
	}
	// Plain crashes have such frames on top now and then, which is what lists of irrelevant frames and prefixes are for.
	switch roll := m.r.intn(10); {
	case roll < 2:
		return []*frame{m.system(pick(m.r, commonFrames.alloc))}
	case roll < 3:
		return m.waiting(os)
	}
	return nil
}

// fillStacks makes the stacks that signatures are made from: one, or two where thread 0 is another.
func (m *familyMaker) fillStacks(f *family, lead, own []*frame) {
	offMain := m.r.chance(0.35)
	deciding := append(lead, own...)
	switch f.kind {
	case kindShutdownHang:
		f.main = m.stack(f.os, deciding, true)
		// The watchdog crashes the process, and is not what hangs: the signature comes from thread 0.
		f.stack = m.watchdog(f.os)
		f.process, f.reason = "parent", platforms[f.os].reasons[2]
	case kindJava, kindEmpty:
	default:
		f.stack = m.stack(f.os, deciding, !offMain)
		if offMain {
			f.main = pick(m.r, m.idle[f.os])
		}
	}
	// The rule goes by the reason of Windows, whatever the platform is.
	if f.kind == kindStackOverflow {
		f.reason = "EXCEPTION_STACK_OVERFLOW"
	}
}

// watchdog is the thread that crashes a browser which does not shut down.
func (m *familyMaker) watchdog(os int) []*frame {
	run := systemFrame{"mozilla::(anonymous namespace)::RunWatchdog(void*)", moduleXUL, "toolkit/components/terminator/nsTerminator.cpp", 219}
	return append([]*frame{m.system(run)}, m.systems(platforms[os].threadTail)...)
}

// fillFields sets the members of the processed crash that belong to the kind.
func (m *familyMaker) fillFields(f *family) {
	// Drawn for every kind, so that the kinds before it don't decide what comes after.
	word := pick(m.r, classHeads) + pick(m.r, classTails)
	prefix := ""
	switch f.kind {
	case kindShutdownHang:
		prefix = "shutdownhang | "
	case kindOOM:
		prefix = m.oomFields(f)
	case kindAbort:
		f.fields = map[string]any{"abort_message": spell(pick(m.r, abortMessages), word, m.r.intn(5000))}
		prefix = "Abort | "
	case kindIPCError:
		m.ipcErrorFields(f, word)
	case kindIPCMessage:
		f.fields = map[string]any{"ipc_message_name": "PContent::Msg_" + word}
	case kindJava:
		m.javaFields(f, word)
	case kindAsyncShutdown:
		m.asyncShutdownFields(f, word)
	case kindStackOverflow:
		prefix = "stackoverflow | "
	case kindHang:
		f.fields = map[string]any{"hang": pick(m.r, []string{"ui", "chrome", ""})}
		prefix = "hang: "
	case kindEmpty:
		f.fields = map[string]any{"mdsw_status_string": pick(m.r, []string{"ERROR_NO_MINIDUMP_HEADER", "ERROR_NO_THREAD_LIST", "EmptyMinidump"})}
		f.signature = "EMPTY: no frame data available"
	}
	f.signature = prefix + f.signature
}

// oomFields are those by which the rule for want of memory tells large, small and unknown apart.
func (m *familyMaker) oomFields(f *family) (prefix string) {
	size := pick(m.r, []int{16, 4096, 65536, 262144, 262145, 1 << 20, 1 << 26, 1 << 31})
	switch roll := m.r.intn(20); {
	case roll < 1:
		f.fields = map[string]any{"js_large_allocation_failure": "Reporting"}
		return "OOM | large | "
	case roll < 13 && size <= 262144:
		// A small one is the signature by itself: which allocation failed at last says nothing.
		f.fields = map[string]any{"oom_allocation_size": size}
		f.signature = ""
		return "OOM | small"
	case roll < 13:
		f.fields = map[string]any{"oom_allocation_size": size}
		return "OOM | large | "
	case roll < 16 && f.os == windows:
		f.lastError = pick(m.r, []string{"ERROR_NOT_ENOUGH_MEMORY", "ERROR_COMMITMENT_LIMIT"})
	}
	return "OOM | unknown | "
}

// ipcErrorFields make the signature, whatever the stack is. The side that it names is told by the additional minidump.
func (m *familyMaker) ipcErrorFields(f *family, word string) {
	text := spell(pick(m.r, ipcErrors), word, 0)
	f.fields = map[string]any{"ipc_channel_error": text}
	side := "IPCError-content"
	if m.r.chance(0.4) {
		side = "IPCError-browser"
		f.fields["additional_minidumps"] = []string{"upload_file_minidump_browser"}
	}
	f.signature = side + " | " + text[:min(len(text), 100)]
}

// asyncShutdownFields have the JSON in a text that the crash reporter is given.
func (m *familyMaker) asyncShutdownFields(f *family, word string) {
	phase := pick(m.r, shutdownPhases)
	conditions := fmt.Sprintf(`{"phase": %q, "conditions": [{"name": "%s: flush", "state": {}}], "brokenAddBlockers": []}`, phase, word)
	f.fields = map[string]any{"async_shutdown_timeout": conditions}
	f.signature = "AsyncShutdownTimeout | " + phase + " | " + word + ": flush"
}

// javaFields writes a stack trace, or in one family of four the newer form: an
// exception whose frames are taken apart.
func (m *familyMaker) javaFields(f *family, word string) {
	f.process = "parent"
	where, method, exception := pick(m.r, javaPackages), pick(m.r, rustMethods), pick(m.r, javaExceptions)
	// Newer versions send the exception in parts, without its message.
	if m.r.chance(0.25) {
		dot := strings.LastIndexByte(exception, '.')
		frame := map[string]any{"module": where + "." + word, "function": method, "filename": word + ".kt"}
		stack := map[string]any{"frames": []any{frame}, "module": exception[:dot], "type": exception[dot+1:]}
		f.fields = map[string]any{"java_exception": map[string]any{"exception": map[string]any{"values": []any{map[string]any{"stacktrace": stack}}}}}
		f.signature = fmt.Sprintf("%s: at %s.%s.%s(%s.kt)", exception, where, word, method, word)
		return
	}
	trace := fmt.Sprintf("%s: %s is gone\n\tat %s.%s.%s(%s.java:%d)", exception, word, where, word, method, word, m.r.intn(900))
	for range m.r.between(8, 25) {
		class := pick(m.r, classHeads) + pick(m.r, classTails)
		trace += fmt.Sprintf("\n\tat %s.%s.%s(%s.java:%d)", pick(m.r, javaPackages), class, pick(m.r, rustMethods), class, m.r.intn(900))
	}
	f.fields = map[string]any{"java_stack_trace": trace}
	f.signature = fmt.Sprintf("%s: %s is gone at %s.%s.%s(%s.java)", exception, word, where, word, method, word)
}

// spell fills the verbs of a message that has none, one or both of %s and %d.
func spell(format, word string, number int) string {
	return strings.NewReplacer("%s", word, "%d", strconv.Itoa(number)).Replace(format)
}
