package madeup

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the crashes of the demo")

// This file makes the crashes of the demo of its cases. A frame of a case
// is one line, `function | file:line | module | unloaded module`, of which any
// part may be empty and the last ones left out. `^ function | file:line` is a
// function inlined into the next frame, and `> name` stands for a named stack.

// demoTable is testdata/demo.json: named stacks that cases refer to, and the cases.
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

// TestDemoTable: the demo has the crashes of its cases. With -update they are written anew.
func TestDemoTable(t *testing.T) {
	made := readDemoTable().crashes()
	if *update {
		writeDemo(t, made)
		return
	}
	if !reflect.DeepEqual(demoCrashes(), made) {
		t.Error("the demo's crashes are not those of testdata/demo.json; -update writes them anew")
	}
}

func writeDemo(t *testing.T, crashes []demoCrash) {
	t.Helper()
	var packed bytes.Buffer
	z := must(gzip.NewWriterLevel(&packed, gzip.BestCompression))
	enc := json.NewEncoder(z)
	enc.SetEscapeHTML(false)
	for _, c := range crashes {
		must(0, enc.Encode(c))
	}
	must(0, z.Close())
	if err := os.WriteFile("demo/crashes.ndjson.gz", packed.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// crashes makes those of all cases.
func (table demoTable) crashes() []demoCrash {
	var all []demoCrash
	for i, c := range table.Cases {
		for n := range c.Crashes {
			all = append(all, table.crash(c, newRNG(uint64(i), streamID, uint64(n))))
		}
	}
	return all
}

func readDemoTable() (table demoTable) {
	strict := json.NewDecoder(bytes.NewReader(must(os.ReadFile("testdata/demo.json"))))
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

// demoBuild draws a build of the case's product.
func demoBuild(c demoCase, r *rng) build {
	product := cmp.Or(c.Product, "Firefox")
	var builds []build
	for _, b := range append(desktopBuilds[:len(desktopBuilds):len(desktopBuilds)], mobileBuilds...) {
		if b.product == product {
			builds = append(builds, b)
		}
	}
	return builds[drawBuild(r, builds)]
}

// processed returns the top level of the processed crash, without its json_dump.
func (c demoCase) processed(r *rng, b build, id string, day int) map[string]any {
	top := map[string]any{
		"uuid": id, "signature": c.Signature, "product": b.product, "version": b.version, "release_channel": b.channel, "build": b.id,
		"os_name": c.OS, "process_type": cmp.Or(c.Process, "parent"),
		"date_processed": fmt.Sprintf("2026-10-%02dT%02d:%02d:%02d.%06d+00:00", day, r.intn(24), r.intn(60), r.intn(60), r.intn(1_000_000)),
	}
	for name, value := range c.Fields {
		top[name] = value
	}
	return top
}

func (t demoTable) threads(c demoCase, b build) []map[string]any {
	threads := make([]map[string]any, 0, len(c.Threads))
	for i, lines := range c.Threads {
		frames := t.frames(lines, b)
		thread := map[string]any{"frame_count": len(frames), "frames": frames, "thread_name": nil, "last_error_value": nil}
		if i == 0 {
			thread["thread_name"] = "MainThread"
		}
		if i == c.CrashingThread && c.LastError != "" {
			thread["last_error_value"] = c.LastError
		}
		threads = append(threads, thread)
	}
	return threads
}

func (t demoTable) frames(lines []string, b build) []map[string]any {
	frames := []map[string]any{}
	var inlines []map[string]any
	for _, line := range t.expand(lines) {
		rest, isInline := strings.CutPrefix(line, "^ ")
		f := demoFrame(rest, b)
		if isInline {
			inlines = append(inlines, f)
			continue
		}
		addAddresses(f, len(frames), rest)
		if inlines != nil {
			f["inlines"], inlines = inlines, nil
		}
		frames = append(frames, f)
	}
	return frames
}

// expand puts named stacks in the place of their names.
func (t demoTable) expand(lines []string) []string {
	var expanded []string
	for _, line := range lines {
		if name, named := strings.CutPrefix(line, "> "); named {
			expanded = append(expanded, t.expand(t.Stacks[name])...)
		} else {
			expanded = append(expanded, line)
		}
	}
	return expanded
}

// demoFrame reads the line of a frame.
func demoFrame(line string, b build) map[string]any {
	parts := strings.Split(line+"|||", "|")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	f := map[string]any{}
	if parts[0] != "" {
		f["function"] = parts[0]
	}
	if parts[1] != "" {
		addSource(f, parts[1], b)
	}
	if parts[2] != "" {
		f["module"] = parts[2]
	}
	if parts[3] != "" {
		f["unloaded_modules"] = []map[string]any{{"module": parts[3], "offsets": []string{"0x2150"}}}
	}
	return f
}

func addSource(f map[string]any, source string, b build) {
	at := strings.LastIndexByte(source, ':')
	path := source[:at]
	if !strings.HasPrefix(path, "/") {
		path = fmt.Sprintf("hg:%s:%s:%s", b.repository, path, b.revision)
	}
	f["file"], f["line"] = path, must(strconv.Atoi(source[at+1:]))
}

// addAddresses adds what a stack walker always knows: the number of the frame
// and where it lies.
func addAddresses(f map[string]any, number int, line string) {
	where := uint64(number) << 32
	for _, c := range []byte(line) {
		where = mix(where ^ uint64(c))
	}
	f["frame"] = number
	f["trust"] = trust(number)
	f["offset"] = hex(0x7ff8_0000_0000 + where%0x1000_0000)
	if f["module"] != nil {
		f["module_offset"] = hex(where % 0x1000_0000)
	}
}

func trust(i int) string {
	if i == 0 {
		return "context"
	}
	return [...]string{"cfi", "cfi", "cfi", "cfi", "frame_pointer", "scan"}[i%6]
}
