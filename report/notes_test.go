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

// codeDiffers is a comparison of commits whose code differs, from each other and from what the engine follows.
func codeDiffers() *Report {
	change := Commit{Revision: strings.Repeat("1a", 20), Date: "2024-05-08T12:00:00Z", Subject: "what it did"}
	return &Report{
		Base:      Side{Spec: "old", Kind: "git", Code: &SideCode{Files: []string{"socorro/signature/rules.py"}, Since: []Commit{change, change}}},
		Candidate: Side{Spec: "new", Kind: "git", Code: &SideCode{Since: []Commit{change}}},
		Code:      &CodeChange{Files: []string{"socorro/signature/rules.py"}, Commits: []Commit{change, change, change, change, change}},
	}
}

// The sides' code is told in two sentences at most, that of the older side for both.
func TestCodeNotes(t *testing.T) {
	r := codeDiffers()
	want := []string{
		"base and candidate differ in Socorro's code, too: socorro/signature/rules.py (" + strings.Repeat("1a1a1a1a1 what it did; ", 4) + "and 1 more); what that does is not in this report, which makes both sides with the rules of " + Followed(),
		"base and candidate had other code than that of " + Followed() + ", which sigdiff follows: socorro/signature/rules.py; the algorithm changed 2 times since, last on 2024-05-08 (1a1a1a1a1 what it did); signatures of that code may be others",
	}
	if got := r.Unknown(); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	r.Code, r.Base.Code = nil, nil
	if got := r.Unknown(); len(got) != 1 || !strings.HasPrefix(got[0], "the candidate had other code") {
		t.Errorf("the candidate alone: %q", got)
	}
	r.Candidate.Code = nil
	if got := r.Unknown(); got != nil {
		t.Errorf("the same code: %q", got)
	}
}
