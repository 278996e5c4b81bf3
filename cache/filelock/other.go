//go:build !unix || solaris || aix

package filelock

import "os"

// flock leaves locking to bbolt, whose lock here is not one that a file may take twice.
func flock(*os.File, bool) error { return nil }

// Unsupported tells nothing here.
func Unsupported(error) bool { return false }

// Abandon closes a file that bbolt can't close any more.
func Abandon(f *os.File) error { return f.Close() }
