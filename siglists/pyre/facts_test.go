package pyre

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFacts(t *testing.T) {
	type facts struct {
		Literal   string
		IsLiteral bool
		Prefix    string
		Regular   bool
	}
	for pattern, want := range map[string]facts{
		`memcpy`:               {Literal: "memcpy", IsLiteral: true, Prefix: "memcpy", Regular: true},
		`\(anon ns\)::[x]\x41`: {Literal: "(anon ns)::xA", IsLiteral: true, Prefix: "(anon ns)::xA", Regular: true},
		`(?:ab)c`:              {Literal: "abc", IsLiteral: true, Prefix: "abc", Regular: true},
		`(ab)c`:                {Prefix: "abc", Regular: true},
		`^foo`:                 {Prefix: "foo", Regular: true},
		`\Afoo$`:               {Prefix: "foo", Regular: true},
		`ab*`:                  {Literal: "a", Prefix: "a", Regular: true},
		`(?i)ab`:               {Regular: true},
		`(?i)::ab`:             {Literal: "::", Prefix: "::", Regular: true},
		`(?i:1)2`:              {Prefix: "12", Regular: true},
		`(?i)1(?-i:b)`:         {Literal: "1", Prefix: "1b", Regular: true},
		`a|ab`:                 {Regular: true},
		`foo|`:                 {Regular: true},
		`.*`:                   {Regular: true},
		`foo.*`:                {Literal: "foo", Prefix: "foo", Regular: true},
		`foo.*?|x`:             {Regular: true},
		`$`:                    {Regular: true},
		`^`:                    {Regular: true},
		``:                     {IsLiteral: true, Regular: true},
		`(a|b?)+`:              {Regular: true},
		`mem(?=cpy)`:           {Literal: "mem", Prefix: "mem"},
		`(a)\1`:                {Prefix: "a"},
		`a*+`:                  {},
		`(?:a{1000}){1000}`:    {},
		`(?#comment)a`:         {Literal: "a", IsLiteral: true, Prefix: "a", Regular: true},
		`(?x) a b # c`:         {Literal: "ab", IsLiteral: true, Prefix: "ab", Regular: true},
		`(?:foo|bar)baz`:       {Regular: true},
		`x(?:foo|bar)baz`:      {Literal: "x", Prefix: "x", Regular: true},
		`a(?:b(?:c|d)e)f`:      {Literal: "ab", Prefix: "ab", Regular: true},
		`\b`:                   {Regular: true},
	} {
		p, err := Parse(pattern)
		if err != nil {
			t.Fatal(err)
		}
		got := facts{Prefix: p.LiteralPrefix(), Regular: p.IsRegular()}
		got.Literal, got.IsLiteral = p.IsLiteral()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", pattern, diff)
		}
	}
}

// TestTree holds the tree of a pattern with most kinds of nodes.
func TestTree(t *testing.T) {
	pattern := `(?i)ab?(?P<n>[^c-e\d]|)(?s-i:.)\1$(?<!f)(?>g{2,}+)(?(n)h|i)`
	p, err := Parse(pattern)
	if err != nil {
		t.Fatal(err)
	}
	if p.Flags != IgnoreCase|Unicode || p.Groups != 1 || p.Names["n"] != 1 || p.Source != pattern {
		t.Errorf("%+v", p)
	}
	type node struct {
		Op   Op
		Text string
	}
	var got []node
	p.Find(func(n *Node) bool {
		got = append(got, node{n.Op, pattern[n.Start:n.End]})
		return false
	})
	want := []node{
		{OpConcat, pattern},
		{OpLiteral, "a"},
		{OpRepeat, "b?"},
		{OpLiteral, "b"},
		{OpGroup, `(?P<n>[^c-e\d]|)`},
		{OpAlternate, `[^c-e\d]|`},
		{OpConcat, `[^c-e\d]`},
		{OpSet, `[^c-e\d]`},
		{OpConcat, ""},
		{OpGroup, "(?s-i:.)"},
		{OpConcat, "."},
		{OpAny, "."},
		{OpBackref, `\1`},
		{OpEnd, "$"},
		{OpLook, "(?<!f)"},
		{OpConcat, "f"},
		{OpLiteral, "f"},
		{OpAtomic, "(?>g{2,}+)"},
		{OpConcat, "g{2,}+"},
		{OpRepeat, "g{2,}+"},
		{OpLiteral, "g"},
		{OpConditional, "(?(n)h|i)"},
		{OpConcat, "h"},
		{OpLiteral, "h"},
		{OpConcat, "i"},
		{OpLiteral, "i"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestLooksBehind: of all other patterns that match a text each matches a longer one that begins with it.
func TestLooksBehind(t *testing.T) {
	for pattern, want := range map[string]bool{
		"a.*b": false, "(a|ab)+?c": false, `(a*)\1`: true,
		"((b|(?(1)c|))a*?b|)a": true, // which matches baaaa, and not baaaab
		"a$":                   true, `a\b`: true, `a\Z`: true, "a(?!b)": true, "(?>a.*b)c": true, "x(a*+b)": true,
	} {
		p, err := Parse(pattern)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.LooksBehind(); got != want {
			t.Errorf("%s: %t", pattern, got)
		}
	}
	readCorpus(t, "testdata/random.ndjson.gz", func(c *corpusCase) {
		for _, line := range c.Lines {
			if p, err := Parse(line); err == nil && !p.LooksBehind() {
				checkGoesOn(t, p, c.Subjects)
			}
		}
	})
}

func checkGoesOn(t *testing.T, p *Pattern, subjects []string) {
	for i, subject := range subjects {
		longer := subject + subjects[(i+1)%len(subjects)]
		ok, err := p.Match(subject)
		if long, errLong := p.Match(longer); ok && err == nil && errLong == nil && !long {
			t.Errorf("%q matches %q, and not %q", p.Source, subject, longer)
		}
	}
}
