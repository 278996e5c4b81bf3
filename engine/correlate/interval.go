package correlate

import "math"

// Interval is a difference of two shares, and the bounds between which it lies.
type Interval struct {
	Value float64 `json:"difference"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// difference is the difference of the shares x of n and y of m, with the bounds of Newcombe's method 10 (Interval
// estimation for the difference between independent proportions, Statistics in Medicine 17, 1998), which also hold for
// small numbers and for none: of the difference d of the shares p and q, whose score intervals are l1 to u1 and l2 to u2,
//
//	d - sqrt((p-l1)² + (u2-q)²)  to  d + sqrt((u1-p)² + (q-l2)²)
func difference(x, n, y, m int, z float64) Interval {
	if n == 0 || m == 0 {
		return Interval{Low: -1, High: 1} // nothing is known
	}
	p, q := float64(x)/float64(n), float64(y)/float64(m)
	l1, u1 := score(x, n, z)
	l2, u2 := score(y, m, z)
	d := p - q
	return Interval{d, d - math.Hypot(p-l1, u2-q), d + math.Hypot(u1-p, q-l2)}
}

// score is Wilson's score interval of the share x of n (Probable inference, the law of succession, and statistical
// inference, JASA 22, 1927).
func score(x, n int, z float64) (low, high float64) {
	p, k := float64(x)/float64(n), float64(n)
	middle := (2*k*p + z*z) / (2 * (k + z*z))
	half := z * math.Sqrt(z*z+4*k*p*(1-p)) / (2 * (k + z*z))
	return max(0, middle-half), min(1, middle+half)
}

// quantile is how many standard deviations an interval is wide on each side when so many of them are to hold together
// (Bonferroni's bound): each may miss with the share that is left, divided among them.
func quantile(confidence float64, intervals int) float64 {
	miss := (1 - confidence) / float64(max(1, intervals))
	return math.Sqrt2 * math.Erfinv(1-miss)
}
