package report

import (
	"slices"
	"strings"
	"testing"
)

// Notes stand before all figures in the formats for people, those of what could not be known first, and
// what they quote steers neither Markdown nor HTML.
func TestNotesComeFirst(t *testing.T) {
	r := nasty()
	r.Notes = []Note{{Text: "the siglists are equal"}, {Text: "changes socorro/signature/rules.py <img> @a #1 `x` **b** https://evil", Unknown: true}}
	if got := r.Unknown(); !slices.Equal(got, []string{r.Notes[1].Text}) {
		t.Errorf("unknown: %q", got)
	}
	for _, name := range []string{"table", "markdown", "html"} {
		text := string(render(t, name, r, Options{}))
		unknown, known := strings.Index(text, "changes socorro/signature/rules.py"), strings.Index(text, "the siglists are equal")
		figures := strings.Index(text, newOutline(r).Totals)
		if name == "html" {
			figures = strings.Index(text, "<section")
		}
		if unknown < 0 || unknown > known || known > figures {
			t.Errorf("%s: notes at %d and %d, figures at %d", name, unknown, known, figures)
		}
		for _, raw := range []string{"<img>", "@a", "#1", "`x`", "**b**", "https://evil"} {
			if name == "markdown" && strings.Contains(text[unknown:unknown+200], raw) || name == "html" && raw == "<img>" && strings.Contains(text, raw) {
				t.Errorf("%s: holds %s as it is", name, raw)
			}
		}
	}
}
