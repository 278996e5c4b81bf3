// Package execside makes a side of a comparison of a program that makes signatures: crashes go in, one a line, and
// answers come out in the same order, one a line. What the program does wrong fails the crash that it was on.
package execside

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
)

// Program is a program that makes signatures.
type Program struct {
	Argv  []string
	Env   []string      // beside the environment
	Limit time.Duration // for an answer
	// Request is what the program is given of a crash: one line, without its end.
	Request func(c *crashdata.Crash) ([]byte, error)
}

// Shell are the arguments that run a command line.
func Shell(command string) []string {
	if runtime.GOOS == "windows" {
		return []string{"cmd", "/C", command}
	}
	return []string{"sh", "-c", command}
}

// errSurplus is why a program is given up: which answer is that of which crash isn't known.
var errSurplus = errors.New("it gave more answers than it was asked for")

// maxInARow is after how many failures of the program without an answer between them it is given up.
const maxInARow = 10

// Side is the side of a program. It implements signatures.Side. Each of its signers keeps a process running.
type Side struct {
	program Program
	ctx     context.Context // that the processes live in
	end     context.CancelFunc

	mu      sync.Mutex
	running map[*process]bool
	said    head // what the processes wrote to stderr
	again   int  // how many processes were started in place of one that failed
	surplus bool // a process gave more answers than it was asked for
	inARow  int  // failures
	last    error
}

// New makes the side of a program. Nothing runs before a signature is wanted. Close ends it.
func New(ctx context.Context, p Program) *Side {
	s := &Side{program: p, running: map[*process]bool{}}
	s.ctx, s.end = context.WithCancel(ctx)
	return s
}

// NewSigner makes what gives signatures in one goroutine.
func (s *Side) NewSigner() signatures.Signer { return &signer{side: s} }

// Try gives a program one request, and tells why no answer came.
func Try(ctx context.Context, p Program, request []byte) error {
	p.Request = func(*crashdata.Crash) ([]byte, error) { return request, nil }
	s := New(ctx, p)
	defer s.Close()
	_, err := s.NewSigner().Generate(&crashdata.Crash{})
	return err
}

// Close ends the processes, and waits for their end.
func (s *Side) Close() {
	s.mu.Lock()
	all := slices.Collect(maps.Keys(s.running))
	s.mu.Unlock()
	// All are told before any is waited for, so that they end side by side.
	for _, p := range all {
		_ = p.in.Close() // tells it that no more comes
	}
	for _, p := range all {
		p.leave()
	}
	s.end()
}

// Restarts is how many processes were started in place of one that failed.
func (s *Side) Restarts() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.again
}

// Surplus tells that the program gave more answers than it was asked for, so that those it gave may be of other crashes.
// It is known after Close.
func (s *Side) Surplus() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.surplus
}

// unasked notes an answer that nobody asked for: from then on no answer can be trusted to be of its crash.
func (s *Side) unasked() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.surplus = true
}

// Stderr is the beginning of what the processes wrote to stderr, and how many bytes they wrote in all.
func (s *Side) Stderr() (beginning string, bytes int64) {
	s.said.mu.Lock()
	defer s.said.mu.Unlock()
	return string(s.said.kept), s.said.all
}

// failed counts a failure of the program, or its end with an answer.
func (s *Side) failed(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last = err; err == nil {
		s.inARow = 0
	} else {
		s.inARow++
	}
}

// usable tells why the program is given up; nil while it isn't.
func (s *Side) usable() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.surplus:
		return fmt.Errorf("the program is given up: %w", errSurplus)
	case s.inARow >= maxInARow:
		return fmt.Errorf("the program is given up: it failed %d times in a row, at last since %w", s.inARow, s.last)
	}
	return nil
}

// signer gives the signatures of one process.
type signer struct {
	side    *Side
	process *process // nil when there is none
	started bool     // there was one

	// The answer for the crash of Generate, which Explain gives again.
	id     string
	result signatures.Result
}

// Generate asks the program for the crash's signature.
func (w *signer) Generate(c *crashdata.Crash) (signatures.Result, error) {
	w.id = ""
	result, err := w.ask(c)
	if err == nil {
		w.id, w.result = c.ID(), result
	}
	return result, err
}

// Explain is Generate; how the program makes signatures is not known. Of the crash that Generate was just asked for
// it gives that answer.
func (w *signer) Explain(c *crashdata.Crash) (signatures.Result, error) {
	if w.id != "" && w.id == c.ID() {
		w.id = ""
		return w.result, nil
	}
	return w.ask(c)
}

// ask gives the program a crash. After any failure but an error that it answers with its process is ended, since what it would
// say next may still be about this crash.
func (w *signer) ask(c *crashdata.Crash) (signatures.Result, error) {
	if err := w.side.usable(); err != nil {
		return signatures.Result{}, err
	}
	request, err := w.side.program.Request(c)
	if err != nil {
		return signatures.Result{}, err
	}
	answer, err := w.exchange(request)
	if err == nil {
		var result signatures.Result
		if result, err = readAnswer(answer, c.ID()); err == nil || errors.Is(err, errAnswered) {
			w.side.failed(nil)
			return result, err
		}
	}
	if w.process != nil {
		err = w.process.kill(err)
		w.process = nil
	}
	w.side.failed(err)
	return signatures.Result{}, err
}

// exchange sends a line and reads one, with a process that is started if there is none.
func (w *signer) exchange(request []byte) ([]byte, error) {
	if w.process != nil && w.process.out.Buffered() > 0 {
		// What comes next would be the answer to something else.
		w.side.unasked()
		return nil, errSurplus
	}
	if w.process == nil {
		p, err := w.side.start(w.started)
		if err != nil {
			return nil, fmt.Errorf("starting the program: %w", err)
		}
		w.process, w.started = p, true
	}
	return w.process.exchange(request, w.side.program.Limit)
}
