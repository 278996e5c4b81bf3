package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/siglists"
)

// someLines are lines that random edits add. Some touch nearly everything, some nothing, some are no lines.
var someLines = []string{
	"ns", "PR_", ".*Wait", "js::", `js::\w+Run`, "mozilla::", "mozilla::dom::", "mozilla::ipc::MessageChannel", "std::", "core::", "@0x", "xul.dll",
	"memcpy", "__poll", "poll", `(a)\1`, "(?i)MOZ", "a|", "NS_", "shutdownhang", "RunWatchdog", "mozalloc", "Foo::Bar", "moz_abort", ".*", "je_", "lib.*so", "(",
}

// sequences is how many sequences of edits are tried: make edits tries 200.
var sequences = flag.Int("sequences", 20, "how many sequences of edits TestWorkbenchIsDiff tries")

// randomChange is a line of an edit.
func randomChange(r *rand.Rand, base *siglists.Set) siglists.Change {
	name := siglists.Names()[r.IntN(4)]
	if lines := base.List(name).Lines; r.IntN(3) == 0 {
		return siglists.Change{Line: lines[r.IntN(len(lines))]}
	}
	return siglists.Change{Line: siglists.Line{List: name, Text: someLines[r.IntN(len(someLines))]}, Added: true}
}

// randomEdits are edits as somebody makes them one after the other: a line comes, or goes, or another takes its place.
func randomEdits(r *rand.Rand, base *siglists.Set) (edits []string) {
	lines := []string{randomChange(r, base).Edit()}
	for range 3 {
		edits = append(edits, strings.Join(lines, "\n")+"\n")
		switch at := r.IntN(len(lines)); {
		case len(lines) > 1 && r.IntN(3) == 0:
			lines = slices.Delete(lines, at, at+1)
		case r.IntN(3) == 0:
			lines[at] = randomChange(r, base).Edit()
		default:
			lines = append(lines, randomChange(r, base).Edit())
		}
	}
	return edits
}

// flagsOf are the flags that say what an edit file does.
func flagsOf(edit string) (flags []string) {
	for line := range strings.Lines(edit) {
		list, text, _ := strings.Cut(strings.TrimSuffix(line[2:], "\n"), " ")
		flags = append(flags, map[byte]string{'+': "--add", '-': "--remove"}[line[0]], list+":"+text)
	}
	return flags
}

// workbenchLists are a folder with a cache of its own, and the siglists that are edited.
func workbenchLists(t *testing.T) (dir, base string, set *siglists.Set) {
	t.Helper()
	dir = t.TempDir()
	t.Setenv("SIGDIFF_CACHE", filepath.Join(dir, "crashes.db"))
	base, _, err := demoFolders(dir)
	if err != nil {
		t.Fatal(err)
	}
	if set, err = siglists.LoadDir(base); err != nil {
		t.Fatal(err)
	}
	return dir, base, set
}

// TestWorkbenchIsDiff: of one edit after the other, the server's report is that of sigdiff diff, byte for byte, whether that is
// told the edit by a file or by flags, and what one refuses the other does, too.
func TestWorkbenchIsDiff(t *testing.T) {
	dir, base, set := workbenchLists(t)
	file, odd, edit := filepath.Join(dir, "crashes.ndjson"), filepath.Join(dir, "odd.json"), filepath.Join(dir, "edit.txt")
	writeCrashes(t, file, 1, 800)
	if err := os.WriteFile(odd, []byte("{}\n"), 0o600); err != nil { // so that there is something to say of the corpus
		t.Fatal(err)
	}
	var lacks bytes.Buffer
	if code := run(t.Context(), []string{"import", file, odd, "--corpus", "all"}, strings.NewReader(""), io.Discard, &lacks); code != exit.Incomplete {
		t.Fatalf("import: %d %s", code, lacks.String())
	}
	s := startServe(t, "--siglists", base, "--corpus", "all")
	r, made := rand.New(rand.NewPCG(1, 2)), 0
	var edits []string
	for range *sequences {
		edits = append(edits, randomEdits(r, set)...)
	}
	for i, text := range edits {
		if err := os.WriteFile(edit, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var want, said bytes.Buffer
		told := [][]string{{"--edit", edit}, flagsOf(text)}[i%2]
		code := run(t.Context(), append([]string{"diff", "--base", base, "--corpus", "all", "--format", "json"}, told...), strings.NewReader(""), &want, &said)
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.address+"/report.json?edit="+url.QueryEscape(text), nil)
		if err != nil {
			t.Fatal(err)
		}
		status, got, _ := do(t, request)
		switch {
		case code == exit.Usage && status == http.StatusBadRequest:
			continue
		case got != want.String():
			t.Fatalf("%sdiff: %d %s\n%s\nserved: %d\n%s", text, code, said.String(), want.String(), status, got)
		}
		made++
	}
	var longest strings.Builder
	for i := range siglists.MaxChanges {
		fmt.Fprintf(&longest, "+ prefix mozilla::some::LongName::%d<T>::operator()\n", i)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.address+"/edit.txt?edit="+url.QueryEscape(longest.String()), nil)
	if err != nil {
		t.Fatal(err)
	}
	if status, got, _ := do(t, request); status != http.StatusOK || got != longest.String() {
		t.Errorf("the longest edit: %d %.300s", status, got)
	}
	if made < len(edits)/2 {
		t.Errorf("%d of %d edits load", made, len(edits))
	}
}

// TestWorkbenchCommand: the command line names what the server was told to use.
func TestWorkbenchCommand(t *testing.T) {
	a := &app{}
	cmd, _, err := a.rootCommand([]string{"serve"}).Find([]string{"serve"})
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.ParseFlags([]string{"--cache", "my crashes.db", "--rules", "stack", "--repo", "clone", "--siglists-path", "lists", "--listen", "127.0.0.1:0"}); err != nil {
		t.Fatal(err)
	}
	o := workbenchOptions{corpus: "all", base: "main", repeated: repeated(cmd.Flags(), "repo", "siglists-path", "cache", "rules")}
	want := "sigdiff diff --base main --remove prefix:gone --corpus all --repo clone --siglists-path lists --cache 'my crashes.db' --rules stack"
	if got := o.command().Line([]siglists.Change{{Line: siglists.Line{List: siglists.Prefix, Text: "gone"}}}); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

// TestWorkbenchUsage: the workbench is for this machine alone.
func TestWorkbenchUsage(t *testing.T) {
	for _, args := range [][]string{
		{"--open"}, {"--base", "main"}, {"--corpus", "all", "--watch"}, {"--corpus", "all", "--insecure"}, {"--corpus", "all", "--host", "nowhere at all"},
	} {
		var said bytes.Buffer
		if code := run(t.Context(), append([]string{"serve"}, args...), strings.NewReader(""), &said, &said); code != exit.Usage {
			t.Errorf("%v: %d %s", args, code, said.String())
		}
	}
}

// TestWorkbenchKeepsItsBase: files that change while the server runs change none of its answers, and the page says of which lists they are.
func TestWorkbenchKeepsItsBase(t *testing.T) {
	dir, base, set := workbenchLists(t)
	writeCrashes(t, filepath.Join(dir, "crashes.ndjson"), 1, 50)
	runText(t, "import", filepath.Join(dir, "crashes.ndjson"), "--corpus", "all")
	s := startServe(t, "--siglists", base, "--corpus", "all")
	answers := func() (all string) {
		for _, path := range []string{"/", "/report.json", "/edit.patch", "/command.txt"} {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.address+path+"?edit="+url.QueryEscape("+ prefix mozilla::.*\n"), nil)
			if err != nil {
				t.Fatal(err)
			}
			status, got, _ := do(t, request)
			if status != http.StatusOK {
				t.Fatalf("%s: %d %s", path, status, got)
			}
			all += got
		}
		return all
	}
	before := answers()
	if !strings.Contains(before, "(digest "+set.Digest()+")") {
		t.Errorf("the page doesn't say that its lists are %s", set.Digest())
	}
	if err := os.WriteFile(filepath.Join(base, siglists.Prefix.File()), []byte("mozilla::.*\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if answers() != before {
		t.Error("the answers are of other lists than before")
	}
}
