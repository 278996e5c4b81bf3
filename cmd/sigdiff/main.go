// Command sigdiff shows what a change to Socorro's siglists does to the signatures of crashes.
package main

import (
	"context"
	"io"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
)

func main() { os.Exit(withSignals()) }

// withSignals runs the program. The first interrupt lets it finish what is under way, the second ends it at once.
// It returns the exit code: os.Exit in main runs no deferred calls.
func withSignals() int {
	// Nothing here has a log of its own, and net/http logs what a service sends unasked, the token too if
	// the service repeats it.
	log.SetOutput(io.Discard)
	ends := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // as nohup has it
		ends = append(ends, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), ends...)
	defer stop()
	// By default, writing to a reader that has enough, such as head, ends the program at once, and folders of its own stay.
	// Now the write fails instead, and run ends with exit.Unread. Nobody asks the channel, and programs that are started
	// get the signal as by default.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	// After stop, a signal does what it does by default: the second one ends the program.
	context.AfterFunc(ctx, stop)
	return run(ctx, arguments(os.Args), os.Stdin, os.Stdout, os.Stderr)
}

// arguments are those of the command line. A program that is called signify is that command.
func arguments(argv []string) []string {
	if name := filepath.Base(argv[0]); strings.TrimSuffix(name, ".exe") == "signify" {
		return append([]string{"signify"}, argv[1:]...)
	}
	return argv[1:]
}
