// Package plural puts numbers of things into words.
package plural

import (
	"fmt"
	"strconv"
)

// Number is a number as people read it, with commas between thousands. Formats for programs, such as CSV, have digits
// alone.
func Number[N int | int64](n N) string {
	digits := strconv.FormatInt(int64(n), 10)
	for at := len(digits) - 3; at > 0 && digits[at-1] != '-'; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return digits
}

// Signed is how much a number of things changes: "+1,204", "-3".
func Signed(n int) string {
	if n < 0 {
		return Number(n)
	}
	return "+" + Number(n)
}

// Of is a number of things: "1 match", "3 matches", "1,204 crashes".
func Of[N int | int64](n N, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Number(n) + " " + many
}

// Crashes is a number of crashes.
func Crashes[N int | int64](n N) string { return Of(n, "crash", "crashes") }

// Megabytes are millions of bytes, not of 1,048,576.
func Megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }
