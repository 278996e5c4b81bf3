package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/sigdiff/sigdiff/engine/suggest"
	"github.com/sigdiff/sigdiff/siglists"
)

// nastySuggestion has steps of both lists, and strings that try something.
func nastySuggestion() *Suggestion {
	return &Suggestion{
		Siglists: Side{Spec: "main", Kind: "git", Revision: "ee6e502f972c97666bc9b7bcad627c547dd9e17a", Digest: "1111111111111111"},
		Corpus:   Corpus{Name: "nightly | `x`", Crashes: 23456, Digest: "3333333333333333"},
		Notes:    []Note{{Text: Sentence("of another age %s", "\x1b[2J")}},
		Commands: []string{"sigdiff diff --base main --candidate 'with \x1b[2J'"},
		Patch:    []byte("--- a/prefix_signature_re.txt\n"),
		Suggestion: &suggest.Suggestion{
			Signatures: []suggest.Count{{Signature: hostile, Crashes: 168}}, Crashes: 23456,
			Steps: []suggest.Step{
				{
					List: siglists.Irrelevant, Lines: []string{"wait$", `__wait\.x`}, Frame: "wait", Crashes: 168,
					Callers: []string{"a", escapes, "b", "c"}, Entropy: 0,
				},
				{List: siglists.Prefix, Lines: []string{"event"}, Frame: "event", Crashes: 166, Callers: []string{"a"}, Entropy: 1.75},
				{List: siglists.Prefix, Lines: []string{"loop"}, Frame: "loop", Crashes: 100, Entropy: 2.5},
			},
			After:   []suggest.Count{{Signature: escapes, Crashes: 100}, {Signature: long, Crashes: 60}, {Signature: "", Crashes: 8}},
			Outside: []suggest.Move{{From: hostile, To: escapes, Crashes: 4}, {From: "a", To: "a | b", Crashes: 1}},
		},
	}
}

func TestSuggestGolden(t *testing.T) {
	refused, together := nastySuggestion(), nastySuggestion()
	refused.Refused, refused.Commands, refused.Patch = "it is "+escapes, nil, nil
	together.Signatures = append(together.Signatures, suggest.Count{Signature: "b", Crashes: 1})
	together.Steps = []suggest.Step{{List: siglists.Irrelevant, Lines: []string{"wait$", `__wait\.x`}}}
	together.After = together.After[:1]
	for name, s := range map[string]*Suggestion{"suggest": nastySuggestion(), "suggest.refused": refused, "suggest.together": together} {
		for _, format := range SuggestFormats().Names() {
			var out bytes.Buffer
			if err := SuggestFormats().Render(&out, format, s, Options{Limit: 2}); err != nil {
				t.Fatal(err)
			}
			golden(t, name+"."+format, out.Bytes())
		}
	}
	var out bytes.Buffer
	refused.Steps = nil
	if err := SuggestFormats().Render(&out, "text", refused, Options{}); err != nil || strings.Contains(out.String(), "Tried") {
		t.Errorf("nothing was tried, %v: %s", err, out.String())
	}
}
