package linesearch

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sigdiff/sigdiff/fetch"
	"github.com/sigdiff/sigdiff/siglists"
)

func newLine(t *testing.T, text string) Line {
	t.Helper()
	c, err := siglists.ParseChange(text, true)
	if err != nil {
		t.Fatal(err)
	}
	l, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestLine(t *testing.T) {
	for _, test := range []struct {
		line           string
		contains       []string
		frames         []string
		last           int
		begins, beside string
	}{
		{"prefix:mozilla::Foo", []string{"~mozilla::Foo"}, []string{"a", "mozilla::FooBar", "b"}, 1, "^mozilla::Foo", "~ | mozilla::Foo"},
		{"prefix:(Wait|Sleep)Ex", []string{"~Wait", "~Sleep"}, []string{"xWaitEx", "WaitEx", "SleepEx"}, 2, "^Wait", "~ | Sleep"},
		{`irrelevant:foo\\bar`, []string{`~foo\\bar`}, []string{`foo/bar`}, -1, `^foo\\bar`, `~ | foo\\bar`},
		{`prefix:op\*\?`, []string{`~op\*\?`}, []string{"op*?"}, 0, `^op\*\?`, `~ | op\*\?`},
		{"sentinels:a.b c", []string{"~a.b c"}, []string{"axb c", "a.b c", "a.b c d"}, 1, "=a.b c", "$ | a.b c"},
		{"prefix:JS::Call$", []string{"~JS::Call"}, []string{"JS::CallbackTracer"}, -1, "=JS::Call", "$ | JS::Call"},
		{`prefix:JS::(Call|Go)$`, []string{"~JS::"}, []string{"JS::Go"}, 0, "^JS::", "~ | JS::"},
		{`prefix:_moz\$`, []string{"~_moz$"}, []string{"_moz$a"}, 0, "^_moz$", "~ | _moz$"},
		{"prefix:.*", []string{}, []string{"a"}, 0, "", ""},
		{"prefix:ab|cde", []string{}, []string{"x"}, -1, "", ""},
		{"line-numbers:js::Run", []string{"~js::Run"}, []string{"js::Run"}, 0, "^js::Run", "~ | js::Run"},
		{`line-numbers:js::Run \(char \*\)`, []string{}, []string{"x"}, -1, "", ""},
		{"line-numbers:core::get<A,B>", []string{}, []string{"x"}, -1, "", ""},
		{"line-numbers:core::get::h0f", []string{}, []string{"x"}, -1, "", ""},
		{"line-numbers:0f0f", []string{}, []string{"x"}, -1, "", ""},
		{"prefix:core::get<A,B>", []string{"~core::get<A,B>"}, []string{"core::get<A,B>"}, 0, "", ""},
	} {
		l := newLine(t, test.line)
		if got := l.Contains(); !slices.Equal(got, test.contains) {
			t.Errorf("%s: %q", test.line, got)
		}
		if got := l.Frame(test.frames); got != test.last {
			t.Errorf("%s: frame %d", test.line, got)
		}
		if begins := l.Begins(); test.begins != "" && (begins[0] != test.begins || begins[len(begins)-1] != test.beside) {
			t.Errorf("%s: %q", test.line, begins)
		}
	}
	if _, err := New(siglists.Change{Line: siglists.Line{List: siglists.Prefix, Text: "("}}); err == nil {
		t.Error("a line that doesn't load is searched for")
	}
}

// TestMayMatch: a frame may contain what separates frames.
func TestMayMatch(t *testing.T) {
	for _, test := range []struct {
		line, proto string
		want        bool
	}{
		{"prefix:ElementAt", "a | nsTArray::ElementAt | b", false},
		{"prefix:ElementAt", "a | ElementAtEx | b", true},
		{"prefix:ElementAt$", "a | ElementAt", true},
		{"prefix:ElementAt$", "a | ElementAtEx", false},
		{"prefix:{a.*}$", "{a | b} | c", true},
		{"prefix:{a.*}$", "{a | b | c", false},
		{"prefix:(?>a.*})c", "a | }c | }", true}, // alone it matches, and not with what is behind
		{"prefix:a.*+}", "x | a} | b", false},
		{`prefix:(a*)*\1\1c`, strings.Repeat("a", 60) + "b", true}, // takes too long to be known
		{"prefix:b$", strings.Repeat("a | ", 1000), true},          // that many parts are not put together
		{"sentinels:a | b", "x | a | b | c", true},
		{"sentinels:a", "x | aa | b", false},
		{"line-numbers:a", "b", true}, // which sees functions
	} {
		if got := newLine(t, test.line).MayMatch(test.proto); got != test.want {
			t.Errorf("%s, %q: %t", test.line, test.proto, got)
		}
	}
}

func TestNear(t *testing.T) {
	for text, want := range map[string]string{
		"prefix:mozilla::net::OnStop": "~mozilla::net", `prefix:Foo<T>::Bar\(`: "~Foo<T", "prefix:memcpy_avx": "~memcp", "prefix:abcd": "", "prefix:.*": "", "sentinels:äö::ü": "~äö",
	} {
		got := newLine(t, text).Near()
		if want == "" && len(got) != 0 || want != "" && !slices.Equal(got, []string{want}) {
			t.Errorf("%s: %q", text, got)
		}
	}
}

// TestOddColumns: a column that is no text ends nothing, is none, and says nothing of the line.
func TestOddColumns(t *testing.T) {
	for _, odd := range []string{`null`, `1`, `["Foo", "b"]`, `{"a": "Foo"}`, `true`, ``} {
		for _, column := range []string{"signature", "platform", "version", "proto_signature"} {
			s := NewSearch(newLine(t, "prefix:Foo"), false, 1)
			s.Crashes = 1
			row := map[string]json.RawMessage{"signature": []byte(`"a"`), "platform": []byte(`"Linux"`), "version": []byte(`"1"`), "proto_signature": []byte(`"a | xFoo"`)}
			if row[column] = []byte(odd); odd == "" {
				delete(row, column)
			}
			text, err := json.Marshal(row)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.add(fetch.Hit{ID: "1", Columns: text}); err != nil || len(s.found) != 1 || s.Matching != 0 {
				t.Errorf("%s: %s: %v, %+v", column, odd, err, s.found)
			}
			if s.Absent() != (column != "proto_signature") {
				t.Errorf("%s: %s: absent is %t", column, odd, s.Absent())
			}
		}
	}
}

// TestNoLine: what a search of no line finds shows none, and a crash without frames is not chosen before others for that.
func TestNoLine(t *testing.T) {
	var s Search
	for _, proto := range []string{`""`, `null`, `"a"`, `"a |  | b"`} {
		if err := s.add(fetch.Hit{ID: proto, Columns: []byte(`{"signature": "s", "proto_signature": ` + proto + `}`)}); err != nil {
			t.Fatal(err)
		}
	}
	if i := slices.IndexFunc(s.found, func(f Found) bool { return f.Sure }); i >= 0 || s.Matching != 0 {
		t.Errorf("%d of %d match no line, among them %+v", s.Matching, len(s.found), s.found[max(0, i)])
	}
}

// TestMostFrequent: what the service has not named of the signatures is not counted as none.
func TestMostFrequent(t *testing.T) {
	for _, test := range []struct {
		signatures, crashes int
		want                string
	}{
		{0, 7, "7 crashes of signatures not named"},
		{2, 4, "2 a0, 2 a1"},
		{3, 7, "2 a0, 2 a1, 2 a2, 1 crash of signatures not named"},
		{4, 8, "2 a0, 2 a1, 2 a2, 1 more signature"},
		{100, 200, "2 a0, 2 a1, 2 a2, 97 more signatures"},
		{100, 1200, "2 a0, 2 a1, 2 a2, 97 more signatures, 1,000 crashes of signatures not named"},
	} {
		s := Search{Crashes: test.crashes}
		for i := range test.signatures {
			s.Signatures = append(s.Signatures, SignatureCount{fmt.Sprint("a", i), 2})
		}
		if got := s.mostFrequent(); got != test.want {
			t.Errorf("%d of %d: %s", test.signatures, test.crashes, got)
		}
	}
}

// TestAbsent: a line is in no crash only where all that have its text were looked at, and nothing may be missing.
func TestAbsent(t *testing.T) {
	stems := []string{"foo"}
	for _, test := range []struct {
		search          Search
		absent, unknown bool
		says            string
	}{
		{Search{Stems: stems}, true, false, "in no crash"},
		{Search{Stems: stems, Crashes: 2, Listed: 2}, true, false, "in no crash; 2 crashes have its text within other frames"},
		{Search{Stems: stems, Crashes: 2, Listed: 2, possible: 1}, false, false, "in 2 crashes (2 crashes of signatures not named); none of 2 has a frame that it matches"},
		{Search{Stems: stems, Crashes: 2, Listed: 1}, false, false, "in 2 crashes (2 crashes of signatures not named); none of 1 has a frame that it matches"},
		{Search{Stems: stems, unsure: true}, false, true, "no crash has its text, and with the other lines of its list it may match more"},
		{Search{Stems: stems, Incomplete: []string{"a shard"}}, false, true, "in no crash that came, and the service's answer is partial"},
		{Search{Stems: stems, Incomplete: []string{"a shard"}, unsure: true}, false, true, "in no crash that came, and the service's answer is partial"},
		{Search{}, false, true, "not searched for, since it has no text that whatever it matches contains"},
	} {
		if s := &test.search; s.Absent() != test.absent || s.Unknown() != test.unknown {
			t.Errorf("%+v: %v, %v", test.search, s.Absent(), s.Unknown())
		}
		test.search.Line = "prefix:foo"
		if _, says, _ := strings.Cut(test.search.String(), "foo`: "); says != test.says {
			t.Errorf("%+v says %q, want %q", test.search, test.search.String(), test.says)
		}
	}
}

func TestSpread(t *testing.T) {
	found := []Found{
		{ID: "1", Keys: []string{"often", "w"}},
		{ID: "2", Keys: []string{"often", "w"}},
		{ID: "3", Keys: []string{"often", "l"}},
		{ID: "4", Keys: []string{"seldom", "w"}},
		{ID: "5", Keys: []string{"once", "w"}, Sure: true},
	}
	if got := Spread(found, 4); !slices.Equal(got, []string{"5", "1", "4", "3"}) {
		t.Error(got)
	}
}

// TestSpreadIsEven: of two first keys none has two crashes fewer than another, unless it has no more.
func TestSpreadIsEven(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.SampledFrom([]string{"a", "b", "c", "d"})
		var found []Found
		all := map[string]int{}
		for i := range rapid.IntRange(0, 40).Draw(t, "crashes") {
			keys := []string{key.Draw(t, "signature"), key.Draw(t, "platform")}
			found = append(found, Found{ID: fmt.Sprint(i), Keys: keys})
			all[keys[0]]++
		}
		num := rapid.IntRange(1, 50).Draw(t, "num")
		ids := Spread(found, num)
		if len(ids) != min(num, len(found)) || len(slices.Compact(slices.Sorted(slices.Values(ids)))) != len(ids) {
			t.Fatalf("%d of %d: %v", num, len(found), ids)
		}
		chosen := map[string]int{}
		for _, f := range found {
			if slices.Contains(ids, f.ID) {
				chosen[f.Keys[0]]++
			}
		}
		for a := range all {
			for b := range all {
				if chosen[a] < chosen[b]-1 && chosen[a] < all[a] {
					t.Fatalf("%d of %s, %d of %s, of %v", chosen[a], a, chosen[b], b, all)
				}
			}
		}
	})
}
