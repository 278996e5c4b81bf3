package engine

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// cutter numbers the parts of records, as a cache does.
type cutter struct {
	numbers map[string]int
	pieces  []string
}

// cut leaves parts in the record for which keep is true.
func (c *cutter) cut(record []byte, keep func(part int) bool) Parts {
	var layout []byte
	done := 0
	for i, at := range AppendPieces(nil, record) {
		if keep(i) {
			continue
		}
		layout = appendText(layout, record[done:at[0]])
		layout = binary.AppendUvarint(layout, uint64(c.number(string(record[at[0]:at[1]]))))
		done = at[1]
	}
	return Parts{Layout: appendText(layout, record[done:]), Pieces: c.pieces}
}

func appendText(b, text []byte) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

func (c *cutter) number(piece string) int {
	if c.numbers == nil {
		c.numbers = map[string]int{}
	}
	n, ok := c.numbers[piece]
	if !ok {
		n = len(c.pieces)
		c.numbers[piece] = n
		c.pieces = append(c.pieces, piece)
	}
	return n
}

func keepNone(int) bool { return false }

// recordsInParts is a Source of records in parts.
type recordsInParts struct {
	ids   []string
	parts []Parts
}

// InParts is a source of crash records, each in parts, as a cache gives them.
func InParts(ids []string, records [][]byte) Source {
	var c cutter
	s := recordsInParts{ids: ids}
	for _, record := range records {
		s.parts = append(s.parts, c.cut(record, keepNone))
	}
	return s
}

func (s recordsInParts) Each(_ context.Context, workers int, visit func(int, string, *Record, error) error) error {
	var group sync.WaitGroup
	for w, decoder := range NewDecoders(workers) {
		group.Go(func() {
			for i := w; i < len(s.parts); i += workers {
				r, err := decoder.OpenParts(s.parts[i])
				_ = visit(w, s.ids[i], r, err)
			}
		})
	}
	group.Wait()
	return nil
}

// inParts are crashes as a cache gives them, each several times, so that what is remembered of one counts.
func inParts(crashes []*Crash, times int) Source {
	var ids []string
	var records [][]byte
	for range times {
		for _, c := range crashes {
			ids = append(ids, c.ID())
			records = append(records, c.AppendRecord(nil))
		}
	}
	return InParts(ids, records)
}

// A crash from parts, whatever parts have numbers, is the crash from the whole record.
func TestPartsAreTheRecord(t *testing.T) {
	decoder, whole := NewDecoder(), NewDecoder()
	var c cutter
	rapid.Check(t, func(t *rapid.T) {
		record := drawOddCrash(t, 1).AppendRecord(nil)
		kept := rapid.Uint64().Draw(t, "kept")
		r, err := decoder.OpenParts(c.cut(record, func(part int) bool { return kept>>(part%64)&1 == 1 }))
		if err != nil {
			t.Fatal(err)
		}
		crash, err := r.Crash()
		if err != nil {
			t.Fatal(err)
		}
		if again := crash.AppendRecord(nil); !bytes.Equal(again, record) {
			t.Fatalf("thread 0 not read: %q, want %q", again, record)
		}
		if _, err := crash.threadZero(); err != nil {
			t.Fatal(err)
		}
		if again := crash.AppendRecord(nil); !bytes.Equal(again, record) {
			t.Fatalf("thread 0 read: %q, want %q", again, record)
		}
		plain, err := whole.Decode(record)
		if err != nil || plain.Meta() != crash.Meta() || !r.Is(plain.ID()) || r.Is("other") {
			t.Fatal(plain, err)
		}
	})
}

// FuzzOpenParts: no layout makes a panic, and what is read from it is read from what it stands for, too.
func FuzzOpenParts(f *testing.F) {
	var c cutter
	for _, doc := range []string{`{}`, `{"product": "Firefox", "hang": [1, {"a": null}], "json_dump": {"crash_info": {"crashing_thread": 1}, "threads": [{"frames": [{"function": "f"}]}, {"frames": [{"function": "f", "line": 3}, {"function": "g", "line": "x"}]}]}}`} {
		crash, err := ParseProcessed([]byte(doc))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(c.cut(crash.AppendRecord(nil), keepNone).Layout, strings.Join(c.pieces, "|"))
	}
	f.Fuzz(func(t *testing.T, layout []byte, pieces string) {
		p := Parts{Layout: layout, Pieces: strings.Split(pieces, "|")}
		crash, record := openedParts(p)
		if crash == nil {
			return
		}
		plain, err := DecodeRecord(record)
		if err != nil || !bytes.Equal(plain.AppendRecord(nil), crash.AppendRecord(nil)) {
			t.Errorf("%v: %q, %q in parts", err, plain.AppendRecord(nil), crash.AppendRecord(nil))
		}
		set := newSet(t, "s", "a\nb", "p\nq", "js_\nm")
		over, err := newOverlay(NewGenerator(set, DefaultRules()), NewGenerator(set, DefaultRules()))
		if err != nil {
			t.Fatal(err)
		}
		if r, err := NewDecoder().OpenParts(p); err == nil {
			newQuick(over.worker(), 1).find(r)
		}
	})
}

// openedParts is the crash from parts, and the record that they stand for.
func openedParts(p Parts) (*Crash, []byte) {
	r, err := NewDecoder().OpenParts(p)
	if err != nil {
		return nil, nil
	}
	record := r.reader.appendRest([]byte{RecordVersion})
	crash, err := r.Crash()
	if err != nil {
		return nil, nil
	}
	if _, err := crash.threadZero(); err != nil {
		return nil, nil
	}
	return crash, record
}

// Broken layouts, and pieces that are no parts of a record, are errors.
func TestBrokenParts(t *testing.T) {
	crash, err := ParseProcessed([]byte(`{"product": "Firefox", "json_dump": {"crash_info": {"crashing_thread": 0}, "threads": [{"frames": [{"function": "f"}]}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	var c cutter
	whole := c.cut(crash.AppendRecord(nil), keepNone)
	if got, _ := openedParts(whole); got == nil {
		t.Fatal("the parts themselves are broken")
	}
	if len(c.pieces) != 3 || c.pieces[2] != "\x02\x01f" {
		t.Fatalf("pieces %q", c.pieces)
	}
	change := func(number int, piece string) Parts {
		pieces := append([]string(nil), c.pieces...)
		pieces[number] = piece
		return Parts{Layout: whole.Layout, Pieces: pieces}
	}
	for name, p := range map[string]Parts{
		"empty":              {},
		"cut short":          {Layout: whole.Layout[:len(whole.Layout)-1], Pieces: c.pieces},
		"too long":           {Layout: append(bytes.Clone(whole.Layout), 0), Pieces: c.pieces},
		"no pieces":          {Layout: whole.Layout},
		"a lost piece":       change(2, ""),
		"no kind of frame":   change(2, "\x02\x09f"),
		"a longer piece":     change(2, "\x02\x01ff"),
		"a shorter piece":    change(2, "\x02\x01"),
		"a product too long": change(0, "\x09Firefox"),
	} {
		if got, _ := openedParts(p); got != nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if _, err := NewDecoder().OpenParts(Parts{Layout: []byte{1, RecordVersion + 1}}); !errors.Is(err, ErrRecordVersion) {
		t.Error(err)
	}
}

// oddMembers are members of processed crashes that rules go by; each is drawn seldom.
var oddMembers = []string{
	`"hang": 1`, `"hang": 0`, `"oom_allocation_size": 5`, `"oom_allocation_size": 999999999`, `"abort_message": "[Parent] ###!!! ABORT: a, line 3"`,
	`"ipc_channel_error": "oops"`, `"ipc_message_name": "PFoo::Msg"`, `"moz_crash_reason": "MOZ_RELEASE_ASSERT(parentBuildID == childBuildID)"`,
	`"async_shutdown_timeout": "{\"phase\": \"p\", \"conditions\": [{\"name\": \"x\"}]}"`, `"js_large_allocation_failure": "Reporting"`,
	`"mdsw_status_string": "OK"`, `"java_stack_trace": "java.lang.E: x\n\tat a.b(C.java:1)"`, `"additional_minidumps": ["upload_file_minidump_browser"]`,
	`"product": "Firefox"`, `"version": "99"`, `"signature": "a | b"`, `"date_processed": "2026-01-02"`,
}

// drawOddCrash draws a crash with what rules go by.
func drawOddCrash(t *rapid.T, i int) *Crash {
	var threads []string
	for n := range 2 {
		var frames []string
		for _, f := range rapid.SliceOfN(rapid.SampledFrom(partFrames), 0, 5).Draw(t, fmt.Sprint("thread ", n)) {
			line := rapid.SampledFrom([]string{"1", "2", "null", "1", "2", "null", "7", `"x"`}).Draw(t, "line")
			frames = append(frames, rapid.SampledFrom([]string{
				fmt.Sprintf(`{"function": %q, "line": %s}`, f, line), fmt.Sprintf(`{"function": %q, "line": %s, "file": "a/b.rs"}`, f, line),
				fmt.Sprintf(`{"module": %q}`, f),
			}).Draw(t, "frame"))
		}
		threads = append(threads, fmt.Sprintf(`{"last_error_value": %q, "frames": [%s]}`,
			rapid.SampledFrom([]string{"", "", "ERROR_NOT_ENOUGH_MEMORY"}).Draw(t, "last error"), strings.Join(frames, ",")))
	}
	members := rapid.SliceOfN(rapid.SampledFrom(oddMembers), 0, 2).Draw(t, "members")
	members = append(members, fmt.Sprintf(`"uuid": "aaaaaaaa-bbbb-4ccc-8ddd-%06x150101"`, i),
		fmt.Sprintf(`"json_dump": {"crash_info": {"crashing_thread": %d, "type": %q}, "system_info": {"os": "Windows NT"}, "threads": [%s]}`,
			rapid.IntRange(0, 2).Draw(t, "crashing"), rapid.SampledFrom([]string{"", "", "EXCEPTION_STACK_OVERFLOW"}).Draw(t, "reason"), strings.Join(threads, ",")))
	c, err := ParseProcessed([]byte("{" + strings.Join(members, ",") + "}"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestQuickIsPlain holds the comparison of records in parts, most of which are counted by what is remembered of
// others, against the comparison of the crashes.
func TestQuickIsPlain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base := drawSet(t, "base")
		candidate := base
		if rapid.Bool().Draw(t, "differ") {
			candidate = drawSet(t, "candidate")
		}
		var crashes Crashes
		for i := range rapid.IntRange(1, 8).Draw(t, "crashes") {
			crashes = append(crashes, drawOddCrash(t, i))
		}
		times := rapid.IntRange(1, 4).Draw(t, "times")
		var all Crashes
		for range times {
			all = append(all, crashes...)
		}
		o := Options{Workers: rapid.IntRange(1, 2).Draw(t, "workers"), Examples: 2, Changed: true, Verdicts: rapid.Bool().Draw(t, "verdicts")}
		b, c := NewGenerator(base, DefaultRules()), NewGenerator(candidate, DefaultRules())
		plain, err := Compare(context.Background(), all, b, c, o)
		if err != nil {
			t.Fatal(err)
		}
		inParts, err := Compare(context.Background(), inParts(crashes, times), b, c, o)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(summaryOf(plain), summaryOf(inParts)); diff != "" {
			t.Fatalf("(-plain +in parts):\n%s", diff)
		}
		if diff := cmp.Diff(pairCounts(plain), pairCounts(inParts)); diff != "" {
			t.Fatalf("(-plain +in parts):\n%s", diff)
		}
	})
}

func pairCounts(t *Tally) map[Pair]int {
	counts := map[Pair]int{}
	for pair, p := range t.pairs {
		counts[pair] = p.crashes
	}
	return counts
}

// countedQuickly is how many of the crashes one goroutine finds to be as one before.
func countedQuickly(t *testing.T, base, candidate *Generator, crashes Crashes, times int) int {
	comparers, err := newComparers(base, candidate, Options{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	n, c := 0, comparers[0]
	_ = inParts(crashes, times).Each(context.Background(), 1, func(_ int, id string, r *Record, err error) error {
		if err == nil && c.quick != nil && c.quick.find(r) != nil {
			n++
		}
		c.add(id, r, err)
		return nil
	})
	return n
}

// TestQuickTellsApart: crashes that differ in one thing that decides their signatures, after each other, with
// siglists that differ in a line which matches "changed".
func TestQuickTellsApart(t *testing.T) {
	base := newSet(t, "cut", "skip\nskip too\nchanged", "pre\nRunWatchdog\nx.dll\ny.dll", "lined\nlined too")
	candidate := newSet(t, "cut", "skip\nskip too", "pre\nRunWatchdog\nx.dll\ny.dll\nned:None", "lined\nlined too")
	comparers, err := newComparers(NewGenerator(base, DefaultRules()), NewGenerator(candidate, DefaultRules()), Options{Workers: 1})
	if err != nil || comparers[0].quick == nil {
		t.Fatal("these are not compared quickly", err)
	}
	doc := func(members, last string, zero, stack string) string {
		var threads []string
		for _, frames := range []string{zero, stack} {
			threads = append(threads, fmt.Sprintf(`{"last_error_value": %q, "frames": [%s]}`, last, frames))
		}
		return fmt.Sprintf(`{%s "json_dump": {"crash_info": {"crashing_thread": 1}, "threads": [%s]}}`, members, strings.Join(threads, ","))
	}
	frames := func(functions ...string) string {
		var all []string
		for _, f := range functions {
			if strings.HasSuffix(f, ".dll") {
				all = append(all, fmt.Sprintf(`{"module": %q}`, f))
			} else {
				all = append(all, fmt.Sprintf(`{"function": %q, "line": 3}`, f))
			}
		}
		return strings.Join(all, ",")
	}
	for name, docs := range map[string][]string{
		"last error":       {doc("", "error_commitment_limit", "", frames("pre", "f")), doc("", "ERROR_COMMITMENT_LIMIT", "", frames("pre", "f"))},
		"a skipped frame":  {doc("", "", "", frames("skip", "f")), doc("", "", "", frames("changed", "f"))},
		"behind the stop":  {doc("", "", "", frames("f", "g")), doc("", "", "", frames("f", "changed"))},
		"a module again":   {doc("", "", "", frames("x.dll", "f")), doc("", "", "", frames("x.dll", "x.dll", "f")), doc("", "", "", frames("x.dll", "y.dll", "f"))},
		"a sentinel":       {doc("", "", "", frames("f", "cut")), doc("", "", "", frames("f"))},
		"thread 0":         {doc("", "", frames("a"), frames("RunWatchdog", "f")), doc("", "", frames("b"), frames("RunWatchdog", "f"))},
		"changed thread 0": {doc("", "", frames("a"), frames("RunWatchdog", "f")), doc("", "", frames("changed", "a"), frames("RunWatchdog", "f"))},
		"no thread 0":      {doc("", "", frames("a"), frames("RunWatchdog", "f")), doc("", "", "", frames("RunWatchdog", "f"))},
		"a longer stack":   {doc("", "", frames("a"), frames("RunWatchdog", "f")), doc("", "", "", frames("RunWatchdog", "pre", "f"))},
		"a source line":    {doc("", "", "", frames("lined")), strings.Replace(doc("", "", "", frames("lined")), `"line": 3`, `"line": 4`, 1)},
		"a hang":           {doc("", "", "", frames("f")), doc(`"hang": 1,`, "", "", frames("f"))},
		"a reason":         {doc("", "", "", frames("f")), doc(`"mdsw_status_string": "x", "abort_message": "y",`, "", "", frames("f"))},
		"Java":             {doc("", "", "", frames("f")), doc(`"java_stack_trace": "java.lang.E: x\n\tat a.b(C.java:1)",`, "", "", frames("f"))},
		"empty frames":     {doc("", "", "", frames("f")), doc("", "", "", `{},`+frames("f")), doc("", "", "", `{}`), doc("", "", "", "")},
		"what fails":       {doc("", "", "", frames("f")), doc("", "", "", `{"function": 3}`), doc("", "", "", frames("const", "f"))},
	} {
		t.Run(name, func(t *testing.T) {
			var crashes Crashes
			for _, doc := range docs {
				c, err := ParseProcessed([]byte(doc))
				if err != nil {
					t.Fatal(err)
				}
				crashes = append(crashes, c)
			}
			b, c := NewGenerator(base, DefaultRules()), NewGenerator(candidate, DefaultRules())
			if n := countedQuickly(t, b, c, crashes, 3); (n == 0) != (name == "a source line") {
				t.Errorf("%d crashes are counted quickly", n)
			}
			plain, err := Compare(t.Context(), append(append(crashes, crashes...), crashes...), b, c, Options{Workers: 1, Verdicts: true})
			if err != nil {
				t.Fatal(err)
			}
			inParts, err := Compare(t.Context(), inParts(crashes, 3), b, c, Options{Workers: 1, Verdicts: true})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(summaryOf(plain), summaryOf(inParts)); diff != "" {
				t.Errorf("(-plain +in parts):\n%s", diff)
			}
			if diff := cmp.Diff(pairCounts(plain), pairCounts(inParts)); diff != "" || len(inParts.pairs) < 2 && name != "behind the stop" && name != "a module again" {
				t.Errorf("%d pairs (-plain +in parts):\n%s", len(inParts.pairs), diff)
			}
		})
	}
}
