// Package address shows addresses in messages without what may be a password.
package address

import "strings"

// WithoutUser is an address for a message, whole or not: what comes before an @, however it is written, may be a password.
func WithoutUser(address string) string {
	at := -1
	for _, sign := range []string{"@", "%40", "\uff20", "\ufe6b"} {
		at = max(at, strings.LastIndex(address, sign))
	}
	if at < 0 {
		return address
	}
	return "..." + address[at:]
}
