// Package enginetest draws siglists and processed crashes for the tests of the engine.
package enginetest

import (
	"fmt"
	"strings"
	"testing/fstest"

	"pgregory.net/rapid"

	"github.com/sigdiff/sigdiff/siglists"
)

// NewSet makes a set of lists that are given as text.
func NewSet(t interface{ Fatal(...any) }, sentinels, irrelevant, prefix, lineNumbers string) *siglists.Set {
	set, err := siglists.Load(fstest.MapFS{
		siglists.Sentinels.File():   {Data: []byte(sentinels)},
		siglists.Irrelevant.File():  {Data: []byte(irrelevant)},
		siglists.Prefix.File():      {Data: []byte(prefix)},
		siglists.LineNumbers.File(): {Data: []byte(lineNumbers)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// Lines are the lines of random siglists: few, so that they meet the frames. Some match no frame, some refer to groups, and
// some stand there twice, so that they are drawn more often or into one list twice.
func Lines() []string {
	return []string{
		"a", "b", "foo", "foo::b", ".*Wait", "a|c", `f\w+`, "(x)y", `foo:1`, "zz", "RunWatchdog", "mozalloc_handle_oom",
		"(?!a)b", `(o)\1`, `foo$`, "b|", "(x)y", `(o)\1`, "x", "PR", "é",
	}
}

// Frames are the functions of random crashes: those that rules know, a module, one with a line break, and an empty one.
func Frames() []string {
	return []string{
		"a", "b", "foo", "foo::bar", "PR_Wait", "xy", "zz", "c", "RunWatchdog", "mozalloc_handle_oom", "oo", "x.dll", "foo\n", "",
	}
}

func drawList(t *rapid.T, label string) string {
	// Few lines, so that what shrinking leaves of a failure can be read.
	lines := rapid.SliceOfN(rapid.SampledFrom(Lines()), 0, 4).Draw(t, label)
	return strings.Join(lines, "\n")
}

// DrawSet draws a siglist set.
func DrawSet(t *rapid.T, label string) *siglists.Set {
	irrelevant, prefix, lined := drawList(t, label+" irrelevant"), drawList(t, label+" prefix"), drawList(t, label+" line numbers")
	// Lists without lines match everything; that is worth drawing, but not every time.
	if rapid.IntRange(0, 9).Draw(t, label+" fill") > 0 {
		irrelevant, prefix, lined = irrelevant+"\nqq", prefix+"\nqq", lined+"\nqq"
	}
	return NewSet(t, rapid.SampledFrom([]string{"", "foo", "b\nPR_Wait", "foo:1"}).Draw(t, label+" sentinels"), irrelevant, prefix, lined)
}

// DrawCrash draws the i-th processed crash, with some of the frames in both of its threads.
func DrawCrash(t *rapid.T, i int, from []string) []byte {
	var threads []string
	for n := range 2 {
		frames := rapid.SliceOfN(rapid.SampledFrom(from), 0, 6).Draw(t, fmt.Sprint("thread ", n))
		// Two source lines, so that lists of line numbers part frames with one function.
		for i, f := range frames {
			frames[i] = fmt.Sprintf(`{"function": %q, "line": %d}`, f, 1+i%2)
		}
		threads = append(threads, `{"frames": [`+strings.Join(frames, ",")+`]}`)
	}
	return fmt.Appendf(nil, `{"uuid": %q, "json_dump": {"crash_info": {"crashing_thread": %d}, "threads": [%s]}}`,
		ID(i), rapid.IntRange(0, 1).Draw(t, "crashing"), strings.Join(threads, ","))
}

// ID is the crash id of the i-th crash.
func ID(i int) string { return fmt.Sprintf("aaaaaaaa-bbbb-4ccc-8ddd-%06x150101", i) }

// MoreFrames are Frames, frames that an underscore keeps from lines, and one of which tidying leaves nothing.
func MoreFrames() []string { return append(Frames(), "_a", "__foo", "_b::c", "za", "FOO", "é") }

// oddMembers are members of processed crashes that rules go by; each is drawn seldom.
func oddMembers() []string {
	return []string{
		`"hang": 1`, `"hang": 0`, `"oom_allocation_size": 5`, `"oom_allocation_size": 999999999`, `"abort_message": "[Parent] ###!!! ABORT: a, line 3"`,
		`"ipc_channel_error": "oops"`, `"ipc_message_name": "PFoo::Msg"`, `"moz_crash_reason": "MOZ_RELEASE_ASSERT(parentBuildID == childBuildID)"`,
		`"async_shutdown_timeout": "{\"phase\": \"p\", \"conditions\": [{\"name\": \"x\"}]}"`, `"js_large_allocation_failure": "Reporting"`,
		`"mdsw_status_string": "OK"`, `"java_stack_trace": "java.lang.E: x\n\tat a.b(C.java:1)"`, `"additional_minidumps": ["upload_file_minidump_browser"]`,
		`"product": "Firefox"`, `"version": "99"`, `"signature": "a | b"`, `"date_processed": "2026-01-02"`,
		`"completed_datetime": "2026-01-03T04:05:06+00:00"`,
	}
}

// DrawOddCrash draws the i-th processed crash, which also has members that rules go by.
func DrawOddCrash(t *rapid.T, i int) []byte {
	// Both threads may crash, and a third that isn't there.
	var threads []string
	for n := range 2 {
		var frames []string
		for _, f := range rapid.SliceOfN(rapid.SampledFrom(MoreFrames()), 0, 5).Draw(t, fmt.Sprint("thread ", n)) {
			// Drawn from a list with the usual ones several times, as rapid draws the elements alike.
			line := rapid.SampledFrom([]string{"1", "2", "null", "1", "2", "null", "7", `"x"`}).Draw(t, "line")
			frames = append(frames, rapid.SampledFrom([]string{
				fmt.Sprintf(`{"function": %q, "line": %s}`, f, line), fmt.Sprintf(`{"function": %q, "line": %s, "file": "a/b.rs"}`, f, line),
				fmt.Sprintf(`{"module": %q}`, f),
			}).Draw(t, "frame"))
		}
		threads = append(threads, fmt.Sprintf(`{"last_error_value": %q, "frames": [%s]}`,
			rapid.SampledFrom([]string{"", "", "ERROR_NOT_ENOUGH_MEMORY"}).Draw(t, "last error"), strings.Join(frames, ",")))
	}
	// At most two, since each rule that fires hides what the others make of the stack.
	members := rapid.SliceOfN(rapid.SampledFrom(oddMembers()), 0, 2).Draw(t, "members")
	members = append(members, fmt.Sprintf(`"uuid": %q`, ID(i)),
		fmt.Sprintf(`"json_dump": {"crash_info": {"crashing_thread": %d, "type": %q}, "system_info": {"os": "Windows NT"}, "threads": [%s]}`,
			rapid.IntRange(0, 2).Draw(t, "crashing"), rapid.SampledFrom([]string{"", "", "EXCEPTION_STACK_OVERFLOW"}).Draw(t, "reason"), strings.Join(threads, ",")))
	return []byte("{" + strings.Join(members, ",") + "}")
}

// Stack is a number of crashes with one stack.
type Stack struct {
	Crashes int
	Frames  string // separated by spaces, the crashing frame first
	Extra   string // further members of the processed crash
}

// NewStack makes a Stack.
func NewStack(crashes int, frames, extra string) Stack { return Stack{crashes, frames, extra} }

// Crashes are processed crashes with these stacks.
func Crashes(stacks ...Stack) [][]byte {
	var crashes [][]byte
	for _, s := range stacks {
		// Frames without a line: their text is their function.
		var frames []string
		for _, f := range strings.Fields(s.Frames) {
			frames = append(frames, fmt.Sprintf(`{"function": %q}`, f))
		}
		for range s.Crashes {
			crashes = append(crashes, fmt.Appendf(nil, `{"uuid": %q, "json_dump": {"threads": [{"frames": [%s]}]}%s}`,
				ID(len(crashes)), strings.Join(frames, ","), s.Extra))
		}
	}
	return crashes
}

// DrawChanges draws a few lines that are added to a set, or removed from it.
func DrawChanges(t *rapid.T, set *siglists.Set) (changes []siglists.Change) {
	known := map[siglists.Line]bool{}
	// A line that is there is removed, and any other is added: each change can be made.
	for range rapid.IntRange(1, 3).Draw(t, "changes") {
		name := rapid.SampledFrom(siglists.Names()).Draw(t, "list")
		line := siglists.Line{List: name, Text: rapid.SampledFrom(append(Lines(), "foo::b.*", "_a", "PR_W", "FOO")).Draw(t, "line")}
		if !known[line] { // the same change can't be made twice
			known[line] = true
			changes = append(changes, siglists.Change{Line: line, Added: !set.List(name).Has(line.Text)})
		}
	}
	return changes
}
