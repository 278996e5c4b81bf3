package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"github.com/sigdiff/sigdiff/internal/exit"
)

// openTerminal makes a terminal: what is written to one end is read at the other.
func openTerminal(t *testing.T) (shown, terminal *os.File) {
	t.Helper()
	shown, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skip("skipped: no terminals can be made here: ", err)
	}
	t.Cleanup(func() { _ = shown.Close() })
	var locked, number int32
	for request, value := range map[uintptr]*int32{syscall.TIOCSPTLCK: &locked, syscall.TIOCGPTN: &number} {
		if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, shown.Fd(), request, uintptr(unsafe.Pointer(value))); errno != 0 {
			t.Skip("skipped: no terminals can be made here: ", errno)
		}
	}
	terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skip("skipped: no terminals can be made here: ", err)
	}
	return shown, terminal
}

// onTerminal runs sigdiff on a terminal and gives what it shows.
func onTerminal(t *testing.T, args ...string) string {
	t.Helper()
	return shownOn(t, func(terminal *os.File) {
		var stderr strings.Builder
		if code := run(t.Context(), args, strings.NewReader(""), terminal, &stderr); code != exit.OK {
			t.Errorf("%q: exit code %d: %s", args, code, &stderr)
		}
	})
}

// shownOn gives what a terminal shows of what is written to it.
func shownOn(t *testing.T, write func(*os.File)) string {
	t.Helper()
	shown, terminal := openTerminal(t)
	text := make(chan string)
	go func() {
		all, _ := io.ReadAll(shown) // ends with an error when the terminal is closed
		text <- string(all)
	}()
	write(terminal)
	_ = terminal.Close()
	return <-text
}

// TestColoursOfDataAreShown: on a terminal only the colours of tables and texts pass, in which all data is
// spelled out; those in CSV, JSON, documents and Markdown are data.
func TestColoursOfDataAreShown(t *testing.T) {
	t.Setenv("NO_COLOR", "")
	t.Setenv("TERM", "xterm")
	t.Setenv("SIGDIFF_PAGER", "")
	dir := t.TempDir()
	lists := filepath.Join(dir, "lists")
	if err := os.Mkdir(lists, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"in.ndjson":                     `{"uuid":"` + evilID + `","signature":"old \u001b[31mred","json_dump":{"crash_info":{"crashing_thread":0},"threads":[{"frames":[{"function":"new \u001b[31mred"}]}]}}`,
		"lists/signature_sentinels.txt": "never", "lists/irrelevant_signature_re.txt": "never", "lists/prefix_signature_re.txt": "never", "lists/signatures_with_line_numbers_re.txt": "never",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	db := filepath.Join(dir, "c.db")
	onTerminal(t, "--cache", db, "import", filepath.Join(dir, "in.ndjson"), "--corpus", "c")
	for _, test := range []struct {
		coloured bool
		args     []string
	}{
		{true, []string{"diff", "--base", "recorded", "--candidate", lists}},
		{true, []string{"explain", evilID, "--candidate", lists}},
		{false, []string{"diff", "--base", "recorded", "--candidate", lists, "--format", "csv"}},
		{false, []string{"diff", "--base", "recorded", "--candidate", lists, "--format", "csv", "--by", "group"}},
		{false, []string{"diff", "--base", "recorded", "--candidate", lists, "--format", "markdown"}},
		{false, []string{"signature", "--siglists", lists, evilID, "--format", "csv"}},
		{false, []string{"signature", "--siglists", lists, evilID}},
		{false, []string{"explain", evilID, "--candidate", lists, "--format", "markdown"}},
	} {
		shown := onTerminal(t, append([]string{"--cache", db}, test.args...)...)
		if coloured := strings.Contains(shown, "\x1b["); coloured != test.coloured {
			t.Errorf("%q: in colours: %v\n%q", test.args, coloured, shown)
		}
		if strings.Contains(shown, "\x1b[31mred") || !strings.Contains(shown, `\x1b[31mred`) {
			t.Errorf("%q shows %q", test.args, shown)
		}
	}
}

// TestNotForATerminal: what is no text is refused before anything is made.
func TestNotForATerminal(t *testing.T) {
	t.Setenv("SIGDIFF_CACHE", filepath.Join(t.TempDir(), "none.db"))
	for line, want := range map[string]string{
		"diff a b --format html":       "HTML is for a browser, not for a terminal",
		"diff a b --format part":       "-o NAME.part writes it to a file",
		"diff a b --format part -o -":  "-o NAME.part writes it to a file",
		"corpus export nightly -o -":   "-o NAME.sigcorpus writes it to a file",
		"review a --base b -o -":       "no siglists at",
		"corpus export nightly -o a.b": "there is no cache here yet",
	} {
		shown := shownOn(t, func(terminal *os.File) {
			var stderr strings.Builder
			if code := run(t.Context(), strings.Fields(line), strings.NewReader(""), terminal, &stderr); code == exit.OK || !strings.Contains(stderr.String(), want) {
				t.Errorf("%s: exit code %d: %s", line, code, &stderr)
			}
		})
		if shown != "" {
			t.Errorf("%s: shown: %q", line, shown)
		}
	}
}

// TestNotesOnce: what signatures can't speak of is said on stderr, but for a terminal that shows it in the report already.
func TestNotesOnce(t *testing.T) {
	t.Setenv("SIGDIFF_PAGER", "")
	dir := t.TempDir()
	t.Setenv("SIGDIFF_CACHE", filepath.Join(dir, "c.db"))
	if err := unpackDemo(dir); err != nil {
		t.Fatal(err)
	}
	crashes, lists := filepath.Join(dir, "crashes.ndjson"), filepath.Join(dir, "siglists", "base")
	if err := os.WriteFile(crashes, []byte(`{"uuid":"`+evilID+`","signature":"old"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	onTerminal(t, "import", crashes, "--corpus", "c")
	for _, args := range [][]string{
		{"explain", evilID, lists},
		{"diff", lists, lists},
		{"diff", lists, lists, "--format", "markdown"},
		{"diff", lists, lists, "--format", "csv"},
		{"diff", lists, lists, "-o", filepath.Join(dir, "r.html")},
	} {
		text := shownOn(t, func(terminal *os.File) {
			if code := run(t.Context(), args, strings.NewReader(""), terminal, terminal); code != exit.Incomplete {
				t.Errorf("%q: exit code %d", args, code)
			}
		})
		if n := strings.Count(strings.Join(strings.Fields(text), " "), "has no stack"); n != 1 {
			t.Errorf("%q: the note is shown %d times\n%s", args, n, text)
		}
		var stderr strings.Builder
		if run(t.Context(), args, strings.NewReader(""), io.Discard, &stderr); !strings.Contains(stderr.String(), "has no stack") {
			t.Errorf("%q: not said on stderr: %s", args, &stderr)
		}
	}
}

// TestPager: on a terminal a report goes through the pager that is set, still without what steers a terminal, and a pager
// that is left early is no error. HTML is for no terminal.
func TestPager(t *testing.T) {
	t.Setenv("TERM", "xterm")
	dir := t.TempDir()
	t.Setenv("SIGDIFF_CACHE", filepath.Join(dir, "c.db"))
	if err := unpackDemo(dir); err != nil {
		t.Fatal(err)
	}
	pager, seen := filepath.Join(dir, "pager"), filepath.Join(dir, "seen")
	if err := os.WriteFile(pager, []byte("#!/bin/sh\ntee "+seen+" | sed 's/^/paged: /'\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	crashes := filepath.Join(dir, "crashes.ndjson")
	document := `{"uuid":"` + evilID + `","signature":"old \u001b[31mred","json_dump":{"crash_info":{"crashing_thread":0},"threads":[{"frames":[{"function":"new"}]}]}}`
	if err := os.WriteFile(crashes, []byte(document), 0o600); err != nil {
		t.Fatal(err)
	}
	onTerminal(t, "import", crashes, "--corpus", "c")
	diff := []string{"diff", "recorded", filepath.Join(dir, "siglists", "base")}
	for _, test := range []struct {
		pager string
		more  []string
		paged bool
	}{{pager, nil, true}, {pager, []string{"--no-pager"}, false}, {"", nil, false}, {"cat", nil, false}, {"no-such-pager", nil, false}} {
		t.Setenv("SIGDIFF_PAGER", test.pager)
		shown := onTerminal(t, append(diff, test.more...)...)
		if strings.Contains(shown, "paged: ") != test.paged || !strings.Contains(shown, "1 crash compared") || strings.Contains(shown, "\x1b[31mred") {
			t.Errorf("%q %q: %q", test.pager, test.more, shown)
		}
	}
	t.Setenv("SIGDIFF_PAGER", pager)
	for _, args := range [][]string{{"correlate", "c", "c"}, {"corpus", "show", "c"}, {"corpus", "show", "c", "--format", "json"}} {
		if shown := onTerminal(t, args...); !strings.Contains(shown, "paged: ") {
			t.Errorf("%q: %q", args, shown)
		}
	}
	t.Setenv("SIGDIFF_PAGER", "true")
	onTerminal(t, append(diff, "--format", "json")...)
	var stdout, stderr strings.Builder
	t.Setenv("SIGDIFF_PAGER", pager)
	if code := run(t.Context(), diff, strings.NewReader(""), &stdout, &stderr); code != exit.OK || strings.Contains(stdout.String(), "paged") {
		t.Errorf("not on a terminal: %d %s%s", code, &stdout, &stderr)
	}
	_, screen := openTerminal(t)
	defer screen.Close()
	if code := run(t.Context(), append(diff, "--format", "html"), strings.NewReader(""), screen, &stderr); code != exit.Usage || !strings.Contains(stderr.String(), "HTML is for a browser") {
		t.Errorf("HTML on a terminal: %d %s", code, &stderr)
	}
}

// TestNoBars: where a bar can't be drawn, none is.
func TestNoBars(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("SIGDIFF_CACHE", filepath.Join(dir, "crashes.db"))
	t.Setenv("TERM", "xterm")
	onTerminal(t, "demo", "--keep", filepath.Join(dir, "demo"))
	t.Setenv("SIGDIFF_CACHE", filepath.Join(dir, "demo", "crashes.db"))
	for _, test := range []struct {
		term    string
		columns uint16
		bar     bool
	}{{"xterm", 80, true}, {"xterm", 0, true}, {"xterm", 40, false}, {"dumb", 80, false}} {
		t.Setenv("TERM", test.term)
		text := shownOn(t, func(terminal *os.File) {
			size := [4]uint16{24, test.columns}
			if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, terminal.Fd(), syscall.TIOCSWINSZ, uintptr(unsafe.Pointer(&size))); errno != 0 {
				t.Fatal(errno)
			}
			if code := run(t.Context(), []string{"cache", "compact"}, strings.NewReader(""), terminal, terminal); code != exit.OK {
				t.Errorf("%+v: exit code %d", test, code)
			}
		})
		if drawn := strings.ContainsAny(strings.ReplaceAll(text, "\r\n", ""), "\r\x1b"); drawn != test.bar {
			t.Errorf("%+v: %q", test, text)
		}
	}
}

// TestBarsMakeRoom: what comes after a progress bar stands on a line of its own.
func TestBarsMakeRoom(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("SIGDIFF_CACHE", filepath.Join(dir, "crashes.db"))
	onTerminal(t, "demo", "--keep", filepath.Join(dir, "demo"))
	t.Setenv("SIGDIFF_CACHE", filepath.Join(dir, "demo", "crashes.db"))
	for _, test := range [][]string{
		{"checked ", "cache", "verify"},
		{"checked ", "cache", "repair"},
		{"the cache file has ", "cache", "compact"},
		{"exported corpus ", "corpus", "export", "demo", "-o", filepath.Join(dir, "demo.sigcorpus")},
		{"imported corpus ", "corpus", "import", filepath.Join(dir, "demo.sigcorpus")},
	} {
		text := shownOn(t, func(terminal *os.File) {
			if code := run(t.Context(), test[1:], strings.NewReader(""), terminal, terminal); code != exit.OK {
				t.Errorf("%q: exit code %d", test[1:], code)
			}
		})
		before, _, found := strings.Cut(text, test[0])
		if !found || before[strings.LastIndexAny(before, "\r\n")+1:] != "" {
			t.Errorf("%q: %q", test[1:], text)
		}
	}
}
