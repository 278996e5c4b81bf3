package compare

import (
	"maps"
	"slices"

	"github.com/sigdiff/sigdiff/engine/signatures"
)

// maxStopped is how many different stacks are looked at for what stops walks before a line's frames.
const maxStopped = 50

// Stopper is the frame that most often ends the walk over stacks that have a frame of a changed line; empty where none does.
func (e *Edited) Stopper(change int) (string, error) {
	stacks := e.stacksOf(change)
	// Any selection would do, but it must be the same each time that somebody asks.
	hashes := slices.Sorted(maps.Keys(stacks)) // which are the same, whatever shard a crash came into
	worker, stops := e.side.Worker(), map[string]int{}
	for _, hash := range hashes[:min(maxStopped, len(hashes))] {
		at := stacks[hash]
		crash, err := e.base.table.Shards()[at.shard].Reader().Crash(at.input)
		if err != nil {
			return "", err
		}
		result, err := worker.Explain(crash)
		if err != nil {
			return "", err
		}
		for _, pass := range result.Passes {
			for _, f := range pass.Frames {
				if f.Treatment == signatures.Stop {
					stops = count(stops, f.Text, 1)
				}
			}
		}
	}
	if len(stops) == 0 {
		return "", nil
	}
	return FrameCounts(stops)[0].Frame, nil
}

// stacksOf are the stacks that have a frame of a changed line, by their hashes: an input of each.
func (e *Edited) stacksOf(change int) map[uint64]place {
	var symbols []int
	for _, n := range e.edit.Concerned() {
		if slices.Contains(e.edit.Touched(n), change) {
			symbols = append(symbols, n)
		}
	}
	stacks := map[uint64]place{}
	for i, p := range e.base.parts {
		for _, input := range p.having(symbols) {
			stacks[p.made[input].stack] = place{i, input}
		}
	}
	return stacks
}
