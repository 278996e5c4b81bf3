package main

import (
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/sigdiff/sigdiff/fetch"
	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/internal/terminal"
)

// progress shows how far something is: by a bar on a terminal, and elsewhere, such as in the log of a nightly job, by a
// line a minute. It may be told from several goroutines at once, and what is noted meanwhile doesn't tear the bar.
type progress struct {
	app         *app
	mu          sync.Mutex
	bar         *progressbar.ProgressBar // nil while there is none
	what        string                   // is done
	bytes       bool                     // whether total is bytes, for how it is written
	done, total int64
	said        time.Time // when the last line was, or the first call
}

// progress shows how far something is that has so many bytes or steps in all.
func (a *app) progress(total int64, what string, bytes bool) *progress {
	return &progress{app: a, total: total, what: what, bytes: bytes}
}

// fetching shows how far a listing is, and then a pull.
func (a *app) fetching() *progress { return a.progress(0, "", false) }

func (p *progress) add(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count(p.done+int64(n), p.total)
}

func (p *progress) set(done, total int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count(done, total)
}

func (p *progress) count(done, total int64) {
	p.done, p.total = done, total
	number := plural.Number[int64]
	if p.bytes {
		number = plural.Megabytes
	}
	p.show(min(done, max(total, 1)), total, p.what, "%s: %s of %s", p.what, number(done), number(total))
}

// listed shows how far a listing is. More may be listed than the total said: crashes come meanwhile.
func (p *progress) listed(n, total int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.show(int64(n), int64(max(total, n)), "listing", "listed %s of %s", plural.Number(n), plural.Number(total))
}

// pulled shows how far a pull is, how fast, and how long it will take.
// The bar's own prediction is off: the client knows its pace.
func (p *progress) pulled(st fetch.Status) {
	p.mu.Lock()
	defer p.mu.Unlock()
	left := st.Left.Round(time.Second)
	p.start(int64(st.Total), "", progressbar.OptionSetPredictTime(false), progressbar.OptionSetElapsedTime(true), progressbar.OptionUseANSICodes(true))
	p.bar.Describe(fmt.Sprintf("fetching, %.1f/s, %s left", st.Rate, left))
	p.show(int64(st.Done), int64(st.Total), "", "fetched %s of %s, %.1f/s, %s left", plural.Number(st.Done), plural.Number(st.Total), st.Rate, left)
}

// drawn tells whether there is a terminal that a bar can be drawn on. On a narrow one, each drawing of it would take new lines.
func (p *progress) drawn() bool {
	const narrow = 60 // columns, where they are known
	width := terminal.Width(p.app.stderr)
	return terminal.Is(p.app.stderr) && os.Getenv("TERM") != "dumb" && (width == 0 || width >= narrow)
}

// start puts a bar on the screen, unless there is one. Where none can be drawn it stays invisible.
func (p *progress) start(total int64, what string, more ...progressbar.Option) {
	if p.bar != nil {
		return
	}
	p.bar = progressbar.NewOptions64(max(total, 1), append([]progressbar.Option{
		// On stderr, so that a pipe of the results gets none of it.
		progressbar.OptionSetWriter(p.app.stderr), progressbar.OptionSetVisibility(p.drawn()),
		progressbar.OptionSetDescription(what), progressbar.OptionShowBytes(p.bytes), progressbar.OptionShowCount(),
		progressbar.OptionThrottle(100 * time.Millisecond), progressbar.OptionClearOnFinish(),
	}, more...)...)
}

// lineEvery is how often a line says how far something is where there is no bar.
const lineEvery = time.Minute

func (p *progress) show(done, total int64, what, line string, args ...any) {
	p.start(total, what)
	// progressbar can't divide by nothing. The total may grow, as when crashes come while a search is listed.
	if total = max(total, 1); total != p.bar.GetMax64() {
		p.bar.ChangeMax64(total)
	}
	// A bar that can't be drawn is no reason to stop.
	_ = p.bar.Set64(done)
	now := time.Now()
	// The first minute says nothing: what is done by then needs no line.
	if p.said.IsZero() {
		p.said = now
	}
	if now.Sub(p.said) >= lineEvery && !p.drawn() {
		p.said = now
		p.app.note(line, args...)
	}
}

// note says something while the bar may be on the screen.
// Its text may be the service's, and is made visible.
func (p *progress) note(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		_ = p.bar.Clear()
	}
	p.app.note("%s", visible(text))
}

// end takes the bar off the screen.
func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		_ = p.bar.Clear()
		// A new bar begins with the next show: of a pull after a listing, say.
		_ = p.bar.Exit()
		p.bar = nil
	}
}
