package screen

import (
	"fmt"
	"strings"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/lazyregexp"
	"github.com/sigdiff/sigdiff/internal/pyjson"
)

// overlap is where two separators may share a space: of a frame that ends or begins with a bar. Where it is split is not known then.
const overlap = " | | "

// mostText is how many bytes of a text the service keeps.
const mostText = 32_766

// badData is what the service keeps of a text that it can't keep.
const badData = "BAD DATA"

// Row is a crash as a search lists it.
type Row struct {
	Proto string // its frames

	hasProto bool
	odd      bool             // it isn't what a search says of a crash
	cut      bool             // the service may have kept only a part of a text, or another one in its place
	crash    *crashdata.Crash // without threads
}

// ParseRow reads a row of a search, an object with the columns of crashdata.SearchColumns.
func ParseRow(row []byte) (*Row, error) {
	columns, err := pyjson.NewReader(row).Value()
	if err != nil {
		return nil, fmt.Errorf("reading a row of a search: %w", err)
	}
	r := &Row{}
	if r.crash, err = crashdata.Searched(columns); err != nil {
		return nil, fmt.Errorf("reading a row of a search: %w", err)
	}
	signature, _ := columns.Get("signature")
	r.odd = signature.Kind != pyjson.KindStr
	proto, _ := columns.Get("proto_signature")
	r.Proto, r.hasProto = proto.Text, proto.Kind == pyjson.KindStr
	r.odd = r.odd || !r.hasProto && proto.Kind != pyjson.KindNone
	// Rules would make something else of what is left than they made of the crash.
	for _, name := range crashdata.SearchColumns() {
		column, _ := columns.Get(name)
		r.cut = r.cut || column.Kind == pyjson.KindStr && IsCut(column.Text)
	}
	// The one rule that looks at additional_minidumps makes this of them, so that the signature tells what was there.
	if strings.Contains(r.Signature(), "IPCError-browser | ") {
		r.crash.AdditionalMinidumps = pyjson.List(pyjson.Str("upload_file_minidump_browser"))
	}
	return r, nil
}

// ID is the crash's id.
func (r *Row) ID() string { return r.crash.ID() }

// Signature is what the service recorded.
func (r *Row) Signature() string { return r.crash.Meta.Signature }

// Split is the frames of a proto signature, or of a signature, as far as their separator tells: a frame may contain it.
func Split(text string) []string { return strings.Split(text, signatures.Separator) }

// IsCut tells whether the service may have cut a text short, such as a proto signature. It cuts between characters, which have up to four
// bytes.
func IsCut(text string) bool { return len(text) > mostText-4 || text == badData }

// javaSignature is the signature of a Java exception, which the search doesn't have: its class, and where it was thrown.
var javaSignature = lazyregexp.New(`^[\pL_$][\pL\d_$]*(\.[\pL_$][\pL\d_$]*)*: at \S+$`)

// anyFrame stands for the frames that the service may have found.
const anyFrame = "any frame"

// hang is in the signatures of shutdown hangs, and watchdog in the frame that makes them so. An idle hang is one whose
// thread 0 has no frames, or none that count.
const (
	hang     = "shutdownhang | "
	idleHang = hang + "EMPTY: "
	watchdog = "RunWatchdog"
)

// thread is the thread that frames are of.
type thread int

const (
	ownStack        thread = iota // the one that crashed
	watchdogsThread               // thread 0, of a hang that crashed in another
	hangingStack                  // the one that crashed, of a hang whose thread 0 has no frames
)

// threads are the threads that the frames of the row may be of. A hang that crashed in thread 0 itself is as one that crashed in
// another, as long as it is a hang on both sides. The number of the crashing thread tells nothing: Socorro writes 0 for all hangs
// (ShutDownHangCrashingThreadRule), and leaves it there where the signature is made again.
func (r *Row) threads() []thread {
	switch {
	case !r.isHang():
		return []thread{ownStack}
	case strings.Contains(r.Signature(), idleHang):
		return []thread{watchdogsThread, hangingStack}
	}
	return []thread{watchdogsThread}
}

// isHang tells of a shutdown hang. Of its frames tidying may leave nothing, not even the space before them.
func (r *Row) isHang() bool { return strings.Contains(r.Signature()+" ", hang) }

// isNameless tells of a hang whose thread 0 may have no signature of its own, since its first frame has no text: it keeps
// that of the thread that crashed.
func (r *Row) isNameless() bool {
	return Split(r.Proto)[0] == "" && r.threads()[0] == watchdogsThread
}

// unknown is a frame in the place of those that the search doesn't have.
var unknown = framesOf("unknown")

// watching are the frames of a thread that crashed a process which doesn't shut down. Alone on a stack, one is in the
// signature for all siglists.
var watching = framesOf(watchdog)

// stacked is the crash with its frames as those of a thread.
func (r *Row) stacked(frames []crashdata.StackFrame, of thread) *crashdata.Crash {
	switch {
	case of == watchdogsThread:
		return r.crash.WithThreads(watching, frames)
	case of == hangingStack:
		return r.crash.WithThreads(frames, nil)
	}
	return r.crash.WithThreads(frames, unknown)
}

// bare is a crash without what rules go by, so that its signature is that of the frames.
func bare(c *crashdata.Crash) *crashdata.Crash {
	return (&crashdata.Crash{}).WithThreads(c.Stack.Frames, c.ThreadZero().Frames)
}

// named is the crash with a text in place of the signature of its frames.
func (r *Row) named(signature string) *crashdata.Crash {
	crash := r.stacked(nil, ownStack)
	crash.Java = &crashdata.JavaSignature{Signature: signature}
	return crash
}

// fixed is a crash that has the recorded signature for all siglists.
func (r *Row) fixed(stack bool) *crashdata.Crash {
	java := &crashdata.JavaSignature{Signature: r.Signature()}
	if !stack {
		java.Notes = []string{"not in expected format"}
	}
	return &crashdata.Crash{Meta: r.crash.Meta, Crashing: crashdata.ThreadIndex{Text: "0"}, Java: java}
}
