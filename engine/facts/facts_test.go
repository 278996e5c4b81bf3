package facts

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/signatures"
)

// pair is crashes with a pair of signatures, in one facet.
func pair(base, candidate string, crashes int, rules ...string) compare.PairCount {
	p := compare.PairCount{
		Pair: compare.Pair{Base: base, Candidate: candidate}, Crashes: crashes,
		Facets: compare.Facets{compare.Facet{Product: "Firefox", Channel: "release", Platform: "Linux"}.Share(): crashes},
	}
	for _, rule := range rules {
		p.Rules = map[string]int{rule: crashes}
	}
	return p
}

// groupsOf are the groups of pairs, as a tally makes them.
func groupsOf(pairs []compare.PairCount) []compare.Group {
	became, from, others, had := map[string]int{}, map[string]int{}, map[string]int{}, map[string]int{}
	for _, p := range pairs {
		became[p.Base]++
		from[p.Candidate]++
		had[p.Base] += p.Crashes
		if p.Base != p.Candidate {
			others[p.Candidate]++
		}
	}
	var groups []compare.Group
	for _, p := range pairs {
		if p.Base == p.Candidate {
			continue
		}
		g := compare.Group{Pair: p.Pair, Crashes: p.Crashes, Kind: compare.Mixed, From: others[p.Candidate], Had: had[p.Candidate]}
		switch {
		case became[p.Base] == 1 && from[p.Candidate] == 1:
			g.Kind = compare.Renamed
		case from[p.Candidate] == 1:
			g.Kind = compare.Split
		case became[p.Base] == 1:
			g.Kind = compare.Merged
		}
		for rule := range p.Rules {
			g.RuleChanges = append(g.RuleChanges, rule)
		}
		groups = append(groups, g)
	}
	slices.SortFunc(groups, func(a, b compare.Group) int {
		if a.Crashes != b.Crashes {
			return b.Crashes - a.Crashes
		}
		return a.Compare(b.Pair)
	})
	return groups
}

func factsOf(pairs ...compare.PairCount) Facts {
	slices.SortFunc(pairs, func(a, b compare.PairCount) int { return a.Compare(b.Pair) })
	return New(pairs, groupsOf(pairs))
}

func TestKinds(t *testing.T) {
	f := factsOf(
		pair("same", "same", 3),
		pair("a", "b", 5),                    // renamed
		pair("c", "m", 2), pair("d", "m", 1), // merged
		pair("e", "e", 1), pair("e", "f", 4), // split
		pair("g", "g", 1), pair("g", "m", 7), // mixed
	)
	want := []Kind{{compare.Renamed, 5, 1, 1}, {compare.Merged, 3, 2, 1}, {compare.Split, 4, 1, 1}, {compare.Mixed, 7, 1, 1}}
	if diff := cmp.Diff(want, f.Kinds); diff != "" {
		t.Error(diff)
	}
	if got := factsOf(pair("same", "same", 3), pair("a", "b", 5)).Kinds; len(got) != 1 {
		t.Errorf("of one kind: %+v", got)
	}
}

// TestTruncated: crashes are counted whose signature was cut off.
func TestTruncated(t *testing.T) {
	long := "a | " + cut("b")
	scores := factsOf(pair(long, "b", 3), pair("a", long, 1), pair("c", "c", 1)).Scoreboard
	if got := [2]int{scores[before].Truncated, scores[after].Truncated}; got != [2]int{3, 1} {
		t.Errorf("%d crashes", got)
	}
}

func TestNewSignatures(t *testing.T) {
	f := factsOf(pair("a", "m", 5), pair("b", "m", 2), pair("m", "m", 10), pair("m", "x", 1), pair("c", "d", 9))
	want := []NewSignature{{"m", 2, 7, 11}}
	if diff := cmp.Diff(want, f.NewSignatures); diff != "" {
		t.Error(diff)
	}
}

func TestLedger(t *testing.T) {
	for _, test := range []struct {
		name       string
		pairs      []compare.PairCount
		gone, came map[string]int
	}{
		{"one goes, one comes", []compare.PairCount{pair("a | b", "b | c", 3), pair("a | x", "x", 2)}, map[string]int{"a": 5}, map[string]int{"c": 3}},
		{"one moves", []compare.PairCount{pair("a | b", "b | a", 3)}, nil, nil},
		{"one of two goes", []compare.PairCount{pair("a | b | a", "a | b", 3)}, map[string]int{"a": 3}, nil},
		{"a mark goes", []compare.PairCount{pair("OOM | unknown | a", "a | b", 3, "-OOM | unknown")}, nil, map[string]int{"b": 3}},
		{"a mark comes", []compare.PairCount{pair("a", "shutdownhang | b", 3, "+shutdownhang")}, map[string]int{"a": 3}, map[string]int{"b": 3}},
		{"a mark that says more", []compare.PairCount{pair("a", "hang: ui | a", 3, "+hang")}, nil, nil},
		{"a mark goes, and a frame comes that is called so", []compare.PairCount{pair("a | hang: ui", "hang | a", 3, "-hang")}, nil, map[string]int{"hang": 3}},
		{"a frame that is called as a mark", []compare.PairCount{pair("hang | a", "a", 3)}, map[string]int{"hang": 3}, nil},
		{"no signature", []compare.PairCount{pair("", "a", 3)}, nil, map[string]int{"a": 3}},
		{"an empty rule change", []compare.PairCount{pair("a", "b", 3, "")}, map[string]int{"a": 3}, map[string]int{"b": 3}},
		{"a cut behind a frame that left nothing", []compare.PairCount{pair("a", "a | "+cut("b | | "), 3)}, nil, map[string]int{"b": 3}},
		{"beyond a cut", []compare.PairCount{pair("a | "+cut("b | c"), "b | "+strings.Repeat("c", 260)+" | d", 3)}, map[string]int{"a": 3}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			ledger := factsOf(test.pairs...).Ledger
			want := Ledger{compare.FrameCounts(test.gone), compare.FrameCounts(test.came)}
			if diff := cmp.Diff(want, ledger); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// cut is a signature of 255 characters, less "a | ", that goes on with c's.
func cut(start string) string {
	return start + strings.Repeat("c", 255-len("a | ")-len(start)-len("...")) + "..."
}

func TestPatterns(t *testing.T) {
	f := factsOf(
		pair("moz | a", "a", 5), pair("moz | b | c", "b | c", 2), pair("moz", "moz", 1),
		pair("x | a | y", "x | y", 3), pair("a | z", "z", 1), // elsewhere, another
		pair("moz | "+cut("q | "), "q | "+strings.Repeat("c", 300), 1),
		pair("a | "+cut("r | "), "a | r | "+strings.Repeat("c", 260), 1), pair("a | "+cut("s | "), "a | s | "+strings.Repeat("c", 260), 1), // beyond it nothing is known
		pair("p | u", "p | v", 1), pair("w | u", "w | v", 2),
	)
	want := []Pattern{
		{Edits: []Edit{{Gone: "moz", Place: Front}}, Crashes: 7, Pairs: []compare.Pair{{Base: "moz | a", Candidate: "a"}, {Base: "moz | b | c", Candidate: "b | c"}}},
		{Edits: []Edit{{Gone: "u", Came: "v", Place: End}}, Crashes: 3, Pairs: []compare.Pair{{Base: "w | u", Candidate: "w | v"}, {Base: "p | u", Candidate: "p | v"}}},
	}
	if diff := cmp.Diff(want, f.Patterns); diff != "" {
		t.Error(diff)
	}
}

func drawSignature(t *rapid.T, label string) string {
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "foo.dll", "@0x1f", ""}), 0, 5).Draw(t, label), signatures.Separator)
}

func drawPairs(t *rapid.T) []compare.PairCount {
	drawn := map[compare.Pair]compare.PairCount{}
	for range rapid.IntRange(0, 12).Draw(t, "pairs") {
		p := compare.PairCount{Pair: compare.Pair{Base: drawSignature(t, "base"), Candidate: drawSignature(t, "candidate")}}
		if rapid.Bool().Draw(t, "unchanged") {
			p.Candidate = p.Base
		}
		p.Facets = compare.Facets{}
		for range rapid.IntRange(1, 3).Draw(t, "facets") {
			facet := compare.Facet{
				Product:  rapid.SampledFrom([]string{"Firefox", "Fenix"}).Draw(t, "product"),
				Channel:  rapid.SampledFrom([]string{"release", "nightly"}).Draw(t, "channel"),
				Platform: rapid.SampledFrom([]string{"", "Linux", "Windows NT"}).Draw(t, "platform"),
				Process:  rapid.SampledFrom([]string{"", "content"}).Draw(t, "process"),
				Startup:  rapid.SampledFrom([]string{"", "T"}).Draw(t, "startup"),
			}
			n := rapid.IntRange(1, 30).Draw(t, "crashes")
			p.Facets[facet.Share()] += n
			p.Crashes += n
		}
		if _, twice := drawn[p.Pair]; !twice {
			drawn[p.Pair] = p
		}
	}
	var pairs []compare.PairCount
	for _, p := range drawn {
		pairs = append(pairs, p)
	}
	slices.SortFunc(pairs, func(a, b compare.PairCount) int { return a.Compare(b.Pair) })
	return pairs
}

// TestSums checks that what is summed up agrees with the pairs.
func TestSums(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pairs := drawPairs(t)
		groups := groupsOf(pairs)
		f := New(pairs, groups)
		changed, joining, joined := 0, 0, 0
		for _, g := range groups {
			changed += g.Crashes
			if g.From > 1 {
				joining += g.Crashes
				joined++
			}
		}
		ofKinds, groupsOfKinds, come, from := 0, 0, 0, 0
		for _, k := range f.Kinds {
			ofKinds += k.Crashes
			groupsOfKinds += k.Groups
		}
		for _, s := range f.NewSignatures {
			come += s.Crashes
			from += s.From
		}
		if ofKinds != changed || come != joining || groupsOfKinds != len(groups) || from != joined {
			t.Fatalf("%d crashes in %d groups, %d in %d that join; kinds have %d in %d, new signatures %d of %d", changed, len(groups), joining, joined, ofKinds, groupsOfKinds, come, from)
		}
		if diff := cmp.Diff(plainLedger(groups), f.Ledger); diff != "" {
			t.Fatal(diff)
		}
		if diff := cmp.Diff(plainScores(pairs), f.Scoreboard, cmp.Comparer(near)); diff != "" {
			t.Fatal(diff)
		}
		checkPatterns(t, f.Patterns, groups)
	})
}

func near(a, b float64) bool { return math.Abs(a-b) < 1e-6 }

// plainLedger is the multiset difference of components.
func plainLedger(groups []compare.Group) Ledger {
	gone, came := map[string]int{}, map[string]int{}
	for _, g := range groups {
		net := map[string]int{}
		for component := range strings.SplitSeq(g.Base, signatures.Separator) {
			net[component]++
		}
		for component := range strings.SplitSeq(g.Candidate, signatures.Separator) {
			net[component]--
		}
		for component, n := range net {
			switch {
			case component == "":
			case n > 0:
				gone[component] += g.Crashes
			case n < 0:
				came[component] += g.Crashes
			}
		}
	}
	return Ledger{compare.FrameCounts(gone), compare.FrameCounts(came)}
}

func plainScores(pairs []compare.PairCount) [2]Score {
	var scores [2]Score
	for side := range scores {
		crashes, platforms := map[string]int{}, map[string]map[string]bool{}
		total := 0
		for _, p := range pairs {
			signature := []string{p.Base, p.Candidate}[side]
			crashes[signature] += p.Crashes
			total += p.Crashes
			if platforms[signature] == nil {
				platforms[signature] = map[string]bool{}
			}
			for facet := range p.Facets {
				if facet.Value().Platform != "" {
					platforms[signature][facet.Value().Platform] = true
				}
			}
		}
		s := Score{Signatures: len(crashes)}
		if total > 0 {
			s.Effective = 1
		}
		for signature, n := range crashes {
			s.Effective *= math.Pow(float64(n)/float64(total), -float64(n)/float64(total))
			if n == 1 {
				s.Single++
			}
			if strings.HasSuffix(signature, "foo.dll") || strings.HasSuffix(signature, "@0x1f") {
				s.Bare += n
			}
			if len(platforms[signature]) > 1 {
				s.Shared++
			}
		}
		scores[side] = s
	}
	return scores
}

// checkPatterns checks that each group with equal edits is in one pattern, in its order.
func checkPatterns(t *rapid.T, patterns []Pattern, groups []compare.Group) {
	in := map[compare.Pair]int{}
	for i, p := range patterns {
		crashes := 0
		for _, g := range groups {
			if slices.Contains(p.Pairs, g.Pair) {
				crashes += g.Crashes
				in[g.Pair] = 1 + i
			}
		}
		if crashes != p.Crashes || len(p.Pairs) < 2 || i > 0 && p.Crashes > patterns[i-1].Crashes {
			t.Fatalf("pattern %d has %d crashes: %+v", i, crashes, p)
		}
	}
	for _, g := range groups {
		for _, h := range groups {
			e, same := editsOf(g.Base, g.Candidate), slices.Equal(editsOf(g.Base, g.Candidate), editsOf(h.Base, h.Candidate))
			if len(e) > 0 && g.Pair != h.Pair && same != (in[g.Pair] > 0 && in[g.Pair] == in[h.Pair]) {
				t.Fatalf("%v and %v: edits are the same: %v, patterns %d and %d", g.Pair, h.Pair, same, in[g.Pair], in[h.Pair])
			}
		}
	}
}

// madeUp is crashes as they are: few signatures have most of them, and one in five changes.
func madeUp(crashes int) []compare.PairCount {
	random := rand.New(rand.NewPCG(1, 2))
	zipf := rand.NewZipf(random, 1.2, 8, uint64(crashes))
	pairs := map[compare.Pair]compare.PairCount{}
	for range crashes {
		n := zipf.Uint64()
		tail := " | mozilla::Frame" + strconv.FormatUint(n, 10) + "::Run | js::Function" + strconv.FormatUint(n%700, 10)
		p := compare.Pair{Base: "abort" + tail, Candidate: "abort" + tail}
		if n%5 == 1 {
			p.Candidate = "mozilla::Abort" + strconv.FormatUint(n%300, 10) + tail
		}
		facet := compare.Facet{
			Product: []string{"Firefox", "Fenix"}[random.IntN(2)], Channel: []string{"release", "beta", "nightly"}[random.IntN(3)],
			Platform: []string{"Linux", "Windows NT", "Mac OS X", "Android"}[random.IntN(4)],
		}
		count, known := pairs[p]
		if !known {
			count = compare.PairCount{Pair: p, Facets: compare.Facets{}}
		}
		count.Crashes++
		count.Facets[facet.Share()]++
		pairs[p] = count
	}
	var all []compare.PairCount
	for _, p := range pairs {
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b compare.PairCount) int { return a.Compare(b.Pair) })
	return all
}

func BenchmarkFacts(b *testing.B) {
	pairs := madeUp(17_000)
	groups := groupsOf(pairs)
	for b.Loop() {
		New(pairs, groups)
	}
	b.ReportMetric(float64(len(pairs)), "pairs")
	b.ReportMetric(float64(len(groups)), "groups")
}

func TestIsBare(t *testing.T) {
	for signature, want := range map[string]bool{
		"xul.dll": true, "foo | libc.so.6": true, "libgtk-3.so.0": true, "libobjc.A.dylib": true, "base.odex": true, "XUL": true, "foo.dll@0x1f": true,
		"@0x1f": true, "@0x": false, "foo@0x": false, "ffdeadbeef": false, "a": false,
		"xul.dll | foo": false, "mozilla::Foo": false, "foo.soap": false, "std::load.odex": false, "foo@0xzz": false,
		"xul.dll | IPC_Message_Name=PContent::Msg_A": true, "foo | IPC_Message_Name=a.dll": false, "IPC_Message_Name=a": false,
	} {
		if isBare(signature) != want {
			t.Errorf("%q: %v", signature, !want)
		}
	}
}
