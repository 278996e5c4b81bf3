// Package lazyregexp compiles the regular expressions of packages when they are first used: a program that starts
// would wait for all of them, and most commands need few.
package lazyregexp

import (
	"regexp"
	"sync"
)

// New is a regular expression that is compiled by its first caller. As with regexp.MustCompile, expr is the
// program's own: one that is invalid panics then. Inlined, it would be all of sync.OnceValue at each place.
//
//go:noinline
func New(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}
