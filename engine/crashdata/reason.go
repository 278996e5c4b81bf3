package crashdata

import (
	"strings"

	"github.com/sigdiff/sigdiff/internal/pyjson"
)

// ReasonKind is what kind of event ended a process: crashes of one bug mostly have one.
type ReasonKind uint8

// The kinds of reasons.
const (
	OtherReason    ReasonKind = iota // unknown, or none of the others
	MemoryFault                      // a bad address was read, written or run
	DeliberateStop                   // the program stopped itself: an assertion, a panic, abort
	CppException                     // a C++ exception that nothing caught
)

// ReasonKinds is how many kinds there are.
const ReasonKinds = 4

// String names crashes of the kind.
func (k ReasonKind) String() string {
	return [...]string{"other", "memory fault", "deliberate stop", "C++ exception"}[k]
}

// reasons are what the reasons of each kind start with, as rust-minidump writes them for Windows, Linux and macOS.
var reasons = []struct {
	start string
	kind  ReasonKind
}{
	{"EXCEPTION_ACCESS_VIOLATION", MemoryFault},
	{"EXCEPTION_IN_PAGE_ERROR", MemoryFault},
	{"EXCEPTION_GUARD_PAGE", MemoryFault},
	{"EXCEPTION_STACK_OVERFLOW", MemoryFault},
	{"EXCEPTION_DATATYPE_MISALIGNMENT", MemoryFault},
	{"STATUS_STACK_BUFFER_OVERRUN", DeliberateStop},
	{"SIGSEGV", MemoryFault},
	{"SIGBUS", MemoryFault},
	{"EXC_BAD_ACCESS", MemoryFault},
	{"EXCEPTION_BREAKPOINT", DeliberateStop},
	{"EXCEPTION_ILLEGAL_INSTRUCTION", DeliberateStop},
	{"STATUS_FAIL_FAST_EXCEPTION", DeliberateStop},
	{"FAST_FAIL", DeliberateStop},
	{"SIGABRT", DeliberateStop},
	{"SIGTRAP", DeliberateStop},
	{"SIGILL", DeliberateStop},
	{"EXC_BREAKPOINT", DeliberateStop},
	{"EXC_BAD_INSTRUCTION", DeliberateStop},
	{"EXC_CRASH", DeliberateStop},
	{"EXC_SOFTWARE", DeliberateStop},
	{"Unhandled C++ Exception", CppException},
	{"0xe06d7363", CppException},
	{"UNHANDLED_CPP_EXCEPTION", CppException},
}

// ReasonKind tells the kind of the crash's reason. What Firefox says of why it stopped itself counts more than the
// reason: on Linux and macOS it does so by writing to address 0.
func (c *Crash) ReasonKind() ReasonKind {
	if c.MozCrashReason.Truthy() {
		return DeliberateStop
	}
	if c.Reason.Kind != pyjson.KindStr {
		return OtherReason
	}
	for _, r := range reasons {
		if strings.HasPrefix(c.Reason.Text, r.start) {
			return r.kind
		}
	}
	return OtherReason
}
