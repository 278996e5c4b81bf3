// Package boltfile reads the pages of a bbolt file by itself.
//
// bbolt trusts its files: on a damaged one it panics, follows a page that points back at itself for ever, or
// hands out a page in use as a free one. So the pages that decide where others lie are checked here before
// bbolt walks them, and what bbolt can't read at all is read from here. The layout is that of bbolt's
// internal/common (page.go, meta.go, bucket.go), in the machine's byte order. What the values are is nothing to
// this package.
package boltfile
