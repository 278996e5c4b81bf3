package signatures

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/internal/pyjson"
	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// maxSignature is the length in characters to which signatures are truncated.
const maxSignature = 255

// state is what the rules work on: a crash and the result so far.
type state struct {
	worker     *Worker
	crash      *crashdata.Crash
	thread     *crashdata.Thread // whose frames make the signature
	threadName string
	result     Result
	detail     detail
}

func (s *state) note(rule, text string) {
	s.result.Notes = append(s.result.Notes, rule+": "+text)
}

// prepend puts a mark in front of the signature, and what else the rule has to say.
func (s *state) prepend(mark, more string) {
	s.result.Signature = mark + more + Separator + s.result.Signature
	s.mark(mark)
}

// mark notes what tells that a rule fired. A rule that comes later may take it out of the signature again.
func (s *state) mark(mark string) {
	if s.detail == withPasses {
		s.result.Marks = append([]string{mark}, s.result.Marks...)
	}
}

// generateSignature makes the signature of a Java crash, or else of the thread's frames.
func generateSignature(s *state) error {
	const name = "SignatureGenerationRule"
	if j := s.crash.Java; j != nil {
		if j.Failure != "" {
			return errors.New(j.Failure)
		}
		for _, note := range j.Notes {
			s.note(name, note)
		}
		s.result.Signature = j.Signature
		if j.IsEmpty() {
			s.mark("EMPTY")
		}
		return nil
	}
	// Only the walk over the crashing thread needs to know which it is: that over thread 0 of a hang goes on without.
	if s.thread == &s.crash.Stack && s.crash.Crashing.Failure != "" {
		return errors.New(s.crash.Crashing.Failure)
	}
	frames, err := s.worker.frames(s.thread)
	if err != nil {
		return err
	}
	wk := &s.worker.walk
	if err := wk.over(frames, s.worker.gen.Rules.take); err != nil {
		return err
	}
	if s.detail != signatureOnly && len(frames) > 0 {
		s.result.Normalized = texts(frames)
		s.result.HasProto, s.result.ProtoSignature = true, strings.Join(s.result.Normalized, Separator)
	}
	if s.result.Hang {
		s.result.Walked[1] = wk.walked
	} else {
		s.result.Walked[0] = wk.walked
	}
	signature, note := wk.signature(s.threadName)
	if note != "" {
		s.note(name, note)
	}
	// An empty one is that of a frame without text. It leaves what was there, as in Socorro: nothing in the first walk, the
	// watchdog's own in that over thread 0.
	if signature != "" {
		s.result.Signature = signature
		if len(frames) == 0 {
			s.mark("EMPTY")
		}
	}
	if s.detail == withPasses {
		s.result.Passes = append(s.result.Passes, wk.pass(s.threadName, s.thread))
	}
	return nil
}

// stackwalkerError tells what the stack walker said about a crash without a stack.
func stackwalkerError(s *state) error {
	if status := s.crash.MDSWStatusString; strings.HasPrefix(s.result.Signature, "EMPTY") && status.Truthy() {
		s.result.Signature += "; " + status.String()
	}
	return nil
}

// badHardware marks crashes from failing disks (bug 1733904).
func badHardware(s *state) error {
	if !s.crash.Reason.Truthy() {
		return nil
	}
	bad, err := s.crash.Reason.Contains("STATUS_DEVICE_DATA_ERROR")
	if bad {
		s.prepend("bad hardware", "")
	}
	return err
}

// oomSignature marks crashes for want of memory (bug 1007530).
func oomSignature(s *state) error {
	isOOM, err := s.isOOM()
	if err != nil || !isOOM {
		return err
	}
	switch {
	// JavaScript reports only large allocations, whatever size is recorded.
	case s.crash.JSLargeAllocationFailure.Is("Reporting"):
		s.prepend("OOM | large", "")
	case s.crash.OOMAllocationSize == crashdata.OOMNone:
		s.prepend("OOM | unknown", "")
	case s.crash.OOMAllocationSize == crashdata.OOMLarge:
		s.prepend("OOM | large", "")
		// Small allocations fail anywhere once memory is out: where it happened tells nothing, and all are one group.
	default:
		s.result.Signature = "OOM | small"
		s.mark("OOM | small")
	}
	return nil
}

func (s *state) isOOM() (bool, error) {
	c := s.crash
	if c.OOMAllocationSize >= crashdata.OOMSmall {
		return true, nil
	}
	if s.result.Signature == "" {
		return false, nil
	}
	for _, fragment := range oomFragments {
		if strings.Contains(s.result.Signature, fragment) {
			return true, nil
		}
	}
	switch t := &c.Stack; {
	case c.Crashing.Failure != "":
		return false, errors.New(c.Crashing.Failure)
		// Socorro reads this value of the thread only here, so that a thread of an odd type fails this rule, too.
	case t.Odd:
		return false, errors.New(t.Failure)
	case t.LastError == "ERROR_COMMITMENT_LIMIT" || t.LastError == "ERROR_NOT_ENOUGH_MEMORY":
		return true, nil
	}
	return c.Reason.Is("STATUS_FATAL_MEMORY_EXHAUSTION") || c.Reason.Is("STATUS_NO_MEMORY") ||
		c.JSLargeAllocationFailure.Is("Reporting"), nil
}

// oomFragments are what the signatures of crashes hold that ran out of memory.
var oomFragments = []string{"NS_ABORT_OOM", "mozalloc_handle_oom", "CrashAtUnhandlableOOM", "AutoEnterOOMUnsafeRegion", "alloc::oom::oom"}

// Fragments are the texts in a signature by which rules know their crashes. A frame that has one must not be irrelevant.
func Fragments() []string { return append(slices.Clone(oomFragments), watchdog) }

// watchdog is in the signatures of shutdown hangs.
const watchdog = "RunWatchdog"

// runWatchDog makes the signature of a shutdown hang from thread 0: the watchdog crashes the process
// from a thread of its own when thread 0 gets stuck.
func runWatchDog(s *state) error {
	if !strings.Contains(s.result.Signature, watchdog) {
		return nil
	}
	// Rules that come later look at the crashing thread again. A second walk that fails leaves the signature of the first,
	// and Hang set: the frames of thread 0 were looked up all the same.
	thread, name := s.thread, s.threadName
	s.thread, s.threadName, s.result.Hang = s.crash.ThreadZero(), "0", true
	err := generateSignature(s)
	s.thread, s.threadName = thread, name
	if err == nil {
		s.prepend("shutdownhang", "")
	}
	return err
}

func ipcChannelError(s *state) error {
	// A failed rule leaves the signature, so that all that can fail stands in front of the change.
	e := s.crash.IPCChannelError
	if !e.Truthy() {
		return nil
	}
	mark := "IPCError-content"
	if s.crash.AdditionalMinidumps.Truthy() {
		browser, err := s.crash.AdditionalMinidumps.Contains("upload_file_minidump_browser")
		if err != nil {
			return err
		}
		if browser {
			mark = "IPCError-browser"
		}
	}
	text, err := e.First(100)
	if err != nil {
		return err
	}
	s.note("SignatureIPCChannelError", "IPC Channel Error stomped on signature")
	s.result.Signature = mark + Separator + text
	s.mark(mark)
	return nil
}

// ipcMessage begins the part that stands behind the frames in the signature of a crash over a message.
const ipcMessage = "IPC_Message_Name="

func ipcMessageName(s *state) error {
	if name := s.crash.IPCMessageName; name.Truthy() {
		s.result.Signature += Separator + ipcMessage + name.String()
	}
	return nil
}

// parentIDNotEqualsChildID was a rule until 2024: a browser that updates itself while it runs.
func parentIDNotEqualsChildID(s *state) error {
	if !s.crash.MozCrashReason.Is("MOZ_RELEASE_ASSERT(parentBuildID == childBuildID)") {
		return nil
	}
	s.note("SignatureParentIDNotEqualsChildID",
		fmt.Sprintf("Signature replaced with MOZ_RELEASE_ASSERT, was: \"%s\"", s.result.Signature))
	s.result.Signature = "parentBuildID != childBuildID"
	s.mark(s.result.Signature)
	return nil
}

// stackOverflow marks stack overflows (bug 1796389).
func stackOverflow(s *state) error {
	if s.crash.Reason.Is("EXCEPTION_STACK_OVERFLOW") {
		s.prepend("stackoverflow", "")
	}
	return nil
}

// hungProcess marks hangs, even those of an empty type (bug 1826703).
func hungProcess(s *state) error {
	// Socorro asks whether there is a type at all, where other rules ask whether it is true.
	if s.crash.Hang.Kind != pyjson.KindNone {
		s.prepend("hang", ": "+s.crash.Hang.String())
	}
	return nil
}

func printableCharsOnly(s *state) error {
	printable := keepPrintable(pyre.Strip(s.result.Signature))
	if printable != s.result.Signature {
		s.result.Signature = printable
		s.note("SigPrintableCharsOnly", "unprintable characters removed")
	}
	return nil
}

// keepPrintable keeps the printable ASCII characters, space included.
func keepPrintable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, s)
}

func fixWhitespace(s *state) error {
	// White space is what Python takes for it: more of Unicode than a space of Go, and the separators of ASCII.
	s.result.Signature = strings.Join(strings.FieldsFunc(s.result.Signature, pyre.IsSpace), " ")
	return nil
}

// truncation ends a signature that was too long.
const truncation = "..."

func truncate(s *state) error {
	// Bytes first, which are no fewer than characters, and need no counting.
	if len(s.result.Signature) > maxSignature && utf8.RuneCountInString(s.result.Signature) > maxSignature {
		s.result.Signature = pyjson.FirstChars(s.result.Signature, maxSignature-len(truncation)) + truncation
		s.mark("truncated")
		s.note("SigTruncate", "SigTrunc: signature truncated due to length")
	}
	return nil
}

// IsTruncated tells whether a signature looks like one that was too long.
func IsTruncated(signature string) bool {
	return strings.HasSuffix(signature, truncation) && utf8.RuneCountInString(signature) == maxSignature
}
