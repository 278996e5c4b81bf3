package corpora

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigdiff/sigdiff/crashid"
)

func TestParseExpectations(t *testing.T) {
	const a, b = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeee150101", "aaaaaaaa-bbbb-4ccc-8ddd-eeeeee150102"
	for _, test := range []struct {
		name, text string
		want       []Expected
		err        string
	}{
		{"csv", a + ",foo | bar\n" + b + `,"a, b"`, []Expected{{a, "foo | bar", 1}, {b, "a, b", 2}}, ""},
		{"csv with a header", "crash id,expected\n" + a + ",foo", []Expected{{a, "foo", 2}}, ""},
		{
			"what socorro-cmd prints",
			`"crashid","old","new","same?","notes"` + "\r\n" + `"` + a + `","x","foo ""y""","False","[]"` + "\r\n",
			[]Expected{{a, `foo "y"`, 2}},
			"",
		},
		{"a formula's apostrophe", a + ",'=foo\n" + b + ",''-x", []Expected{{a, "=foo", 1}, {b, "'-x", 2}}, ""},
		{"formulas in full width", a + ",'＝foo\n" + b + ",'＠x", []Expected{{a, "＝foo", 1}, {b, "＠x", 2}}, ""},
		{"csv with other words in its header", "uuid,Old signature,New signature\n" + a + ",x,foo\n", []Expected{{a, "foo", 2}}, ""},
		{"a table with other words in its header", "| Crash | Before | After |\n|---|---|---|\n| " + a + " | x | foo |\n", []Expected{{a, "foo", 3}}, ""},
		{"csv with titles above it", "Changed by 7078\n\nof today\nand more\ncrash id,new\n" + a + ",memcpy\n" + b + ",foo\n", []Expected{{a, "memcpy", 6}, {b, "foo", 7}}, ""},
		{"tsv, comments, bp- ids", "# mine\nbp-" + a + "\tfoo, bar\n\n", []Expected{{a, "foo, bar", 2}}, ""},
		{
			"a bug comment",
			"Hi, please check:\n* https://crash-stats.mozilla.org/report/index/" + a + " -> `T::operator-> | x`\nbp-" + b + " → foo\nthanks",
			[]Expected{{a, "T::operator-> | x", 2}, {b, "foo", 3}},
			"",
		},
		{"as Bugzilla has them", a + ",[@ foo | bar]\n" + b + "\t[@ -[Foo bar:]]\n", []Expected{{a, "foo | bar", 1}, {b, "-[Foo bar:]", 2}}, ""},
		{"as Bugzilla has them, in a text", "See " + a + " -> [@ foo]\nCrash id: " + b + "\nNew: `[@ a | b]`\n", []Expected{{a, "foo", 1}, {b, "a | b", 3}}, ""},
		{"a Markdown link", "[" + a + "](https://x/report/index/" + a + ") => foo", []Expected{{a, "foo", 1}}, ""},
		{
			"blocks, as socorro-cmd prints them",
			"app@socorro:/app$ socorro-cmd signature bp-" + a + " " + b + "\nCrash id: " + a + "\nOriginal: x\nNew:      foo | bar\nSame?:    False\nNotes: (0)\n" +
				"  Crash id: " + b + "\n  Original: x\n  New:      objc_release\n  Same?:    False",
			[]Expected{{a, "foo | bar", 4}, {b, "objc_release", 9}},
			"",
		},
		{
			"blocks in Markdown, quoted, behind an address",
			"> https://crash-stats.mozilla.com/report/index/" + a + "\n> ```\n> Crash id: " + a + "\n> Original: x\n> New:      -[NSMutableArray replaceObjectsInRange:]\n> ```\n" +
				"**Crash id:** [" + b + "](https://crash-stats.mozilla.org/report/index/" + b + ")\n**Original:** `x`\n**New:** `foo | bar`\n",
			[]Expected{{a, "-[NSMutableArray replaceObjectsInRange:]", 5}, {b, "foo | bar", 9}},
			"",
		},
		{
			"a table",
			"| Crash | Original | New |\n|---|---|---|\n| [one](https://crash-stats.mozilla.org/report/index/" + a + ") | x | `foo \\| bar` |\n| bp-" + b + " | x | foo | baz |\n",
			[]Expected{{a, "foo | bar", 3}, {b, "foo | baz", 4}},
			"",
		},
		{"a table of other things", "| Crash | Version |\n|---|---|\n| " + a + " | 120.0 |\n", nil, "no crash id with a signature in it"},
		{
			"a signature behind the id",
			"* bp-" + a + ": mozilla::Foo<T, U>::Bar\n* https://crash-stats.mozilla.org/report/index/" + b + "#tab-details should be memcpy\n",
			[]Expected{{a, "mozilla::Foo<T, U>::Bar", 1}, {b, "memcpy", 2}},
			"",
		},
		{
			"a signature in the next line",
			"Look:\n\nhttps://crash-stats.mozilla.org/report/index/" + a + "\n  shutdownhang | foo\n\n1. bp-" + b + "\n\nold -> foo::bar\n",
			[]Expected{{a, "shutdownhang | foo", 4}, {b, "foo::bar", 8}},
			"",
		},
		{
			"sentences are no signatures",
			"Crash report: https://crash-stats.mozilla.org/report/index/" + a + "\n\nReason: EXCEPTION_ACCESS_VIOLATION_READ\n\n0 xul.dll foo::bar\nSee bp-" + b +
				" and mozilla::Foo.\nbp-" + b + ": looks like mozilla::Foo is to blame\nbp-" + b + " crashes\nNothing",
			nil,
			"no crash id with a signature in it",
		},
		{"comments and empty lines", "# 1\n\n#2\n\n" + a + ",foo\n# and\n\n" + b + ",bar\n", []Expected{{a, "foo", 5}, {b, "bar", 8}}, ""},
		{"a title that is the name of a column", "Expected\n" + a + ",foo\n", []Expected{{a, "foo", 2}}, ""},
		{"arrows among columns", a + ",std::x\n" + b + " -> foo\n", []Expected{{a, "std::x", 1}, {b, "foo", 2}}, ""},
		{"an id that begins a sentence", "Hi,\nwe saw\n" + a + ", and it is bad\n" + b + " should be memcpy\n", []Expected{{b, "memcpy", 4}}, ""},
		{"quotes, whole and not", a + " -> \"foo | bar\"\n" + b + " -> \"baz\nbp-" + b[:35] + "3 -> baz\"\n", []Expected{{a, "foo | bar", 1}, {b, "\"baz", 2}, {b[:35] + "3", "baz\"", 3}}, ""},
		{"as Bugzilla has them, cut", a + " -> [@ foo | b\nbp-" + b + ": [@ bar::c", []Expected{{a, "foo | b", 1}, {b, "bar::c", 2}}, ""},
		{"code marks that don't close, or not at the end", a + ",foo`\n" + b + ",`foo` bar\n", []Expected{{a, "foo`", 1}, {b, "`foo` bar", 2}}, ""},
		{"a new signature without a crash, and none", "New: foo::bar\nCrash id: " + a + "\nNew:\n", nil, "no crash id with a signature in it"},
		{"a signature in a block of code", a + "\n```\nfoo::bar\n```\n", []Expected{{a, "foo::bar", 3}}, ""},
		{"a signature that was cut behind an id", "bp-" + a + ": foo | bar...\nbp-" + b + ": objcRelease\n", []Expected{{a, "foo | bar...", 1}, {b, "objcRelease", 2}}, ""},
		{
			"more sentences",
			"bp-" + a + " should be fixed in 120.\nbp-" + b + " crashes\nfoo::Bar\n\nSee bp-" + a + "\nfoo::Baz\n\nbp-" + a + ": https://x/y_z\nbp-" + a + ": foo_bar`s\nbp-" + b +
				": foo_bar?\nbp-" + b + ": foo | bar.\n\nbp-" + b + "\nNothing\n",
			nil,
			"no crash id with a signature in it",
		},
		{"a column in the middle, and a row that is too short", "| Crash | New | Why |\n|---|---|---|\n| " + a + " |\n| " + b + " | foo | x |\n| " + a + " | foo | x | y |\n", []Expected{{b, "foo", 4}}, ""},
		{"nothing", "hello\n", nil, "no crash id with a signature in it"},
		{"a row without an id", a + ",foo\nx,bar\n", nil, "line 2: want a crash id and a signature"},
		{"a row without a signature", a + ",foo\n" + b, nil, "line 2: want a crash id and a signature"},
		{"a broken id in the first row", a[:34] + ",foo\n" + b + ",bar\n", nil, "line 1: want a crash id and a signature"},
		{"a broken id below a header", "crashid,new\nbp-" + a[:34] + ",foo\n" + b + ",bar\n", nil, "line 2: want a crash id and a signature"},
		{"a broken id in a text", "As we said:\n* https://crash-stats.mozilla.org/report/index/" + a[:30] + " -> foo\n* " + b + " -> bar\n", nil, "line 2: want a crash id and a signature"},
		{"what is no id at the beginning", "deadbeef\nOf 20261101-1130:\n20261101-1130, notes\n" + a + " -> foo\n", []Expected{{a, "foo", 4}}, ""},
		{"a line without end", a + ",foo\n#" + strings.Repeat("x", maxLine), nil, "line 2 is longer than 1 MB"},
		{"a text without end", a + ",foo\n" + strings.Repeat(strings.Repeat("#", 1<<19)+"\n", 129) + b + ",bar\n", nil, "it is larger than 64 MB"},
		{"arguments that nobody quoted", a + ",foo(int, bool) | bar\n" + b + ",std::map<K, V>::at(K), a comment\n", []Expected{{a, "foo(int, bool) | bar", 1}, {b, "std::map<K, V>::at(K)", 2}}, ""},
		{"operators are no brackets", a + ",Foo::operator<,a comment\n" + b + ",Foo::operator->,a (comment)\n", []Expected{{a, "Foo::operator<", 1}, {b, "Foo::operator->", 2}}, ""},
		{"a bracket that never closes", a + ",foo<bar,a comment\n" + b + `,"foo(bar","a comment)"`, []Expected{{a, "foo<bar", 1}, {b, "foo(bar", 2}}, ""},
		{"semicolons, as spreadsheets write them", "crash_id;old;expected\n" + a + ";x;foo, bar\n" + `"` + b + `";x;"OOM; unknown"` + "\n", []Expected{{a, "foo, bar", 2}, {b, "OOM; unknown", 3}}, ""},
		{"semicolons without a header", a + ";foo | bar\nbp-" + b + ";baz\n", []Expected{{a, "foo | bar", 1}, {b, "baz", 2}}, ""},
		{"a semicolon within a signature", a + ",EMPTY: no frame data available; EmptyMinidump\n", []Expected{{a, "EMPTY: no frame data available; EmptyMinidump", 1}}, ""},
		{"code marks in columns", a + ",`foo | bar`\n" + b + ",'foo'\n", []Expected{{a, "foo | bar", 1}, {b, "'foo'", 2}}, ""},
		{
			"what ends a sentence, and goes on behind code",
			a + " -> foo::bar.\n" + b + " => `foo | bar` instead of `baz`.\n",
			[]Expected{{a, "foo::bar", 1}, {b, "foo | bar", 2}},
			"",
		},
		{"a signature that was cut, and one of Microsoft's compiler", a + " -> foo::bar...\n" + b + " -> `anonymous namespace'::Foo | `anonymous namespace'::Bar\n", []Expected{{a, "foo::bar...", 1}, {b, "`anonymous namespace'::Foo | `anonymous namespace'::Bar", 2}}, ""},
		{"what it should become", "bp-" + a + " should become [@ foo | bar ]\nbp-" + b + " must now be memcpy\n", []Expected{{a, "foo | bar", 1}, {b, "memcpy", 2}}, ""},
		{"UTF-16, as some shells write it", "\xff\xfea\x00", nil, "it is in UTF-16; save it as UTF-8"},
		{"one crash, spelled in several ways", a + ",foo\nbp-" + strings.ToUpper(a) + ",foo\n" + b + ",foo\n" + a + ",foo", []Expected{{a, "foo", 1}, {b, "foo", 3}}, ""},
		{"upper case in a comment", strings.ToUpper(a) + " -> foo", []Expected{{a, "foo", 1}}, ""},
		{"two signatures", a + ",foo\n" + a + ",bar", nil, "lines 1 and 2 expect different signatures of " + a},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := ParseExpectations(strings.NewReader(test.text))
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Fatalf("error %v, want %q", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func FuzzParseExpectations(f *testing.F) {
	f.Add("aaaaaaaa-bbbb-4ccc-8ddd-eeeeee150101,foo")
	f.Add("aaaaaaaa-bbbb-4ccc-8ddd-eeeeee150101 -> foo")
	f.Add("\"crashid\",\"new\"\n\"aaaaaaaa-bbbb-4ccc-8ddd-eeeeee150101\",\"'=x\"")
	f.Fuzz(func(t *testing.T, text string) {
		expected, err := ParseExpectations(strings.NewReader(text))
		if err != nil {
			return
		}
		for _, e := range expected {
			if id, _ := crashid.Find(e.ID); id != e.ID || e.Line < 1 {
				t.Errorf("%+v from %q", e, text)
			}
		}
	})
}
