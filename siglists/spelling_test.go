package siglists

import "testing"

func TestOneAway(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want bool
	}{
		{"abc", "abd", true},
		{"abc", "ab", true},
		{"abc", "abcd", true},
		{"abc", "xabc", true},
		{"abc", "axc", true},
		{"", "a", true},
		{"abc", "abc", false},
		{"abc", "acb", false},
		{"abc", "a", false},
		{"abc", "xbd", false},
		{"", "", false},
	} {
		if OneAway(test.a, test.b) != test.want || OneAway(test.b, test.a) != test.want {
			t.Errorf("%q and %q: want %v", test.a, test.b, test.want)
		}
	}
}

func TestSpelt(t *testing.T) {
	for pattern, want := range map[string]string{
		"foo": "foo", "foo.bar": "foo.bar", `foo\.bar`: "foo.bar", `\[a b\]`: "[a b]", "foo.*": "", "foo|bar": "", "(": "", "foo<T>": "foo<T>", `a\$b`: "a$b",
	} {
		if got := Spelt(pattern); got != want {
			t.Errorf("%s: %q, want %q", pattern, got, want)
		}
	}
}
