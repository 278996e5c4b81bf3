package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/lint"
)

// lintLists is what lint finds in siglists with these lines.
func lintLists(t *testing.T, sentinels, irrelevant, prefix string) []lint.Finding {
	t.Helper()
	sources := siglists.Sources{siglists.Sentinels: []byte(sentinels), siglists.Irrelevant: []byte(irrelevant), siglists.Prefix: []byte(prefix), siglists.LineNumbers: nil}
	set, err := sources.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	findings, err := lint.Run(t.Context(), set, lint.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return findings
}

// TestGoldenLint renders findings that need every escape there is.
func TestGoldenLint(t *testing.T) {
	refused := lint.Errors(&siglists.LoadError{Problems: []siglists.Problem{
		{File: "prefix_signature_re.txt", Line: 3, Text: "foo(", Reason: "missing ), unterminated subpattern at position 3"},
		{File: "signature_sentinels.txt", Reason: "no such file,\nat all"},
	}})
	found := lintLists(t, "begin_panic.*", "moz_\nfoo 100%\u200bsure", "moz_xmalloc\nenum$<T>::unwrap\n`anonymous namespace'::foo\nwl_.*\nwl_.*")
	l := NewLint("lists", "main", "a,b:c/lists", append(refused, found...))
	for _, format := range LintFormats().Names() {
		for name, l := range map[string]*Lint{"lint.": l, "lint.none.": NewLint("lists", "", "", nil)} {
			var b bytes.Buffer
			if err := LintFormats().Render(&b, format, l, Options{}); err != nil {
				t.Fatal(err)
			}
			goldenIn(t, name+format, format, b.Bytes())
		}
	}
	if err := LintFormats().Render(&bytes.Buffer{}, "xml", l, Options{}); err == nil {
		t.Error("an unknown format is rendered")
	}
}

// TestFindingsStayData: what a line of a list says gets out of no code span, whatever it is.
func TestFindingsStayData(t *testing.T) {
	for _, text := range []string{"`<img src=//x>@all", "a`@all`*b*", "x`<b>`", "`www.example.com", "a`www.example.com`b", "`", "``@all``", "\u202e`@all"} {
		for _, line := range []string{text, text + "\n" + text, "::<" + text + ">::f", text + "(int)", "foo " + text + "$x"} {
			var b bytes.Buffer
			l := NewLint(text, "", text, lintLists(t, line, "", line))
			if err := LintFormats().Render(&b, "markdown", l, Options{}); err != nil {
				t.Fatal(err)
			}
			words, _ := readSpans(b.String())
			for _, danger := range []string{"<img", "<b>", "@all", "*b*", "www."} {
				if strings.Contains(words, danger) {
					t.Errorf("%q: %s is no data in\n%s", line, danger, b.String())
				}
			}
		}
	}
}

// TestMessageText: GitHub makes links of words, which are data then.
func TestMessageText(t *testing.T) {
	for message, want := range map[string]string{"it is odd": "it is odd", "see www.example.com": "`see www.example.com`", "`www.example.com` is odd": "`www.example.com` is odd"} {
		if got := mdPhrase(messageText(message, ""), mdCode); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
