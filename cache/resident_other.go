//go:build !linux

package cache

import bolt "go.etcd.io/bbolt"

// forgetPages does nothing: the system takes the pages back when it needs them.
func forgetPages(*bolt.Tx) {}
