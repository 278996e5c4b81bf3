package corpora

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists"
)

// The lines and functions of random comparisons: few, so that they meet.
var (
	plainLines     = []string{"a", "b", "foo", "foo::b", ".*Wait", "a|c", `f\w+`, "(x)y", "foo:1", "RunWatchdog", "(?!a)b", `(o)\1`, "foo$", "b|"}
	plainFunctions = []string{"a", "b", "foo", "foo::bar(int)", "PR_Wait", "xy", "zz", "c", "RunWatchdog", "oo", "x.dll", "foo\n", "", "naïve<T>"}
)

func drawSet(t *rapid.T, label string) *siglists.Set {
	files := fstest.MapFS{}
	for _, name := range []siglists.Name{siglists.Irrelevant, siglists.Prefix, siglists.LineNumbers} {
		lines := rapid.SliceOfN(rapid.SampledFrom(plainLines), 0, 4).Draw(t, label+" "+name.File())
		files[name.File()] = &fstest.MapFile{Data: []byte(strings.Join(append(lines, "qq"), "\n"))}
	}
	sentinels := rapid.SampledFrom([]string{"", "foo", "b\nPR_Wait"}).Draw(t, label+" sentinels")
	files[siglists.Sentinels.File()] = &fstest.MapFile{Data: []byte(sentinels)}
	set, err := siglists.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// drawnCrashes are crashes of which many are alike, as in life, and what of them a cache lacks.
type drawnCrashes struct {
	ids    []string
	bodies []string       // the distinct ones
	body   map[string]int // by id
	absent map[string]bool
}

// drawCrashes draws so many that several workers get some of them.
func drawCrashes(t *rapid.T) drawnCrashes {
	r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "crashes"), 1))
	d := drawnCrashes{body: map[string]int{}, absent: map[string]bool{}}
	for range 1 + r.IntN(20) {
		d.bodies = append(d.bodies, drawBody(r))
	}
	for i := range rapid.IntRange(1, 600).Draw(t, "how many") {
		id := fmt.Sprintf("aaaaaaaa-bbbb-4ccc-8ddd-%06x1501%02d", i, 1+i%28)
		d.ids = append(d.ids, id)
		d.body[id] = r.IntN(len(d.bodies))
		d.absent[id] = r.IntN(50) == 0
	}
	return d
}

func drawBody(r *rand.Rand) string {
	var threads []string
	for range 2 {
		var frames []string
		for range r.IntN(7) {
			frames = append(frames, fmt.Sprintf(`{"function": %q, "line": %d}`, plainFunctions[r.IntN(len(plainFunctions))], 1+r.IntN(2)))
		}
		threads = append(threads, `{"frames": [`+strings.Join(frames, ",")+`]}`)
	}
	return fmt.Sprintf(`"json_dump": {"crash_info": {"crashing_thread": %d}, "threads": [%s]}`, r.IntN(2), strings.Join(threads, ","))
}

// put stores the crashes. Of every seventh only the processed crash is there, of which a record is made
// when it is read.
func (d drawnCrashes) put(t *rapid.T, c *cache.Cache) {
	ctx := t.Context()
	w := c.Writer(ctx)
	for i, id := range d.ids {
		if d.absent[id] {
			continue
		}
		doc := fmt.Appendf(nil, `{"uuid": %q, %s}`, id, d.bodies[d.body[id]])
		put := Put(ctx, w, id, nil, doc)
		if i%7 == 0 {
			put = w.Put(ctx, cache.Entry{ID: id, Processed: doc})
		}
		if put != nil {
			t.Fatal(put)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

// plain counts the pairs of signatures by making each on its own, with nothing remembered.
func (d drawnCrashes) plain(t *rapid.T, base, candidate *signatures.Generator) map[compare.Pair]int {
	pairs := make([]compare.Pair, len(d.bodies))
	for i, body := range d.bodies {
		crash, err := crashdata.ParseProcessed([]byte("{" + body + "}"))
		if err != nil {
			t.Fatal(err)
		}
		one, err1 := base.Worker().Generate(crash)
		two, err2 := candidate.Worker().Generate(crash)
		if err := errors.Join(err1, err2); err != nil {
			t.Fatal(err)
		}
		pairs[i] = compare.Pair{Base: one.Signature, Candidate: two.Signature}
	}
	counts := map[compare.Pair]int{}
	for _, id := range d.ids {
		if !d.absent[id] {
			counts[pairs[d.body[id]]]++
		}
	}
	return counts
}

// Comparing through a cache, where records are encoded and several workers share what they know of
// frames, is making each signature on its own; and the report is the same to the byte, whatever the
// number of workers and the order of the crashes.
func TestCompareThroughCacheIsPlain(t *testing.T) {
	dir := t.TempDir()
	round := 0
	rapid.Check(t, func(t *rapid.T) {
		round++
		path := filepath.Join(dir, fmt.Sprint(round, ".db"))
		base, candidate := signatures.NewGenerator(drawSet(t, "base"), signatures.DefaultRules()), signatures.NewGenerator(drawSet(t, "candidate"), signatures.DefaultRules())
		d := drawCrashes(t)
		within(t, path, cache.Options{}, func(c *cache.Cache) { d.put(t, c) })
		pairs := d.plain(t, base, candidate)
		var first []byte
		for _, workers := range []int{1, 2, 5} {
			var got []byte
			o := cache.Options{ReadOnly: rapid.Bool().Draw(t, "read only")}
			within(t, path, o, func(c *cache.Cache) { got = compareCached(t, c, d.ids, base, candidate, workers) })
			if first == nil {
				first = got
				checkPlain(t, got, pairs, len(d.ids))
			}
			if !bytes.Equal(got, first) {
				t.Fatalf("with %d workers:\n%s", workers, cmp.Diff(string(first), string(got)))
			}
			rand.Shuffle(len(d.ids), func(i, j int) { d.ids[i], d.ids[j] = d.ids[j], d.ids[i] })
		}
	})
}

// within opens a cache for use.
func within(t *rapid.T, path string, o cache.Options, use func(*cache.Cache)) {
	c, err := cache.Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	use(c)
}

// compareCached is the report as JSON and CSV.
func compareCached(t *rapid.T, c *cache.Cache, ids []string, base, candidate *signatures.Generator, workers int) []byte {
	source := NewSource(c, ids)
	tally, err := compare.Compare(t.Context(), source, base, candidate, compare.Options{Workers: workers, Examples: 3, Changed: true, Verdicts: true})
	if err != nil {
		t.Fatal(err)
	}
	r, err := report.New(context.Background(), report.Side{Spec: "base"}, report.Side{Spec: "candidate"}, report.Corpus{Crashes: len(ids), Digest: source.Digest()}, tally)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for _, format := range []string{"json", "csv"} {
		if err := report.ComparisonFormats().Render(&out, format, r, report.Options{By: report.ByCrash}); err != nil {
			t.Fatal(err)
		}
	}
	return out.Bytes()
}

// checkPlain holds a report against the pairs that there are.
func checkPlain(t *rapid.T, text []byte, pairs map[compare.Pair]int, crashes int) {
	var got struct {
		Totals struct{ Crashes, Compared, Missing, Failed int }
		Groups []struct {
			Base, Candidate string
			Crashes         int
		}
	}
	if err := json.NewDecoder(bytes.NewReader(text)).Decode(&got); err != nil {
		t.Fatal(err)
	}
	compared := 0
	for pair, n := range pairs {
		compared += n
		if pair.Base == pair.Candidate {
			delete(pairs, pair)
		}
	}
	groups := map[compare.Pair]int{}
	for _, g := range got.Groups {
		groups[compare.Pair{Base: g.Base, Candidate: g.Candidate}] = g.Crashes
	}
	n := got.Totals
	if !maps.Equal(groups, pairs) || n.Compared != compared || n.Missing != crashes-compared || n.Failed != 0 || n.Crashes != crashes {
		t.Fatalf("%+v; groups (-plain +through the cache):\n%s", n, cmp.Diff(pairs, groups))
	}
}
