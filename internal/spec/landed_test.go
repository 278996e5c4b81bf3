package spec

import (
	"testing"
	"testing/fstest"

	"github.com/sigdiff/sigdiff/siglists"
)

// TestLanded: siglists have what a pull request made where they have each line as often, and as seldom, as it left it.
func TestLanded(t *testing.T) {
	for _, test := range []struct {
		name, base, candidate, now string
		want                       bool
	}{
		{"added", "a", "a\nb", "b\nc", true},
		{"added and gone", "a", "a\nb", "a\nc", false},
		{"removed", "a\nb", "a", "c", true},
		{"removed and back", "a\nb", "a", "a\nb", false},
		{"one of two equal lines removed", "a\na\nb", "a\nb", "a\nb\nc", true},
		{"one of two equal lines removed, and the other too", "a\na\nb", "a\nb", "b", true},
		{"one of two equal lines removed, and back", "a\na\nb", "a\nb", "a\nb\na", false},
		{"added again", "a", "a\na", "a", false},
		{"added again, and there", "a", "a\na", "a\na\nb", true},
		{"nothing", "a", "a", "a", false},
	} {
		load := func(lines string) *siglists.Set {
			files := fstest.MapFS{}
			for _, name := range siglists.Names() {
				files[name.File()] = &fstest.MapFile{Data: []byte("x"), Mode: 0o600}
			}
			files[siglists.Prefix.File()].Data = []byte(lines)
			set, err := siglists.Load(files)
			if err != nil {
				t.Fatal(err)
			}
			return set
		}
		if got := newMade(load(test.base), load(test.candidate)).landed(load(test.now)); got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
	}
}
