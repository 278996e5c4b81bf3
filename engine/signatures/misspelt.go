package signatures

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/internal/lazyregexp"
	"github.com/sigdiff/sigdiff/internal/pyjson"
	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// Misspelt says why a text that looks like a signature is none.
type Misspelt struct {
	Why     string // in words
	Instead string // how it would be written; empty where nothing is left of it
	CPP     bool   // a function of C++ can't be written so, though one of Rust source could be
}

// Claim is what is wrong, in words.
func (m Misspelt) Claim() string {
	if m.CPP {
		return "no signature of C++ can be this: " + m.Why
	}
	return "no signature can be this: " + m.Why
}

// String is the claim, and how the signature would be written.
func (m Misspelt) String() string {
	if m.Instead == "" {
		return m.Claim() + ", and nothing is left"
	}
	return m.Claim() + "; " + m.Instead + " is how it would be written"
}

// tidying are the rules that change a signature whatever it is made of, and what they do.
var tidying = map[string]string{
	"SigPrintableCharsOnly": "only printable characters of ASCII are kept, and no space around them",
	"SigFixWhitespace":      "white space becomes one space",
	"SigTruncate":           "a signature has 255 characters at most",
}

// Misspelt finds out, with the rules themselves, whether a text can't be a signature: one that was copied from a
// stack, for example, has arguments. It would rather miss one than take a signature for none, and says nothing
// of texts that rules take from elsewhere, such as abort messages. It is nil for what may be a signature.
func (rs Ruleset) Misspelt(text string) *Misspelt {
	s := speller{rules: rs, text: text}
	if inside, ok := strings.CutPrefix(text, "[@ "); ok && strings.HasSuffix(inside, "]") {
		s.is(strings.TrimSpace(strings.TrimSuffix(inside, "]")), "[@ and ] are what Bugzilla puts around one")
	}
	s.tidy(func(rule string) bool { return rule != "SigTruncate" })
	if strings.Contains(s.text, ": ") {
		s.java()
	} else {
		s.frames()
	}
	s.tidy(func(rule string) bool { return rule == "SigTruncate" })
	if s.text == text {
		return nil
	}
	return &Misspelt{strings.Join(s.why, ", "), s.text, !s.sure}
}

// speller writes a text as signatures are written.
type speller struct {
	rules Ruleset
	text  string
	why   []string
	sure  bool // not only C++ is written so
}

func (s *speller) is(text, why string) {
	if text != s.text {
		s.text, s.why, s.sure = text, append(s.why, why), true
	}
}

// tidy applies those of the tidying rules that are wanted.
func (s *speller) tidy(wanted func(rule string) bool) {
	for _, r := range s.rules.rules {
		if why := tidying[r.name]; why != "" && wanted(r.name) {
			st := state{result: Result{Signature: s.text}}
			if r.apply(&st) == nil {
				s.is(st.result.Signature, why)
			}
		}
	}
}

// javaClass is what a Java signature with a description starts with.
var javaClass = lazyregexp.New(`^[A-Za-z_$][\w$]*(\.[\w$]+)+: `)

// java writes what may be the signature of a Java crash: the first two lines of its stack.
func (s *speller) java() {
	if !javaClass().MatchString(s.text) {
		return
	}
	first, method := s.text, ""
	if at := strings.LastIndex(s.text, " at "); at >= 0 {
		first, method = s.text[:at], s.text[at+1:]
	}
	if strings.HasSuffix(first, "<addr>:") { // see joinJava
		first = strings.TrimSuffix(first, ":")
	}
	j := crashdata.JavaFromStackTrace(pyjson.Str(first + "\n" + method))
	why := "addresses become <addr>, and source lines of Java are dropped"
	if utf8.RuneCountInString(s.text) > crashdata.MaxJavaSignature {
		why = "a description that is too long is dropped"
	}
	s.is(j.Signature, why)
}

// frames writes the frames that a signature is made of, up to a text that a rule has from elsewhere.
func (s *speller) frames() {
	frames := strings.Split(s.text, Separator)
	cut := utf8.RuneCountInString(s.text) == maxSignature && strings.HasSuffix(s.text, "...")
	for i, f := range frames {
		if isForeign(f) || cut && i == len(frames)-1 {
			break
		}
		written, why, sure := writeFrame(f)
		frames[i] = written
		for _, w := range why {
			if !slices.Contains(s.why, w) {
				s.why = append(s.why, w)
			}
		}
		s.sure = s.sure || sure
	}
	s.text = strings.Join(frames, Separator)
}

// isForeign tells whether anything may follow.
func isForeign(part string) bool {
	return part == "Abort" || part == "AsyncShutdownTimeout" || strings.HasPrefix(part, "EMPTY") ||
		strings.HasPrefix(part, "IPCError-") || strings.HasPrefix(part, "IPC_Message_Name=")
}

var (
	// surelyFunction is what files and modules have not in their names.
	surelyFunction = lazyregexp.New(`::|[\w~>]\((\)|\D)|\w<`)
	surelySource   = lazyregexp.New(`#[0-9]+$`)
	surelyCPP      = lazyregexp.New("::\\$_|`anonymous namespace'")
	zeroOffset     = lazyregexp.New(`^@0x0[0-9a-f]+$`)
)

// writeFrame is how a frame would be written, why, and whether that is not only so for C++. Names of modules may
// be anything; those of Windows are in lower case.
func writeFrame(frame string) (written string, why []string, sure bool) {
	switch {
	case zeroOffset().MatchString(frame):
		return "@" + pyjson.StripLeadingZeros(pyjson.Str(frame[1:])), []string{"an offset has no leading zeros"}, true
	case !surelyFunction().MatchString(frame) || surelySource().MatchString(frame) || isCutOff(frame) || canBe(crashdata.FrameCPP, frame):
		return frame, nil, false
	}
	sure = !canBe(crashdata.FrameRust, frame)
	if !sure && !surelyCPP().MatchString(frame) {
		return frame, nil, false
	}
	written = frame
	telling := false
	for _, step := range cppSteps {
		next, err := step.do(written)
		if err != nil {
			return frame, nil, false
		}
		if next != written {
			written, why, telling = next, append(why, step.what), telling || step.sure
		}
	}
	written, err := through(lastSteps, written)
	if err != nil || !telling || strings.EqualFold(written, frame) {
		return frame, nil, false
	}
	return written, why, sure
}

// isCutOff tells whether brackets are open at the end.
func isCutOff(frame string) bool {
	frame = strings.ReplaceAll(frame, "->", "")
	return strings.Count(frame, "<") > strings.Count(frame, ">") || strings.Count(frame, "(") > strings.Count(frame, ")")
}

// argumentsBefore puts arguments after every space but those that are looked for.
var argumentsBefore = strings.NewReplacer("`anonymous namespace'", "`anonymous namespace'", " as ", " as ", " in ", " in ", " ", " ()")

// canBe tells whether a function of a kind becomes a frame, as far as can be told: normalisation leaves what is
// normalised nearly always as it is. What it may have dropped to get there is tried, too: arguments behind a
// name that ends like a qualifier, those in front of a space, an operator, with which return types stay, and
// a hash. Of two lambdas in a row only the first loses its number.
func canBe(kind crashdata.FrameKind, frame string) bool {
	source := frame
	if kind == crashdata.FrameCPP {
		source = strings.ReplaceAll(frame, "::$::$_", "::$_0::$_")
	}
	for _, function := range []string{
		source, strings.ReplaceAll(source, ", ", ","), argumentsBefore.Replace(source), strings.Replace(source, "<T>", "<::operator>", 1),
	} {
		for _, arguments := range []string{"", "()", "(::operator)", "::h0"} {
			if written, err := WithoutLine(kind, function+arguments); err == nil && pyre.Strip(written) == frame {
				return true
			}
		}
	}
	return false
}
