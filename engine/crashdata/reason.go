package crashdata

import (
	"slices"
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

// reasons are what the reasons of each kind start with, as rust-minidump writes them for Windows, Linux and macOS. None of them
// starts with another.
var reasons = [ReasonKinds][]string{
	MemoryFault: {
		"EXCEPTION_ACCESS_VIOLATION", "EXCEPTION_IN_PAGE_ERROR", "EXCEPTION_GUARD_PAGE", "EXCEPTION_STACK_OVERFLOW", "EXCEPTION_DATATYPE_MISALIGNMENT",
		"SIGSEGV", "SIGBUS", "EXC_BAD_ACCESS",
	},
	DeliberateStop: {
		"STATUS_STACK_BUFFER_OVERRUN", "EXCEPTION_BREAKPOINT", "EXCEPTION_ILLEGAL_INSTRUCTION", "STATUS_FAIL_FAST_EXCEPTION", "FAST_FAIL",
		"SIGABRT", "SIGTRAP", "SIGILL", "EXC_BREAKPOINT", "EXC_BAD_INSTRUCTION", "EXC_CRASH", "EXC_SOFTWARE",
	},
	CppException: {"Unhandled C++ Exception", "0xe06d7363", "UNHANDLED_CPP_EXCEPTION"},
}

// ReasonKind tells the kind of the crash's reason. What Firefox says of why it stopped itself counts more than the
// reason: on Linux and macOS it does so by writing to address 0.
func (c *Crash) ReasonKind() ReasonKind {
	if c.MozCrashReason.Truthy() {
		return DeliberateStop
	}
	// The few odd ones say nothing of a kind.
	if c.Reason.Kind != pyjson.KindStr {
		return OtherReason
	}
	for kind, starts := range reasons {
		if slices.ContainsFunc(starts, func(start string) bool { return strings.HasPrefix(c.Reason.Text, start) }) {
			return ReasonKind(kind)
		}
	}
	return OtherReason
}
