package pyre

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// madeUpList gives lines in the style of siglists, nearly all literal prefixes,
// and frames of which some match.
func madeUpList(lines, frames int) (list, subjects []string) {
	rng := rand.New(rand.NewPCG(1, 2))
	words := strings.Fields("core alloc std vec impl Foo Bar nsThing Queue Run Loop Wait Abort panic handle _dispatch __lib xul Thread Event Task")
	name := func() string {
		parts := make([]string, 1+rng.IntN(4))
		for i := range parts {
			parts[i] = words[rng.IntN(len(words))]
			if rng.IntN(3) == 0 {
				parts[i] += fmt.Sprint(rng.IntN(100))
			}
		}
		return strings.Join(parts, []string{"::", "_", ""}[rng.IntN(3)])
	}
	for i := range lines {
		line := name()
		switch i % 15 {
		case 3:
			line = ".*" + line
		case 6:
			line += `(\.\d+)?$`
		case 9:
			line = `\(` + line + `\)\[T\]`
		case 12:
			line = "(" + line + "|" + name() + ")"
		}
		list = append(list, line)
	}
	for range frames {
		f := name() + "::" + name() + "<T>::" + name()
		if rng.IntN(4) == 0 {
			f = list[rng.IntN(lines)] + f
		}
		subjects = append(subjects, f)
	}
	return list, subjects
}

func benchmarkList(b *testing.B, lines, frames []string) {
	list, err := CompileList(lines)
	if err != nil {
		b.Fatal(err)
	}
	m := list.newMatcher()
	for _, f := range frames {
		if _, _, err := m.match(nil, f); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		_, _, _ = m.match(nil, frames[i%len(frames)])
	}
}

func BenchmarkListMatch(b *testing.B) {
	lines, frames := madeUpList(570, 5000)
	benchmarkList(b, lines, frames)
}

// sharedList reads a list of today's real ones; the tests do without if it
// isn't there.
func sharedList(tb testing.TB, name string) []string {
	text, err := os.ReadFile(filepath.Join("../../../shared/siglists/head", name))
	if err != nil {
		tb.Skip("the real lists are not here: ", err)
	}
	var lines []string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			lines = append(lines, line)
		}
	}
	return lines
}

func BenchmarkListMatchReal(b *testing.B) {
	_, frames := madeUpList(570, 5000)
	for _, name := range []string{"irrelevant", "prefix"} {
		b.Run(name, func(b *testing.B) {
			benchmarkList(b, sharedList(b, name+"_signature_re.txt"), frames)
		})
	}
}

func BenchmarkCompileList(b *testing.B) {
	lines, _ := madeUpList(570, 1)
	for b.Loop() {
		if _, err := CompileList(lines); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBacktracking(b *testing.B) {
	p, err := Parse(`(?!mozilla)(\w+)::.*\1(?<=Wait)`)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := p.Match("Foo::Bar<T>::nsThing::Loop_Foo::Wait::FooWait"); err != nil {
			b.Fatal(err)
		}
	}
}
