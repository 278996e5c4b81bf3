package report

import (
	"fmt"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/internal/plural"
)

// Weights say how many pings the crashes stand for. Pings are counted by signature, that of the base. Where a part of a
// signature's crashes changes, the same part of its pings is taken to change.
type Weights struct {
	Pings   int `json:"pings"`   // that have a signature of the crashes compared, on the base side
	Changed int `json:"changed"` // about so many of them
	Other   int `json:"other"`   // pings that have none of these signatures
	Unknown int `json:"unknown"` // crashes whose signature has no pings

	pings, crashes map[string]int // by base signature
}

// NewWeights weighs the crashes compared, by all their pairs of signatures, with pings by signature.
// pairs are all pairs, unchanged ones included: a part of a signature's crashes is a part of all of them.
func NewWeights(pings map[string]int, pairs []compare.PairCount) *Weights {
	w := &Weights{pings: pings, crashes: map[string]int{}}
	for _, p := range pairs {
		w.crashes[p.Base] += p.Crashes
	}
	for signature, n := range pings {
		// Each ping counts once, in Pings or in Other.
		if w.crashes[signature] > 0 {
			w.Pings += n
		} else {
			w.Other += n
		}
	}
	changed := 0.0
	for _, p := range pairs {
		if pings[p.Base] == 0 {
			w.Unknown += p.Crashes
		}
		if p.Base != p.Candidate {
			changed += w.pingsOf(p.Base, p.Crashes)
		}
	}
	// Rounded once, over all groups: so it may differ from the sum of what groups say.
	w.Changed = int(changed + 0.5)
	return w
}

// pingsOf are about those of a number of a signature's crashes.
func (w *Weights) pingsOf(signature string, crashes int) float64 {
	return float64(w.pings[signature]) * float64(crashes) / float64(max(1, w.crashes[signature]))
}

// of are about the pings of a group; known tells whether its signature has any.
func (w *Weights) of(g compare.Group) (pings int, known bool) {
	if w == nil || w.pings[g.Base] == 0 {
		return 0, false
	}
	return int(w.pingsOf(g.Base, g.Crashes) + 0.5), true
}

// groupText says how many pings a group stands for; empty without weights.
func (w *Weights) groupText(g compare.Group) string {
	if w == nil {
		return ""
	}
	reports := plural.Of(g.Crashes, "report", "reports")
	n, known := w.of(g)
	switch {
	// A signature without pings is not said to have 0.
	case !known:
		return reports + ", pings not known"
	// All of a signature moves, and all its pings with it: nothing is estimated.
	case g.Crashes == w.crashes[g.Base]:
		return fmt.Sprintf("%s, %s", reports, plural.Of(n, "ping", "pings"))
	}
	return fmt.Sprintf("%s, about %s", reports, plural.Of(n, "ping", "pings"))
}

// String says what the weights come to.
func (w *Weights) String() string {
	return fmt.Sprintf("about %s of %s pings change; pings of signatures that none of these crashes has: %s; crashes of signatures without pings: %s",
		plural.Number(w.Changed), plural.Number(w.Pings), plural.Number(w.Other), plural.Number(w.Unknown))
}
