package corpora

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/sigdiff/sigdiff/internal/pyjson"
)

// ParseWeights reads how many pings there are of each signature: CSV or TSV of signature and number, with or without a
// header; a JSON object of numbers by signature; or rows of pings, a JSON object with a "signature" a line, each of
// which counts once. A signature that comes twice is the sum of both.
func ParseWeights(r io.Reader) (map[string]int, error) {
	lines, err := textLines(r)
	if err != nil {
		return nil, err
	}
	weights := map[string]int{}
	if text := strings.TrimSpace(strings.Join(lines, "\n")); !strings.HasPrefix(text, "{") {
		err = weightColumns(lines, weights)
	} else if noNumber := countMembers(text, weights); noNumber != nil {
		clear(weights)
		// One object that is no ping was meant to be the numbers.
		if err = countRows(lines, weights); err != nil && json.Valid([]byte(text)) {
			err = noNumber
		}
	}
	if err != nil {
		return nil, err
	}
	for signature, n := range weights {
		if n < 0 {
			return nil, fmt.Errorf("%d pings of %q: there can't be fewer than none", n, signature)
		}
	}
	if len(weights) == 0 {
		return nil, errors.New("no signature in it; write lines of signature and number of pings, as CSV or TSV")
	}
	return weights, nil
}

// countMembers reads a JSON object. A map of encoding/json's would have the last number of a signature, not the sum.
func countMembers(text string, weights map[string]int) error {
	in := pyjson.NewReader([]byte(text))
	err := in.Members(func(name []byte) error {
		number, err := in.Raw()
		if err != nil {
			return err
		}
		n, wrong := strconv.Atoi(string(number)) // json would take null for 0
		if wrong != nil {
			return fmt.Errorf("%.200q has %.100s: want a whole number of pings, in digits alone", name, number)
		}
		weights[string(name)] += n
		return nil
	})
	return cmp.Or(err, in.End())
}

func countRows(lines []string, weights map[string]int) error {
	for i, line := range lines {
		if strings.TrimSpace(line) == "" {
			continue
		}
		var row struct{ Signature *string }
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			return fmt.Errorf("line %d: %w", i+1, err)
		}
		if row.Signature == nil {
			return fmt.Errorf("line %d: a ping without a signature", i+1)
		}
		weights[*row.Signature]++
	}
	return nil
}

// startsWithDigit tells of a text that it is meant to be a number.
func startsWithDigit(text string) bool {
	return strings.IndexAny(strings.TrimLeft(text, " +-"), "0123456789") == 0
}

func weightColumns(lines []string, weights map[string]int) error {
	seen := 0
	for i, line := range lines {
		if strings.TrimSpace(line) == "" {
			continue
		}
		seen++
		fields, err := splitColumns(line)
		if err != nil {
			return fmt.Errorf("line %d: %w", i+1, err)
		}
		n, err := strconv.Atoi(strings.TrimSpace(fields[len(fields)-1]))
		switch {
		case len(fields) == 2 && err == nil:
			weights[unprotect(strings.TrimSpace(fields[0]))] += n
		// A first line may be the names of the columns, of which none is a number, however it is written.
		case seen > 1 || startsWithDigit(fields[len(fields)-1]):
			return fmt.Errorf("line %d: want a signature and a number of pings, got %q", i+1, line)
		}
	}
	return nil
}
