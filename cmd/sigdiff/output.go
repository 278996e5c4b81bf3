package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/sigdiff/sigdiff/internal/atomicfile"
	"github.com/sigdiff/sigdiff/internal/terminal"
	"github.com/sigdiff/sigdiff/report"
)

// outputOptions are the flags that say in which format a report is written, and where it goes.
type outputOptions struct {
	format string
	path   string // empty and -: standard output
	open   bool
}

// addFlags adds them, for a command that has these formats.
func (o *outputOptions) addFlags(cmd *cobra.Command, formats []string) {
	formatFlag(cmd, &o.format, "text", formats...)
	o.addFileFlags(cmd, formats)
}

func (o *outputOptions) addFileFlags(cmd *cobra.Command, formats []string) {
	cmd.Flags().StringVarP(&o.path, "output", "o", "", "write to this file, in the format that its ending says (- for stdout)")
	// Of formats without a page there is nothing to show in a browser.
	if slices.Contains(formats, "html") {
		cmd.Flags().BoolVar(&o.open, "open", false, "show the file in the browser; without --output, HTML in a temporary file")
	}
}

// toFile tells whether a report goes to a file.
func (o outputOptions) toFile() bool { return o.path != "" && o.path != "-" }

// output writes a report where the flags say, and says on stderr what it wrote to a file.
// headline may be empty. write gets the options of where it writes: a file has any width and no colours. A file is
// put in place once it is whole; what is already there stays if writing fails.
func (a *app) output(o outputOptions, headline string, write func(w io.Writer, screen report.Options) error) error {
	// A browser can't read standard output.
	if o.open && !o.toFile() {
		path, err := temporary(o.format)
		if err != nil {
			return err
		}
		o.path = path
	}
	if !o.toFile() {
		// Then a reader sees the report's notes, and what else goes to stderr need not repeat them: see unshown.
		a.shown = terminal.Is(a.terminal) && terminal.Is(a.stderr) && slices.Contains([]string{"text", "markdown"}, o.format)
		return a.paged(func() error { return write(a.stdout, a.screen(o.format)) })
	}
	err := atomicfile.Write(o.path, func(w io.Writer) error { return write(w, report.Options{}) })
	if err != nil {
		return err
	}
	return a.wrote(o, headline, o.path)
}

// render writes what a command found in a format, where the flags say. The width and the colours are those of where it
// writes.
func render[T any](a *app, o outputOptions, formats report.Formats[T], found T, options report.Options) error {
	return a.output(o, "", func(w io.Writer, screen report.Options) error {
		options.Width, options.Color = screen.Width, screen.Color
		return formats.Render(w, o.format, found, options)
	})
}

// wrote says what was written, and in which format (empty: in several) where the file's name doesn't say so. It shows the
// first file if that was asked for.
func (a *app) wrote(o outputOptions, headline string, paths ...string) error {
	if headline != "" {
		headline += "; "
	}
	as := ""
	if o.format != "" && endingFormat(paths[0]) == "" {
		as = ", as " + o.format
	}
	a.note("%swrote %s%s", headline, strings.Join(paths, ", "), as)
	if !o.open {
		return nil
	}
	// A browser that runs already has another working directory.
	full, err := filepath.Abs(paths[0])
	if err != nil {
		return err
	}
	return show(full)
}

// temporary makes a file that only this user can read, for a report that is only looked at.
func temporary(format string) (string, error) {
	// The name has the format's ending, by which a browser knows what it is. The file stays: the browser reads it
	// later.
	f, err := os.CreateTemp("", "sigdiff-*."+cmp.Or(endings[format], format))
	if err != nil {
		return "", fmt.Errorf("making a file for the report: %w", err)
	}
	return f.Name(), f.Close()
}

// opener is what opens a file or an address in the browser: $BROWSER, of which words are split at spaces, without quotes, or
// what the system has.
func opener() []string {
	if argv := strings.Fields(os.Getenv("BROWSER")); len(argv) > 0 {
		return argv
	}
	switch runtime.GOOS {
	case "darwin":
		return []string{"open"}
	case "windows":
		return []string{"rundll32", "url.dll,FileProtocolHandler"}
	}
	return []string{"xdg-open"}
}

// show shows a file, by its full path, or an address in the browser. It waits until the opener ends.
func show(what string) error {
	argv := opener()
	if err := exec.Command(argv[0], append(argv[1:], what)...).Run(); err != nil {
		return fmt.Errorf("--open: showing %s with %s: %w; $BROWSER names another program", what, argv[0], err)
	}
	return nil
}

// pagerCommand is the program that reports are paged with, and its arguments, as git finds its own; it is nil where there is none.
// An empty $SIGDIFF_PAGER, and cat, mean none. A pager that isn't installed is no error: the report is shown
// without.
func (a *app) pagerCommand() []string {
	// A dumb terminal shows what a pager draws as it is written.
	if a.noPager || !terminal.Is(a.terminal) || os.Getenv("TERM") == "dumb" {
		return nil
	}
	pager, set := os.LookupEnv("SIGDIFF_PAGER")
	if !set {
		pager = cmp.Or(os.Getenv("PAGER"), "less")
	}
	// No shell is started: a pager with quotes in its arguments needs a script.
	argv := strings.Fields(pager)
	if len(argv) == 0 || argv[0] == "cat" {
		return nil
	}
	if _, err := exec.LookPath(argv[0]); err != nil {
		return nil
	}
	return argv
}

// paged writes a report to the terminal, through a pager where there is one. The filter stays before the pager: it keeps
// from the terminal what steers one.
func (a *app) paged(write func() error) error {
	argv := a.pagerCommand()
	if argv == nil {
		return write()
	}
	// What was printed before goes to the terminal, not into the pager.
	if err := a.out.Flush(); err != nil {
		return err
	}
	// No context: after an interrupt the pager ends by itself, and leaves the terminal as it was.
	cmd := exec.Command(argv[0], argv[1:]...)
	// The terminal itself, which less asks how large it is.
	cmd.Stdout, cmd.Stderr = a.terminal, a.stderr
	cmd.Env = append([]string{"LESS=FRX", "LV=-c"}, os.Environ()...) // what the user sets comes last, and holds
	in, err := cmd.StdinPipe()
	if err != nil {
		return fmt.Errorf("starting the pager: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting the pager %s: %w", argv[0], err)
	}
	// From here on the filter writes to the pager. a.out still writes to the filter.
	screen := a.filter.Redirect(in)
	err = cmp.Or(write(), a.out.Flush(), a.filter.Flush())
	a.filter.Redirect(screen)
	_ = in.Close()
	_ = cmd.Wait() // it may have been left in any way
	// The pager was left before the end, which is how people read reports, and no error.
	if errors.Is(err, syscall.EPIPE) || errors.Is(err, io.ErrClosedPipe) {
		a.out.Reset(a.filter) // what was not read
		return nil
	}
	return err
}
