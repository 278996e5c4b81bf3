package madeup

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/sigdiff/sigdiff/siglists"
)

// siglist is how one of the four is generated: its share of the lines, and the lines that it always has.
type siglist struct {
	name  siglists.Name
	share float64
	lines []string
}

// The shares are about those of the real lists, and so are the kinds of lines that each always has.
var generatedLists = []siglist{
	{siglists.Irrelevant, 0.54, []string{
		"@0x[0-9a-f]{2,}", "(Nt|Zw)?WaitFor(Single|Multiple)Objects?(Ex)?", "(Nt|Zw)WaitForAlert", "MOZ_Crash$", "RtlSleepConditionVariable(SRW|CS)",
		"RustMozCrash", "__futex_", "__psynch_", `base\.odex`, `core::panicking::`, "mach_msg2?_trap", "mozalloc_abort", "mozglue_static::",
		"mozilla::OffTheBooks(Mutex|CondVar)", "mozilla::TaskController::", "mozilla::detail::(Condition|Monitor)", `nsThread::Process(Next)?Event`,
		"pthread_(cond|mutex)_", `std::.*panicking::`, `system@.*\.odex`,
	}},
	{siglists.Sentinels, 0.04, []string{"_purecall", "core::panicking::panic_fmt", "mozilla::detail::MutexImpl::lock", "std::panicking::begin_panic<T>"}},
	{siglists.Prefix, 0.41, []string{
		`.*\.dll`, ".*(m|c|re)alloc", ".*[fF]ree$", "BaseThread", "NS_(DebugBreak|ProcessNextEvent)", "PR_", "RtlEnterCriticalSection", `\(unloaded`,
		"core::option::expect_", "je_", `lib(c|art|gui)\.so(\.\d+)?`, "mem(cpy|move|set)", "moz_x", "mozalloc_handle_oom", `str(n?cmp|len|cpy)`,
		"syscall$", "thread_start<T>", `XUL|libxul\.so`,
	}},
	{siglists.LineNumbers, 0.01, []string{"js_Interpret", "js::Interpret$"}},
}

// GenerateSiglists makes siglists of nLines lines; the least is 44. The lines are
// in the style of the real lists: nearly all are literal prefixes, and many
// match frames of generated crashes, whatever the seeds.
func GenerateSiglists(seed uint64, nLines int) *siglists.Set {
	r := newRNG(seed, streamSiglists, 0)
	sources, used := siglists.Sources{}, map[string]bool{}
	for i, more := range shareLines(nLines) {
		list := generatedLists[i]
		lines := slices.Clone(list.lines)
		for range more {
			lines = append(lines, newLine(r, list.name, used))
		}
		// In one order, by letters whatever their case.
		slices.SortFunc(lines, func(a, b string) int {
			return cmp.Or(cmp.Compare(strings.ToLower(a), strings.ToLower(b)), cmp.Compare(a, b))
		})
		sources[list.name] = []byte("# Made-up lines for tests and benchmarks.\n\n" + strings.Join(lines, "\n") + "\n")
	}
	return must(sources.Load(nil))
}

// shareLines says how many lines each list gets beside those that it always
// has. The first, the irrelevant list, takes what rounding leaves.
func shareLines(nLines int) []int {
	for _, list := range generatedLists {
		nLines -= len(list.lines)
	}
	nLines = max(nLines, 0)
	shares, left := make([]int, len(generatedLists)), nLines
	for i, list := range generatedLists {
		shares[i] = int(list.share * float64(nLines))
		left -= shares[i]
	}
	shares[0] += left
	return shares
}

// newLine makes a line that is in no list yet: a function, a whole class, or
// seldom a pattern. Functions that are frequent in crashes are so in lists.
func newLine(r *rng, list siglists.Name, used map[string]bool) string {
	symbols, popular := vocabulary(), popularity()
	// Until one is new: a list with a line twice is one that lint complains of.
	for {
		name := symbols[popular.draw(r)].plain
		line := name
		if list != siglists.Sentinels {
			line = pattern(r, name)
		}
		if !used[line] {
			used[line] = true
			return line
		}
	}
}

// pattern is a line about a function. Real lists are plain texts mostly, of a function or of all in a class.
func pattern(r *rng, name string) string {
	scope := name
	if at := strings.LastIndex(name, "::"); at > 0 {
		scope = name[:at]
	}
	switch roll := r.intn(100); {
	case roll < 60:
		return regexp.QuoteMeta(name)
	case roll < 92:
		return regexp.QuoteMeta(scope) + "::"
	case roll < 95:
		return regexp.QuoteMeta(scope) + `::(~|Release|Shutdown)\w*`
	case roll < 98:
		return regexp.QuoteMeta(name) + "$"
	default:
		return ".*" + regexp.QuoteMeta(name[len(scope):])
	}
}

// ChangeSiglists changes k lines of generated siglists: half of them, rounded up,
// are new, the others are taken out. It touches only the irrelevant and the
// prefix list, and takes out no more lines than there are. Some of the new lines
// are about functions that many crashes have on top, so that ten changed lines
// change about one crash in a hundred, more or less by seed.
func ChangeSiglists(set *siglists.Set, seed uint64, k int) *siglists.Set {
	r := newRNG(seed, streamSiglists, 1)
	lines, used := map[siglists.Name][]siglists.Line{}, map[string]bool{}
	for _, name := range siglists.Names() {
		lines[name] = slices.Clone(set.List(name).Lines)
		for _, line := range lines[name] {
			used[line.Text] = true
		}
	}
	var changes []siglists.Change
	// Two changes of one list, and then two of the other: one line comes, and one goes.
	for i := range k {
		name := [...]siglists.Name{siglists.Irrelevant, siglists.Prefix}[i/2%2]
		if i%2 == 0 || len(lines[name]) == 0 {
			changes = append(changes, siglists.Change{Line: siglists.Line{List: name, Text: changedLine(r, i, used)}, Added: true})
			continue
		}
		at := r.intn(len(lines[name]))
		changes = append(changes, siglists.Change{Line: lines[name][at]})
		lines[name] = slices.Delete(lines[name], at, at+1)
	}
	return must(set.With(changes))
}

// changedLine makes the line of change i: every other new one is about a function
// of the platform or the allocator, while there are any left.
func changedLine(r *rng, i int, used map[string]bool) string {
	// Not forever: with all of them in the lists, any function will do.
	hot := hotFunctions()
	for range hot {
		line := regexp.QuoteMeta(pick(r, hot))
		if i%4 == 0 && !used[line] {
			used[line] = true
			return line
		}
	}
	return newLine(r, siglists.Irrelevant, used)
}

// hotFunctions are functions that generated crashes often have on top.
func hotFunctions() []string {
	frames := slices.Concat(commonFrames.alloc, commonFrames.crash, commonFrames.lock)
	for _, p := range platforms {
		frames = append(frames, p.waits...)
	}
	names := make([]string, len(frames))
	for i, f := range frames {
		names[i] = withoutArguments(f.function)
	}
	return names
}
