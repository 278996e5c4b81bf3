package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/sigdiff/sigdiff/internal/madeup"
)

const docs = "../../docs"

// workflowSteps reads the steps of a GitHub Actions workflow that run something: "JOB/STEP" and the
// commands. It knows as much YAML as that takes.
func workflowSteps(text string) map[string]string {
	steps := map[string]string{}
	job, name, inJobs := "", "", false
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		body := strings.TrimPrefix(strings.TrimSpace(line), "- ")
		switch {
		case line == "jobs:":
			inJobs = true
		case inJobs && strings.HasPrefix(line, "  ") && indent(line) == 2:
			job = strings.TrimSuffix(body, ":")
		case strings.HasPrefix(body, "name: "):
			name = strings.TrimPrefix(body, "name: ")
		case body == "run: |":
			steps[job+"/"+name] = block(lines[i+1:], indent(line))
		case strings.HasPrefix(body, "run: "):
			steps[job+"/"+name] = strings.TrimPrefix(body, "run: ")
		}
	}
	return steps
}

func indent(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

// block is the lines that are further in than a column.
func block(lines []string, column int) string {
	var kept []string
	for _, line := range lines {
		if strings.TrimSpace(line) != "" && indent(line) <= column {
			break
		}
		kept = append(kept, line)
	}
	return strings.Join(kept, "\n")
}

// docBlocks are the fenced blocks of a Markdown page in one language.
func docBlocks(text, language string) []string {
	var blocks []string
	for _, part := range regexp.MustCompile("(?ms)^```"+language+"\n(.*?)^```$").FindAllStringSubmatch(text, -1) {
		blocks = append(blocks, part[1])
	}
	return blocks
}

// fetching is a command that needs the network; tests run $GET in its place.
var fetching = regexp.MustCompile(`(?m)^(\s*)sigdiff fetch --corpus nightly [^|\n]*`)

// reviewing is a command that asks a service, which is a stand-in's.
var reviewing = regexp.MustCompile(`(?m)^(\s*)sigdiff review `)

// documented finds the commands of a step: of a workflow "FILE.yml JOB/STEP", of a page "FILE.md sh 0", the
// first block in sh, or "FILE.md cron 0", the first line of a crontab.
func documented(ts *testscript.TestScript, args []string) string {
	text, err := os.ReadFile(filepath.Join(docs, args[0]))
	ts.Check(err)
	commands, ok := "", false
	switch filepath.Ext(args[0]) {
	case ".yml":
		commands, ok = workflowSteps(string(text))[args[1]]
	default:
		number, err := strconv.Atoi(args[2])
		ts.Check(err)
		if blocks := docBlocks(string(text), args[1]); number < len(blocks) {
			commands, ok = blocks[number], true
		}
		if args[1] == "cron" {
			commands = cronCommand(commands)
		}
	}
	if !ok {
		ts.Fatalf("%s has no %s", args[0], strings.Join(args[1:], " "))
	}
	commands = reviewing.ReplaceAllString(commands, `${1}sigdiff review --host "$$STANDIN" --rate 0 `)
	return fetching.ReplaceAllString(commands, "${1}$$GET ")
}

// cronCommand is the command of a crontab's line: what follows the five fields of its time.
func cronCommand(crontab string) string {
	line := regexp.MustCompile(`(?m)^(?:[\d*,/-]+\s+){5}(.*)$`).FindStringSubmatch(crontab)
	if line == nil {
		return "false"
	}
	return line[1]
}

// runDocumented runs what the documentation says: documented CODE FILE WHAT...
func runDocumented(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: documented CODE FILE.yml JOB/STEP, or documented CODE FILE.md LANGUAGE NUMBER")
	}
	exitCode(ts, false, []string{args[0], "bash", "-eo", "pipefail", "-c", documented(ts, args[1:])})
}

// writeDemo writes the demo's crashes and siglists: demofiles DIR.
func writeDemo(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: demofiles DIR")
	}
	dir := ts.MkAbs(args[0])
	crashes, base, candidate := madeup.Demo()
	ts.Check(os.MkdirAll(dir, 0o700))
	f, err := os.Create(filepath.Join(dir, "crashes.ndjson"))
	ts.Check(err)
	for _, doc := range crashes {
		_, err := fmt.Fprintf(f, "%s\n", doc)
		ts.Check(err)
	}
	ts.Check(f.Close())
	ts.Check(os.CopyFS(filepath.Join(dir, "base"), base))
	ts.Check(os.CopyFS(filepath.Join(dir, "candidate"), candidate))
}

// TestEveryDocumentedStepIsRun keeps the scripts from passing over a step that was added.
func TestEveryDocumentedStepIsRun(t *testing.T) {
	script := readText(t, "testdata/script/nightly.txtar")
	scripts := script + readText(t, "testdata/script/test.txtar") + readText(t, "testdata/script/review.txtar")
	for _, workflow := range workflows(t) {
		for step := range workflowSteps(readText(t, workflow)) {
			if !strings.HasSuffix(step, "/Install sigdiff") && !strings.Contains(scripts, filepath.Base(workflow)+" '"+step+"'") {
				t.Errorf("no script runs the step %q of %s", step, workflow)
			}
		}
	}
	page := readText(t, docs+"/nightly.md")
	for i := range docBlocks(page, "cron") { // those in sh are run by TestExamples
		if !strings.Contains(script, fmt.Sprintf("nightly.md cron %d", i)) {
			t.Errorf("no script runs block %d in cron of nightly.md", i)
		}
	}
}

// workflows are the files of all workflows.
func workflows(t *testing.T) []string {
	t.Helper()
	all, err := filepath.Glob(docs + "/workflows/*.yml")
	if err != nil || len(all) == 0 {
		t.Fatal(all, err)
	}
	return all
}

// TestWorkflowIsPinned: what a workflow runs is what somebody looked at, it ends, and it leaves no credentials
// where a pull request's files are.
func TestWorkflowIsPinned(t *testing.T) {
	for _, workflow := range workflows(t) {
		t.Run(filepath.Base(workflow), func(t *testing.T) { checkPinned(t, readText(t, workflow)) })
	}
}

func checkPinned(t *testing.T, text string) {
	pinned := regexp.MustCompile(`^\s*- uses: [\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$`)
	for line := range strings.SplitSeq(text, "\n") {
		if strings.Contains(line, "uses:") && !pinned.MatchString(line) {
			t.Errorf("not pinned by a commit, with its version: %s", line)
		}
	}
	for _, loose := range []string{"@latest", "stable", "@main", "@master"} {
		if strings.Contains(text, loose) {
			t.Errorf("it holds %q", loose)
		}
	}
	jobs, steps := strings.Count(text, "    runs-on: "), strings.Count(text, "actions/checkout@")
	if n := strings.Count(text, "    timeout-minutes: "); n != jobs || jobs == 0 {
		t.Errorf("%d of %d jobs have an end", n, jobs)
	}
	if n := strings.Count(text, "          persist-credentials: false\n"); n != steps {
		t.Errorf("%d of %d checkouts keep no credentials", n, steps)
	}
	version := regexp.MustCompile(`(?m)^go (\S+)$`).FindStringSubmatch(readText(t, "../../go.mod"))
	if n := strings.Count(text, `go-version: "`+version[1]+`"`); n != strings.Count(text, "go-version:") {
		t.Errorf("Go is not that of go.mod, %s", version[1])
	}
}

// TestForks: the workflow that works on what strangers send has no secrets and may write nothing, and the one that may
// write takes nothing of theirs but a text.
func TestForks(t *testing.T) {
	page, comment := readText(t, docs+"/workflows/siglists-page.yml"), readText(t, docs+"/workflows/siglists-comment.yml")
	if strings.Contains(page, "secrets.") || strings.Contains(page, ": write") || strings.Contains(page, "pull_request_target") {
		t.Error("the page is made with more rights than reading")
	}
	if strings.Contains(comment, "uses:") || strings.Contains(comment, "checkout@") || strings.Contains(comment, "sigdiff review HEAD") {
		t.Error("the comment is posted by a run of more than its own commands")
	}
	for step, commands := range workflowSteps(page + "\n" + comment) {
		if strings.Contains(commands, "${{") {
			t.Errorf("%s puts a value into its commands, where it could be a command itself", step)
		}
	}
}

func readText(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestWorkflowSteps(t *testing.T) {
	got := workflowSteps("on:\n  push:\njobs:\n  one:\n    steps:\n      - name: A b\n        run: x y\n      - name: C\n        run: |\n          p\n            q\n      - uses: z\n  two:\n    steps:\n      - name: C\n        run: r\n")
	var names []string
	for name, commands := range got {
		names = append(names, name+"="+strings.Join(strings.Fields(commands), " "))
	}
	slices.Sort(names)
	if want := []string{"one/A b=x y", "one/C=p q", "two/C=r"}; !slices.Equal(names, want) {
		t.Errorf("got %q, want %q", names, want)
	}
}
