package main

import (
	"fmt"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/internal/terminal"
)

// progress shows how far something is: by a bar on a terminal, and elsewhere, such as in the log of a nightly job, by a
// line a minute.
type progress struct {
	bar   *progressbar.ProgressBar
	lines *minuteLines
	what  string
	bytes bool // whether total is bytes, for how it is written

	mu          sync.Mutex
	done, total int64
}

// progress starts to show how far something is that has so many bytes or steps in all.
func (a *app) progress(total int64, what string, bytes bool) *progress {
	return &progress{bar: a.progressBar(total, what, bytes), lines: newMinuteLines(a), what: what, bytes: bytes, total: total}
}

func (p *progress) add(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.show(p.done+int64(n), p.total)
}

func (p *progress) set(done, total int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.show(done, total)
}

func (p *progress) show(done, total int64) {
	if total != p.total {
		p.bar.ChangeMax64(max(total, 1))
	}
	p.done, p.total = done, total
	_ = p.bar.Set64(min(done, max(total, 1)))
	p.lines.say("%s", p)
}

func (p *progress) String() string {
	if p.bytes {
		return fmt.Sprintf("%s: %s of %s", p.what, megabytes(p.done), megabytes(p.total))
	}
	return fmt.Sprintf("%s: %s of %s", p.what, plural.Number(p.done), plural.Number(p.total))
}

// end takes the bar off the screen.
func (p *progress) end() { _ = p.bar.Exit() }

// progressBar is a bar on a terminal, and nothing elsewhere.
func (a *app) progressBar(total int64, what string, bytes bool) *progressbar.ProgressBar {
	return progressbar.NewOptions64(max(total, 1),
		progressbar.OptionSetWriter(a.stderr),
		progressbar.OptionSetVisibility(terminal.Is(a.stderr)),
		progressbar.OptionSetDescription(what),
		progressbar.OptionShowBytes(bytes),
		progressbar.OptionShowCount(),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionSetPredictTime(true),
	)
}

// lineEvery is how often a line says how far something is where there is no terminal.
const lineEvery = time.Minute

// minuteLines says something once a minute, where there is no bar to show it.
type minuteLines struct {
	app  *app
	now  func() time.Time // for tests
	said time.Time        // of the last line, or of the first call
}

func newMinuteLines(a *app) *minuteLines { return &minuteLines{app: a, now: time.Now} }

func (m *minuteLines) say(format string, args ...any) {
	if terminal.Is(m.app.stderr) {
		return
	}
	now := m.now()
	// The first minute says nothing: what is done by then needs no line.
	if m.said.IsZero() {
		m.said = now
	}
	if now.Sub(m.said) >= lineEvery {
		m.said = now
		m.app.note(format, args...)
	}
}
