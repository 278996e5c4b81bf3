// Command sigdiff shows what a change to Socorro's siglists does to the signatures of crashes.
package main

import (
	"context"
	"io"
	"log"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
)

// gcPercent lets the heap grow to three times what is alive before it is collected. Comparing keeps
// little, and Go's own 100 costs a tenth of the time (docs/performance.md).
const gcPercent = 200

func main() { os.Exit(withSignals()) }

// withSignals runs the program. The first interrupt lets it finish what is under way, the second ends it at once.
func withSignals() int {
	// Nothing here has a log of its own, and net/http logs what a service sends unasked, the token too if
	// the service repeats it.
	log.SetOutput(io.Discard)
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	return run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
}
