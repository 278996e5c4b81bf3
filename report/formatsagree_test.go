package report

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"html"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/sigdiff/sigdiff/engine/compare"
)

// figures are what every format says of a comparison, as far as it says it.
type figures struct {
	Totals   string   // in the words of totalsText
	Groups   []string // crashes and kinds, sorted
	Concerns int
}

var (
	totalsLine = regexp.MustCompile(`[\d,]+ crash(?:es)? compared: .* before, [\d,]+ after`)
	textGroup  = regexp.MustCompile(`(?m)^([\d,]+) crash(?:es)? (renamed|merged|split|mixed)  `)
	mdGroup    = regexp.MustCompile(`(?m)^(?:\*\*|<summary>)([\d,]+) crash(?:es)?,? (renamed|merged|split|mixed)(?:\*\*)?:`)
	pageGroup  = regexp.MustCompile(`~([\d,]+)~crash(?:es)?~(renamed|merged|split|mixed)~before: ~`)
	pageTotals = regexp.MustCompile(`~([\d,]+)~of ([\d,]+) crash(?:es)? changes? signature~`)
	pageBefore = regexp.MustCompile(`~([\d,]+) → ([\d,]+)~signatures before and after~`)
	verdictSum = regexp.MustCompile(`(?i)changed lines: ([^\n*]+)`)
	tags       = regexp.MustCompile(`(?s)<(style|script)[^>]*>.*?</(style|script)>|<[^>]*>`)
	gaps       = regexp.MustCompile(`(?:~\s*)+`)
)

func groupsIn(groups [][]string) []string {
	var all []string
	for _, g := range groups {
		all = append(all, strings.ReplaceAll(g[1], ",", "")+" "+g[2])
	}
	slices.Sort(all)
	return all
}

// TestFormatsAgree: the same report has the same figures in every format.
func TestFormatsAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		crashes := drawCrashes(t)
		crashes = slices.Repeat(crashes, rapid.SampledFrom([]int{1, 3, 70}).Draw(t, "times"))
		base, candidate := drawGenerator(t, "base"), drawGenerator(t, "candidate")
		tally, err := compare.Compare(t.Context(), crashes, base, candidate, compare.Options{Workers: 1, Examples: 2, Changed: true, Verdicts: true})
		if err != nil {
			t.Fatal(err)
		}
		r, err := New(t.Context(), Side{Spec: "old", Kind: "dir"}, Side{Spec: "new", Kind: "dir"}, Corpus{Name: "c", Crashes: len(crashes)}, tally)
		if err != nil {
			t.Fatal(err)
		}
		if r.Totals.Compared == 0 {
			return // then reports have no figures
		}
		render := func(name string, o Options) string {
			var b bytes.Buffer
			if err := ComparisonFormats().Render(&b, name, r, o); err != nil {
				t.Fatal(err)
			}
			return b.String()
		}
		var doc struct {
			Totals   compare.Totals
			Concerns []any
			Groups   []struct {
				Base, Candidate, Kind string
				Crashes               int
			}
		}
		if err := json.Unmarshal([]byte(render("json", Options{})), &doc); err != nil {
			t.Fatal(err)
		}
		want := figures{Totals: totalsText(doc.Totals), Concerns: len(doc.Concerns)}
		pairs := map[compare.Pair]int{}
		for _, g := range doc.Groups {
			want.Groups = append(want.Groups, fmt.Sprint(g.Crashes, " ", g.Kind))
			pairs[compare.Pair{Base: g.Base, Candidate: g.Candidate}] = g.Crashes
		}
		slices.Sort(want.Groups)

		text, md := render("text", Options{}), render("markdown", Options{})
		for _, got := range []struct {
			name string
			figures
		}{
			{"text", figures{Totals: totalsLine.FindString(text), Groups: groupsIn(textGroup.FindAllStringSubmatch(text, -1)), Concerns: strings.Count(text, "\n  ! ")}},
			{"Markdown", figures{Totals: totalsLine.FindString(md), Groups: groupsIn(mdGroup.FindAllStringSubmatch(md, -1)), Concerns: strings.Count(md, "\n- ⚠️ ")}},
		} {
			if diff := gocmp.Diff(want, got.figures, cmpopts.EquateEmpty()); diff != "" {
				t.Fatalf("%s (-JSON +%[1]s)\n%s", got.name, diff)
			}
		}
		if a, b := lastOf(verdictSum.FindAllString(text, -1)), lastOf(verdictSum.FindAllString(md, -1)); !strings.EqualFold(a, b) {
			t.Fatalf("text: %s, Markdown: %s", a, b)
		}
		page := gaps.ReplaceAllString(html.UnescapeString(tags.ReplaceAllString(render("html", Options{}), "~")), "~")
		totals, before := pageTotals.FindStringSubmatch(page), pageBefore.FindStringSubmatch(page)
		if r.Totals.WithoutStack < r.Totals.Compared { // else that is all that the page says
			got := fmt.Sprint(totals[1:], before[1:])
			if want := fmt.Sprint([]int{doc.Totals.Changed, doc.Totals.Compared}, []int{doc.Totals.SignaturesBase, doc.Totals.SignaturesCandidate}); strings.ReplaceAll(got, ",", "") != want {
				t.Fatalf("HTML: %s, JSON %s", got, want)
			}
			if diff := gocmp.Diff(want.Groups, groupsIn(pageGroup.FindAllStringSubmatch(page, -1)), cmpopts.EquateEmpty()); diff != "" {
				t.Fatalf("(-JSON +HTML)\n%s", diff)
			}
		}
		byCrash, byGroup := map[compare.Pair]int{}, map[compare.Pair]int{}
		for _, row := range rowsOf(t, render("csv", Options{})) {
			byCrash[compare.Pair{Base: row[1], Candidate: row[2]}]++
		}
		for _, row := range rowsOf(t, render("csv", Options{By: ByGroup})) {
			n, err := strconv.Atoi(row[2])
			if err != nil {
				t.Fatal(err)
			}
			byGroup[compare.Pair{Base: row[0], Candidate: row[1]}] = n
		}
		if diff := cmp.Or(gocmp.Diff(pairs, byCrash), gocmp.Diff(pairs, byGroup)); diff != "" {
			t.Fatalf("(-JSON +CSV)\n%s", diff)
		}
		if ids := len(strings.Fields(render("ids", Options{}))); ids != doc.Totals.Changed {
			t.Fatalf("%d ids of %d", ids, doc.Totals.Changed)
		}
	})
}

func lastOf(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[len(list)-1]
}

// rowsOf are the rows of CSV behind its head, with no protection from spreadsheets.
func rowsOf(t interface{ Fatal(...any) }, text string) [][]string {
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		for i, field := range row {
			if formula().MatchString(field) {
				row[i] = strings.TrimPrefix(field, "'")
			}
		}
	}
	return rows[1:]
}
