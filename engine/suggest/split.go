package suggest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/engine/table"
	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/siglists"
)

// What a suggestion goes by; docs/suggest.md says why.
const (
	// maxSteps is how many frames are peeled off.
	maxSteps = 3
	// parted is the entropy, in bits, from which on crashes count as parted: a little less than that of one in ten.
	parted = 0.45
	// minRise is by how much each further frame has to raise the entropy of crashes that are parted already.
	minRise = 0.1
	// several is how many different callers make a frame a helper that says nothing.
	several = 3
	// sprayed is from how many signatures on a spray is seen, loners from how many crashes on.
	sprayed, loners = 4, 12
)

// Suggestion is lines that would split a signature, or put two together.
type Suggestion struct {
	Signatures []Count // the one, or the two
	Steps      []Step
	// Refused says why there is nothing to suggest; or empty. The rest is what was tried then.
	Refused string
	After   []Count // the signatures that the crashes come to have
	Outside []Move  // the other crashes that change, those of the largest groups first
	Set     *siglists.Set

	Crashes    int // that there are, missing and failed ones included
	table.Left     // by id; those failed that could not be read, or that a pattern met its limit on
}

// Step is a frame that is taken out of the way, with its siblings.
type Step struct {
	List    siglists.Name `json:"list"`
	Lines   []string      `json:"lines"`
	Frame   string        `json:"frame"`   // empty for lines that put signatures together
	Crashes int           `json:"crashes"` // of the signature, that end there
	Callers []string      `json:"callers"` // that it has in other crashes
	Entropy float64       `json:"entropy"` // of the signatures after the step, in bits
}

// Count is how many crashes have a signature. Missing crashes and those that failed are in none.
type Count struct {
	Signature string `json:"signature"`
	Crashes   int    `json:"crashes"`
}

// Split finds the lines that would split a signature: it makes irrelevant, or a prefix, the frame at which most of the crashes
// end, then the one at which they end now, until their signatures differ. The result depends neither on how
// many workers loaded the crashes nor on their order.
func Split(ctx context.Context, t *table.Table, g *signatures.Generator, signature string) (*Suggestion, error) {
	s, p, err := newSearch(ctx, t, g, signature)
	if err != nil {
		return nil, err
	}
	now, err := s.try(ctx, g.Set)
	if err != nil {
		return nil, err
	}
	trials := []*trial{now}
	p.Refused = s.alike(now)
	for len(p.Steps) < maxSteps && p.Refused == "" {
		step, next, why, err := s.peel(ctx, trials[len(p.Steps)])
		if err != nil {
			return nil, err
		}
		if p.Refused = why; why == "" {
			p.Steps, trials = append(p.Steps, step), append(trials, next)
		}
	}
	// Steps were taken as long as they could be: a later one may be what parts the crashes, or add nothing.
	p.Steps = p.Steps[:worth(p.Steps)]
	now = trials[len(p.Steps)]
	switch part := entropy(s.counts(now)); {
	// A step that was refused takes nothing from those before it.
	case part >= parted:
		p.Refused = "" // what was found before stands
	case p.Refused == "":
		p.Refused = fmt.Sprintf("more than %d lines would be needed: %s", maxSteps, s.share(now))
	}
	return p, s.finish(p, now)
}

// worth is how many steps raise the entropy: of crashes that are parted already, each by minRise. A step that doesn't is
// worth it where one behind it makes good for both.
func worth(steps []Step) int {
	n := slices.IndexFunc(steps, func(s Step) bool { return s.Entropy >= parted }) + 1
	if n == 0 {
		return len(steps)
	}
	for more := n; more < len(steps); more++ {
		if steps[more].Entropy >= steps[n-1].Entropy+minRise*float64(more+1-n) {
			n = more + 1
		}
	}
	return n
}

// finish tells what lines do that were found, also to the other crashes. That is asked once, of all the lines together.
func (s *search) finish(p *Suggestion, t *trial) (err error) {
	p.Set, p.After = t.edit.To, s.counts(t)
	p.Outside, err = s.outside(t)
	return err
}

// peel takes the frame out of the way at which most crashes end, or says why that is refused.
func (s *search) peel(ctx context.Context, now *trial) (step Step, next *trial, refused string, err error) {
	if step, refused = s.end(now); refused != "" {
		return step, nil, refused, nil
	}
	next, refused, err = s.takeOut(ctx, now, &step)
	if err == nil && refused == "" {
		refused = s.spray(next)
	}
	return step, next, refused, err
}

// alike says that the crashes have no stacks that could part, or one stack, or nearly all of them; empty otherwise.
func (s *search) alike(t *trial) string {
	stacks, all := map[string]int{}, 0
	for i, r := range t.results {
		var b strings.Builder
		for _, f := range walked(r) {
			b.WriteString(f.Text + "\n")
		}
		stacks[b.String()] += s.mine[i].crashes
		all += s.mine[i].crashes
	}
	// Lists decide nothing of a signature that no walk made.
	if none := stacks[""]; none > 0 {
		are := "are of Java, or have no frames"
		if none == 1 {
			are = "is of Java, or has no frames"
		}
		return fmt.Sprintf("no stack made the signature: %s of %s %s", plural.Number(none), plural.Number(all), are)
	}
	if counts := sortCounts(stacks); entropy(counts) < parted {
		return fmt.Sprintf("the stacks are alike, frame by frame, in %s of %s", plural.Number(counts[0].Crashes), plural.Number(all))
	}
	return ""
}

// walked are the frames of the last walk over a stack: that of thread 0 for a shutdownhang. There is none for a crash of Java.
func walked(r signatures.Result) []signatures.FrameTrace {
	if len(r.Passes) == 0 {
		return nil
	}
	return r.Passes[len(r.Passes)-1].Frames
}

// stop is the index of the frame at which a walk ended; -1 where it came to the end of the stack.
func stop(frames []signatures.FrameTrace) int {
	return slices.IndexFunc(frames, func(f signatures.FrameTrace) bool { return f.Treatment == signatures.Stop })
}

// lastFrame is the last that a walk put into a signature; empty for none.
func lastFrame(frames []signatures.FrameTrace) string {
	for _, f := range slices.Backward(frames) {
		if inSignature(f) {
			return f.Text
		}
	}
	return ""
}

// inSignature tells whether a frame stands in a signature, and is not passed over or cut away.
func inSignature(f signatures.FrameTrace) bool {
	return f.Treatment == signatures.Prefix || f.Treatment == signatures.Stop
}

// end is the frame at which most of the crashes end that have the most frequent signature.
func (s *search) end(t *trial) (step Step, refused string) {
	// What has come off already is not to be parted further.
	largest := s.counts(t)[0].Signature
	ends, last, all := map[string]int{}, 0, 0
	for i, r := range t.results {
		if r.Signature != largest {
			continue
		}
		n := s.mine[i].crashes
		all += n
		frames := walked(r)
		at := stop(frames)
		// The walk used all of the stack: no line makes it go further.
		if at < 0 || at == len(frames)-1 {
			last += n
		}
		if at >= 0 {
			ends[frames[at].Text] += n
		}
	}
	if 2*last >= all {
		return step, fmt.Sprintf("the stacks end where their thread begins: %s of %s have no further frame", plural.Number(last), plural.Number(all))
	}
	for frame, n := range ends {
		// Of as many the first by name, so that the result is the same each time.
		if n > step.Crashes || n == step.Crashes && frame < step.Frame {
			step.Frame, step.Crashes = frame, n
		}
	}
	return step, ""
}

// takeOut tries the frame of a step, which is filled: as irrelevant where it has several callers in other crashes and no
// rule goes by it, else as a prefix.
func (s *search) takeOut(ctx context.Context, now *trial, step *Step) (next *trial, refused string, err error) {
	for _, frame := range s.siblings(step.Frame) {
		step.Lines = append(step.Lines, s.lineFor(frame))
	}
	step.List = siglists.Prefix
	// The prefix is tried first in any case: its edit tells in which other crashes the frame is.
	if next, err = s.add(ctx, now, step); err != nil {
		return nil, "", err
	}
	// In other crashes, since all of these may have one and the same.
	if step.Callers, err = s.callers(next.edit, step.Frame); err != nil {
		return nil, "", err
	}
	if len(step.Callers) >= several {
		step.List = siglists.Irrelevant
		irrelevant, err := s.add(ctx, now, step)
		if err != nil {
			return nil, "", err
		}
		// Rules look for some frames in what is left of the stack, and would miss this one.
		if sameMarks(now, irrelevant) {
			next = irrelevant
		} else {
			step.List = siglists.Prefix
		}
	}
	step.Entropy = entropy(s.counts(next))
	return next, ruled(now, next, step.Frame), nil
}

// add tries the lines of a step.
func (s *search) add(ctx context.Context, now *trial, step *Step) (*trial, error) {
	var changes []siglists.Change
	for _, line := range step.Lines {
		changes = append(changes, siglists.Change{Line: siglists.Line{List: step.List, Text: line}, Added: true})
	}
	set, err := now.edit.To.With(changes)
	if err != nil {
		return nil, fmt.Errorf("adding lines to %s: %w", step.List.File(), err)
	}
	return s.try(ctx, set)
}

// sameMarks tells whether the same rules put their marks on each crash. How long its signature is makes no difference.
func sameMarks(a, b *trial) bool {
	// Whether a signature is cut off at its greatest length follows from its frames.
	marks := func(r signatures.Result) []string {
		return slices.DeleteFunc(slices.Clone(r.Marks), func(mark string) bool { return mark == "truncated" })
	}
	for i := range a.results {
		if !slices.Equal(marks(a.results[i]), marks(b.results[i])) {
			return false
		}
	}
	return true
}

// ruled says why a rule keeps crashes from being parted at a frame; empty where none does.
func ruled(now, next *trial, frame string) string {
	if !sameMarks(now, next) {
		return fmt.Sprintf("a rule puts another mark on crashes when the walk goes on after %s", frame)
	}
	for i := range now.results {
		if now.results[i].Signature != next.results[i].Signature {
			return ""
		}
	}
	return fmt.Sprintf("the signature stays as it is when the walk goes on after %s: a rule made it, or it is cut off at its greatest length", frame)
}

// spray says that crashes scatter over signatures that tell little; empty where they don't.
func (s *search) spray(t *trial) string {
	after, lasts := s.counts(t), map[string]bool{}
	crashes, alone := 0, 0
	for i, r := range t.results {
		crashes += s.mine[i].crashes
		lasts[lastFrame(walked(r))] = true
	}
	for _, c := range after {
		if c.Crashes == 1 {
			alone++
		}
	}
	switch {
	// The same ends behind many beginnings: the lines tell apart how the crash was come to, and not the crash.
	case len(after) >= sprayed && len(after) >= 2*len(lasts):
		return fmt.Sprintf("the crashes would scatter: %s end in %s, and differ only in what stands before", plural.Of(len(after), "signature", "signatures"), plural.Of(len(lasts), "frame", "frames"))
	// Signatures of one crash each are what grouping is there to avoid.
	case crashes >= loners && 2*alone > crashes:
		return fmt.Sprintf("the crashes would scatter: %s of %s would be alone in their signature", plural.Number(alone), plural.Number(crashes))
	}
	return ""
}

// counts are the signatures of a trial, the most frequent first.
func (s *search) counts(t *trial) []Count {
	crashes := map[string]int{}
	for i, r := range t.results {
		crashes[r.Signature] += s.mine[i].crashes
	}
	return sortCounts(crashes)
}

func sortCounts(crashes map[string]int) []Count {
	var all []Count
	for signature, n := range crashes {
		all = append(all, Count{signature, n})
	}
	slices.SortFunc(all, func(a, b Count) int { return cmp.Or(b.Crashes-a.Crashes, cmp.Compare(a.Signature, b.Signature)) })
	return all
}

func compareMoves(a, b Move) int {
	return cmp.Or(b.Crashes-a.Crashes, cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
}

// entropy is how much it tells to know the signature of one of the crashes, in bits: 0 of one signature, 1 of two halves.
func entropy(counts []Count) float64 {
	all, bits := 0, 0.0
	for _, c := range counts {
		all += c.Crashes
	}
	for _, c := range counts {
		share := float64(c.Crashes) / float64(all)
		bits -= share * math.Log2(share)
	}
	return bits
}

// share says how many crashes have the most frequent signature.
func (s *search) share(t *trial) string {
	counts, all := s.counts(t), 0
	for _, c := range counts {
		all += c.Crashes
	}
	return fmt.Sprintf("%s of %s would still have one signature, %s", plural.Number(counts[0].Crashes), plural.Crashes(all), counts[0].Signature)
}

// ErrNoCrash is wrapped by the error for a signature that no crash has.
var ErrNoCrash = errors.New("no crash has the signature with these siglists")

// unknown is that error. It says what the crashes have instead that record the signature.
func (s *search) unknown(signature string) error {
	recorded, now := 0, map[string]int{}
	for i, shard := range s.table.Shards() {
		for input, one := range s.signed[i] {
			for _, m := range shard.Metas(input) {
				if m.Signature == signature && one.err == nil {
					recorded++
					now[one.signature]++
				}
			}
		}
	}
	if recorded == 0 {
		return fmt.Errorf("%q: %w", signature, ErrNoCrash)
	}
	// What the service recorded is by its own lists, of its day.
	most := sortCounts(now)[0]
	return fmt.Errorf("%q: %w; of %s that record it, %s have %q", signature, ErrNoCrash, plural.Number(recorded), plural.Number(most.Crashes), most.Signature)
}
