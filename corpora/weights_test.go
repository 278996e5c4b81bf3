package corpora

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseWeights(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       map[string]int
		err        string
	}{
		{"csv with a header", "signature,pings\na | b,3\n\"c, d\",4\na | b,1\n", map[string]int{"a | b": 4, "c, d": 4}, ""},
		{"tsv", "a | b\t3\nc, d\t0\n", map[string]int{"a | b": 3, "c, d": 0}, ""},
		{"tsv, quoted", "\"say \"\"C\"\", fn\"\t3\n\"a\tb\"\t4\n", map[string]int{`say "C", fn`: 3, "a\tb": 4}, ""},
		{"json", `{"a | b": 3, "c": 4}`, map[string]int{"a | b": 3, "c": 4}, ""},
		{"json, twice", `{"a": 3, "b": 1, "\u0061": 4}`, map[string]int{"a": 7, "b": 1}, ""},
		{"json of no number", `{"a": 3, "b": "many"}`, nil, `"b" has "many": want a whole number of pings, in digits alone`},
		{"json of a float", `{"a": 3, "b": 1.0}`, nil, `"b" has 1.0: want a whole number of pings, in digits alone`},
		{"json with an exponent", "{\"a\": 2e3,\n\"b\": 3}", nil, `"a" has 2e3: want a whole number of pings, in digits alone`},
		{"a row without, alone", `{"signature": null}`, nil, `"signature" has null: want a whole number of pings, in digits alone`},
		{"no object", `[3]`, nil, "no signature in it; write lines of signature and number of pings, as CSV or TSV"},
		{"rows", `{"signature": "a", "os": "Windows"}` + "\n\n" + `{"signature": "a"}` + "\n" + `{"signature": "b"}`, map[string]int{"a": 2, "b": 1}, ""},
		{"one row", `{"signature": "a"}`, map[string]int{"a": 1}, ""},
		{"a row without", `{"signature": "a"}` + "\n" + `{"os": "b"}`, nil, "line 2: a ping without a signature"},
		{"no number", "a,3\nb,many\n", nil, `line 2: want a signature and a number of pings, got "b,many"`},
		{"a column more", "a,3\nb,c,3\n", nil, `line 2: want a signature and a number of pings, got "b,c,3"`},
		{"no number in the first line", "a,1e6\nb,3\n", nil, `line 1: want a signature and a number of pings, got "a,1e6"`},
		{"a number with a sign between", "a, 1.000\nb,3\n", nil, `line 1: want a signature and a number of pings, got "a, 1.000"`},
		{"a header of two words, one empty", "signature,\na,3\n", map[string]int{"a": 3}, ""},
		{"fewer than none", "a,-3\n", nil, `-3 pings of "a": there can't be fewer than none`},
		{"nothing", "\n", nil, "no signature in it; write lines of signature and number of pings, as CSV or TSV"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := ParseWeights(strings.NewReader(test.text))
			said := ""
			if err != nil {
				said = err.Error()
			}
			if diff := cmp.Diff(test.want, got); diff != "" || said != test.err {
				t.Errorf("error %q, want %q (-want +got):\n%s", said, test.err, diff)
			}
		})
	}
}
