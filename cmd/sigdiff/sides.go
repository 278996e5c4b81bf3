package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/corpora/documents"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/spec"
	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/gitlists"
)

// specOptions are the flags that tell where the siglists of SPECs are.
type specOptions struct{ spec.Options }

func (o *specOptions) addFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.Repo, "repo", "", "the clone of Socorro whose revisions SPECs are (default . or, when that isn't one, what 'sigdiff siglists clone' keeps)")
	settable(f, "repo")
	f.StringVar(&o.Path, "siglists-path", "", "where the siglists are in the clone (default "+gitlists.DefaultPath+", before mid-2018 "+gitlists.OldPath+"; else, of a revision, the one folder that has all four)")
	f.StringVar(&o.Remote, "remote", "", "the remote, or its address, that pull requests are fetched from (default Socorro's own, else origin)")
}

// folder is where the files of a SPEC's lists are, so that editors, annotations and patches find them: the directory, or
// their place in the repository.
// given is the SPEC as the user wrote it, side what it was found to be.
func (o specOptions) folder(given string, side report.Side) string {
	// By the SPEC as it was written: the lists of a folder stay where the user's editor has them.
	if folder, ok := o.OnDisk(given); ok {
		return filepath.ToSlash(folder)
	}
	return cmp.Or(side.Folder, o.Path, gitlists.DefaultPath)
}

// specs reads SPECs for a command.
func (a *app) specs(o specOptions) *spec.Reader {
	return &spec.Reader{Options: o.Options, Budget: a.budget, Say: a.say}
}

// programOptions are the flags that tell how sides that are programs run.
type programOptions struct {
	timeout          time.Duration // for one crash
	python, siglists string        // an interpreter, and a SPEC; empty: python:REVISION's own
}

// What the flags are without being given.
const (
	usualTimeout = 10 * time.Second
	usualPython  = "python3"
)

func (o *programOptions) addFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.DurationVar(&o.timeout, "exec-timeout", usualTimeout, "how long a program that is a side has for a crash")
	f.StringVar(&o.python, "python", usualPython, "the interpreter of python:REVISION; what the code imports, such as glom, must be there")
}

// check refuses flags that tell how programs run where no side is such a program.
func (o *programOptions) check(sides ...string) error {
	is := func(kinds ...spec.Kind) bool {
		return slices.ContainsFunc(sides, func(word string) bool { kind, _ := spec.Parse(word); return slices.Contains(kinds, kind) })
	}
	switch {
	case *o == (programOptions{}): // of a command that runs none
	case o.timeout != usualTimeout && !is(spec.Exec, spec.Python):
		return exit.Usagef("--exec-timeout has no effect here: it is for a side that is a program, exec:COMMAND or python:REVISION")
	case (o.python != usualPython || o.siglists != "") && !is(spec.Python):
		return exit.Usagef("--python and --python-siglists have no effect here: they are for a side that is python:REVISION")
	}
	return nil
}

// runPrograms lets the SPECs of a command that has flags for them be programs. processed gives a crash's processed crash.
func (a *app) runPrograms(specs *spec.Reader, o programOptions, processed func(id string) ([]byte, error)) {
	if o == (programOptions{}) {
		return
	}
	specs.Programs = &spec.Programs{Processed: processed, Limit: o.timeout, Python: o.python, Siglists: o.siglists}
	// They run until the command ends, whatever happens to the sides: see closePrograms.
	a.programs = append(a.programs, specs.Programs)
}

// sidesOver reads SPECs over the crashes of a cache, which may also be programs, and the accepted results of a corpus.
func (a *app) sidesOver(c *cache.Cache, corpus string, o specOptions, programs programOptions) *spec.Reader {
	specs := a.specs(o)
	specs.Accepted = func() (spec.Side, error) { return a.acceptedSide(c, corpus) } // where a side is that
	a.runPrograms(specs, programs, cached(c))
	return specs
}

// cached gives the processed crashes of a cache.
func cached(c *cache.Cache) func(id string) ([]byte, error) {
	return func(id string) ([]byte, error) { return corpora.Processed(c, id) }
}

// sidesOptions are the flags that tell the two sides of a comparison.
type sidesOptions struct {
	specs                                  specOptions
	programs                               programOptions
	base, candidate                        string      // SPECs; empty until take, or a default, fills them
	edit                                   editOptions // instead of candidate
	rules, ownBaseRules, ownCandidateRules string
}

// addFlags adds them. defaultBase says, in brackets, what is compared with when there is no base.
func (o *sidesOptions) addFlags(cmd *cobra.Command, defaultBase string) {
	o.specs.addFlags(cmd)
	f := cmd.Flags()
	f.StringVar(&o.base, "base", "", "SPEC of the siglists before the change"+defaultBase)
	f.StringVar(&o.candidate, "candidate", "", "SPEC of the siglists with the change")
	o.edit.addFlags(cmd)
	f.StringVar(&o.rules, "rules", signatures.DefaultRuleset, "the rules of both sides: "+rulesHelp)
	f.StringVar(&o.ownBaseRules, "base-rules", "", "the rules of the base, when they differ")
	f.StringVar(&o.ownCandidateRules, "candidate-rules", "", "the rules of the candidate, when they differ")
}

// addProgramFlags adds those of sides that are programs, for commands that can have such.
func (o *sidesOptions) addProgramFlags(cmd *cobra.Command) {
	o.programs.addFlags(cmd)
	cmd.Flags().StringVar(&o.programs.siglists, "python-siglists", "", "SPEC of the siglists that python:REVISION has instead of its own")
}

// take takes the SPECs that are arguments: OLD NEW, what knows its own base, or what a change set is laid over. Without any
// the candidate is the working tree of the checkout at hand; bare tells that nothing at all was named. setBase is the base
// that is set, for what isn't a pull request; a.filled repeats it where it is taken.
// It guesses only where one meaning is possible. A single SPEC that knows no base of its own is refused with both
// readings: it may be the old one or the new one.
func (o *sidesOptions) take(a *app, command string, words []string, setBase string) (bare bool, err error) {
	// OLD..NEW, as git has it, is two words.
	if len(words) == 1 {
		if words, err = revisions(words[0]); err != nil {
			return false, err
		}
	}
	// Before anything is filled in.
	bare = len(words) == 0 && o.base == "" && o.candidate == "" && !o.edit.given()
	switch {
	case len(words) == 1 && o.edit.given() && o.base == "":
		o.base = words[0]
	case len(words) == 1 && o.candidate == "" && (o.base+setBase != "" || o.specs.HasBase(words[0])):
		o.candidate = words[0]
	case len(words) == 2 && o.base == "" && o.candidate == "":
		o.base, o.candidate = words[0], words[1]
	case len(words) == 1 && o.candidate == "":
		return false, exit.Usagef("with what is %s compared? 'sigdiff %s %s NEW' has it as the old one, 'sigdiff %s OLD %s' as the new one; '.' is the working tree of a checkout of Socorro, and only that and a pull request know their own base", words[0], command, words[0], command, words[0])
	case len(words) > 0:
		return false, exit.Usagef("%s takes two SPECs, OLD and NEW, as arguments or as --base and --candidate; %q is one too many, and no crash id (--corpus names a corpus)", command, words[len(words)-1])
	}
	if o.candidate == "" && !o.edit.given() {
		if o.candidate, err = o.specs.WorkTree(); err != nil {
			return false, exit.Usagef("%w; 'sigdiff %s OLD NEW' takes two directories or revisions, and 'sigdiff %s pr/N' a pull request", err, command, command)
		}
	}
	// A pull request keeps its merge base, whatever base is set: else the report would have changes of others.
	if kind, _ := spec.Parse(o.candidate); kind != spec.Pull && o.base == "" && setBase != "" {
		o.base = setBase
		a.filled = append(a.filled, "--base", setBase)
	}
	return bare, nil
}

// parted parts the arguments that are crash ids, right or wrong, from those that can be SPECs. Where flags name the sides
// already, all are ids.
// Right or wrong: an id with a typing error is still an id, and its error says so.
func (o *sidesOptions) parted(args []string) (ids, words []string) {
	if o.candidate != "" || o.edit.given() && o.base != "" {
		return args, nil
	}
	for _, arg := range args {
		if namesCrash(arg) {
			ids = append(ids, arg)
		} else {
			words = append(words, arg)
		}
	}
	return ids, words
}

// pair makes both sides: SPECs, or the base with and without a change set.
// Either may be recorded or accepted signatures, or a program, but for the base of a change set, which has lines.
func (a *app) pair(ctx context.Context, specs *spec.Reader, o sidesOptions) (base, candidate spec.Side, err error) {
	changes, err := a.changes(o.edit) // nil for no change set
	if err != nil {
		return base, candidate, err
	}
	return specs.Pair(ctx, spec.Change{Base: o.base, Candidate: o.candidate, Lines: changes, BaseRules: o.baseRules(), CandidateRules: o.candidateRules()})
}

func (o *sidesOptions) baseRules() string { return rulesOf(o.base, o.ownBaseRules, o.rules) }
func (o *sidesOptions) candidateRules() string {
	return rulesOf(o.candidate, o.ownCandidateRules, o.rules)
}

// rulesOf are the rules of a side: its own, else those of both, which are for siglists.
func rulesOf(side, own, both string) string {
	if own == "" && areSignatures(side) {
		return signatures.DefaultRuleset
	}
	return cmp.Or(own, both)
}

// areSignatures tells a SPEC of signatures that are there already.
func areSignatures(side string) bool {
	kind, _ := spec.Parse(side)
	return kind == spec.Recorded || kind == spec.Accepted
}

// isPair tells whether there are two sides. One alone is what explain may have.
func (o *sidesOptions) isPair() bool {
	return o.edit.given() || o.candidate != "" && (o.base != "" || o.specs.HasBase(o.candidate))
}

// check refuses flags that have no effect on these sides, and a change set beside a candidate, which it is itself.
func (o *sidesOptions) check() error {
	if o.edit.given() && o.candidate != "" {
		return exit.Usagef("a change set is the candidate: it is laid over the base, and there is no --candidate beside it; to lay it over %s, give that as --base", o.candidate)
	}
	taken := false // whether --rules are those of a side
	for _, side := range []struct{ flag, spec, own string }{{"base", o.base, o.ownBaseRules}, {"candidate", o.candidate, o.ownCandidateRules}} {
		// An empty side of a pair is found by the other one: it is siglists, which have rules.
		there := side.spec != "" || o.isPair()
		if side.own != "" && !there {
			return exit.Usagef("--%s-rules has no effect here: there is no %s", side.flag, side.flag)
		}
		taken = taken || there && side.own == "" && !areSignatures(side.spec)
	}
	if o.rules != signatures.DefaultRuleset && !taken {
		return exit.Usagef("--rules has no effect here: it is for sides that are siglists, and have none of --base-rules and --candidate-rules")
	}
	return o.programs.check(o.base, o.candidate)
}

// noStack notes that none of the crashes has a stack: what is made of such says nothing of others.
func noStack(without, of int) []report.Note {
	if of == 0 || without < of {
		return nil
	}
	return []report.Note{{Text: report.Sentence("%s", report.NoStack(without, of)), Unknown: true}}
}

// warn says on stderr what signatures can't speak of, unless the report on the same terminal did. What is made of such sides
// is incomplete: the error, which has no message, says so to whom reads the exit code alone.
func (a *app) warn(notes []report.Note) error {
	unknown := report.Unknown(notes)
	if unknown == nil {
		return nil
	}
	for _, text := range a.unshown(unknown) {
		a.note("warning: %s", text)
	}
	return exit.With(exit.Incomplete, nil)
}

// unshown are the sentences that a reader does not see in a report on the same terminal.
func (a *app) unshown(unknown []string) []string {
	if a.shown {
		return nil
	}
	return unknown
}

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
	if before, err = reader.LoadOrMain(ctx, word); err != nil {
		return before, after, fmt.Errorf("siglists that lines are changed of: %w", err)
	}
	after, err = before.Edit(changes)
	return before, after, err
}

// readNamed reads the file that a flag names (- for stdin), if it names one. What is wrong with it is wrong usage.
func readNamed[T any](a *app, flag, path string, read func(io.Reader) (T, error)) (content T, err error) {
	if path == "" {
		return content, nil
	}
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
	// Opening a folder works, and reading it fails in words of the system.
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil, fmt.Errorf("%s is a directory, and no file", path)
	}
	return documents.Open(a.ctx, path)
}
