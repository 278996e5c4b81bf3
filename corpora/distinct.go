package corpora

import (
	"context"
	"strings"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/engine/table"
	"github.com/sigdiff/sigdiff/siglists/lint"
)

// Frames are the distinct normalised frames of crashes that make their signatures with a set of siglists, and in how many
// crashes each is.
func Frames(ctx context.Context, source crashdata.Source, generator *signatures.Generator, workers int) (frames []lint.Frame, left table.Left, err error) {
	newCollector := func() frameCollector {
		return frameCollector{worker: generator.Worker(), frames: map[frameKey]int{}}
	}
	collectors, left, err := table.Fold(ctx, source, workers, newCollector, (*frameCollector).add)
	if err != nil {
		return nil, left, err
	}
	counts := map[frameKey]int{}
	for _, c := range collectors {
		for key, n := range c.frames {
			counts[key] += n
		}
	}
	for key, n := range counts {
		frames = append(frames, lint.Frame{Text: key.text, Function: key.function, Crashes: n})
	}
	return frames, left, nil
}

// frameKey is what makes a frame distinct.
type frameKey struct{ text, function string }

// frameCollector counts the crashes of each distinct frame.
type frameCollector struct {
	worker *signatures.Worker
	frames map[frameKey]int
}

func (c *frameCollector) add(_ string, crash *crashdata.Crash) error {
	result, err := c.worker.Explain(crash)
	if err != nil {
		return err
	}
	// Recursion puts one frame into a stack a hundred times. It counts as one crash.
	seen := map[frameKey]bool{}
	for _, pass := range result.Passes {
		// Frames of all passes: a rule that looks at another thread shows lint the frames there as well.
		for _, f := range pass.Frames {
			if key := keyOf(f); key.text != "" && !seen[key] {
				seen[key] = true
				c.frames[key]++
			}
		}
	}
	return nil
}

// keyOf takes the source line off what the line-number list has seen.
func keyOf(f signatures.FrameTrace) frameKey {
	key := frameKey{text: f.Text}
	if f.Frame.Kind != crashdata.FrameText {
		key.function = f.Text
		if f.LineNumbers != nil {
			key.function = strings.TrimSuffix(f.Text, ":"+f.Frame.Line)
		}
	}
	return key
}
