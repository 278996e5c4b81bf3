package corpora

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/crashid"
	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
)

func TestAcceptedResultsAreTheSide(t *testing.T) {
	c := newCache(t)
	ids := demoIDs(t, 300)
	putDemo(t, c, ids)
	set, base := demoSide(t, false)
	_, candidate := demoSide(t, true)
	var blobs [][]byte
	for _, workers := range []int{1, 3} {
		done, err := Accept(t.Context(), NewSource(c, ids), base, set, workers)
		if err != nil || len(done.Missing)+len(done.Failures) > 0 {
			t.Fatal(done.Missing, done.Failures, err)
		}
		blob, err := done.Results.Encode()
		if err != nil {
			t.Fatal(err)
		}
		blobs = append(blobs, blob)
		without := 0
		for _, id := range ids {
			if crash, err := Crash(c, id); err != nil || !crash.HasStack() {
				without++
			}
		}
		if without == 0 || done.WithoutStack != without {
			t.Errorf("%d crashes without a stack, want %d", done.WithoutStack, without)
		}
	}
	if !bytes.Equal(blobs[0], blobs[1]) {
		t.Error("the results depend on the number of workers")
	}
	accepted, err := DecodeAccepted(nil, blobs[0])
	if err != nil {
		t.Fatal(err)
	}
	if accepted.Siglists().Digest() != set.Digest() || accepted.Info.Digest != digestOf(t, c, ids) {
		t.Errorf("siglists %s, corpus %s", accepted.Siglists().Digest(), accepted.Info.Digest)
	}
	want := tally(t, c, ids, base, candidate)
	if diff := cmp.Diff(want, tally(t, c, ids, accepted, candidate)); diff != "" {
		t.Errorf("compared with accepted results the report is another:\n%s", diff)
	}
}

// tallied is what a comparison found.
type tallied struct {
	Totals     compare.Totals
	Groups     []compare.Group
	Signatures []compare.SignatureCount
	Failures   []compare.Failure
	Missing    []string
	Causes     int
}

func tally(t *testing.T, c *cache.Cache, ids []string, base, candidate signatures.Side) tallied {
	t.Helper()
	result, err := compare.Compare(t.Context(), NewSource(c, ids), base, candidate, compare.Options{Workers: 2, Examples: 3})
	if err != nil {
		t.Fatal(err)
	}
	out := tallied{
		Totals: result.Totals(), Groups: result.Groups(), Signatures: result.Signatures(), Failures: result.Failures(), Missing: result.Missing(),
	}
	for _, g := range out.Groups {
		out.Causes += len(g.Causes)
	}
	if out.Totals.Changed == 0 || out.Causes == 0 {
		t.Fatalf("nothing to compare: %+v", out.Totals)
	}
	return out
}

func TestNotAccepted(t *testing.T) {
	c := newCache(t)
	ids := demoIDs(t, 10)
	putDemo(t, c, ids[:7])
	set, base := demoSide(t, false)
	done, err := Accept(t.Context(), NewSource(c, ids), base, set, 2)
	if err != nil {
		t.Fatal(err)
	}
	missing := slices.Sorted(slices.Values(ids[7:]))
	if done.Results.Crashes() != 7 || !slices.Equal(done.Missing, missing) {
		t.Errorf("%d results, missing %v, want 7 and %v", done.Results.Crashes(), done.Missing, missing)
	}
	putDemo(t, c, ids[7:9])
	result, err := compare.Compare(t.Context(), NewSource(c, ids), done.Results, base, compare.Options{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	want := compare.Totals{Crashes: 10, Compared: 7, Missing: 1, Failed: 2}
	got := result.Totals()
	got.SignaturesBase, got.SignaturesCandidate = 0, 0
	if got != want {
		t.Errorf("totals %+v, want %+v", got, want)
	}
	for _, f := range result.Failures() {
		if f.Err != "base: "+ErrNotAccepted.Error() {
			t.Errorf("%s: %s", f.ID, f.Err)
		}
	}
}

// TestAcceptedOfOtherData: a changed crash whose data is not what it was is counted apart and its accepted signature has
// no walk; what signatures are not made of may change.
func TestAcceptedOfOtherData(t *testing.T) {
	c := newCache(t)
	put := func(id, function, more string) {
		t.Helper()
		w := c.Writer(t.Context())
		doc := fmt.Sprintf(`{"uuid": %q, "date_processed": "2026-11-01"%s, "json_dump": {"threads": [{"frames": [{"function": %q}]}]}}`, id, more, function)
		if err := errors.Join(Put(t.Context(), w, id, nil, []byte(doc)), w.Close()); err != nil {
			t.Fatal(err)
		}
	}
	ids := demoIDs(t, 4)
	moved, same, redated, reasoned := ids[0], ids[1], ids[2], ids[3]
	for _, id := range ids {
		put(id, "before", "")
	}
	set, side := demoSide(t, false)
	done, err := Accept(t.Context(), NewSource(c, ids), side, set, 1)
	if err != nil {
		t.Fatal(err)
	}
	blob, err := done.Results.Encode()
	if err != nil {
		t.Fatal(err)
	}
	put(moved, "after", "")
	put(reasoned, "before", `, "moz_crash_reason": "why"`)
	put(redated, "before", `, "date_processed": "2026-11-28", "signature": "before", "product": "Firefox"`)
	version := fmt.Sprintf(`"records":%d`, crashdata.RecordVersion)
	older := decoded(t, bytes.Replace(blob, []byte(version), []byte(version+"0"), 1)) // of other records
	for _, accepted := range []*Accepted{done.Results, decoded(t, blob), older} {
		result, err := compare.Compare(t.Context(), NewSource(c, ids), accepted, side, compare.Options{Workers: 1})
		if err != nil {
			t.Fatal(err)
		}
		want := 1
		if accepted == older {
			want = 0
		}
		if got := result.Totals(); got.Changed != 1 || got.DataChanged != 2*want || result.Groups()[0].DataChanged != want {
			t.Errorf("%+v, want %d with other data", got, want)
		}
		for id, walks := range map[string]int{moved: 0, same: 1, redated: 1, reasoned: 1 - want} {
			crash, err := Crash(c, id)
			if err != nil {
				t.Fatal(err)
			}
			made, err := accepted.NewSigner().Explain(crash)
			if err != nil || made.Signature != "before" || len(made.Passes) != walks || made.OtherData != (walks == 0 && want == 1) {
				t.Errorf("%s: %+v, %v", id, made, err)
			}
		}
	}
}

func decoded(t *testing.T, blob []byte) *Accepted {
	t.Helper()
	a, err := DecodeAccepted(nil, blob)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestAcceptedAreSmall keeps 17,000 results of 2,000 long signatures and a siglist's worth of lines.
func TestAcceptedAreSmall(t *testing.T) {
	set, _ := demoSide(t, false)
	a := &Accepted{lists: set, hashed: true}
	for i := range 17_000 {
		signature := fmt.Sprintf("shutdownhang | mozilla::SpinEventLoopUntil | nsThread::Shutdown | %06d", i%2000)
		key, _ := crashid.Pack(fmt.Sprintf("%08x-0000-4000-8000-000000261101", i*7919))
		a.results = append(a.results, acceptedResult{key, signature, uint64(i)})
	}
	slices.SortFunc(a.results, func(x, y acceptedResult) int { return x.key.Compare(y.key) })
	blob, err := a.Encode()
	if err != nil || len(blob) > 800_000 {
		t.Errorf("17,000 accepted results take %d bytes (%v)", len(blob), err)
	}
}

func TestAcceptedRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := drawAccepted(t)
		blob, err := a.Encode()
		if err != nil {
			t.Fatal(err)
		}
		b, err := DecodeAccepted(nil, blob)
		if err != nil {
			t.Fatal(err)
		}
		again, err := b.Encode()
		if err != nil || !bytes.Equal(blob, again) {
			t.Fatalf("another blob after reading it (%v)", err)
		}
		for i, r := range a.results {
			signature, ok := signatureOf(b, r.key.String())
			if !ok || signature != a.at(i).signature {
				t.Fatalf("%s: %q, %v", r.key, signature, ok)
			}
		}
		if n := len(a.Changes(b)); n != 0 {
			t.Fatalf("%d differ", n)
		}
		if _, err := DecodeAccepted(nil, blob[:rapid.IntRange(0, len(blob)-1).Draw(t, "cut")]); err == nil {
			t.Fatal("read although cut short")
		}
	})
}

func drawAccepted(t *rapid.T) *Accepted {
	a := &Accepted{Info: AcceptedInfo{Time: time.Unix(int64(rapid.Int32().Draw(t, "time")), 0).UTC(), Rules: "2023", Digest: "d"}}
	signatures := rapid.SliceOfNDistinct(rapid.String(), 1, 20, rapid.ID).Draw(t, "signatures")
	a.hashed = rapid.Bool().Draw(t, "hashed")
	ids := rapid.SliceOfDistinct(rapid.StringMatching(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{6}[0-9]{6}`), rapid.ID).Draw(t, "ids")
	slices.SortFunc(ids, func(a, b string) int { return strings.Compare(a[30:]+a, b[30:]+b) }) // by date
	for _, id := range ids {
		key, ok := crashid.Pack(id)
		if !ok || key.String() != id {
			t.Fatalf("%s became %s", id, key)
		}
		a.results = append(a.results, acceptedResult{key, rapid.SampledFrom(signatures).Draw(t, "signature"), rapid.Uint64().Draw(t, "inputs")})
	}
	return a
}

func FuzzDecodeAccepted(f *testing.F) {
	set, _ := demoSide(f, false)
	a := &Accepted{lists: set, results: []acceptedResult{{crashid.Key{1}, "b | c", 7}, {crashid.Key{2}, "a", 8}}}
	whole, err := a.Encode()
	if err != nil {
		f.Fatal(err)
	}
	a.lists, a.hashed = nil, true
	short, err := a.Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(short)
	f.Add([]byte(`{"version":4,"ids":"AA=="}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := DecodeAccepted(nil, data)
		if err != nil {
			return
		}
		for _, r := range a.results {
			if _, ok := signatureOf(a, r.key.String()); !ok && crashid.Valid(r.key.String()) {
				t.Fatalf("crash %s has no result", r.key)
			}
		}
		if _, err := a.Encode(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestDecodeAcceptedErrors(t *testing.T) {
	zeros := func(n int) string { return base64.StdEncoding.EncodeToString(make([]byte, n)) }
	const form = `{"version":4,"signatures":["a"],"ids":%q,"signature":%q,"inputs":%q}`
	for _, text := range []string{
		``, `{`, `[]`, `{"version":5}`, `{"version":4,"ids":"AA=="}`, `{"version":4,"ids":"!"}`, `{"version":4,"signatures":["b","a"]}`,
		`{"version":4,"parts":[{"from":"a","to":"b"}]}`, `{"version":4,"parts":[{"ids":["a"],"inputs":[]}]}`, `{"version":4,"signatures":["a","a"]}`, `{"version":4,"signatures":{}}`,
		fmt.Sprintf(form, zeros(16), zeros(0), ""), fmt.Sprintf(form, zeros(16), zeros(8), ""), fmt.Sprintf(form, zeros(16), "AQAAAA==", ""),
		fmt.Sprintf(form, zeros(32), zeros(8), ""), fmt.Sprintf(form, zeros(16), zeros(4), zeros(7)),
	} {
		if _, err := DecodeAccepted(nil, []byte(text)); !errors.Is(err, errAccepted) {
			t.Errorf("%q gives %v", text, err)
		}
	}
	one := `{"version":4,"signatures":["a"],"ids":"` + zeros(16) + `","signature":"` + zeros(4) + `","siglists":%s}`
	for _, lists := range []string{`{}`, `{"prefix_signature_re":"("}`, `null`} {
		if a, err := DecodeAccepted(nil, fmt.Appendf(nil, one, lists)); err != nil || a.Siglists() != nil || a.Generator() != nil || a.Crashes() != 1 {
			t.Errorf("siglists %s: %v, %v", lists, a, err)
		}
	}
}
