package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/config"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/internal/spec"
	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/lint"
)

// A key was pressed and somebody waits: what isn't known by then is not offered.
const (
	completionPatience = 5 * time.Second        // for git
	completionLock     = 100 * time.Millisecond // for a cache that another process holds
)

func (a *app) completionCommand() *cobra.Command {
	cmd := page("completion", cobra.ExactArgs(1), func(cmd *cobra.Command, args []string) error {
		switch root := cmd.Root(); args[0] {
		case "bash":
			return root.GenBashCompletionV2(a.stdout, true)
		case "zsh":
			return root.GenZshCompletion(a.stdout)
		case "fish":
			return root.GenFishCompletion(a.stdout, true)
		}
		return exit.Usagef("no completion for %q; there are bash, zsh and fish", args[0])
	})
	cmd.ValidArgs = []string{"bash", "zsh", "fish"}
	return cmd
}

// completions say what completes what: a flag of any command, as "--flag", or of one alone, as "command --flag", and the
// arguments of a command. Most flags mean the same everywhere. nil leaves arguments to the shell, which offers files.
func (a *app) completions() map[string]cobra.CompletionFunc {
	rules, corpus, lists := completeWords(rulesets()...), completeArguments(true, a.completeCorpus), completeArguments(true, completeSiglists)
	return map[string]cobra.CompletionFunc{
		"--corpus": a.completeCorpus, "--base": completeSides, "--candidate": completeSides, "--against": completeSiglists,
		"--siglists": completeSiglists, "--python-siglists": completeSiglists, "--to": completeSiglists, "--from": completeSiglists,
		"--for": completeSiglists, "--add": completeListNames, "--remove": completeListNames,
		"--repo": completeFolder, "--siglists-path": cobra.NoFileCompletions, "--remote": cobra.NoFileCompletions,
		"--rules": rules, "--base-rules": rules, "--candidate-rules": rules, "--by": completeWords(report.ByCrash, report.ByGroup),
		"--kind":    completeWords(cache.Raw.String(), cache.Processed.String(), cache.Record.String(), cache.Screen.String(), crashDataKind),
		"--date":    completeWords("today", "yesterday", "thisweek", "thismonth"),
		"--disable": completeWords(checkNames()...), "--product": completeWords("Firefox", "Fenix", "Thunderbird"), "--num": completeWords("all"),
		"--fail-on": completeWords(append(conditions(), "changed>100", "changed>1%")...),

		"accept --siglists": completeRecorded, "signature --siglists": completeRecorded, "correlate --siglists": completeRecorded,
		"review --base": completeSiglists, "screen --base": completeSiglists, "screen --candidate": completeSiglists,
		"test --base": completeSiglists, "test --line": completeListNames, "test --add": cobra.NoFileCompletions,

		"correlate": a.completeCorpus, "corpus show": corpus, "corpus ids": corpus, "corpus export": corpus, "corpus delete": corpus,
		"lint": lists, "lines": lists, "verify": lists, "review": lists, "diff": completeSides, "screen": completeSiglists,
		"explain":   completeArguments(false, completeSides), // the first is a crash id: a cache may have very many
		"pipelines": completePipelines, "test": completeArguments(true, completeFolder),
		"import": nil, "corpus import": nil, "merge": nil,
	}
}

// addCompletions says for every command what completes its flags and arguments.
func addCompletions(cmd *cobra.Command, all map[string]cobra.CompletionFunc) {
	path := strings.TrimPrefix(cmd.CommandPath(), "sigdiff ")
	cmd.Flags().VisitAll(func(flag *pflag.Flag) {
		complete, own := all[path+" --"+flag.Name]
		switch {
		case flag.Name == "format":
			complete = completeWords(formatsOf(cmd)...)
		case !own:
			complete = all["--"+flag.Name]
		}
		if err := cmd.RegisterFlagCompletionFunc(flag.Name, complete); err != nil {
			panic("a flag is completed twice: " + err.Error())
		}
	})
	cmd.ValidArgsFunction = cobra.NoFileCompletions // crash ids, new names, or nothing
	if complete, ok := all[path]; ok {
		cmd.ValidArgsFunction = complete
	}
	for _, sub := range cmd.Commands() {
		addCompletions(sub, all)
	}
}

// rulesets are those that are completed, with a number where one takes a number.
func rulesets() []string {
	return []string{signatures.DefaultRuleset, signatures.OldRuleset, "stack", "proto", "proto:5", "top:3", "hash"}
}

func checkNames() []string {
	var names []string
	for _, c := range lint.Checks() {
		names = append(names, string(c.Name))
	}
	return names
}

// completeArguments completes the first argument, or every other one.
func completeArguments(first bool, complete cobra.CompletionFunc) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
		if first != (len(args) == 0) {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return complete(cmd, args, word)
	}
}

// completeWords completes fixed words, each of several that are separated by commas.
// cobra replaces the whole word, so that what stands before the last comma is offered again each time.
func completeWords(words ...string) cobra.CompletionFunc {
	return func(_ *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
		before := word[:strings.LastIndex(word, ",")+1]
		return begun(word, before, words), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
	}
}

// begun are those of the words, behind what stands before each, that a word begins.
func begun(word, before string, words []string) []string {
	var all []string
	for _, w := range words {
		if strings.HasPrefix(before+w, word) {
			all = append(all, before+w)
		}
	}
	return all
}

// completeListNames completes the name of a list, which the line is behind.
// The shell puts no space behind the colon: the line follows.
func completeListNames(_ *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
	var names []string
	for _, name := range siglists.Names() {
		names = append(names, name.Word()+":")
	}
	return begun(word, "", names), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

func completeFolder(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveFilterDirs
}

// completeCorpus completes the names of corpora. A cache is neither made nor waited for.
// Whatever goes wrong, nothing is offered and nothing printed: it would land in the command line.
func (a *app) completeCorpus(_ *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
	const none = cobra.ShellCompDirectiveNoFileComp
	path, err := a.cacheFile()
	if err != nil {
		return nil, none
	}
	// Not openCache: its errors and notes have no place here, and it would wait as long as the user said.
	c, err := cache.Open(path, cache.Options{ReadOnly: true, Timeout: completionLock})
	if err != nil {
		return nil, none
	}
	defer func() { _ = c.Close() }()
	corpora, _ := c.Corpora() // those that can be read
	var names []string
	for _, corpus := range corpora {
		// What shells would cut apart or a terminal would obey is left to be typed.
		if strings.HasPrefix(corpus.Name, word) && visible(corpus.Name) == corpus.Name {
			names = append(names, fmt.Sprintf("%s\t%s", corpus.Name, plural.Crashes(corpus.Crashes)))
		}
	}
	return names, none
}

// completeSides completes a SPEC that may be signatures.
func completeSides(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
	all, directive := completeRecorded(cmd, args, word)
	return append(all, begun(word, "", []string{"accepted\twhat was accepted for the corpus"})...), directive
}

// completeRecorded completes a SPEC that may be the signatures that came with the crashes, but not accepted ones.
func completeRecorded(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
	all, directive := completeSiglists(cmd, args, word)
	return append(all, begun(word, "", []string{"recorded\tthe signatures that came with the crashes"})...), directive
}

// completePipelines completes a SPEC, or the ruleset behind it.
// The ruleset stands behind an @: main@proto:5.
func completePipelines(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
	before, _, behind := strings.Cut(word, "@")
	if !behind {
		return completeSides(cmd, args, word)
	}
	return begun(word, before+"@", rulesets()), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
}

// completeSiglists completes a SPEC of siglists: names in the clone, and folders.
// Words that can only be paths are left to the shell, which knows ~ and hidden folders.
func completeSiglists(cmd *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
	if filepath.IsAbs(word) || strings.HasPrefix(word, "~") || strings.HasPrefix(word, ".") {
		return nil, cobra.ShellCompDirectiveFilterDirs
	}
	var all []string
	for _, name := range revisionNames(cmd) {
		if strings.HasPrefix(name, word) {
			all = append(all, name)
		}
		// pr/N/merge is offered once pr/N is typed, so that not every pull request stands there twice.
		if merge := name + "/merge"; strings.HasPrefix(word, name) && strings.HasPrefix(merge, word) {
			if kind, _ := spec.Parse(merge); kind == spec.Pull {
				all = append(all, merge)
			}
		}
	}
	return append(all, folders(word)...), cobra.ShellCompDirectiveNoFileComp
}

// revisionNames are the names in the clone that SPECs are looked up in.
// No pull request is fetched for it: Offline. Names with control characters are left out, as in completeCorpus.
func revisionNames(cmd *cobra.Command) []string {
	// A clone on a slow disk, or one that git has locked, must not hang the shell.
	ctx, cancel := context.WithTimeout(cmd.Context(), completionPatience)
	defer cancel()
	repo, _ := cmd.Flags().GetString("repo")
	// The shell leaves ~ in a word that it completes.
	reader := &spec.Reader{Options: spec.Options{Repo: config.AtHome(repo)}, Offline: true}
	// Without a budget and without Say: names are read, no siglists.
	opened, err := reader.Repository(ctx)
	if err != nil {
		return nil
	}
	names, err := opened.Names(ctx)
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(names, func(name string) bool { return visible(name) != name })
}

// maxFolders is how many folders are offered.
const maxFolders = 100

// folders are those that a word begins, with a slash at the end.
// os.ReadDir sorts them, so that the same ones are offered each time.
func folders(word string) []string {
	dir, begin := filepath.Split(word)
	entries, err := os.ReadDir(cmp.Or(dir, "."))
	if err != nil {
		return nil
	}
	var found []string
	for _, e := range entries {
		name := e.Name()
		// Hidden folders hold no siglists, and a clone has one: .git.
		if e.IsDir() && strings.HasPrefix(name, begin) && !strings.HasPrefix(name, ".") && visible(name) == name && len(found) < maxFolders {
			found = append(found, dir+name+"/")
		}
	}
	return found
}
