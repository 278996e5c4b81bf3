package siglists_test

import (
	"fmt"
	"testing/fstest"

	"github.com/sigdiff/sigdiff/siglists"
)

// lists are four lists in memory. LoadDir reads them from a folder.
func lists(prefix string) fstest.MapFS {
	return fstest.MapFS{
		"signature_sentinels.txt":             {Data: []byte("_purecall\n")},
		"irrelevant_signature_re.txt":         {Data: []byte("mozilla::Wait.*\n")},
		"prefix_signature_re.txt":             {Data: []byte(prefix)},
		"signatures_with_line_numbers_re.txt": {Data: []byte("js_Interpret\n")},
	}
}

// Which line of a list decides a frame.
func ExampleSet_Match() {
	set, err := siglists.Load(lists("# comments don't count\nmalloc\nmoz_.*\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, frame := range []string{"moz_xmalloc", "xmalloc"} {
		hit, err := set.Match(siglists.Prefix, frame)
		fmt.Println(frame, hit.OK, hit.Line, err)
	}
	// Output:
	// moz_xmalloc true prefix_signature_re.txt:3: moz_.* <nil>
	// xmalloc false <nil> <nil>
}

// What differs between two sets.
func ExampleDiff() {
	base, err := siglists.Load(lists("malloc\nfree\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	candidate, err := siglists.Load(lists("calloc\nmalloc\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, change := range siglists.Diff(base, candidate) {
		fmt.Println(change)
	}
	// Output:
	// -prefix_signature_re.txt:2: free
	// +prefix_signature_re.txt:1: calloc
}

// Lines that Python would refuse don't load, and the error names each.
func ExampleLoad() {
	_, err := siglists.Load(lists("malloc\nfoo(\n"))
	fmt.Println(err)
	// Output: prefix_signature_re.txt:2: "foo(": missing ), unterminated subpattern at position 3
}
