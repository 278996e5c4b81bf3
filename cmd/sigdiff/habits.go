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
	"list": "corpus list", "ls": "corpus list", "add": "import", "load": "import",
	"get": "fetch", "download": "fetch", "search": "fetch", "supersearch": "fetch", "fetch-data": "fetch", "fetch_crash_data": "fetch",
	"gc": "cache compact", "prune": "cache prune", "settings": "config", "init": "siglists clone",

	"corpus ls": "list", "corpus rm": "delete", "corpus remove": "delete", "corpus new": "create", "corpus add": "create",
	"cache info": "stats", "cache clean": "prune", "cache gc": "compact", "cache check": "verify",
	"siglists update": "clone", "siglists fetch": "clone", "siglists pull": "clone",
}

// meantCommand says in brackets which command was meant by a word that is none.
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
	if other := otherCommands[path]; other != "" {
		return " (did you mean " + other + "?)"
	}
	var names []string
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			names = append(names, sub.Name())
		}
	}
	return meant.Text(word, names)
}

// meantFlag says in brackets which flag was meant by one that is not there, or what to do in its place.
func meantFlag(cmd *cobra.Command, name string) string {
	has := func(flag string) bool { return cmd.Flags().Lookup(flag) != nil }
	switch {
	case slices.Contains(formatsOf(cmd), known(name, nil)):
		return " (did you mean --format " + known(name, nil) + "?)"
	case name == "f" && has("format"):
		return " (did you mean --format?)"
	case name == "n" && has("num"), name == "max-count" && has("num"):
		return " (did you mean --num?)"
	case name == "n" && has("limit"), name == "max-count" && has("limit"):
		return " (did you mean --limit?)"
	case (name == "since" || name == "after") && has("from"):
		return " (did you mean --from?)"
	case (name == "until" || name == "before") && has("to"):
		return " (did you mean --to?)"
	case (name == "since" || name == "after" || name == "until" || name == "before") && has("date"):
		return " (did you mean --date?)"
	case name == "name-only" && slices.Contains(formatsOf(cmd), "ids"):
		return " (did you mean --format ids?)"
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
	if _, err := os.Stat(word); !ok || err == nil || old == "" || new == "" || strings.HasSuffix(old, "/") || strings.HasPrefix(new, "/") {
		return []string{word}, nil
	}
	if strings.HasPrefix(new, ".") {
		old, new := old, strings.TrimPrefix(new, ".")
		return nil, exit.Usagef("%s: sigdiff has no ranges of three dots; $(git merge-base %s %s) and %s are the two SPECs", word, old, new, new)
	}
	return []string{old, new}, nil
}
