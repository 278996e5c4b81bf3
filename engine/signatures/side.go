package signatures

import (
	"errors"

	"github.com/sigdiff/sigdiff/engine/crashdata"
)

// Side gives crashes their signatures: a generator, or results that are known beforehand.
type Side interface {
	// NewSigner makes what gives signatures in one goroutine.
	NewSigner() Signer
}

// Signer gives crashes their signatures. It is for one goroutine.
type Signer interface {
	// Generate gives the crash's signature.
	Generate(c *crashdata.Crash) (Result, error)
	// Explain is Generate, with the passes where there are any.
	Explain(c *crashdata.Crash) (Result, error)
}

// NewSigner makes a worker.
func (g *Generator) NewSigner() Signer { return g.Worker() }

// Recorded is the side of the signatures that the processed crashes record.
type Recorded struct{}

// NewSigner returns r: there is nothing to remember.
func (r Recorded) NewSigner() Signer { return r }

// Generate gives the recorded signature.
func (Recorded) Generate(c *crashdata.Crash) (Result, error) {
	return Result{Signature: c.Meta.Signature}, nil
}

// Explain gives the recorded signature; how it was made is not known.
func (r Recorded) Explain(c *crashdata.Crash) (Result, error) { return r.Generate(c) }

// ErrUnrecorded is the error over a crash that came without a signature.
var ErrUnrecorded = errors.New("no signature is recorded")

// ToGroup is Generate for those who put crashes with one signature together: crashes of which none is recorded are no such
// group.
func ToGroup(s Signer, c *crashdata.Crash) (Result, error) {
	if _, recorded := s.(Recorded); recorded && c.Meta.Signature == "" {
		return Result{}, ErrUnrecorded
	}
	return s.Generate(c)
}
