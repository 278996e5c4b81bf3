package madeup

import (
	"bytes"
	"cmp"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"iter"
	"sync"
)

//go:embed demo/cases.json demo/siglists
var demoFiles embed.FS

// Expectation is what the two siglists of the demo make of one of its crashes.
type Expectation struct {
	ID              string // crash id
	Story           string // what the case is an example of; "unchanged" when of nothing
	Why             string // one or two sentences about the case
	Base, Candidate string // signatures; equal when nothing changes
}

// Demo returns the embedded demo: made-up processed crashes by crash id, in a
// fixed order and with the base signature recorded, and two siglist directories.
// The documents stay valid.
func Demo() (crashes iter.Seq2[string, []byte], base, candidate fs.FS) {
	crashes = func(yield func(string, []byte) bool) {
		for _, c := range demoCrashes() {
			if !yield(c.ID, bytes.Clone(c.processed)) {
				return
			}
		}
	}
	return crashes, demoLists("base"), demoLists("candidate")
}

func demoLists(name string) fs.FS { return must(fs.Sub(demoFiles, "demo/siglists/"+name)) }

// must is for what can only fail where the embedded files are not as they are.
func must[T any](v T, err error) T {
	if err != nil {
		panic("madeup: the demo: " + err.Error())
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

type demoCrash struct {
	Expectation
	processed []byte
}

// demoTable is demo/cases.json: named stacks that cases refer to, and the cases.
type demoTable struct {
	Stacks map[string][]string `json:"stacks"`
	Cases  []demoCase          `json:"cases"`
}

// demoCase stands for a number of crashes that differ in what does not decide a
// signature. Candidate is left out when it equals Signature.
type demoCase struct {
	Story          string                     `json:"story"`
	Why            string                     `json:"why"`
	Signature      string                     `json:"signature"`
	Candidate      string                     `json:"candidate"`
	Crashes        int                        `json:"crashes"`
	Product        string                     `json:"product"`
	OS             string                     `json:"os"`
	Process        string                     `json:"process"`
	Reason         string                     `json:"reason"`
	LastError      string                     `json:"last_error"`
	CrashingThread int                        `json:"crashing_thread"`
	Fields         map[string]json.RawMessage `json:"fields"`
	Threads        [][]string                 `json:"threads"`
}

var demoCrashes = sync.OnceValue(func() []demoCrash {
	table := readDemoTable()
	var all []demoCrash
	for i, c := range table.Cases {
		for n := range c.Crashes {
			all = append(all, table.crash(c, newRNG(uint64(i), streamID, uint64(n))))
		}
	}
	return all
})

func readDemoTable() (table demoTable) {
	strict := json.NewDecoder(bytes.NewReader(must(demoFiles.ReadFile("demo/cases.json"))))
	strict.DisallowUnknownFields()
	must(0, strict.Decode(&table))
	return table
}

// crash makes one of the crashes of a case.
func (t demoTable) crash(c demoCase, r *rng) demoCrash {
	day := r.between(2, 15)
	id := fmt.Sprintf("%08x-%04x-%04x-%04x-%06x2610%02d", uint32(r.next()), uint16(r.next()), uint16(r.next()), uint16(r.next()), r.next()&0xffffff, day)
	b := demoBuild(c, r)
	processed := c.processed(r, b, id, day)
	processed["json_dump"] = map[string]any{
		"crash_info":  map[string]any{"address": hex(r.next() >> 24), "crashing_thread": c.CrashingThread, "type": c.Reason},
		"system_info": map[string]any{"os": c.OS, "cpu_arch": pick(r, []string{"amd64", "amd64", "arm64"})},
		"threads":     t.threads(c, b),
	}
	var doc bytes.Buffer
	enc := json.NewEncoder(&doc)
	enc.SetEscapeHTML(false)
	must(0, enc.Encode(processed))
	expected := Expectation{ID: id, Story: c.Story, Why: c.Why, Base: c.Signature, Candidate: cmp.Or(c.Candidate, c.Signature)}
	return demoCrash{expected, bytes.TrimSpace(doc.Bytes())}
}
