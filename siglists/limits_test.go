package siglists

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/sigdiff/sigdiff/siglists/pyre"
)

func listsWith(irrelevant string) fstest.MapFS {
	return fstest.MapFS{
		"signature_sentinels.txt": {Data: []byte("s\n")}, "prefix_signature_re.txt": {Data: []byte("p\n")},
		"signatures_with_line_numbers_re.txt": {Data: []byte("l\n")}, "irrelevant_signature_re.txt": {Data: []byte(irrelevant)},
	}
}

// What is within the limits loads; what is beyond is refused with file, line and reason, whoever loads it.
func TestLimits(t *testing.T) {
	long := strings.Repeat("a", MaxLineBytes)
	many := strings.Repeat("a\n", MaxLines)
	full := strings.Repeat("# "+long[:1022]+"\n", MaxListBytes/1025)
	for name, test := range map[string]struct {
		list string
		want Problem // without one, it loads
	}{
		"the longest line":   {list: "b\n  " + long + " \t\n"},
		"a longer line":      {"b\n" + long + "a\nc\n", Problem{Line: 2, Text: long[:200] + "...", Reason: "longer than 4096 bytes, the limit for a line"}},
		"a long comment":     {list: "# " + long + "\n"},
		"long and not UTF-8": {long + "\xff\n", Problem{Line: 1, Text: long[:200] + "...", Reason: "not UTF-8 (byte 4097 of the line)"}},
		"the most lines":     {list: many + "\n# comment\n"},
		"more lines":         {many + "\nb\nc\n", Problem{Line: MaxLines + 2, Text: "b", Reason: "more than 4000 lines, the limit for a list"}},
		"a full list":        {list: full},
		"a larger list":      {full + strings.Repeat("\n", 1025), Problem{Reason: "larger than 128 KB, the limit for a list"}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, load := range []func(fstest.MapFS) error{
				func(fsys fstest.MapFS) error { _, err := Load(fsys); return err },
				func(fsys fstest.MapFS) error { _, err := NewVersions(nil).Load(fsys); return err },
			} {
				checkLoad(t, load(listsWith(test.list)), test.want)
			}
		})
	}
}

func checkLoad(t *testing.T, err error, want Problem) {
	t.Helper()
	if want.Reason == "" {
		if err != nil {
			t.Errorf("error %.300v", err)
		}
		return
	}
	want.File = "irrelevant_signature_re.txt"
	var load *LoadError
	if !errors.As(err, &load) || len(load.Problems) != 1 || load.Problems[0] != want {
		t.Errorf("error %.300v, want %.300v", err, want)
	}
	if len(err.Error()) > 1000 {
		t.Errorf("an error of %d bytes", len(err.Error()))
	}
}

// Loading ends with the context, whichever list is read then, and says that alone: nothing is known of the lists.
func TestLoadingEnds(t *testing.T) {
	for _, list := range []string{"a\nb", "a\n(\n(?P<n>x)\n(?P<n>x)", "(?i)a\nb"} {
		fsys := listsWith(list)
		want, wantErr := Load(fsys)
		for n := 0; ; n++ {
			left := n
			b := pyre.NewBudget(endsAfter{t.Context(), &left}, 1, nil)
			set, err := NewVersions(b).Load(fsys)
			var limit *pyre.LimitError
			if !errors.As(err, &limit) {
				if n < 4 || (err == nil) != (wantErr == nil) || err == nil && set.Digest() != want.Digest() {
					t.Errorf("%q after %d: %v", list, n, err)
				}
				break
			}
		}
		left := 1
		_, err := NewVersions(pyre.NewBudget(endsAfter{t.Context(), &left}, 1, nil)).Load(fsys)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%q in a history: %v", list, err)
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

// Giving up names the line and is an error, never an answer.
func TestGivingUpNamesTheLine(t *testing.T) {
	set, err := Load(listsWith("# a comment\nb\n(?!x)(a*)*\\1c\n"))
	if err != nil {
		t.Fatal(err)
	}
	hit, err := set.Match(Irrelevant, strings.Repeat("a", 60))
	if err == nil || hit.OK || !strings.Contains(err.Error(), `irrelevant_signature_re.txt:3, "(?!x)(a*)*\\1c": `) {
		t.Errorf("%+v, %v", hit, err)
	}
}

// FuzzLoad: a list of anything loads, or is refused with a line that exists; what it then decides names one
// of its lines, and the same one when the list is read for a history.
func FuzzLoad(f *testing.F) {
	for _, seed := range []string{
		"", "a\nb", "# c\n\n  mozilla::dom::.*\r\n(a|b)?$\n", "(?i)a\nb", "(\n)\n[\n", "\xff\na", "\ufeffa", "((a{1000}){1000}){1000}\nb", "(?P<x>a)\n(?P=x)", "(a*)*b\n\\1",
		strings.Repeat("a", MaxLineBytes+1), "\x1b[2J\n", "(?x)a # b\nc",
	} {
		f.Add([]byte(seed), "mozilla::dom::Foo", false)
		f.Add([]byte(seed), "", true)
	}
	f.Fuzz(func(t *testing.T, list []byte, frame string, prefix bool) {
		fsys := listsWith(string(list))
		set, err := Load(fsys)
		again, errAgain := NewVersions(nil).Load(fsys)
		if (err == nil) != (errAgain == nil) {
			t.Fatalf("error %v, and %v for a history", err, errAgain)
		}
		if err != nil {
			checkProblems(t, err, strings.Count(string(list), "\n")+1)
			return
		}
		hit, err := set.Match(Irrelevant, frame)
		other, errOther := again.Match(Irrelevant, frame)
		if err != nil || errOther != nil {
			return // given up, which is no answer
		}
		if hit.OK != other.OK || hit.OK && fmt.Sprint(hit.Line) != fmt.Sprint(other.Line) {
			t.Fatalf("%v %v, and %v %v for a history", hit.OK, hit.Line, other.OK, other.Line)
		}
		if hit.Line != nil && (hit.Line.Number < 1 || hit.Line.Number > strings.Count(string(list), "\n")+1) {
			t.Fatalf("line %d", hit.Line.Number)
		}
	})
}

func checkProblems(t *testing.T, err error, lines int) {
	var load *LoadError
	if !errors.As(err, &load) || len(load.Problems) == 0 {
		t.Fatalf("error %v", err)
	}
	for _, p := range load.Problems {
		if p.File != Irrelevant.File() || p.Line < 0 || p.Line > lines || p.Reason == "" || len(p.Text) > MaxLineBytes {
			t.Fatalf("problem %+v of %d lines", p, lines)
		}
	}
}
