// Package engine is the short way to the signatures that Socorro makes. The packages below it hold the parts:
// crashdata what signatures are made from, signatures the rules, compare the comparison of two sides, history that of
// many versions of the siglists.
package engine

import (
	"fmt"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/siglists"
)

// Lists are the four siglists. Load and LoadDir of package siglists read them.
type Lists = siglists.Set

// Rules are the rules that make a signature, in order.
type Rules = signatures.Ruleset

// Result is a signature, and what the rules had to say.
type Result = signatures.Result

// DefaultRules are those that Socorro runs today.
func DefaultRules() Rules { return signatures.DefaultRules() }

// Signature makes the signature of a crash, a JSON document of any shape that crashdata.Read reads: a processed crash as
// Crash Stats gives it, crash data, and others. The result has the proto signature, too. An error is one of the document, or a pattern of
// the lists that met its limit. To make many signatures, use package signatures: its worker remembers the frames that it has seen.
func Signature(document []byte, lists *Lists, rules Rules) (Result, error) {
	crash, _, err := crashdata.Read(document, nil)
	if err != nil {
		return Result{}, err
	}
	result, err := signatures.NewGenerator(lists, rules).Worker().Proto(crash)
	if err != nil {
		return Result{}, fmt.Errorf("making the signature of %s: %w", crash.ID(), err)
	}
	return result, nil
}
