package compare

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/enginetest"
)

// TestWhy: the frames that two walks treat differently, and the lines that are why, as far as the walks tell.
func TestWhy(t *testing.T) {
	type lists struct{ sentinels, irrelevant, prefix, lineNumbers string }
	for _, test := range []struct {
		name, stack     string
		base, candidate lists
		rules           string // of the candidate
		want            []string
	}{
		{"a prefix more", "pre a b", lists{}, lists{prefix: "pre"}, "default", []string{"0 pre stop prefix", "added pre"}},
		{"a prefix less", "pre a b", lists{prefix: "pre"}, lists{}, "default", []string{"0 pre prefix stop", "removed pre"}},
		{"a sentinel more", "x cut y", lists{}, lists{sentinels: "cut"}, "default", []string{"1 cut unreached stop", "added cut"}},
		{"a sentinel more at the top of the stack", "cut x cut2 y", lists{sentinels: "cut2"}, lists{sentinels: "cut\ncut2"}, "default", []string{"0 cut cut stop", "shadowed cut2", "added cut"}},
		{"a sentinel less", "x cut y", lists{sentinels: "cut"}, lists{}, "default", []string{"1 cut stop unreached", "removed cut"}},
		{"a sentinel for another", "cut x cut2 y", lists{sentinels: "cut"}, lists{sentinels: "cut2"}, "default", []string{"0 cut stop cut", "2 cut2 unreached stop", "removed cut", "added cut2"}},
		{"a sentinel behind the first", "cut cut2", lists{sentinels: "cut"}, lists{sentinels: "cut\ncut2"}, "default", []string{"1 cut2 unreached unreached"}},
		{"a sentinel behind the first that another line adds", "cut cut2 a", lists{sentinels: "cut", prefix: "cut\ncut2"}, lists{sentinels: "cut\ncut2", prefix: "cut\ncu\ncut2"}, "default", []string{"1 cut2 prefix prefix"}},
		{"a sentinel that the candidate alone reaches", "cut x cut2 a", lists{sentinels: "cut", prefix: "cut"}, lists{sentinels: "cut\ncut2", prefix: "cut\nx\ncut2"}, "default", []string{"1 x stop prefix", "2 cut2 unreached prefix", "added x"}},
		{"a sentinel that the base alone reaches", "cut x cut2 a", lists{sentinels: "cut", prefix: "cut\nx\ncut2"}, lists{sentinels: "cut\ncut2", prefix: "cut"}, "default", []string{"1 x prefix stop", "2 cut2 prefix unreached", "removed x"}},
		{"a source line", "a b", lists{}, lists{lineNumbers: "a"}, "default", []string{"0 a stop stop", "added a"}},
		{"a prefix that becomes irrelevant", "pre a", lists{prefix: "pre"}, lists{irrelevant: "pre", prefix: "pre"}, "default", []string{"0 pre prefix irrelevant", "shadowed pre", "added pre"}},
		{"what only one side reaches", "pre skip a", lists{}, lists{irrelevant: "skip", prefix: "pre"}, "default", []string{"0 pre stop prefix", "added pre"}},
		{"what only the other reaches", "pre skip a", lists{irrelevant: "skip", prefix: "pre"}, lists{}, "default", []string{"0 pre prefix stop", "removed pre"}},
		{"rules that take other frames", "cut pre a", lists{}, lists{sentinels: "pre", prefix: "cut"}, "top:2", []string{"1 pre unreached prefix"}},
	} {
		generator := func(l lists, rules string) *signatures.Generator {
			ruleset, err := signatures.ParseRuleset(rules)
			if err != nil {
				t.Fatal(err)
			}
			return signatures.NewGenerator(enginetest.NewSet(t, l.sentinels, "zz\n"+l.irrelevant, "zz\n"+l.prefix, "zz\n"+l.lineNumbers), ruleset)
		}
		b, c := generator(test.base, "default"), generator(test.candidate, test.rules)
		result, err := NewExplainer(b, c).Explain(t.Context(), crashesOf(t, enginetest.NewStack(1, test.stack, ""))[0])
		if err != nil {
			t.Fatal(err)
		}
		result.decided = nil // what weighing the lines adds
		frames, causes := result.Why(NewDiffer(b, c))
		var got []string
		for _, f := range frames {
			got = append(got, fmt.Sprintf("%d %s %s %s", f.Frame, f.Base.Text, f.Base.Treatment, f.Candidate.Treatment))
		}
		for _, cause := range causes {
			got = append(got, fmt.Sprintf("%s %s", cause.Kind, cause.Line.Text))
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// TestCausesAsText: a cause is read back as it was written, and nothing else is one.
func TestCausesAsText(t *testing.T) {
	var c Cause
	for text, ok := range map[string]bool{
		"added prefix_signature_re:3:foo: bar": true, "removed signature_sentinels:1:a": true, "shadowed prefix_signature_re:3:a": true,
		"moved prefix_signature_re:3:a": false, "prefix_signature_re:3:a": false, "": false, "added": false,
	} {
		err := c.UnmarshalText([]byte(text))
		if (err == nil) != ok {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if back, err := c.MarshalText(); ok && (err != nil || string(back) != text) {
			t.Errorf("%q became %q, %v", text, back, err)
		}
	}
}

// TestExplainEnds: a context that has ended ends the search for the lines that decide, and is no limit of a pattern.
func TestExplainEnds(t *testing.T) {
	set := func(prefix string) *signatures.Generator {
		return signatures.NewGenerator(enginetest.NewSet(t, "s", "zz", prefix, "qq"), signatures.DefaultRules())
	}
	ctx, cancel := context.WithCancel(t.Context())
	crash := crashesOf(t, enginetest.NewStack(1, "foo bar", ""))[0]
	explainer := NewExplainer(set("zz"), set("foo"))
	if result, err := explainer.Explain(ctx, crash); err != nil || len(result.decided) != 1 {
		t.Fatalf("%v, %v", result.decided, err)
	}
	cancel()
	for _, e := range []*Explainer{explainer, NewExplainer(set("zz"), set("foo"))} {
		if _, err := e.Explain(ctx, crashesOf(t, enginetest.NewStack(1, "foo other", ""))[0]); !errors.Is(err, context.Canceled) || errors.Is(err, ErrUnweighed) {
			t.Errorf("%v", err)
		}
	}
}
