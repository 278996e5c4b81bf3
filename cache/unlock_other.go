//go:build !unix || solaris || aix

package cache

import "os"

// abandonFile gives up a file that bbolt can't close any more.
func abandonFile(f *os.File) error { return f.Close() }
