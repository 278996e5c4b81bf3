package main

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/sigdiff/sigdiff/fetch"
	"github.com/sigdiff/sigdiff/internal/config"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/meant"
	"github.com/sigdiff/sigdiff/report"
)

// setBy is where a flag says which setting it takes its value from when it isn't given.
const setBy = "setting"

// settable makes the flag of a setting's name take its value from there.
// Not each flag of such a name takes it: screen's --corpus, say, names what it makes.
func settable(f *pflag.FlagSet, key string) { annotate(f, key, setBy, []string{key}) }

// configure gives the flags of a command that were not given what is set. Which those are is part of the command that
// reports name.
// Set leaves Flag.Changed as it is: commands that ask whether a flag was given still get no for an answer. a.filled
// repeats what was taken, so that the command in a report does the same without the settings.
func (a *app) configure(cmd *cobra.Command, args []string) error {
	// These must work, and help most of all, also where a settings file is wrong.
	if a.demo || !cmd.HasParent() || slices.Contains([]string{"config", "completion", "help", "version"}, cmd.Name()) {
		return nil
	}
	settings, err := config.Load(".", os.Getenv)
	if err != nil {
		return err
	}
	a.settings = settings
	if err := cmp.Or(checkFormat(settings["format"]), checkFailOn(settings["fail-on"])); err != nil {
		return err
	}
	for _, s := range settings.All() {
		flag := cmd.Flags().Lookup(s.Key)
		// An empty one leaves the flag as it is without any: what is set further off does not hold.
		if s.Value == "" || flag == nil || flag.Changed || !applies(cmd, flag, args, s) {
			continue
		}
		// The flag checks the value as it would on the command line, and the error names the file.
		if err := flag.Value.Set(s.Value); err != nil {
			return fmt.Errorf("%s: %s: %w", s.From, s.Key, err)
		}
		// As two words, which Line quotes: refuseIdle takes both out again.
		a.filled = append(a.filled, "--"+s.Key, s.Value)
	}
	return nil
}

// checkFailOn refuses conditions that are none: the error of a command that has them would name no file.
func checkFailOn(s config.Setting) error {
	if s.Value == "" {
		return nil
	}
	if _, err := parseFailOn(strings.Split(s.Value, ",")); err != nil {
		return exit.Usagef("%s: %w", s.From, err)
	}
	return nil
}

// checkFormat refuses a setting that is no format of any command: each would pass it over.
func checkFormat(s config.Setting) error {
	// Comparisons have nearly all of them. The others are those of test, and of corpus export.
	names := slices.Concat(report.ComparisonFormats().Names(), report.CasesFormats().Names(), []string{corpusFormat, crashDataKind})
	if s.Value == "" || slices.Contains(names, known(s.Value, names)) {
		return nil
	}
	return exit.Usagef("%s: format = %q: no command has it%s", s.From, s.Value, meant.Text(s.Value, names))
}

// applies tells whether a setting is meant for a flag: it takes settings, and what the command line says leaves room for it.
func applies(cmd *cobra.Command, flag *pflag.Flag, args []string, s config.Setting) bool {
	switch s.Key {
	case "corpus": // which goes with no other crashes
		if cmd.Flags().Changed("ids") || slices.ContainsFunc(args, namesCrash) {
			return false
		}
	case "host":
		if cmd.Flags().Changed("url") {
			return false
		}
	// Not every command has every format: a setting that this one lacks is passed over, and is no error.
	case "format":
		return slices.Contains(formatsOf(cmd), known(s.Value, formatsOf(cmd)))
	}
	return flag.Annotations[setBy] != nil
}

// strange tells of a host that only a file names that may have come with a clone: it is sent no token.
// The default host is no stranger, whoever names it. A flag that was given isn't in a.filled.
func (a *app) strange(host string) bool {
	return !sameService(host, fetch.DefaultHost) && !a.settings["host"].Own && slices.Contains(a.filled, "--host")
}

// configCommand is 'sigdiff config'. It shows all settings, unset ones too, and changes none: the file is edited by
// hand.
func (a *app) configCommand() *cobra.Command {
	var format string
	cmd := page("config", nil, func(_ *cobra.Command, args []string) error {
		if len(args) > 0 {
			return exit.Usagef("config takes no arguments: it shows all settings, and a line of %s, such as corpus = \"nightly\", sets one", config.FileName)
		}
		return a.runConfig(format)
	})
	formatFlag(cmd, &format, "text", "text", "json")
	return cmd
}

func (a *app) runConfig(format string) error {
	settings, err := config.Load(".", os.Getenv)
	if err != nil {
		return err
	}
	// All settings, those that are not set with empty texts: a script asks for one by its key.
	if format == "json" {
		return report.WriteJSON(a.stdout, map[string]any{"settings": settings.All()})
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	for _, s := range settings.All() {
		if s.From == "" {
			s.Value, s.From = "-", "not set"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", s.Key, visible(s.Value), visible(s.From))
	}
	return w.Flush()
}
