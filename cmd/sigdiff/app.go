package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/engine/table"
	"github.com/sigdiff/sigdiff/internal/config"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/memory"
	"github.com/sigdiff/sigdiff/internal/shell"
	"github.com/sigdiff/sigdiff/internal/spec"
	"github.com/sigdiff/sigdiff/internal/terminal"
	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// app is what every command works with.
type app struct {
	stdin          io.Reader // the ids, texts and crashes that - names
	stdout, stderr io.Writer
	terminal       io.Writer        // what stdout writes to in the end, which may be a terminal
	filter         *terminal.Filter // before it, if it is one
	ctx            context.Context  // ends the waiting for a cache
	cachePath      string           // --cache; empty: $SIGDIFF_CACHE, or the usual file
	wait           string           // --wait
	opened         []*cache.Cache   // that report asks for damage, closed or not
	programs       []*spec.Programs // that run until the command ends
	unsure         bool             // whether one of them may have mixed up its answers
	demo           bool             // the demo runs: its clock stands still, and no settings hold
	budget         *pyre.Budget     // that all matching of the command shares
	args           []string         // of the command line
	filled         []string         // what was taken for what they leave out, as flags
	settings       config.Settings  // by key, also those that no flag took
	flags          *pflag.FlagSet   // of the command: whether one was given matters beside its value, since settings give the same
	noPager        bool             // --no-pager, or a command that writes again and again
	shown          bool             // whether the terminal that diagnostics go to shows the report, with its notes
	out            *bufio.Writer    // what stdout is before the filter, flushed where somebody may wait for what was printed
}

// maxSteps bounds the matching of a whole command, as a pyre.Budget counts it: some minutes. Comparing
// 17,000 crashes takes less than a five-hundredth of it.
const maxSteps = 20_000_000_000

// run is the whole program: results go to stdout, everything else to stderr.
// It returns the exit code, and never exits itself: tests run many command lines in one process.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	return runWithin(ctx, maxSteps, args, stdin, stdout, stderr)
}

// runWithin is run with as many steps of matching.
func runWithin(ctx context.Context, steps int, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	// What is printed goes through out, which gathers it, and the filter, which is nil where stdout is no terminal,
	// to stdout.
	screen, filter := terminal.Filtered(stdout)
	// Large, since reports are written in many small pieces.
	out := bufio.NewWriterSize(screen, 1<<16)
	// The budget cancels it when it is used up: everything that matches stops then, wherever it is.
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	a := &app{ctx: ctx, stdin: stdin, stdout: out, stderr: stderr, terminal: stdout, filter: filter, out: out, budget: pyre.NewBudget(ctx, steps, end), args: args}
	err := a.execute(ctx, args)
	// Before the flush: their last words are about what was printed, and go to stderr.
	a.closePrograms()
	// A full disk or a closed pipe may show only here: without this, half a report would end with 0.
	flushErr := cmp.Or(out.Flush(), filter.Flush())
	// Who stopped reading wants to hear no more, as of git and grep. What went wrong did so for want of a reader.
	if errors.Is(flushErr, syscall.EPIPE) {
		return exit.Unread
	}
	// That a report was not written outweighs what it says; the command may have failed for it already.
	if flushErr != nil && !errors.Is(err, flushErr) {
		err = exit.With(exit.Failed, errors.Join(err, fmt.Errorf("writing the result: %w", flushErr)))
	}
	return a.report(ctx, err)
}

// execute runs the command of a command line.
func (a *app) execute(ctx context.Context, args []string) error {
	root := a.rootCommand(args)
	// Only then: no other command line needs them.
	if len(args) > 0 && strings.HasPrefix(args[0], cobra.ShellCompRequestCmd) {
		addCompletions(root, a.completions()) // not else: cobra keeps what completes a flag for ever
	}
	root.SetArgs(args)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	return root.ExecuteContext(ctx)
}

// closePrograms ends the programs that are sides.
// What they still have to say is said before the error of the command.
func (a *app) closePrograms() {
	for _, p := range a.programs {
		a.unsure = !p.Close(a.say) || a.unsure
	}
	a.programs = nil
}

// report says what went wrong and tells the exit code. What was made of a cache that may be an older state is incomplete,
// and so is what was made of answers that may be those of other crashes.
// The caches are closed by now: some damage is only found by Close. See cache.Cache.Damage.
func (a *app) report(ctx context.Context, err error) int {
	code := a.reportError(ctx, err)
	for _, c := range a.opened {
		if damage := c.Damage(); damage != "" {
			// Opening for writing fails with the same sentence, which need not stand there twice.
			if err == nil || !strings.Contains(err.Error(), damage) {
				a.say(damage)
			}
			a.unsure = true
		}
	}
	// Other codes already say that something is wrong, and what is worse goes first.
	if a.unsure && (code == exit.OK || code == exit.Changed) {
		return exit.Incomplete
	}
	return code
}

// reportError says what went wrong and tells the exit code of an error alone. The order matters. A budget that is
// used up cancels the context, so that what comes back is an error of cancelling: that is no interruption. Errors
// with a code of their own come before those that are wrong usage by their kind. Everything else is 4.
func (a *app) reportError(ctx context.Context, err error) int {
	// Siglists may be anybody's, and Python's expressions can take for ever. This is how such a line is heard of.
	if limit, ok := errors.AsType[*pyre.LimitError](context.Cause(ctx)); ok {
		a.say(fmt.Sprintf("%v, the limit for a command: some lines of the siglists take too long; 'sigdiff lint' may tell which", limit))
		return exit.Failed
	}
	if err == nil {
		return exit.OK
	}
	// Only an error that comes from the interruption is one: a command may also fail on its own after it.
	if ctx.Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.Cause(ctx))) {
		a.say("interrupted")
		return exit.Interrupted
	}
	if text := strings.TrimSpace(err.Error()); text != "" {
		a.say(text + unreachable(err) + otherTemporary(err))
	}
	var e *exit.Error
	var load *siglists.LoadError
	switch {
	case errors.As(err, &e):
		return e.Code
	case errors.As(err, &load), errors.Is(err, cache.ErrNoCorpus):
		return exit.Usage
	}
	return exit.Failed
}

// otherTemporary says which setting names another folder, where an error is about a temporary file or its folder.
func otherTemporary(err error) string {
	path, ok := errors.AsType[*fs.PathError](err)
	if !ok {
		return ""
	}
	// Only files of ours are meant: the path of a user's own file may begin so, too.
	name := strings.TrimPrefix(path.Path, filepath.Clean(os.TempDir()))
	if missing := name == "" && path.Op == "stat"; missing || strings.HasPrefix(name, string(filepath.Separator)+"sigdiff-") {
		return "; $TMPDIR names another folder for temporary files"
	}
	return ""
}

// say writes a diagnostic. It may hold what others wrote (ids, frames, names of files, answers of
// servers), so nothing in it gets to steer a terminal; its lines stay lines.
func (a *app) say(text string) {
	// Tabs are made spaces before: VisibleLines would spell them out.
	fmt.Fprintf(a.stderr, "sigdiff: %s\n", report.VisibleLines(strings.ReplaceAll(text, "\t", "    ")))
}

// rootCommand is the program. Where the command line begins with a command, it has no other: each has flags
// by the dozen, and making them all takes a fifth of the program's start.
func (a *app) rootCommand(args []string) *cobra.Command {
	root := page("sigdiff", cobra.ArbitraryArgs, func(cmd *cobra.Command, words []string) error {
		// Such as --cache diff, which takes the command for the file.
		if len(words) == 0 && len(args) > 0 {
			return exit.Usagef("there is no command behind %s; 'sigdiff help' lists them", shell.Line(args))
		}
		return onlyHelp(cmd, words)
	})
	root.SilenceErrors, root.SilenceUsage = true, true
	// --version is for people; 'sigdiff version' says all there is to know.
	root.Version = cmp.Or(programVersion(), "of unknown revision, built with "+runtime.Version())
	root.PersistentPreRunE = func(cmd *cobra.Command, words []string) error {
		a.flags = cmd.Flags()
		if err := checkRepeated(cmd, args); err != nil {
			return err
		}
		// In this order: settings fill flags in first, and which flags are idle depends on the format that is settled.
		if err := a.configure(cmd, words); err != nil {
			return err
		}
		if err := cmp.Or(a.checkGiven(cmd, words), a.checkHost(cmd)); err != nil {
			return err
		}
		written, err := a.settleFormat(cmd)
		if err != nil {
			return err
		}
		return cmp.Or(a.refuseIdle(cmd, written), checkNeeded(cmd))
	}
	// cobra's own has no page of help like the others, and no exit codes.
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetHelpCommand(helpCommand())
	root.SetHelpFunc(a.help)
	root.InitDefaultHelpFlag() // before commands are looked for, so that --help may stand before one
	// Settings are taken in PersistentPreRunE, after these are parsed and before any command runs.
	root.PersistentFlags().StringVar(&a.cachePath, "cache", "", "the cache file (default $SIGDIFF_CACHE, or sigdiff/crashes.db in the user's cache directory)")
	root.PersistentFlags().StringVar(&a.wait, "wait", "", "wait `DURATION`, such as 10m, for a cache that another sigdiff has in use (default $SIGDIFF_WAIT, or 2s)")
	root.PersistentFlags().BoolVar(&a.noPager, "no-pager", a.noPager, "show reports on a terminal without a pager ($SIGDIFF_PAGER, $PAGER, or less)")
	root.SetFlagErrorFunc(flagError)
	all := a.commands()
	// A flag, help or a misspelt command in the first place needs all commands, for what is said of them.
	only := slices.ContainsFunc(all, func(c command) bool { return len(args) > 0 && c.name == args[0] })
	root.AddGroup(groups()...)
	for _, c := range all {
		if only && c.name != args[0] {
			continue
		}
		cmd := c.make()
		cmd.GroupID = c.group
		root.AddCommand(cmd)
	}
	root.SetHelpCommandGroupID("more")
	// Pages of help that belong to no command have no run, by which isTopic knows them.
	root.AddCommand(page("specs", nil, nil), &cobra.Command{Use: "exit-codes", Short: "What the exit codes mean", Long: exit.Help})
	return root
}

// rulesFlag adds --rules, for commands that make signatures with one set of siglists at a time.
func rulesFlag(f *pflag.FlagSet, rules *string) {
	f.StringVar(rules, "rules", signatures.DefaultRuleset, "the rules: "+rulesHelp)
}

// rulesHelp explains rulesets in the help of a flag.
const rulesHelp = signatures.RulesetsHelp + "; then +RULE or -RULE, separated by commas (docs/pipelines.md)"

// cacheFile is the path of the cache.
// The flag goes before the variable, and that before the system's folder. The file need not exist.
func (a *app) cacheFile() (string, error) {
	if a.cachePath != "" {
		return a.cachePath, nil
	}
	if path := os.Getenv("SIGDIFF_CACHE"); path != "" {
		return path, nil
	}
	// A cache in the system's sense: what is in it can be fetched again, as long as the service keeps it.
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", exit.Usagef("no place for the cache: %w; name a file with --cache", err)
	}
	return filepath.Join(dir, "sigdiff", "crashes.db"), nil
}

// access is what a command opens the cache to do.
type access int

const (
	reading access = iota // beside other readers
	writing               // alone
	making                // writing, also where there is no cache yet
)

// storing is the access of a command that writes, and makes a cache only for crashes that are to come.
func storing(toCome bool) access {
	if toCome {
		return making
	}
	return writing
}

// withCache opens the cache for some use of it, and closes it.
// An error of Close counts where use had none: it may be that what was written did not get to the disk. cmp.Or works
// out both, so that the cache is closed in any case.
func (a *app) withCache(to access, use func(*cache.Cache) error) (err error) {
	path, wait, err := a.cacheOptions()
	if err != nil {
		return err
	}
	// Readers share the file with each other. A writer has it alone, and waits for them.
	wait.ReadOnly = to == reading
	// A cache that is made by deleting from it, say, would hide that its name is misspelt.
	wait.Existing = to == writing
	c, err := cache.Open(path, wait)
	if err != nil {
		return err
	}
	a.opened = append(a.opened, c)
	defer func() { err = cmp.Or(err, corpora.Close(a.ctx, c)) }()
	memory.Prepare()
	return use(c)
}

// cacheOptions are the path of the cache, and how long to wait for one that another process has.
func (a *app) cacheOptions() (path string, o cache.Options, err error) {
	if path, err = a.cacheFile(); err != nil {
		return "", o, err
	}
	o = cache.Options{Context: a.ctx, BlockVersion: table.BlockVersion}
	name, value := "--wait", a.wait
	if value == "" {
		name, value = "$SIGDIFF_WAIT", os.Getenv("SIGDIFF_WAIT")
	}
	if value == "" {
		return path, o, nil
	}
	wait, err := time.ParseDuration(value)
	if err != nil || wait < 0 {
		return path, o, exit.Usagef("%s %q: it is a span of time with its unit, such as 90s, 10m or 3h", name, value)
	}
	o.Timeout = max(wait, 1) // 0 would be the default
	o.Waiting = func() { a.note("the cache is in use by another sigdiff; waiting up to %v for it", wait) }
	return path, o, nil
}

// now is the present, as far as searches are concerned.
func (a *app) now() time.Time {
	if a.demo {
		return demoNow()
	}
	return time.Now()
}

// note says something that is neither a result nor an error.
func (a *app) note(format string, args ...any) {
	a.say(fmt.Sprintf(format, args...))
}

// command is one of the program's: its name, the group of help that it stands in, and what makes it.
type command struct {
	name, group string
	make        func() *cobra.Command
}

// groups are those of help, in its order.
func groups() []*cobra.Group {
	return []*cobra.Group{
		{ID: "crashes", Title: "Crashes:"},
		{ID: "compare", Title: "Compare:"},
		{ID: "time", Title: "Over time:"},
		{ID: "more", Title: "More:"},
	}
}

// commands are those of the program.
// make is called only for those that a command line needs: see rootCommand.
func (a *app) commands() []command {
	return []command{
		{"fetch", "crashes", a.fetchCommand},
		{"import", "crashes", a.importCommand},
		{"corpus", "crashes", a.corpusCommand},
		{"cache", "crashes", a.cacheCommand},
		{"diff", "compare", a.diffCommand},
		{"screen", "compare", a.screenCommand},
		{"review", "compare", a.reviewCommand},
		{"explain", "compare", a.explainCommand},
		{"lint", "compare", a.lintCommand},
		{"lines", "compare", a.linesCommand},
		{"suggest", "compare", a.suggestCommand},
		{"test", "compare", a.testCommand},
		{"pipelines", "compare", a.pipelinesCommand},
		{"correlate", "compare", a.correlateCommand},
		{"merge", "compare", a.mergeCommand},
		{"history", "time", a.historyCommand},
		{"bisect", "time", a.bisectCommand},
		{"accept", "time", a.acceptCommand},
		{"verify", "time", a.verifyCommand},
		{"check-parity", "time", a.parityCommand},
		{"signature", "more", a.signatureCommand},
		{"signify", "more", a.signifyCommand},
		{"serve", "more", a.serveCommand},
		{"site", "more", a.siteCommand},
		{"siglists", "more", a.siglistsCommand},
		{"config", "more", a.configCommand},
		{"demo", "more", a.demoCommand},
		{"bench", "more", a.benchCommand},
		{"completion", "more", a.completionCommand},
		{"version", "more", a.versionCommand},
	}
}
