package concerns

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/internal/enginetest"
	"github.com/sigdiff/sigdiff/internal/pyjson"
	"github.com/sigdiff/sigdiff/siglists"
)

// stacks are crashes with a stack and a reason.
type stacks struct {
	crashes int
	frames  string // separated by spaces, the first at the top
	reason  string
}

func crashesOf(t *testing.T, all []stacks) crashdata.Crashes {
	var crashes crashdata.Crashes
	for _, s := range all {
		var frames []map[string]string
		for f := range strings.FieldsSeq(s.frames) {
			frames = append(frames, map[string]string{"function": f})
		}
		for range s.crashes {
			doc, err := json.Marshal(map[string]any{
				"uuid":      fmt.Sprintf("%08x-0000-4000-8000-000000261001", len(crashes)),
				"json_dump": map[string]any{"crash_info": map[string]any{"type": s.reason}, "threads": []any{map[string]any{"frames": frames}}},
			})
			if err != nil {
				t.Fatal(err)
			}
			crashes = append(crashes, parsed(t, doc))
		}
	}
	return crashes
}

// TestStrangersAreAllCounted: stacks are held against each other by some of them, and all of their crashes are counted.
func TestStrangersAreAllCounted(t *testing.T) {
	all := []stacks{{300, "other loop o1 o2", ""}, {3, "loop b1 b2", ""}}
	for i := range 25 {
		all = append(all, stacks{2, fmt.Sprintf("wait loop a%d c%d", i, i), ""})
	}
	base, candidate := enginetest.NewSet(t, "s", "i", "p", "lined"), enginetest.NewSet(t, "s", "i\nwait", "p", "lined")
	found := concernsOf(t, base, candidate, crashesOf(t, all))
	if len(found) != 1 || sketch(found[0]) != "strangers by added wait 50 of 53: loop, wait" {
		t.Errorf("%+v", found)
	}
}

// TestMessagesAreNoFrames: what stands behind the last frame is the message that a crash is over, and no frame that crashes share.
func TestMessagesAreNoFrames(t *testing.T) {
	base, candidate := enginetest.NewSet(t, "s", "i", "p", "lined"), enginetest.NewSet(t, "s", "i", "p\nw", "lined")
	for want, all := range map[string][]stacks{
		"[]": {{1, "w a", ""}, {1, "w b", ""}, {1, "w c", ""}, {1, "w d", ""}},
		"[spray by added w 4 of 4: x 2, y 2, 2 names, 2 x]": {{1, "w pre::1 x", ""}, {1, "w pre::2 x", ""}, {1, "w pre::3 y", ""}, {1, "w pre::4 y", ""}},
	} {
		crashes := crashesOf(t, all)
		for i, c := range crashes {
			c.IPCMessageName = pyjson.Str(fmt.Sprint("PContent::Msg_", i/2))
		}
		got := []string{}
		for _, c := range concernsOf(t, base, candidate, crashes) {
			got = append(got, sketch(c))
		}
		if fmt.Sprint(got) != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestStrangersAreWhereTheyCome: what comes to a signature that strangers left is no group of theirs.
func TestStrangersAreWhereTheyCome(t *testing.T) {
	c := Concern{Kind: Strangers, Signatures: []string{"shared", "left"}}
	for pair, want := range map[compare.Pair]bool{{Base: "left", Candidate: "shared"}: true, {Base: "other", Candidate: "left"}: false} {
		if c.About(compare.Group{Pair: pair}) != want {
			t.Errorf("about %v: %v", pair, !want)
		}
	}
}

// TestARemovedLineIsNamed: of what is about signatures, the line that does it is named, also where it is gone.
func TestARemovedLineIsNamed(t *testing.T) {
	all := []stacks{{3, "wait a c d", "SIGSEGV"}, {4, "wait b c d", "Unhandled C++ Exception"}}
	base, candidate := enginetest.NewSet(t, "s", "i", "p\nwait", "lined"), enginetest.NewSet(t, "s", "i", "p", "lined")
	found := concernsOf(t, base, candidate, crashesOf(t, all))
	if len(found) != 1 || sketch(found[0]) != "kinds by removed wait 7 of 0: 2 names, 4 C++ exception, wait" {
		t.Errorf("%+v", found)
	}
}

// TestAnEditOfAnIdleLine: a line that takes the place of an idle one was not meant to do more.
func TestAnEditOfAnIdleLine(t *testing.T) {
	base, candidate := enginetest.NewSet(t, "s", "skip", "p\nskipped", "lined"), enginetest.NewSet(t, "s", "skip", "p\nskipp", "lined")
	if found := concernsOf(t, base, candidate, crashesOf(t, []stacks{{2, "skipped x", ""}})); found != nil {
		t.Errorf("%+v", found)
	}
	if found := concernsOf(t, enginetest.NewSet(t, "s", "skip", "p", "lined"), candidate, crashesOf(t, []stacks{{2, "skipped x", ""}})); len(found) != 1 {
		t.Errorf("of the line alone: %+v", found)
	}
}

// TestAbout: a concern stands with the groups that its line changes, or one of its lines, and with no other line's.
func TestAbout(t *testing.T) {
	base, candidate := enginetest.NewSet(t, "s", "i", "p\nmemo", "lined"), enginetest.NewSet(t, "s", "i\n_rust_oom\nmemo$\nmemo_\nmemo[^_]", "p\nmemo\njs::Call\nzz_", "lined")
	crashes := crashesOf(t, []stacks{{3, "js::Callback y", ""}, {2, "_rust_oom x", ""}, {1, "__rust_oom x", ""}, {3, "zz_a b", ""}, {2, "memo u", "SIGSEGV"}, {1, "memo_y v", ""}, {1, "memoz w", ""}})
	tally := tallyOf(t, base, candidate, crashes)
	found, all, err := Find(t.Context(), tally)
	if err != nil || !all {
		t.Fatal(all, err)
	}
	got := map[Kind][]string{}
	for _, c := range found {
		got[c.Kind] = []string{}
		for _, g := range tally.Groups() {
			if c.About(g) {
				got[c.Kind] = append(got[c.Kind], g.Base)
			}
		}
	}
	if diff := cmp.Diff(map[Kind][]string{MidWord: {"js::Callback"}, Siblings: {}, Idle: {"memo | u", "memo_y | v", "memoz | w"}}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestEachLineFirst: the gravest of each line comes before what else there is to say of one, and so does all that is of no line.
func TestEachLineFirst(t *testing.T) {
	a, b := &siglists.Line{Text: "a"}, &siglists.Line{Text: "b"}
	var got []string
	for _, c := range eachLineFirst([]Concern{{Kind: MidWord, Line: a}, {Kind: Cuts, Line: a}, {Kind: Strangers}, {Kind: Kinds}, {Kind: Idle, Line: b}}) {
		got = append(got, string(c.Kind))
	}
	if want := "mid-word strangers kinds idle cuts"; strings.Join(got, " ") != want {
		t.Errorf("%q, want %s", got, want)
	}
}

// TestIdleUnderFlags: under flags for its whole list, a line of the prefix list takes more than its text says.
func TestIdleUnderFlags(t *testing.T) {
	base, candidate := enginetest.NewSet(t, "s", "i", "(?i)p\nwait", "lined"), enginetest.NewSet(t, "s", "i\nwait", "(?i)p\nwait", "lined")
	if found := concernsOf(t, base, candidate, crashesOf(t, []stacks{{2, "wait x", ""}})); found != nil {
		t.Errorf("%+v", found)
	}
}

// TestTextsUnderFlags: nothing is said of what a line's text matches where flags or references of its list, or of the irrelevant
// one, may make it match something else.
func TestTextsUnderFlags(t *testing.T) {
	for _, test := range []struct {
		name                      string
		irrelevant, prefix, added string // to the prefix list
		frame                     string
		alone                     string // what is said where the flags are not there
	}{
		{"idle from the start", "(?a)i\nwait\\w", "p", `wait\w`, "waiting", `idle wait\w by wait\w 1 of 0`},
		{"idle from the start, of a list with flags", "i\nwait\\w", "(?x)p", `wait\w`, "waiting", `idle wait\w by wait\w 1 of 0`},
		{"never", "i", "(?x)p", "foo$bar", "bar", "never foo$bar 0 of 0 an unescaped `$` is the end of the frame, so that nothing after it can match; the character itself is `\\$`"},
		{"everything", "i", "(?x)p", "foo #|", "foo", "everything foo #| 1 of 0 matches every frame: the alternative behind `foo #|` is empty"},
	} {
		flags := regexp.MustCompile(`\(\?[ax]\)`)
		for _, text := range []func(string) string{
			func(s string) string { return s },
			func(s string) string { return flags.ReplaceAllString(s, "") },
			func(s string) string { return flags.ReplaceAllString(s, `(k)\1`+"\n") },
		} {
			irrelevant, prefix := text(test.irrelevant), text(test.prefix)
			base, candidate := enginetest.NewSet(t, "s", irrelevant, prefix, "lined"), enginetest.NewSet(t, "s", irrelevant, prefix+"\n"+test.added, "lined")
			var got []string
			for _, c := range concernsOf(t, base, candidate, crashesOf(t, []stacks{{1, test.frame + " x", ""}})) {
				got = append(got, sketch(c))
			}
			var want []string
			if irrelevant+prefix == flags.ReplaceAllString(test.irrelevant+test.prefix, "") {
				want = []string{test.alone}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: %q, %q (-want +got):\n%s", test.name, irrelevant, prefix, diff)
			}
		}
	}
}

// lists are lines of siglists.
type lists struct{ sentinels, irrelevant, prefix string }

// TestConcerns: each kind, and what is near to it and none. A line with - in front is removed.
func TestConcerns(t *testing.T) {
	base := lists{"cut", "skip", "pre\nlonglonglong::prefix"}
	for _, test := range []struct {
		name    string
		change  lists // lines that are added
		crashes []stacks
		want    []string
	}{
		{"an empty alternative", lists{prefix: "foo|"}, []stacks{{1, "bar x", ""}}, []string{"everything foo| 1 of 0 matches every frame: the alternative behind `foo|` is empty"}},
		{"an alternative that everything matches", lists{prefix: "(?:foo|)"}, []stacks{{2, "bar x", ""}}, []string{"everything (?:foo|) 2 of 0 matches every frame, and leaves nothing to the other lines"}},
		{"nearly everything", lists{prefix: "foo|$"}, []stacks{{1, "bar x", ""}}, nil},
		{"an unescaped $", lists{prefix: "foo$bar"}, []stacks{{1, "foo$bar x", ""}}, []string{"never foo$bar 0 of 0 an unescaped `$` is the end of the frame, so that nothing after it can match; the character itself is `\\$`"}},
		{"a letter away", lists{prefix: "mozilla::dom::Windov"}, []stacks{{2, "mozilla::dom::Window x", ""}}, []string{"one-away mozilla::dom::Windov 2 of 0 with one letter changed: mozilla::dom::Window 2"}},
		{"two letters in the wrong order", lists{prefix: "mozilla::dom::Windwo"}, []stacks{{2, "mozilla::dom::Window x", ""}}, []string{"one-away mozilla::dom::Windwo 2 of 0 with one letter changed: mozilla::dom::Window 2"}},
		{"a letter away, in the name of a class", lists{prefix: "mozilla::dom::Windov::"}, []stacks{{2, "mozilla::dom::Window::Close x", ""}}, []string{"one-away mozilla::dom::Windov:: 2 of 0 with one letter changed: mozilla::dom::Window::Close 2"}},
		{"a letter away, in the middle of a word", lists{prefix: "mozilla::dom::Get"}, []stacks{{2, "mozilla::dom::SetAll x", ""}}, nil},
		{"a letter away, of a line that says where it ends", lists{prefix: "mozilla::dom::Windov$"}, []stacks{{2, "mozilla::dom::Window x", ""}, {3, "mozilla::dom::Window::Close x", ""}}, []string{"one-away mozilla::dom::Windov$ 2 of 0 with one letter changed: mozilla::dom::Window 2"}},
		{"a letter away, of a line that says that it goes on", lists{prefix: "mozilla::dom::Windov.*"}, []stacks{{3, "mozilla::dom::Window::Close x", ""}}, []string{"one-away mozilla::dom::Windov.* 3 of 0 with one letter changed: mozilla::dom::Window::Close 3"}},
		{"a letter that does not show", lists{prefix: "mozilla::dom::\u200bWindow"}, []stacks{{2, "mozilla::dom::Window x", ""}}, []string{"one-away mozilla::dom::\u200bWindow 2 of 0 with one letter changed: mozilla::dom::Window 2"}},
		{"brackets as they stand in a frame", lists{irrelevant: "-[NSView_draw:]"}, []stacks{{2, "-[NSView_draw:] x", ""}}, []string{"one-away -[NSView_draw:] 2 of 0 with its special characters escaped: -[NSView_draw:] 2"}},
		{"brackets as they stand in a frame that another line takes", lists{prefix: "pre-[NSView_draw:]"}, []stacks{{2, "pre-[NSView_draw:] x", ""}}, nil},
		{"a letter away, and short", lists{prefix: "dom::Windov"}, []stacks{{2, "dom::Window x", ""}}, nil},
		{"a letter away from what another line takes", lists{prefix: "longlonglong::prefiy"}, []stacks{{2, "longlonglong::prefix x", ""}}, nil},
		{"a letter away, in a library", lists{prefix: "longlibrary12345.dll"}, []stacks{{2, "longlibrary12346.dll x", ""}}, nil},
		{"a sibling", lists{irrelevant: "_rust_oom"}, []stacks{{2, "_rust_oom x", ""}, {3, "__rust_oom x", ""}}, []string{"siblings _rust_oom 3 of 2: __rust_oom 3"}},
		{"a sibling that no signature has", lists{irrelevant: "_rust_oom"}, []stacks{{2, "_rust_oom x", ""}, {3, "x __rust_oom", ""}}, nil},
		{"a sibling of a line that is not seen", lists{irrelevant: "_rust_oom"}, []stacks{{3, "__rust_oom x", ""}}, nil},
		{"a letter away: an underscore", lists{irrelevant: "_a_long_function_name"}, []stacks{{3, "__a_long_function_name x", ""}}, []string{"one-away _a_long_function_name 3 of 0 with one letter changed: __a_long_function_name 3"}},
		{"a sibling of a line that ends the frame", lists{irrelevant: "_rust_oom$"}, []stacks{{2, "_rust_oom x", ""}, {3, "__rust_oom x", ""}}, []string{"siblings _rust_oom$ 3 of 2: __rust_oom 3"}},
		{"siblings of a group", lists{irrelevant: "(rust|swift)_oom"}, []stacks{{2, "rust_oom x", ""}, {3, "_swift_oom x", ""}}, []string{"siblings (rust|swift)_oom 3 of 2: _swift_oom 3"}},
		{"a longer name is no sibling of a group", lists{irrelevant: "(rust|swift)_oom"}, []stacks{{2, "rust_oom x", ""}, {3, "_swift_oom_handler x", ""}}, nil},
		{"a sibling that another list decides", lists{irrelevant: "_pre"}, []stacks{{2, "_pre x", ""}, {3, "pre x", ""}}, nil},
		{"a sentinel without template arguments", lists{sentinels: "panic"}, []stacks{{2, "raise panic x", ""}, {3, "raise panic<&str> x", ""}, {3, "panic<&str> y", ""}}, []string{"siblings panic 6 of 2: panic<T> 6"}},
		{"a sentinel that only frames with template arguments are near to", lists{sentinels: "panic"}, []stacks{{3, "raise panic<&str> x", ""}}, []string{"one-away panic 3 of 0 with other template arguments: panic<T> 3"}},
		{"a line with template arguments", lists{prefix: "make<T>"}, []stacks{{2, "make<int> x", ""}, {3, "make y", ""}}, []string{"siblings make<T> 3 of 2: make 3"}},
		{"a pattern with template arguments", lists{prefix: "make<.*>"}, []stacks{{2, "make<int> x", ""}, {3, "make y", ""}, {3, "makes y", ""}}, []string{"siblings make<.*> 3 of 2: make 3"}},
		{"a pattern with template arguments in its middle", lists{prefix: "make<.*>::of"}, []stacks{{2, "make<int>::of x", ""}, {3, "make::of y", ""}, {3, "make y", ""}}, nil},
		{"a line that ends with the frame, which has template arguments elsewhere", lists{prefix: "call$"}, []stacks{{2, "call x", ""}, {3, "call<int> y", ""}}, []string{"siblings call$ 3 of 2: call<T> 3"}},
		{"template arguments behind what a line says", lists{prefix: "call"}, []stacks{{2, "call x", ""}, {3, "call<int> y", ""}}, nil},
		{"template arguments that another line takes", lists{sentinels: "panic", irrelevant: "panic"}, []stacks{{2, "raise panic x", ""}, {3, "panic<&str> y", ""}}, nil},
		{"a longer name is no sibling", lists{irrelevant: "_rust_oom"}, []stacks{{2, "_rust_oom x", ""}, {3, "rust_oom_handler x", ""}}, nil},
		{"in the middle of a word", lists{prefix: "js::Call"}, []stacks{{2, "js::Call x", ""}, {3, "js::Callback y", ""}}, []string{"mid-word js::Call 3 of 5: js::Callback 3"}},
		{"in the middle of a word, escaped", lists{prefix: `js\.Call`}, []stacks{{3, "js.Callback y", ""}}, []string{`mid-word js\.Call 3 of 3: js.Callback 3`}},
		{"in the middle of a word of what the base took, too", lists{prefix: "longlonglong::pre"}, []stacks{{3, "longlonglong::prefix y", ""}}, nil},
		{"in the middle of a word that is irrelevant", lists{prefix: "sk"}, []stacks{{2, "sk x", ""}, {3, "skip sk x", ""}}, nil},
		{"at the end of a word", lists{prefix: "js::Call"}, []stacks{{2, "js::Call x", ""}, {3, "js::CallArgs y", ""}}, nil},
		{"a sentinel cuts what told apart", lists{sentinels: "lock"}, []stacks{{3, "x lock z", ""}, {1, "y lock z", ""}}, []string{"cuts lock 4 of 4: x 3, y 1"}},
		{"a sentinel cuts what told apart, and a few have another signature", lists{sentinels: "pre"}, []stacks{{4, "x pre z", ""}, {1, "x pre a", ""}, {1, "y pre z", ""}}, []string{"cuts pre 6 of 6: x 5, y 1"}},
		{"a sentinel cuts what is told apart below it", lists{sentinels: "pre"}, []stacks{{3, "x pre z", ""}, {3, "x pre a", ""}, {1, "y pre z", ""}}, nil},
		{"a sentinel cuts what is told apart below it for most crashes", lists{sentinels: "pre"}, []stacks{{3, "x pre z", ""}, {3, "x pre a", ""}, {3, "y pre z", ""}}, nil},
		{"a sentinel cuts what is told apart below it for half of the crashes", lists{sentinels: "pre"}, []stacks{{3, "x pre z", ""}, {1, "y pre a", ""}, {1, "y pre b", ""}, {1, "y pre z", ""}}, nil},
		{"a sentinel cuts what few crashes have", lists{sentinels: "lock"}, []stacks{{2, "x lock z", ""}, {1, "y lock z", ""}}, nil},
		{"a sentinel cuts one frame", lists{sentinels: "lock"}, []stacks{{3, "x lock z", ""}}, nil},
		{
			"strangers that come alone",
			lists{irrelevant: "wait"},
			[]stacks{{300, "other loop o1 o2", ""}, {1, "wait_a loop a1 a2", ""}, {1, "wait_b loop b1 b2", ""}, {1, "wait_c loop c1 c2", ""}},
			[]string{"strangers by added wait 3 of 3: loop, wait_a, wait_b, wait_c"},
		},
		{
			"strangers, which have only the frame in common that every crash has",
			lists{irrelevant: "wait"},
			[]stacks{{300, "other loop o1 o2", ""}, {3, "wait loop a1 a2", ""}, {3, "loop b1 b2", ""}},
			[]string{"strangers by added wait 3 of 6: loop, wait"},
		},
		{
			"strangers, which have irrelevant frames in common",
			lists{irrelevant: "wait"},
			[]stacks{{300, "other loop o1 o2", ""}, {3, "wait skip1 skip2 skip3 loop a1 a2", ""}, {3, "skip1 skip2 skip3 loop b1 b2", ""}},
			[]string{"strangers by added wait 3 of 6: loop, wait"},
		},
		{
			"strangers, which have a frame in common that becomes irrelevant",
			lists{irrelevant: "wait"},
			[]stacks{{300, "other loop o1 o2", ""}, {3, "wait loop a1", ""}, {3, "loop wait b1", ""}},
			[]string{"strangers by added wait 3 of 6: loop, wait"},
		},
		{
			"strangers of whose stacks no more is left than where threads begin",
			lists{irrelevant: "mod::"},
			[]stacks{{300, "other o1 o2", ""}, {3, "mod::a mod::b mod::c mod::d mod::e mod::f mod::g mod::h loop start", ""}, {3, "mod::i mod::j mod::k mod::l mod::m mod::n mod::o mod::p loop start", ""}},
			[]string{"strangers by added mod:: 6 of 6: loop, mod::a, mod::i"},
		},
		{
			"strangers that shared a prefix, which is cut behind it",
			lists{prefix: "-longlonglong::prefix"},
			[]stacks{{1000, "o p start", ""}, {30, "longlonglong::prefix a a1 a2 start", ""}, {30, "longlonglong::prefix b b1 b2 start", ""}, {30, "longlonglong::prefix c c1 c2 start", ""}},
			[]string{"strangers by removed longlonglong::prefix 90 of 90: longlonglong::prefix, longlonglong::prefix | a, longlonglong::prefix | b, longlonglong::prefix | c"},
		},
		{
			"strangers that shared a prefix, among few crashes",
			lists{prefix: "-longlonglong::prefix"},
			[]stacks{{12, "o p run loop start", ""}, {3, "longlonglong::prefix a run loop start", ""}, {3, "longlonglong::prefix b run loop start", ""}},
			[]string{"strangers by removed longlonglong::prefix 6 of 6: longlonglong::prefix, longlonglong::prefix | a, longlonglong::prefix | b"},
		},
		{
			"crashes of one cause, of which a prefix made several",
			lists{prefix: "-longlonglong::prefix"},
			[]stacks{{1000, "o p start", ""}, {30, "longlonglong::prefix a d e f start", ""}, {30, "longlonglong::prefix b d e f start", ""}},
			nil,
		},
		{
			"crashes of one cause, and hardly others",
			lists{prefix: "-longlonglong::prefix"},
			[]stacks{{3, "o d e f start", ""}, {30, "longlonglong::prefix a d e f start", ""}, {30, "longlonglong::prefix b d e f start", ""}},
			nil,
		},
		{"a seldom frame in common", lists{irrelevant: "wait"}, []stacks{{300, "other o1 o2", ""}, {3, "wait a a1 a2", ""}, {3, "a b1 b2", ""}}, nil},
		{"two crashes", lists{irrelevant: "wait"}, []stacks{{300, "other loop o1 o2", ""}, {2, "wait loop a1 a2", ""}, {3, "loop b1 b2", ""}}, nil},
		{"kinds", lists{irrelevant: "wait"}, []stacks{{3, "wait a b", "SIGSEGV"}, {4, "a b", "Unhandled C++ Exception"}}, []string{"kinds by added wait 7 of 0: 2 names, 4 C++ exception, a"}},
		{"kinds by two lines", lists{irrelevant: "wait\nsleep"}, []stacks{{3, "wait sleep a b", "SIGSEGV"}, {4, "a b", "Unhandled C++ Exception"}}, []string{"kinds by added wait by added sleep 7 of 0: 2 names, 4 C++ exception, a"}},
		{
			"kinds by a line that does all of it, and one that does some",
			lists{irrelevant: "wait\nsleep"},
			[]stacks{{3, "wait a b", "SIGSEGV"}, {1, "wait sleep a b", "SIGSEGV"}, {4, "a b", "Unhandled C++ Exception"}},
			[]string{"kinds by added wait 8 of 0: 2 names, 4 C++ exception, a"},
		},
		{
			"kinds by a line that takes more than half of the frames of one that stays",
			lists{irrelevant: "pre1\npre2"},
			[]stacks{{3, "pre1 a b", "SIGSEGV"}, {2, "pre2 a b", "SIGSEGV"}, {4, "a b", "Unhandled C++ Exception"}},
			[]string{"kinds by added pre1 9 of 0: 2 names, 5 memory fault, a"},
		},
		{
			"kinds of nine crashes in ten",
			lists{irrelevant: "wait"},
			[]stacks{{9, "wait a b", "SIGSEGV"}, {1, "wait a b", "OUT_OF_MEMORY"}, {4, "a b", "Unhandled C++ Exception"}},
			[]string{"kinds by added wait 14 of 0: 2 names, 9 memory fault, a"},
		},
		{
			"kinds of a few more crashes with other signatures",
			lists{irrelevant: "wait"},
			[]stacks{{3, "wait a b", "SIGSEGV"}, {2, "wait2 a b", "SIGSEGV"}, {4, "a b", "Unhandled C++ Exception"}},
			[]string{"kinds by added wait 9 of 0: 2 names, 5 memory fault, a"},
		},
		{
			"kinds of fewer",
			lists{irrelevant: "wait"},
			[]stacks{{17, "wait a b", "SIGSEGV"}, {3, "wait a b", "OUT_OF_MEMORY"}, {4, "a b", "Unhandled C++ Exception"}},
			nil,
		},
		{"one kind", lists{irrelevant: "wait"}, []stacks{{3, "wait a b", "SIGSEGV"}, {4, "a b", "SIGBUS"}}, nil},
		{"kinds of which one is not known", lists{irrelevant: "wait"}, []stacks{{3, "wait a b", "SIGSEGV"}, {4, "a b", ""}}, nil},
		{"kinds of too few", lists{irrelevant: "wait"}, []stacks{{2, "wait a b", "SIGSEGV"}, {4, "a b", "Unhandled C++ Exception"}}, nil},
		{
			"spray",
			lists{prefix: "w"},
			[]stacks{{1, "w pre::1 x", ""}, {1, "w pre::2 x", ""}, {1, "w pre::3 y", ""}, {1, "w pre::4 y", ""}},
			[]string{"spray by added w 4 of 4: x 2, y 2, 2 names, 2 x"},
		},
		{
			"a spray beside a split",
			lists{prefix: "u\nw"},
			[]stacks{{1, "w pre::1 x", ""}, {1, "w pre::2 x", ""}, {1, "w pre::3 y", ""}, {1, "w pre::4 y", ""}, {2, "u a", ""}, {1, "u b", ""}},
			[]string{"spray by added w 4 of 4: x 2, y 2, 2 names, 2 x"},
		},
		{
			"a spray of two lines that need each other beside a split",
			lists{prefix: "u\nv\nw"},
			[]stacks{{1, "v w pre::1 x", ""}, {1, "v w pre::2 x", ""}, {1, "v w pre::3 y", ""}, {1, "v w pre::4 y", ""}, {2, "u a", ""}, {1, "u b", ""}},
			[]string{"spray by added v by added w 4 of 4: x 2, y 2, 2 names, 2 x"},
		},
		{
			"a spray of a line that needs one of another list beside a split",
			lists{prefix: "u\nw", irrelevant: "v"},
			[]stacks{{1, "v w pre::1 x", ""}, {1, "v w pre::2 x", ""}, {1, "v w pre::3 y", ""}, {1, "v w pre::4 y", ""}, {2, "u a", ""}, {1, "u b", ""}},
			nil,
		},
		{
			"a spray of two lines, of which neither does most of it",
			lists{prefix: "v\nw"},
			[]stacks{{1, "w pre::1 x", ""}, {1, "w pre::2 x", ""}, {1, "v pre::3 y", ""}, {1, "v pre::4 y", ""}},
			[]string{"spray 4 of 4: x 2, y 2, 2 names, 2 x"},
		},
		{
			"two sprays of as many beside a split",
			lists{prefix: "u\nv\nw"},
			slices.Concat(numbered(2, "v pre::%d x"), numbered(2, "v pre::%d y"), numbered(2, "w pre::%d x"), numbered(2, "w pre::%d y"), numbered(6, "u a%d")),
			[]string{"spray by added v 4 of 4: x 2, y 2, 2 names, 2 x"},
		},
		{
			"two sprays beside a split",
			lists{prefix: "u\nv\nw"},
			[]stacks{
				{1, "v pre::1 x", ""},
				{1, "v pre::2 x", ""},
				{1, "v pre::3 y", ""},
				{1, "v pre::4 y", ""},
				{1, "w pre::1 x", ""},
				{1, "w pre::2 x", ""},
				{1, "w pre::3 y", ""},
				{1, "w pre::4 y", ""},
				{1, "w pre::5 y", ""},
				{1, "u a", ""},
				{1, "u b", ""},
				{1, "u c", ""},
				{1, "u d", ""},
				{1, "u e", ""},
				{1, "u f", ""},
			},
			[]string{"spray by added w 5 of 5: y 3, x 2, 2 names, 3 y"},
		},
		{
			"a spray of a line of another list beside a split",
			lists{irrelevant: "w", prefix: "u"},
			[]stacks{{1, "w pre::1 x", ""}, {1, "w pre::2 x", ""}, {1, "w pre::3 y", ""}, {1, "w pre::4 y", ""}, {2, "u a", ""}, {1, "u b", ""}},
			nil,
		},
		{
			"a spray of which one was there",
			lists{irrelevant: "w"},
			[]stacks{{1, "w pre::1 x", ""}, {1, "w pre::2 x", ""}, {1, "w pre::3 x", ""}, {1, "w pre::4 x", ""}, {1, "pre::4 x", ""}},
			nil,
		},
		{
			"what stood before the last frames differed already",
			lists{prefix: "w"},
			[]stacks{{1, "pre::1 w x", ""}, {1, "pre::2 w x", ""}, {1, "pre::3 w x", ""}, {1, "pre::4 w x", ""}},
			nil,
		},
		{"a split", lists{prefix: "w"}, []stacks{{1, "w a", ""}, {1, "w b", ""}, {1, "w c", ""}, {1, "w d", ""}}, nil},
		{
			"two lines, of which one does more that is grave",
			lists{prefix: "js::Call", irrelevant: "NS_ABORT_OOM\nlonglonglong"},
			[]stacks{{2, "NS_ABORT_OOM x", ""}, {3, "js::Callback y", ""}, {2, "longlonglong::prefix x", ""}},
			[]string{
				"mid-word js::Call 3 of 3: js::Callback 3", "marks by added NS_ABORT_OOM 2 of 0 -OOM | unknown",
				"idle longlonglong::prefix by added longlonglong 2 of 0: longlonglong::prefix 2", "idle NS_ABORT_OOM 2 of 0 NS_ABORT_OOM",
			},
		},
		{
			"a lost mark",
			lists{irrelevant: "NS_ABORT_OOM"},
			[]stacks{{2, "NS_ABORT_OOM x", ""}},
			[]string{"marks by added NS_ABORT_OOM 2 of 0 -OOM | unknown", "idle NS_ABORT_OOM 2 of 0 NS_ABORT_OOM"},
		},
		{
			"a signature that is not too long any more",
			lists{irrelevant: "longlonglong"},
			[]stacks{{2, "longlonglong::prefix" + strings.Repeat("x", 255) + " x", ""}},
			[]string{"idle longlonglong::prefix by added longlonglong 2 of 0: longlonglong::prefix" + strings.Repeat("x", 255) + " 2"},
		},
		{"a lost mark, by either of two lines", lists{irrelevant: "NS_ABORT_OOM\nNS_ABORT"}, []stacks{{2, "NS_ABORT_OOM x", ""}}, []string{"marks by added NS_ABORT_OOM 2 of 0 -OOM | unknown"}},
		{"a prefix that a rule knows its crashes by", lists{prefix: "NS_ABORT_OOM"}, []stacks{{2, "NS_ABORT_OOM x", ""}}, nil},
		{
			"an idle line, of one that hides others from a rule",
			lists{irrelevant: "longlonglong|NS_ABORT_OOM"},
			[]stacks{{2, "longlonglong::prefix x", ""}, {1, "NS_ABORT_OOM x", ""}},
			[]string{
				"marks by added longlonglong|NS_ABORT_OOM 1 of 0 -OOM | unknown",
				"idle longlonglong|NS_ABORT_OOM 3 of 0 NS_ABORT_OOM",
				"idle longlonglong::prefix by added longlonglong|NS_ABORT_OOM 2 of 0: longlonglong::prefix 2",
			},
		},
		{"an idle line", lists{irrelevant: "longlonglong"}, []stacks{{2, "longlonglong::prefix x", ""}}, []string{"idle longlonglong::prefix by added longlonglong 2 of 0: longlonglong::prefix 2"}},
		{
			"a line that others leave idle together",
			lists{irrelevant: "longlonglong::prefix$\nlonglonglong::prefix_\nlonglonglong::prefix[^_]"},
			[]stacks{{2, "longlonglong::prefix x", ""}, {1, "longlonglong::prefix_y x", ""}, {1, "longlonglong::prefixes x", ""}},
			[]string{"idle longlonglong::prefix by added longlonglong::prefix$ by added longlonglong::prefix_ by added longlonglong::prefix[^_] 2 of 0: longlonglong::prefix 2, longlonglong::prefix_y 1, longlonglong::prefixes 1"},
		},
		{"a line that is idle from the start", lists{prefix: "skip_it"}, []stacks{{2, "skip_it x", ""}}, []string{"idle skip_it by skip 2 of 0"}},
		{"a line that a line of the same change leaves idle", lists{irrelevant: "wait", prefix: "wait"}, []stacks{{2, "wait x", ""}}, nil},
		{"a line of which only some frames are irrelevant", lists{prefix: "sk"}, []stacks{{2, "skip x", ""}}, nil},
		{"a line that one of its own list makes needless", lists{prefix: "pre_it"}, []stacks{{2, "pre_it x", ""}}, nil},
		{"an irrelevant line that one of its own list makes needless", lists{irrelevant: "skip_it"}, []stacks{{2, "skip_it x", ""}}, nil},
		{"a line with frames elsewhere", lists{irrelevant: "longlonglong::prefixes"}, []stacks{{2, "longlonglong::prefixes x", ""}}, nil},
		{"a line with something left to do", lists{irrelevant: "pre::skip"}, []stacks{{2, "pre::skip x", ""}, {1, "pre x", ""}}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			add := func(lines, more string) string {
				if gone, ok := strings.CutPrefix(more, "-"); ok && strings.HasSuffix(lines, "\n"+gone) {
					return strings.TrimSuffix(lines, "\n"+gone)
				}
				return strings.Trim(lines+"\n"+more, "\n")
			}
			before := enginetest.NewSet(t, base.sentinels, base.irrelevant, base.prefix, "lined")
			after := enginetest.NewSet(t, add(base.sentinels, test.change.sentinels), add(base.irrelevant, test.change.irrelevant), add(base.prefix, test.change.prefix), "lined")
			crashes := crashesOf(t, test.crashes)
			var got []string
			for _, c := range concernsOf(t, before, after, crashes) {
				got = append(got, sketch(c))
				if (c.Kind == Strangers || c.Kind == Kinds) && len(c.Examples) == 0 {
					t.Errorf("no crash to look at: %s", sketch(c))
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			// What is said of a line is said of one that comes.
			for _, c := range concernsOf(t, after, before, crashes) {
				if c.Line != nil && !strings.HasPrefix(test.change.prefix, "-") {
					t.Errorf("of the line that goes: %s", sketch(c))
				}
			}
		})
	}
}

// TestUnknownConcerns: where a line takes too much work to tell its concerns, it is said that they may not be all.
func TestUnknownConcerns(t *testing.T) {
	frame := strings.Repeat("a", 60)
	for line, want := range map[string]bool{
		"b+c":         true,
		"(?=(A+)+B)A": false, // in another case it backtracks for ever
	} {
		base, candidate := enginetest.NewSet(t, "s", "i", "p", "lined"), enginetest.NewSet(t, "s", "i", "p\n"+line, "lined")
		crashes := crashesOf(t, []stacks{{1, frame + " x", ""}})
		if _, all, err := Find(t.Context(), tallyOf(t, base, candidate, crashes)); err != nil || all != want {
			t.Errorf("%s: %v, %v", line, all, err)
		}
	}
}
