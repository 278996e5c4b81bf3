package signatures

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/sigdiff/sigdiff/engine/crashdata"
)

var update = flag.Bool("update", false, "note what functions become")

// TestNormalVersion: blocks of crashes keep what Bare makes of functions, so that a file of before would go on to give what it made
// then. What is noted is the version, and a digest of what becomes of many functions, which has each kind of step in it.
func TestNormalVersion(t *testing.T) {
	const file = "testdata/normal"
	got := fmt.Sprintf("%d %s\n", NormalVersion, digestOfBare())
	want, err := os.ReadFile(file)
	if err != nil && !*update {
		t.Fatal(err)
	}
	switch version, _, _ := strings.Cut(string(want), " "); {
	case got == string(want):
	case version == fmt.Sprint(NormalVersion):
		t.Error("Bare makes something else of a function than before, under the same NormalVersion: blocks that were made before would be wrong. Raise it.")
	case *update:
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("NormalVersion was raised: note what Bare makes of functions with -update")
	}
}

// digestOfBare is a digest of what becomes of many functions.
func digestOfBare() string {
	parts := []string{
		"void ", "static ", "const", " const", " const&", "&&", "&", "*", " ", "  ", "operator", "::operator", "operator()", "operator<", "operator bool",
		"(anonymous namespace)", "`anonymous namespace'", "<name omitted>", "<", ">", "<T>", "(", ")", "()", "[", "]", "{", "}", "`", "'", ",", ", ", " as ", " in ",
		"IPC::ParamTraits", "::", "mozilla", "Foo", "bar", "T", "::$_", "12", "::$_3::", "[clone .cold]", "[clone .cold.4]", "clone .cold", ".llvm.7", "::h0123456789abcdef",
		"core::", "impl$0", "é", "\u00a0", "\u3000", "٣", "\n", "\t", "\x1f", "~", "=", ":", "lambda", "{{closure}}", "#0",
	}
	random, h := rand.New(rand.NewPCG(1, 2)), sha256.New()
	for range 100_000 {
		var b strings.Builder
		for range 1 + random.IntN(12) {
			b.WriteString(parts[random.IntN(len(parts))])
		}
		for _, kind := range []crashdata.FrameKind{crashdata.FrameCPP, crashdata.FrameRust} {
			bare, err := Bare(kind, b.String())
			fmt.Fprintf(h, "%q %v\n", bare, err)
		}
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}
