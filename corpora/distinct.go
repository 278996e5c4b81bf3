package main

import (
	"context"
	"fmt"
	"runtime"
	"strings"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/engine"
	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/lint"
)

// corpusFrames are the distinct normalised frames of a corpus. unread is the error for crashes that could
// not be read, which hides no finding of the others.
func (a *app) corpusFrames(ctx context.Context, name string, set *siglists.Set) (frames []lint.Frame, unread, err error) {
	c, err := a.openCache(cache.Options{ReadOnly: true})
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = firstError(err, c.Close()) }()
	corpus, err := c.Corpus(name)
	if err != nil {
		return nil, nil, err
	}
	workers := runtime.GOMAXPROCS(0)
	generator, err := framesGenerator(set)
	if err != nil {
		return nil, nil, err
	}
	collectors := make([]*frameCollector, workers)
	for i := range collectors {
		collectors[i] = &frameCollector{worker: generator.Worker(), frames: map[frameKey]int{}}
	}
	err = corpora.NewSource(c, corpus.IDs).Each(ctx, workers, engine.Decoded(func(worker int, _ string, crash *engine.Crash, err error) error {
		collectors[worker].add(crash, err)
		return nil
	}))
	if err != nil {
		return nil, nil, fmt.Errorf("reading the frames of %s: %w", name, err)
	}
	frames, failed := merged(collectors)
	switch {
	case failed > 0:
		unread = &exitError{exitIncomplete, fmt.Errorf("%s of %s could not be read", counted(failed, "crash record"), name)}
	case len(frames) == 0:
		unread = &exitError{exitIncomplete, fmt.Errorf("%s has no frames to hold the lines against", name)}
	}
	return frames, unread, nil
}

func framesGenerator(set *siglists.Set) (*engine.Generator, error) {
	rules, err := engine.ParseRuleset(defaultRules)
	if err != nil {
		return nil, err
	}
	return engine.NewGenerator(set, rules), nil
}

// frameKey is what makes a frame distinct.
type frameKey struct{ text, function string }

// frameCollector counts the crashes of each distinct frame.
type frameCollector struct {
	worker *engine.Worker
	frames map[frameKey]int
	failed int
}

func (c *frameCollector) add(crash *engine.Crash, err error) {
	var result engine.Result
	if err == nil {
		result, err = c.worker.Explain(crash)
	}
	if err != nil {
		c.failed++
		return
	}
	seen := map[frameKey]bool{}
	for _, pass := range result.Passes {
		for _, f := range pass.Frames {
			if key := keyOf(f); key.text != "" && !seen[key] {
				seen[key] = true
				c.frames[key]++
			}
		}
	}
}

// keyOf takes the source line off what the line-number list has seen.
func keyOf(f engine.FrameTrace) frameKey {
	key := frameKey{text: f.Text}
	if f.Frame.Kind != engine.FrameText {
		key.function = f.Text
		if f.LineNumbers != nil {
			key.function = strings.TrimSuffix(f.Text, ":"+f.Frame.Line)
		}
	}
	return key
}

func merged(collectors []*frameCollector) (frames []lint.Frame, failed int) {
	counts := map[frameKey]int{}
	for _, c := range collectors {
		failed += c.failed
		for key, n := range c.frames {
			counts[key] += n
		}
	}
	for key, n := range counts {
		frames = append(frames, lint.Frame{Text: key.text, Function: key.function, Crashes: n})
	}
	return frames, failed
}
