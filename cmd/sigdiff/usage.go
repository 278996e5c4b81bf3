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

	"github.com/sigdiff/sigdiff/crashid"
	"github.com/sigdiff/sigdiff/fetch"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/lazyregexp"
	"github.com/sigdiff/sigdiff/internal/meant"
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
	cmd := &cobra.Command{RunE: run}
	if args != nil {
		// cobra's own errors count arguments, and don't say which one is wrong.
		cmd.Args = func(cmd *cobra.Command, given []string) error { return wrongArguments(cmd, args, given) }
	}
	var rest string
	// The first line is the usage, the second the summary. The rest is shown as it stands.
	cmd.Use, rest, _ = strings.Cut(helpText(name), "\n")
	cmd.Short, rest, _ = strings.Cut(rest, "\n")
	cmd.Long, cmd.Example, _ = strings.Cut(strings.TrimSpace(rest), "\n\nExamples:\n")
	for _, shared := range []string{"specs", "programs", "edits", "dates"} {
		cmd.Long = strings.Replace(cmd.Long, "{"+shared+"}", helpText("shared/"+shared), 1)
	}
	if !isTopic(cmd) {
		cmd.Long += "\n\nExit codes: 'sigdiff help exit-codes' lists them."
	}
	return cmd
}

func helpText(name string) string {
	text, err := helpPages.ReadFile("help/" + name + ".txt")
	if err != nil {
		// Pages are part of the program: a missing one shows in every test.
		panic("a command without help: " + err.Error())
	}
	return strings.TrimSpace(string(text))
}

// help shows a page of help, with its flags as wide as the terminal, where there is one.
// 80 to 120 columns: a narrower terminal breaks the lines itself, and longer ones are hard to read.
func (a *app) help(cmd *cobra.Command, _ []string) {
	width := min(max(80, terminal.Width(a.terminal)), 120)
	// cobra's template breaks no lines.
	cmd.SetUsageTemplate(strings.ReplaceAll(cmd.UsageTemplate(), "FlagUsages", fmt.Sprintf("FlagUsagesWrapped %d", width)))
	fmt.Fprintf(a.stdout, "%s\n", strings.TrimSpace(cmd.Long))
	if !isTopic(cmd) {
		fmt.Fprintf(a.stdout, "\n%s", cmd.UsageString())
	}
}

// isTopic tells a page of help from a command.
func isTopic(cmd *cobra.Command) bool { return !cmd.Runnable() }

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

// optional is what may be left out in a usage line.
var optional = lazyregexp.New(`\[[^\]]*\]`)

// checkNeeded refuses to do without a flag that the usage line has outside of brackets.
func checkNeeded(cmd *cobra.Command) (err error) {
	// Where there are several ways, the command itself knows which one was taken.
	if strings.Contains(cmd.Use, "|") {
		return nil
	}
	needed := strings.Fields(optional().ReplaceAllString(cmd.Use, ""))
	cmd.Flags().VisitAll(func(flag *pflag.Flag) {
		isNeeded := slices.Contains(needed, "--"+flag.Name) || slices.Contains(needed, "-"+flag.Shorthand)
		if isNeeded && !flag.Changed && err == nil {
			err = exit.Usagef("--%s is missing; it is used as '%s'", flag.Name, cmd.UseLine())
		}
	})
	return err
}

// checkRepeated refuses two values for a flag that takes one: all but the last would be passed over without a word.
func checkRepeated(cmd *cobra.Command, args []string) (err error) {
	// A flag remembers its last value alone, so that the command line is read once more, and nothing is set.
	again := pflag.NewFlagSet("", pflag.ContinueOnError)
	again.AddFlagSet(cmd.Flags())
	given := map[string]string{}
	_ = again.ParseAll(args, func(flag *pflag.Flag, value string) error { // it was parsed before
		before, twice := given[flag.Name]
		if _, several := flag.Value.(pflag.SliceValue); twice && !several && before != value && err == nil {
			err = exit.Usagef("--%s is given twice, as %q and as %q: it takes one value", flag.Name, before, value)
		}
		given[flag.Name] = value
		return nil
	})
	return err
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
	// Only flags that were given: a setting, or a default, has been checked where it was made.
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
	return cmp.Or(err, checkInput(cmd, args))
}

// checkInput refuses standard input for two things, of which the second would find nothing in it, and for what is read again
// and again.
func checkInput(cmd *cobra.Command, args []string) error {
	named := slices.DeleteFunc(slices.Clone(args), func(arg string) bool { return arg != "-" })
	cmd.Flags().Visit(func(flag *pflag.Flag) {
		values := []string{flag.Value.String()}
		if several, ok := flag.Value.(pflag.SliceValue); ok {
			values = several.GetSlice()
		}
		for _, value := range values {
			if value == "-" && strings.Contains(flag.Usage, "(- for stdin)") {
				named = append(named, "--"+flag.Name+" -")
			}
		}
	})
	watch, _ := cmd.Flags().GetBool("watch") // false where there is no such flag
	switch {
	case len(named) > 1:
		return exit.Usagef("standard input can be read once, and %s would each read it; name a file", strings.Join(named, " and "))
	case watch && len(named) > 0:
		return exit.Usagef("%s: standard input can be read once, and --watch compares again and again; name a file", named[0])
	}
	return nil
}

// checkHost refuses an address that is that of no service, also of a setting. Links may lead there, or it may be asked.
func (a *app) checkHost(cmd *cobra.Command) error {
	host, _ := cmd.Flags().GetString("host") // empty where there is no such flag
	_, err := fetch.ParseHost(host)
	switch {
	case err == nil:
		return nil
	case cmd.Flags().Changed("host"):
		return exit.Usagef("--host: %w", err)
	}
	return exit.Usagef("%s: host: %w", a.settings["host"].From, err)
}

// checkWritten refuses a flag's file that can't be written, or must not: what is written at the end may take hours to make.
func (a *app) checkWritten(cmd *cobra.Command, flag *pflag.Flag) error {
	path := flag.Value.String()
	if kept := a.kept(path); kept != "" {
		return exit.Usagef("--%s %s is %s, and is not written over", flag.Name, path, kept)
	}
	// A site is a folder, which is made with those that it is in.
	if cmd.Name() == "site" {
		return nil
	}
	if file, err := os.Stat(path); err == nil && file.IsDir() {
		return exit.Usagef("--%s %s: that is a folder; name a file", flag.Name, path)
	}
	if folder, err := os.Stat(filepath.Dir(path)); errors.Is(err, fs.ErrNotExist) || err == nil && !folder.IsDir() {
		return exit.Usagef("--%s %s: there is no folder %s", flag.Name, path, filepath.Dir(path))
	}
	return nil
}

// kept says why a file must not be written over: it is empty where it may be.
func (a *app) kept(path string) string {
	// A link has another name than the file that is lost.
	if real, err := filepath.EvalSymlinks(path); err == nil && spec.IsListFile(real) {
		return "one of the siglists"
	}
	name, _ := a.cacheFile()
	file, _ := os.Stat(path)
	cached, _ := os.Stat(name)
	// SameFile, since a link has another name. It is false where either is not there.
	if os.SameFile(file, cached) {
		return "the cache"
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
	// As it is typed: the message begins with the program's name already.
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
		found, rest, _ := cmd.Root().Find(args) // whose errors are those of a root without Args
		if len(rest) > 0 {
			return noCommand(found, strings.Join(rest, " "))
		}
		found.InitDefaultHelpFlag()
		return found.Help()
	})
	cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
		var names []string
		if found, rest, _ := cmd.Root().Find(args); len(rest) == 0 {
			for _, sub := range found.Commands() {
				if !sub.Hidden && strings.HasPrefix(sub.Name(), word) {
					names = append(names, sub.Name()+"\t"+sub.Short)
				}
			}
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	}
	return cmd
}

// otherCommands are commands of git, gh, ripgrep and crashstats-tools, and words near to ours, with what they are here.
var otherCommands = map[string]string{
	"compare": "diff", "show": "explain", "why": "explain", "log": "history", "blame": "lines", "grep": "lines",
	"pr": "review", "status": "verify", "reprocess": "verify", "clone": "siglists clone", "pull": "siglists clone",
	"list": "corpus list", "ls": "corpus list", "corpora": "corpus list", "crashes": "corpus list", "add": "import", "load": "import",
	"get": "fetch", "download": "fetch", "search": "fetch", "supersearch": "fetch", "fetch-data": "fetch", "fetch_crash_data": "fetch",
	"gc": "cache compact", "prune": "cache prune", "settings": "config", "init": "siglists clone", "workbench": "serve", "edit": "serve",

	"corpus ls": "list", "corpus rm": "delete", "corpus remove": "delete", "corpus new": "create", "corpus add": "create",
	"cache info": "stats", "cache list": "stats", "cache ls": "stats", "cache show": "stats", "cache clean": "prune", "cache gc": "compact", "cache check": "verify",
	"siglists update": "clone", "siglists fetch": "clone", "siglists pull": "clone",
}

// meantCommand says in brackets which command was meant by a word that is none.
// A crash id or a pull request in a command's place is likelier than a misspelt command, and is looked at first.
func meantCommand(cmd *cobra.Command, word string) string {
	path := word
	if cmd.HasParent() {
		path = cmd.Name() + " " + word
	} else {
		if id, _ := crashid.Find(word); id != "" {
			return " (did you mean 'sigdiff explain " + id + "'?)"
		}
		if kind, pull := spec.Parse(word); kind == spec.Pull {
			return " (did you mean 'sigdiff diff " + pull + "'?)"
		}
	}
	// What people know from other programs goes before what is only spelt alike.
	if other := otherCommands[path]; other != "" {
		return " (did you mean " + other + "?)"
	}
	var names []string
	for _, sub := range cmd.Commands() {
		names = append(names, sub.Name())
	}
	return meant.Text(word, names)
}

// otherFlags are flags of those, with what they are here: the first that a command has.
var otherFlags = map[string][]string{
	"f": {"format"}, "n": {"num", "limit"}, "L": {"num", "limit"}, "max-count": {"num", "limit"},
	"since": {"from", "date"}, "after": {"from", "date"}, "until": {"to", "date"}, "before": {"to", "date"},
	"limit": {"num"}, "query": {"url"}, "port": {"listen"}, "C": {"repo"}, "R": {"repo"}, "base": {"against"}, "against": {"base"}, "good": {"from"}, "bad": {"to"}, "w": {"open"}, "web": {"open"}, "siglists": {"candidate"},
}

// meantFlag says in brackets which flag was meant by one that is not there, or what to do in its place.
// name is without dashes.
func meantFlag(cmd *cobra.Command, name string) string {
	has := func(flag string) bool { return cmd.Flags().Lookup(flag) != nil }
	for _, ours := range otherFlags[name] {
		if has(ours) {
			return " (did you mean --" + ours + "?)"
		}
	}
	switch {
	// Such as --json.
	case slices.Contains(formatsOf(cmd), known(name, nil)):
		return " (did you mean --format " + known(name, nil) + "?)"
	case name == "name-only" && slices.Contains(formatsOf(cmd), "ids"):
		return " (did you mean --format ids?)"
	case (name == "cached" || name == "staged") && has("candidate"):
		return " (the SPEC . is the working tree of a checkout)"
	case strings.Contains(name, "colo"): // --color, --no-colour
		return " (NO_COLOR=1 in the environment leaves colours out)"
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
	return meant.Text("--"+name, names)
}

// revisions are both ends of a range as git has it, OLD..NEW, of which one may be left out for HEAD; none where a word is
// something else, such as a path.
func revisions(word string) ([]string, error) {
	// exec:COMMAND and dir:PATH say what they are, whatever comes behind.
	if kind, rest := spec.Parse(word); kind == spec.Exec || kind == spec.Dir && rest != word {
		return []string{word}, nil
	}
	old, new, ok := strings.Cut(word, "..")
	// A path such as ../lists has two dots, too. What is there, or looks like a path, is none of git's ranges.
	if _, err := os.Stat(word); !ok || err == nil || strings.HasSuffix(old, "/") || strings.HasPrefix(new, "/") {
		return []string{word}, nil
	}
	// In git diff, three dots mean the merge base of both. Taking them for two would compare with something else.
	if strings.HasPrefix(new, ".") {
		old, new := cmp.Or(old, "HEAD"), cmp.Or(strings.TrimPrefix(new, "."), "HEAD")
		return nil, exit.Usagef("%s: sigdiff has no ranges of three dots; $(git merge-base %s %s) and %s are the two SPECs", word, old, new, new)
	}
	return []string{cmp.Or(old, "HEAD"), cmp.Or(new, "HEAD")}, nil
}
