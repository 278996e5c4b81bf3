package pipeline

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/engine/signatures"
)

// mixed writes files of every kind, with crashes that are there twice, lines that are no crashes, a file
// that is cut short and one that can't be unpacked, and gives the process that took in the same.
func mixed(t *testing.T) (dir string, p *process, ids []string) {
	t.Helper()
	dir = t.TempDir()
	lines := crashes(t, 400)
	n := len(lines) / 5
	first, second, third, fourth, fifth := lines[:n], lines[n:2*n], lines[2*n:3*n], lines[3*n:4*n], lines[4*n:]
	cut := gzipped(t, joined(fourth...))
	for i := range third {
		third[i] = wrapped(third[i])
	}
	third = append(third, first[0], as(t, first[1], idOf(t, first[2])))
	bad := [][]byte{[]byte("{"), []byte("[]"), nil, []byte(`{"product": "Firefox"}`), []byte(`{"uuid": "not-an-id"}`), as(t, fifth[0], idOf(t, first[3]))}
	write(t, dir, map[string][]byte{
		"1.ndjson": joined(first...), "2.ndjson.gz": gzipped(t, joined(second...)), "3.jsonl.zst": zstandard(t, joined(third...)),
		"4.ndjson.gz": cut[:len(cut)/2], "5.ndjson": joined(bad...), "6.ndjson.gz": {0x1f, 0x8b, 1, 2}, "7.ndjson": nil,
	})
	p = newProcess(t)
	p.takeIn(matches(t, dir)...)

	other := newProcess(t)
	elsewhere := t.TempDir()
	write(t, elsewhere, map[string][]byte{"fifth.ndjson": joined(append(fifth, second[0])...)})
	other.takeIn(filepath.Join(elsewhere, "fifth.ndjson"))
	const missing = "00000000-0000-4000-8000-000000261001"
	ids = []string{missing, idOf(t, second[0])}
	for _, line := range fifth {
		ids = append(ids, idOf(t, line))
	}
	file := other.export("year", ids)
	write(t, dir, map[string][]byte{"8.sigcorpus": file, "9": file}) // the second is the first again
	p.takeExport(file)
	all, err := p.cache.IDs(t.Context(), cache.Record)
	if err != nil {
		t.Fatal(err)
	}
	return dir, p, append(all, missing)
}

func matches(t *testing.T, dir string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

// TestSameReport: the pipeline gives, byte for byte, the report of one process over the same files, in
// however many shards.
func TestSameReport(t *testing.T) {
	dir, p, ids := mixed(t)
	base, candidate := sides(t)
	want := p.report("mixed", ids, base, candidate)
	for _, must := range []string{`"missing": 1,`, `"failed": 6,`, `"verdict": "decides"`, `"kind": "renamed"`, `"check": "shadowed"`, "cut short", "reading gzip"} {
		if !strings.Contains(want, must) {
			t.Errorf("the report to compare with has no %s", must)
		}
	}
	for _, shards := range []int{1, 3, 40} {
		got := run(t, Options{Inputs: []string{filepath.Join(dir, "*")}, Base: base, Candidate: candidate, Name: "mixed", Shards: shards})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%d shards (-one process +pipeline):\n%s", shards, diff)
		}
	}
}

// TestSeveralInputs: it is the same whether files are named once, twice, or by several globs.
func TestSeveralInputs(t *testing.T) {
	dir, p, ids := mixed(t)
	base, candidate := sides(t)
	want := p.report("mixed", ids, base, candidate)
	inputs := []string{filepath.Join(dir, "[4-9]*"), filepath.Join(dir, "1.ndjson"), filepath.Join(dir, "[1-5]*")}
	got := run(t, Options{Inputs: inputs, Base: base, Candidate: candidate, Name: "mixed", Shards: 5})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-one process +pipeline):\n%s", diff)
	}
}

// TestExportAlone: an exported corpus has its name in the report, and signatures that it records can be a side.
func TestExportAlone(t *testing.T) {
	dir := t.TempDir()
	lines := crashes(t, 50)
	write(t, dir, map[string][]byte{"c.ndjson": joined(lines...)})
	p := newProcess(t)
	p.takeIn(filepath.Join(dir, "c.ndjson"))
	var ids []string
	for _, line := range lines {
		ids = append(ids, idOf(t, line))
	}
	write(t, dir, map[string][]byte{"c.sigcorpus": p.export("year", ids)})
	base, err := LoadSide("recorded", signatures.DefaultRuleset)
	if err != nil {
		t.Fatal(err)
	}
	_, candidate := sides(t)
	got := run(t, Options{Inputs: []string{filepath.Join(dir, "c.sigcorpus")}, Base: base, Candidate: candidate, Shards: 4})
	if diff := cmp.Diff(p.report("year", ids, base, candidate), got); diff != "" {
		t.Errorf("(-one process +pipeline):\n%s", diff)
	}
	input := filepath.Join(dir, "c.ndjson")
	got = run(t, Options{Inputs: []string{input}, Base: base, Candidate: candidate, Shards: 4})
	if diff := cmp.Diff(p.report(input, ids, base, candidate), got); diff != "" {
		t.Errorf("NDJSON (-one process +pipeline):\n%s", diff)
	}
}

// TestNoCrashes: files without crashes still make a report, which says so.
func TestNoCrashes(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string][]byte{"c.ndjson": nil})
	base, candidate := sides(t)
	got := run(t, Options{Inputs: []string{filepath.Join(dir, "c.ndjson")}, Base: base, Candidate: candidate, Name: "nothing", Shards: 4})
	if diff := cmp.Diff(newProcess(t).report("nothing", []string{}, base, candidate), got); diff != "" {
		t.Errorf("(-one process +pipeline):\n%s", diff)
	}
}

// TestRefused: what one process refuses to import fails the pipeline, with the reason.
func TestRefused(t *testing.T) {
	dir := t.TempDir()
	lines := crashes(t, 2)
	write(t, dir, map[string][]byte{"c.ndjson": joined(lines...)})
	p := newProcess(t)
	p.takeIn(filepath.Join(dir, "c.ndjson"))
	export := p.export("c", []string{idOf(t, lines[0]), idOf(t, lines[1])})
	write(t, dir, map[string][]byte{
		"c.sigcorpus": export, "cut.sigcorpus": export[:len(export)/2],
		"other.ndjson": as(t, lines[1], idOf(t, lines[0])),
	})
	base, candidate := sides(t)
	for _, test := range []struct{ name, want string }{
		{"cut.sigcorpus", "damaged"},
		{"nowhere*", "no files matching"},
		{"[co][.t]*", "two files hold the crash, and differ"}, // c.ndjson, c.sigcorpus, other.ndjson
	} {
		_, err := try(t, Options{Inputs: []string{filepath.Join(dir, test.name)}, Base: base, Candidate: candidate, Shards: 2})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
	}
}

func TestOptions(t *testing.T) {
	base, candidate := sides(t)
	good := Options{Inputs: []string{"x"}, Output: "y", Shards: 1, Base: base, Candidate: candidate}
	if _, err := New(good); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*Options){
		"inputs":   func(o *Options) { o.Inputs = nil },
		"output":   func(o *Options) { o.Output = "" },
		"shards":   func(o *Options) { o.Shards = 0 },
		"examples": func(o *Options) { o.Examples = -1 },
	} {
		o := good
		spoil(&o)
		if _, err := New(o); !errors.Is(err, ErrOptions) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, side := range map[string]Side{"base: no siglists": {}, "base: unknown": {Spec: "x", Rules: "no such rules", Lists: base.Lists}} {
		o := good
		o.Base = side
		if _, err := New(o); err == nil || !strings.HasPrefix(err.Error(), name[:6]) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := LoadSide(t.TempDir(), signatures.DefaultRuleset); err == nil {
		t.Error("an empty folder is a side")
	}
	base.Rules = signatures.OldRuleset
	if old, err := base.load(); err != nil || old.info.Rules != base.Rules || len(old.info.Notes) != 1 {
		t.Errorf("rules of 2023 are %+v, %v, and not as diff says it", old.info, err)
	}
}
