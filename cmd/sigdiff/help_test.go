package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/sigdiff/sigdiff/internal/exit"
)

// everyCommand is every command that users see, by its path.
func everyCommand() map[string]*cobra.Command {
	root := (&app{stdin: strings.NewReader(""), stdout: new(bytes.Buffer), stderr: new(bytes.Buffer)}).rootCommand(nil)
	root.InitDefaultHelpCmd()
	all := map[string]*cobra.Command{}
	var add func(cmd *cobra.Command)
	add = func(cmd *cobra.Command) {
		if cmd.Hidden || cmd.Name() == "help" || isTopic(cmd) {
			return
		}
		all[cmd.CommandPath()] = cmd
		for _, sub := range cmd.Commands() {
			add(sub)
		}
	}
	add(root)
	return all
}

// Every command's help has an example and says where its exit codes are, and every flag says what it is for.
func TestEveryHelp(t *testing.T) {
	for path, cmd := range everyCommand() {
		help := runText(t, append(strings.Fields(path)[1:], "--help")...)
		for _, part := range []string{"Examples:", "Usage:", "Exit codes: "} {
			if !strings.Contains(help, part) {
				t.Errorf("%s --help has no %q:\n%s", path, part, help)
			}
		}
		if cmd.Short == "" || strings.HasSuffix(cmd.Short, ".") {
			t.Errorf("%s: short help %q", path, cmd.Short)
		}
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if f.Usage == "" {
				t.Errorf("%s: --%s has no help", path, f.Name)
			}
		})
		for _, line := range strings.Split(help, "\n") {
			if i := strings.Index(line, "\t"); i >= 0 {
				t.Errorf("%s --help has a tab: %q", path, line)
			}
		}
	}
}

// Help fits 80 columns, but for examples, which are there to be copied.
func TestHelpFits(t *testing.T) {
	pages := [][]string{{"help", "specs"}, {"help", "exit-codes"}}
	for path := range everyCommand() {
		pages = append(pages, append(strings.Fields(path)[1:], "--help"))
	}
	for _, args := range pages {
		examples := false
		for line := range strings.Lines(runText(t, args...)) {
			examples = line == "Examples:\n" || examples && line != "\n"
			if !examples && len(strings.TrimSuffix(line, "\n")) > 80 {
				t.Errorf("sigdiff %s: wider than 80 columns: %q", strings.Join(args, " "), line)
			}
		}
	}
}

// Every example shows its own command, and parses: the command is there, and so are its flags, and the
// number of arguments is one that it takes.
func TestEveryExampleParses(t *testing.T) {
	for path, cmd := range everyCommand() {
		shown := false
		for _, line := range exampleLines(cmd) {
			for _, words := range commandLines(t, line) {
				if words[0] != "sigdiff" {
					continue
				}
				found := checkParses(t, line, words[1:])
				shown = shown || found == path || strings.HasPrefix(found, path+" ")
			}
		}
		if !shown {
			t.Errorf("no example of %s shows it", path)
		}
	}
}

// exampleLines are the lines of a command's examples.
func exampleLines(cmd *cobra.Command) []string {
	var lines []string
	for _, line := range strings.Split(cmd.Example, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// TestCommandAlone: what a command line begins with is made alone, and is what it is among all.
func TestCommandAlone(t *testing.T) {
	for _, c := range new(app).commands() {
		root := (&app{stdin: strings.NewReader(""), stdout: new(bytes.Buffer), stderr: new(bytes.Buffer)}).rootCommand([]string{c.name})
		if cmd, _, err := root.Find([]string{c.name}); err != nil || cmd.Name() != c.name {
			t.Errorf("%s makes %q, %v", c.name, cmd.Name(), err)
		}
	}
}

// checkParses parses a command line without running it, and tells the command's path.
func checkParses(t *testing.T, line string, words []string) string {
	t.Helper()
	root := (&app{stdin: strings.NewReader(""), stdout: new(bytes.Buffer), stderr: new(bytes.Buffer)}).rootCommand(words)
	root.InitDefaultHelpCmd()
	cmd, args, err := root.Find(words)
	if err != nil {
		t.Errorf("%s: %v", line, err)
		return ""
	}
	if cmd == root && len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		t.Errorf("%s: no command %q", line, args[0])
	}
	if err := cmd.ParseFlags(args); err != nil {
		t.Errorf("%s: %v", line, err)
		return cmd.CommandPath()
	}
	if err := cmd.ValidateArgs(cmd.Flags().Args()); err != nil {
		t.Errorf("%s: %v", line, err)
	}
	if cmd.HasSubCommands() && cmd != root && len(cmd.Flags().Args()) > 0 {
		t.Errorf("%s: %s has no command %q", line, cmd.CommandPath(), cmd.Flags().Arg(0))
	}
	return cmd.CommandPath()
}

// commandLines cuts a line of shell into its commands, each into words: as much of the shell's grammar as
// examples need.
func commandLines(t *testing.T, line string) [][]string {
	t.Helper()
	var commands [][]string
	var words []string
	var word strings.Builder
	inWord, quote := false, rune(0)
	endWord := func() {
		if inWord {
			words = append(words, word.String())
			word.Reset()
			inWord = false
		}
	}
	endCommand := func() {
		endWord()
		if len(words) > 0 {
			commands = append(commands, words)
			words = nil
		}
	}
scan:
	for _, r := range line {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '\'' || r == '"':
			quote, inWord = r, true
		case r == ' ':
			endWord()
		case strings.ContainsRune(";|&", r):
			endCommand()
		case r == '#' && !inWord:
			break scan
		case r == '>' || r == '<':
			endWord()
			words = append(words, string(r))
		default:
			word.WriteRune(r)
			inWord = true
		}
	}
	if quote != 0 {
		t.Errorf("a quote stays open: %s", line)
	}
	endCommand()
	for i, words := range commands {
		commands[i] = withoutRedirections(words)
	}
	return commands
}

// withoutRedirections drops what follows > or <.
func withoutRedirections(words []string) []string {
	var kept []string
	for i := 0; i < len(words); i++ {
		if words[i] == ">" || words[i] == "<" {
			i++
			continue
		}
		kept = append(kept, words[i])
	}
	return kept
}

// runText runs sigdiff in process and gives its standard output.
func runText(t *testing.T, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), args, strings.NewReader(""), &stdout, &stderr); code != exit.OK {
		t.Errorf("sigdiff %s: exit code %d\n%s", strings.Join(args, " "), code, &stderr)
	}
	return stdout.String()
}
