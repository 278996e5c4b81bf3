// Package suggest finds lines for the siglists: those that would split a signature that is too big, and those that would put
// two signatures together.
package suggest

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/engine/table"
	"github.com/sigdiff/sigdiff/siglists"
)

// search is the crashes of a corpus under the lists that there are, and some of them that lines are looked for.
type search struct {
	table  *table.Table
	layer  *table.Layer
	rules  signatures.Ruleset
	signed [][]signed // by shard and input
	mine   []place    // the crashes that lines are looked for
	frames map[string]*signatures.Classified
	read   []*table.Reader // by shard
}

// signed is what crashes with one input have. Frames and walks are not kept: only few crashes are looked at again.
type signed struct {
	signature string
	hang      bool // thread 0 was walked too
	mine      bool
	err       error // why it has none
}

// place is where crashes with one input are. They are tried as one, and count as many.
type place struct{ shard, input, crashes int }

// newSearch makes the signatures of all crashes, and takes those with the wanted ones for its own. The suggestion says how
// many have each of these.
func newSearch(ctx context.Context, t *table.Table, g *signatures.Generator, wanted ...string) (*search, *Suggestion, error) {
	s := &search{table: t, rules: g.Rules, signed: make([][]signed, len(t.Shards()))}
	for _, shard := range t.Shards() {
		s.read = append(s.read, shard.Reader())
	}
	if err := s.sign(ctx, g.Set); err != nil {
		return nil, nil, err
	}
	p := &Suggestion{Crashes: t.Crashes(), Set: g.Set}
	p.Join(t.Left)
	for _, signature := range wanted {
		p.Signatures = append(p.Signatures, Count{Signature: signature})
	}
	for i, shard := range t.Shards() {
		for input := range s.signed[i] {
			one := &s.signed[i][input]
			at := slices.Index(wanted, one.signature)
			switch {
			// A crash without a signature has none of those wanted.
			case one.err != nil:
				for _, m := range shard.Metas(input) {
					p.Failures = append(p.Failures, table.Failure{ID: m.ID, Err: one.err.Error()})
				}
			case at >= 0:
				one.mine = true
				s.mine = append(s.mine, place{i, input, shard.Count(input)})
				p.Signatures[at].Crashes += shard.Count(input)
			}
		}
	}
	p.Sort() // whatever shard each was in
	for _, c := range p.Signatures {
		if c.Crashes == 0 {
			return nil, nil, s.unknown(c.Signature)
		}
	}
	return s, p, nil
}

// sign makes the signatures of all crashes, and gathers their frames.
func (s *search) sign(ctx context.Context, set *siglists.Set) (err error) {
	if s.layer, err = table.NewLayer(set).Over(ctx, s.table.Symbols()); err != nil {
		return err
	}
	edit, err := s.layer.Edit(ctx, set)
	if err != nil {
		return err
	}
	views := make([]*table.View, len(s.table.Shards()))
	err = s.table.Each(ctx, func(ctx context.Context, i int, shard *table.Shard) error {
		views[i] = edit.View(s.rules, s.rules)
		s.signed[i] = s.inputs(ctx, i, views[i].Candidate)
		return context.Cause(ctx)
	})
	s.frames = map[string]*signatures.Classified{}
	// The frames are gathered from the edit that changes nothing: it has classified them all.
	for _, c := range table.Distinct(views, slices.Repeat([]int{1}, edit.Symbols())) {
		s.frames[c.Text] = c.Classified
	}
	return err
}

// inputs makes the signatures of a shard's inputs.
func (s *search) inputs(ctx context.Context, shard int, worker *signatures.Worker) []signed {
	all := make([]signed, s.table.Shards()[shard].Inputs())
	for input := range all {
		if ctx.Err() != nil {
			break
		}
		crash, err := s.read[shard].Crash(input)
		var r signatures.Result
		if err == nil {
			r, err = worker.Generate(crash)
		}
		all[input] = signed{signature: r.Signature, hang: r.Hang, err: err}
	}
	return all
}

// trial is the search's own crashes under other lists.
type trial struct {
	edit    *table.Edit
	results []signatures.Result // of s.mine, with their walks
}

// try makes the signatures of the search's own crashes with a set. The edit starts from the lists that there are, however many
// steps lie between, so that all that the steps do together is one change.
func (s *search) try(ctx context.Context, set *siglists.Set) (*trial, error) {
	edit, err := s.layer.Edit(ctx, set)
	if err != nil {
		return nil, err
	}
	t := &trial{edit: edit, results: make([]signatures.Result, len(s.mine))}
	worker := edit.View(s.rules, s.rules).Candidate
	for i, p := range s.mine {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		crash, err := s.read[p.shard].Crash(p.input)
		if err == nil {
			t.results[i], err = worker.Explain(crash)
		}
		if err != nil {
			return nil, fmt.Errorf("making a signature: %w", err)
		}
	}
	return t, nil
}

// others visits the other crashes that have a frame which an edit treats otherwise.
func (s *search) others(e *table.Edit, visit func(p place, c *crashdata.Crash) error) error {
	dirty := e.Dirty()
	// Then the edit treats no frame otherwise.
	if dirty == nil {
		return nil
	}
	for i, shard := range s.table.Shards() {
		for input, one := range s.signed[i] {
			// Only the walked threads count: a frame elsewhere changes nothing.
			if one.mine || one.err != nil || !shard.Holds(input, dirty, one.hang) {
				continue
			}
			crash, err := s.read[i].Crash(input)
			if err == nil {
				err = visit(place{i, input, shard.Count(input)}, crash)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// callers are the different frames that call a frame in the other crashes, sorted. Only those are looked at that an edit
// treats otherwise.
func (s *search) callers(e *table.Edit, frame string) ([]string, error) {
	found := map[string]bool{}
	view := e.View(s.rules, s.rules)
	err := s.others(e, func(p place, c *crashdata.Crash) error {
		for _, t := range c.Threads(s.signed[p.shard][p.input].hang) {
			for i := range len(t.Frames) - 1 {
				if view.Frame(t, t.Frames[i]).Text == frame {
					// Recursion is no caller, and neither is a frame without a name.
					if caller := view.Frame(t, t.Frames[i+1]).Text; caller != frame && caller != "" {
						found[caller] = true
					}
				}
			}
		}
		return nil
	})
	return slices.Sorted(maps.Keys(found)), err
}

// Move is how many crashes go from one signature to another.
type Move struct {
	From    string `json:"from"`
	To      string `json:"to"`
	Crashes int    `json:"crashes"`
}

// outside are the moves of the other crashes under a trial's lists.
func (s *search) outside(t *trial) ([]Move, error) {
	moves := map[[2]string]int{}
	worker := t.edit.View(s.rules, s.rules).Candidate
	err := s.others(t.edit, func(p place, c *crashdata.Crash) error {
		r, err := worker.Generate(c)
		if err != nil {
			return fmt.Errorf("making a signature: %w", err)
		}
		if before := s.signed[p.shard][p.input].signature; r.Signature != before {
			moves[[2]string{before, r.Signature}] += p.crashes
		}
		return nil
	})
	var all []Move
	for pair, n := range moves {
		all = append(all, Move{pair[0], pair[1], n})
	}
	slices.SortFunc(all, compareMoves)
	return all, err
}
