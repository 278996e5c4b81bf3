// Package address shows addresses in messages without what may be a password.
package address

import (
	"strings"

	"github.com/sigdiff/sigdiff/internal/lazyregexp"
)

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

var (
	line = lazyregexp.New(`[^\r\n]+`)
	// parameter begins what a parameter of an address says.
	parameter = lazyregexp.New(`[?#][^=\s]*=`)
)

// WithoutSecrets is a text that may hold addresses, such as what another program says, for a message: of each line
// WithoutUser, up to the parameters of an address, which may be a password, too.
func WithoutSecrets(text string) string {
	return line().ReplaceAllStringFunc(text, func(s string) string {
		s = WithoutUser(s)
		if at := parameter().FindStringIndex(s); at != nil {
			return s[:at[0]+1] + "..."
		}
		return s
	})
}
