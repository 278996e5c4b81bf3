package report

import (
	"testing"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/facts"
)

// TestFactsInWords: what goes, comes and becomes another, and how crashes change.
func TestFactsInWords(t *testing.T) {
	for got, want := range map[string]string{
		editText(facts.Edit{Place: facts.Front, Gone: "a"}).String():          "a | goes from the front",
		editText(facts.Edit{Place: facts.End, Came: "b"}).String():            "| b comes to the end",
		editText(facts.Edit{Place: facts.End, Gone: "a", Came: "b"}).String(): "a becomes b at the end",
		kindsText([]facts.Kind{{Kind: compare.Renamed, Crashes: 1}}):          "1 of 1 only changes its name",
		kindsText([]facts.Kind{{Kind: compare.Renamed, Crashes: 2}}):          "2 of 2 only change names",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestCriterionText: a criterion says which crashes it ranks, and which rank counts.
func TestCriterionText(t *testing.T) {
	for _, test := range []struct {
		criterion facts.Criterion
		rank      int
		want      string
	}{
		{facts.Criterion{Product: "Fenix", Channel: "beta", CPUs: []string{"arm64", "arm"}, Top: 10}, 1, "the top 10 of Fenix beta on arm64 or arm"},
		{facts.Criterion{Product: "Firefox", Channel: "beta", Processes: []string{"socket", "utility"}, Top: 5}, 1, "the top 5 of Firefox beta, socket and utility processes"},
		{facts.Criterion{Product: "Firefox", Channel: "beta", Platform: "Linux", Top: 5}, 1, "the top 5 of Firefox beta on Linux"},
		{facts.Criterion{Product: "Firefox", Channel: "release", Top: 20, TopStartup: 30}, 20, "the top 20 of Firefox release"},
		{facts.Criterion{Product: "Firefox", Channel: "release", Top: 20, TopStartup: 30}, 21, "the top 30 of Firefox release, as it has startup crashes"},
	} {
		if got := criterionText(test.criterion, facts.Standing{Rank: test.rank}); got != test.want {
			t.Errorf("%q, not %q", got, test.want)
		}
	}
}
