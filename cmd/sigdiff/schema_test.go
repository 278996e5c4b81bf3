package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// schema checks that a JSON report is as report/schema.json says, and has no key that it doesn't describe: schema FILE,
// or schema stdout.
func schema(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: schema FILE")
	}
	text, err := os.ReadFile(filepath.Join(ts.Getenv("TESTDATA"), "../../../report/schema.json"))
	ts.Check(err)
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	ts.Check(err)
	closeObjects(document)
	compiler := jsonschema.NewCompiler()
	ts.Check(compiler.AddResource("closed.json", document))
	compiled, err := compiler.Compile("closed.json")
	ts.Check(err)
	instance, err := jsonschema.UnmarshalJSON(strings.NewReader(ts.ReadFile(args[0])))
	ts.Check(err)
	ts.Check(compiled.Validate(instance))
}

// closeObjects lets objects of a schema have no other keys than those that it describes.
func closeObjects(part any) {
	switch part := part.(type) {
	case map[string]any:
		if part["properties"] != nil {
			part["additionalProperties"] = false
		}
		for _, inner := range part {
			closeObjects(inner)
		}
	case []any:
		for _, inner := range part {
			closeObjects(inner)
		}
	}
}
