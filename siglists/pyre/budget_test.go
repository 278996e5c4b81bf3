package pyre

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
)

// costly are a pattern and a subject for each way of matching: the automaton, and backtracking.
var costly = map[string][2]string{
	"automaton": {"(?:a|b)*a(?:a|b){11}c", mixed(4000)},
	"backtrack": {"(?!x)(?:a*)*b", strings.Repeat("a", 12)},
}

// mixed are as and bs in an order that does not repeat.
func mixed(n int) string {
	var b strings.Builder
	for i, x := 0, uint32(1); i < n; i++ {
		x = x*1664525 + 1013904223
		b.WriteByte("ab"[x>>31])
	}
	return b.String()
}

// TestBudget: every way of matching ends with a budget of few steps, and with its context, and says so; the budget
// counts what all matchers did together.
func TestBudget(t *testing.T) {
	for name, c := range costly {
		fresh := func() *List { // that knows no transitions yet
			list, err := CompileList([]string{c[0]})
			if err != nil {
				t.Fatal(err)
			}
			return list
		}
		ways := map[string]func(*Budget) error{
			"matcher": func(b *Budget) error { _, _, err := fresh().newMatcher().match(b, c[1]); return err },
			"list":    func(b *Budget) error { _, _, err := fresh().Match(b, c[1]); return err },
			"pattern": func(b *Budget) error { _, err := fresh().Line(0).EndWithin(b, c[1]); return err },
		}
		for way, match := range ways {
			t.Run(name+"/"+way, func(t *testing.T) {
				if err := match(nil); err != nil {
					t.Fatalf("without a budget: %v", err)
				}
				told := 0
				few := NewBudget(t.Context(), 100, func(error) { told++ })
				var limit *LimitError
				for range 3 {
					if err := match(few); !errors.As(err, &limit) || limit.Limit != 100 && limit.What != "steps" {
						t.Fatalf("with few steps: %v", err)
					}
				}
				if told == 0 {
					t.Error("nobody was told")
				}
				ctx, cancel := context.WithCancel(t.Context())
				cancel()
				if err := match(NewBudget(ctx, 1<<40, nil)); !errors.Is(err, context.Canceled) || !errors.As(err, &limit) {
					t.Errorf("after the end: %v", err)
				}
			})
		}
	}
}

// endsAfter is a context that ends once it was asked so many times whether it has.
type endsAfter struct {
	context.Context
	asked *int
}

func (c endsAfter) Err() error {
	if *c.asked--; *c.asked < 0 {
		return context.Canceled
	}
	return nil
}

// TestCompileListEnds: whichever line is compiled when the budget ends, and however often the lines were joined, that is
// the error. Each of the last lines is refused anew.
func TestCompileListEnds(t *testing.T) {
	lines := slices.Concat([]string{"a", "("}, slices.Repeat([]string{"(?P<n>x)"}, 20))
	const asked = 22 + 20 + 1 // for each line, each time that they are joined, and at the end
	for n := range asked + 1 {
		left := n
		_, err := CompileListWithin(NewBudget(endsAfter{t.Context(), &left}, 1, nil), lines, nil)
		var limit *LimitError
		if ended := n < asked; errors.As(err, &limit) != ended || err == nil {
			t.Errorf("ended after %d: %v", n, err)
		}
	}
}

// TestBudgetParts: what is spent of a part is spent of the whole, and either may end it.
func TestBudgetParts(t *testing.T) {
	whole := NewBudget(t.Context(), 100, nil)
	first, second := whole.Part(60), whole.Part(60)
	for i, step := range []struct {
		of    *Budget
		steps int
		ok    bool
	}{{first, 50, true}, {first, 11, false}, {second, 45, true}, {second, 10, false}, {whole, 0, false}} {
		if limit := step.of.Spend(step.steps); (limit == nil) != step.ok {
			t.Errorf("step %d: %v", i, limit)
		}
	}
}

// TestIncludesGivesUp: what takes too much is an error, never an answer; what is not regular is not decided.
func TestIncludesGivesUp(t *testing.T) {
	parsed := func(text string) *Pattern {
		p, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var limit *LimitError
	for _, c := range []struct {
		a, b   string
		budget *Budget
		limit  bool
	}{
		{".*a.{40}b", ".*a.{40}bc", nil, true},
		{".*a", "a", NewBudget(t.Context(), 10, nil), true},
		{".*a", "a", NewBudget(ctx, 1<<40, nil), true},
		{"((a{1000}){1000}){1000}", "a", nil, false},
		{"(?=a)", "a", nil, false},
		{"b", "(?=a)a", nil, false},
	} {
		included, err := Includes(c.budget, []*Pattern{parsed(c.a)}, parsed(c.b))
		if included || errors.As(err, &limit) != c.limit {
			t.Errorf("%s, %s: %v, %v", c.a, c.b, included, err)
		}
	}
}

// TestIncludesTogether: several patterns include what none of them does alone, and none includes what matches nothing.
func TestIncludesTogether(t *testing.T) {
	for _, c := range []struct {
		in   []string
		p    string
		want bool
	}{
		{[]string{"a", "b"}, "[ab]c", true},
		{[]string{"a", "b"}, "[abc]", false},
		{[]string{"a|b", "c"}, "[abc]", true},
		{[]string{"b", "a"}, "a", true},
		{nil, "a$b", true},
		{nil, `\Z`, true}, // but the subject without a character
		{nil, "a", false},
		{nil, "a|b^", false},
		{[]string{"x"}, "a^b", true},
	} {
		var in []*Pattern
		for _, text := range append(c.in, c.p) {
			p, err := Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			in = append(in, p)
		}
		last := len(in) - 1
		if got, err := Includes(nil, in[:last], in[last]); got != c.want || err != nil {
			t.Errorf("%q include %q: %v, %v", c.in, c.p, got, err)
		}
	}
}

// TestIncludesComesBack: where an automaton comes back to its start, the subject may end there.
func TestIncludesComesBack(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{{`[\w\W]*y`, "", false}, {`[\w\W]*y`, "x*", false}, {`[\w\W]`, "", true}, {`[\w\W]*y?`, "x*", true}} {
		a, errA := Parse(c.a)
		b, errB := Parse(c.b)
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		if got, err := Includes(nil, []*Pattern{a}, b); got != c.want || err != nil {
			t.Errorf("%q includes %q: %v, %v", c.a, c.b, got, err)
		}
	}
}
