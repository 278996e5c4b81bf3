package cache

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sigdiff/sigdiff/crashid"
)

const someID = "0bb06b57-b2ef-4a20-ba4f-8b3b32151130"

func TestValidID(t *testing.T) {
	for name, in := range map[string]string{
		"empty":              "",
		"prefix alone":       "bp-",
		"short":              someID[1:],
		"long":               someID + "0",
		"upper case":         strings.ToUpper(someID),
		"letter in the date": someID[:35] + "a",
		"no hyphens":         strings.ReplaceAll(someID, "-", "0"),
		"hyphen moved":       "0bb06b5-7b2ef-4a20-ba4f-8b3b32151130",
		"not hexadecimal":    "g" + someID[1:],
		"other page":         "https://crash-stats.mozilla.org/search/" + someID,
		"other scheme":       "ftp://crash-stats.mozilla.org/report/index/" + someID,
		"no host":            "https:///report/index/" + someID,
		"path beyond":        "https://crash-stats.mozilla.org/report/index/" + someID + "/../x",
		"parent folder":      "../../" + someID,
		"NUL":                someID[:35] + "\x00",
		"full-width digit":   someID[:35] + "０",
	} {
		if crashid.Valid(in) {
			t.Errorf("%s: crashid.Valid(%q)", name, in)
		}
	}
	if !crashid.Valid(someID) {
		t.Errorf("%s is refused", someID)
	}
}

func genID() *rapid.Generator[string] {
	return rapid.StringMatching(`[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{6}[0-9]{6}`)
}

// TestSortKeys: keys are in the order that bbolt keeps them in, however they come, and as often as they came.
func TestSortKeys(t *testing.T) {
	few := rapid.StringMatching(`[ab]{8}-0000-0000-0000-00000000000[0-2]`)
	rapid.Check(t, func(t *rapid.T) {
		keys, err := packAll(rapid.SliceOf(rapid.OneOf(genID(), few)).Draw(t, "ids"))
		if err != nil {
			t.Fatal(err)
		}
		want := slices.SortedFunc(slices.Values(keys), func(a, b crashid.Key) int { return bytes.Compare(a[:], b[:]) })
		if sortKeys(keys); !slices.Equal(keys, want) {
			t.Fatalf("got %x, want %x", keys, want)
		}
	})
}
