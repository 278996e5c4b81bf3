package main

import (
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/sigdiff/sigdiff/crashid"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/meant"
	"github.com/sigdiff/sigdiff/internal/spec"
)

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
		if kind, pull := spec.Parse(word); kind == spec.Pull || kind == spec.Merge {
			return " (did you mean 'sigdiff diff " + pull + "'?)"
		}
	}
	// What people know from other programs goes before what is only spelt alike.
	if other := otherCommands[path]; other != "" {
		return " (did you mean " + other + "?)"
	}
	var names []string
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() || isTopic(sub) {
			names = append(names, sub.Name())
		}
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
	case strings.Contains(name, "color"), strings.Contains(name, "colour"):
		return " (NO_COLOR=1 in the environment leaves colours out)"
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
	return meant.Text("--"+name, names)
}

// revisions are both ends of a range as git has it, OLD..NEW; none where a word is something else, such as a path.
func revisions(word string) ([]string, error) {
	old, new, ok := strings.Cut(word, "..")
	// A path such as ../lists has two dots, too. What is there, or looks like a path, is none of git's ranges.
	if _, err := os.Stat(word); !ok || err == nil || old == "" || new == "" || strings.HasSuffix(old, "/") || strings.HasPrefix(new, "/") {
		return []string{word}, nil
	}
	// In git diff, three dots mean the merge base of both. Taking them for two would compare with something else.
	if strings.HasPrefix(new, ".") {
		old, new := old, strings.TrimPrefix(new, ".")
		return nil, exit.Usagef("%s: sigdiff has no ranges of three dots; $(git merge-base %s %s) and %s are the two SPECs", word, old, new, new)
	}
	return []string{old, new}, nil
}
