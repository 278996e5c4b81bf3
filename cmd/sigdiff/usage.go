package main

import (
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/spec"
	"github.com/sigdiff/sigdiff/internal/terminal"
)

// helpPages are what help says of each command, as it is shown.
//
//go:embed help
var helpPages embed.FS

// page makes a command of its page of help: how it is used, what it does, in short and at length, and examples. What
// several pages say stands there in braces. args checks its arguments; nil takes any. run is nil for a topic.
func page(name string, args cobra.PositionalArgs, run func(cmd *cobra.Command, args []string) error) *cobra.Command {
	cmd := &cobra.Command{Args: args, RunE: run}
	var rest string
	cmd.Use, rest, _ = strings.Cut(helpText(name), "\n")
	cmd.Short, rest, _ = strings.Cut(rest, "\n")
	cmd.Long, cmd.Example, _ = strings.Cut(strings.TrimSpace(rest), "\n\nExamples:\n")
	for _, shared := range []string{"specs", "programs", "edits", "dates"} {
		if word := "{" + shared + "}"; strings.Contains(cmd.Long, word) {
			cmd.Long = strings.Replace(cmd.Long, word, helpText("shared/"+shared), 1)
		}
	}
	return cmd
}

func helpText(name string) string {
	text, err := helpPages.ReadFile("help/" + name + ".txt")
	if err != nil {
		panic("a command without help: " + err.Error())
	}
	return strings.TrimSpace(string(text))
}

// codesHelp ends the help of every command.
const codesHelp = "Exit codes: 'sigdiff help exit-codes' lists them."

// help shows a page of help, with its flags as wide as the terminal, where there is one.
// 80 to 120 columns: a narrower terminal breaks the lines itself, and longer ones are hard to read.
func (a *app) help(cmd *cobra.Command, _ []string) {
	width := 80
	if columns, ok := terminal.Width(a.terminal); ok {
		width = min(max(width, columns), 120)
	}
	cmd.SetUsageTemplate(strings.ReplaceAll(cmd.UsageTemplate(), "FlagUsages", fmt.Sprintf("FlagUsagesWrapped %d", width)))
	fmt.Fprintf(a.stdout, "%s\n", strings.TrimSpace(cmp.Or(cmd.Long, cmd.Short)))
	if !isTopic(cmd) {
		fmt.Fprintf(a.stdout, "\n%s", cmd.UsageString())
	}
}

// isTopic tells a page of help from a command.
func isTopic(cmd *cobra.Command) bool { return !cmd.Runnable() && !cmd.HasSubCommands() }

// withCodes ends every command's help with where its exit codes are explained, and makes wrong arguments wrong usage.
func withCodes(cmd *cobra.Command) {
	for _, sub := range cmd.Commands() {
		if isTopic(sub) {
			continue
		}
		sub.Long = strings.TrimSpace(sub.Long) + "\n\n" + codesHelp
		if args := sub.Args; args != nil {
			// cobra's own errors count arguments, and don't say which one is wrong.
			sub.Args = func(cmd *cobra.Command, given []string) error { return wrongArguments(cmd, args, given) }
		}
		withCodes(sub)
	}
}

// wrongArguments is the error for too few arguments, or for one too many; nil where they are right.
func wrongArguments(cmd *cobra.Command, check cobra.PositionalArgs, given []string) error {
	if check(cmd, given) == nil {
		return nil
	}
	// The longest start of the arguments that is right shows which one is too many; where none is, one is missing.
	for i, word := range slices.Backward(given) {
		if check(cmd, given[:i]) == nil {
			return exit.Usagef("%q is one argument too many; it is used as '%s'", word, cmd.UseLine())
		}
	}
	return exit.Usagef("an argument is missing; it is used as '%s'", cmd.UseLine())
}

// checkGiven refuses empty arguments and flags. Such come of variables that are not set, and would stand for the
// default: the checkout at hand, everything cached, nothing that is expected. Its report would look like the answer. It
// refuses standard output, too, where a file is meant that is beside it, and files that would be lost if they were written to.
func (a *app) checkGiven(cmd *cobra.Command, args []string) error {
	// What completes a command line is asked for an empty word, and is the one command that reads no flags.
	if slices.Contains(args, "") && !cmd.DisableFlagParsing {
		return exit.Usagef("an argument is empty; is a variable of the shell not set?")
	}
	var err error
	cmd.Flags().Visit(func(flag *pflag.Flag) {
		switch {
		case err != nil:
		case isEmpty(flag.Value) && !a.mayBeEmpty(flag):
			err = exit.Usagef("--%s is empty; is a variable of the shell not set?", flag.Name)
		case flag.Value.String() == "-" && slices.Contains(apart, flag.Name):
			err = exit.Usagef("--%s needs a file of its own: - is standard output, which says what was done", flag.Name)
		case flag.Name == "output" || slices.Contains(apart, flag.Name):
			err = a.checkWritten(cmd, flag)
		}
	})
	return err
}

// checkWritten refuses a flag's file that can't be written, or must not: what is written at the end may take hours to make.
func (a *app) checkWritten(cmd *cobra.Command, flag *pflag.Flag) error {
	path := flag.Value.String()
	if kept := a.kept(path); kept != "" {
		return exit.Usagef("--%s %s is %s, and is not written over", flag.Name, path, kept)
	}
	folder, err := os.Stat(filepath.Dir(path))
	// A site is a folder, which is made with those that it is in.
	if cmd.Name() != "site" && (errors.Is(err, fs.ErrNotExist) || err == nil && !folder.IsDir()) {
		return exit.Usagef("--%s %s: there is no folder %s", flag.Name, path, filepath.Dir(path))
	}
	return nil
}

// kept says why a file must not be written over: it is empty where it may be.
func (a *app) kept(path string) string {
	file, err := os.Stat(path)
	if err != nil {
		return ""
	}
	if spec.IsListFile(path) {
		return "one of the siglists"
	}
	if name, err := a.cacheFile(); err == nil {
		if cached, err := os.Stat(name); err == nil && os.SameFile(file, cached) {
			return "the cache"
		}
	}
	return ""
}

// apart are the flags that name a file to write beside what is printed.
var apart = []string{"ids-out", "reprocess", "retry-file"}

// isEmpty tells whether a flag is given nothing, or nothing as one of its values.
func isEmpty(v pflag.Value) bool {
	if list, ok := v.(pflag.SliceValue); ok {
		return len(list.GetSlice()) == 0 || slices.Contains(list.GetSlice(), "")
	}
	return v.String() == ""
}

// mayBeEmpty tells whether an empty flag is a choice: everything cached, in place of a setting, or with no other siglists
// beside what is linted. An empty format has an error of its own.
func (a *app) mayBeEmpty(flag *pflag.Flag) bool {
	settable := flag.Annotations[setBy] != nil
	return settable && (flag.Name == "corpus" || a.settings[flag.Name].From != "") || flag.Name == "against" || flag.Name == "format"
}

// flagError says what is wrong with a flag.
// pflag tells by the type of an error what is wrong. Its own text is only used for a type that isn't known here.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var lacking *pflag.ValueRequiredError
	var invalid *pflag.InvalidValueError
	command := strings.TrimPrefix(cmd.CommandPath(), "sigdiff ")
	help := "; see '" + cmd.CommandPath() + " --help'"
	switch {
	// Flags are read before commands are looked for: a misspelt command is said first.
	case cmd.HasSubCommands() && cmd.Flags().NArg() > 0:
		return noCommand(cmd, cmd.Flags().Arg(0))
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() != "":
		return exit.Usagef("%s has no flag -%s%s%s", command, unknown.GetSpecifiedName(), meantFlag(cmd, unknown.GetSpecifiedName()), help)
	case errors.As(err, &unknown):
		return exit.Usagef("%s has no flag --%s%s%s", command, unknown.GetSpecifiedName(), meantFlag(cmd, unknown.GetSpecifiedName()), help)
	case errors.As(err, &lacking):
		return exit.Usagef("--%s needs a value%s", lacking.GetFlag().Name, help)
	case errors.As(err, &invalid):
		return exit.Usagef("--%s %q: it is %s%s", invalid.GetFlag().Name, invalid.GetValue(), valueOf(invalid), help)
	}
	return exit.Usagef("%w%s", err, help)
}

// valueOf says what value a flag takes.
// What isn't listed has an error of its own that says it.
func valueOf(err *pflag.InvalidValueError) string {
	switch err.GetFlag().Value.Type() {
	case "uint64":
		return "a whole number that is not negative"
	case "float64":
		return "a number"
	case "bool":
		return "true or false"
	case "duration":
		return "a span of time with its unit, such as 90s, 10m or 3h"
	}
	return err.Unwrap().Error()
}

// noCommand is the error for a command that isn't there, with those that may have been meant.
func noCommand(cmd *cobra.Command, word string) error {
	hint := meantCommand(cmd, word)
	if cmd.HasParent() {
		return exit.Usagef("no command '%s %s'%s; see '%s --help'", cmd.Name(), word, hint, cmd.CommandPath())
	}
	return exit.Usagef("no command %q%s; '%s help' lists them", word, hint, cmd.Name())
}

// onlyHelp is what a command does that is nothing without one of its own.
func onlyHelp(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return noCommand(cmd, args[0])
	}
	return cmd.Help()
}

// helpCommand is 'sigdiff help': cobra's, but help on a command that isn't there is wrong usage.
func helpCommand() *cobra.Command {
	cmd := page("help", nil, func(cmd *cobra.Command, args []string) error {
		found, rest, err := cmd.Root().Find(args)
		if err != nil || len(rest) > 0 {
			return noCommand(found, strings.Join(rest, " "))
		}
		found.InitDefaultHelpFlag()
		return found.Help()
	})
	cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
		var names []string
		if found, rest, err := cmd.Root().Find(args); err == nil && len(rest) == 0 {
			for _, sub := range found.Commands() {
				if sub.IsAvailableCommand() && strings.HasPrefix(sub.Name(), word) {
					names = append(names, sub.Name()+"\t"+sub.Short)
				}
			}
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	}
	return cmd
}
