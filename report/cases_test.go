package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/sigdiff/sigdiff/engine/cases"
	"github.com/sigdiff/sigdiff/siglists"
)

// TestCasesGone: a case that passes and proves nothing for its line any more is named wherever people read how the cases fared.
func TestCasesGone(t *testing.T) {
	gone := line(siglists.Prefix, 0, "a|b")
	fared := &Cases{Outcomes: []cases.Outcome{{Case: &cases.Case{Name: "one.json", Signature: "x", Lines: []siglists.Line{gone}}, Given: "x", Gone: []siglists.Line{gone}}}}
	for format, want := range map[string]string{
		"text":  "case one.json, for prefix:a|b: it passes, and the siglists don't have prefix:a|b\n",
		"junit": "case one.json, for prefix:a|b: it passes, and the siglists don&#39;t have prefix:a|b<",
	} {
		var out bytes.Buffer
		if err := CasesFormats().Render(&out, format, fared, Options{}); err != nil || !strings.Contains(out.String(), want) {
			t.Errorf("%s: %v\n%s", format, err, out.String())
		}
	}
	// JUnit has notes in their order, made visible like all else.
	fared.Notes = []Note{{Text: say("first\x1b[2J"), Unknown: true}, {Text: say("second")}}
	var out bytes.Buffer
	if err := CasesFormats().Render(&out, "junit", fared, Options{}); err != nil || !strings.Contains(out.String(), "<system-out>first\\x1b[2J&#xA;second&#xA;Without a case: 0 of 0 lines&#xA;case one.json") {
		t.Errorf("%v\n%s", err, out.String())
	}
	out.Reset()
	if err := WriteReview(&out, &Review{Report: nasty(), Cases: fared}, Options{}); err != nil {
		t.Fatal(err)
	}
	if want := "- case `one.json`, for `prefix:a|b`: it passes, and the siglists don't have `prefix:a|b`\n"; !strings.Contains(out.String(), want) {
		t.Errorf("the review lacks %s:\n%s", want, out.String())
	}
}
