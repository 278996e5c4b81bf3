package siglists

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestParseChange(t *testing.T) {
	for _, test := range []struct {
		text string
		want Line
		err  string
	}{
		{"prefix:mozilla::Foo", Line{List: Prefix, Text: "mozilla::Foo"}, ""},
		{"irrelevant: __libc_.*, ", Line{List: Irrelevant, Text: "__libc_.*,"}, ""},
		{"sentinels:_sigtramp", Line{List: Sentinels, Text: "_sigtramp"}, ""},
		{"line-numbers:js_Interpret", Line{List: LineNumbers, Text: "js_Interpret"}, ""},
		{"prefix_signature_re:a", Line{List: Prefix, Text: "a"}, ""},
		{"signatures_with_line_numbers_re.txt:a", Line{List: LineNumbers, Text: "a"}, ""},
		{"mozilla::Foo", Line{}, `"mozilla" is no list; the lists are prefix, irrelevant, sentinels and line-numbers`},
		{"Foo", Line{}, `"Foo" is not LIST:TEXT, such as prefix:mozilla::Foo`},
		{"prefix: ", Line{}, `"" is no line of a list`},
		{"prefix:#a", Line{}, `"#a" is no line of a list`},
		{"prefix:a\nb", Line{}, `"a\nb" is no line of a list`},
	} {
		got, err := ParseChange(test.text, true)
		switch {
		case test.err != "" && (err == nil || !strings.HasPrefix(err.Error(), test.err)):
			t.Errorf("%q: got the error %v, want %s", test.text, err, test.err)
		case test.err == "" && (err != nil || got != Change{Line: test.want, Added: true}):
			t.Errorf("%q: got %v, %v", test.text, got, err)
		}
	}
}

func TestReadChanges(t *testing.T) {
	got, err := ReadChanges(strings.NewReader("\ufeff# from a page\n\n+ prefix a b\r\n-  irrelevant_signature_re.txt __libc_.*"))
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, c := range got {
		texts = append(texts, c.Edit())
	}
	if diff := cmp.Diff([]string{"+ prefix a b", "- irrelevant __libc_.*"}, texts); diff != "" {
		t.Error(diff)
	}
	for text, want := range map[string]string{
		"+ prefix a\n* prefix b": `line 2: "* prefix b" is not "+ LIST TEXT" or "- LIST TEXT"`,
		"+prefix a":              `line 1: "+prefix a" is not`,
		"+ prefix":               `line 1: "" is no line of a list`,
		"\ufeff+ prefixes a":     `line 1: "prefixes" is no list`,
		"+":                      `line 1: "" is no list`,
		strings.Repeat("+ prefix a\n", MaxChanges+1):  "more than 1000 lines are changed",
		"# x\n+ prefix " + strings.Repeat("a", 1<<20): "line 2 is longer than 64 KB",
	} {
		if _, err := ReadChanges(strings.NewReader(text)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%.40q: got the error %v, want %s", text, err, want)
		}
	}
}

// changeSet is the change set of an edit file.
func changeSet(t *testing.T, lines ...string) []Change {
	t.Helper()
	changes, err := ReadChanges(strings.NewReader(strings.Join(lines, "\n")))
	if err != nil {
		t.Fatal(err)
	}
	return changes
}

// TestWith: where lines come, and what of a file stays.
func TestWith(t *testing.T) {
	for _, test := range []struct {
		name, before string
		edit         []string
		after        string
	}{
		{"into an empty list", "", []string{"+ prefix b"}, "b\n"},
		{"between", "a\nc\n", []string{"+ prefix b"}, "a\nb\nc\n"},
		{"in front", "# those of b\nb\n", []string{"+ prefix a"}, "# those of b\na\nb\n"},
		{"behind a line without an end", "a", []string{"+ prefix b"}, "a\nb\n"},
		{"in front of a line without an end", "b", []string{"+ prefix a"}, "a\nb"},
		{"by the name, without punctuation and case", "_abc\nZ\n", []string{"+ prefix \\(Foo"}, "_abc\n\\(Foo\nZ\n"},
		{"by its first letter", ".*b\n-\\[c\n", []string{"+ prefix (bb)?"}, ".*b\n(bb)?\n-\\[c\n"},
		{"a line out of order draws none to it", "a\nx\nc\nd\nz\n", []string{"+ prefix y", "+ prefix b"}, "a\nb\nx\nc\nd\ny\nz\n"},
		{"flags for all in front of a group", "(?:a|b)\nc\n", []string{"+ prefix (?i)z"}, "(?i)z\n(?:a|b)\nc\n"},
		{"flags for all in front of what is no name", "\\$\n9\n", []string{"+ prefix (?i)z"}, "(?i)z\n\\$\n9\n"},
		{"a group behind flags for all", "(?i)z\nc\n", []string{"+ prefix (?:a|b)"}, "(?i)z\n(?:a|b)\nc\n"},
		{"what is no name behind flags for all", "(?i)z\nc\n", []string{"+ prefix \\$", "+ prefix 9"}, "(?i)z\n\\$\n9\nc\n"},
		{"behind equal names", "a\n_a\nb\n", []string{"+ prefix A"}, "a\n_a\nA\nb\n"},
		{"in any order", "m\n", []string{"+ prefix z", "+ prefix a"}, "a\nm\nz\n"},
		{"comments and space stay", "# x\n\n  a  \n#b\nb\n", []string{"- prefix b", "+ prefix c"}, "# x\n\n  a  \nc\n#b\n"},
		{"the last of equal lines goes", "a\nb\na\n", []string{"- prefix a"}, "a\nb\n"},
		{"all of equal lines go", "a\nb\na\n", []string{"- prefix a", "- prefix a"}, "b\n"},
		{"lines end as the others of the file", "a\r\nc\r\n", []string{"+ prefix b", "+ prefix d"}, "a\r\nb\r\nc\r\nd\r\n"},
		{"behind a line without an end, of Windows", "# x\r\na", []string{"+ prefix b"}, "# x\r\na\r\nb\r\n"},
		{"removed first, then added", "b\na\nc\n", []string{"+ prefix b", "- prefix b"}, "a\nb\nc\n"},
	} {
		base := load(t, files("x", "x", test.before, "x"))
		got, err := base.With(changeSet(t, test.edit...))
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if diff := cmp.Diff(test.after, string(got.List(Prefix).Source)); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
		if string(base.List(Prefix).Source) != test.before {
			t.Errorf("%s: the base has changed", test.name)
		}
	}
}

func TestWithRefuses(t *testing.T) {
	base := load(t, files("sentinel", "irr", "# names\nmozilla::Foo\nmozilla::Bar\nother", "x"))
	for _, test := range []struct{ edit, want string }{
		{"+ prefix other", "prefix_signature_re.txt:4: other is there already, and can't be added"},
		{"- prefix mozila::Foo", `prefix_signature_re.txt has no line "mozila::Foo" to remove; near it: "mozilla::Foo"`},
		{"- prefix irr", `prefix_signature_re.txt has no line "irr" to remove; irrelevant_signature_re.txt has it`},
		{"- prefix quite", `prefix_signature_re.txt has no line "quite" to remove`},
		{"- prefix a\n- prefix b", "prefix_signature_re.txt has no line \"a\" to remove\nprefix_signature_re.txt has no line \"b\" to remove"},
		{"+ prefix n(", `prefix_signature_re.txt:4: "n(": missing ), unterminated subpattern at position 1`},
		{"+ prefix " + strings.Repeat("a", MaxLineBytes+1), "prefix_signature_re.txt:2: "},
	} {
		_, err := base.With(changeSet(t, test.edit))
		if err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%.60s: got the error\n%v, want\n%s", test.edit, err, test.want)
		}
		var load *LoadError
		if errors.As(err, &load) != (strings.Contains(test.edit, "n(") || len(test.edit) > MaxLineBytes) {
			t.Errorf("%.60s: %T", test.edit, err)
		}
	}
	if _, err := base.With(make([]Change, MaxChanges+1)); !errors.Is(err, errMaxChanges) {
		t.Errorf("too many changes: %v", err)
	}
}

// drawChangeSet draws lists and a change set that can be made: some of their lines go, and new ones come.
func drawChangeSet(t *rapid.T) (base *Set, changes []Change) {
	word := rapid.StringMatching(`[_@]?[A-Da-d]{1,3}(::[a-d])?`)
	fsys := files("", "", "", "")
	for _, name := range Names() {
		lines := rapid.SliceOfN(rapid.OneOf(word, rapid.Just(""), rapid.Just("# a"), rapid.Just(" b ")), 0, 8).Draw(t, string(name))
		fsys[name.File()].Data = []byte(strings.Join(lines, "\n"))
	}
	base = load(t, fsys)
	for _, name := range Names() {
		for _, line := range base.List(name).Lines {
			if rapid.IntRange(0, 3).Draw(t, "removed") == 0 {
				changes = append(changes, Change{Line: Line{List: name, Text: line.Text}})
			}
		}
		for _, text := range rapid.SliceOfNDistinct(word, 0, 3, rapid.ID).Draw(t, "added") {
			if !base.List(name).Has(text) {
				changes = append(changes, Change{Line: Line{List: name, Text: text}, Added: true})
			}
		}
	}
	return base, changes
}

// edits are changes as lines of an edit file, sorted.
func edits(changes []Change) []string {
	texts := []string{}
	for _, c := range changes {
		texts = append(texts, c.Edit())
	}
	slices.Sort(texts)
	return texts
}

// TestWithIsTheDifference: a change set is what its set differs in from the base, also when it went through an edit
// file; and the change set the other way round gives the lines of the base.
func TestWithIsTheDifference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base, drawn := drawChangeSet(t)
		read, err := ReadChanges(strings.NewReader(strings.Join(edits(drawn), "\n")))
		if err != nil {
			t.Fatal(err)
		}
		candidate, err := base.With(read)
		if err != nil {
			t.Fatal(err)
		}
		difference := Diff(base, candidate)
		if diff := cmp.Diff(edits(drawn), edits(difference)); diff != "" {
			t.Fatal(diff)
		}
		for i := range difference {
			difference[i].Added = !difference[i].Added
		}
		again, err := candidate.With(difference)
		switch {
		case err != nil && strings.Contains(err.Error(), "is there already"): // one of two equal lines
		case err != nil:
			t.Fatal(err)
		case len(Diff(base, again)) > 0:
			t.Fatalf("taken back, %v is left", Diff(base, again))
		}
	})
}
