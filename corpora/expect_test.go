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
		{"tsv, comments, bp- ids", "# mine\nbp-" + a + "\tfoo, bar\n\n", []Expected{{a, "foo, bar", 2}}, ""},
		{
			"a bug comment",
			"Hi, please check:\n* https://crash-stats.mozilla.org/report/index/" + a + " -> `T::operator-> | x`\nbp-" + b + " → foo\nthanks",
			[]Expected{{a, "T::operator-> | x", 2}, {b, "foo", 3}},
			"",
		},
		{"a Markdown link", "[" + a + "](https://x/report/index/" + a + ") => foo", []Expected{{a, "foo", 1}}, ""},
		{"nothing", "hello\n", nil, "no crash id in it"},
		{"a row without a signature", a + ",foo\n" + b, nil, "line 2: want a crash id and a signature"},
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
