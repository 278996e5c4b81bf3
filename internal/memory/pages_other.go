//go:build !linux

package memory

// largePages does nothing: the system has no call for it.
func largePages() {}
