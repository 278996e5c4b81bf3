// Package screen tells, from what a search says of a crash, whether a change of the siglists may change its signature.
//
// A search brings proto_signature: the normalised frames that the service made a signature of. They suffice for most
// crashes. The package is sound: the signature of a crash that it calls unchanged is the same on both sides, as a full
// comparison of its processed crash would find. Where the search leaves that open, it can't tell.
//
// Of shutdown hangs the search has the frames of thread 0, not those of the thread that crashed. It is taken for granted
// that the base finds RunWatchdog there, as the service did.
package screen

import (
	"strings"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
)

// Verdict says what screening makes of a crash.
type Verdict string

// The verdicts.
const (
	Unchanged Verdict = "unchanged"  // for certain
	MayChange Verdict = "may change" // as far as the search says, it does
	CantTell  Verdict = "can't tell"
)

// Reason says why.
type Reason string

// The reasons.
const (
	Untouched Reason = "no changed line matches one of its frames"
	SameWalk  Reason = "a changed line matches a frame, and the signature is made of the same frames all the same"
	ByRules   Reason = "a rule makes the signature, whatever the frames"
	Java      Reason = "a Java crash, which no list concerns"
	NoFrames  Reason = "the crashing thread has no frames"

	OtherWalk Reason = "its frames make another signature"

	OtherStored  Reason = "the base makes another signature of its frames than the service recorded"
	NoProto      Reason = "the search has no frames of it"
	CutShort     Reason = "the service cut its frames short, or another text of it"
	OldFrames    Reason = "it was processed before frames were normalised as they are today"
	SourceLines  Reason = "a frame of it has a source line for one of the siglists alone, or may have one"
	OpenSplits   Reason = "a frame of it may contain ' | ', which separates frames"
	Watchdog     Reason = "a shutdown hang, and the change may concern the thread that crashed, which the search doesn't have"
	ThreadZero   Reason = "a shutdown hang for a side, and the search doesn't have thread 0"
	OtherRules   Reason = "a side has other rules than the service"
	OddRow       Reason = "the search says things of it that don't go together"
	notEvaluated Reason = ""
)

// Screened is what came of a crash.
type Screened struct {
	Verdict Verdict
	Reason  Reason
	// Crash makes the same signature as the crash itself, where that is unchanged; else it is nil.
	Crash *crashdata.Crash
}

// Screener screens the crashes of a search for one change of siglists. It is for one goroutine.
type Screener struct {
	base, candidate *signatures.Worker    // the base makes what the service recorded, if it has its lists
	untidy          [2]*signatures.Worker // base and candidate, but for the rules that tidy what the others made
	otherRules      bool
	changes         *changes
	lines           *lineNumbers
	splits          *splits
}

// New makes a screener. It fails where matching the changed lines meets a limit.
func New(base, candidate *signatures.Generator) (*Screener, error) {
	changes, err := newChanges(base.Set, candidate.Set)
	if err != nil {
		return nil, err
	}
	lines, err := newLineNumbers(base.Set, candidate.Set)
	if err != nil {
		return nil, err
	}
	splits, err := newSplits(base.Set, candidate.Set)
	if err != nil {
		return nil, err
	}
	untidy, err := signatures.ParseRuleset("default,-SigPrintableCharsOnly,-SigFixWhitespace,-SigTruncate")
	if err != nil {
		return nil, err
	}
	return &Screener{
		base: base.Worker(), candidate: candidate.Worker(),
		untidy: [...]*signatures.Worker{
			signatures.NewGenerator(base.Set, untidy).Worker(), signatures.NewGenerator(candidate.Set, untidy).Worker(),
		},
		otherRules: !base.Rules.Equal(candidate.Rules) || !base.Rules.Equal(signatures.DefaultRules()),
		changes:    changes, lines: lines, splits: splits,
	}, nil
}

// Screen screens a crash. It fails where a pattern meets its limit.
func (s *Screener) Screen(r *Row) (Screened, error) {
	// First what makes any answer about the row worthless; a wrong "unchanged" is never found out.
	if reason := s.unfit(r); reason != notEvaluated {
		return Screened{Verdict: CantTell, Reason: reason}, nil
	}
	if !r.hasProto {
		return s.withoutFrames(r)
	}
	stacks, clear := s.splits.of(r.Proto)
	if thread, known := s.threadOf(r); known && !s.changes.touch(r.Proto) {
		return s.untouched(r, stacks, clear, thread)
	}
	if !clear {
		return Screened{Verdict: CantTell, Reason: OpenSplits}, nil
	}
	return s.compare(r, stacks)
}

// unfit tells why a row can't be judged at all.
func (s *Screener) unfit(r *Row) Reason {
	switch {
	case s.otherRules:
		return OtherRules
	case r.odd:
		return OddRow
	case !r.hasProto:
		return notEvaluated
	case r.cut:
		return CutShort
	case r.crash.Java != nil:
		return OddRow
	case r.isNameless():
		return Watchdog
	}
	for _, frame := range Split(r.Proto) {
		switch {
		case r.normalisedOtherwise(frame):
			return OldFrames
		case !s.lines.sure(frame):
			return SourceLines
		}
	}
	return notEvaluated
}

// withoutFrames screens a crash of which the search has no proto signature: lists make no difference to one that has no
// frames. The recorded signature must say why there are none, lest it be the search that doesn't say.
func (s *Screener) withoutFrames(r *Row) (Screened, error) {
	if r.crash.Java != nil && !r.crash.Java.IsEmpty() {
		return Screened{Unchanged, Java, r.fixed(true)}, nil
	}
	none, err := s.base.Generate(r.named(""))
	if err != nil {
		return Screened{}, err
	}
	some, err := s.base.Generate(r.named(anyFrame))
	if err != nil {
		return Screened{}, err
	}
	before, after, found := strings.Cut(some.Signature, anyFrame)
	own, start := strings.CutPrefix(r.Signature(), before)
	own, end := strings.CutSuffix(own, after)
	switch {
	case !found && r.Signature() == some.Signature:
		return Screened{Unchanged, ByRules, r.fixed(false)}, nil
	case r.Signature() == none.Signature:
		return Screened{Unchanged, NoFrames, r.fixed(false)}, nil
	case !found || !start || !end:
		// The service says itself that there were no frames, whatever rules put around it.
	case strings.HasPrefix(own, "EMPTY: "):
		return Screened{Unchanged, NoFrames, r.fixed(false)}, nil
	case javaSignature().MatchString(own):
		return Screened{Unchanged, Java, r.fixed(true)}, nil
	}
	return Screened{Verdict: CantTell, Reason: NoProto}, nil
}

// untouched is of a crash that no changed line concerns. What stands for it is split so that it has the recorded signature,
// if that is one of the base's. Where it may be split otherwise, it is unchanged, but nobody knows which signature the base
// makes of it: the service may have other siglists.
func (s *Screener) untouched(r *Row, stacks [][]string, clear bool, thread thread) (Screened, error) {
	for _, stack := range stacks {
		crash := r.stacked(framesOf(stack...), thread)
		if is, err := s.isRecorded(r, crash); err != nil || is || clear && len(stacks) == 1 {
			return Screened{Unchanged, Untouched, crash}, err
		}
	}
	return Screened{Verdict: CantTell, Reason: OpenSplits}, nil
}

// isRecorded tells whether the base makes the recorded signature of a crash.
func (s *Screener) isRecorded(r *Row, crash *crashdata.Crash) (bool, error) {
	result, err := s.base.Generate(crash)
	return result.Signature == r.Signature(), err
}

// threadOf is the thread that the frames of a row are of, where that is known, and no other thread counts.
func (s *Screener) threadOf(r *Row) (thread, bool) {
	switch of := r.threads(); {
	case len(of) > 1:
		return 0, false
	case of[0] == watchdogsThread:
		return of[0], s.sparesWatchdog(r.crash)
	}
	return ownStack, !strings.Contains(r.Proto, watchdog)
}

// sparesWatchdog tells that a hang is one on both sides. A longer walk may get to a frame that tells of no memory, and of a crash
// with a size of 0 no more than that is left then.
func (s *Screener) sparesWatchdog(c *crashdata.Crash) bool {
	return s.changes.spareWatchdog && c.OOMAllocationSize != crashdata.OOMZero
}

// outcome is what the sides make of one reading of a row.
type outcome struct {
	Screened
	recorded bool // the base makes the recorded signature
}

// compare makes the signatures of every reading of a row: of the ways to split it into frames, and of the threads that
// they may be of. All must agree, and of one the base must make the recorded signature.
func (s *Screener) compare(r *Row, stacks [][]string) (Screened, error) {
	var found *outcome
	for _, stack := range stacks {
		for _, thread := range r.threads() {
			o, err := s.read(r, r.stacked(framesOf(stack...), thread), thread)
			switch {
			case err != nil:
				return Screened{}, err
			case found != nil && o.Verdict != found.Verdict:
				return Screened{Verdict: CantTell, Reason: open(*found, o)}, nil
			case found == nil || o.recorded:
				found = &o
			}
		}
	}
	switch {
	case !found.recorded:
		return Screened{Verdict: CantTell, Reason: OtherStored}, nil
	case found.Verdict != Unchanged:
		found.Crash = nil
	}
	return found.Screened, nil
}

// open is why two readings that don't agree leave a crash open.
func open(one, other outcome) Reason {
	for _, o := range []outcome{one, other} {
		if o.Verdict == CantTell {
			return o.Reason
		}
	}
	return OpenSplits
}

// read makes both signatures of one reading.
func (s *Screener) read(r *Row, crash *crashdata.Crash, thread thread) (outcome, error) {
	is, err := s.isRecorded(r, crash)
	if err != nil {
		return outcome{}, err
	}
	o := outcome{Screened{Crash: crash}, is}
	// Rules see a signature before it is tidied: two that tidying makes equal may still be of other frames.
	base, candidate, err := both(bare(crash), s.untidy[0], s.untidy[1])
	switch {
	case err != nil:
	case base.Signature != candidate.Signature:
		o.Verdict, o.Reason, err = s.byRules(crash, thread)
	// No hang for the service, so that the search doesn't have the thread whose frames make the signature.
	case thread == ownStack && base.Hang:
		o.Verdict, o.Reason = CantTell, ThreadZero
	case thread == watchdogsThread && !s.sparesWatchdog(crash):
		o.Verdict, o.Reason = CantTell, Watchdog
	default:
		o.Verdict, o.Reason = Unchanged, SameWalk
	}
	return o, err
}

// byRules judges a crash of which the sides walk over other frames: a rule may make the same signature all the same.
func (s *Screener) byRules(crash *crashdata.Crash, thread thread) (Verdict, Reason, error) {
	base, candidate, err := both(crash, s.base, s.candidate)
	if err == nil && base.Signature == candidate.Signature && thread == ownStack {
		return Unchanged, ByRules, nil
	}
	return MayChange, OtherWalk, err
}

func both(crash *crashdata.Crash, one, other *signatures.Worker) (base, candidate signatures.Result, err error) {
	if base, err = one.Generate(crash); err == nil {
		candidate, err = other.Generate(crash)
	}
	return base, candidate, err
}

// framesOf are frames of a stack, each in its final form.
func framesOf(texts ...string) []crashdata.StackFrame {
	frames := make([]crashdata.StackFrame, len(texts))
	for i, text := range texts {
		frames[i] = crashdata.NewStackFrame(&crashdata.Symbol{Text: text})
	}
	return frames
}
