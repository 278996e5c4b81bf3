package madeup

import (
	"bytes"
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
// The documents stay valid. An error means that the embedded files are damaged.
func Demo() (crashes iter.Seq2[string, []byte], base, candidate fs.FS, err error) {
	all, err := demoCrashes()
	if err != nil {
		return nil, nil, nil, err
	}
	if base, err = fs.Sub(demoFiles, "demo/siglists/base"); err != nil {
		return nil, nil, nil, fmt.Errorf("opening the demo's base siglists: %w", err)
	}
	if candidate, err = fs.Sub(demoFiles, "demo/siglists/candidate"); err != nil {
		return nil, nil, nil, fmt.Errorf("opening the demo's candidate siglists: %w", err)
	}
	crashes = func(yield func(string, []byte) bool) {
		for i := range all {
			if !yield(all[i].ID, bytes.Clone(all[i].processed)) {
				return
			}
		}
	}
	return crashes, base, candidate, nil
}

// DemoExpectations returns what is expected of each crash of the demo, in its
// order.
func DemoExpectations() ([]Expectation, error) {
	all, err := demoCrashes()
	if err != nil {
		return nil, err
	}
	expected := make([]Expectation, len(all))
	for i := range all {
		expected[i] = all[i].Expectation
	}
	return expected, nil
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

var demoCrashes = sync.OnceValues(func() ([]demoCrash, error) {
	table, err := readDemoTable()
	if err != nil {
		return nil, err
	}
	var all []demoCrash
	for i, c := range table.Cases {
		for n := range c.Crashes {
			crash, err := table.crash(c, newRNG(uint64(i), streamID, uint64(n)))
			if err != nil {
				return nil, fmt.Errorf("making crash %d of demo case %d: %w", n, i, err)
			}
			all = append(all, crash)
		}
	}
	return all, nil
})

func readDemoTable() (demoTable, error) {
	var table demoTable
	content, err := demoFiles.ReadFile("demo/cases.json")
	if err != nil {
		return table, fmt.Errorf("reading the demo: %w", err)
	}
	strict := json.NewDecoder(bytes.NewReader(content))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&table); err != nil {
		return table, fmt.Errorf("reading the demo: %w", err)
	}
	return table, nil
}

// crash makes one of the crashes of a case.
func (t demoTable) crash(c demoCase, r *rng) (demoCrash, error) {
	day := r.between(2, 15)
	id := fmt.Sprintf("%08x-%04x-%04x-%04x-%06x2610%02d", uint32(r.next()), uint16(r.next()), uint16(r.next()), uint16(r.next()), r.next()&0xffffff, day)
	b := demoBuild(c, r)
	threads, err := t.threads(c, b)
	if err != nil {
		return demoCrash{}, err
	}
	processed := c.processed(r, b, id, day)
	processed["json_dump"] = map[string]any{
		"crash_info":  map[string]any{"address": hex(r.next() >> 24), "crashing_thread": c.CrashingThread, "type": c.Reason},
		"system_info": map[string]any{"os": c.OS, "cpu_arch": pick(r, []string{"amd64", "amd64", "arm64"})},
		"threads":     threads,
	}
	var doc bytes.Buffer
	enc := json.NewEncoder(&doc)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(processed); err != nil {
		return demoCrash{}, err
	}
	expected := Expectation{ID: id, Story: c.Story, Why: c.Why, Base: c.Signature, Candidate: c.Candidate}
	if c.Candidate == "" {
		expected.Candidate = c.Signature
	}
	return demoCrash{expected, bytes.TrimSpace(doc.Bytes())}, nil
}
