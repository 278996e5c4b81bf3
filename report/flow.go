package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/facts"
	"github.com/sigdiff/sigdiff/engine/signatures"
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
// More ribbons cross so often that nobody follows one.
const maxFlows = 14

// flow is a picture of the changed crashes: signatures before on the left, after on the right, and a
// ribbon between them for each group, as thick as the group has crashes.
// It is drawn as SVG by the page's template, in the units of its view box.
type flow struct {
	Width, Height float64
	Sides         [2][]*flowNode // left and right
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

// ribbon is a group, or what is left of them. It begins and ends at two bars, from ys down, as thick as it is.
type ribbon struct {
	Path    string
	Kind    compare.GroupKind
	Link    string // to the group, in the page
	Label   string // for screen readers and tooltips
	crashes int
	thick   float64
	rest    bool // of groups none of whose signatures is shown; not to scale

	ends [2]*flowNode // left and right
	ys   [2]float64
}

// newFlow draws the flow picture of the groups.
func newFlow(r *Report) *flow {
	f := &flow{Width: flowWidth}
	known := [2]map[string]*flowNode{{}, {}}
	// The largest, and not the riskiest: the picture is of how many crashes go where.
	shown, others := Limited(r.Groups, maxFlows)
	for _, g := range shown {
		f.connect(&ribbon{
			ends: [2]*flowNode{f.node(0, known, g.Base), f.node(1, known, g.Candidate)},
			Kind: g.Kind, Link: "#" + GroupID(g.Pair), crashes: g.Crashes,
			Label: fmt.Sprintf("%s, %s: %s becomes %s", plural.Crashes(g.Crashes), g.Kind, Visible(signatureText(g.Base)), Visible(signatureText(g.Candidate))),
		})
	}
	f.Others = others
	// Labels come first, since they look at the ribbons of groups alone. Layout comes last: it needs every ribbon.
	f.label(r.Signatures)
	f.aggregate(r.Groups[len(shown):], known)
	f.order()
	f.layout()
	return f
}

// node is the node of a signature on a side, a new one when it has none yet.
// A signature that several groups share has one node, from which all their ribbons go.
func (f *flow) node(side int, known [2]map[string]*flowNode, signature string) *flowNode {
	n := known[side][signature]
	if n == nil {
		n = &flowNode{Signature: Visible(signatureText(signature))}
		known[side][signature] = n
		f.Sides[side] = append(f.Sides[side], n)
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

func (f *flow) connect(r *ribbon) {
	for _, end := range r.ends {
		end.ribbons = append(end.ribbons, r)
	}
	f.Ribbons = append(f.Ribbons, r)
}

// aggregate draws the groups that are not shown by themselves: those of a signature that is shown as one
// ribbon to or from the others, and the rest as one that is not to scale, or it would dwarf everything.
func (f *flow) aggregate(groups []compare.Group, known [2]map[string]*flowNode) {
	if len(groups) == 0 {
		return
	}
	var others [2]*flowNode
	for side := range others {
		others[side] = &flowNode{Signature: "other signatures", Lines: []string{"other signatures"}, other: true}
		f.Sides[side] = append(f.Sides[side], others[side])
	}
	sums, counts := map[[2]*flowNode]int{}, map[[2]*flowNode]int{}
	var order [][2]*flowNode
	for _, g := range groups {
		ends := [2]*flowNode{cmp.Or(known[0][g.Base], others[0]), cmp.Or(known[1][g.Candidate], others[1])}
		// order keeps the picture the same each time: a map has none.
		if counts[ends] == 0 {
			order = append(order, ends)
		}
		counts[ends]++
		sums[ends] += g.Crashes
	}
	for _, ends := range order {
		rest := ends == others
		if rest {
			others[0].Count = plural.Crashes(sums[ends]) + " between them, not to scale"
			others[1].Count = others[0].Count
		}
		// Who can't see the picture is told the same by its labels.
		label := fmt.Sprintf("%s in %s: %s to %s", plural.Crashes(sums[ends]), plural.Of(counts[ends], "other group", "other groups"), ends[0].Signature, ends[1].Signature)
		f.connect(&ribbon{ends: ends, Kind: "other", Link: "#groups", Label: label, crashes: sums[ends], rest: rest})
	}
}

// label gives every signature its label, and under it how many crashes it has, where that is known.
func (f *flow) label(signatures []compare.SignatureCount) {
	counts := map[string]string{}
	for _, s := range signatures {
		// Nodes know their signature only as it is shown.
		counts[Visible(signatureText(s.Signature))] = fmt.Sprintf("%s before, %s after", plural.Number(s.Base), plural.Number(s.Candidate))
	}
	for side, nodes := range f.Sides {
		for _, n := range nodes {
			n.label(side)
			n.Count = counts[n.Signature]
		}
	}
}

// order puts the right side in the order of what flows into it, so that few ribbons cross.
func (f *flow) order() {
	left, right := f.Sides[0], f.Sides[1]
	for i, n := range left {
		n.place = float64(i)
	}
	for _, n := range right {
		weight, sum := 0.0, 0.0
		for _, r := range n.ribbons {
			weight += float64(r.crashes)
			sum += float64(r.crashes) * r.ends[0].place
		}
		// The mean place of what flows in, by crashes.
		n.place = sum / max(weight, 1)
		if n.other {
			// Below all others, where its ribbons cross none.
			n.place = float64(len(left))
		}
	}
	slices.SortStableFunc(right, func(a, b *flowNode) int { return cmp.Compare(a.place, b.place) })
	for i, n := range right {
		n.place = float64(i)
	}
	for side, nodes := range f.Sides {
		for _, n := range nodes {
			slices.SortStableFunc(n.ribbons, func(a, b *ribbon) int { return cmp.Compare(a.ends[1-side].place, b.ends[1-side].place) })
		}
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
			// A group of one crash among thousands must be there to be seen.
			r.thick = max(flowThin, flowCrashes*float64(r.crashes)/float64(scaled))
		}
	}
	heights := [2]float64{stack(f.Sides[0]), stack(f.Sides[1])}
	f.Height = max(heights[0], heights[1])
	xs, labels := [2]float64{flowLabel, flowWidth - flowLabel - flowBar}, [2]float64{flowLabel - 8, flowWidth - flowLabel + 8}
	for side, nodes := range f.Sides {
		for _, n := range nodes {
			// Both sides are in the middle of the picture.
			n.Y += (f.Height - heights[side]) / 2
			n.BarY += (f.Height - heights[side]) / 2
			n.X, n.LabelX = xs[side], labels[side]
			y := n.BarY
			for _, r := range n.ribbons {
				r.ys[side] = y
				y += r.thick
			}
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

// path is the outline: two curves with their handles in the middle, so that it leaves and comes in level.
func (r *ribbon) path() string {
	x0, x1 := flowLabel+flowBar, flowWidth-flowLabel-flowBar
	mid := (x0 + x1) / 2
	a, b := r.ys[0], r.ys[1]
	return fmt.Sprintf("M%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1fV%.1fC%.1f %.1f %.1f %.1f %.1f %.1fZ",
		x0, a, mid, a, mid, b, x1, b, b+r.thick, mid, b+r.thick, mid, a+r.thick, x0, a+r.thick)
}

// label makes the label of a signature. One that is too long is shortened in what all signatures at the other ends of
// its ribbons have, too, so that what differs shows; of that only a first component stays, which often tells the rule.
// Where it has nothing of its own, only its end is left out: two such labels would be alike.
func (n *flowNode) label(side int) {
	// flowLines ends in … what it shortened.
	if n.Lines = flowLines(n.Signature); !strings.HasSuffix(n.Lines[len(n.Lines)-1], "…") {
		return
	}
	var parts []facts.Component
	differs := map[int]bool{}
	for _, r := range n.ribbons {
		parts, _ = facts.Components(n.Signature, r.ends[1-side].Signature)
		for i, p := range parts {
			if p.Differs {
				differs[i] = true
			}
		}
	}
	if len(differs) > 0 {
		n.Lines = flowLines(elided(parts, func(i int) bool { return i > 0 && !differs[i] }))
	}
}

// flowLines breaks a signature into at most two lines of a label, between its parts where possible. The
// picture's tooltip has all of it.
func flowLines(signature string) []string {
	var lines []string
	line := ""
	for part := range strings.SplitAfterSeq(signature, signatures.Separator) {
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
