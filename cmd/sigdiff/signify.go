package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/sigdiff/sigdiff/corpora/documents"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/internal/pyjson"
	"github.com/sigdiff/sigdiff/report"
)

// signifyOptions are the flags of signify.
type signifyOptions struct {
	specs             specOptions
	siglists, listDir string // at most one; empty: the clone's main branch
	rules             string // one ruleset
	ndjson, verbose   bool
}

// signifyCommand is 'sigdiff signify', in place of siggen's program of that name: what it prints for one crash on
// stdin is as that prints it, and programs that run it need no change. The exit code is that of the crash alone.
func (a *app) signifyCommand() *cobra.Command {
	var o signifyOptions
	cmd := page("signify", cobra.NoArgs, func(cmd *cobra.Command, _ []string) error { return a.runSignify(cmd.Context(), o) })
	o.specs.addFlags(cmd)
	f := cmd.Flags()
	f.StringVar(&o.siglists, "siglists", "", "SPEC of the siglists; see 'sigdiff diff --help' (default the clone's main branch)")
	f.StringVar(&o.listDir, "signature-list-dir", "", "a directory of siglists, as siggen names it")
	rulesFlag(f, &o.rules)
	f.BoolVar(&o.ndjson, "ndjson", false, "a crash in each line, and a line for each of them")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "first, what happened to each frame")
	return cmd
}

func (a *app) runSignify(ctx context.Context, o signifyOptions) error {
	switch {
	case o.siglists != "" && o.listDir != "":
		return exit.Usagef("--siglists and --signature-list-dir both name the siglists")
	case o.ndjson && o.verbose:
		return exit.Usagef("--ndjson prints a line for each crash, and nothing else: it can't be --verbose")
	}
	signer, err := a.signifySigner(ctx, o)
	if err != nil {
		return err
	}
	if o.ndjson {
		return a.signifyLines(ctx, signer)
	}
	// Without --ndjson all of stdin is one document, with line ends in it or not.
	doc, err := documents.Whole(a.standardInput())
	var result signatures.Result
	if err == nil {
		result, err = signify(signer, doc)
	}
	if err != nil {
		return exit.Incompletef("making the signature of the crash on stdin: %w", err)
	}
	if o.verbose {
		if err := a.signifyTrace(doc, result); err != nil {
			return err
		}
	}
	return report.WriteJSON(a.stdout, newSignified(result))
}

// signifySigner makes signatures with the siglists that the flags name, or with those of the main branch.
func (a *app) signifySigner(ctx context.Context, o signifyOptions) (signatures.Signer, error) {
	word := o.siglists
	// siggen takes no other, so that a word that looks like a revision is a folder here.
	if o.listDir != "" {
		word = "dir:" + o.listDir
	}
	loaded, err := a.specs(o.specs).LoadOrMain(ctx, word)
	if err != nil {
		return nil, err
	}
	side, err := loaded.Side(o.rules)
	if err != nil {
		return nil, err
	}
	_ = a.warn(side.Notes()) // who takes the place of siggen's program wants the signature all the same
	return side.NewSigner(), nil
}

func signify(signer signatures.Signer, doc []byte) (signatures.Result, error) {
	crash, err := crashdata.ReadData(doc)
	if err != nil {
		return signatures.Result{}, err
	}
	return signer.Explain(crash)
}

// signifyLines answers each line as soon as it is there, since the other end may wait for it.
// A line that can't be read is answered, too, and the next one is read. The code is 3 in the end.
func (a *app) signifyLines(ctx context.Context, signer signatures.Signer) error {
	failed := 0
	err := documents.Lines(ctx, a.standardInput(), func(_ int, line []byte, err error) error {
		var result signatures.Result
		if err == nil {
			result, err = signify(signer, line)
		}
		if err != nil {
			failed++
			err = report.WriteJSONLine(a.stdout, map[string]string{"error": err.Error()})
		} else {
			err = report.WriteJSONLine(a.stdout, newSignified(result))
		}
		if err != nil {
			return fmt.Errorf("writing signatures: %w", err)
		}
		return a.out.Flush()
	})
	if err == nil && failed > 0 {
		err = exit.Incompletef("%s without a signature", plural.Crashes(failed))
	}
	return err
}

// signifyTrace prints what siggen prints before the signature: how it came about.
func (a *app) signifyTrace(doc []byte, result signatures.Result) error {
	notes := report.TraceNotes(result)
	if _, isProcessed := crashdata.Object(pyjson.Text(doc))["json_dump"]; isProcessed {
		notes = append([]string{"Crash data is a processed crash. Converting ..."}, notes...)
	}
	for _, note := range notes {
		if _, err := fmt.Fprintln(a.stdout, visible(note)); err != nil {
			return fmt.Errorf("writing the signature: %w", err)
		}
	}
	return nil
}

// signified is a result as siggen prints it.
type signified struct {
	Signature      json.RawMessage   `json:"signature"`
	ProtoSignature json.RawMessage   `json:"proto_signature"`
	Notes          []json.RawMessage `json:"notes"`
}

// newSignified writes the texts as Python does.
// Python escapes what isn't ASCII, encoding/json does not.
func newSignified(r signatures.Result) signified {
	out := signified{pyjson.Dumps(r.Signature), pyjson.Dumps(r.ProtoSignature), []json.RawMessage{}}
	for _, note := range r.Notes {
		out.Notes = append(out.Notes, pyjson.Dumps(note))
	}
	return out
}
