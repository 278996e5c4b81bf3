package main

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
	"github.com/spf13/pflag"
)

// manDir is where 'make man' wants the pages. They are made here, and not by a command, so that what
// renders them is no part of the program.
var manDir = flag.String("man", "", "write the man pages into this folder")

// TestManPages makes the man pages: one for every command, without the day on which they were made, and
// man has nothing to complain about.
func TestManPages(t *testing.T) {
	dir := t.TempDir()
	if *manDir != "" {
		dir = *manDir
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	commands := everyCommand()
	root := commands["sigdiff"]
	for _, cmd := range commands {
		forMan(cmd)
	}
	date := manDate(t)
	header := &doc.GenManHeader{Section: "1", Source: "sigdiff", Manual: "sigdiff", Date: &date}
	if err := doc.GenManTreeFromOpts(root, doc.GenManTreeOptions{Header: header, Path: dir, CommandSeparator: "-"}); err != nil {
		t.Fatal(err)
	}
	for path := range commands {
		page := readText(t, filepath.Join(dir, strings.ReplaceAll(path, " ", "-")+".1"))
		for _, section := range []string{".SH NAME", ".SH SYNOPSIS", ".SH EXIT CODES", ".SH EXAMPLE"} {
			if !strings.Contains(page, section) {
				t.Errorf("the page of %s has no %q", path, section)
			}
		}
	}
	t.Run("rendered", func(t *testing.T) { renderMan(t, dir) })
}

// manDate is the date that the pages carry: $SOURCE_DATE_EPOCH, as in other reproducible builds.
func manDate(t *testing.T) time.Time {
	t.Helper()
	text := os.Getenv("SOURCE_DATE_EPOCH")
	if text == "" {
		text = "1793491200" // any day will do for a test
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		t.Fatalf("SOURCE_DATE_EPOCH: %v", err)
	}
	return time.Unix(seconds, 0).UTC()
}

// forMan makes Markdown of the texts of a command, which is what its page is made of.
func forMan(cmd *cobra.Command) {
	cmd.DisableAutoGenTag = true
	cmd.Long = strings.ReplaceAll(markdown(cmd.Long), "Exit codes: ", "# EXIT CODES\n")
	cmd.Short = escapeMarkdown(cmd.Short)
	escape := func(f *pflag.Flag) { f.Usage = escapeMarkdown(f.Usage) }
	cmd.LocalNonPersistentFlags().VisitAll(escape)
	if !cmd.HasParent() {
		cmd.PersistentFlags().VisitAll(escape)
	}
}

var escapeMarkdown = strings.NewReplacer(`\`, `\\`, "*", `\*`, "_", `\_`, "<", `\<`, "`", "\\`", "[", `\[`, "]", `\]`).Replace

// markdown is a help text as Markdown: what is further in than the rest, such as a table, stays line by
// line, and the rest is text in which nothing has a meaning.
func markdown(text string) string {
	var b strings.Builder
	inBlock := false
	for line := range strings.Lines(text) {
		block := strings.HasPrefix(line, "  ")
		if block != inBlock {
			b.WriteString("\n")
		}
		if inBlock = block; block {
			b.WriteString("    " + line)
		} else {
			b.WriteString(escapeMarkdown(line))
		}
	}
	return b.String()
}

// renderMan has man render all pages, one after the other, and takes each warning as a fault.
func renderMan(t *testing.T, dir string) {
	if _, err := exec.LookPath("man"); err != nil {
		t.Skip("skipped: there is no man to render the pages with")
	}
	pages, err := filepath.Glob(filepath.Join(dir, "*.1"))
	if err != nil || len(pages) < len(everyCommand()) {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	var all strings.Builder
	for _, page := range pages {
		all.WriteString(readText(t, page))
	}
	cmd := exec.Command("man", "--warnings", "-l", "-") // once: it starts a dozen programs
	cmd.Env = append(os.Environ(), "MANWIDTH=80", "MAN_KEEP_FORMATTING=", "LC_ALL=C.UTF-8")
	cmd.Stdin = strings.NewReader(all.String())
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil || stderr.Len() > 0 {
		t.Errorf("man -l: %v\n%s", err, &stderr)
	}
	if text := stdout.String(); strings.Count(text, "EXIT CODES") != len(pages) || strings.Contains(text, `\_`) {
		t.Errorf("%d pages render as\n%s", len(pages), text)
	}
}
