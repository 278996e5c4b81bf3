package siglists

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// setOf is a set of lists that are given by their lines.
func setOf(t *testing.T, sentinels, irrelevant, prefix, lineNumbers string) *Set {
	return load(t, fstest.MapFS{
		Sentinels.File(): {Data: []byte(sentinels)}, Irrelevant.File(): {Data: []byte(irrelevant)},
		Prefix.File(): {Data: []byte(prefix)}, LineNumbers.File(): {Data: []byte(lineNumbers)},
	})
}

func TestAlike(t *testing.T) {
	type lists struct{ sentinels, irrelevant, prefix, lineNumbers string }
	for _, test := range []struct {
		name            string
		base, candidate lists
		want            bool
	}{
		{"a trailing .*", lists{"s", "x.*", "foo.*\nbar", "l.*"}, lists{"s", "x", "foo\nbar", "l"}, true},
		{"a duplicate, and another order", lists{"s\nt", "x\ny", "foo\nbar", "l"}, lists{"t\ns\ns", "y\nx\nx", "bar\nfoo\nbar", "l\nl"}, true},
		{"a line that another takes", lists{"s", "x", "foo\nfoobar", "l"}, lists{"s", "x", "foo", "l"}, true},
		{"a line that several take together", lists{"s", "x", `foo$` + "\nfoo.\nfoo\n", "l"}, lists{"s", "x", "foo$\nfoo[^a]\nfooa\nfoo\\n", "l"}, true},
		{"a prefix line that is irrelevant", lists{"s", "foo", "bar", "l"}, lists{"s", "foo", "bar\nfoobar", "l"}, true},
		{"a prefix line that becomes irrelevant", lists{"s", "x", "foo\nbar", "l"}, lists{"s", "x\nfoo", "bar", "l"}, false},
		{"a line that matches nothing", lists{"s", "x", "foo", "l"}, lists{"s", "x", "foo\na$b", "l"}, true},
		{"a new line", lists{"s", "x", "foo", "l"}, lists{"s", "x", "foo\nbar", "l"}, false},
		{"a line less", lists{"s", "x\ny", "foo", "l"}, lists{"s", "x", "foo", "l"}, false},
		{"a shorter line", lists{"s", "x", "foobar", "l"}, lists{"s", "x", "foo", "l"}, false},
		{"another sentinel", lists{"s", "x", "foo", "l"}, lists{"s\nt", "x", "foo", "l"}, false},
		{"a sentinel that another starts with", lists{"s", "x", "foo", "l"}, lists{"s\nss", "x", "foo", "l"}, false},
		{"no line less where an empty list matches everything", lists{"s", "x", "a$b", "l"}, lists{"s", "x", "", "l"}, false},
		{"flags for all of a list", lists{"s", "x", "foo\nbar", "l"}, lists{"s", "x", "(?i)foo\nfoo\nbar", "l"}, false},
		{"a line of source lines that is irrelevant", lists{"s", "foo", "x", "l"}, lists{"s", "foo", "x", "l\nfoo"}, false},
		{"flags for all of a list that stays", lists{"s", "x", "foo.*", "(?i)l\nm"}, lists{"s", "x", "foo", "(?i)l\nm"}, true},
		{"a line that the empty name matches, and others all else", lists{"s", "x", "foo\n\\n", "l"}, lists{"s", "x", "foo\n\\n\n(foo|$)", "l"}, false},
		{"a line that the empty name matches", lists{"s", "x", "foo", "l"}, lists{"s", "x", "foo\n(foo)?", "l"}, false},
		{"an irrelevant line to which flags give another meaning", lists{"s", "(?a)x\n\\w", "foo\né", "l"}, lists{"s", "(?a)x\n\\w", "foo", "l"}, false},
		{"an irrelevant line that the first one makes a comment", lists{"s", "(?x)x#\nfoo", "foo\nbar", "l"}, lists{"s", "(?x)x#\nfoo", "bar", "l"}, false},
		{"a reference, which is not decided", lists{"s", "x", `(?P<a>o)(?P=a)`, "l"}, lists{"s", "x", `(?P<a>o)(?P=a).*`, "l"}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			base := setOf(t, test.base.sentinels, test.base.irrelevant, test.base.prefix, test.base.lineNumbers)
			candidate := setOf(t, test.candidate.sentinels, test.candidate.irrelevant, test.candidate.prefix, test.candidate.lineNumbers)
			if got := Alike(base, candidate); got != test.want {
				t.Errorf("%v, want %v", got, test.want)
			}
			if Alike(candidate, base) != test.want {
				t.Errorf("the other way round it is %v", !test.want)
			}
		})
	}
}

// TestAlikeIsTrue: no frame of up to five characters is treated otherwise by lists that are said to be alike.
func TestAlikeIsTrue(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	texts := []string{"a", "ab", "ab$", "b", "a|b", "a.*", ".*b", "b+", "[^a]", "a[ab]", "aa", "c$a", "ba?", "(a|b)c", "..."}
	frames := []string{""}
	for at := 0; at < len(frames) && len(frames[at]) < 5; at++ {
		for _, c := range "abc\n" {
			frames = append(frames, frames[at]+string(c))
		}
	}
	some := func() (lines []string) {
		for range 2 + random.IntN(2) {
			lines = append(lines, texts[random.IntN(len(texts))])
		}
		return lines
	}
	edited := func(lines []string) string { // one line more, less or longer, in any order
		lines = slices.Clone(lines)
		random.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
		switch random.IntN(3) {
		case 0:
			lines = append(lines, texts[random.IntN(len(texts))])
		case 1:
			lines = lines[1:]
		case 2:
			lines[0] = "(?:" + lines[0] + ").*"
		}
		return strings.Join(lines, "\n")
	}
	alike, same := 0, 0
	for range 300 {
		irrelevant, prefix := some(), some()
		becomes := edited(irrelevant)
		if random.IntN(4) == 0 { // the first line makes a comment of all others
			irrelevant = append([]string{"(?x)c#"}, irrelevant...)
			becomes = strings.Join(irrelevant, "\n")
		}
		base := setOf(t, "s", strings.Join(irrelevant, "\n"), strings.Join(prefix, "\n"), "l")
		candidate := setOf(t, "s", becomes, edited(prefix), "l")
		differs := firstDifference(t, base, candidate, frames)
		switch claimed := Alike(base, candidate); {
		case claimed && differs != nil:
			t.Errorf("irrelevant %q and prefix %q, and %q and %q, differ about %q", base.List(Irrelevant).Source, base.List(Prefix).Source,
				candidate.List(Irrelevant).Source, candidate.List(Prefix).Source, *differs)
		case claimed:
			alike++
		}
		if differs == nil {
			same++
		}
	}
	if alike == 0 || 2*alike < same {
		t.Errorf("%d are said to be alike, of %d that treat all of these frames alike", alike, same)
	}
}

// firstDifference is the first frame that two sets treat otherwise; nil for none.
func firstDifference(t *testing.T, base, candidate *Set, frames []string) *string {
	treatment := func(s *Set, frame string) Name {
		for _, name := range []Name{Irrelevant, Prefix} {
			hit, err := s.Match(name, frame)
			if err != nil {
				t.Fatal(err)
			}
			if hit.OK {
				return name
			}
		}
		return ""
	}
	for i, frame := range frames {
		if treatment(base, frame) != treatment(candidate, frame) {
			return &frames[i]
		}
	}
	return nil
}
