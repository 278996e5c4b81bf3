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
		{"abc", "acb", true},
		{"abcd", "acdb", false},
		{"abcd", "badc", false},
		{"nvd32", "nvd23", false},
		{"abc", "a", false},
		{"abc", "xbd", false},
		{"", "", false},
		{"HD3000Driver", "HD5000Driver", false},
		{"HD3000Driver", "HD30000Driver", true},
		{"HD3000Driver", "HDo000Driver", true},
		{"Value::operator-", "Value::operator", false},
		{"Value::operator-", "Value::operator+", false},
		{"Value::operator<", "Value::operator<<", false},
		{"Value::operato", "Value::operator", true},
		{"Value::operators", "Value::operator", false},
		{"Value::operator new", "Value::operator ne", true},
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
