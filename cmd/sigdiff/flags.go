package main

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/sigdiff/sigdiff/fetch"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/meant"
	"github.com/sigdiff/sigdiff/internal/terminal"
)

// namedFormats is where a command's flag --format says which there are: what help, errors and completion go by.
const namedFormats = "formats"

// endings are those of files in a format; other formats have their own name for an ending.
var endings = map[string]string{"markdown": "md", "text": "txt"}

// endingFormats are the formats that endings of files stand for, and names that people also write.
var endingFormats = map[string]string{
	"md": "markdown", "markdown": "markdown", "htm": "html", "html": "html", "txt": "text", "text": "text", "table": "text", "json": "json", "csv": "csv",
}

// formatFlag adds --format to a command, with the formats that it has. standard is the one without the flag.
func formatFlag(cmd *cobra.Command, format *string, standard string, names ...string) {
	cmd.Flags().StringVar(format, "format", standard, formatNames(names))
	annotate(cmd.Flags(), "format", namedFormats, names)
}

// formatNames are names of formats for people.
func formatNames(names []string) string {
	return strings.Replace(strings.Join(names, ", "), "markdown", "markdown (md)", 1)
}

// formatsOf are the formats that a command has.
func formatsOf(cmd *cobra.Command) []string {
	if flag := cmd.Flags().Lookup("format"); flag != nil {
		return flag.Annotations[namedFormats]
	}
	return nil
}

// settleFormat says, before a command starts, which formats it writes: those of --format, or the one that the ending of
// the file of --output stands for; none without such a flag.
// It sets the flag itself, so that the command reads the same.
func (a *app) settleFormat(cmd *cobra.Command) (written []string, err error) {
	flag := cmd.Flags().Lookup("format")
	if flag == nil {
		return nil, nil
	}
	several, isSlice := flag.Value.(pflag.SliceValue)
	given := []string{flag.Value.String()}
	if isSlice {
		given = several.GetSlice()
	}
	if written, err = a.formats(cmd, given, formatsOf(cmd), flag.Changed); err != nil {
		return nil, err
	}
	if isSlice {
		return written, several.Replace(written)
	}
	return written, flag.Value.Set(written[0])
}

// repeated are those of some flags that say something, given or set, for a command line that goes on from here.
func repeated(f *pflag.FlagSet, names ...string) (words []string) {
	for _, name := range names {
		// By the value, and not by whether it was given: a setting says it, too, and may be another by then.
		if flag := f.Lookup(name); flag.Value.String() != flag.DefValue {
			words = append(words, "--"+name, flag.Value.String())
		}
	}
	return words
}

// What a flag has an effect on, as it says of itself: reports in these formats, or commands with one of these flags.
const (
	onlyFormats = "only formats"
	onlyFlags   = "only flags"
)

// only says that a flag has an effect on reports in these formats alone, or with one of these other flags.
func only(f *pflag.FlagSet, name string, formats []string, flags ...string) {
	annotate(f, name, onlyFormats, formats)
	annotate(f, name, onlyFlags, flags)
}

// annotate notes something about a flag, for what is done before the command starts.
func annotate(f *pflag.FlagSet, name, key string, values []string) {
	if err := f.SetAnnotation(name, key, values); err != nil {
		panic("a flag that is not there: " + err.Error())
	}
}

// refuseIdle refuses flags that were given and have no effect on a command that writes some formats, but for --limit 0: what
// other formats have is all. Of settings, which are made for more than one command, such a one is not part of the command that
// reports name.
func (a *app) refuseIdle(cmd *cobra.Command, written []string) (err error) {
	cmd.Flags().VisitAll(func(flag *pflag.Flag) {
		formats, flags := flag.Annotations[onlyFormats], flag.Annotations[onlyFlags]
		isWritten := func(format string) bool { return slices.Contains(written, format) }
		if formats == nil && flags == nil || slices.ContainsFunc(formats, isWritten) || slices.ContainsFunc(flags, cmd.Flags().Changed) {
			return
		}
		a.unfill(flag.Name)
		if flag.Changed && err == nil && (flag.Name != "limit" || flag.Value.String() != "0") {
			err = hasNoEffect(flag.Name, formats, flags)
		}
	})
	return err
}

// unfill takes a setting that has no effect out of the command that reports name. It tells whether it was there.
func (a *app) unfill(flag string) bool {
	i := slices.Index(a.filled, "--"+flag)
	if i >= 0 {
		a.filled = slices.Delete(a.filled, i, i+2)
	}
	return i >= 0
}

// hasNoEffect is the error over a flag that has an effect on these formats, or with these flags, and has neither.
func hasNoEffect(name string, formats, flags []string) error {
	var on []string
	if formats != nil {
		on = append(on, "--format "+strings.Join(formats, " or "))
	}
	if flags != nil {
		on = append(on, "--"+strings.Join(flags, " or --"))
	}
	return exit.Usagef("--%s has no effect here: it is for %s", name, strings.Join(on, ", or for "))
}

// formats are the formats that a command writes.
// The rules, in this order. Without --format, the ending of --output's name says the format, and --open alone means
// HTML. One format beside a name with another ending is a contradiction. A .txt may hold what has no ending of its
// own, such as ids. Of several formats, each gets an ending of its own.
func (a *app) formats(cmd *cobra.Command, given, names []string, explicit bool) ([]string, error) {
	if len(given) == 0 {
		return nil, exit.Usagef("--format names none; %s", thereAre(names))
	}
	// A command without such a flag has neither.
	path, _ := cmd.Flags().GetString("output")
	open, _ := cmd.Flags().GetBool("open")
	ofFile := ""
	// A command whose formats have no endings, such as corpus export, takes any name.
	hasEnding := func(format string) bool { return endingFormats[format] == format }
	if slices.ContainsFunc(names, hasEnding) {
		ofFile = endingFormat(path)
	}
	for i, name := range given {
		given[i] = known(name, names)
	}
	switch {
	case open && path == "-":
		return nil, exit.Usagef("--open shows a file, and -o - is standard output: leave out one of them")
	case !explicit && ofFile != "":
		given = []string{ofFile}
		a.unfill("format")
	case !explicit && open && path == "":
		given = []string{"html"}
		a.unfill("format")
	case len(given) == 1 && ofFile != "" && given[0] != ofFile && (ofFile != "text" || hasEnding(given[0])):
		return nil, exit.Usagef("--format %s and -o %s contradict each other: the file's name says %s; without --format that is written", given[0], path, ofFile)
	}
	for _, name := range given {
		if !slices.Contains(names, name) {
			return nil, exit.Usagef("no format %q%s; %s", name, meant.Text(name, names), thereAre(names))
		}
	}
	// A file, a pipe, or a pager of one's own may have them; a screen full of them helps nobody.
	toTerminal := (path == "" || path == "-") && terminal.Is(a.terminal)
	switch {
	case toTerminal && slices.Contains(given, "html") && !open:
		return nil, exit.Usagef("HTML is for a browser, not for a terminal: -o report.html writes it to a file, and --open shows it")
	case toTerminal && (given[0] == partFormat || given[0] == corpusFormat): // which stand alone
		return nil, exit.Usagef("--format %s is no text for a terminal: -o NAME.%s writes it to a file", given[0], given[0])
	}
	return given, nil
}

// thereAre says which formats there are.
func thereAre(names []string) string {
	if len(names) == 1 {
		return "there is " + names[0]
	}
	return "there are " + strings.Join(names, ", ")
}

// known is the name that a format has here, of whatever name it was given.
// A command that has the other name itself keeps it.
func known(name string, names []string) string {
	if slices.Contains(names, name) {
		return name
	}
	return cmp.Or(endingFormats[name], name)
}

// endingFormat is the format that the ending of a file's name stands for; empty where it stands for none.
func endingFormat(path string) string {
	return endingFormats[strings.ToLower(strings.TrimPrefix(filepath.Ext(path), "."))]
}

// wholeNumber is the value of a flag that takes a whole number, none below the least, and none above the most, if there is
// one.
// What is wrong is said as the command line is read, in the same words for every command.
type wholeNumber struct {
	value       *int
	least, most int
	usage       string
}

// numberFlag adds a flag that takes a number. Where the usage says "(0: all)", so does the error.
func numberFlag(f *pflag.FlagSet, value *int, name string, least, standard int, usage string) {
	rangeFlag(f, value, name, least, 0, standard, usage)
}

// rangeFlag is numberFlag for what takes memory or time by the number, of which there is a most.
func rangeFlag(f *pflag.FlagSet, value *int, name string, least, most, standard int, usage string) {
	*value = standard
	f.Var(wholeNumber{value, least, most, usage}, name, usage)
}

// countOrAll is the value of a flag that takes a number of crashes, or all, which is 0.
type countOrAll int

func (n *countOrAll) String() string {
	if *n == 0 {
		return "all"
	}
	return strconv.Itoa(int(*n))
}

// Type is that of a text: help shows the default in quotes.
func (n *countOrAll) Type() string { return "string" }

func (n *countOrAll) Set(text string) error {
	count, err := strconv.Atoi(text)
	if text != "all" && (err != nil || count < 1) {
		return errors.New("a number of crashes, at least 1, or all")
	}
	*n = countOrAll(count)
	return nil
}

// ratePerMinute is the value of --rate, as fetch.Config has it: 0 is the usual rate, and what the flag says by 0 is
// fetch.Unlimited.
type ratePerMinute float64

func (r *ratePerMinute) String() string {
	return strconv.FormatFloat(max(0, float64(*r)), 'g', -1, 64)
}

// Type is that of a number with a fraction, which help shows as such.
func (r *ratePerMinute) Type() string { return "float64" }

func (r *ratePerMinute) Set(text string) error {
	rate, err := strconv.ParseFloat(text, 64)
	// Written so that NaN is refused, too. With others the time that it takes would be no number.
	if err != nil || rate != 0 && !(rate >= 0.001 && rate <= 1e6) {
		return errors.New("requests a minute, 0.001 to 1,000,000, or 0 for no limit")
	}
	if rate == 0 {
		rate = fetch.Unlimited
	}
	*r = ratePerMinute(rate)
	return nil
}

// mostWorkers is more than any machine has use for. Each takes memory of its own.
const mostWorkers = 1024

// workersFlag adds --workers. Its default is not the same on every machine, so the help says it in words.
// DefValue is what help shows: "0" makes pflag show no default at all.
func workersFlag(f *pflag.FlagSet, workers *int) {
	rangeFlag(f, workers, "workers", 1, mostWorkers, min(runtime.GOMAXPROCS(0), mostWorkers), "how many crashes are looked at at once (default: as many as there are processors)")
	f.Lookup("workers").DefValue = "0"
}

func (n wholeNumber) String() string { return fmt.Sprint(*n.value) }

// Type is not pflag's "int", whose error says less; help shows it in the same place.
func (n wholeNumber) Type() string { return "number" }

func (n wholeNumber) Set(text string) error {
	value, err := strconv.Atoi(text)
	switch {
	case err == nil && value >= n.least && (n.most == 0 || value <= n.most):
		*n.value = value
		return nil
	case n.most > 0:
		return fmt.Errorf("a whole number from %d to %d", n.least, n.most)
	case n.least > 0:
		return fmt.Errorf("a whole number, at least %d", n.least)
	case strings.Contains(n.usage, "(0: all)"):
		return errors.New("a whole number, and 0 is for all")
	}
	return errors.New("a whole number that is not negative")
}
