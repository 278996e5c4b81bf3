package corpora

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/engine/crashdata"
)

func TestFilterMatch(t *testing.T) {
	day := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	m := crashdata.Meta{
		Signature: "OOM | small", Product: "Firefox", Version: "145.0", Channel: "release", Platform: "Windows NT",
		Sent: "2026-11-01T12:00:00.000001+00:00",
	}
	tests := []struct {
		name string
		f    Filter
		want bool
	}{
		{"nothing asked", Filter{}, true},
		{"product", Filter{Products: []string{"Fenix", "Firefox"}}, true},
		{"another product", Filter{Products: []string{"firefox"}}, false},
		{"version", Filter{Versions: []string{"145.0"}}, true},
		{"start of a version", Filter{Versions: []string{"145"}}, false},
		{"betas of another", Filter{Versions: []string{"145.0b"}}, false},
		{"channel", Filter{Channels: []string{"nightly"}}, false},
		{"platform family", Filter{Platforms: []string{"windows"}}, true},
		{"platform", Filter{Platforms: []string{"Windows NT"}}, true},
		{"start of a platform", Filter{Platforms: []string{"Win"}}, false},
		{"signature", Filter{Signatures: []string{"OOM | small"}}, true},
		{"part of a signature", Filter{Signatures: []string{"OOM"}}, false},
		{"signature contains", Filter{SignatureContains: []string{"x", "M | s"}}, true},
		{"wildcards", Filter{SignatureContains: []string{"O?M*sm"}}, true},
		{"wildcards in what is not UTF-8", Filter{SignatureContains: []string{"\xff*"}}, false},
		{"a wildcard for one character", Filter{SignatureContains: []string{"OOM?small"}}, false},
		{"signature, or contains", Filter{SignatureContains: []string{"OOM"}, Signatures: []string{"x"}}, true},
		{"all fields must fit", Filter{Products: []string{"Firefox"}, Channels: []string{"beta"}}, false},
		{"the day", Filter{From: day, To: day.AddDate(0, 0, 1)}, true},
		{"the day before", Filter{From: day.AddDate(0, 0, -1), To: day}, false},
		{"from then on", Filter{From: day.Add(12*time.Hour + time.Microsecond)}, true},
		{"just after", Filter{From: day.Add(12*time.Hour + 2*time.Microsecond)}, false},
		{"before then", Filter{To: day.Add(12*time.Hour + time.Microsecond)}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.f.Match(m); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
	for version, want := range map[string]bool{"146.0b": true, "146.0b9": true, "146.0": false, "146.0.1b1": false} {
		if f := (Filter{Versions: []string{"145", "146.0b"}}); f.Match(crashdata.Meta{Version: version}) != want {
			t.Errorf("%s is one of %v: %t", version, f.Versions, !want)
		}
	}
	undated := crashdata.Meta{Product: "Firefox"}
	if f := (Filter{To: day}); f.Match(undated) {
		t.Error("a crash without date is within dates")
	}
}

func TestSelect(t *testing.T) {
	c := newCache(t)
	putDemo(t, c, demoIDs(t, 200))
	all, err := Select(t.Context(), NewSource(c, nil), Filter{}, 2)
	if err != nil || len(all.IDs) != 200 || !slices.IsSorted(all.IDs) || all.Searched != 200 {
		t.Fatalf("%d of %d crashes, %v", len(all.IDs), all.Searched, err)
	}
	some, err := Select(t.Context(), NewSource(c, append(all.IDs[:50:50], absentID)), Filter{SignatureContains: []string{"OOM"}}, 2)
	if err != nil || some.Searched != 50 || len(some.Missing) != 1 || len(some.Failures) > 0 {
		t.Fatalf("%+v, %v", some, err)
	}
	var want []string
	for _, id := range all.IDs[:50] {
		crash, err := Crash(c, id)
		if err != nil {
			t.Fatal(err)
		}
		if f := (Filter{SignatureContains: []string{"OOM"}}); f.Match(crash.Meta) {
			want = append(want, id)
		}
	}
	if diff := cmp.Diff(want, some.IDs); diff != "" {
		t.Error(diff)
	}
}

func TestSample(t *testing.T) {
	ids := rapid.SliceOfDistinct(rapid.StringMatching(`[a-z]{1,8}`), rapid.ID)
	rapid.Check(t, func(t *rapid.T) {
		from, seed := ids.Draw(t, "ids"), rapid.Uint64().Draw(t, "seed")
		n := rapid.IntRange(0, len(from)+3).Draw(t, "n")
		sample := Sample(from, n, seed)
		if len(sample) != min(n, len(from)) || !slices.IsSorted(sample) {
			t.Fatalf("%d of %d drawn: %v", n, len(from), sample)
		}
		if diff := cmp.Diff(sample, Sample(rapid.Permutation(from).Draw(t, "order"), n, seed)); diff != "" {
			t.Fatalf("another sample in another order:\n%s", diff)
		}
		larger := Sample(from, n+1, seed)
		for _, id := range sample {
			if !slices.Contains(from, id) || !slices.Contains(larger, id) {
				t.Fatalf("%s is not in the list or not in a larger sample", id)
			}
		}
	})
}

func TestSeedsDrawOtherCrashes(t *testing.T) {
	ids := demoIDs(t, 200)
	if slices.Equal(Sample(ids, 20, 1), Sample(ids, 20, 2)) {
		t.Error("two seeds draw the same")
	}
}

func TestSummarize(t *testing.T) {
	c := newCache(t)
	ids := fill(t, c, 40)
	one, err := Summarize(t.Context(), c, cache.Corpus{IDs: ids}, 1)
	if err != nil {
		t.Fatal(err)
	}
	two, err := Summarize(t.Context(), c, cache.Corpus{IDs: ids}, 3)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(one, two); diff != "" {
		t.Errorf("it depends on the number of workers:\n%s", diff)
	}
	if one.Crashes != 42 || one.Cached != 40 || one.Missing != 2 || one.None != 1 || one.Digest != digestOf(t, c, ids) {
		t.Errorf("%+v", one)
	}
	if n, err := Fetchable(t.Context(), c, []string{absentID, noneID}); err != nil || n != 1 {
		t.Errorf("%d of the missing crashes can be fetched (%v), want 1", n, err)
	}
	for _, counts := range [][]Count{one.Products, one.Versions, one.Channels, one.Platforms, one.Signatures} {
		sum := 0
		for _, n := range counts {
			sum += n.Crashes
		}
		if sum != 40 {
			t.Errorf("%v sums to %d", counts, sum)
		}
	}
	if one.First == nil || one.First.IsZero() || !one.First.Before(*one.Last) {
		t.Errorf("processed from %s to %s", one.First, one.Last)
	}
	part, day := summaryPart{}, *one.First
	for _, t := range []time.Time{day, {}, day.AddDate(0, 0, 1), day.AddDate(0, 0, -1), {}} {
		part.span(t, t)
	}
	if !part.first.Equal(day.AddDate(0, 0, -1)) || !part.last.Equal(day.AddDate(0, 0, 1)) {
		t.Errorf("parts without a date among others: from %s to %s", part.first, part.last)
	}
}

func TestRemove(t *testing.T) {
	ids := demoIDs(t, 10)
	tests := []struct {
		name      string
		documents bool
		left      int // of records, and of documents
	}{
		{"the list alone", false, 10},
		{"the crashes too", true, 6},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newCache(t)
			putDemo(t, c, ids)
			for name, list := range map[string][]string{"one": ids[:6], "two": ids[4:8]} {
				if err := c.PutCorpus(cache.Corpus{Name: name, IDs: list}); err != nil {
					t.Fatal(err)
				}
			}
			done, err := Remove(t.Context(), c, "one", tt.documents)
			if err != nil || done.Crashes != 6 || tt.documents && done.Shared != 2 {
				t.Errorf("%+v, %v", done, err)
			}
			records, err1 := c.IDs(t.Context(), cache.Record)
			documents, err2 := c.IDs(t.Context(), cache.Processed)
			if err1 != nil || err2 != nil || len(records) != tt.left || len(documents) != tt.left {
				t.Errorf("%d records and %d documents are left, want %d of each", len(records), len(documents), tt.left)
			}
			if _, err := c.Corpus("one"); err == nil {
				t.Error("the corpus is still there")
			}
			if two, err := c.Corpus("two"); err != nil || len(two.IDs) != 4 {
				t.Error("the other corpus changed")
			}
		})
	}
}
