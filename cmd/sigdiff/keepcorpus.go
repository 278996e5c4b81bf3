package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/internal/shell"
	"github.com/sigdiff/sigdiff/internal/terminal"
)

// hint says on a terminal what comes next, once there are crashes.
func (a *app) hint(corpus string) {
	if !terminal.Is(a.stderr) {
		return
	}
	in := ""
	if corpus != "" {
		in = " --corpus " + shell.Line([]string{corpus})
	}
	a.note("next: 'sigdiff diff OLD NEW%s' compares two siglist sets over them, 'sigdiff diff pr/N%s' reviews a pull request", in, in)
}

// keeping is what may become of a corpus that has the name of one to be made: nothing, unless one of them is given.
// A corpus is a fixed list that accepted results and reports refer to. So none is changed in passing.
type keeping struct{ add, replace bool }

func (k *keeping) addFlags(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&k.add, "add", false, "add the crashes to a corpus of that name; what was accepted for it stays")
	cmd.Flags().BoolVar(&k.replace, "replace", false, "replace a corpus of that name that has other crashes, and its accepted results")
}

// check refuses flags that contradict each other, or have no corpus to speak of.
func (k keeping) check(corpus string) error {
	switch {
	case k.add && k.replace:
		return exit.Usagef("--add and --replace exclude each other")
	case corpus == "" && (k.add || k.replace):
		return exit.Usagef("--add and --replace say what becomes of a corpus; name it with --corpus")
	}
	return nil
}

// allows refuses, before anything is done, to make a corpus of a name that is taken. same tells of the corpus that is
// there that it is the one to be made; it may be nil.
// No name, and --replace, are always fine. Its error is nil where keep may go on; keep looks again, at the crashes.
func (k keeping) allows(c *cache.Cache, name string, same func(cache.Corpus) bool) error {
	if name == "" || k.replace {
		return nil
	}
	old, err := c.Corpus(name)
	switch {
	case errors.Is(err, cache.ErrNoCorpus):
		return nil
	// --add and the same corpus leave err nil; a corpus that can't be read is an error.
	case err != nil || k.add || same != nil && same(old):
		return err
	}
	return taken(old)
}

func taken(old cache.Corpus) error {
	return exit.Usagef("there is a corpus %q already, of %s: --add adds to it, --replace replaces it with its accepted results", old.Name, plural.Crashes(len(old.IDs)))
}

// keep stores a corpus, and returns its crashes. One that has the same crashes already stays as it is.
// The error of an empty list is exit.Incomplete: the search before found nothing.
func (k keeping) keep(c *cache.Cache, name string, ids []string, provenance any) ([]string, error) {
	if len(ids) == 0 {
		return nil, exit.Incompletef("a corpus needs at least one crash: corpus %q is not made", name)
	}
	from, err := json.Marshal(provenance)
	if err != nil {
		return nil, fmt.Errorf("keeping where corpus %q comes from: %w", name, err)
	}
	made := cache.Corpus{Name: name, IDs: sortedIDs(ids), Provenance: from}
	old, err := c.Corpus(name)
	switch {
	case errors.Is(err, cache.ErrNoCorpus):
		return made.IDs, c.PutCorpus(made)
	// --replace also puts a new corpus in the place of one that can't be read.
	case err != nil && !k.replace:
		return nil, err
	case k.add:
		made = corpora.Joined(old, made)
		return made.IDs, c.PutCorpus(made)
	// Its provenance and accepted results stay, too. So the same command can be given again and again.
	case err == nil && slices.Equal(old.IDs, made.IDs):
		return made.IDs, nil
	case !k.replace:
		return nil, taken(old)
	}
	return made.IDs, c.ReplaceCorpus(made)
}
