package lint

import (
	"fmt"
	"slices"
)

// Check names one thing that is looked for.
type Check string

// The checks.
const (
	Refused         Check = "refused"
	Conflict        Check = "conflict-marker"
	MatchesAll      Check = "matches-everything"
	EmptyList       Check = "empty-list"
	ByteOrderMark   Check = "byte-order-mark"
	Invisible       Check = "invisible-character"
	InlineComment   Check = "inline-comment"
	Duplicate       Check = "duplicate"
	Shadowed        Check = "shadowed"
	Subsumed        Check = "subsumed"
	IrrelevantFirst Check = "irrelevant-first"
	Unescaped       Check = "unescaped"
	TrailingAny     Check = "trailing-any"
	PointlessAnchor Check = "pointless-anchor"
	GroupNumber     Check = "group-number"
	SentinelRegex   Check = "sentinel-regex"
	NeverMatches    Check = "never-matches"
	RustHash        Check = "rust-hash"
	HidesRule       Check = "hides-rule"
	Order           Check = "order"
	Dead            Check = "dead"
	TooBroad        Check = "too-broad"
	InsideName      Check = "inside-name"
	Underscores     Check = "underscores"
	Undecided       Check = "undecided"
)

// CheckInfo describes a check.
type CheckInfo struct {
	Name    Check
	Summary string // what it finds, as the end of the sentence 'it finds ...'
	Corpus  bool   // it needs a corpus
}

// Checks are all checks, the gravest first.
func Checks() []CheckInfo {
	return []CheckInfo{
		{Refused, "what Python refuses to load", false},
		{Conflict, "what git leaves of a merge conflict", false},
		{MatchesAll, "a line that matches every frame", false},
		{EmptyList, "a list without lines, which matches every frame", false},
		{ByteOrderMark, "a byte order mark, which becomes part of the first line", false},
		{Invisible, "control and invisible characters within a line", false},
		{InlineComment, "a comment after a pattern, which becomes part of it", false},
		{Unescaped, "an unescaped . $ ^ ( [ + or *, meant as itself", false},
		{NeverMatches, "a line that can match no normalised frame", false},
		{SentinelRegex, "a sentinel that looks like a pattern", false},
		{GroupNumber, "a group number that counts the groups of earlier lines", false},
		{RustHash, "the hash of a Rust function: another in every build", false},
		{HidesRule, "a line that makes irrelevant what a rule looks for", false},
		{Duplicate, "a line that is there already", false},
		{IrrelevantFirst, "a prefix line whose frames are all irrelevant", false},
		{Shadowed, "a line that matches nothing an earlier one doesn't", false},
		{Subsumed, "a line that matches nothing a later one doesn't", false},
		{TrailingAny, "a trailing .*", false},
		{PointlessAnchor, "a leading ^ or \\A", false},
		{Undecided, "a line that takes too long to check", false},
		{Order, "a line far from those with its first letter", false},
		{Dead, "a line that matches no frame of the corpus", true},
		{TooBroad, "a line that matches a large share of the corpus's frames", true},
		{InsideName, "a line that also matches longer names than its own", true},
		{Underscores, "frames that a line misses for leading underscores", true},
	}
}

// ParseChecks reads names of checks that can be disabled.
func ParseChecks(names []string) ([]Check, error) {
	var checks []Check
	for _, name := range names {
		switch {
		case !slices.ContainsFunc(Checks(), func(info CheckInfo) bool { return string(info.Name) == name }):
			return nil, fmt.Errorf("no check %q", name)
		// Nothing else can be said of lists that don't load or hold both sides of a conflict.
		case Check(name) == Refused || Check(name) == Conflict:
			return nil, fmt.Errorf("%q can't be disabled: siglists with errors are of no use", name)
		}
		checks = append(checks, Check(name))
	}
	return checks, nil
}
