package enginetest

import (
	"bytes"
	"fmt"
)

// Hostile is a frame that would do harm in a page that took it for HTML.
const Hostile = `"><script>alert(1)</script>`

// PageCrashes are crashes for pages that show frames, one of which is Hostile.
func PageCrashes() [][]byte {
	docs := Crashes(
		NewStack(5, "poll Wait::one a::run main", ""), NewStack(3, "poll Wait::two b::run main", ""),
		NewStack(2, "__poll Wait::one a::run main", ""), NewStack(4, "gone poll c::run main", ""),
		NewStack(1, "c::run HOSTILE", ""), NewStack(2, "c::run d::run", ""),
	)
	// As a module, since a function of this text would lose most of it when it is normalised.
	for i, doc := range docs {
		docs[i] = bytes.ReplaceAll(doc, []byte(`"function": "HOSTILE"`), fmt.Appendf(nil, `"module": %q`, Hostile))
	}
	return docs
}
