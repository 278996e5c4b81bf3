package enginetest

import (
	"bufio"
	"compress/gzip"
	"os"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Vector is one reference answer: what Socorro makes of a processed crash with a siglist set.
type Vector struct {
	ID             string         `json:"id"`
	Siglists       string         `json:"siglists"`
	Ruleset        string         `json:"ruleset"`
	ProcessedCrash jsontext.Value `json:"processed_crash"`
	Document       string         `json:"document"` // in place of the processed crash: the text of one that is no JSON
	ConvertError   string         `json:"convert_error"`
	LoadError      string         `json:"load_error"`
	Signature      string         `json:"signature"`
	Notes          []string       `json:"notes"`
	ProtoSignature *string        `json:"proto_signature"`
}

// EachVector reads the vectors of a file.
func EachVector(t *testing.T, file string, visit func(Vector)) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 64<<20) // documents are lines, and some are made to be large
	for lines.Scan() {
		var v Vector
		// The documents within may have what only Python takes for JSON.
		if err := json.Unmarshal(lines.Bytes(), &v, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)); err != nil {
			t.Fatal(err)
		}
		// Who tests need not know which of the two a vector has.
		if v.Document != "" {
			v.ProcessedCrash = jsontext.Value(v.Document)
		}
		visit(v)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
}
