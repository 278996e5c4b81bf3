package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/corpora/documents"
	"github.com/sigdiff/sigdiff/crashid"
	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/fetch"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/pyjson"
	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/lint"
	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// hostileSize is the size of the hostile inputs, but for some named otherwise.
const hostileSize = 1 << 20

// maxAllocated is how much memory a hostile input may make a parser ask for in all, in bytes. What it holds
// at one time is less.
const maxAllocated = 200 << 20

// garbage are inputs that make more of it, little of which is held at one time: measured, the process never
// has more than 200 MB, inputs of 1 MB and the rest of the test included.
var garbage = map[string]uint64{
	"crash/wide hang": 500 << 20, "crash/wide objects in hang": 350 << 20, "crash/async text of numbers": 350 << 20,
	"crash/a 10 MB function": 300 << 20, "lines/objects": 900 << 20, "part/lines": 900 << 20, "lines/wrapped": 300 << 20,
	"siglist/nested repeats that end in nothing": 600 << 20, "siglist/nested groups": 300 << 20, "siglist/stars": 300 << 20, "siglist/optional": 300 << 20,
	"siglist/any stars": 400 << 20, "siglist/many sets": 300 << 20,
}

// hostileInput is an input of 1 MB made to cost as much as it can, and what is to cope with it.
type hostileInput struct {
	name  string
	input func() []byte
	read  func(t testing.TB, input []byte)
}

// filled repeats the middle to 1 MB.
func filled(start, middle, end string) func() []byte {
	return func() []byte {
		n := (hostileSize - len(start) - len(end)) / len(middle)
		return []byte(start + strings.Repeat(middle, n) + end)
	}
}

// nested opens and closes as often as 1 MB has room for.
func nested(start, opening, middle, closing, end string) func() []byte {
	return func() []byte {
		n := (hostileSize - len(start) - len(middle) - len(end)) / (len(opening) + len(closing))
		return []byte(start + strings.Repeat(opening, n) + middle + strings.Repeat(closing, n) + end)
	}
}

const hostileID = "0c5b2b21-4c3a-4f1c-8f1e-1d0b50261121"

// stackOf is a processed crash around frames.
func stackOf(frames string) (start, end string) {
	start, end, _ = strings.Cut(`{"uuid":"`+hostileID+`","json_dump":{"crash_info":{"crashing_thread":0},"threads":[{"frames":[`+frames+`]}]}}`, "~")
	return start, end
}

func crashWith(frames, middle string) func() []byte {
	start, end := stackOf(frames)
	return filled(start, middle, end)
}

func crashNested(frames, opening, middle, closing string) func() []byte {
	start, end := stackOf(frames)
	return nested(start, opening, middle, closing, end)
}

// signIt goes all the way from a document to its signature and back from its record.
func signIt(t testing.TB, doc []byte) {
	for _, raw := range []bool{false, true} {
		_, _ = fetch.Strip(doc, raw)
	}
	crash, err := crashdata.ParseProcessed(doc)
	if err != nil {
		return
	}
	record := crash.AppendRecord(nil)
	again, err := crashdata.DecodeRecord(record)
	if err != nil {
		t.Fatalf("its record can't be read: %v", err)
	}
	result, err := hostileWorker(t).Explain(again)
	if err != nil {
		t.Fatal(err)
	}
	if n := len([]rune(result.Signature)); n > 255 {
		t.Errorf("a signature of %d characters", n)
	}
}

func hostileWorker(t testing.TB) *signatures.Worker {
	set, err := siglists.Load(fourLists("foo|bar", "baz.*", "qux"))
	if err != nil {
		t.Fatal(err)
	}
	rules, err := signatures.ParseRuleset("default")
	if err != nil {
		t.Fatal(err)
	}
	return signatures.NewGenerator(set, rules).Worker()
}

func fourLists(irrelevant, prefix, lines string) fstest.MapFS {
	return fstest.MapFS{
		"signature_sentinels.txt":             {Data: []byte("sentinel\n")},
		"irrelevant_signature_re.txt":         {Data: []byte(irrelevant)},
		"prefix_signature_re.txt":             {Data: []byte(prefix)},
		"signatures_with_line_numbers_re.txt": {Data: []byte(lines)},
	}
}

// loadLists loads the input as one of the lists, looks at it with lint, and matches with it.
func loadLists(t testing.TB, list []byte) {
	set, err := siglists.Load(fourLists(string(list), "a\nb", "c\nd"))
	if err != nil {
		return
	}
	if _, err := lint.Run(t.Context(), set, lint.Options{}); err != nil {
		t.Fatal(err)
	}
	other, err := siglists.Load(fourLists("a\nb", "a\nb", "c\nd"))
	if err != nil {
		t.Fatal(err)
	}
	siglists.Diff(other, set)
	for _, frame := range []string{"", "aaaa", strings.Repeat("a", 300), strings.Repeat("mozilla::", 50)} {
		_, _ = set.Match(siglists.Irrelevant, frame)
	}
}

func readLines(t testing.TB, input []byte) {
	err := documents.Lines(context.Background(), bytes.NewReader(input), func(_ int, line []byte, err error) error {
		if err == nil {
			_ = crashdata.Object(pyjson.Text(line))
			_, _, _ = crashdata.Read(line, nil)
		}
		return nil
	})
	if err != nil && !strings.Contains(err.Error(), "reading") {
		t.Error(err)
	}
}

func importIt(t testing.TB, input []byte) {
	dir := t.TempDir()
	path := filepath.Join(dir, "in.json")
	if err := os.WriteFile(path, input, 0o600); err != nil {
		t.Fatal(err)
	}
	code, _, stderr := hostileRun(t, nil, "--cache", filepath.Join(dir, "c.db"), "import", path)
	if code != exit.Incomplete && code != exit.OK {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}

func hostileRun(t testing.TB, stdin []byte, args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = run(t.Context(), args, bytes.NewReader(stdin), &out, &errs)
	return code, out.String(), errs.String()
}

func hostileInputs() []hostileInput {
	ids := func(t testing.TB, in []byte) {
		_, _ = crashid.Read(bytes.NewReader(in))
	}
	expectations := func(t testing.TB, in []byte) { _, _ = corpora.ParseExpectations(bytes.NewReader(in)) }
	address := func(t testing.TB, in []byte) {
		if q, err := fetch.ParseURL(string(in), time.Now()); err == nil {
			q.Warnings(time.Now())
		}
	}
	record := func(t testing.TB, in []byte) { _, _ = crashdata.DecodeRecord(in) }
	part := func(t testing.TB, in []byte) {
		_, _ = compare.DecodePart(in, nil)
		_ = new(report.Merger).Read("part", bytes.NewReader(in))
	}
	accepted := func(t testing.TB, in []byte) { _, _ = corpora.DecodeAccepted(nil, in) }
	archive := func(t testing.TB, in []byte) {
		c, err := cache.Open(filepath.Join(t.TempDir(), "c.db"), cache.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := corpora.ReadExport(t.Context(), c, bytes.NewReader(in), corpora.ReadOptions{}); err == nil {
			t.Error("a bomb was taken")
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
	recordHead := func() []byte {
		crash, err := crashdata.ParseProcessed([]byte(`{"uuid":"` + hostileID + `"}`))
		if err != nil {
			panic(err)
		}
		return crash.AppendRecord(nil)[:1]
	}
	return []hostileInput{
		{"crash/nested arrays", nested("", "[", "", "]", ""), signIt},
		{"crash/nested objects", nested("", `{"a":`, "1", "}", ""), signIt},
		{"crash/nested dump", nested(`{"json_dump":`, `{"threads":`, "1", "}", "}"), signIt},
		{"crash/nested hang", nested(`{"hang":`, "[", "", "]", "}"), signIt},
		{"crash/open arrays", filled("", "[", ""), signIt},
		{"crash/wide hang", filled(`{"hang":[`, "0,", "0]}"), signIt},
		{"crash/wide objects in hang", filled(`{"hang":[`, "{},", "0]}"), signIt},
		{"crash/wide hang keys", filled(`{"hang":{"a":0`, `,"":0`, "}}"), signIt},
		{"crash/async text of numbers", filled(`{"async_shutdown_timeout":"{\"conditions\":[`, "0,", `0]}"}`), signIt},
		{"crash/async text of objects", filled(`{"async_shutdown_timeout":"{\"phase\":\"x\",\"conditions\":[`, `{},`, `0]}"}`), signIt},
		{"crash/java text", filled(`{"java_stack_trace":"java.lang.Foo: `, `\n\tat a.b.c(d.java:1)`, `"}`), signIt},
		{"crash/java exception", filled(`{"java_exception":{"exception":{"values":[`, `{"stacktrace":{"frames":[{}]}},`, `0]}}}`), signIt},
		{"crash/long number", filled(`{"oom_allocation_size":`, "9", "}"), signIt},
		{"crash/long exponent", filled(`{"oom_allocation_size":1e`, "9", "}"), signIt},
		{"crash/long crashing thread", filled(`{"json_dump":{"crash_info":{"crashing_thread":`, "9", "}}}"), signIt},
		{"crash/number in a text", filled(`{"oom_allocation_size":"`, "9", `"}`), signIt},
		{"crash/many threads", filled(`{"json_dump":{"threads":[`, "{},", "{}]}}"), signIt},
		{"crash/many named threads", func() []byte {
			var b strings.Builder
			b.WriteString(`{"json_dump":{"threads":{`)
			for i := 0; b.Len() < hostileSize-100; i++ {
				fmt.Fprintf(&b, `"%d":{},`, i)
			}
			return []byte(b.String() + `"x":{}}}}`)
		}, signIt},
		{"crash/many members", func() []byte {
			var b strings.Builder
			b.WriteString(`{`)
			for i := 0; b.Len() < hostileSize-100; i++ {
				fmt.Fprintf(&b, `"%d":0,`, i)
			}
			return []byte(b.String() + `"x":{}}`)
		}, signIt},
		{"crash/many frames", crashWith(`~{}`, "{},"), signIt},
		{"crash/odd frames", crashWith(`~0`, "0,"), signIt},
		{"crash/many inlines", crashWith(`{"inlines":[~{}]}`, "{},"), signIt},
		{"crash/many unloaded modules", crashWith(`{"unloaded_modules":[~{}]}`, "{},"), signIt},
		{"crash/inlines that are keys", crashWith(`{"inlines":[{~"x":0}]}`, `"a":0,`), signIt},
		{"crash/a million frames", func() []byte {
			start, end := stackOf("~{}")
			return []byte(start + strings.Repeat("{},", 1_000_000) + end)
		}, signIt},
		{"crash/a 10 MB function", func() []byte {
			start, end := stackOf(`{"function":"~"}`)
			return []byte(start + strings.Repeat("mozilla::a<b> c", 10<<20/15) + end)
		}, signIt},
		{"crash/long function", crashWith(`{"function":"~"}`, "f"), signIt},
		{"crash/templates", crashWith(`{"function":"~"}`, "a<b>::"), signIt},
		{"crash/nested templates", crashNested(`{"function":"~"}`, "a<", "b", ">"), signIt},
		{"crash/open templates", crashWith(`{"function":"~"}`, "a<"), signIt},
		{"crash/param traits", crashNested(`{"function":"~"}`, "IPC::ParamTraits<", "b", ">"), signIt},
		{"crash/open param traits", crashWith(`{"function":"~"}`, "IPC::ParamTraits<"), signIt},
		{"crash/wide param traits", crashWith(`{"function":"~"}`, "IPC::ParamTraits<a>"), signIt},
		{"crash/operators", crashWith(`{"function":"~"}`, "operator<"), signIt},
		{"crash/spaces", crashWith(`{"function":"~"}`, " "), signIt},
		{"crash/tokens", crashWith(`{"function":"~"}`, "a "), signIt},
		{"crash/clones", crashWith(`{"function":"~"}`, "(a) [clone b] "), signIt},
		{"crash/commas", crashWith(`{"function":"~"}`, ","), signIt},
		{"crash/qualifiers", crashWith(`{"function":"f ~"}`, "const"), signIt},
		{"crash/lambdas", crashWith(`{"function":"a~"}`, "::$_1::"), signIt},
		{"crash/rust hashes", crashWith(`{"file":"/a.rs","function":"a~"}`, "::h0a"), signIt},
		{"crash/escapes", crashWith(`{"function":"~"}`, `\u0000`), signIt},
		{"crash/surrogates", crashWith(`{"function":"~"}`, `\ud800`), signIt},
		{"crash/colons", crashWith(`{"file":"~","line":1}`, ":"), signIt},
		{"crash/slashes", crashWith(`{"file":"~","line":1}`, "/"), signIt},
		{"crash/brackets", crashWith(`{"module":"~"}`, "["), signIt},
		{"crash/offset", crashWith(`{"offset":"0x~1"}`, "0"), signIt},
		{"crash/long line", crashWith(`{"function":"c","line":~1}`, "9"), signIt},
		{"crash/line of arrays", crashNested(`{"function":"c","line":~}`, "[", "", "]"), signIt},
		{"crash/abort message", filled(`{"abort_message":"`, "[1, a] ", `"}`), signIt},
		{"crash/ipc error", filled(`{"ipc_channel_error":"`, "ShutDownKill ", `"}`), signIt},
		{"crash/moz crash reason", filled(`{"moz_crash_reason":"`, "MOZ_RELEASE_ASSERT(", `"}`), signIt},
		{"crash/processed in processed", nested("", `{"processed_crash":`, "{}", "}", ""), signIt},
		{"crash/many processed", filled(`{"a":0`, `,"processed_crash":{}`, "}"), signIt},
		{"crash/imported nesting", nested("", `{"json_dump":`, "0", "}", ""), importIt},
		{"crash/imported function", crashWith(`{"function":"~"}`, "f"), importIt},

		{"siglist/one line", filled("", "a", ""), loadLists},
		{"siglist/one letter a line", filled("", "a\n", ""), loadLists},
		{"siglist/no UTF-8", filled("", "\xff\n", ""), loadLists},
		{"ids/one line", filled("", "a", ""), ids},
		{"ids/short lines", filled("", "a\n", ""), ids},
		{"ids/addresses", filled("", "https://crash-stats.mozilla.org/report/index/"+hostileID+"\n", ""), ids},
		{"ids/one address", filled("https://h/?", "crash_id=a&", ""), ids},
		{"ids/rulesets", filled("", ":a", ""), ids},

		{"expectations/one line", filled("", "a", ""), expectations},
		{"expectations/columns", filled("", ",", ""), expectations},
		{"expectations/tabs", filled(hostileID, "\t", ""), expectations},
		{"expectations/quotes", filled(`"`, `""`, ""), expectations},
		{"expectations/open quotes", filled("", "\"\n", ""), expectations},
		{"expectations/arrows", filled("", hostileID+" -> a\n", ""), expectations},
		{"expectations/arrows in a line", filled(hostileID, " -> ", ""), expectations},
		{"expectations/apostrophes", filled(hostileID+",", "'", ""), expectations},
		{"expectations/ids", filled("", hostileID, ""), expectations},

		{"addresses/one value", filled("https://h/search/?signature=", "a", ""), address},
		{"addresses/parameters", filled("https://h/search/?", "a=b&", ""), address},
		{"addresses/escapes", filled("https://h/search/?a=", "%41", ""), address},
		{"addresses/dates", filled("https://h/search/?", "date=%3E2026-11-01&", ""), address},
		{"addresses/path", filled("https://h", "/a", ""), address},
		{"addresses/host", filled("https://", "a.", "/search/?"), address},

		{"lines/endless", filled("", "a", ""), readLines},
		{"lines/empty", filled("", "\n", ""), readLines},
		{"lines/objects", filled("", "{}\n", ""), readLines},
		{"lines/wrapped", filled("", `{"id":"a","processed_crash":{}}`+"\n", ""), readLines},
		{"lines/gzip bomb", gzipBomb, readLines},
		{"lines/zstd bomb", zstdBomb, readLines},
		{"lines/imported gzip bomb", gzipBomb, importIt},
		{"lines/imported zstd bomb", zstdBomb, importIt},

		{"record/zeros", filled(string(recordHead()), "\x00", ""), record},
		{"record/ones", filled(string(recordHead()), "\x01", ""), record},
		{"record/large numbers", filled(string(recordHead()), "\xff\xff\xff\x7f", ""), record},
		{"part/zeros", filled("", "\x00", ""), part},
		{"part/missing", filled(partStart+`,"Missing":[""`, `,""`, "]}\n"), part},
		{"part/failures", filled(partStart+`,"Failures":[{}`, `,{}`, "]}\n"), part},
		{"part/prefixes", filled(partStart+`,"Prefixes":{"":{}`, `,"":{}`, "}}\n"), part},
		{"part/pairs", filled(partStart+`,"Pairs":1000000}`+"\n", "{}\n", ""), part},
		{"part/lines", filled(partStart+`,"Lines":1000000}`+"\n", "{}\n", ""), part},
		{"part/bomb", partBomb, part},
		{"corpus/zeros", filled("", "\x00", ""), archive},
		{"corpus/zstd bomb", zstdBomb, archive},
		{"corpus/bomb after its head", corpusBomb, archive},
		{"accepted/zeros", filled("", "\x00", ""), accepted},
		{"accepted/signatures", filled(`{"version":4,"signatures":[""`, `,""`, `]}`), accepted},
		{"accepted/ids", filled(`{"version":4,"ids":"`, `AAAA`, `"}`), accepted},
		{"accepted/siglists", filled(`{"version":4,"siglists":{"prefix_signature_re":""`, `,"prefix_signature_re":""`, `}}`), accepted},
		{"accepted/parts", filled(`{"version":4,"parts":[{}`, `,{}`, `]}`), accepted},
		{"accepted/ids of a part", filled(`{"version":4,"parts":[{"ids":[""`, `,""`, `]}]}`), accepted},
	}
}

// hostileLists are lists as large as may be: a megabyte is refused.
func hostileLists() []hostileInput {
	return []hostileInput{
		{"siglist/one line", longLines("", "a", ""), loadLists},
		{"siglist/one letter a line", filledList("", "a\n", ""), loadLists},
		{"siglist/many lines", numberedLines("mozilla::dom::Foo%d"), loadLists},
		{"siglist/many patterns", numberedLines(".*foo%d.*bar"), loadLists},
		{"siglist/many sets", numberedLines("[a-z]%d[^x]+"), loadLists},
		{"siglist/many broken lines", numberedLines("foo%d("), loadLists},
		{"siglist/broken when joined", numberedLines("(?P<x>a%d)"), loadLists},
		{"siglist/flags", numberedLines("(?i)a%d"), loadLists},
		{"siglist/alternatives", longLines("(?:", "a|", "b)"), loadLists},
		{"siglist/one set", longLines("[", "a-z", "]"), loadLists},
		{"siglist/every character", everyCharacter, loadLists},
		{"siglist/characters in lines", characterLines, loadLists},
		{"siglist/groups", longLines("", "(a)", ""), loadLists},
		{"siglist/nested groups", nestedLines("", "(", "a", ")", ""), loadLists},
		{"siglist/nested repeats", func() []byte { return []byte("((a{1000}){1000}){1000}\nb") }, loadLists},
		{"siglist/nested repeats that end in nothing", func() []byte { return []byte("((?:){1000}){1000}\n(((){4294967294}){4294967294})\nb") }, loadLists},
		{"siglist/nested optional repeats", func() []byte { return []byte("((a{0,1000}){0,1000}){0,1000}b\nb") }, loadLists},
		{"siglist/many repeats", filledList("", "a{9999}\n", ""), loadLists},
		{"siglist/repeats", longLines("", "a{99}", ""), loadLists},
		{"siglist/optional", longLines("", "a?", "b\nb"), loadLists},
		{"siglist/stars", longLines("", "a*", "b\nb"), loadLists},
		{"siglist/any stars", longLines("", ".*", "b\nb"), loadLists},
		{"siglist/nested stars", func() []byte { return []byte("(?!x)(((((((((a*)*)*)*)*)*)*)*)*)*b\nb") }, loadLists},
		{"siglist/lookaheads", longLines("", "(?=a)", ""), loadLists},
		{"siglist/nested lookaheads", nestedLines("", "(?=", "a", ")", ""), loadLists},
		{"siglist/lookbehinds", longLines("", "(?<=a)", ""), loadLists},
		{"siglist/wide lookbehinds", func() []byte { return []byte("(?<=a{4294967294})b\nb") }, loadLists},
		{"siglist/back references", longLines("(a)", `\1`, ""), loadLists},
		{"siglist/conditionals", longLines("(a)?", `(?(1)a|b)`, ""), loadLists},
		{"siglist/names", longLines("", `\N{DIGIT ONE}`, ""), loadLists},
		{"siglist/names in lines", filledList("", "\\N{NO SUCH NAME}\n", ""), loadLists},
		{"siglist/folded", longLines("(?i:", `[a-z\W]`, ")"), loadLists},
		{"siglist/folded lines", numberedLines("(?i:%dſ[À-ſ])"), loadLists},
		{"siglist/verbose", longLines("(?x) a #", "\n#", "\nb"), loadLists},
		{"siglist/no UTF-8", filledList("", "\xff\n", ""), loadLists},
		{"siglist/comments", filledList("", "#\n", ""), loadLists},
		{"siglist/brackets", longLines("", "[", ""), loadLists},
		{"siglist/backslashes", longLines("", "\\", ""), loadLists},
		{"siglist/digits", longLines("a{", "9", "}"), loadLists},
	}
}

// filledList is a list of one line over and over.
func filledList(start, line, end string) func() []byte {
	return func() []byte {
		return []byte(start + strings.Repeat(line, min(siglists.MaxListBytes/len(line), siglists.MaxLines)) + end)
	}
}

// longLines is a list of lines as long as may be, with the middle over and over.
func longLines(start, middle, end string) func() []byte {
	return nestedLines(start, middle, "", "", end)
}

func nestedLines(start, opening, middle, closing, end string) func() []byte {
	return func() []byte {
		n := (siglists.MaxLineBytes - 10 - len(start+middle+end)) / len(opening+closing)
		if closing != "" {
			n = min(n, pyre.MaxNesting-10)
		}
		line := start + strings.Repeat(opening, n) + middle + strings.Repeat(closing, n) + end
		var b strings.Builder
		for i := 0; b.Len()+len(line)+10 < siglists.MaxListBytes; i++ {
			fmt.Fprintf(&b, "%d%s\n", i, line)
		}
		return []byte(b.String())
	}
}

// numberedLines are lines that differ.
func numberedLines(format string) func() []byte {
	return func() []byte {
		var b bytes.Buffer
		for i := 0; b.Len() < siglists.MaxListBytes-50 && i < siglists.MaxLines; i++ {
			fmt.Fprintf(&b, format+"\n", i)
		}
		return b.Bytes()
	}
}

// everyCharacter is a set of characters that are no neighbours.
func everyCharacter() []byte {
	var b bytes.Buffer
	b.WriteString("(?i:[")
	for r := rune(0x100); b.Len() < siglists.MaxLineBytes-10; r += 2 {
		if r < 0xd800 || r > 0xdfff {
			b.WriteRune(r)
		}
		if r > 0x10fff0 {
			break
		}
	}
	b.WriteString("])\nb")
	return b.Bytes()
}

// characterLines are as many lines of one character each.
func characterLines() []byte {
	var b bytes.Buffer
	for r := rune(0x100); r < 0x100+2*siglists.MaxLines; r += 2 {
		if r < 0xd800 || r > 0xdfff {
			b.WriteRune(r)
			b.WriteString("x\n")
		}
	}
	return b.Bytes()
}

// TestHostileInputs: whatever is in them, 1 MB from strangers takes at most so much memory, and ends. The
// time is for BenchmarkHostileInputs to tell.
func TestHostileInputs(t *testing.T) {
	for _, in := range append(hostileInputs(), hostileLists()...) {
		t.Run(in.name, func(t *testing.T) {
			input := in.input()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			in.read(t, input)
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			allocated := after.TotalAlloc - before.TotalAlloc
			t.Logf("%d bytes: %v, %d MB allocated", len(input), took.Round(time.Millisecond), allocated>>20)
			if allocated > max(maxAllocated, garbage[in.name]) {
				t.Errorf("%d MB allocated", allocated>>20)
			}
		})
	}
}

// BenchmarkHostileInputs tells the time and the memory that each takes.
func BenchmarkHostileInputs(b *testing.B) {
	for _, in := range append(hostileInputs(), hostileLists()...) {
		b.Run(in.name, func(b *testing.B) {
			input := in.input()
			b.ReportAllocs()
			for b.Loop() {
				in.read(b, input)
			}
		})
	}
}
