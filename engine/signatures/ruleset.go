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

// notIn names, for each ruleset there is, the rules that are not in it.
var notIn = map[string][]string{
	"default": {"SignatureParentIDNotEqualsChildID"},
	"2023":    {"HungProcess", "SigPrintableCharsOnly"},
}

// Ruleset is a pipeline of rules. Its zero value has none; ParseRuleset and DefaultRules make one.
type Ruleset struct{ rules []rule }

// DefaultRules is the pipeline that Socorro runs today.
func DefaultRules() Ruleset { return namedRules("default") }

func namedRules(name string) Ruleset {
	return Ruleset{slices.DeleteFunc(pipeline(), func(r rule) bool { return slices.Contains(notIn[name], r.name) })}
}

// ParseRuleset reads a ruleset as users write it: the name of one ("default", "2023"), then rules to add
// ("+HungProcess") or to leave out ("-SigTruncate"), separated by commas. Without a name in front,
// changes are to the default. Rules run in Socorro's order, however they are listed.
func ParseRuleset(spec string) (Ruleset, error) {
	rs := DefaultRules()
	for i, word := range strings.Split(spec, ",") {
		word = strings.TrimSpace(word)
		sign, name := word[:min(1, len(word))], word[min(1, len(word)):]
		switch {
		case i == 0 && notIn[word] != nil:
			rs = namedRules(word)
		case sign != "+" && sign != "-":
			return Ruleset{}, fmt.Errorf("rules %q: %q is no ruleset (default, 2023) and no change to one (+RULE, -RULE)", spec, word)
		default:
			changed, err := rs.with(name, sign == "+")
			if err != nil {
				return Ruleset{}, fmt.Errorf("rules %q: %w", spec, err)
			}
			rs = changed
		}
	}
	return rs, nil
}

// with is the ruleset with one rule in or out.
func (rs Ruleset) with(name string, in bool) (Ruleset, error) {
	all := pipeline()
	if !slices.ContainsFunc(all, func(r rule) bool { return r.name == name }) {
		return Ruleset{}, fmt.Errorf("no rule %q; the rules are %s", name, strings.Join(Ruleset{all}.Names(), ", "))
	}
	names := rs.Names()
	return Ruleset{slices.DeleteFunc(all, func(r rule) bool {
		if r.name == name {
			return !in
		}
		return !slices.Contains(names, r.name)
	})}, nil
}

// Names are the names of the rules, in order.
func (rs Ruleset) Names() []string {
	names := make([]string, len(rs.rules))
	for i, r := range rs.rules {
		names[i] = r.name
	}
	return names
}
