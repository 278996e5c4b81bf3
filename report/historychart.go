package report

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sigdiff/sigdiff/internal/plural"
)

// The chart's measures, in the units of its view box: two panels, one above the other, over one axis of
// time.
const (
	chartWidth  = 1000.0
	chartLeft   = 56.0
	chartRight  = 16.0
	lineTop     = 14.0
	lineHeight  = 170.0
	barTop      = 224.0
	barHeight   = 130.0
	chartHeight = barTop + barHeight + 26
	minBar      = 2.5 // the width of a bar
)

// historyChart is a history drawn: how many signatures there were as a line, how many crashes each
// commit changed as bars below.
// It is drawn as SVG by the page's template. All places are worked out here.
type historyChart struct {
	Width, Height     float64
	Left, Right       float64
	LineTop, LineBase float64 // base is the lower edge: y grows downwards
	BarTop, BarBase   float64
	Line              string // the path of the line
	Marks             []chartMark
	Signatures        []tick // of the axes
	Changed           []tick
	Years             []tick
	Peaks             []peak
}

// peak labels one of the highest bars.
type peak struct {
	X, Y float64
	Text string
}

// Which part of the highest bar those that are labelled reach at least, and how wide a label is.
const (
	peakShare = 10
	peakWidth = 110.0
)

// chartMark is one commit in the chart.
type chartMark struct {
	HistoryCommit
	Link           string // to its row; empty where it has none
	X              float64
	From, Wide     float64 // the strip that belongs to it
	LineY          float64 // of the number of signatures
	BarX, BarY     float64
	BarWide, BarHi float64
	Label          string // of the strip, for a pointer over it
}

// tick is a place on an axis.
type tick struct {
	At   float64
	Text string
}

// newHistoryChart draws a history of at least one commit. all tells whether every commit has a row.
func newHistoryChart(h *History, all bool) *historyChart {
	c := &historyChart{
		Width: chartWidth, Height: chartHeight, Left: chartLeft, Right: chartWidth - chartRight,
		LineTop: lineTop, LineBase: lineTop + lineHeight, BarTop: barTop, BarBase: barTop + barHeight,
	}
	xs, first, last := timeAxis(h)
	c.Years = years(first, last)
	// The axis of signatures need not begin at 0: what moves is what counts.
	// It would be a flat line else: of 2,000 signatures a commit moves five.
	low, high := signatureRange(h)
	y := func(n int) float64 {
		return c.LineBase - lineHeight*float64(n-low)/float64(max(1, high-low))
	}
	c.Signatures = each(niceTicks(low, high), func(n int) tick { return tick{y(n), plural.Number(n)} })
	most := 0
	for _, commit := range h.Commits {
		most = max(most, commit.Changed)
	}
	// Square roots: a commit that changed 3 crashes shows beside one that changed 10,000.
	bar := func(n int) float64 { return barHeight * math.Sqrt(float64(n)/float64(max(1, most))) }
	c.Changed = each(rootTicks(most), func(n int) tick { return tick{c.BarBase - bar(n), plural.Number(n)} })
	c.mark(h, all, xs, y, bar)
	c.peaks()
	c.Line = stepLinePath(c.Marks, c.Right)
	return c
}

// mark places the commits. The strip of one reaches half the way to its neighbours.
func (c *historyChart) mark(h *History, all bool, xs []float64, y func(int) float64, bar func(int) float64) {
	for i, commit := range h.Commits {
		from, to := c.Left, c.Right
		if i > 0 {
			from = (xs[i-1] + xs[i]) / 2
		}
		if i+1 < len(xs) {
			to = (xs[i] + xs[i+1]) / 2
		}
		high := bar(commit.Changed)
		if commit.Changed > 0 {
			// A commit that changed anything has a bar that can be seen.
			high = max(high, 2)
		}
		link := ""
		if all || commit.tells() {
			link = "#" + commit.ID()
		}
		c.Marks = append(c.Marks, chartMark{
			HistoryCommit: commit, Link: link, X: xs[i], From: from, Wide: max(to-from, 0.5), LineY: y(commit.Signatures),
			BarX: xs[i] - minBar/2, BarWide: minBar, BarY: c.BarBase - high, BarHi: high, Label: markLabel(commit),
		})
	}
}

// peaks labels the highest bars, as far as their labels have room: above no higher bar, and beside each other.
func (c *historyChart) peaks() {
	// The highest get their labels first; what has no room for one then goes without.
	marks := slices.SortedStableFunc(slices.Values(c.Marks), func(a, b chartMark) int { return b.Changed - a.Changed })
	for _, m := range marks {
		x := min(max(m.X, c.Left+peakWidth/2), c.Right-peakWidth/2)
		near := func(p peak) bool { return math.Abs(p.X-x) < peakWidth }
		covered := func(o chartMark) bool { return o.BarY < m.BarY && math.Abs(o.X-x) < peakWidth/2+minBar }
		// Labels name the few that a reader asks about. All others have theirs for a pointer.
		if peakShare*m.Changed < max(1, marks[0].Changed) || slices.ContainsFunc(c.Peaks, near) || slices.ContainsFunc(c.Marks, covered) {
			continue
		}
		// The bug says more than the hash, where there is one.
		text := plural.Number(m.Changed) + ", " + m.Short()[:min(9, len(m.Short()))]
		if bug := m.Bug(); bug != "" {
			text = plural.Number(m.Changed) + ", bug " + bug
		}
		c.Peaks = append(c.Peaks, peak{x, m.BarY - 5, text})
	}
}

func markLabel(c HistoryCommit) string {
	label := fmt.Sprintf("%s  %s\n%s\n", day(c.Date), c.Short(), Visible(c.Subject))
	if c.Error != "" {
		return label + "does not load"
	}
	return label + fmt.Sprintf("%s changed, %s", plural.Crashes(c.Changed),
		plural.Of(c.Signatures, "signature", "signatures"))
}

// timeAxis gives each commit its place by its date. Dates of commits may run backwards; places don't.
// The order is that of the history, whatever clocks said.
func timeAxis(h *History) (xs []float64, first, last time.Time) {
	times := make([]time.Time, len(h.Commits))
	for i, c := range h.Commits {
		// A date that can't be read is one of the year 1, and moves to the commit before it.
		times[i], _ = time.Parse(time.RFC3339, c.Date)
		if i > 0 && times[i].Before(times[i-1]) {
			times[i] = times[i-1]
		}
	}
	first, last = times[0], times[len(times)-1]
	// One commit, or all at one moment: some length is needed to divide by.
	if !last.After(first) {
		last = first.Add(time.Hour)
	}
	return each(times, func(t time.Time) float64 { return timeX(t, first, last) }), first, last
}

func timeX(t, first, last time.Time) float64 {
	const margin = 6
	return chartLeft + margin + (chartWidth-chartLeft-chartRight-2*margin)*float64(t.Sub(first))/float64(last.Sub(first))
}

// years are the turns of the years; the ends of the axis where there is none.
func years(first, last time.Time) []tick {
	const room = 24 // for so many
	var ticks []tick
	for year := first.Year() + 1; year <= last.Year(); year += 1 + (last.Year()-first.Year()-1)/room {
		at := timeX(time.Date(year, time.January, 1, 0, 0, 0, 0, time.UTC), first, last)
		ticks = append(ticks, tick{at, strconv.Itoa(year)})
	}
	if len(ticks) == 0 {
		ticks = []tick{{timeX(first, first, last), first.Format(time.DateOnly)}, {timeX(last, first, last), last.Format(time.DateOnly)}}
	}
	return ticks
}

// signatureRange is what the axis of signatures spans, with some air.
func signatureRange(h *History) (low, high int) {
	low, high = math.MaxInt, 0
	for _, c := range h.Commits {
		low, high = min(low, c.Signatures), max(high, c.Signatures)
	}
	air := max(1, (high-low)/12)
	return max(0, low-air), high + air
}

// roundSteps are 1, 2, 5, 10, 20, ...
func roundSteps(yield func(step int) bool) {
	for power := 1; power <= math.MaxInt/10; power *= 10 {
		if !yield(power) || !yield(2*power) || !yield(5*power) {
			return
		}
	}
}

// niceTicks are round numbers in a range, at most six.
func niceTicks(low, high int) []int {
	var ticks []int
	for step := range roundSteps {
		// The first step that is coarse enough.
		if (high-low)/step > 5 {
			continue
		}
		for n := (low + step - 1) / step * step; n <= high; n += step {
			ticks = append(ticks, n)
		}
		break
	}
	return ticks
}

// rootTicks are numbers for an axis of square roots: zero, the largest, and round ones that keep a
// distance from each other.
// The largest always has a tick, so that the scale can be read.
func rootTicks(most int) []int {
	const apart = 0.15 // of the axis
	if most == 0 {
		return []int{0}
	}
	ticks, last := []int{0}, 0.0
	for n := range roundSteps {
		// Places are those of bars, so that a tick is as high as a bar of its number.
		at := math.Sqrt(float64(n) / float64(most))
		if at > 1-apart {
			break
		}
		if at-last >= apart {
			ticks, last = append(ticks, n), at
		}
	}
	return append(ticks, most)
}

// stepLinePath is the path of the line: a number of signatures holds until the next commit.
func stepLinePath(marks []chartMark, right float64) string {
	var b strings.Builder
	for i, m := range marks {
		if i == 0 {
			fmt.Fprintf(&b, "M%.1f %.1f", m.X, m.LineY)
		} else {
			fmt.Fprintf(&b, "H%.1fV%.1f", m.X, m.LineY)
		}
	}
	fmt.Fprintf(&b, "H%.1f", right)
	return b.String()
}
