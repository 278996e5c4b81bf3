package siglists

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestIsConflictMarker(t *testing.T) {
	for line, want := range map[string]bool{
		"<<<<<<< HEAD": true, "<<<<<<<": true, "||||||| 1a2b3c4": true, "|||||||": true, "=======": true, ">>>>>>> feature(x)": true, ">>>>>>>": true,
		"<<<<<<<<< Temporary merge branch 1": true, "||||||||| parent of 1a2b (b)": true, "==============": true, "\ufeff<<<<<<< HEAD": true,
		"": false, "======": false, "======= a": false, "=======a": false, "<<<<<<": false, "<T>": false, "<name omitted>": false, "a=======": false,
		"a <<<<<<< HEAD": false, "# <<<<<<< HEAD": false, "a|||||||": false, "operator<<": false, "operator>>": false, "||": false,
	} {
		if IsConflictMarker(line) != want {
			t.Errorf("%q: %v", line, !want)
		}
	}
}

// TestConflictMarkersOfSets: markers are found in every list that loads, with white space around them and
// CRLF; where lists don't load they are among the problems, each once, and Python's reason gives way.
func TestConflictMarkersOfSets(t *testing.T) {
	conflict := "a\r\n<<<<<<< HEAD\r\nb\r\n||||||| 1a2b3c4  \nc\n=======\t\nd\n>>>>>>> feature\n"
	set := load(t, files(conflict, conflict, conflict, conflict))
	found := set.ConflictMarkers()
	if len(found) != 16 || found[0] != (Line{Sentinels, "<<<<<<< HEAD", 2}) || found[3] != (Line{Sentinels, ">>>>>>> feature", 8}) {
		t.Errorf("%d markers: %v", len(found), found)
	}
	_, err := Load(files(conflict, "a\n<<<<<<< a", "a\na(\n<<<<<<< a[\nb\n>>>>>>> c)", "<<<<<<< \xff"))
	var refused *LoadError
	if !errors.As(err, &refused) {
		t.Fatal(err)
	}
	var got []string
	for _, p := range refused.Problems {
		if !IsConflictMarker(p.Text) || p.Reason != ReasonConflict {
			got = append(got, fmt.Sprintf("%s:%d", p.File, p.Line))
		}
	}
	want := []string{"prefix_signature_re.txt:2", "signatures_with_line_numbers_re.txt:1"}
	if diff := cmp.Diff(want, got); diff != "" || len(refused.Problems) != 9 {
		t.Errorf("problems (-want +got):\n%s\n%v", diff, refused)
	}
}
