package signatures

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"testing"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/internal/enginetest"
)

// stackRulesets are what the rulesets that take frames make of a crash that has a frame of each kind.
var stackRulesets = map[string]string{
	"default":                   "OOM | large | pre | stop",
	"stack":                     "pre | stop",
	"stack,+OOMSignature":       "OOM | large | pre | stop",
	"proto":                     "first | sentinel | skip | pre | skip | stop | lib.so | lib.so | last",
	"proto:1":                   "first",
	"proto:4":                   "first | sentinel | skip | pre",
	"proto:99":                  "first | sentinel | skip | pre | skip | stop | lib.so | lib.so | last",
	"proto:1,+OOMSignature":     "OOM | large | first",
	"proto:1,-SigTruncate":      "first",
	"top:1":                     "pre",
	"top:2":                     "pre | stop",
	"top:4":                     "pre | stop | lib.so | last",
	"top:99":                    "pre | stop | lib.so | last",
	"hash":                      hashOf("first | sentinel | skip | pre | skip | stop | lib.so | lib.so | last"),
	"hash,+OOMSignature":        "OOM | large | " + hashOf("first | sentinel | skip | pre | skip | stop | lib.so | lib.so | last"),
	"-OOMSignature":             "pre | stop",
	"stack,-SigTruncate":        "pre | stop",
	" top:2 , +OOMSignature":    "OOM | large | pre | stop",
	"top:2,+SigFixWhitespace":   "pre | stop",
	"2023":                      "OOM | large | pre | stop",
	"proto:2,+BadHardware":      "first | sentinel",
	"stack,-OOMSignature":       "pre | stop",
	"stack,+SigTruncate":        "pre | stop",
	"default,+SigFixWhitespace": "OOM | large | pre | stop",
}

func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}

func TestStackRulesets(t *testing.T) {
	set := enginetest.NewSet(t, "sentinel", "skip|sentinel", "pre", "zz")
	doc := enginetest.Crashes(enginetest.NewStack(1, "first sentinel skip pre skip stop lib.so lib.so last", `, "oom_allocation_size": 4000000`))[0]
	crash, err := crashdata.ParseProcessed(doc)
	if err != nil {
		t.Fatal(err)
	}
	for spec, want := range stackRulesets {
		rules, err := ParseRuleset(spec)
		if err != nil {
			t.Errorf("%s: %v", spec, err)
			continue
		}
		worker := NewGenerator(set, rules).Worker()
		got, err := worker.Generate(crash)
		explained, explainErr := worker.Explain(crash)
		if err != nil || explainErr != nil || got.Signature != want || explained.Signature != want {
			t.Errorf("%s: %q, %q, want %q; %v, %v", spec, got.Signature, explained.Signature, want, err, explainErr)
			continue
		}
		// A line is named where it decides, which those of the prefix list don't where a number of frames is taken.
		for _, f := range explained.Passes[0].Frames {
			decides := f.Treatment == Irrelevant || f.Treatment == Prefix && rules.take.byLists()
			if (f.Line != nil) != decides {
				t.Errorf("%s: %s is %s, by %v", spec, f.Text, f.Treatment, f.Line)
			}
		}
	}
}

// What has no frames has the signature of the walk, whatever the frames are that a ruleset takes.
func TestStackRulesetsWithoutFrames(t *testing.T) {
	set := enginetest.NewSet(t, "s", "zz", "zz", "zz")
	for doc, want := range map[string]string{
		`{"json_dump":{"crash_info":{"crashing_thread":0},"threads":[{"frames":[]}]}}`: "EMPTY: no frame data available",
		`{"json_dump":{},"java_stack_trace":"a.B: c\n\tat d.e(F.java:1)"}`:             "a.B: c at d.e(F.java)",
	} {
		crash, err := crashdata.ParseProcessed([]byte(doc))
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range []string{"stack", "proto", "proto:3", "top:3", "hash"} {
			rules, err := ParseRuleset(spec)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := NewGenerator(set, rules).Worker().Generate(crash); err != nil || got.Signature != want {
				t.Errorf("%s: %q, %v, want %q", spec, got.Signature, err, want)
			}
		}
	}
}

func TestRulesetsThatAreNone(t *testing.T) {
	for _, spec := range []string{"top", "top:", "top:0", "proto:", "proto:0", "proto:-1", "proto:x", "stack:1", "hash:8", "proto:1:2", "stack,proto", "proto:99999999999999999999"} {
		if rules, err := ParseRuleset(spec); err == nil {
			t.Errorf("%q is accepted: %v", spec, rules.Names())
		}
	}
}

func TestSplitRulesets(t *testing.T) {
	for list, want := range map[string][]string{
		"default":                             {"default"},
		"default,stack,proto:5":               {"default", "stack", "proto:5"},
		"-SigTruncate,+HungProcess":           {"-SigTruncate,+HungProcess"},
		"-SigTruncate,stack, +OOMSignature,x": {"-SigTruncate", "stack,+OOMSignature", "x"},
		"":                                    {""},
	} {
		if got := SplitRulesets(list); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", list, got, want)
		}
	}
}

// The same names of rules are not yet the same ruleset.
func TestRulesetsAreEqual(t *testing.T) {
	specs := []string{"default", "2023", "stack", "proto", "proto:2", "top:2", "hash", "stack,+SigTruncate"}
	for i, a := range specs {
		for j, b := range specs {
			x, errX := ParseRuleset(a)
			y, errY := ParseRuleset(b)
			if errX != nil || errY != nil || x.Equal(y) != (i == j) {
				t.Errorf("%s, %s: %v, %v, %v", a, b, x.Equal(y), errX, errY)
			}
		}
	}
}
