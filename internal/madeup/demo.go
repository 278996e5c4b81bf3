package madeup

import (
	"bytes"
	"compress/gzip"
	"embed"
	"encoding/json"
	"io/fs"
	"iter"
	"sync"
)

// demoFiles are the siglists of the demo, and its crashes, which TestDemoTable makes of testdata/demo.json.
//
//go:embed demo/crashes.ndjson.gz demo/siglists
var demoFiles embed.FS

// Expectation is what the two siglists of the demo make of one of its crashes.
type Expectation struct {
	ID        string `json:"id"`    // crash id
	Story     string `json:"story"` // what the case is an example of; "unchanged" when of nothing
	Why       string `json:"why"`   // one or two sentences about the case
	Base      string `json:"base"`  // signatures; equal when nothing changes
	Candidate string `json:"candidate"`
}

// Demo returns the embedded demo: made-up processed crashes by crash id, in a
// fixed order and with the base signature recorded, and two siglist directories.
// The documents stay valid.
func Demo() (crashes iter.Seq2[string, []byte], base, candidate fs.FS) {
	crashes = func(yield func(string, []byte) bool) {
		for _, c := range demoCrashes() {
			// A copy, since the caller may keep it or write to it, and the demo is read once for all.
			if !yield(c.ID, bytes.Clone(c.Processed)) {
				return
			}
		}
	}
	return crashes, demoLists("base"), demoLists("candidate")
}

func demoLists(name string) fs.FS { return must(fs.Sub(demoFiles, "demo/siglists/"+name)) }

// must is for what can only fail where this package is not as it is: the embedded files, and what it makes.
func must[T any](v T, err error) T {
	if err != nil {
		panic("madeup: " + err.Error())
	}
	return v
}

// DemoExpectations returns what is expected of each crash of the demo, in its
// order.
func DemoExpectations() []Expectation {
	var expected []Expectation
	for _, c := range demoCrashes() {
		expected = append(expected, c.Expectation)
	}
	return expected
}

// demoCrash is a line of demo/crashes.ndjson.gz.
type demoCrash struct {
	Expectation
	Processed json.RawMessage `json:"processed"`
}

// Unpacked when somebody first asks: every start of the program would pay for it.
var demoCrashes = sync.OnceValue(func() []demoCrash {
	var all []demoCrash
	lines := json.NewDecoder(must(gzip.NewReader(bytes.NewReader(must(demoFiles.ReadFile("demo/crashes.ndjson.gz"))))))
	for lines.More() {
		var c demoCrash
		must(0, lines.Decode(&c))
		all = append(all, c)
	}
	return all
})
