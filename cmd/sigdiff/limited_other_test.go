//go:build !unix

package main

import (
	"fmt"
	"os"
)

func limitedSigdiff() {
	fmt.Fprintln(os.Stderr, "the size of files can't be limited here")
	os.Exit(99)
}

func nobodysSigdiff() {
	fmt.Fprintln(os.Stderr, "there is no other user to run as here")
	os.Exit(99)
}
