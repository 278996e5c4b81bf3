package signatures

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/internal/enginetest"
)

// TestNoSignatureIsMisspelt: no signature that the reference made counts as one that can't be.
func TestNoSignatureIsMisspelt(t *testing.T) {
	files, err := filepath.Glob("testdata/vectors/*.ndjson.gz")
	if err != nil || len(files) == 0 {
		t.Fatalf("no vectors: %v", err)
	}
	shared, _ := filepath.Glob("../../../shared/vectors/*.ndjson.gz")
	if len(shared) == 0 {
		t.Log("no ../shared beside the project: only the project's own vectors are tried")
	}
	tried := map[string]bool{}
	for _, file := range append(files, shared...) {
		enginetest.EachVector(t, file, func(v enginetest.Vector) {
			rules := DefaultRules()
			if v.Ruleset != "" {
				rules = namedRules(v.Ruleset)
			}
			if strings.HasPrefix(v.ID, "random-") {
				return // their modules and Java frames have the texts of functions
			}
			if tried[v.Ruleset+v.Signature] {
				return
			}
			tried[v.Ruleset+v.Signature] = true
			if m := rules.Misspelt(v.Signature); m != nil && !m.CPP {
				t.Errorf("%s: %q: %s", v.ID, v.Signature, m)
			}
		})
	}
	if len(tried) < 100 {
		t.Errorf("only %d signatures", len(tried))
	}
}

func TestMisspelt(t *testing.T) {
	long := strings.Repeat("mozilla::dom::Foo::Bar | ", 11)
	for text, want := range map[string]string{
		"nsAppShell::ProcessNextNativeEvent(bool)":                  "no signature can be this: arguments are dropped; nsAppShell::ProcessNextNativeEvent is how it would be written",
		"[@ OOM | small ]":                                          "no signature can be this: [@ and ] are what Bugzilla puts around one; OOM | small is how it would be written",
		"[@ Foo::bar() ]":                                           "[@ and ] are what Bugzilla puts around one, arguments are dropped; Foo::bar",
		"mozalloc_abort(char const*)":                               "arguments are dropped; mozalloc_abort",
		"OOM | large | mozalloc_abort(char const* const) | js::Foo": "arguments are dropped; OOM | large | mozalloc_abort | js::Foo",
		"bool Foo::bar(int, char) const":                            "const and & at the end are dropped, what stands before a function's name is dropped, arguments are dropped; Foo::bar",
		"Foo::bar() | Foo::baz()":                                   "arguments are dropped; Foo::bar | Foo::baz",
		"nsTArray<int>::Length":                                     "template arguments become <T>; nsTArray<T>::Length",
		"std::map<int, std::vector<int> >::at":                      "template arguments become <T>; std::map<T>::at",
		"(anonymous namespace)::Foo::bar(int)":                      "arguments are dropped; (anonymous namespace)::Foo::bar",
		"core::ptr::drop_in_place<alloc::Vec<u8>>":                  "template arguments become <T>; core::ptr::drop_in_place<T>",
		"Foo::bar::$_12::operator()":                                "no signature can be this: the numbers of lambdas are dropped; Foo::bar::$::operator()",
		"Foo::bar::$_12::__invoke":                                  "no signature of C++ can be this: the numbers of lambdas are dropped; Foo::bar::$::__invoke",
		"`anonymous namespace'::Foo":                                "no signature of C++ can be this: `anonymous namespace' becomes (anonymous namespace); (anonymous namespace)::Foo",
		"`anonymous namespace'::Foo(int)":                           "no signature can be this: `anonymous namespace' becomes (anonymous namespace), arguments are dropped; (anonymous namespace)::Foo",
		"@0x0000001f":                                               "an offset has no leading zeros; @0x1f",
		" Foo::bar ":                                                "only printable characters of ASCII are kept, and no space around them; Foo::bar",
		"Foo::b\u00e4r":                                             "only printable characters of ASCII are kept, and no space around them; Foo::br",
		"Foo\u00a0| bar\u200b":                                      "only printable characters of ASCII are kept, and no space around them; Foo| bar",
		"Foo |  bar":                                                "white space becomes one space; Foo | bar",
		"\u00e4":                                                    "only printable characters of ASCII are kept, and no space around them, and nothing is left",
		long:                                                        "",
		"java.lang.IllegalStateException: no at a.b.C.d(C.java:12)": "addresses become <addr>, and source lines of Java are dropped; java.lang.IllegalStateException: no at a.b.C.d(C.java)",
		"java.lang.RuntimeException: x@1a2b3c4d at a.b(C.java)":     "addresses become <addr>, and source lines of Java are dropped; java.lang.RuntimeException: x@<addr>: at a.b(C.java)",
		"java.lang.RuntimeException: at a.b(C.java:7)":              "addresses become <addr>, and source lines of Java are dropped; java.lang.RuntimeException: at a.b(C.java)",
	} {
		if text == long {
			want = "a signature has 255 characters at most; " + long[:252] + "..."
		}
		if m := DefaultRules().Misspelt(text); m == nil || !strings.Contains(m.String(), want) {
			t.Errorf("%q: %v; want %s", text, m, want)
		}
	}
	if m := namedRules("2023").Misspelt("Foo::b\u00e4r"); m != nil {
		t.Errorf("the rules of 2023 keep what isn't ASCII: %s", m)
	}
}

// TestSpelt: what looks odd and is a signature.
func TestSpelt(t *testing.T) {
	for _, text := range []string{
		"", "OOM | small", "OOM | large | EMPTY: no frame data available; ERROR_NO_MINIDUMP_HEADER", "shutdownhang | __psynch_cvwait | foo:123",
		"(anonymous namespace)::Foo", "Foo::operator()", "Foo::operator<", "Foo::operator new", "mozilla::Variant<T>::operator==", "foo::isconst", "Foo::`vftable'",
		"<name omitted>", "<unknown in xul.dll>", "(unloaded foo.dll)", "foo.cpp#12", "libfoo (deleted)", "Program(1)", "@0x1f", "@0x0", "linux-gate.so",
		"IPC::ParamTraits<mozilla::dom::Foo>::Read", "<T as core::fmt::Display>::fmt", "core::ops::function::FnOnce::call_once{{vtable.shim}}", "foo::{{closure}}",
		"-[NSApplication run]", "_ZN3foo3barEv", "foo [clone .isra.3]", "js::jit::MaybeEnterJit:1234",
		"Abort | f(x) != g<y>(z) | Foo::bar", "AsyncShutdownTimeout | profile-change (teardown) | A::b(c)", "IPCError-browser | (msgtype=0x2C0008,name=PFoo::Msg_Bar) Error",
		"Foo::bar | IPC_Message_Name=PFoo::Msg_Bar(x)", "hang: ui | Foo::bar", strings.Repeat("a", 241) + "::foo(bar)<...", // cut
		"java.lang.NullPointerException: at a.b(C.java)", "java.lang.RuntimeException: x@<addr>: at a.b(C.java)", "java.lang.Error: m(int) : at x at y(Z.java)", "java.lang.Error",
		"EMPTY: Java stack trace not in expected format",
	} {
		if m := DefaultRules().Misspelt(text); m != nil {
			t.Errorf("%q: %s", text, m)
		}
	}
}

// TestSignaturesOfFunctionsAreSpelt: whatever function a crash has, its signature is none that can't be.
func TestSignaturesOfFunctionsAreSpelt(t *testing.T) {
	w := NewGenerator(enginetest.NewSet(t, "zz", "zz", "a\nstd", "js"), DefaultRules()).Worker()
	pieces := rapid.SampledFrom([]string{
		"void ", "static ", "const ", "unsigned long ", "a", "std", "js", "::", "::", "::operator", "operator", "()", "(int)", "(void (*)(char const*), Foo<int, 3> const&)", "<int>", "<A<B>, C>",
		"<impl X as Y>", "<name omitted>", "IPC::ParamTraits", "::$_12::", "::$_1::$_2::", "::$::", "(anonymous namespace)", "`anonymous namespace'", "[clone .cold.3]", " [clone .isra.0]", "[abi:cxx11]", "{{closure}}",
		" const", "&&", " &", "const", ",", ", ", " ", "::h0123abcdef", "~", "->", "<", ">", "(", ")", "12", "new", "bool", "*",
	})
	rapid.Check(t, func(t *rapid.T) {
		function := strings.Join(rapid.SliceOfN(pieces, 1, 8).Draw(t, "function"), "")
		function = strings.ReplaceAll(function, "  ", " ") // spaces in a row go, and with them how brackets nested
		for _, file := range []string{"", "/a.rs"} {
			doc, err := json.Marshal(map[string]any{"json_dump": map[string]any{"threads": []any{map[string]any{"frames": []any{map[string]any{"function": function, "file": file, "line": 7}}}}}})
			if err != nil {
				t.Fatal(err)
			}
			c, err := crashdata.ParseProcessed(doc)
			if err != nil {
				t.Fatal(err)
			}
			r, err := w.Generate(c)
			if err != nil {
				t.Fatal(err)
			}
			if m := DefaultRules().Misspelt(r.Signature); m != nil && (!m.CPP || file == "") {
				t.Fatalf("%q of %q in %q: %s", r.Signature, function, file, m)
			}
		}
	})
}
