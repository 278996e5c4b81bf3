package main

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/sigdiff/sigdiff/internal/exit"
)

// namedFormats is where a command's flag --format says which there are: what help, errors and completion go by.
const namedFormats = "formats"

// formatFlag adds --format to a command, with the formats that it has. standard is the one without the flag.
func formatFlag(cmd *cobra.Command, format *string, standard string, names ...string) {
	cmd.Flags().StringVar(format, "format", standard, strings.Join(names, ", "))
	nameFormats(cmd, names)
}

// formatsFlag is formatFlag for several formats at once.
func formatsFlag(cmd *cobra.Command, formats *[]string, standard string, names ...string) {
	cmd.Flags().StringSliceVar(formats, "format", []string{standard}, "formats of the report: "+strings.Join(names, ", "))
	nameFormats(cmd, names)
}

func nameFormats(cmd *cobra.Command, names []string) {
	cmd.Flags().Lookup("format").Annotations = map[string][]string{namedFormats: names}
}

// formatsOf are the formats that a command has.
func formatsOf(cmd *cobra.Command) []string {
	if flag := cmd.Flags().Lookup("format"); flag != nil {
		return flag.Annotations[namedFormats]
	}
	return nil
}

// checkFormats refuses a format that a command doesn't have, before it starts.
func checkFormats(cmd *cobra.Command, _ []string) error {
	names := formatsOf(cmd)
	if names == nil {
		return nil
	}
	value := cmd.Flags().Lookup("format").Value
	given := []string{value.String()}
	if several, ok := value.(pflag.SliceValue); ok {
		given = several.GetSlice()
	}
	if len(given) == 0 {
		return exit.Usagef("--format names none; there are %s", strings.Join(names, ", "))
	}
	for _, name := range given {
		if !slices.Contains(names, name) {
			return exit.Usagef("no format %q; there are %s", name, strings.Join(names, ", "))
		}
	}
	return nil
}

func (a *app) writeJSON(v any) error {
	enc := json.NewEncoder(a.stdout)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
