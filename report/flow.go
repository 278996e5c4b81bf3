package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/facts"
	"github.com/sigdiff/sigdiff/internal/plural"
)

// The flow picture's measures, in pixels at its full size.
const (
	flowWidth   = 1180.0
	flowLabel   = 402.0 // of the labels on either side
	flowBar     = 10.0  // of the bars that stand for signatures
	flowSlot    = 50.0  // that a signature takes at least, for its label
	flowGap     = 12.0  // between signatures
	flowCrashes = 340.0 // for all crashes of ribbons that are to scale
	flowRest    = 16.0  // of the ribbon that is not
	flowThin    = 2.0   // of the thinnest ribbon
	flowLetters = 54    // in a line of a label
)

// maxFlows is how many groups the flow picture shows by themselves.
const maxFlows = 14

// flow is a picture of the changed crashes: signatures before on the left, after on the right, and a
// ribbon between them for each group, as thick as the group has crashes.
// It is drawn as SVG by the page's template, in the units of its view box.
type flow struct {
	Width, Height float64
	Left, Right   []*flowNode
	Ribbons       []*ribbon
	Others        int // groups that are not drawn by themselves
}

// flowNode is a signature on one side.
// Y and Height are of its slot, which is as high as its label needs; BarY and Bar of the bar in the middle of that.
type flowNode struct {
	Signature   string
	Lines       []string // of the label
	Count       string   // of its crashes
	Y, BarY     float64
	Height, Bar float64
	X, LabelX   float64

	ribbons []*ribbon
	place   float64
	other   bool
}

// ribbon is a group, or what is left of them.
// leftY and rightY are where it begins at both bars. Its ends are as thick as it is.
type ribbon struct {
	Path    string
	Kind    compare.GroupKind
	Link    string // to the group, in the page
	Label   string // for screen readers and tooltips
	crashes int
	thick   float64
	rest    bool // of groups none of whose signatures is shown; not to scale

	left, right   *flowNode
	leftY, rightY float64
}

// newFlow draws the flow picture of the groups.
func newFlow(r *Report) *flow {
	f := &flow{Width: flowWidth}
	left, right := map[string]*flowNode{}, map[string]*flowNode{}
	shown, others := Limited(r.Groups, maxFlows)
	for _, g := range shown {
		f.connect(node(&f.Left, left, g.Base), node(&f.Right, right, g.Candidate), &ribbon{
			Kind: g.Kind, Link: "#" + GroupID(g.Pair), crashes: g.Crashes,
			Label: fmt.Sprintf("%s, %s: %s becomes %s", plural.Crashes(g.Crashes), g.Kind, Visible(signatureText(g.Base)), Visible(signatureText(g.Candidate))),
		})
	}
	f.Others = others
	for _, n := range slices.Concat(f.Left, f.Right) {
		n.label()
	}
	// Labels come first, since they look at the ribbons of groups alone. Layout comes last: it needs every ribbon.
	f.aggregate(r.Groups[len(shown):], left, right)
	f.count(r.Signatures)
	f.order()
	f.layout()
	return f
}

// node is the node of a signature, a new one when it has none yet.
// A signature that several groups share has one node, from which all their ribbons go.
func node(nodes *[]*flowNode, known map[string]*flowNode, signature string) *flowNode {
	n := known[signature]
	if n == nil {
		n = &flowNode{Signature: Visible(signatureText(signature))}
		known[signature] = n
		*nodes = append(*nodes, n)
	}
	return n
}

// LabelY is where the first line of the label stands, so that the label is centred on the node.
func (n *flowNode) LabelY() float64 {
	lines := len(n.Lines)
	if n.Count != "" {
		lines++
	}
	return n.Y + n.Height/2 - 7.5*float64(lines) + 11.5
}

func (f *flow) connect(left, right *flowNode, r *ribbon) {
	r.left, r.right = left, right
	left.ribbons, right.ribbons = append(left.ribbons, r), append(right.ribbons, r)
	f.Ribbons = append(f.Ribbons, r)
}

// aggregate draws the groups that are not shown by themselves: those of a signature that is shown as one
// ribbon to or from the others, and the rest as one that is not to scale, or it would dwarf everything.
func (f *flow) aggregate(groups []compare.Group, left, right map[string]*flowNode) {
	if len(groups) == 0 {
		return
	}
	others := [2]*flowNode{otherNode(), otherNode()}
	type ends struct{ left, right *flowNode }
	sums, counts := map[ends]int{}, map[ends]int{}
	var order []ends
	for _, g := range groups {
		e := ends{left[g.Base], right[g.Candidate]}
		if e.left == nil {
			e.left = others[0]
		}
		if e.right == nil {
			e.right = others[1]
		}
		// order keeps the picture the same each time: a map has none.
		if counts[e] == 0 {
			order = append(order, e)
		}
		counts[e]++
		sums[e] += g.Crashes
	}
	f.Left, f.Right = append(f.Left, others[0]), append(f.Right, others[1])
	for _, e := range order {
		label := fmt.Sprintf("%s in %s: %s to %s", plural.Crashes(sums[e]), plural.Of(counts[e], "other group", "other groups"), e.left.Signature, e.right.Signature)
		f.connect(e.left, e.right, &ribbon{Kind: "other", Link: "#groups", Label: label, crashes: sums[e], rest: e.left.other && e.right.other})
	}
}

func otherNode() *flowNode {
	return &flowNode{Signature: "other signatures", Lines: []string{"other signatures"}, other: true}
}

// count puts how many crashes a signature has under its label, where that is known.
func (f *flow) count(signatures []compare.SignatureCount) {
	counts := map[string]string{}
	for _, s := range signatures {
		// Nodes know their signature only as it is shown.
		counts[Visible(signatureText(s.Signature))] = fmt.Sprintf("%s before, %s after", plural.Number(s.Base), plural.Number(s.Candidate))
	}
	for _, n := range slices.Concat(f.Left, f.Right) {
		n.Count = counts[n.Signature]
		if !n.other {
			continue
		}
		n.Count = ""
		for _, r := range n.ribbons {
			if r.rest {
				n.Count = plural.Crashes(r.crashes) + " between them, not to scale"
			}
		}
	}
}

// order puts the right side in the order of what flows into it, so that few ribbons cross.
func (f *flow) order() {
	for i, n := range f.Left {
		n.place = float64(i)
	}
	for _, n := range f.Right {
		weight, sum := 0.0, 0.0
		for _, r := range n.ribbons {
			weight += float64(r.crashes)
			sum += float64(r.crashes) * r.left.place
		}
		// The mean place of what flows in, by crashes.
		n.place = sum / max(weight, 1)
		if n.other {
			n.place = float64(len(f.Left))
		}
	}
	slices.SortStableFunc(f.Right, func(a, b *flowNode) int { return cmp.Compare(a.place, b.place) })
	for i, n := range f.Right {
		n.place = float64(i)
	}
	for _, n := range f.Left {
		slices.SortStableFunc(n.ribbons, func(a, b *ribbon) int { return cmp.Compare(a.right.place, b.right.place) })
	}
	for _, n := range f.Right {
		slices.SortStableFunc(n.ribbons, func(a, b *ribbon) int { return cmp.Compare(a.left.place, b.left.place) })
	}
}

// layout gives everything its place.
func (f *flow) layout() {
	// Never 0, to divide by.
	scaled := 1
	for _, r := range f.Ribbons {
		if !r.rest {
			scaled += r.crashes
		}
	}
	for _, r := range f.Ribbons {
		r.thick = flowRest
		if !r.rest {
			r.thick = max(flowThin, flowCrashes*float64(r.crashes)/float64(scaled))
		}
	}
	left, right := stack(f.Left), stack(f.Right)
	f.Height = max(left, right)
	shift(f.Left, (f.Height-left)/2)
	shift(f.Right, (f.Height-right)/2)
	for _, n := range f.Left {
		n.X, n.LabelX = flowLabel, flowLabel-8
		y := n.BarY
		for _, r := range n.ribbons {
			r.leftY = y
			y += r.thick
		}
	}
	for _, n := range f.Right {
		n.X, n.LabelX = flowWidth-flowLabel-flowBar, flowWidth-flowLabel+8
		y := n.BarY
		for _, r := range n.ribbons {
			r.rightY = y
			y += r.thick
		}
	}
	for _, r := range f.Ribbons {
		r.Path = r.path()
	}
}

// stack puts nodes below each other and tells how high they are together.
func stack(nodes []*flowNode) float64 {
	y := 0.0
	for _, n := range nodes {
		for _, r := range n.ribbons {
			n.Bar += r.thick
		}
		n.Height = max(n.Bar, flowSlot)
		n.Y, n.BarY = y, y+(n.Height-n.Bar)/2
		y += n.Height + flowGap
	}
	return max(0, y-flowGap)
}

func shift(nodes []*flowNode, by float64) {
	for _, n := range nodes {
		n.Y += by
		n.BarY += by
	}
}

// path is the outline: two curves with their handles in the middle, so that it leaves and comes in level.
func (r *ribbon) path() string {
	x0, x1 := flowLabel+flowBar, flowWidth-flowLabel-flowBar
	mid := (x0 + x1) / 2
	a, b := r.leftY, r.rightY
	return fmt.Sprintf("M%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1fV%.1fC%.1f %.1f %.1f %.1f %.1f %.1fZ",
		x0, a, mid, a, mid, b, x1, b, b+r.thick, mid, b+r.thick, mid, a+r.thick, x0, a+r.thick)
}

// label makes the label of a signature. One that is too long is shortened in what all signatures at the other ends of
// its ribbons have, too, so that what differs shows; of that only a first component stays, which often tells the rule.
// Where it has nothing of its own, only its end is left out: two such labels would be alike.
func (n *flowNode) label() {
	// flowLines ends in … what it shortened.
	if n.Lines = flowLines(n.Signature); !strings.HasSuffix(n.Lines[len(n.Lines)-1], "…") {
		return
	}
	var parts []facts.Component
	differs := map[int]bool{}
	for _, r := range n.ribbons {
		other := r.right
		if other == n {
			other = r.left
		}
		parts, _ = facts.Components(n.Signature, other.Signature)
		for i, p := range parts {
			if p.Differs {
				differs[i] = true
			}
		}
	}
	if len(differs) == 0 {
		return
	}
	var kept []string
	for i, p := range parts {
		switch {
		case i == 0 || differs[i]:
			kept = append(kept, p.Text)
		// One … for all parts in a row that are left out.
		case i == 1 || differs[i-1]:
			kept = append(kept, "…")
		}
	}
	n.Lines = flowLines(strings.Join(kept, facts.Separator))
}

// flowLines breaks a signature into at most two lines of a label, between its parts where possible. The
// picture's tooltip has all of it.
func flowLines(signature string) []string {
	var lines []string
	line := ""
	for part := range strings.SplitAfterSeq(signature, " | ") {
		if line != "" && letters(line)+letters(strings.TrimRight(part, " ")) > flowLetters {
			lines = append(lines, line)
			line = ""
		}
		line += part
	}
	lines = append(lines, line)
	if len(lines) > 2 {
		lines = []string{lines[0], strings.Join(lines[1:], "")}
	}
	for i, line := range lines {
		lines[i] = shortened(strings.TrimRight(line, " "), flowLetters)
	}
	return lines
}

func letters(s string) int { return len([]rune(s)) }
