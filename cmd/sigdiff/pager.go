package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"github.com/sigdiff/sigdiff/internal/terminal"
)

// pagerCommand is the program that reports are paged with, as git finds its own; it is empty where there is none.
// An empty $SIGDIFF_PAGER, and cat, mean none. A pager that isn't installed is no error: the report is shown
// without.
func (a *app) pagerCommand() string {
	if a.noPager || !terminal.Is(a.terminal) || os.Getenv("TERM") == "dumb" {
		return ""
	}
	pager, set := os.LookupEnv("SIGDIFF_PAGER")
	if !set {
		pager = cmp.Or(os.Getenv("PAGER"), "less")
	}
	program, _, _ := strings.Cut(pager, " ")
	if _, err := exec.LookPath(program); err != nil || program == "cat" {
		return ""
	}
	return pager
}

// paged writes a report to the terminal, through a pager where there is one. The guard stays before the pager: it keeps
// from the terminal what steers one.
func (a *app) paged(write func() error) error {
	pager := a.pagerCommand()
	if pager == "" {
		return write()
	}
	// What was printed before goes to the terminal, not into the pager.
	if err := a.flushed(); err != nil {
		return err
	}
	// No shell is started: a pager with quotes in its arguments needs a script.
	argv := strings.Fields(pager)
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Stdout, cmd.Stderr = a.terminal, a.stderr
	cmd.Env = append([]string{"LESS=FRX", "LV=-c"}, os.Environ()...) // what the user sets comes last, and holds
	in, err := cmd.StdinPipe()
	if err != nil {
		return fmt.Errorf("starting the pager: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting the pager %s: %w", pager, err)
	}
	// From here on the guard writes to the pager. a.out still writes to the guard.
	screen := a.guard.Redirect(in)
	err = cmp.Or(write(), a.flushed(), a.guard.Flush())
	a.guard.Redirect(screen)
	_ = in.Close()
	_ = cmd.Wait() // it may have been left in any way
	// The pager was left before the end, which is how people read reports, and no error.
	if errors.Is(err, syscall.EPIPE) || errors.Is(err, io.ErrClosedPipe) {
		a.out.Reset(a.guard) // what was not read
		return nil
	}
	return err
}
