package engine_test

import (
	"fmt"

	"github.com/sigdiff/sigdiff/engine"
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
