//go:build !unix

package cache

import "errors"

// limitFileSize limits the size of the files that this process writes, in bytes.
func limitFileSize(uint64) error { return errors.ErrUnsupported }
