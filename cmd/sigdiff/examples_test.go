package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// notRun are the examples that tests can't run, by how they begin, and why.
var notRun = map[string]string{
	"cd beam":                           "the pipeline is a module of its own, whose tests run it",
	"# Flink: a job server":             "it takes clusters",
	"sigdiff diff --base python:":       "Python with glom need not be there; TestPython of internal/execside runs it where it is",
	"sigdiff serve":                     "it runs until it is interrupted; TestServeParity and TestServeWatch run it",
	"curl":                              "it takes a server that runs; TestServeParity asks one",
	"sigdiff site":                      "it takes the engine for browsers, which need not be built in; site.txtar runs it where it is",
	"zcat crashes.ndjson.gz | parallel": "GNU parallel need not be there; signature.txtar runs what it would run",
}

// example is a piece of documentation that somebody will type.
type example struct {
	where    string
	commands string
	output   string // what must be in its output, line by line in that order; "..." stands for any lines
}

// examples are all blocks in sh and console of the pages, and the examples in the help.
func examples(t *testing.T) []example {
	t.Helper()
	var all []example
	for _, page := range pages(t) {
		text := readText(t, page)
		for i, block := range docBlocks(text, "sh") {
			all = append(all, example{where: fmt.Sprintf("%s sh %d", filepath.Base(page), i), commands: block})
		}
		for i, block := range docBlocks(text, "console") {
			command, output, _ := strings.Cut(strings.TrimPrefix(block, "$ "), "\n")
			all = append(all, example{fmt.Sprintf("%s console %d", filepath.Base(page), i), command, output})
		}
	}
	commands := everyCommand()
	for _, path := range slices.Sorted(maps.Keys(commands)) {
		all = append(all, example{where: path + " --help", commands: commands[path].Example})
	}
	return all
}

// pages are the pages of documentation.
func pages(t *testing.T) []string {
	t.Helper()
	all := []string{"../../README.md", "../../CONTRIBUTING.md", "../../beam/README.md"}
	err := filepath.WalkDir(docs, func(path string, _ fs.DirEntry, err error) error {
		if filepath.Ext(path) == ".md" {
			all = append(all, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestExamples runs every example, as it stands, in a shell. What is not the same everywhere is made up:
// a stand-in answers in place of Crash Stats, and a repository in place of Socorro's.
func TestExamples(t *testing.T) {
	for _, program := range []string{"bash", "git"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("skipped: there is no %s to run the examples with", program)
		}
	}
	world := makeWorld(t)
	used := map[string]bool{}
	for _, e := range examples(t) {
		if begin := notToRun(e.commands); begin != "" {
			used[begin] = true
			continue
		}
		t.Run(strings.ReplaceAll(e.where, " ", "-"), func(t *testing.T) {
			t.Parallel()
			out := world.run(t, e.commands)
			if e.output != "" {
				checkShown(t, e.output, out)
			}
		})
	}
	for begin := range notRun {
		if !used[begin] {
			t.Errorf("no example begins with %q any more", begin)
		}
	}
}

func notToRun(commands string) string {
	for begin := range notRun {
		if strings.HasPrefix(strings.TrimSpace(commands), begin) {
			return begin
		}
	}
	return ""
}

// checkShown checks that a page shows what a command prints: its lines in order, with gaps only at "...",
// and broken as the page is wide.
func checkShown(t *testing.T, shown, printed string) {
	t.Helper()
	rest := words(printed)
	for part := range strings.SplitSeq("\n"+shown, "\n...\n") {
		_, after, found := strings.Cut(rest, words(part))
		if !found {
			t.Errorf("this is shown, and not printed (any more):\n%s\nprinted:\n%s", part, printed)
			return
		}
		rest = after
	}
}

func words(text string) string { return strings.Join(strings.Fields(text), " ") }

// Commands in the pages are in blocks that TestExamples runs, and in no other kind of block.
func TestNoExampleHides(t *testing.T) {
	command := regexp.MustCompile(`^(    |\t)\$? ?(sigdiff|make|git|go|zcat) [a-z-]`)
	fence := regexp.MustCompile("^ *```(.*)$")
	for _, page := range pages(t) {
		fenced := false
		for i, line := range strings.Split(readText(t, page), "\n") {
			if m := fence.FindStringSubmatch(line); m != nil {
				fenced = !fenced
				if known := slices.Contains([]string{"sh", "console", "cron", "json", "python", "text", "toml"}, m[1]); fenced && !known || strings.HasPrefix(line, " ") {
					t.Errorf("%s:%d: a block in %q; commands go into sh or console, at the start of the line", page, i+1, m[1])
				}
			} else if !fenced && command.MatchString(line) {
				t.Errorf("%s:%d: a command outside of a fenced block: %s", page, i+1, line)
			}
		}
	}
}

// preamble is what stands before the examples: sigdiff asks the stand-in, and exits without failure where
// the example asks for the exit code of a change, or nothing was lost that could be fetched; make and go build and test the project, which is
// what runs already: of make only the targets are looked up.
const preamble = `
sigdiff() {
	local args=() arg
	for arg in "$@"; do args+=("${arg//https:\/\/crash-stats.mozilla.org/$STANDIN}"); done
	case "$*" in
	review\ *--corpus*) args+=(--host "$STANDIN") ;;
	fetch\ * | screen\ * | review\ * | check-parity\ * | verify\ * | signature\ *--fetch*) args+=(--host "$STANDIN" --rate 0) ;;&
	fetch\ * | import\ *)
		case "$# $*" in # the corpora are there already
		"3 fetch --corpus "* | "4 fetch --corpus "*" --no-raw" | *" --add"* | *" --replace"*) ;;
		*" --corpus "*) args+=(--replace) ;;
		esac ;;
	"demo --crashes "*) args=(demo --crashes 100 "${@:4}") ;;
	"corpus create "* | "corpus sample "*) command sigdiff corpus delete "$3" >/dev/null 2>&1 || true ;;
	esac
	local code=0
	command sigdiff "${args[@]}" || code=$?
	case "$code $1 $*" in
	"1 lint "* | "3 review "* | [13]" verify "* | "1 "*" --exit-code"* | "3 fetch "*" --ids lost.txt" | "3 screen "*" --no-fetch"*) return 0 ;;
	esac
	return $code
}
make() {
	for target in "$@"; do [[ $target == *=* ]] || grep -q "^$target:" "$ROOT/Makefile" || { echo "no target $target"; return 1; }; done
	mkdir -p bin && ln -sf "$(type -P sigdiff)" bin/sigdiff
}
go() { echo "go $*"; }
`

// run runs commands in a copy of the world.
func (w *world) run(t *testing.T, commands string) string {
	t.Helper()
	home := filepath.Join(t.TempDir(), "home")
	if err := os.CopyFS(home, os.DirFS(w.home)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("bash", "-eo", "pipefail", "-c", preamble+commands)
	cmd.Dir = filepath.Join(home, "work")
	cmd.Env = append(os.Environ(), w.environment(home)...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Errorf("%s\n%v\nstdout:\n%s\nstderr:\n%s", commands, err, &stdout, &stderr)
	}
	return stdout.String()
}
