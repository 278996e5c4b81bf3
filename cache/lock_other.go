//go:build !unix || solaris || aix

package cache

import "os"

// flock leaves locking to bbolt, whose lock here is not one that a file may take twice.
func flock(*os.File, bool) error { return nil }

func hasNoLocks(error) bool { return false }

// abandonFile gives up a file that bbolt can't close any more.
func abandonFile(f *os.File) error { return f.Close() }
