package report

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/history"
)

func TestVisible(t *testing.T) {
	for text, want := range map[string]string{
		"plain | téxt ✓":    "plain | téxt ✓",
		"\x1b[31mred\x1b[m": `\x1b[31mred\x1b[m`,
		"a\nb\tc\rd\x00":    `a\nb\tc\x0dd\x00`,
		"\x7f\u0085\u009b":  `\x7f\x85\x9b`,
		"\u202eabc\u2066":   `\u202eabc\u2066`,
		"\u2028\u200f":      `\u2028\u200f`,
		"\u2029\u061c":      `\u2029\u061c`,
		"\ufffd":            "\ufffd", // which is what bytes that are no UTF-8 look like
		"bad \x9b\xff":      `bad \x9b\xff`,
	} {
		if got := Visible(text); got != want {
			t.Errorf("Visible(%q) = %q, want %q", text, got, want)
		}
	}
}

func FuzzVisible(f *testing.F) {
	f.Add(escapes)
	f.Fuzz(func(t *testing.T, text string) {
		shown := Visible(text)
		if !utf8.ValidString(shown) || strings.ContainsFunc(shown, steers) {
			t.Errorf("Visible(%q) = %q", text, shown)
		}
		if Visible(shown) != shown {
			t.Errorf("%q isn't visible", shown)
		}
	})
}

var ourColors = regexp.MustCompile("\x1b\\[[0-9;]*m")

// TestNothingSteersTheTerminal renders hostile data everywhere: but for our own colours, nothing but line
// ends may be left that a terminal acts upon.
func TestNothingSteersTheTerminal(t *testing.T) {
	outputs := map[string][]byte{}
	r := withFacts(nasty())
	r.Corpus.Products = []string{escapes}
	for _, format := range []string{"text", "markdown", "html"} {
		outputs[format] = render(t, format, r, Options{Host: testHost, Color: true, Width: 100})
		outputs["history "+format] = renderHistory(t, format, hostileHistory())
		var out bytes.Buffer
		if err := BisectFormats().Render(&out, format, nastyBisection(), Options{}); err != nil {
			t.Fatal(err)
		}
		outputs["bisect "+format] = bytes.Clone(out.Bytes())
		out.Reset()
		if err := ExplainFormats().Render(&out, format, explanation(), Options{Color: true, Width: 100}); err != nil {
			t.Fatal(err)
		}
		outputs["explain "+format] = out.Bytes()
	}
	for _, format := range []string{"text", "markdown"} {
		var out bytes.Buffer
		p, err := NewSignaturePrinter(&out, format, SignatureOptions{Verbose: true})
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Print(escapes, escapes, walked().Candidate); err != nil {
			t.Fatal(err)
		}
		outputs["signature "+format] = bytes.Clone(out.Bytes())
	}
	for name, out := range outputs {
		text := strings.ReplaceAll(string(ourColors.ReplaceAll(out, nil)), "\n", "")
		if i := strings.IndexFunc(text, steers); i >= 0 || !utf8.ValidString(text) {
			t.Errorf("%s: a terminal acts upon %q", name, text[max(0, i-20):i+20])
		}
	}
}

// hostileHistory has what steers a terminal wherever it has text.
func hostileHistory() *History {
	h := nastyHistory()
	h.Corpus.Name, h.Corpus.Products, h.Rules, h.Notes = escapes, []string{escapes}, escapes, []string{escapes}
	for i := range h.Commits {
		c := &h.Commits[i]
		c.Subject, c.Changed, c.Groups = escapes, 1, []history.PairCount{{Pair: compare.Pair{Base: escapes, Candidate: "a | " + escapes}, Crashes: 1}}
	}
	h.Commits[1].Error, h.Commits[2].Conflict, h.Commits[3].Warning = escapes, escapes, escapes
	return h
}

// TestColor checks that there are colours only when they are asked for, and that they change no text.
func TestColor(t *testing.T) {
	colored, plainly := render(t, "text", nasty(), Options{Color: true}), render(t, "text", nasty(), Options{})
	if !ourColors.Match(colored) || ourColors.Match(plainly) {
		t.Error("colours where none were asked for, or none where they were")
	}
	if string(ourColors.ReplaceAll(colored, nil)) != string(plainly) {
		t.Error("colours change the text")
	}
}

// TestTableLines checks what copying from a terminal needs: no spaces at the ends of lines, and every signature at the
// end of a line, where it is broken only between components, and only where it doesn't fit.
func TestTableLines(t *testing.T) {
	for _, width := range []int{0, 20, 80, 120, 200, 1000} {
		text := string(render(t, "text", nasty(), Options{Width: width}))
		for line := range strings.Lines(text) {
			if strings.TrimRight(line, " \n") != strings.TrimRight(line, "\n") {
				t.Errorf("width %d: %q ends in spaces", width, line)
			}
		}
		text = brokenAt.ReplaceAllString(caretLine.ReplaceAllString(text, ""), " | ")
		for _, s := range nasty().Signatures {
			if n := strings.Count(text, " "+Visible(signatureText(s.Signature))+"\n"); n < 2 {
				t.Errorf("width %d: %q ends %d lines, want one of its group and one of its counts", width, s.Signature, n)
			}
		}
	}
}

var (
	caretLine = regexp.MustCompile(`(?m)^[ ^]*\^\n`)
	brokenAt  = regexp.MustCompile(` \|\n +`)
)

// TestSignaturePair checks where two signatures are broken, and how what differs is marked.
func TestSignaturePair(t *testing.T) {
	old, new := "shutdownhang | mozilla::A | nsThread::Run", "shutdownhang | nsThread::Run | mozilla::B"
	for _, test := range []struct {
		width    int
		color    bool
		old, new string
		want     string
	}{
		{0, false, old, new, "  - " + old + "\n  + " + new},
		{45, false, old, new, "  - " + old + "\n  + " + new},
		{44, false, old, new, `  - shutdownhang | mozilla::A |
                   ^^^^^^^^^^
      nsThread::Run
  + shutdownhang | nsThread::Run |
      mozilla::B
      ^^^^^^^^^^`},
		{20, false, old, new, `  - shutdownhang |
      mozilla::A |
      ^^^^^^^^^^
      nsThread::Run
  + shutdownhang |
      nsThread::Run |
      mozilla::B
      ^^^^^^^^^^`},
		{10, false, "a | longer", "c | longer still", "  - a |\n      longer\n  + c |\n      longer still"}, // nothing in common
		{10, true, "a | b | c", "a | x | c", "  \x1b[31m- a |\x1b[0m\n  \x1b[31m    \x1b[0m\x1b[4;31mb\x1b[0m\x1b[31m |\x1b[0m\n  \x1b[31m    c\x1b[0m\n  \x1b[32m+ a |\x1b[0m\n  \x1b[32m    \x1b[0m\x1b[4;32mx\x1b[0m\x1b[32m |\x1b[0m\n  \x1b[32m    c\x1b[0m"},
		{0, true, "a | b", "b", "  \x1b[31m- \x1b[0m\x1b[4;31ma\x1b[0m\x1b[31m | b\x1b[0m\n  \x1b[32m+ b\x1b[0m"},
	} {
		var b strings.Builder
		NewText(&b, Options{Width: test.width, Color: test.color}).pair("  ", test.old, test.new)
		if diff := cmp.Diff(test.want+"\n", b.String()); diff != "" {
			t.Errorf("width %d, colours %v:\n%s", test.width, test.color, diff)
		}
	}
}

// TestShortPair: what both have in the middle is left out, but for its first and last part.
func TestShortPair(t *testing.T) {
	for _, test := range [][4]string{
		{"a | b | c", "a | b | c", "a | … | c", "a | … | c"},
		{"x | a | b | c | d", "a | b | c | d", "x | a | … | d", "a | … | d"},
		{"a | b | c | d", "a | x | b | c | d", "a | b | … | d", "a | x | b | … | d"},
		{"a | b | x | c | d", "a | b | c | d", "a | b | x | c | d", "a | b | c | d"},
	} {
		if base, candidate := shortPair(test[0], test[1]); base != test[2] || candidate != test[3] {
			t.Errorf("%q becomes %q, %q", test[:2], base, candidate)
		}
		if candidate, base := shortPair(test[1], test[0]); base != test[2] || candidate != test[3] {
			t.Errorf("%q, the other way round, becomes %q, %q", test[:2], base, candidate)
		}
	}
}

// TestWrap checks that prose fits, and that data is broken only between the components of what doesn't fit.
func TestWrap(t *testing.T) {
	p := append(say("it would match 3 frames, such as ", "a frame with spaces in it that is long", ", "), listed([]string{"b c", "d"})...)
	want := []string{"it would match 3 frames,", "such as", "a frame with spaces in it that is long,", "b c, d"}
	if got := wrap(p, 26); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("wrapped to %q, want %q", got, want)
	}
	p = say("", "shutdownhang | mozilla::SpinEventLoopUntil<T>", " comes to hold ", "a | b", ".")
	want = []string{"shutdownhang |", "mozilla::SpinEventLoopUntil<T>", "comes to hold a | b."}
	if got := wrap(p, 26); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("wrapped to %q, want %q", got, want)
	}
}

// TestProse: on a wide terminal, text takes no more columns than are easily read; elsewhere its lines have any length.
// TestMarksStayWhole: the marks of rules go on in the next line where they don't fit, and none is broken.
func TestMarksStayWhole(t *testing.T) {
	var out bytes.Buffer
	marks := []string{"-OOM | unknown", "+Abort | unknown", "+IPCError-browser | ShutDownKill"}
	NewText(&out, Options{Width: 44}).group(groupOutline{Group: compare.Group{RuleChanges: marks}})
	for _, mark := range marks {
		if !slices.ContainsFunc(strings.Split(out.String(), "\n"), func(line string) bool { return strings.Contains(line, mark) }) {
			t.Errorf("%s is broken:\n%s", mark, out.String())
		}
	}
}

func TestProse(t *testing.T) {
	for width, longest := range map[int]int{0: 296, 80: 80, 160: 111} {
		var b strings.Builder
		w := NewText(&b, Options{Width: width})
		w.field("note       ", strings.Repeat("ten words. ", 26))
		got := 0
		for line := range strings.Lines(b.String()) {
			got = max(got, len(strings.TrimRight(line, " \n")))
		}
		if got > longest || got < longest-11 {
			t.Errorf("width %d: the longest line has %d columns, want at most %d, and not much less", width, got, longest)
		}
	}
}

// TestNarrowNumbers: where a table of numbers does not fit, the words of its header stand below each other.
func TestNarrowNumbers(t *testing.T) {
	header, rows := []string{">A", ">Pair precision", ">Pair recall"}, []row{newRow("1", "0.993", "1.000")}
	for width, want := range map[int]string{
		0:  "A  Pair precision  Pair recall\n1           0.993        1.000\n",
		30: "A  Pair precision  Pair recall\n1           0.993        1.000\n",
		29: "A       Pair    Pair\n   precision  recall\n1      0.993   1.000\n",
		19: "  A 1, Pair\n    precision\n    0.993, Pair\n    recall 1.000\n",
	} {
		var b strings.Builder
		NewText(&b, Options{Width: width}).table(header, rows)
		if diff := cmp.Diff(want, b.String()); diff != "" {
			t.Errorf("width %d:\n%s", width, diff)
		}
	}
}

// TestHeadings: what the heading of a group means stands below it where both don't fit, and other headings go on below.
func TestHeadings(t *testing.T) {
	group := groupOutline{Group: compare.Group{Pair: compare.Pair{Base: "a", Candidate: "b"}, Kind: compare.Merged, Crashes: 12}, Meaning: kindTexts[compare.Merged], Collateral: true}
	for width, want := range map[int]string{
		120: "\n12 crashes merged  all of a signature joined others  collateral: holds no expected crash\n- a\n+ b\n\nA heading of some words\n",
		60:  "\n12 crashes merged  collateral: holds no expected crash\n  all of a signature joined others\n- a\n+ b\n\nA heading of some words\n",
		20:  "\n12 crashes merged  collateral: holds no expected crash\n  all of a\n    signature joined\n    others\n- a\n+ b\n\nA heading of some\nwords\n",
	} {
		var b strings.Builder
		w := NewText(&b, Options{Width: width})
		w.group(group)
		w.heading("A heading of %s words", "some")
		if diff := cmp.Diff(want, b.String()); diff != "" {
			t.Errorf("width %d:\n%s", width, diff)
		}
	}
}

// TestWalkOverNothing: a walk over no frames says that there are none, and is no table without rows.
func TestWalkOverNothing(t *testing.T) {
	for _, width := range []int{0, 10} {
		var b strings.Builder
		NewText(&b, Options{Width: width}).walks([]walk{{Thread: "0", Only: "base"}})
		if got, want := strings.Join(strings.Fields(b.String()), " "), "Thread 0, which has no frames, walked by the base only"; got != want {
			t.Errorf("width %d: %q, want %q", width, got, want)
		}
	}
}

// TestTableGoesOn: where there is room for it, text in the last column goes on below itself, further in.
func TestTableGoesOn(t *testing.T) {
	var b strings.Builder
	rows := []row{{[]string{"26", "Only match JS::Call exactly, since it begins longer names, too\n  a detail that is so long that it goes on below, too"}, alarm}}
	NewText(&b, Options{Width: 60, Color: true}).table([]string{">Changed", "Subject"}, rows)
	want := "Changed  Subject\n     26  \x1b[1;31mOnly match JS::Call exactly, since it begins\x1b[0m\n           longer names, too\n" +
		"           a detail that is so long that it goes on below,\n             too\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
}

// TestTablePaintsEachRow: a row's own text is painted, and not a detail of the row above that ends like it, nor an empty one's
// neighbour.
func TestTablePaintsEachRow(t *testing.T) {
	var b strings.Builder
	rows := []row{newRow("1", "a\n  as is list:2: b"), {[]string{"2", "2: b"}, alarm}, {[]string{"3", ""}, caution}, {[]string{"4", "c"}, faint}}
	NewText(&b, Options{Color: true}).table([]string{">N", ""}, rows)
	want := "N\n1  a\n     as is list:2: b\n2  \x1b[1;31m2: b\x1b[0m\n3\n4  \x1b[2mc\x1b[0m\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
}

// TestTableBelow: where a terminal is too narrow for a last column of text, the text stands below its row.
func TestTableBelow(t *testing.T) {
	header, rows := []string{"Date", ">Changed", "Subject"}, []row{newRow("2024-07-01", "26", "Only match JS::Call exactly\n  a detail")}
	for width, want := range map[int]string{
		0:  "Date        Changed  Subject\n2024-07-01       26  Only match JS::Call exactly\n                       a detail\n",
		48: "Date        Changed  Subject\n2024-07-01       26  Only match JS::Call exactly\n                       a detail\n",
		31: "Date        Changed\n2024-07-01       26\n  Only match JS::Call exactly\n    a detail\n",
		20: "Date        Changed\n2024-07-01       26\n  Only match\n    JS::Call exactly\n    a detail\n",
	} {
		var b strings.Builder
		NewText(&b, Options{Width: width}).table(header, rows)
		if diff := cmp.Diff(want, b.String()); diff != "" {
			t.Errorf("width %d:\n%s", width, diff)
		}
	}
}

// TestSignaturesStayWhole: a signature that fits a terminal stands in one piece, whether its counts leave room beside it or not.
func TestSignaturesStayWhole(t *testing.T) {
	const signature = "mozilla::dom::First | mozilla::dom::Second | third"
	for width := len(signature) + 2; width < 120; width++ {
		var out bytes.Buffer
		text := NewText(&out, Options{Width: width})
		text.signatures([]compare.SignatureCount{{Signature: signature, Base: 123_456_789, Candidate: 9}})
		lines := strings.Split(out.String(), "\n")
		if !strings.Contains(out.String(), signature) || slices.ContainsFunc(lines, func(line string) bool { return len(line) > width }) {
			t.Errorf("in %d columns:\n%s", width, out.String())
		}
	}
}
