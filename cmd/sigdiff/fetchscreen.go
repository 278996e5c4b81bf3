package main

import (
	"fmt"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/sigdiff/sigdiff/fetch"
	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/internal/terminal"
)

// fetchScreen is what fetch shows while it runs: notes, and on a terminal a progress bar that they don't tear.
// Notices of the client may come from several goroutines at once.
type fetchScreen struct {
	app   *app
	mu    sync.Mutex
	bar   *progressbar.ProgressBar // nil while there is none
	lines *minuteLines
}

func newFetchScreen(a *app) *fetchScreen { return &fetchScreen{app: a, lines: newMinuteLines(a)} }

// note says something while the bar may be on the screen.
// Its text may be the service's, and is made visible.
func (s *fetchScreen) note(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bar != nil {
		_ = s.bar.Clear()
	}
	s.app.note("%s", visible(text))
}

// listed shows how far a listing is.
func (s *fetchScreen) listed(n, total int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bar == nil {
		s.bar = s.app.progressBar(int64(total), "listing", false)
	}
	s.lines.say("listed %s of %s", plural.Number(n), plural.Number(total))
	// More may be listed than the total said: crashes come meanwhile.
	s.bar.ChangeMax(max(total, n, 1))
	_ = s.bar.Set(n)
}

// pulled shows how far a pull is, how fast, and how long it will take.
// The bar's own prediction is off: the client knows its pace.
func (s *fetchScreen) pulled(st fetch.Status) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bar == nil {
		s.bar = progressbar.NewOptions64(int64(max(st.Total, 1)),
			progressbar.OptionSetWriter(s.app.stderr), progressbar.OptionSetVisibility(terminal.Is(s.app.stderr)),
			progressbar.OptionShowCount(), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish(),
			progressbar.OptionSetPredictTime(false), progressbar.OptionSetElapsedTime(true), progressbar.OptionUseANSICodes(true))
	}
	s.lines.say("fetched %s of %s, %.1f/s, %s left", plural.Number(st.Done), plural.Number(st.Total), st.Rate, st.Left.Round(time.Second))
	s.bar.Describe(fmt.Sprintf("fetching, %.1f/s, %s left", st.Rate, st.Left.Round(time.Second)))
	_ = s.bar.Set(st.Done)
}

// done takes the bar off the screen.
func (s *fetchScreen) done() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bar != nil {
		_ = s.bar.Clear()
		_ = s.bar.Exit()
		s.bar = nil
	}
}
