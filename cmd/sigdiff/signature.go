package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/sigdiff/sigdiff/cache"
	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/corpora/documents"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/fetch"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/internal/pyjson"
	"github.com/sigdiff/sigdiff/internal/spec"
	"github.com/sigdiff/sigdiff/internal/terminal"
	"github.com/sigdiff/sigdiff/report"
)

// signatureOptions are the flags of signature.
type signatureOptions struct {
	selection
	specs           specOptions
	programs        programOptions
	siglists, rules string // rules may be several rulesets
	format          string
	input           string // a path, - for stdin; empty: the cache
	differentOnly   bool
	verbose         bool
	fetch           bool
	service         serviceOptions // asked for crashes
}

// signatureCommand is 'sigdiff signature'. It makes and prints one signature after the other, in the order of the
// crashes.
func (a *app) signatureCommand() *cobra.Command {
	var o signatureOptions
	cmd := page("signature", nil, func(cmd *cobra.Command, args []string) error { return a.runSignature(cmd.Context(), o, args) })
	f := cmd.Flags()
	o.addFlags(cmd)
	f.Lookup("corpus").Annotations = nil // ids may come on stdin
	o.specs.addFlags(cmd)
	o.programs.addFlags(cmd)
	f.StringVar(&o.siglists, "siglists", "", "SPEC of the siglists; see 'sigdiff diff --help'")
	rulesFlag(f, &o.rules)
	formatFlag(cmd, &o.format, "text", report.SignatureFormats()...)
	f.StringVar(&o.input, "input", "", "read crashes from this file, not from the cache (- for stdin)")
	f.BoolVar(&o.differentOnly, "different-only", false, "only crashes whose signature is not the recorded one")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "also what happened to each frame")
	only(f, "verbose", []string{"text", "markdown"})
	f.BoolVar(&o.fetch, "fetch", false, "fetch the crashes that the cache lacks first")
	o.service.addFetchFlags(cmd, "with --fetch: the address of the service (default "+fetch.DefaultHost+")")
	for _, name := range []string{"host", "rate", "token-file"} {
		only(f, name, nil, "fetch")
	}
	return cmd
}

func (a *app) runSignature(ctx context.Context, o signatureOptions, args []string) error {
	if err := o.programs.check(o.siglists); err != nil {
		return err
	}
	switch {
	case o.input != "" && o.fetch:
		return exit.Usagef("--fetch gets crashes by their ids; --input brings them along")
	case o.input != "" && o.named(args):
		return exit.Usagef("name the crashes in one way: --input, --corpus, --ids, or ids as arguments")
	}
	job := &signatureJob{app: a, differentOnly: o.differentOnly}
	specs := a.specs(o.specs)
	a.runPrograms(specs, o.programs, func(id string) ([]byte, error) { return job.processed(id) })
	// The first ruleset is the side's own; siglists are loaded once for all of them.
	rulesets := signatures.SplitRulesets(o.rules)
	side, err := specs.Side(ctx, o.siglists, rulesets[0])
	if err != nil {
		return err
	}
	unknown := a.warn(side.Notes())
	// One for all crashes: it remembers frames, and programs go on running.
	job.signer = side.NewSigner()
	if job.others, err = otherSigners(o.siglists, side, rulesets[1:]); err != nil {
		return err
	}
	job.printer, err = report.NewSignaturePrinter(a.stdout, o.format, report.SignatureOptions{Verbose: o.verbose, Notes: side.Notes(), Rulesets: rulesets})
	if err != nil {
		return err
	}
	if o.input != "" {
		err = job.readInput(ctx, o.input)
	} else {
		err = job.readCache(ctx, o, args)
	}
	if err != nil {
		return err
	}
	return cmp.Or(job.result(), unknown)
}

// otherSigners make signatures with the siglists of a side by other rulesets.
func otherSigners(word string, side spec.Side, rulesets []string) ([]signatures.Signer, error) {
	var signers []signatures.Signer
	for _, name := range rulesets {
		// Recorded signatures and programs know no rules of ours.
		if side.Set == nil {
			return nil, exit.Usagef("%s has signatures of its own; --rules %s is for siglists", word, name)
		}
		rules, err := signatures.ParseRuleset(name)
		if err != nil {
			return nil, exit.Usagef("%w", err)
		}
		signers = append(signers, signatures.NewGenerator(side.Set, rules).NewSigner())
	}
	return signers, nil
}

// signatureJob makes signatures one after the other.
type signatureJob struct {
	app           *app
	signer        signatures.Signer
	others        []signatures.Signer // by the further rulesets
	printer       *report.SignaturePrinter
	processed     func(id string) ([]byte, error) // gives the processed crash of the crash that is under way
	differentOnly bool
	crashes       int // that there were
	failed        int // of them
	withoutStack  int
}

// result is how the program ends.
func (j *signatureJob) result() error {
	if more := j.failed - maxNamed; more > 0 && !j.printer.PrintsErrors {
		j.app.note("and %s more; --format json names all", plural.Number(more))
	}
	read := j.crashes - j.failed
	if j.withoutStack > 0 {
		j.app.note("%s", report.NoStack(j.withoutStack, read))
	}
	switch {
	case j.crashes == 0:
		return exit.Incompletef("there was no crash to make a signature of")
	case j.failed > 0:
		return exit.Incompletef("%s without a signature", plural.Crashes(j.failed))
	// The note above said why.
	case j.withoutStack == read:
		return exit.With(exit.Incomplete, nil)
	}
	return nil
}

// crash prints the signature of a crash, or why there is none.
// Its error ends the job: nothing more can be printed. A crash that failed is no such error.
func (j *signatureJob) crash(id string, c *crashdata.Crash, err error) error {
	j.crashes++
	var result signatures.Result
	var others []string
	if err == nil {
		result, others, err = j.sign(c)
	}
	if err != nil {
		j.failed++
		// JSON has a line for each crash that goes in, so that lines can be counted off against each other.
		if j.printer.PrintsErrors {
			return j.printer.Error(id, err)
		}
		// As they come, and not at the end: a pipe may never end.
		if j.failed <= maxNamed {
			j.app.note("%s: %v", visible(id), err)
		}
		return nil
	}
	if !c.HasStack() {
		j.withoutStack++
	}
	// A crash that failed is printed even so: it may be different.
	if j.differentOnly && result.Signature == c.Meta.Signature {
		return nil
	}
	return j.printer.Print(id, c.Meta.Signature, result, others...)
}

// sign makes the signatures of a crash, by each ruleset.
func (j *signatureJob) sign(c *crashdata.Crash) (result signatures.Result, others []string, err error) {
	if result, err = j.signer.Explain(c); err != nil {
		return result, nil, err
	}
	for _, signer := range j.others {
		other, err := signer.Generate(c)
		if err != nil {
			return result, nil, err
		}
		others = append(others, other.Signature)
	}
	return result, others, nil
}

func (j *signatureJob) readCache(ctx context.Context, o signatureOptions, args []string) error {
	s := o.selection
	if !s.named(args) {
		// It would wait for ids without a word.
		if terminal.Is(j.app.stdin) {
			return exit.Usagef("signature needs crashes: ids as arguments or on stdin, --corpus, --ids or --input")
		}
		s.idsFile = "-"
	}
	to := reading
	if o.fetch {
		to = making
	}
	return j.app.withCache(to, func(c *cache.Cache) error {
		which, err := j.app.choose(s, c, args)
		if err != nil {
			return err
		}
		if o.fetch {
			run := &fetchRun{app: j.app, opts: fetchOptions{service: o.service}, progress: j.app.fetching(), cache: c, ids: which.IDs}
			defer run.close()
			if err := run.connectFor(which); err != nil {
				return err
			}
			if err := run.complete(ctx); err != nil {
				return err
			}
		}
		j.processed = cached(c)
		for _, id := range which.IDs {
			if err := ctx.Err(); err != nil {
				return err
			}
			crash, err := corpora.Crash(c, id)
			if err := j.crash(id, crash, err); err != nil {
				return err
			}
		}
		return nil
	})
}

// readInput reads a file as import does, and else, as lines, what may come from a pipe whose other end waits for answers.
func (j *signatureJob) readInput(ctx context.Context, path string) error {
	if path != "-" {
		if err := checkImported([]string{path}); err != nil {
			return err
		}
		files, _, err := documents.List(ctx, []string{path})
		if err != nil {
			return exit.Usagef("reading processed crashes: %w", err)
		}
		// A named pipe has another end that may wait, as standard input has.
		if info, err := os.Stat(path); err == nil && info.Mode()&fs.ModeNamedPipe == 0 {
			return documents.Read(ctx, files, func(int) {}, j.document)
		}
	}
	in, err := j.app.input(path)
	if err != nil {
		return exit.Usagef("reading processed crashes: %w", err)
	}
	defer in.Close()
	return documents.Lines(ctx, in, func(number int, line []byte, err error) error {
		if err := j.document(documents.Document{Line: number, Data: line, Err: err}); err != nil {
			return err
		}
		return j.app.out.Flush()
	})
}

// document prints the signature of a crash in a document.
func (j *signatureJob) document(d documents.Document) error {
	// For messages, until the document itself tells an id.
	id, err := d.File.Path, d.Err
	if d.Line > 0 {
		id = fmt.Sprintf("line %d", d.Line)
	}
	var crash *crashdata.Crash
	if err == nil {
		var processed []byte
		crash, processed, err = crashdata.Read(d.Data, d.Annotations)
		// Programs that are sides get the processed crash from here: it is in no cache.
		j.processed = func(string) ([]byte, error) { return processed, nil }
	}
	// Also of a document that can't be read as a crash: its sender may have given it an id all the same.
	id = cmp.Or(inputID(d.Data, crash), id)
	if err := j.crash(id, crash, err); err != nil {
		return err
	}
	// A large file of something else ends early, and not after an error for each of its lines.
	if j.failed == corpora.MaxFailures && j.failed == j.crashes {
		return exit.Incompletef("none of the first %s is a processed crash: what follows is not read", plural.Of(j.failed, "document", "documents"))
	}
	return nil
}

// inputID is the id that a line of input gives its crash; empty where it gives none.
// The line's own id goes first: whoever sent it knows the answer by that.
func inputID(line []byte, c *crashdata.Crash) (id string) {
	_ = json.Unmarshal(crashdata.Object(pyjson.Text(line))["id"], &id) // which stays empty where there is no text of that name
	if id == "" && c != nil {
		return c.ID()
	}
	return id
}
