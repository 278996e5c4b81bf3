package madeup

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// The names of the four files of a siglist directory.
const (
	sentinelsFile   = "signature_sentinels.txt"
	irrelevantFile  = "irrelevant_signature_re.txt"
	prefixFile      = "prefix_signature_re.txt"
	lineNumbersFile = "signatures_with_line_numbers_re.txt"
)

// siglistFile is how one of the files is generated: its share of the lines, the
// lines it always begins with, and whether its lines are regular expressions.
type siglistFile struct {
	name    string
	share   float64
	lines   []string
	literal bool
}

// The shares are about those of the real lists, and so are the kinds of lines that each begins with.
var siglistFiles = []siglistFile{
	{irrelevantFile, 0.54, []string{
		"@0x[0-9a-f]{2,}", "(Nt|Zw)?WaitFor(Single|Multiple)Objects?(Ex)?", "(Nt|Zw)WaitForAlert", "MOZ_Crash$", "RtlSleepConditionVariable(SRW|CS)",
		"RustMozCrash", "__futex_", "__psynch_", `base\.odex`, `core::panicking::`, "mach_msg2?_trap", "mozalloc_abort", "mozglue_static::",
		"mozilla::OffTheBooks(Mutex|CondVar)", "mozilla::TaskController::", "mozilla::detail::(Condition|Monitor)", `nsThread::Process(Next)?Event`,
		"pthread_(cond|mutex)_", `std::.*panicking::`, `system@.*\.odex`,
	}, false},
	{sentinelsFile, 0.04, []string{"_purecall", "core::panicking::panic_fmt", "mozilla::detail::MutexImpl::lock", "std::panicking::begin_panic<T>"}, true},
	{prefixFile, 0.41, []string{
		`.*\.dll`, ".*(m|c|re)alloc", ".*[fF]ree$", "BaseThread", "NS_(DebugBreak|ProcessNextEvent)", "PR_", "RtlEnterCriticalSection", `\(unloaded`,
		"core::option::expect_", "je_", `lib(c|art|gui)\.so(\.\d+)?`, "mem(cpy|move|set)", "moz_x", "mozalloc_handle_oom", `str(n?cmp|len|cpy)`,
		"syscall$", "thread_start<T>", `XUL|libxul\.so`,
	}, false},
	{lineNumbersFile, 0.01, []string{"js_Interpret", "js::Interpret$"}, false},
}

// GenerateSiglists makes the four files of a siglist directory, by file name,
// with nLines lines beside comments and empty ones; the least is 44. The lines
// are in the style of the real lists: nearly all are literal prefixes, and many
// match frames of generated crashes, whatever the seeds.
func GenerateSiglists(seed uint64, nLines int) map[string][]byte {
	r := newRNG(seed, streamSiglists, 0)
	lists := map[string][]byte{}
	used := map[string]bool{}
	for i, more := range shareLines(nLines) {
		file := siglistFiles[i]
		lines := slices.Clone(file.lines)
		for range more {
			lines = append(lines, newLine(r, file.literal, used))
		}
		lists[file.name] = formatSiglist(file.name, lines)
	}
	return lists
}

// shareLines says how many lines each file gets beside those that it begins
// with. The first, the irrelevant list, takes what rounding leaves.
func shareLines(nLines int) []int {
	for _, file := range siglistFiles {
		nLines -= len(file.lines)
	}
	nLines = max(nLines, 0)
	shares, left := make([]int, len(siglistFiles)), nLines
	for i, file := range siglistFiles {
		shares[i] = int(file.share * float64(nLines))
		left -= shares[i]
	}
	shares[0] += left
	return shares
}

// newLine makes a line that is in no list yet: a function, a whole class, or
// seldom a pattern. Functions that are frequent in crashes are so in lists.
func newLine(r *rng, literal bool, used map[string]bool) string {
	symbols, popular := vocabulary(), popularity()
	// Until one is new: a list with a line twice is one that lint complains of.
	for {
		name := symbols[popular.draw(r)].plain
		line := name
		if !literal {
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

// formatSiglist writes a file with its lines in one order, by letters whatever their case.
func formatSiglist(name string, lines []string) []byte {
	slices.SortFunc(lines, func(a, b string) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a), strings.ToLower(b)), cmp.Compare(a, b))
	})
	title := strings.TrimSuffix(name, ".txt")
	return []byte("# Generated: " + title + "\n#\n# Made-up lines for tests and benchmarks.\n\n" + strings.Join(lines, "\n") + "\n")
}

// ChangeSiglists returns a copy of generated lists with k lines changed: half of
// them, rounded up, are new, the others are taken out. It touches only the
// irrelevant and the prefix list, and takes out no more lines than there are.
// Some of the new lines are about functions that many crashes have on top, so
// that ten changed lines change about one crash in a hundred, more or less by seed.
func ChangeSiglists(lists map[string][]byte, seed uint64, k int) map[string][]byte {
	r := newRNG(seed, streamSiglists, 1)
	lines, added := map[string][]string{}, map[string][]string{}
	used := map[string]bool{}
	for name, content := range lists {
		lines[name] = patternLines(content)
		for _, line := range lines[name] {
			used[line] = true
		}
	}
	// Two changes of one list, and then two of the other: one line comes, and one goes.
	for i := range k {
		name := [...]string{irrelevantFile, prefixFile}[i/2%2]
		if i%2 == 0 || len(lines[name]) == 0 {
			added[name] = append(added[name], changedLine(r, i, used))
			continue
		}
		at := r.intn(len(lines[name]))
		lines[name] = slices.Delete(lines[name], at, at+1)
	}
	changed := make(map[string][]byte, len(lists))
	for name := range lists {
		changed[name] = formatSiglist(name, slices.Concat(lines[name], added[name]))
	}
	return changed
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
	return newLine(r, false, used)
}

// hotFunctions are functions that generated crashes often have on top.
func hotFunctions() []string {
	frames := slices.Concat(commonFrames.alloc, commonFrames.crash, commonFrames.lock)
	for _, p := range platforms() {
		frames = append(frames, p.waits...)
	}
	names := make([]string, len(frames))
	for i, f := range frames {
		names[i] = withoutArguments(f.function)
	}
	return names
}

// patternLines are the lines that count. These files are of this package alone, so that siglists need not read them.
func patternLines(content []byte) []string {
	return slices.DeleteFunc(strings.Split(string(content), "\n"), func(line string) bool { return line == "" || line[0] == '#' })
}
