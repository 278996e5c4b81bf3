package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sigdiff/sigdiff/corpora/documents"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/spec"
	"github.com/sigdiff/sigdiff/siglists"
)

// editOptions are the flags that tell a change set.
type editOptions struct {
	add, remove []string
	file        string
}

func (o *editOptions) addFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringArrayVar(&o.add, "add", nil, "LIST:TEXT: a line that is added to the siglists, at its place in the alphabet")
	f.StringArrayVar(&o.remove, "remove", nil, "LIST:TEXT: a line that is removed from the siglists")
	f.StringVar(&o.file, "edit", "", "a file of such lines, as '+ LIST TEXT' or '- LIST TEXT' (- for stdin)")
}

// given tells whether there is a change set.
func (o editOptions) given() bool { return len(o.add)+len(o.remove) > 0 || o.file != "" }

// changes reads a change set.
// The lines of --add come first, then those of --remove, then those of the file. Each error names its flag.
func (a *app) changes(o editOptions) ([]siglists.Change, error) {
	var changes []siglists.Change
	for _, flag := range []struct {
		name  string
		texts []string
		added bool
	}{{"--add", o.add, true}, {"--remove", o.remove, false}} {
		for _, text := range flag.texts {
			c, err := siglists.ParseChange(text, flag.added)
			if err != nil {
				return nil, exit.Usagef("%s: %w", flag.name, err)
			}
			changes = append(changes, c)
		}
	}
	if o.file == "" {
		return changes, nil
	}
	more, err := a.readEdit(o.file)
	return append(changes, more...), err
}

// readEdit reads an edit file. One without a line is wrong usage, and not a change set that changes nothing: it is
// most likely the wrong file.
func (a *app) readEdit(path string) ([]siglists.Change, error) {
	changes, err := readNamed(a, "--edit", path, siglists.ReadChanges)
	if err == nil && len(changes) == 0 {
		err = exit.Usagef("--edit %s: it changes no line", path)
	}
	return changes, err
}

// specOf is the SPEC of the siglists that a command looks at; empty where there is only a change set. Without either it is
// the working tree of the checkout at hand.
func (o editOptions) specOf(command string, specs specOptions, args []string) (word string, err error) {
	if len(args) == 0 && !o.given() {
		if word, err = specs.WorkTree(); err != nil {
			err = exit.Usagef("%w; 'sigdiff %s new/' is about a directory, 'sigdiff %s main' about a revision", err, command, command)
		}
		return word, err
	}
	return strings.Join(args, ""), nil // one at most
}

// edited loads the siglists of a SPEC and, where there is a change set, those with it.
// Without a change set both are the same. before is what 'lint' holds the edit against.
func (a *app) edited(ctx context.Context, reader *spec.Reader, word string, o editOptions) (before, after spec.Loaded, err error) {
	if !o.given() {
		after, err = reader.Load(ctx, word)
		return after, after, err
	}
	changes, err := a.changes(o)
	if err != nil {
		return before, after, err
	}
	// An empty word is the main branch here, and an error in Load: a change set alone has a meaning.
	if before, err = reader.LoadUnedited(ctx, word); err != nil {
		return before, after, fmt.Errorf("siglists that lines are changed of: %w", err)
	}
	after, err = reader.Edit(before, changes)
	return before, after, err
}

// readNamed reads the file that a flag names (- for stdin). What is wrong with it is wrong usage.
func readNamed[T any](a *app, flag, path string, read func(io.Reader) (T, error)) (content T, err error) {
	in, err := a.input(path)
	if err != nil {
		return content, exit.Usagef("%s: %w", flag, err)
	}
	defer in.Close()
	if content, err = read(in); err != nil {
		err = exit.Usagef("%s %s: %w", flag, path, err)
	}
	return content, err
}

// standardInput is stdin, of which the reads end when the command is interrupted.
func (a *app) standardInput() io.Reader { return documents.Interruptible(a.ctx, a.stdin) }

// input opens a file that is named by a flag (- for stdin).
// The caller closes it, which leaves standard input open.
func (a *app) input(path string) (io.ReadCloser, error) {
	if path == "-" {
		return io.NopCloser(a.standardInput()), nil
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil, fmt.Errorf("%s is a directory, and no file", path)
	}
	return documents.Open(a.ctx, path)
}
