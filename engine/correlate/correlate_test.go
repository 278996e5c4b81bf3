package correlate

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/enginetest"
)

// TestDifference holds intervals against those that Newcombe's article prints, table II, method 10, and one by hand.
func TestDifference(t *testing.T) {
	z := quantile(0.95, 1)
	if math.Abs(z-1.959964) > 1e-6 {
		t.Errorf("z is %v", z)
	}
	for _, test := range []struct {
		x, n, y, m       int
		low, high, about float64
	}{
		{56, 70, 48, 80, 0.0524, 0.3339, 0.0001},
		{9, 10, 3, 10, 0.1705, 0.8090, 0.0001},
		{6, 7, 2, 7, 0.0582, 0.8062, 0.0001},
		{5, 56, 0, 29, -0.0381, 0.1926, 0.0001},
		{0, 10, 0, 20, -0.1611, 0.2775, 0.0001},
		{0, 10, 0, 10, -0.2775, 0.2775, 0.0001},
		{10, 10, 0, 20, 0.6791, 1, 0.0001},
		{10, 10, 0, 10, 0.6075, 1, 0.0001},
		// by hand, z² = 3.8415: 1 of 4 is 0.0456 to 0.6994, 0 of 4 is 0 to 0.4899
		{1, 4, 0, 4, 0.25 - 0.5308, 0.25 + 0.4494, 0.0002},
	} {
		got := difference(test.x, test.n, test.y, test.m, z)
		if math.Abs(got.Low-test.low) > test.about || math.Abs(got.High-test.high) > test.about {
			t.Errorf("%d/%d - %d/%d: %+v, want %v to %v", test.x, test.n, test.y, test.m, got, test.low, test.high)
		}
	}
	if got := difference(0, 0, 1, 2, z); got.Low != -1 || got.High != 1 {
		t.Errorf("of nothing: %+v", got)
	}
	if two := quantile(0.95, 2); math.Abs(two-2.241403) > 1e-6 { // 2.5 % on both sides of each
		t.Errorf("z of two is %v", two)
	}
}

// sample are crashes of recorded signatures, each a number of times, with the frames of their stacks.
func sample(t *testing.T, day string, of map[string][]string, times map[string]int) *Sample {
	t.Helper()
	var crashes crashdata.Crashes
	i := 0
	for signature, frames := range of {
		for range times[signature] {
			doc := fmt.Sprintf(`{"uuid": "aaaaaaaa-bbbb-4ccc-8ddd-%06x%s", "signature": %q, "json_dump": {"threads": [{"frames": [`, i, day, signature)
			for j, frame := range frames {
				if j > 0 {
					doc += ", "
				}
				doc += fmt.Sprintf(`{"function": %q}`, frame)
			}
			c, err := crashdata.ParseProcessed([]byte(doc + "]}]}}"))
			if err != nil {
				t.Fatal(err)
			}
			crashes = append(crashes, c)
			i++
		}
	}
	s, err := Read(context.Background(), crashes, signatures.Recorded{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Crashes that came without a signature have none in common.
func TestUnrecorded(t *testing.T) {
	s := sample(t, "260101", map[string][]string{"": {"a"}, "old": {"a"}}, map[string]int{"": 2, "old": 1})
	if s.Crashes != 1 || len(s.Groups) != 1 || s.Groups["old"] == nil || len(s.Failures) != 2 || s.Failures[0].Err != "no signature is recorded" {
		t.Errorf("%+v", s)
	}
}

func TestCompare(t *testing.T) {
	frames := map[string][]string{
		"old": {"lock(int)", "wait", "old", "main"}, "new": {"lock(bool)", "wait", "new", "main"}, "same": {"same", "main"},
		"grows": {"grows", "main"}, "other": {"other"},
	}
	a := sample(t, "150101", frames, map[string]int{"old": 30, "same": 100, "grows": 10, "other": 2})
	b := sample(t, "150102", frames, map[string]int{"new": 30, "same": 100, "grows": 90})
	r := Compare(a, b)
	var got []string
	for _, l := range r.OnlyA {
		got = append(got, fmt.Sprintf("A %s %d near %q", l.Signature, l.Crashes, l.Nearest))
	}
	for _, l := range r.OnlyB {
		got = append(got, fmt.Sprintf("B %s %d near %q", l.Signature, l.Crashes, l.Nearest))
	}
	for _, s := range r.MoreA {
		got = append(got, fmt.Sprintf("more in A: %s %d %d", s.Signature, s.A, s.B))
	}
	for _, s := range r.MoreB {
		got = append(got, fmt.Sprintf("more in B: %s %d %d", s.Signature, s.A, s.B))
	}
	want := []string{`A old 30 near "new"`, `A other 2 near ""`, `B new 30 near "old"`, "more in A: same 100 100", "more in B: grows 10 90"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// A set against itself: nothing differs, whatever it is.
	self := Compare(a, a)
	if len(self.OnlyA)+len(self.OnlyB)+len(self.MoreA)+len(self.MoreB) != 0 || self.Alike != 4 {
		t.Errorf("against itself: %+v", self)
	}
	// Sides are named alike: swapped, everything is the same on the other side.
	swapped := Compare(b, a)
	if len(swapped.OnlyA) != 1 || len(swapped.OnlyB) != 2 || swapped.OnlyA[0].Nearest != "old" || swapped.MoreB[0].Signature != "same" {
		t.Errorf("swapped: %+v", swapped)
	}
}

// TestFramesOfAGroup: which frames at the top of a stack count, how they are named, and that each counts once.
func TestFramesOfAGroup(t *testing.T) {
	for stack, want := range map[string]map[string]int{
		`{"function": "lock(int)"}, {"function": "wait"}`: {"lock": 1, "wait": 1},
		`{"function": "(anonymous namespace)::f(int)"}`:   {"(anonymous namespace)::f": 1},
		`{"function": "moz::(anonymous namespace)::f(int)"}, {"function": "moz::(anonymous namespace)::g(int)"}`: {
			"moz::(anonymous namespace)::f": 1, "moz::(anonymous namespace)::g": 1,
		},
		`{"function": "static void f(int (*)(char))"}, {"function": "f(int) const"}`:                 {"f": 1},
		`{"function": "Foo::operator()(int) const"}, {"function": "const"}`:                          {"Foo::operator()": 1, "const": 1},
		`{"function": "core::f::h0123456789abcdef", "file": "git:github.com/rust-lang/rust:f.rs:0"}`: {"core::f": 1},
		`{"function": "f(int)"}, {"function": "f(bool)"}, {"function": "f"}`:                         {"f": 1},
		`{"function": ""}, {"module": "a (deleted).so"}`:                                             {"a (deleted).so": 1},
		strings.Repeat(`{"function": "f"}, `, topFrames-1) + `{"function": "last"}`:                  {"f": 1, "last": 1},
		strings.Repeat(`{"function": "f"}, `, topFrames) + `{"function": "more"}`:                    {"f": 1},
		"": {},
	} {
		c, err := crashdata.ParseProcessed(fmt.Appendf(nil, `{"uuid": "aaaaaaaa-bbbb-4ccc-8ddd-000000150101", "signature": "s", "json_dump": {"threads": [{"frames": [%s]}]}}`, stack))
		if err != nil {
			t.Fatal(err)
		}
		s, err := Read(t.Context(), crashdata.Crashes{c}, signatures.Recorded{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, s.Groups["s"].frames); diff != "" {
			t.Errorf("%s (-want +got):\n%s", stack, diff)
		}
		if without := map[bool]int{true: 1}[stack == ""]; s.WithoutStack != without {
			t.Errorf("%s: %d crashes without a stack, want %d", stack, s.WithoutStack, without)
		}
	}
}

// TestNearest: of two signatures that are as much alike the first by name, and none that is hardly alike.
func TestNearest(t *testing.T) {
	var many []string
	for i := range topFrames - 1 {
		many = append(many, fmt.Sprint("f", i))
	}
	frames := map[string][]string{"old": {"wait", "main"}, "new": {"wait", "main"}, "other": {"wait", "main"}, "long": append(many, "end"), "hardly": {"end", "a", "b"}}
	r := Compare(sample(t, "150101", frames, map[string]int{"old": 1, "long": 1}), sample(t, "150102", frames, map[string]int{"other": 1, "new": 1, "hardly": 1}))
	near := map[string]string{}
	for _, l := range r.OnlyA {
		near[l.Signature] = l.Nearest
	}
	if diff := cmp.Diff(map[string]string{"old": "new", "long": ""}, near); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestShutdownHangs: the signature is made from thread 0, and the threads of all watchdogs are alike.
func TestShutdownHangs(t *testing.T) {
	read := func(side signatures.Side, stacks ...[2]string) *Sample {
		var crashes crashdata.Crashes
		for i, frames := range stacks {
			doc := fmt.Sprintf(`{"uuid": "aaaaaaaa-bbbb-4ccc-8ddd-%06x150101", "signature": "shutdownhang | %s", "json_dump": {"crash_info": {"crashing_thread": 1},
				"threads": [{"frames": [{"function": %q}, {"function": %q}]}, {"frames": [{"function": "RunWatchdog"}, {"function": "main"}]}]}}`,
				i, frames[0], frames[0], frames[1])
			c, err := crashdata.ParseProcessed([]byte(doc))
			if err != nil {
				t.Fatal(err)
			}
			crashes = append(crashes, c)
		}
		s, err := Read(t.Context(), crashes, side)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	made := signatures.NewGenerator(enginetest.NewSet(t, "s", "zz", "zz", "zz"), signatures.DefaultRules())
	for _, side := range []signatures.Side{signatures.Recorded{}, made} {
		r := Compare(read(side, [2]string{"wait", "loop"}), read(side, [2]string{"another", "run"}, [2]string{"other", "loop"}))
		if len(r.OnlyA) != 1 || r.OnlyA[0].Nearest != "shutdownhang | other" {
			t.Errorf("%T: %+v", side, r.OnlyA)
		}
	}
}

// TestLikeness is by hand: three signatures in all. Both have x, in all and in half of their crashes; only one has y.
func TestLikeness(t *testing.T) {
	r := &rarity{signatures: 3, of: map[string]int{"x": 2, "y": 1}}
	a := &Group{Crashes: 2, frames: map[string]int{"x": 2, "y": 1}}
	b := &Group{Crashes: 4, frames: map[string]int{"x": 2}}
	x, y := math.Log(2.5), math.Log(4)
	want := 0.5 * x / (x + 0.5*y)
	if got := r.likeness(a, b); math.Abs(got-want) > 1e-12 {
		t.Errorf("%v, want %v", got, want)
	}
	if got, back := r.likeness(a, b), r.likeness(b, a); math.Abs(got-back) > 1e-12 {
		t.Errorf("%v one way, %v the other", got, back)
	}
	if got := r.likeness(a, a); math.Abs(got-1) > 1e-12 {
		t.Errorf("a group is %v like itself", got)
	}
}

// TestThresholds: an interval that reaches 0 says nothing, and two signatures as little alike as alikeFrom are near.
func TestThresholds(t *testing.T) {
	for _, test := range []struct {
		low, high    float64
		moreA, moreB int
	}{
		{0.01, 1, 1, 0}, {0, 1, 0, 0}, {-0.01, 1, 0, 0}, {-1, 0.01, 0, 0}, {-1, 0, 0, 0}, {-1, -0.01, 0, 1},
	} {
		var r Result
		r.shift(Shift{Interval: Interval{Low: test.low, High: test.high}})
		if len(r.MoreA) != test.moreA || len(r.MoreB) != test.moreB || r.Alike != 1-len(r.MoreA)-len(r.MoreB) {
			t.Errorf("%v to %v: %+v", test.low, test.high, r)
		}
	}
	for crashes, want := range map[int]string{9: "", 10: "near", 11: "near"} {
		g := &Group{Crashes: 100, frames: map[string]int{"x": crashes}}
		other := &Sample{Crashes: 1, Groups: map[string]*Group{"near": {Crashes: 1, frames: map[string]int{"x": 1}}}}
		r := &rarity{signatures: 2, of: map[string]int{"x": 1}}
		if l := r.lone(g, &Sample{Crashes: 100}, other, 1); l.Nearest != want {
			t.Errorf("alike by %d of 100: %q (%v), want %q", crashes, l.Nearest, l.Likeness, want)
		}
	}
}
