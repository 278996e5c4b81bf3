package report

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// renderers write a T in the formats that there are of it, by their names.
// So each report has one table, which names, errors and rendering go by.
type renderers[T any] map[string]func(io.Writer, T, Options) error

// commonFormats are the formats that most reports have, in the order in which they are named.
var commonFormats = []string{"text", "csv", "json", "markdown", "html"}

// names are the names of the formats: the common ones first.
func (r renderers[T]) names() []string {
	var names []string
	for _, name := range commonFormats {
		if r[name] != nil {
			names = append(names, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r)) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// render writes v, which what names, in a format.
// A format that isn't there is an error with all that are.
func (r renderers[T]) render(w io.Writer, what, name string, v T, o Options) error {
	write := r[name]
	if write == nil {
		return fmt.Errorf("no format %q; there are %s", name, strings.Join(r.names(), ", "))
	}
	if err := write(w, v, o); err != nil {
		return fmt.Errorf("writing the %s as %s: %w", what, name, err)
	}
	return nil
}
