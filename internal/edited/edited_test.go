package edited

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/internal/enginetest"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists"
)

// listsOf is a set with what a report says of it.
func listsOf(set *siglists.Set) Lists {
	return Lists{set, report.Side{
		Spec: "main", Kind: "git", Revision: "abc", Date: "2026-01-01T00:00:00Z", Subject: "s", Digest: set.Digest(),
		Notes: slices.Grow([]string{"of another age"}, 8), Code: &report.SideCode{Files: []string{"rules.py"}}, // with room, which nobody may write to
	}}
}

// changesOf are changed lines, such as "+ prefix foo".
func changesOf(t *testing.T, texts ...string) []siglists.Change {
	t.Helper()
	var changes []siglists.Change
	for _, text := range texts {
		change, err := siglists.ParseChange(strings.Replace(text[2:], " ", ":", 1), text[0] == '+')
		if err != nil {
			t.Fatal(err)
		}
		changes = append(changes, change)
	}
	return changes
}

// TestSide: what a report says of siglists with a ruleset.
func TestSide(t *testing.T) {
	lists := listsOf(enginetest.NewSet(t, "", "skipped", "poll", "lined"))
	before := lists.Info
	const note = "the rules are those of 2023; frames are normalised as today"
	for _, test := range []struct {
		rules, shown string
		notes        []string
	}{
		{"default ", "", []string{"of another age"}},
		{"default", "", []string{"of another age"}},
		{"stack", "stack", []string{"of another age"}},
		{"default,-SigTruncate", "default,-SigTruncate", []string{"of another age"}},
		{"2023", "2023", []string{"of another age", note}},
		{"2023,+HungProcess", "2023,+HungProcess", []string{"of another age", note}},
		{" 2023 ", "2023", []string{"of another age", note}},
	} {
		side, info, err := lists.Side(test.rules)
		if err != nil || side == nil || info.Rules != test.shown || !slices.Equal(info.Notes, test.notes) {
			t.Errorf("%q: %q, %q, %v", test.rules, info.Rules, info.Notes, err)
		}
		if !reflect.DeepEqual(lists.Info, before) || before.Notes[:2][1] != "" {
			t.Fatalf("%q: the lists were changed: %+v", test.rules, lists.Info)
		}
	}
	for _, rules := range []string{"", "no", "2023x", "default,stack"} {
		if _, info, err := lists.Side(rules); !isUsage(err) || info.Spec != "main" {
			t.Errorf("%q: %+v, %v", rules, info, err)
		}
	}
}

func isUsage(err error) bool {
	e, ok := errors.AsType[*exit.Error](err)
	return ok && e.Code == exit.Usage
}

// TestSideSigns: a side makes signatures with its lists, and by its rules.
func TestSideSigns(t *testing.T) {
	lists := listsOf(enginetest.NewSet(t, "", "skipped", "poll", "lined"))
	crash, err := crashdata.ParseProcessed(enginetest.Crashes(enginetest.NewStack(1, "skipped poll a::run main", `, "hang": 1`))[0])
	if err != nil {
		t.Fatal(err)
	}
	with, err := lists.With(changesOf(t, "+ prefix a::run", "- irrelevant skipped"))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		lists       Lists
		rules, want string
	}{
		{lists, "default", "hang: 1 | poll | a::run"},
		{lists, "stack", "poll | a::run"},
		{with, "stack", "skipped"},
	} {
		side, _, err := test.lists.Side(test.rules)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := side.NewSigner().Generate(crash); err != nil || got.Signature != test.want {
			t.Errorf("%s, %s: %q, %v, want %q", test.lists.Info.Spec, test.rules, got.Signature, err, test.want)
		}
	}
}

// TestWith: what a report says of an edit, and when there is none.
func TestWith(t *testing.T) {
	lists := listsOf(enginetest.NewSet(t, "", "skipped", "poll\nwait", "lined"))
	for _, test := range []struct {
		changes []string
		spec    string
		wrong   string // of the error
	}{
		{[]string{"+ prefix foo"}, "main + 1 added line", ""},
		{[]string{"- prefix poll"}, "main + 1 removed line", ""},
		{[]string{"- prefix poll", "+ prefix foo", "+ sentinels main"}, "main + 2 added lines, 1 removed line", ""},
		{[]string{"- prefix poll", "- prefix wait"}, "main + 2 removed lines", ""},
		{[]string{"+ prefix poll"}, "main + 1 added line", "prefix_signature_re.txt:1: poll is there already"},
		{[]string{"- prefix foo"}, "main + 1 removed line", `prefix_signature_re.txt has no line "foo" to remove`},
		{[]string{"+ prefix ("}, "main + 1 added line", "prefix_signature_re.txt"},
	} {
		changes := changesOf(t, test.changes...)
		slices.SortStableFunc(test.changes, func(a, b string) int { return cmp.Compare(a[0], b[0]) }) // those that are added first
		got, err := lists.With(changes)
		if info := got.Info; info.Spec != test.spec || info.Kind != "edit" || info.Code != lists.Info.Code || !slices.Equal(info.Changes, test.changes) {
			t.Errorf("%q: %+v", test.changes, info)
		}
		if test.wrong != "" {
			if !isUsage(err) || !strings.HasPrefix(err.Error(), test.spec+": ") || !strings.Contains(err.Error(), test.wrong) || got.Set != nil {
				t.Errorf("%q: %v, want %s", test.changes, err, test.wrong)
			}
			continue
		}
		if err != nil || got.Info.Digest != got.Set.Digest() || got.Info.Digest == lists.Info.Digest || got.Info.Revision+got.Info.Date+got.Info.Subject != "" {
			t.Errorf("%q: %+v, %v", test.changes, got.Info, err)
		}
		got.Info.Notes[0] = "another"
		if lists.Info.Notes[0] != "of another age" {
			t.Fatalf("%q: the notes are those of the base", test.changes)
		}
	}
}

// TestWithIsDiff: an edit differs from its base in the changed lines, and in no others.
func TestWithIsDiff(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base := listsOf(enginetest.DrawSet(t, "base"))
		changes := enginetest.DrawChanges(t, base.Set)
		with, err := base.With(changes)
		if err != nil {
			t.Fatal(err)
		}
		var want, got []string
		for _, c := range changes {
			want = append(want, c.Edit())
		}
		for _, c := range siglists.Diff(base.Set, with.Set) {
			got = append(got, c.Edit())
		}
		if sorted(want) != sorted(got) {
			t.Fatalf("%q, want %q", got, want)
		}
	})
}

func sorted(texts []string) string { return fmt.Sprintf("%q", slices.Sorted(slices.Values(texts))) }

// TestNotesOfAlikeLists: of lines that make no difference it is said that they make none.
func TestNotesOfAlikeLists(t *testing.T) {
	base := enginetest.NewSet(t, "s", "skip", "pre\npost", "lined")
	for _, test := range []struct {
		prefix string
		want   []string
	}{
		{"pre\npost", nil},
		{"# a comment\npre\n\npost", nil},
		{"pre.*\npost", []string{"the changed lines make no difference to any crash: each list takes the same frames with them and without them"}},
		{"post\npre", []string{"the lines only stand in another order, which makes no difference to any crash"}},
		{"pre\npost\nother", nil},
	} {
		var got []string
		for _, note := range ListNotes(base, enginetest.NewSet(t, "s", "skip", test.prefix, "lined")) {
			got = append(got, note.Text.String())
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%q: %q, want %q", test.prefix, got, test.want)
		}
	}
}

// TestListNotes: whose siglists hold a merge conflict, and where; and whose match everything since a list is empty.
func TestListNotes(t *testing.T) {
	clean := enginetest.NewSet(t, "", "skipped", "poll", "lined")
	merged := enginetest.NewSet(t, "", "skipped", "poll\n<<<<<<< HEAD\na\n=======\nb\n>>>>>>> branch\n", "lined")
	const what = " siglists hold a merge conflict, and both sides of it count: 3 lines of markers, the first is " +
		"prefix_signature_re.txt:2: <<<<<<< HEAD; 'sigdiff lint' names all"
	for _, test := range []struct {
		base, candidate *siglists.Set
		want            []string
	}{
		{clean, clean, nil},
		{nil, nil, nil},
		{merged, clean, []string{"the base's" + what}},
		{clean, merged, []string{"the candidate's" + what}},
		{merged, merged, []string{"the base's" + what, "the candidate's" + what}},
	} {
		notes := ListNotes(test.base, test.candidate)
		if got := report.Unknown(notes); !slices.Equal(got, test.want) || len(notes) != len(got) {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
	empty := enginetest.NewSet(t, "", "# skipped\n\n", "", "lined")
	var got []string
	for _, note := range ListNotes(clean, empty) {
		got = append(got, note.Text.String())
	}
	want := []string{
		"the candidate's siglists have no line in irrelevant_signature_re.txt and prefix_signature_re.txt: an empty list matches every frame",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if ConflictText(nil) != nil || ConflictText(clean) != nil || ConflictText(merged) == nil {
		t.Error("a conflict where there is none, or none where there is one")
	}
}

// TestFetchFor: the command can be copied, whatever the lines.
func TestFetchFor(t *testing.T) {
	const want = `sigdiff fetch --for prefix:mozilla::Foo --for 'prefix:it'\''s .*' --corpus changed-lines`
	if got := FetchFor([]string{"prefix:mozilla::Foo", "prefix:it's .*"}); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
