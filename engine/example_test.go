package engine_test

import (
	"context"
	"fmt"

	"github.com/sigdiff/sigdiff/engine"
	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/siglists"
)

// From a processed crash and a folder of siglists to the signature.
func ExampleSignature() {
	lists, err := siglists.LoadDir("../siglists/testdata/tricky/plain")
	if err != nil {
		fmt.Println(err)
		return
	}
	processed := []byte(`{"json_dump": {"threads": [{"frames": [{"function": "mozilla::Foo(int)"}]}]}}`)
	result, err := engine.Signature(processed, lists, engine.DefaultRules())
	fmt.Println(result.Signature, err)
	// Output: mozilla::Foo <nil>
}

// Many signatures: a worker, one for each goroutine, remembers the frames that it has seen. Crashes are read in any
// shape that people keep them in.
func Example_many() {
	lists, err := siglists.LoadDir("../siglists/testdata/tricky/plain")
	if err != nil {
		fmt.Println(err)
		return
	}
	worker := signatures.NewGenerator(lists, engine.DefaultRules()).Worker()
	for _, document := range []string{
		`{"json_dump": {"threads": [{"frames": [{"function": "mozilla::Foo(int)"}]}]}}`,
		`{"threads": [{"frames": [{"module": "xul.dll", "function": "void Bar<int>()"}]}], "os": "Windows NT"}`,
		`{"threads": [`,
	} {
		crash, _, err := crashdata.Read([]byte(document), nil)
		if err != nil {
			fmt.Println("no crash") // err says why
			continue
		}
		result, err := worker.Explain(crash)
		fmt.Println(result.Signature, result.Fired, err)
	}
	// Output:
	// mozilla::Foo [SignatureGenerationRule] <nil>
	// Bar<T> [SignatureGenerationRule] <nil>
	// no crash
}

// From two sets of siglists to what changes between them.
func Example_comparison() {
	base, err := siglists.LoadDir("../siglists/testdata/tricky/plain")
	if err != nil {
		fmt.Println(err)
		return
	}
	candidate, err := siglists.LoadDir("../siglists/testdata/tricky/empty-prefix") // which takes every frame along
	if err != nil {
		fmt.Println(err)
		return
	}
	crash, err := crashdata.ParseProcessed([]byte(`{"uuid": "1", "json_dump": {"threads": [{"frames": [{"function": "a"}, {"function": "b"}]}]}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	side := func(lists *engine.Lists) signatures.Side {
		return signatures.NewGenerator(lists, engine.DefaultRules())
	}
	tally, err := compare.Compare(context.Background(), crashdata.Crashes{crash}, side(base), side(candidate), compare.Options{Workers: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, group := range tally.Groups() {
		fmt.Printf("%s: %d from %q to %q\n", group.Kind, group.Crashes, group.Base, group.Candidate)
	}
	// Output: renamed: 1 from "a" to "a | b"
}
