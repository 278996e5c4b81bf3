package signatures

import (
	"fmt"
	"slices"
	"strings"
)

// rule is one step of the pipeline that makes a signature.
type rule struct {
	name  string
	apply func(*state) error
}

// pipeline holds every rule there is, in the order in which any ruleset applies them.
func pipeline() []rule {
	return []rule{
		{"SignatureGenerationRule", generateSignature},
		{"StackwalkerErrorSignatureRule", stackwalkerError},
		{"BadHardware", badHardware},
		{"OOMSignature", oomSignature},
		{"AbortSignature", abortSignature},
		{"SignatureShutdownTimeout", shutdownTimeout},
		{"SignatureRunWatchDog", runWatchDog},
		{"SignatureIPCChannelError", ipcChannelError},
		{"SignatureIPCMessageName", ipcMessageName},
		{"SignatureParentIDNotEqualsChildID", parentIDNotEqualsChildID},
		{"StackOverflowSignature", stackOverflow},
		{"HungProcess", hungProcess},
		{"SigPrintableCharsOnly", printableCharsOnly},
		{"SigFixWhitespace", fixWhitespace},
		{"SigTruncate", truncate},
	}
}

// The names of the rulesets that have rules of Socorro's: today's, and that of 2023.
const (
	DefaultRuleset = "default"
	OldRuleset     = "2023"
)

// notIn names, for each of these, the rules that are not in it.
var notIn = map[string][]string{
	DefaultRuleset: {"SignatureParentIDNotEqualsChildID"},
	OldRuleset:     {"HungProcess", "SigPrintableCharsOnly"},
}

// Ruleset is a pipeline of rules, and the frames that its first rule makes the signature of. Its zero value has no rules;
// ParseRuleset and DefaultRules make one.
type Ruleset struct {
	rules []rule
	take  take
}

// DefaultRules is the pipeline that Socorro runs today.
func DefaultRules() Ruleset { return namedRules(DefaultRuleset) }

func namedRules(name string) Ruleset {
	return Ruleset{rules: slices.DeleteFunc(pipeline(), func(r rule) bool { return slices.Contains(notIn[name], r.name) })}
}

// RulesetsHelp names the rulesets that there are.
const RulesetsHelp = "default, 2023, stack, proto, proto:N, top:N or hash"

// ParseRuleset reads a ruleset as users write it: its name, then rules to add ("+HungProcess") or to leave out
// ("-SigTruncate"), separated by commas. Without a name in front, changes are to the default. Rules run in Socorro's
// order, however they are listed. The names:
//
//   - default: the rules that Socorro runs today; 2023: those of that year;
//   - stack: the walk over the stack, and no other rule; the others are this one with other frames of the stack:
//   - proto, proto:N: all normalised frames, or the first N, as in the proto signature;
//   - top:N: the first N frames that the walk doesn't skip, prefixes or not;
//   - hash: the first 16 hexadecimal digits of the SHA-256 of the proto signature.
func ParseRuleset(spec string) (Ruleset, error) {
	rs := DefaultRules()
	for i, word := range strings.Split(spec, ",") {
		word = strings.TrimSpace(word)
		var err error
		switch change := isChange(word); {
		case change:
			rs, err = rs.with(word[1:], word[0] == '+')
		case i == 0:
			rs, err = rulesetOf(word)
		default:
			err = fmt.Errorf("%q is no change to a ruleset (+RULE, -RULE)", word)
		}
		if err != nil {
			return Ruleset{}, fmt.Errorf("rules %q: %w", spec, err)
		}
	}
	return rs, nil
}

// isChange tells a change to a ruleset from the name of one.
func isChange(word string) bool { return strings.HasPrefix(word, "+") || strings.HasPrefix(word, "-") }

// rulesetOf is the ruleset of a name.
func rulesetOf(name string) (Ruleset, error) {
	if notIn[name] != nil {
		return namedRules(name), nil
	}
	t, ok, err := parseTake(name)
	if !ok {
		err = fmt.Errorf("%q is no ruleset (%s) and no change to one (+RULE, -RULE)", name, RulesetsHelp)
	}
	return Ruleset{rules: pipeline()[:1], take: t}, err
}

// SplitRulesets takes several rulesets apart that stand in one list, as in "default,-SigTruncate,stack": each name
// begins another.
func SplitRulesets(list string) []string {
	var rulesets []string
	for _, word := range strings.Split(list, ",") {
		word = strings.TrimSpace(word)
		if last := len(rulesets) - 1; last >= 0 && isChange(word) {
			rulesets[last] += "," + word
		} else {
			rulesets = append(rulesets, word)
		}
	}
	return rulesets
}

// Equal tells whether two rulesets make the same signatures of the same classified frames.
func (rs Ruleset) Equal(other Ruleset) bool {
	return rs.SameFrames(other) && slices.Equal(rs.Names(), other.Names())
}

// SameFrames tells whether two rulesets take the same frames of a stack, if the lists are the same.
func (rs Ruleset) SameFrames(other Ruleset) bool { return rs.take == other.take }

// Walks tells whether the lists say where a signature ends.
func (rs Ruleset) Walks() bool { return rs.take.byLists() }

// with is the ruleset with one rule in or out.
func (rs Ruleset) with(name string, in bool) (Ruleset, error) {
	all := pipeline()
	if !slices.ContainsFunc(all, func(r rule) bool { return r.name == name }) {
		return Ruleset{}, fmt.Errorf("no rule %q; the rules are %s", name, strings.Join(Ruleset{rules: all}.Names(), ", "))
	}
	names := rs.Names()
	rs.rules = slices.DeleteFunc(all, func(r rule) bool {
		if r.name == name {
			return !in
		}
		return !slices.Contains(names, r.name)
	})
	return rs, nil
}

// Names are the names of the rules, in order.
func (rs Ruleset) Names() []string {
	names := make([]string, len(rs.rules))
	for i, r := range rs.rules {
		names[i] = r.name
	}
	return names
}
