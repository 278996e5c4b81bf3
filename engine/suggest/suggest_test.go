package suggest_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/engine/suggest"
	"github.com/sigdiff/sigdiff/engine/table"
	"github.com/sigdiff/sigdiff/internal/enginetest"
	"github.com/sigdiff/sigdiff/siglists"
)

type fataler interface {
	Fatal(...any)
	Fatalf(string, ...any)
}

func parse(t fataler, docs ...[]byte) crashdata.Crashes {
	var crashes crashdata.Crashes
	for _, doc := range docs {
		c, err := crashdata.ParseProcessed(doc)
		if err != nil {
			t.Fatal(err)
		}
		crashes = append(crashes, c)
	}
	return crashes
}

func generator(set *siglists.Set) *signatures.Generator {
	return signatures.NewGenerator(set, signatures.DefaultRules())
}

// stack is a number of crashes of one stack, the crashing frame first.
func stack(n int, frames string) enginetest.Stack { return enginetest.NewStack(n, frames, "") }

// steps are the lines of a suggestion, with the first letter of their list.
func steps(s *suggest.Suggestion) string {
	var all []string
	for _, step := range s.Steps {
		for _, line := range step.Lines {
			all = append(all, string(step.List[:1])+" "+line)
		}
	}
	return strings.Join(all, ", ")
}

// TestQuoted: any text becomes one line of a list, which matches what starts with the text and nothing else.
func TestQuoted(t *testing.T) {
	check := func(t fataler, text string) {
		line := suggest.Quoted(text)
		set := enginetest.NewSet(t, "", line, "x", "x")
		if lines := set.List(siglists.Irrelevant).Lines; len(lines) != 1 || lines[0].Text != line {
			t.Fatalf("%q: the lines are %q", text, lines)
		}
		for _, frame := range []string{text, text + "x", "x" + text, strings.TrimSpace(text) + "~"} {
			if hit, err := set.Match(siglists.Irrelevant, frame); err != nil || hit.OK != strings.HasPrefix(frame, text) {
				t.Fatalf("%q for %q: %v on %q, %v", line, text, hit.OK, frame, err)
			}
		}
	}
	for _, text := range []string{
		"a", "#a", "##", "# a", " a", "a ", " a ::operator==", "\ta", "a\t", "a\nb", "\n", " ", "a\rb", "a\u2028", "\u00a0a", "\x1fa", "a\x85", "a\x00",
		"\ufeffa", "$", "a|b", `a\`, "[", "(?i)a", "a{2}", "é", "<<<<<<< a",
	} {
		check(t, text)
	}
	rapid.Check(t, func(t *rapid.T) {
		check(t, rapid.StringOfN(rapid.SampledFrom([]rune("ab#\\ \t\n\r\v\u00a0\u2028é.*+?()[]{}|^$<>&~-")), 1, 6, -1).Draw(t, "text"))
	})
}

func TestSplit(t *testing.T) {
	several := []enginetest.Stack{stack(1, "x wait1 a"), stack(1, "y waiting_ b"), stack(1, "z waiting_ c"), stack(1, "z waiting_ d")}
	for name, test := range map[string]struct {
		stacks                []enginetest.Stack
		signature             string
		want, refused         string
		signatures, elsewhere int
	}{
		"one frame": {
			stacks:    []enginetest.Stack{stack(5, "waiting alpha a"), stack(5, "waiting beta b")},
			signature: "waiting", want: "p waiting", signatures: 2,
		},
		"what would be a comment": {
			stacks:    []enginetest.Stack{stack(5, "#waiting alpha a"), stack(5, "#waiting beta b")},
			signature: "#waiting", want: `p \#waiting`, signatures: 2,
		},
		"two frames": {
			stacks:    []enginetest.Stack{stack(5, "waiting event alpha a"), stack(5, "waiting event beta b")},
			signature: "waiting", want: "p waiting, p event", signatures: 2,
		},
		"no third where the entropy stops rising": {
			stacks:    []enginetest.Stack{stack(6, "waiting alpha loop a z"), stack(5, "waiting beta b z")},
			signature: "waiting", want: "p waiting", signatures: 2,
		},
		"a third where it rises": {
			stacks:    []enginetest.Stack{stack(5, "waiting loop alpha z"), stack(4, "waiting loop beta z"), stack(7, "waiting gamma z")},
			signature: "waiting", want: "p waiting, p loop", signatures: 3,
		},
		"a second that raises nothing alone": {
			stacks:    []enginetest.Stack{stack(3, "waiting gamma z"), stack(9, "waiting event loop alpha z"), stack(9, "waiting event loop beta z")},
			signature: "waiting", want: "p waiting, p event, p loop", signatures: 3,
		},
		"a second in what most have, not where most end that came off": {
			stacks: []enginetest.Stack{
				stack(3, "waiting loop alpha z"), stack(3, "waiting loop beta z"), stack(4, "waiting known gamma y"), stack(4, "waiting known2 gamma y"),
			},
			signature: "waiting", want: "p waiting, p loop", signatures: 4,
		},
		"half of them alone": {
			stacks: []enginetest.Stack{
				stack(3, "waiting a z"), stack(3, "waiting b z"), stack(1, "waiting c z"), stack(1, "waiting d z"), stack(1, "waiting e z"), stack(1, "waiting f z"),
				stack(1, "waiting g z"), stack(1, "waiting h z"),
			},
			signature: "waiting", want: "p waiting", signatures: 8,
		},
		"many small ones": {
			stacks: []enginetest.Stack{
				stack(2, "waiting a z"), stack(2, "waiting b z"), stack(2, "waiting c z"), stack(2, "waiting d z"), stack(2, "waiting e z"), stack(1, "waiting f z"),
				stack(1, "waiting g z"),
			},
			signature: "waiting", want: "p waiting", signatures: 7,
		},
		"irrelevant where others call it": {
			stacks:    append([]enginetest.Stack{stack(5, "waiting_ alpha a"), stack(5, "waiting_ beta b")}, several...),
			signature: "waiting_", want: "i waiting_", signatures: 2,
		},
		"a prefix where few call it, whoever calls those, and itself": {
			stacks: []enginetest.Stack{
				stack(5, "waiting_ alpha a"), stack(5, "waiting_ beta b"), stack(1, "x waiting_ waiting_ run loop c d"), stack(1, "y waiting_ step loop e f"),
				enginetest.NewStack(1, "", `, "json_dump": {"threads": [{"frames": [{"function": "z"}, {"function": "waiting_"}, {}, {"function": "x"}]}]}`),
			},
			signature: "waiting_", want: "p waiting_", signatures: 2,
		},
		"a name that is too short to have siblings": {
			stacks:    []enginetest.Stack{stack(5, "wait1 alpha a"), stack(5, "wait1 beta b"), stack(1, "__wait1 beta b")},
			signature: "wait1", want: "p wait1", signatures: 2,
		},
		"the shortest that has": {
			stacks:    []enginetest.Stack{stack(5, "wait12 alpha a"), stack(5, "wait12 beta b"), stack(1, "__wait12 beta b")},
			signature: "wait12", want: "p wait12, p __wait12", signatures: 2, elsewhere: 1,
		},
		"siblings, escaped, ended": {
			stacks: []enginetest.Stack{
				stack(5, "wait.on+ alpha a"), stack(4, "wait.on+ beta b"), stack(1, "__wait.on+ beta b"), stack(1, "_wait.on+more beta b"), stack(1, "wait.on+ever beta"),
			},
			signature: "wait.on+", want: `p wait\.on\+$, p __wait\.on\+`, signatures: 2, elsewhere: 1,
		},
		"an offset": {
			stacks:    []enginetest.Stack{stack(5, "foo.so@0x12 alpha a"), stack(5, "foo.so@0x12 beta b"), stack(1, "foo.so@0x34 beta b")},
			signature: "foo.so@0x12", want: `p foo\.so@0x`, signatures: 2, elsewhere: 1,
		},
		"too deep": {
			stacks:    []enginetest.Stack{stack(5, "waiting one two three alpha z"), stack(5, "waiting one two three beta z")},
			signature: "waiting", want: "p waiting, p one, p two", refused: "more than 3 lines would be needed: 10 of 10 crashes would still have one signature, waiting | one | two | three",
		},
		"alike": {
			stacks:    []enginetest.Stack{stack(20, "waiting b c"), stack(1, "waiting c d")},
			signature: "waiting", refused: "the stacks are alike, frame by frame, in 20 of 21",
		},
		"alike to the end": {
			stacks:    []enginetest.Stack{stack(3, "known waiting"), stack(3, "known waiting2 alpha"), stack(3, "known2 waiting")},
			signature: "known | waiting", refused: "the stacks are alike, frame by frame, in 3 of 3",
		},
		"the thread begins": {
			stacks:    []enginetest.Stack{stack(3, "gone waiting"), stack(3, "gone2 waiting"), stack(2, "waiting alpha")},
			signature: "waiting", refused: "the stacks end where their thread begins: 6 of 8 have no further frame",
		},
		"the thread begins for half of them": {
			stacks:    []enginetest.Stack{stack(3, "gone waiting"), stack(3, "waiting alpha")},
			signature: "waiting", refused: "the stacks end where their thread begins: 3 of 6 have no further frame",
		},
		"the thread begins, and nothing stops a walk": {
			stacks:    []enginetest.Stack{stack(3, "gone known"), stack(3, "known")},
			signature: "known", refused: "the stacks end where their thread begins: 6 of 6 have no further frame",
		},
		"scattered by what stands before": {
			stacks: []enginetest.Stack{
				stack(3, "waiting known alpha z"), stack(3, "waiting known known2 alpha z"), stack(3, "waiting known2 alpha z"), stack(3, "waiting alpha z"),
			},
			signature: "waiting", refused: "the crashes would scatter: 4 signatures end in 1 frame, and differ only in what stands before",
		},
		"several ends where threads begin": {
			stacks: []enginetest.Stack{
				stack(3, "waiting known"), stack(3, "waiting known2"), stack(3, "waiting known known2"), stack(3, "waiting alpha z"),
			},
			signature: "waiting", want: "p waiting", signatures: 4,
		},
		"scattered into single crashes": {
			stacks: []enginetest.Stack{
				stack(1, "waiting a z"), stack(1, "waiting b z"), stack(1, "waiting c z"), stack(1, "waiting d z"), stack(1, "waiting e z"), stack(1, "waiting f z"),
				stack(1, "waiting g z"), stack(1, "waiting h z"), stack(1, "waiting i z"), stack(1, "waiting k z"), stack(1, "waiting l z"), stack(1, "waiting m z"),
			},
			signature: "waiting", refused: "the crashes would scatter: 12 of 12 would be alone in their signature",
		},
		"a rule's own": {
			stacks: []enginetest.Stack{
				enginetest.NewStack(5, "waiting a z", `, "oom_allocation_size": 5`), enginetest.NewStack(5, "waiting b z", `, "oom_allocation_size": 5`),
			},
			signature: "OOM | small", refused: "the signature stays as it is when the walk goes on after waiting: a rule made it, or it is cut off at its greatest length",
		},
		"a rule's own, of several ends": {
			stacks: []enginetest.Stack{
				enginetest.NewStack(3, "waiting a z", `, "oom_allocation_size": 5`), enginetest.NewStack(4, "another b z", `, "oom_allocation_size": 5`),
				enginetest.NewStack(4, "blocked c z", `, "oom_allocation_size": 5`), enginetest.NewStack(1, "a c z", `, "oom_allocation_size": 5`),
			},
			signature: "OOM | small", refused: "the signature stays as it is when the walk goes on after another: a rule made it, or it is cut off at its greatest length",
		},
		"a rule's next": {
			stacks:    []enginetest.Stack{stack(5, "waiting mozalloc_handle_oom a"), stack(5, "waiting beta b")},
			signature: "waiting", refused: "a rule puts another mark on crashes when the walk goes on after waiting",
		},
		"Java": {
			stacks: []enginetest.Stack{
				enginetest.NewStack(5, "", `, "java_stack_trace": "java.lang.E:\n\tat a.b(C.java:1)"`),
			},
			signature: "java.lang.E: at a.b(C.java)", refused: "no stack made the signature: 5 of 5 are of Java, or have no frames",
		},
		"some without frames": {
			stacks: []enginetest.Stack{
				enginetest.NewStack(5, "waiting a z", `, "oom_allocation_size": 5`), enginetest.NewStack(1, "", `, "oom_allocation_size": 5`),
			},
			signature: "OOM | small", refused: "no stack made the signature: 1 of 6 is of Java, or has no frames",
		},
		"irrelevant would hide the crashes from a rule": {
			stacks: []enginetest.Stack{
				stack(5, "mozalloc_handle_oom alpha a"), stack(5, "mozalloc_handle_oom beta b"),
				enginetest.NewStack(1, "mozalloc_handle_oom x", ""), enginetest.NewStack(1, "other mozalloc_handle_oom u", ""),
				enginetest.NewStack(1, "other mozalloc_handle_oom v", ""), enginetest.NewStack(1, "other mozalloc_handle_oom w", ""),
			},
			signature: "OOM | unknown | mozalloc_handle_oom", want: "p mozalloc_handle_oom", signatures: 3,
		},
	} {
		t.Run(name, func(t *testing.T) {
			set := enginetest.NewSet(t, "", "qq\ngone\ngone2", "qq\nknown\nknown2", "qq")
			s, err := suggest.Split(context.Background(), loaded(t, parse(t, enginetest.Crashes(test.stacks...)...), 2), generator(set), test.signature)
			if err != nil {
				t.Fatal(err)
			}
			outside := 0
			for _, m := range s.Outside {
				outside += m.Crashes
			}
			if got := steps(s); got != test.want || s.Refused != test.refused {
				t.Errorf("%q, refused %q; want %q, %q", got, s.Refused, test.want, test.refused)
			}
			if s.Refused == "" && (len(s.After) != test.signatures || outside != test.elsewhere) {
				t.Errorf("%v, %v; want %d signatures, %d crashes elsewhere", s.After, s.Outside, test.signatures, test.elsewhere)
			}
		})
	}
}

func TestTogether(t *testing.T) {
	for name, test := range map[string]struct {
		stacks        []enginetest.Stack
		a, b          string
		want, refused string
	}{
		"underscores": {
			[]enginetest.Stack{stack(2, "memmove foo"), stack(3, "__memmove foo"), stack(1, "memmove_avx foo")},
			"memmove", "__memmove",
			"i __memmove, i memmove$", "",
		},
		"templates": {
			[]enginetest.Stack{stack(2, "Foo<T>::bar baz"), stack(3, "Foo::bar baz")}, "Foo<T>::bar", "Foo::bar", "i Foo::bar, i Foo<T>::bar", "",
		},
		"a sibling that is irrelevant already": {
			[]enginetest.Stack{stack(2, "goners foo"), stack(3, "_goners foo")}, "foo", "_goners", "i _goners", "",
		},
		"they differ elsewhere, too": {
			[]enginetest.Stack{stack(2, "memmove foo"), stack(3, "__memmove bar")},
			"memmove", "__memmove",
			"i __memmove, i memmove", "they would still differ: foo and bar",
		},
		"other names": {
			[]enginetest.Stack{stack(2, "memmove foo"), stack(3, "memcpy foo")},
			"memmove", "memcpy",
			"", "no frame of the one is one of the other but for leading underscores and <T>",
		},
	} {
		t.Run(name, func(t *testing.T) {
			set := enginetest.NewSet(t, "", "qq\ngoners", "qq", "qq")
			s, err := suggest.Together(context.Background(), loaded(t, parse(t, enginetest.Crashes(test.stacks...)...), 1), generator(set), test.a, test.b)
			if err != nil {
				t.Fatal(err)
			}
			if got := steps(s); got != test.want || s.Refused != test.refused {
				t.Errorf("%q, refused %q; want %q, %q", got, s.Refused, test.want, test.refused)
			}
			if s.Refused == "" && len(s.After) != 1 {
				t.Errorf("after: %v", s.After)
			}
		})
	}
}

// TestUnknown: a signature that no crash has is an error, which says what the crashes have that record it.
func TestUnknown(t *testing.T) {
	crashes := parse(t, enginetest.Crashes(enginetest.NewStack(2, "foo bar", `, "signature": "old"`), enginetest.NewStack(1, "bar", `, "signature": "old"`))...)
	g := generator(enginetest.NewSet(t, "", "qq", "qq", "qq"))
	for signature, want := range map[string]string{
		"none": `"none": no crash has the signature with these siglists`,
		"old":  `"old": no crash has the signature with these siglists; of 3 that record it, 2 have "foo"`,
	} {
		_, err := suggest.Split(context.Background(), loaded(t, crashes, 1), g, signature)
		if !errors.Is(err, suggest.ErrNoCrash) || err.Error() != want {
			t.Errorf("%v; want %s", err, want)
		}
	}
}

// TestLeftInOrder: crashes that are not there, or can't be read, are named by id, whichever worker met them first.
func TestLeftInOrder(t *testing.T) {
	crashes := loaded(t, parse(t, enginetest.Crashes(stack(2, "foo bar"))...), 1)
	crashes.Left.Missing = []string{"b", "c", "a"}
	crashes.Left.Failures = []table.Failure{{ID: "e", Err: "torn"}, {ID: "d", Err: "gone"}}
	s, err := suggest.Split(t.Context(), crashes, generator(enginetest.NewSet(t, "", "qq", "qq", "qq")), "foo")
	if err != nil || !slices.Equal(s.Missing, []string{"a", "b", "c"}) || !slices.Equal(s.Failures, []table.Failure{{ID: "d", Err: "gone"}, {ID: "e", Err: "torn"}}) {
		t.Error(s, err)
	}
}

// TestSuggestedIsCompared: what a suggestion says of its lines is what a comparison with them shows.
func TestSuggestedIsCompared(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := enginetest.DrawSet(t, "set")
		var crashes crashdata.Crashes
		for i := range rapid.IntRange(1, 12).Draw(t, "crashes") {
			crashes = append(crashes, parse(t, enginetest.DrawOddCrash(t, i))...)
		}
		var names []string
		worker := generator(set).Worker()
		for _, c := range crashes {
			r, err := worker.Generate(c)
			if err != nil {
				t.Fatal(err)
			}
			names = append(names, r.Signature)
		}
		a, b := rapid.SampledFrom(names).Draw(t, "a"), rapid.SampledFrom(names).Draw(t, "b")
		workers := rapid.IntRange(0, 3).Draw(t, "workers")
		s, err := suggest.Split(context.Background(), loaded(t, crashes, workers), generator(set), a)
		if a != b && err == nil && rapid.Bool().Draw(t, "together") {
			s, err = suggest.Together(context.Background(), loaded(t, crashes, workers), generator(set), a, b)
		}
		if err != nil {
			t.Fatal(err)
		}
		checkCompared(t, s, crashes, set)
	})
}

func loaded(t fataler, crashes crashdata.Crashes, workers int) *table.Table {
	all, err := table.Load(context.Background(), crashes, workers)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func checkCompared(t fataler, s *suggest.Suggestion, crashes crashdata.Crashes, set *siglists.Set) {
	tally, err := compare.Compare(context.Background(), crashes, generator(set), generator(s.Set), compare.Options{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	counted, outside := map[string]int{}, map[suggest.Move]bool{}
	own := map[string]int{}
	for _, c := range s.Signatures {
		own[c.Signature] = c.Crashes
	}
	for _, g := range tally.Groups() {
		if _, ours := own[g.Base]; ours {
			own[g.Base] -= g.Crashes
			counted[g.Candidate] += g.Crashes
		} else {
			outside[suggest.Move{From: g.Base, To: g.Candidate, Crashes: g.Crashes}] = true
		}
	}
	for signature, n := range own {
		if n > 0 {
			counted[signature] += n
		}
	}
	if s.After == nil {
		return // nothing was tried
	}
	after, moves := map[string]int{}, map[suggest.Move]bool{}
	for _, c := range s.After {
		after[c.Signature] += c.Crashes
	}
	for _, m := range s.Outside {
		moves[m] = true
	}
	if diff := cmp.Diff(counted, after); diff != "" {
		t.Fatalf("after (-compared +suggested):\n%s", diff)
	}
	if diff := cmp.Diff(outside, moves); diff != "" {
		t.Fatalf("outside (-compared +suggested):\n%s", diff)
	}
}

// hangs are shutdown hangs as they were in 2017: several ways to wait, several causes.
func hangs() (docs [][]byte) {
	for _, wait := range []string{"NtWaitForAlertByThreadId RtlSleepConditionVariableCS SleepConditionVariableCS", "NtWaitForKeyedEvent RtlSleepConditionVariableCS SleepConditionVariableCS"} {
		for _, cause := range []string{
			"nsThread::Shutdown nsThreadManager::Shutdown", "mozilla::SpinEventLoopUntil<T> mozilla::dom::workers::RuntimeService::Cleanup",
			"mozilla::MediaShutdownManager::Shutdown mozilla::ShutdownXPCOM", "mozilla::net::nsHttpConnectionMgr::Shutdown nsHttpHandler::Observe",
		} {
			for range 3 {
				var frames []map[string]string
				for _, f := range strings.Fields(wait + " mozilla::CondVar::Wait nsEventQueue::GetEvent nsThread::ProcessNextEvent NS_ProcessNextEvent " + cause) {
					frames = append(frames, map[string]string{"function": f})
				}
				watchdog := []map[string]string{{"function": "mozilla::(anonymous namespace)::RunWatchdog"}}
				doc, _ := json.Marshal(map[string]any{"uuid": enginetest.ID(len(docs)), "json_dump": map[string]any{
					"crash_info": map[string]any{"crashing_thread": 1}, "threads": []any{map[string]any{"frames": frames}, map[string]any{"frames": watchdog}},
				}})
				docs = append(docs, doc)
			}
		}
	}
	return docs
}

// TestRealHangs: for hangs that real lists put together, the lines are those that real lists had or came to have.
func TestRealHangs(t *testing.T) {
	for _, test := range []struct {
		lists, crashes, signature string
		want                      []string
	}{
		{"siglists/2022-11", "", "shutdownhang | mozilla::CondVar::Wait", []string{"mozilla::CondVar::Wait", "nsEventQueue::GetEvent"}},
		{"cases/insight/g08-hang-waits/base", "cases/insight/g08-hang-waits/crashes.ndjson", "shutdownhang | mozilla::OffTheBooksCondVar::Wait", []string{"mozilla::OffTheBooksCondVar::Wait"}},
	} {
		set, err := siglists.LoadDir("../../../shared/" + test.lists)
		if err != nil {
			t.Skip("skipped: the real lists are not beside the project: ", err)
		}
		docs := hangs()
		if test.crashes != "" {
			content, err := os.ReadFile("../../../shared/" + test.crashes)
			if err != nil {
				t.Fatal(err)
			}
			docs = nil
			for line := range strings.Lines(string(content)) {
				docs = append(docs, []byte(line))
			}
		}
		crashes := parse(t, docs...)
		s, err := suggest.Split(context.Background(), loaded(t, crashes, 2), generator(set), test.signature)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, step := range s.Steps {
			got = append(got, step.Lines...)
		}
		if diff := cmp.Diff(test.want, got); diff != "" || s.Refused != "" {
			t.Errorf("%s: refused %q, lines (-want +got):\n%s", test.signature, s.Refused, diff)
		}
		checkCompared(t, s, crashes, set)
	}
}
