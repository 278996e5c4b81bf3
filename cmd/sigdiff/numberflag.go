package main

import (
	"errors"
	"runtime"
	"strconv"
	"strings"

	"github.com/spf13/pflag"
)

// wholeNumber is the value of a flag that takes a whole number, and none below the least.
// What is wrong is said as the command line is read, in the same words for every command.
type wholeNumber struct {
	value *int
	least int
	usage string
}

// numberFlag adds a flag that takes a number. Where the usage says "(0: all)", so does the error.
func numberFlag(f *pflag.FlagSet, value *int, name string, least, standard int, usage string) {
	*value = standard
	f.Var(wholeNumber{value, least, usage}, name, usage)
}

// workersFlag adds --workers. Its default is not the same on every machine, so the help says it in words.
// DefValue is what help shows: "0" makes pflag show no default at all.
func workersFlag(f *pflag.FlagSet, workers *int) {
	numberFlag(f, workers, "workers", 1, runtime.GOMAXPROCS(0), "how many crashes are looked at at once (default: as many as there are processors)")
	f.Lookup("workers").DefValue = "0"
}

func (n wholeNumber) String() string {
	if n.value == nil { // of pflag's own zero value
		return "0"
	}
	return strconv.Itoa(*n.value)
}

// Type is not pflag's "int", whose error says less; help shows it in the same place.
func (n wholeNumber) Type() string { return "number" }

func (n wholeNumber) Set(text string) error {
	value, err := strconv.Atoi(text)
	switch {
	case err == nil && value >= n.least:
		*n.value = value
		return nil
	case n.least > 0:
		return errors.New("a whole number, at least " + strconv.Itoa(n.least))
	case strings.Contains(n.usage, "(0: all)"):
		return errors.New("a whole number, and 0 is for all")
	}
	return errors.New("a whole number that is not negative")
}
