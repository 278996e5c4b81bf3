package lint

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// setOfLists makes a set; lists that aren't given have one line that matches next to nothing.
func setOfLists(t *testing.T, texts map[siglists.Name]string) *siglists.Set {
	t.Helper()
	sources := siglists.Sources{}
	for _, name := range siglists.Names() {
		text, ok := texts[name]
		if !ok {
			text = "zzz_" + string(name)
		}
		sources[name] = []byte(text)
	}
	set, err := sources.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// found tells the findings in short: line and check, with the other line.
func found(findings []Finding) string {
	var all []string
	for _, f := range findings {
		one := fmt.Sprintf("%d %s", f.Line, f.Check)
		if f.Other != nil {
			one += fmt.Sprintf(" by %d", f.Other.Line)
		}
		all = append(all, one)
	}
	return strings.Join(all, ", ")
}

// TestChecks runs each check on lists that it must hit and on near ones that it must leave alone.
func TestChecks(t *testing.T) {
	p := siglists.Prefix
	cases := []struct {
		list siglists.Name
		text string
		want string
	}{
		{p, "", "0 empty-list"},
		{p, "# only a comment\n\n", "0 empty-list"},
		{siglists.Irrelevant, "", "0 empty-list"},
		{siglists.LineNumbers, "", "0 empty-list"},
		{siglists.Sentinels, "", ""},

		{p, "foo|", "1 matches-everything"},
		{p, "|foo", "1 matches-everything"},
		{p, "operator||", "1 matches-everything"},
		{p, ".*", "1 matches-everything"},
		{p, ".", "1 matches-everything"},
		{p, "x?", "1 matches-everything"},
		{p, "(foo|)", "1 matches-everything"},
		{p, `\S|\s`, "1 matches-everything"},
		{p, "foo\n.*\nbar", "2 matches-everything"},
		{p, "(?i)", "1 matches-everything"},
		{p, "(?i)foo|", "1 matches-everything"},
		{p, "(?s)foo\nbar|", "2 matches-everything"},
		{p, "(?x)foo | | bar", "1 matches-everything"},
		{p, "(?x)foo\nbar\\ #|", ""}, // a comment
		{p, `(?=a)b|`, "1 matches-everything"},
		{p, `(a)\1|`, "1 matches-everything"},
		{p, `(foo|$)`, ""},
		{p, `\w`, ""},

		{p, "\ufefffoo", "1 byte-order-mark"},
		{p, "\ufeff# Prefixes\nfoo", "1 byte-order-mark"},
		{p, "\ufefffoo\nb\u200bar", "1 byte-order-mark, 2 invisible-character"},
		{p, "foo\r\nbar\r\n", ""},
		{p, "  foo\t\nbar\u00a0\n", ""},
		{p, "foo\n\u200bbar", "2 invisible-character"},
		{p, "foo\u00a0bar", "1 invisible-character"},
		{p, "foo\rbar", "1 invisible-character"},
		{p, "foo\tbar", "1 invisible-character"},
		{p, "(?x)foo\t\v bar", ""},
		{p, "(?x)foo\t\u00a0bar", "1 invisible-character"},
		{p, "foo\x01bar", "1 invisible-character"},
		{p, "füße", ""},
		{siglists.Sentinels, "foo\u200b", "1 invisible-character"},

		{p, "foo # bug 123", "1 inline-comment"},
		{p, "(?x)foo # bug 123\nbar", "1 inline-comment"},
		{p, "(?x)foo\nbar#baz\nqux", "2 inline-comment"},
		{p, "(?x)foo#\nbar", "1 inline-comment"},
		{p, "(?x)foo\nb\\\\#r\nqux", "2 inline-comment"},
		{p, "(?x)foo\nb\\#r\nb[#]r\n(?-x:b#r)\n(?#b)r\nqux", ""}, // a sign that begins none
		{p, "(?x)foo\nbar # bug 123", ""},                        // nothing is behind it
		{p, `MIR\.h#123`, ""},
		{p, "  # bug 123\nfoo", ""},
		{siglists.Sentinels, "foo  # why", "1 inline-comment"},

		{p, "foo\nbar\nfoo", "3 duplicate by 1"},
		{p, "foo\nFoo", ""},
		{p, "foo\nfoobar\nfoobar", "2 shadowed by 1, 3 duplicate by 2"}, // of which nothing more is said
		{siglists.Sentinels, "a\na\na", "2 duplicate by 1, 3 duplicate by 1"},

		{p, "foo\nfoobar", "2 shadowed by 1"},
		{p, "foobar\nfoo", "1 subsumed by 2"},
		{p, "foo$\nfoo", "1 subsumed by 2"},
		{p, "foo\nfoo$", "2 shadowed by 1"},
		{p, "foo$\nfoobar", ""},
		{p, `foo\.` + "\n" + `foo[.]`, "2 shadowed by 1"},
		{p, "lib(xul|foo)\nlibxul", "2 shadowed by 1"},
		{p, "libxul\nlib(xul|foo)", "1 subsumed by 2"},
		{p, "lib(xul|xulfoo)\nlibxul", "2 shadowed by 1"},
		{p, `.*\.dll` + "\n" + `foo\.dll`, "2 shadowed by 1"},
		{p, `foo\.dll` + "\n" + `.*\.dll`, "1 subsumed by 2"},
		{p, `foo\.so` + "\n" + `.*\.dll`, ""},
		{p, `@0x[0-9a-f]{2,}` + "\n" + `@0x[1-9]`, ""},
		{p, `@0x[0-9a-f]+` + "\n" + `@0x[1-9]`, "2 shadowed by 1"},
		{p, `@0x\d` + "\n" + `@0x[0-9]`, "2 shadowed by 1"},
		{p, `@0x[0-9]$` + "\n" + `@0x\d$`, "1 subsumed by 2"}, // \d has other digits, too
		{p, `\w` + "\n" + `a`, "2 shadowed by 1"},
		{p, `foo(?=bar)` + "\n" + `foobar`, ""}, // not regular: nothing is said
		{p, `foo\b` + "\n" + `foo\.`, "2 shadowed by 1"},
		{p, "foo\nfo^o", "2 unescaped"}, // it matches nothing, which is no part of what the other matches

		{p, "_memmove$VARIANT$Haswell", "1 unescaped"},
		{p, `_memmove\$VARIANT\$Haswell`, ""},
		{p, "enum$<T>::unwrap", "1 unescaped"},
		{p, "handle_error$", ""},
		{p, "(foo$|bar)", ""},
		{p, "operator^=", "1 unescaped"},
		{p, "libfoo.so", "1 unescaped"},
		{p, "org.mozilla.f.*apk", "1 unescaped"},
		{p, `libfoo\.so`, ""},
		{p, "mozilla.*FatalError", ""},
		{p, "Foo::.::bar", ""},
		{p, "Foo::.Bar", ""},
		{p, "Foo.::Bar", ""},
		{p, "foo.?bar", ""},
		{p, "foo(int)", "1 unescaped"},
		{p, "<.*>::operator()", "1 unescaped"},
		{p, "(anonymous namespace)::Foo", "1 unescaped"},
		{p, `\(anonymous namespace\)::Foo`, ""},
		{p, "lstrcat(A|W)", ""},
		{p, "foo(bar)?", ""},
		{p, "foo(?:bar)", ""},
		{p, "foo(?P<x>bar)", ""},
		{p, "foo[clone]", ""},
		{p, "-[NSException raise]", "1 unescaped"},
		{p, "foo[T]", "1 unescaped"},
		{p, "foo[T]*", ""},
		{p, "foo[0.0]", ""},
		{p, `foo[\w\w]`, ""},
		{p, "foo[a-za]", ""},
		{p, "cert\ndlmalloc\n[clone .cold]", "3 unescaped"}, // once it is spelt right, it takes nothing of the others
		{p, "operator()\noperator==", "1 unescaped"},
		{p, "OOM | small", "1 unescaped"},
		{p, "OOM|small", ""},
		{p, "(?:unsigned | const )long", ""},
		{p, "foo[ | ]bar", ""},
		{p, "foo|bar | baz", "1 unescaped"},
		{p, "OOM | small\n" + `OOM \| large`, "1 unescaped, 2 never-matches"},
		{p, `OOM \| small`, "1 never-matches"},
		{siglists.Sentinels, "OOM | small", "1 never-matches"},
		{siglists.Sentinels, "Foo<T>::bar | baz", "1 never-matches"},
		{siglists.Sentinels, "{{closure(a | b)}}", ""},
		{siglists.Sentinels, "{foo | b", ""},
		{p, "[-+]foo[.]bar[$][abc]", ""},
		{p, "foo[hH]ash[0-9a-fA-F]", ""},
		{p, "Foo::operator+", "1 unescaped"},
		{p, "Foo::operator*", "1 unescaped"},
		{p, "Foo::operator++", "1 unescaped"},
		{p, "Foo<T>*", "1 unescaped"},
		{p, "mozilla::Foo*", "1 unescaped"},
		{p, "mozilla::*", "1 unescaped"},
		{p, `operator\(\)*`, "1 unescaped"},
		{p, "Foo&*", "1 unescaped"},
		{p, "Foo<T>+", ""},
		{p, "foo_*bar", ""},
		{p, "foo::a+", ""},
		{p, `Foo::operator\+`, ""},
		{p, `_*foo\d+[a-z]*x{2,}`, ""},

		{p, "wl_.*", "1 trailing-any"},
		{p, "foo.*|bar", "1 trailing-any"},
		{p, "foo.*$", "1 trailing-any"},
		{p, "foo.+", ""},
		{p, "foo.?", ""},
		{p, `foo.*bar`, ""},
		{p, "^foo", "1 pointless-anchor"},
		{p, `\Afoo`, "1 pointless-anchor"},
		{p, "foo|^bar", "1 pointless-anchor"},
		{p, `\^foo`, ""},

		{p, `(a)b` + "\n" + `(c)\1`, "1 unescaped, 2 group-number"},
		{p, `(a)b` + "\n" + `(c)(?(1)d|e)`, "1 unescaped, 2 group-number"},
		{p, `(c|d)\1`, ""},
		{p, `a(b|c)` + "\n" + `(?P<x>d|e)(?P=x)`, ""},

		{siglists.Sentinels, `foo\.so`, "1 sentinel-regex"},
		{siglists.Sentinels, "foo.*", "1 sentinel-regex"},
		{siglists.Sentinels, "foo$", "1 sentinel-regex"},
		{siglists.Sentinels, "^foo", "1 sentinel-regex"},
		{siglists.Sentinels, "lstr(A|W)", "1 sentinel-regex"},
		{siglists.Sentinels, "(Nt)?Wait", "1 sentinel-regex"},
		{siglists.Sentinels, "foo::operator()\nfoo::operator|\n(anonymous namespace)::x\nbegin<T>\nlibc.so\nenum$<T>::unwrap", ""},
		{siglists.Sentinels, "foo::bar(int)", "1 never-matches"},
		{siglists.Sentinels, "std::vector<int>::at", "1 never-matches"},
		{siglists.Sentinels, "foo::operator | ", ""},
		{siglists.Sentinels, "foo::operator | bar", ""},
		{siglists.Sentinels, "core::fmt::h0123456789abcdef", "1 rust-hash"},

		{p, `foo::bar\(int\)`, "1 never-matches"},
		{p, `memcpy\(void`, "1 never-matches"},
		{p, `main\(\)`, "1 never-matches"},
		{p, `foo::operator\(\)`, ""},
		{p, `\(unloaded`, ""},
		{p, `\(anonymous namespace\)::foo`, ""},
		{p, `foo\(1\)\.dll`, ""},
		{p, `foo::bar const`, "1 never-matches"},
		{p, `foo::bar\(\) const`, "1 never-matches"},
		{p, `std::vector<int>::at`, "1 never-matches"},
		{p, `^std::vector<int>::at`, "1 never-matches, 1 pointless-anchor"},
		{p, `\Astd::vector<int>::at`, "1 never-matches, 1 pointless-anchor"},
		{p, `std::vector<int`, ""},
		{p, `std::vector<T>::at`, ""},
		{p, `mozilla::gfx::Log<`, ""},
		{p, `<core::ops::Range<usize> as core::Index>::index`, ""},
		{p, `core::slice::<impl core::ops::Index<I> for \[T\]>::index`, "1 never-matches"},
		{p, `<name omitted>`, ""},
		{p, `<\.plt ELF section in .*>`, ""},
		{p, `IPC::ParamTraits<nsTArray<T> >::Read`, ""},
		{p, `Foo::operator<<`, ""},
		{p, `Foo::operator->`, ""},
		{p, `operator new`, "1 never-matches"},
		{p, `<impl Fn<A, &B> as T>::x`, ""},
		{p, `<A<B, \*const C> as T>::x`, ""},
		{p, `<A<B, , C> as T>::x`, ""},
		{p, `<A<B, C &D> as T>::x`, "1 never-matches"},
		{p, `<A<B,C> as T>::x`, "1 never-matches"},
		{p, `void foo::bar`, "1 never-matches"},
		{p, `static int foo`, "1 never-matches"},
		{p, `nsString::operator const char`, ""},
		{p, `nsString::operator const char \*`, "1 never-matches"},
		{siglists.LineNumbers, `nsString::operator const char \*`, ""}, // which sees functions before that
		{p, `\{virtual override thunk\}`, ""},
		{p, `-\[NSApplication _crashOnException:\]`, ""},
		{p, `anon_inode:foo bar`, ""},
		{p, `foo::bar \[clone`, ""},
		{p, `foo::\$_12::operator`, "1 never-matches"},
		{p, `foo::\$::\$_12::operator`, ""}, // of two in a row, as the second stays
		{p, `foo::\$::operator`, ""},
		{p, "`anonymous namespace'::foo", "1 never-matches"},
		{p, `@0x0`, ""},
		{p, `@0x00`, "1 never-matches"},
		{p, `KERNELBASE\.dll`, "1 never-matches"},
		{p, `kernelbase\.dll`, ""},
		{p, `(libxul\.so|xul\.dll|XUL)`, ""},
		{p, `foo|void foo::bar`, "1 never-matches"}, // within a line, nothing is compared
		{p, `core::fmt::h0123456789abcdef`, "1 rust-hash"},
		{p, `core::fmt::hash`, ""},

		{p, `(?i)foo$bar.so` + "\nfoo", ""}, // flags change what follows: nothing is said
		{p, "(?i)std::vector<int>::at", ""},
		{p, "(?i:std::vector<int>::at)", ""},
	}
	for _, c := range cases {
		t.Run(string(c.list)+"/"+c.text, func(t *testing.T) {
			findings := findingsOf(t, setOfLists(t, map[siglists.Name]string{c.list: c.text}), Options{})
			if got := found(findings); got != c.want {
				t.Errorf("found %q, want %q\n%+v", got, c.want, findings)
			}
			if strings.Contains(c.want, string(ByteOrderMark)) || strings.Contains(c.want, string(EmptyList)) {
				return // of the file, and not of the lines that a change adds
			}
			added, err := Added(context.Background(), setOfLists(t, map[siglists.Name]string{c.list: "another"}), setOfLists(t, map[siglists.Name]string{c.list: c.text}), nil)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(findings, added); diff != "" {
				t.Errorf("of added lines (-all +added):\n%s", diff)
			}
		})
	}
}

func TestIrrelevantFirst(t *testing.T) {
	set := setOfLists(t, map[siglists.Name]string{
		siglists.Irrelevant: "moz_\n(Nt|Zw)?Wait\nexact$\n[clone .cold]\n(foo|)",
		siglists.Prefix:     "moz_xmalloc\nmoz\nNtWaitFor\n(Zw|Xx)Wait\nexact\nexact$",
	})
	findings := findingsOf(t, set, Options{Disable: []Check{Shadowed, Subsumed, Order}})
	want := "4 unescaped, 5 matches-everything, 1 irrelevant-first by 1, 3 irrelevant-first by 2, 6 irrelevant-first by 3"
	if got := found(findings); got != want {
		t.Errorf("found %q, want %q", got, want)
	}
	if other := findings[2].Other; other.File != "irrelevant_signature_re.txt" || other.Text != "moz_" {
		t.Errorf("the other line is %v", other)
	}
}

// TestLinedFrames: what the list of line numbers matches is followed by its source line, so that no frame is the name alone.
func TestLinedFrames(t *testing.T) {
	for _, test := range []struct {
		list       siglists.Name
		text, want string
	}{
		{siglists.Sentinels, "js_Interpret", "1 never-matches"},
		{siglists.Sentinels, "js_InterpretMore", "1 never-matches"},
		{siglists.Sentinels, "js_Inter", ""},
		{siglists.Prefix, "js_Interpret$", "1 never-matches"},
		{siglists.Irrelevant, `js_Interpret\Z`, "1 never-matches"},
		{siglists.Prefix, "js_Interpret", ""},
		{siglists.Prefix, "^js_Interpret", "1 pointless-anchor"},
		{siglists.Prefix, `\A(?:js_)Interpret`, "1 pointless-anchor"},
		{siglists.Prefix, "js_Interpret:", ""},
		{siglists.Prefix, `js_Interpret:\d+$`, ""},
		{siglists.Prefix, "js_Inter$", ""},
		{siglists.Prefix, "js_Interpret$|js_Inter", ""},
		{siglists.Prefix, "(?i)js_Interpret$", ""},
		{siglists.LineNumbers, "js_Interpret$", ""}, // which is asked before
	} {
		set := setOfLists(t, map[siglists.Name]string{siglists.LineNumbers: "js_Interpret", test.list: test.text})
		if got := found(findingsOf(t, set, Options{})); got != test.want {
			t.Errorf("%s in %s: %s, want %s", test.text, test.list, got, test.want)
		}
	}
}

// TestLinedByOthers: a line of the list of line numbers to which another one gives another meaning is not taken at its word.
func TestLinedByOthers(t *testing.T) {
	for _, lined := range []string{"(?x)qq#\nfoo", "(?a)qq\n\\w+é", "(q)x\n(o|f)\\1*oo"} {
		for _, text := range []string{"foo", "éé"} {
			set := setOfLists(t, map[siglists.Name]string{siglists.LineNumbers: lined, siglists.Sentinels: text})
			for _, f := range findingsOf(t, set, Options{}) {
				if f.Check == NeverMatches {
					t.Errorf("%q with the lines %q: %s", text, lined, f.Message)
				}
			}
		}
	}
}

func TestOrder(t *testing.T) {
	sorted := []string{"alpha", "_beta", "Beta2", "gamma", "(Nt|Zw)?delta$", "n1", "n2", "o", "p", "q", "r"}
	cases := []struct {
		name, text, want string
	}{
		{"by first letter", strings.Join(sorted, "\n"), ""},
		{"one off", strings.Join(append(slices.Clone(sorted), "beta3"), "\n"), "12 order"},
		{"sections start anew", strings.Join(sorted, "\n") + "\n\n# more\nbeta3", ""},
		{"a comment is no section", strings.Join(sorted, "\n") + "\n# more\nbeta3", "13 order"},
		{"within a letter", "aab\naaa\n" + strings.Join(sorted, "\n"), ""},
		{"not sorted at all", "z\ny\nx\nw\nv\nu\nt\ns\nr\nq\np\no", ""},
		{"too short to tell", "b\na", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			findings := findingsOf(t, setOfLists(t, map[siglists.Name]string{siglists.Prefix: c.text}), Options{})
			if got := found(findings); got != c.want {
				t.Errorf("found %q, want %q", got, c.want)
			}
		})
	}
}

func TestCorpusChecks(t *testing.T) {
	set := setOfLists(t, map[siglists.Name]string{
		siglists.Sentinels:   "panic\nno_such_frame\nmoz_a",
		siglists.Irrelevant:  "guard_dispatch\nabort\n_started\ntwice_named\n_twice_named",
		siglists.Prefix:      "JS::Call\nnever_seen\nmoz_.*x\nabort_now\n^a(?=b)\njs::Exact::f\njs::Longer::f\njs::Look::f(?=o)\nmozilla::dom::Fooo",
		siglists.LineNumbers: "js_Interpret\njs_Other",
	})
	frames := []Frame{
		{Text: "JS::Call", Function: "JS::Call", Crashes: 3},
		{Text: "JS::CallbackTracer::onEdge", Crashes: 1},
		{Text: "JS::Call::more", Crashes: 1},
		{Text: "_guard_dispatch_icall_nop", Crashes: 9},
		{Text: "guard_dispatch_icall_nop", Crashes: 1},
		{Text: "abort_now", Crashes: 1},
		{Text: "__started", Crashes: 1},
		{Text: "moz_ax", Crashes: 1},
		{Text: "panic", Crashes: 1},
		{Text: "js_Interpret:12", Function: "js_Interpret", Crashes: 2},
		{Text: "_js_Interpret:3", Function: "_js_Interpret", Crashes: 1},
		{Text: "js_Other", Crashes: 1}, // no function
		{Text: "abort", Crashes: 1},
		{Text: "_abort", Crashes: 1},
		{Text: "twice_named", Crashes: 1},
		{Text: "_twice_named", Crashes: 1},
		{Text: "js::Exact::f", Crashes: 1},
		{Text: "js::Longer::f1", Crashes: 1},
		{Text: "js::Longer::f2", Crashes: 1},
		{Text: "js::Look::f", Crashes: 1},
		{Text: "js::Look::foo", Crashes: 1},
		{Text: "mozilla::dom::Foo", Crashes: 1},
	}
	for i := range 100 { // two frames are a large share of a few
		frames = append(frames, Frame{Text: fmt.Sprintf("zz%d", i), Crashes: 1})
	}
	findings := findingsOf(t, set, Options{Corpus: frames, Disable: []Check{PointlessAnchor, IrrelevantFirst}})
	var got []string
	for _, f := range findings {
		got = append(got, fmt.Sprintf("%s:%d %s", strings.SplitN(f.File, "_", 2)[0], f.Line, f.Check))
	}
	want := []string{
		"irrelevant:1 underscores", "irrelevant:3 dead", "irrelevant:3 underscores",
		"prefix:1 inside-name", "prefix:1 too-broad", "prefix:2 dead", "prefix:4 dead", "prefix:9 dead",
		"signature:2 dead", "signature:3 dead", "signatures:2 dead",
	}
	if !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
	for _, f := range findings {
		if f.Check == InsideName && !strings.Contains(f.Message, "`JS::CallbackTracer::onEdge`; `JS::Call$` is the name alone") {
			t.Errorf("the message does not show what else matches: %s", f.Message)
		}
		if f.Line == 9 && !strings.HasSuffix(f.Message, "; one letter away: `mozilla::dom::Foo`") {
			t.Errorf("the message does not show what may be meant: %s", f.Message)
		}
	}
}

func TestNew(t *testing.T) {
	const alphabet = "aa\nbb\ncc\ndd\nee\nff\ngg\nhh\nii\njj\nkk\nll\nmm\nnn\noo\npp\nqq\nrr\nss\ntt\n"
	base := setOfLists(t, map[siglists.Name]string{siglists.Prefix: "foo.*\nbar\nfoo.*", siglists.LineNumbers: alphabet + "\nbx"})
	after := setOfLists(t, map[siglists.Name]string{
		siglists.Irrelevant:  "bar",
		siglists.Prefix:      "# moved\n\nfoo.*\nbar\nnew.*\nfoo.*",
		siglists.LineNumbers: alphabet + "bx\nby", // of one alphabet now, which bx is not new in
	})
	findings := New(findingsOf(t, base, Options{}), findingsOf(t, after, Options{}), base)
	if got, want := found(findings), "4 irrelevant-first by 1, 5 trailing-any, 22 order"; got != want {
		t.Errorf("new are %q, want %q", got, want)
	}
	if again := New(findingsOf(t, after, Options{}), findingsOf(t, after, Options{}), after); len(again) != 0 {
		t.Errorf("a set against itself brings %v", again)
	}
}

// TestNewByAnother: that another line makes one needless, or stands elsewhere, brings nothing; that one does at all brings something.
func TestNewByAnother(t *testing.T) {
	of := func(irrelevant, prefix string) *siglists.Set {
		return setOfLists(t, map[siglists.Name]string{siglists.Irrelevant: irrelevant, siglists.Prefix: prefix})
	}
	base := of("sk", "foo\nfoobar\nskip")
	for _, test := range []struct {
		irrelevant, prefix, want string
	}{
		{"sk", "fo\nfoobar\nskip", ""},
		{"sk", "foobar\nfoo\nskip", ""},
		{"ski", "foo\nfoobar\nskip", ""},
		{"sk", "foo\nfoobar\nfoobaz\nskip", "3 shadowed by 1"},
		{"sk\nfoob", "foo\nfoobar\nskip", "2 irrelevant-first by 2"},
	} {
		after := of(test.irrelevant, test.prefix)
		if got := found(New(findingsOf(t, base, Options{}), findingsOf(t, after, Options{}), base)); got != test.want {
			t.Errorf("%q, %q: %q, want %q", test.irrelevant, test.prefix, got, test.want)
		}
	}
}

// TestConflictMarkers: each marker is an error, in every list, and nothing else is said of it or of what it
// matches; whoever brought it.
func TestConflictMarkers(t *testing.T) {
	conflict := "<<<<<<< HEAD\nfoo\n||||||| 1a2b3c4\n=======\nbar\n=======\n>>>>>>> feature.*"
	lists := map[siglists.Name]string{}
	for _, name := range siglists.Names() {
		lists[name] = conflict
	}
	findings := findingsOf(t, setOfLists(t, lists), Options{Disable: []Check{IrrelevantFirst, NeverMatches, Dead, TooBroad}, Corpus: []Frame{{Text: "foo", Function: "foo"}, {Text: "bar", Function: "bar"}, {Text: "c"}}})
	if len(findings) != 20 || Count(findings, Error) != 20 {
		t.Errorf("%d findings, %d errors: %s", len(findings), Count(findings, Error), found(findings))
	}
	for _, f := range findings {
		if f.Check != Conflict {
			t.Errorf("%+v", f)
		}
	}
	if again := New(findings, findings, nil); len(again) != len(findings) {
		t.Errorf("against the same lists %d of %d errors are left", len(again), len(findings))
	}
	only := map[siglists.Name]string{siglists.Prefix: "<<<<<<< HEAD\n=======\n>>>>>>> feature"}
	if got := found(findingsOf(t, setOfLists(t, only), Options{})); got != "1 conflict-marker, 2 conflict-marker, 3 conflict-marker" {
		t.Errorf("a list of markers alone: %s", got)
	}
	errs := Errors(&siglists.LoadError{Problems: []siglists.Problem{
		{File: "a", Line: 1, Text: "<<<<<<< HEAD", Reason: siglists.ReasonConflict}, {File: "a", Line: 2, Text: "foo(", Reason: "missing )"}, {File: "b", Reason: "no such file"},
	}})
	if got := found(errs); got != "1 conflict-marker, 2 refused, 0 refused" {
		t.Errorf("of lists that don't load: %s", got)
	}
}

func TestDisable(t *testing.T) {
	set := setOfLists(t, map[siglists.Name]string{siglists.Prefix: "foo.*\nfoo.*"})
	if got := found(findingsOf(t, set, Options{Disable: []Check{TrailingAny}})); got != "2 duplicate by 1" {
		t.Errorf("found %q", got)
	}
	if _, err := ParseChecks([]string{"duplicate", "nonsense"}); err == nil {
		t.Error("an unknown check can be disabled")
	}
	if _, err := ParseChecks([]string{"refused"}); err == nil {
		t.Error("errors can be disabled")
	}
	for _, c := range Checks() {
		if _, err := ParseChecks([]string{string(c.Name)}); (err == nil) != (c.Name != Refused && c.Name != Conflict) {
			t.Errorf("%s: %v", c.Name, err)
		}
	}
}

// TestUndecided: what takes too much is said, line by line, until all lists together have taken too much; the other
// checks go on. It ends with its context.
func TestUndecided(t *testing.T) {
	costly := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, ".*a.{%d}b\n", 30+i)
		}
		return b.String()
	}
	for _, c := range []struct{ name, prefix, want string }{
		{"one line", "foo\nfoobar\n" + costly(1), "2 shadowed by 1"},
		{"two lines", "foo\nfoobar\n" + costly(2), "2 shadowed by 1, 4 undecided"},
		{"many lines", costly(200) + "foo\nfoo", "202 duplicate by 201"},
		{"in no time", strings.Repeat("(.*)*(.*)*(.*)*=1\n", 1) + "(.*)*(.*)*(.*)*=12", "2 shadowed by 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			set := setOfLists(t, map[siglists.Name]string{siglists.Prefix: c.prefix})
			got := found(findingsOf(t, set, Options{Disable: []Check{Order}}))
			if c.name == "many lines" {
				if n := strings.Count(got, "undecided"); n == 0 || n == 200 || !strings.Contains(got, c.want) {
					t.Errorf("%d lines undecided: %s", n, got)
				}
			} else if got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if findings, err := Run(ctx, set, Options{}); !errors.Is(err, context.Canceled) || findings != nil {
				t.Errorf("after the end: %v, %v", findings, err)
			}
		})
	}
}

// findingsOf are those of a set, without a limit on time.
func findingsOf(t testing.TB, set *siglists.Set, o Options) []Finding {
	t.Helper()
	findings, err := Run(t.Context(), set, o)
	if err != nil {
		t.Fatal(err)
	}
	return findings
}

// No line is analysed once the command is to end.
func TestReadListEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	l := &linter{ctx: ctx, budget: pyre.NewBudget(ctx, maxSteps, nil)}
	if read := l.readList(&siglists.List{Name: siglists.Prefix, Lines: []siglists.Line{{Text: "a"}}}); len(read.lines) > 0 {
		t.Error("a line was read")
	}
}
