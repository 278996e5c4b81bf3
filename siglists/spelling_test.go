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
		{"dom::\u200bSocket", "dom::Socket", true}, // as it is copied from a page
	} {
		if oneAway(test.a, test.b, true) != test.want || oneAway(test.b, test.a, true) != test.want {
			t.Errorf("%q and %q: want %v", test.a, test.b, test.want)
		}
	}
}

// TestOneAwayOfStarts: a line is the start of a frame, and most lines name a class or a namespace.
func TestOneAwayOfStarts(t *testing.T) {
	for _, test := range []struct {
		name, frame string
		want        bool
	}{
		{"dom::Socekt", "dom::Socket::Send", true},
		{"dom::Socke", "dom::Socket::Send", true},
		{"dom::Sockets", "dom::Socket::Send", true},
		{"dom::Socked", "dom::Socket<T>::Send", true},
		{"dom::Sockt::", "dom::Socket::Send", true},
		{"dom:Socket::Send", "dom::Socket::Send", true},
		{"dom::Get", "dom::SetAll", false},
		{"dom::Getter", "dom::GetterOf", false},
		{"dom::Socekt", "dom::Sock", false},
		{"dom::Socket", "dom::", false},
	} {
		if got := oneAway(test.name, test.frame, false); got != test.want {
			t.Errorf("%q and %q: %v, want %v", test.name, test.frame, got, test.want)
		}
		if test.frame != "dom::Socket::Send" || test.name == "dom:Socket::Send" {
			continue
		}
		if oneAway(test.name, test.frame, true) {
			t.Errorf("%q is the whole of %q", test.name, test.frame)
		}
	}
}

// TestNear: a sentinel is a whole name as it stands, and neither short names nor those of libraries tell anything.
func TestNear(t *testing.T) {
	for _, test := range []struct {
		list        Name
		line, frame string
		want        bool
	}{
		{Prefix, "mozilla::dom::Socekt", "mozilla::dom::Socket::Send", true},
		{Sentinels, "mozilla::dom::Socekt", "mozilla::dom::Socket::Send", false},
		{Sentinels, "mozilla::[dom]::Socekt", "mozilla::[dom]::Socket", true},
		{Prefix, "dom::Socekt", "dom::Socket", false},
		{Prefix, "some_library_of.dll", "some_librari_of.dll", false},
		{Prefix, "some_library_of.so", "some_librari_of.so", false},
	} {
		_, near := Near(Line{List: test.list, Text: test.line})
		if got := near != nil && near(test.frame); got != test.want {
			t.Errorf("%s and %q: %v", test.line, test.frame, got)
		}
	}
}

func TestSpelt(t *testing.T) {
	for pattern, want := range map[string]string{
		"foo": "foo", "foo.bar": "foo.bar", `foo\.bar`: "foo.bar", `\[a b\]`: "[a b]", "foo.*": "foo", "foo.+": "", `foo\.*`: "", "foo$": "foo", `foo\$`: "foo$", "foo::.*$": "foo::", "foo|bar": "", "(": "", "foo<T>": "foo<T>", `a\$b`: "a$b",
	} {
		if got := Spelt(pattern); got != want {
			t.Errorf("%s: %q, want %q", pattern, got, want)
		}
	}
}
