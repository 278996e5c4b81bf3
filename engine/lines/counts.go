package lines

import "github.com/sigdiff/sigdiff/engine/crashdata"

// Counts counts crashes.
type Counts struct {
	Crashes int `json:"crashes"`
	// First and Last are the first and the last day of the crashes, as 2006-01-02; empty where none says its day.
	First string `json:"first,omitempty"`
	Last  string `json:"last,omitempty"`
	// Products, Platforms and Channels count the crashes that say theirs.
	Products  map[string]int `json:"products,omitempty"`
	Platforms map[string]int `json:"platforms,omitempty"`
	Channels  map[string]int `json:"channels,omitempty"`
}

func (t *Counts) add(m crashdata.Meta) {
	t.Crashes++
	day := m.Day()
	t.span(day, day)
	count(&t.Products, m.Product, 1)
	count(&t.Platforms, m.Platform, 1)
	count(&t.Channels, m.Channel, 1)
}

func (t *Counts) span(first, last string) {
	if first != "" && (t.First == "" || first < t.First) {
		t.First = first
	}
	// An empty day is less than any, for the last but not for the first.
	t.Last = max(t.Last, last)
}

// count makes the map when there is something to count: most lines decide nothing, and the report leaves out what is nil.
func count(counts *map[string]int, what string, n int) {
	if what == "" {
		return
	}
	if *counts == nil {
		*counts = map[string]int{}
	}
	(*counts)[what] += n
}

// merge adds what was counted elsewhere. It may be done in any order.
func (t *Counts) merge(o Counts) {
	t.Crashes += o.Crashes
	t.span(o.First, o.Last)
	for to, from := range map[*map[string]int]map[string]int{&t.Products: o.Products, &t.Platforms: o.Platforms, &t.Channels: o.Channels} {
		for what, n := range from {
			count(to, what, n)
		}
	}
}
