package pyre

import (
	"slices"
	"sync"
)

// Op is the kind of a [Node].
type Op uint8

// The kinds of nodes, with the fields of Node that each uses besides Start,
// End and Subs.
const (
	OpConcat          Op = iota // Subs one after the other; none: matches the empty string
	OpAlternate                 // Subs, each an OpConcat, tried in order
	OpLiteral                   // Rune
	OpAny                       // the dot
	OpSet                       // Items, Negate: [...] or a class such as \d
	OpBegin                     // ^
	OpEnd                       // $
	OpTextBegin                 // \A
	OpTextEnd                   // \Z
	OpWordBoundary              // \b
	OpNotWordBoundary           // \B
	OpRepeat                    // Min, Max, Mode; Subs[0] is repeated
	OpGroup                     // Group, Add, Del; Subs[0] is the body
	OpAtomic                    // (?>...); Subs[0] is the body
	OpLook                      // Behind, Negate, Min, Max; Subs[0] is the body
	OpBackref                   // Group
	OpConditional               // Group; Subs[0] if it is set, Subs[1], which may be missing, if not
)

// Mode is how a repeat behaves.
type Mode uint8

// The modes of a repeat: as much as possible, as little as possible, as much
// as possible without giving back.
const (
	Greedy Mode = iota
	Lazy
	Possessive
)

// Flags are the flags of Python's re that can be written in a str pattern.
type Flags uint8

// The flags, named as in Python's re. Template is (?t), which has no effect
// but to forbid repeats.
const (
	IgnoreCase Flags = 1 << iota
	Multiline
	DotAll
	Verbose
	ASCII
	Unicode
	Template
)

const (
	typeFlags   = ASCII | Unicode
	globalFlags = Template
	// foldsAll, of a part of a set, tells that case is folded if IgnoreCase says so, whatever the part has.
	foldsAll Flags = 1 << 7
)

// with gives the flags inside a group that adds and takes away some.
func (f Flags) with(add, del Flags) Flags {
	if add&typeFlags != 0 {
		f &^= typeFlags
	}
	return (f | add) &^ del
}

// Unbounded is the Max of a repeat without an upper bound.
const Unbounded = -1

// Node is a part of a pattern. Which fields count depends on Op. There is one for each character, so that
// it has little room.
type Node struct {
	Op       Op
	Mode     Mode
	Add, Del Flags
	flags    Flags // in force here
	Behind   bool
	Negate   bool
	Rune     rune
	// Start and End are the span in the pattern, in characters, half open.
	Start, End int32
	Subs       []*Node
	Items      []SetItem
	// Min and Max are how often a repeat repeats, and how many characters what a look looks at has.
	Min, Max int
	// Group is a capture's number, from 1; 0: the group does not capture. Pattern.Names has the names.
	Group int
}

// SetItem is a part of a set: a class if Class isn't 0, else the characters
// from Lo to Hi.
type SetItem struct {
	Lo, Hi rune
	// Class is the letter of a class: one of d, D, s, S, w, W.
	Class byte
	// Range tells a-a from a; under IgnoreCase Python treats the two
	// differently beyond the basic plane.
	Range bool
}

// Pattern is a parsed pattern; it never changes.
type Pattern struct {
	// Source is the pattern as it was given.
	Source string
	// Root is an OpConcat, or an OpAlternate if there are several alternatives
	// at the top.
	Root *Node
	// Flags are the global flags, with Unicode set unless ASCII is.
	Flags Flags
	// Groups is the number of capturing groups.
	Groups int
	// Names maps the names of groups to their numbers.
	Names map[string]int

	minLength uint64 // in characters
	flagged   bool
	refers    bool
	prefix    string // that all it matches begins with
	literal   bool   // that is all there is to it
	compile   sync.Once
	progs     []*program
}

// Alternatives gives the alternatives at the top of the pattern, at least one.
func (p *Pattern) Alternatives() []*Node {
	if p.Root.Op == OpAlternate {
		return p.Root.Subs
	}
	return []*Node{p.Root}
}

// Find tells whether one of the nodes is as asked for. They are asked parents
// first, in the order of the pattern, up to one that is.
func (p *Pattern) Find(is func(*Node) bool) bool { return p.Root.find(is) }

func (n *Node) find(is func(*Node) bool) bool {
	return is(n) || slices.ContainsFunc(n.Subs, func(sub *Node) bool { return sub.find(is) })
}

// isPlainGroup tells a group that only groups: (?:...).
func (n *Node) isPlainGroup() bool {
	return n.Op == OpGroup && n.Group == 0 && n.Add == 0 && n.Del == 0
}

// isChar tells whether a node stands for one character.
func (n *Node) isChar() bool { return n.Op >= OpLiteral && n.Op <= OpSet }
