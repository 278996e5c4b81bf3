// Package plural puts numbers of things into words.
package plural

import "fmt"

// Of is a number of things: "1 match", "3 matches".
func Of(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// Crashes is a number of crashes.
func Crashes(n int) string { return Of(n, "crash", "crashes") }
