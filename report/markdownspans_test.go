package report

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/sigdiff/sigdiff/engine/signatures"
)

// codeSpans reads a block of Markdown as CommonMark does (sections 2.4 and 6.1): what is outside of its code
// spans, each of which is a ␣ there, and what is in them. A run of backticks without another of its length
// is text; a backslash takes its meaning from a character of punctuation, but not within a span.
func codeSpans(block string) (outside string, spans []string) {
	var rest strings.Builder
	for i := 0; i < len(block); {
		switch {
		case block[i] == '\\' && i+1 < len(block):
			rest.WriteString(block[i : i+2])
			i += 2
		case block[i] == '`':
			fence := block[i : i+ticksAt(block, i)]
			end := closing(block, i+len(fence), len(fence))
			if end < 0 {
				rest.WriteString(fence)
				i += len(fence)
				continue
			}
			spans = append(spans, unpadded(block[i+len(fence):end]))
			rest.WriteString("␣")
			i = end + len(fence)
		default:
			rest.WriteByte(block[i])
			i++
		}
	}
	return rest.String(), spans
}

// ticksAt is how many backticks there are from i on.
func ticksAt(text string, i int) int { return len(text[i:]) - len(strings.TrimLeft(text[i:], "`")) }

// closing is where the next run of so many backticks begins, -1 without any.
func closing(text string, i, ticks int) int {
	for i < len(text) {
		n := ticksAt(text, i)
		if n == ticks {
			return i
		}
		i += max(n, 1)
	}
	return -1
}

// unpadded is the content of a span, less the space that belongs to its fence.
func unpadded(span string) string {
	span = strings.ReplaceAll(span, "\n", " ")
	if len(span) > 1 && span[0] == ' ' && span[len(span)-1] == ' ' && strings.Trim(span, " ") != "" {
		return span[1 : len(span)-1]
	}
	return span
}

// readSpans reads a page: paragraphs and the items of lists, of which each is a block.
func readSpans(page string) (outside string, spans []string) {
	var blocks []string
	for _, line := range strings.SplitAfter(page, "\n") {
		item := strings.TrimLeft(line, " ")
		if len(blocks) == 0 || strings.TrimSpace(line) == "" || strings.HasPrefix(item, "* ") || strings.HasPrefix(item, "- ") {
			blocks = append(blocks, line)
		} else {
			blocks[len(blocks)-1] += line
		}
	}
	var all strings.Builder
	for _, block := range blocks {
		text, found := codeSpans(block)
		all.WriteString(text)
		spans = append(spans, found...)
	}
	return all.String(), spans
}

func TestCodeSpans(t *testing.T) {
	for in, want := range map[string][]string{
		"a `b` c":     {"a ␣ c", "b"},
		"`` a`b ``":   {"␣", "a`b"},
		"`a``b` c":    {"␣ c", "a``b"},
		"``a` b":      {"``a` b"},
		"\\`a`b`":     {"\\`a␣", "b"},
		"`a\\` b`":    {"␣ b`", "a\\"},
		"` ` `  b `":  {"␣ ␣", " ", " b"},
		"`` ``` `":    {"`` ``` `"},
		"a``b\nc`d``": {"a␣", "b c`d"},
	} {
		outside, spans := codeSpans(in)
		if got := append([]string{outside}, spans...); !slices.Equal(got, want) {
			t.Errorf("%q is read as %q, want %q", in, got, want)
		}
	}
}

// pieces are what texts are made of that try to get out of code spans, or to mean something outside.
var pieces = []string{
	"`", "``", "```", " ", "  ", "\\", "|", "\n", "\n\n", "\t", "\r", "a", "* ", "# ", "> ", "<img src=x>", "![x](https://evil.example/p.png)",
	"@victim", "#1", "https://evil.example/", "<!--", "-->", "~~~", "&lt;", "**", "_", "é", "\u202e", "\x00", "\xff", "\u2028",
}

func anyText(r *rand.Rand) string {
	var b strings.Builder
	for range r.IntN(8) {
		b.WriteString(pieces[r.IntN(len(pieces))])
	}
	return b.String()
}

// TestSpansHold: whatever the texts, each is the content of a code span, and what is outside of spans is what
// is there with harmless texts.
func TestSpansHold(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		texts := make([]string, 4)
		for i := range texts {
			texts[i] = anyText(r)
		}
		for name, write := range map[string]func(*testing.T, []string) string{"signature": writeSignatures, "explain": writeExplanation} {
			want := make([]string, len(texts))
			for i, text := range texts {
				want[i] = Visible(text)
			}
			got, spans := readSpans(strings.ReplaceAll(write(t, texts), "*"+noSignature+"*", "`"+noSignature+"`"))
			harmless := []string{"t0", "t1", "t2", "t3"}
			if texts[0] == texts[1] { // is said
				harmless[1] = "t0"
			}
			plain, places := readSpans(write(t, harmless))
			for i, place := range places {
				if at := strings.IndexByte("0123", place[len(place)-1]); len(place) == 2 && place[0] == 't' && at >= 0 {
					places[i] = signatureText(want[at]) // one that is empty is no span
				}
			}
			if got != plain || !slices.Equal(spans, places) {
				t.Fatalf("%s of %q:\n%s\nis read as\n%s\nwant\n%s\nspans %q\nwant  %q", name, texts, write(t, texts), got, plain, spans, places)
			}
		}
	}
}

// writeSignatures is what signature makes of two crashes.
func writeSignatures(t *testing.T, texts []string) string {
	var out bytes.Buffer
	p, err := NewSignaturePrinter(&out, "markdown", SignatureOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := p.Print("id", texts[0], signatures.Result{Signature: texts[1], Notes: texts[2:]}); err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}

// writeExplanation is what explain makes of a crash, without its frames, which are in tables.
func writeExplanation(t *testing.T, texts []string) string {
	var out bytes.Buffer
	e := &Explanation{ID: crashIDs(0, 1)[0], Recorded: "recorded", Candidate: &Explained{Side: nasty().Base, Result: signatures.Result{Signature: texts[0], Notes: texts[1:]}}}
	if err := ExplainFormats().Render(&out, "markdown", e, Options{Host: testHost}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}
