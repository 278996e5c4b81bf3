//go:build unix

package main

import (
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"syscall"
)

// limitedSigdiff is sigdiff on a disk that is full once a file has grown to $FILE_LIMIT bytes.
func limitedSigdiff() {
	n, err := strconv.ParseUint(os.Getenv("FILE_LIMIT"), 10, 63)
	if err == nil {
		signal.Ignore(syscall.SIGXFSZ)
		err = syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: n, Max: n})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "limiting the size of files:", err)
		os.Exit(99)
	}
	os.Exit(withSignals())
}

// nobodysSigdiff is sigdiff run by a user whom permissions stop: nobody, if it is root who runs the tests.
func nobodysSigdiff() {
	const nobody = 65534
	if os.Geteuid() == 0 {
		for _, err := range []error{syscall.Setgroups(nil), syscall.Setgid(nobody), syscall.Setuid(nobody)} {
			if err != nil {
				fmt.Fprintln(os.Stderr, "becoming nobody:", err)
				os.Exit(99)
			}
		}
	}
	os.Exit(withSignals())
}
