package report

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sigdiff/sigdiff/engine/pipelines"
	"github.com/sigdiff/sigdiff/engine/table"
	"github.com/sigdiff/sigdiff/internal/plural"
)

// nastyPipelines has figures of every kind, and strings that try something.
func nastyPipelines() *Pipelines {
	first := pipelines.Compare(map[[2]string]int{{"0", "0"}: 20000, {"0", "1"}: 1, {"1", "2"}: 3000, {"2", "2"}: 453})
	first.B = 1
	second := pipelines.Compare(map[[2]string]int{{"0", "0"}: 20001, {"1", "1"}: 3000, {"2", "2"}: 453})
	second.B = 2
	third := pipelines.Compare(map[[2]string]int{{"0", "0"}: 5000, {"0", "1"}: 5000, {"1", "0"}: 5000, {"1", "1"}: 5000, {"2", "2"}: 3454})
	third.A, third.B = 1, 2
	return &Pipelines{
		Sides: []Side{
			{Spec: "main", Kind: "git", Revision: "ee6e502f972c97666bc9b7bcad627c547dd9e17a", Digest: "1111111111111111", Date: "2026-10-01T12:00:00Z", Subject: "bug 1 \x1b[2J"},
			{Spec: "a|`b`/<b>", Kind: "dir", Digest: "2222222222222222", Rules: "proto:5,+SigTruncate"},
			{Spec: "exec:./x \x1b[2J", Kind: "exec"},
		},
		Corpus: Corpus{Name: "nightly | `x`", Crashes: 23456, Digest: "3333333333333333"},
		Notes:  []Note{{Text: Sentence("of another age %s", "\x1b[2J"), Unknown: true}},
		Measured: &pipelines.Measured{
			Crashes: 23456, Compared: 23454, Left: table.Left{
				Missing:  []string{"0000ffff-0000-4000-8000-000000261014"},
				Failures: []table.Failure{{ID: "2000ffff-0000-4000-8000-000000261014", Err: "pipeline 3: \x1b]0;title\a"}},
			},
			Pipelines: []pipelines.Pipeline{{Signatures: 3, Largest: 23454}, {Signatures: 3, Singletons: 1, Largest: 23454}, {Signatures: 23454, Singletons: 23454, Largest: 20}},
			Pairs:     []pipelines.Pair{first, second, third},
		},
	}
}

func TestPipelinesGolden(t *testing.T) {
	nothing := &Pipelines{Sides: []Side{{Spec: "main"}}, Measured: &pipelines.Measured{Pipelines: []pipelines.Pipeline{{}}}}
	for _, format := range PipelinesFormats().Names() {
		for name, p := range map[string]*Pipelines{"pipelines.": nastyPipelines(), "pipelines.nothing.": nothing} {
			var out bytes.Buffer
			if err := PipelinesFormats().Render(&out, format, p, Options{}); err != nil {
				t.Fatal(err)
			}
			if strings.ContainsAny(out.String(), "\x1b\a") {
				t.Errorf("%s%s steers a terminal", name, format)
			}
			golden(t, name+format, out.Bytes())
		}
	}
}

// TestPipelinesFit: pairs that don't fit into a comment are counted.
func TestPipelinesFit(t *testing.T) {
	p := nastyPipelines()
	p.Pairs = slices.Repeat(p.Pairs, 1000)
	var out bytes.Buffer
	if err := PipelinesFormats().Render(&out, "markdown", p, Options{}); err != nil {
		t.Fatal(err)
	}
	shown := strings.Count(out.String(), "\n| 1 | ") + strings.Count(out.String(), "\n| 2 | ") - 2 // but for the pipelines themselves
	if want := fmt.Sprintf("\n%s pairs omitted\n", plural.Number(3000-shown)); out.Len() > markdownLimit || !strings.HasSuffix(out.String(), want) {
		t.Errorf("%d bytes, which don't end in %q: %s", out.Len(), want, out.String()[out.Len()-200:])
	}
}

func TestRatio(t *testing.T) {
	for f, want := range map[float64]string{
		0: "0.000", 1: "1.000", 0.5: "0.500", 0.9996: ">0.999", 0.0004: "<0.001", -0.5: "-0.500", -0.0001: "0.000",
	} {
		if got := ratio(f); got != want {
			t.Errorf("%v: %s, want %s", f, got, want)
		}
	}
}
