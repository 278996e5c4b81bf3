package compare

import (
	"strings"
	"testing"

	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/enginetest"
	"github.com/sigdiff/sigdiff/siglists"
)

// TestRuleChanges: marks are of the rules that fired, whatever frames are called.
func TestRuleChanges(t *testing.T) {
	for _, test := range []struct {
		name, prefix  string // the line of the candidate
		frames, extra string
		want          string
	}{
		{"a frame that looks like a mark", "Abort", "Abort a", "", ""},
		{"frames that look like marks, one of a rule that fired before", "Abort\nshutdownhang", "Abort shutdownhang hang: OOM EMPTY: a", `, "abort_message": "m"`, ""},
		{"an end that looks cut off", "pre", "pre " + strings.Repeat("x", 246) + "...", "", ""},
		{"a cut end", "pre", "pre " + strings.Repeat("x", 250), "", "+truncated"},
		{"a rule that reads the signature", "pre", "pre mozalloc_handle_oom", "", "+OOM | unknown"},
		{"a small one, which is all that stays", "pre", "pre RunWatchdog", `, "oom_allocation_size": 1`, ""},
		{"made again from thread 0", "pre", "pre RunWatchdog", "", "+shutdownhang"},
		{"made again from thread 0 without the mark of a rule that fired on both sides", "pre", "pre RunWatchdog", `, "abort_message": "m"`, "+shutdownhang"},
		{"one that stands behind others", "pre", "pre mozalloc_handle_oom", `, "hang": "h", "abort_message": "m"`, "+OOM | unknown"},
	} {
		t.Run(test.name, func(t *testing.T) {
			base := signatures.NewGenerator(enginetest.NewSet(t, "s", "zz", "zz", "zz"), signatures.DefaultRules())
			candidate := signatures.NewGenerator(enginetest.NewSet(t, "s", "zz", "zz\n"+test.prefix, "zz"), signatures.DefaultRules())
			crash := crashesOf(t, enginetest.NewStack(1, test.frames, test.extra))
			tally, err := Compare(t.Context(), crash, base, candidate, Options{Workers: 1})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, g := range tally.Groups() {
				got = append(got, g.RuleChanges...)
			}
			explained, err := Explain(crash[0], base.Worker(), candidate.Worker())
			if err != nil {
				t.Fatal(err)
			}
			for _, got := range [][]string{got, explained.RuleChanges()} {
				if strings.Join(got, ", ") != test.want {
					t.Errorf("%v, want %q: %q, %q", got, test.want, explained.Base.Signature, explained.Candidate.Signature)
				}
			}
		})
	}
}

// Which rules made recorded signatures is not known, and nothing is said about them.
func TestRuleChangesOfRecorded(t *testing.T) {
	candidate := signatures.NewGenerator(enginetest.NewSet(t, "s", "zz", "zz", "zz"), signatures.DefaultRules())
	crash := crashesOf(t, enginetest.NewStack(1, "a", `, "abort_message": "m", "signature": "shutdownhang | a"`))
	for _, sides := range [][2]signatures.Signer{{signatures.Recorded{}, candidate.Worker()}, {candidate.Worker(), signatures.Recorded{}}} {
		explained, err := Explain(crash[0], sides[0], sides[1])
		if err != nil || !explained.Changed() || explained.RuleChanges() != nil {
			t.Errorf("%v, %v", explained.RuleChanges(), err)
		}
	}
}

// TestCausesOfEqualLines: of two equal lines the one that decides a frame is its cause, and the other is none.
func TestCausesOfEqualLines(t *testing.T) {
	for _, test := range []struct {
		name            string
		base, candidate *siglists.Set
		causes          string
	}{
		{
			"the later goes", enginetest.NewSet(t, "s", "zz", "pre\nzz\npre", "qq"), enginetest.NewSet(t, "s", "pre", "pre\nzz", "qq"),
			"added irrelevant_signature_re:1:pre shadowed prefix_signature_re:1:pre",
		},
		{
			"a later comes", enginetest.NewSet(t, "s", "zz\npre", "pre\nzz", "qq"), enginetest.NewSet(t, "s", "zz", "pre\nzz\npre", "qq"),
			"removed irrelevant_signature_re:2:pre",
		},
		{
			"both go", enginetest.NewSet(t, "s", "zz", "pre\nzz\npre", "qq"), enginetest.NewSet(t, "s", "pre", "zz", "qq"),
			"added irrelevant_signature_re:1:pre removed prefix_signature_re:1:pre",
		},
	} {
		tally, err := Compare(t.Context(), crashesOf(t, enginetest.NewStack(1, "pre a b", "")),
			signatures.NewGenerator(test.base, signatures.DefaultRules()), signatures.NewGenerator(test.candidate, signatures.DefaultRules()), Options{Workers: 1, Verdicts: true})
		if err != nil {
			t.Fatal(err)
		}
		var causes []string
		for _, g := range tally.Groups() {
			for _, c := range g.Causes {
				text, err := c.Cause.MarshalText()
				if err != nil {
					t.Fatal(err)
				}
				causes = append(causes, string(text))
			}
		}
		if got := strings.Join(causes, " "); got != test.causes {
			t.Errorf("%s: %s, want %s", test.name, got, test.causes)
		}
	}
}

// Where the two rulesets take other frames of a stack, no line is the cause of that.
func TestOtherFramesHaveNoCause(t *testing.T) {
	set := enginetest.NewSet(t, "s", "skip", "pre|s", "zz")
	crash := crashesOf(t, enginetest.NewStack(1, "a s skip pre b", ""))[0]
	walks := signatures.NewGenerator(set, signatures.DefaultRules())
	for _, spec := range []string{"proto", "proto:3", "top:1", "hash"} {
		rules, err := signatures.ParseRuleset(spec)
		if err != nil {
			t.Fatal(err)
		}
		takes := signatures.NewGenerator(set, rules)
		for _, sides := range [][2]*signatures.Generator{{walks, takes}, {takes, walks}} {
			explained, err := Explain(crash, sides[0].Worker(), sides[1].Worker())
			if err != nil {
				t.Fatal(err)
			}
			if _, causes := explained.Why(NewDiffer(sides[0], sides[1])); !explained.Changed() || causes != nil {
				t.Errorf("%s: %q, %q: %v", spec, explained.Base.Signature, explained.Candidate.Signature, causes)
			}
		}
	}
}
