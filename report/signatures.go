package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/pyjson"
)

// SignaturePrinter prints the signatures of single crashes as socorro-cmd signature does.
// It prints each as it comes, and knows no totals.
type SignaturePrinter struct {
	SignatureOptions
	// PrintsErrors tells that the format has a place for errors.
	PrintsErrors bool

	w       io.Writer
	print   func(p *SignaturePrinter, s crashSignature) error
	printed int // how many, for what stands between them and before the first
}

// SignatureOptions say what is printed of signatures.
type SignatureOptions struct {
	Verbose  bool     // in text and Markdown, also what happened to each frame
	Notes    []Note   // on the side: text and Markdown say them first, JSON has them with each crash
	Rulesets []string // by which each crash has a signature
}

// crashSignature is one crash's signature, before and after.
type crashSignature struct {
	id, old string // old is the recorded signature
	result  signatures.Result
	others  []string // its signatures by the rulesets after the first
}

// SignatureFormats are the formats of [SignaturePrinter].
func SignatureFormats() []string { return []string{"text", "csv", "markdown", "json"} }

// NewSignaturePrinter prints to w in a format: text, csv, markdown or json.
func NewSignaturePrinter(w io.Writer, format string, o SignatureOptions) (*SignaturePrinter, error) {
	// Formats that are not here were refused when flags were read.
	print := map[string]func(*SignaturePrinter, crashSignature) error{
		"text": (*SignaturePrinter).text, "csv": (*SignaturePrinter).csv,
		"markdown": (*SignaturePrinter).markdown, "json": (*SignaturePrinter).ndjson,
	}[format]
	p := &SignaturePrinter{SignatureOptions: o, w: w, print: print, PrintsErrors: format == "json"}
	if format == "csv" {
		return p, writeCSVRow(w, append([]string{"crashid", "old", "new", "same?", "notes"}, p.otherRulesets()...)...)
	}
	return p, nil
}

// otherRulesets are those after the first.
func (p *SignaturePrinter) otherRulesets() []string { return p.Rulesets[min(1, len(p.Rulesets)):] }

// Print prints one signature, and those of the same crash by the other rulesets. old is the one that the processed crash
// records.
func (p *SignaturePrinter) Print(id, old string, r signatures.Result, others ...string) error {
	// Each is whole when it is written, so that what is printed before an error can be used.
	if err := p.print(p, crashSignature{id, old, r, others}); err != nil {
		return fmt.Errorf("writing signatures: %w", err)
	}
	p.printed++
	return nil
}

// Error prints why a crash has no signature.
// Only for formats with PrintsErrors.
func (p *SignaturePrinter) Error(id string, err error) error {
	return WriteJSONLine(p.w, map[string]string{"id": id, "error": err.Error()})
}

func (p *SignaturePrinter) ndjson(s crashSignature) error {
	out := struct {
		ID             string            `json:"id"`
		Signature      string            `json:"signature"`
		Signatures     map[string]string `json:"signatures,omitempty"`
		Notes          []string          `json:"notes"`
		ProtoSignature *string           `json:"proto_signature"`
		Warnings       []string          `json:"warnings,omitempty"`
	}{ID: s.id, Signature: s.result.Signature, Notes: filled(s.result.Notes), Warnings: texts(p.Notes)}
	if len(s.others) > 0 {
		out.Signatures = map[string]string{p.Rulesets[0]: s.result.Signature}
		for i, name := range p.otherRulesets() {
			out.Signatures[name] = s.others[i]
		}
	}
	if s.result.HasProto {
		// Null where there is none, as in the processed crash.
		out.ProtoSignature = &s.result.ProtoSignature
	}
	return WriteJSONLine(p.w, out)
}

// csv protects nothing from spreadsheets, as socorro-cmd doesn't. The columns are its own, too: signatures by
// further rulesets come behind.
func (p *SignaturePrinter) csv(s crashSignature) error {
	// Programs that read these columns compare them with those of socorro-cmd, to the byte.
	row := []string{s.id, s.old, s.result.Signature, pythonBool[s.old == s.result.Signature], pyjson.NotesList(s.result.Notes)}
	return writeCSVRow(p.w, append(row, s.others...)...)
}

var pythonBool = map[bool]string{true: "True", false: "False"}

// text never wraps lines, and has no colours, as socorro-cmd's.
func (p *SignaturePrinter) text(s crashSignature) error {
	t := &Text{w: p.w}
	if p.printed > 0 {
		t.line("")
	} else if len(p.Notes) > 0 {
		t.notes(p.Notes)
		t.line("")
	}
	t.line("Crash id: %s", s.id)
	t.line("Original: %s", s.old)
	t.line("New:      %s", s.result.Signature)
	t.line("Same?:    %s", pythonBool[s.old == s.result.Signature])
	for i, name := range p.otherRulesets() {
		t.line("%-9s %s", name+":", s.others[i])
	}
	t.list("Notes", s.result.Notes)
	if p.Verbose {
		t.list("Debug", TraceNotes(s.result))
		if s.result.HasProto {
			t.line("Extra:")
			t.line("          proto_signature: %s", s.result.ProtoSignature)
		}
	}
	return t.err
}

// markdown is for bugs and comments, as socorro-cmd writes it but for one thing: signatures and notes are code
// whatever is in them, so that no data becomes a link, an image or a mention.
func (p *SignaturePrinter) markdown(s crashSignature) error {
	t := &Text{w: p.w}
	if p.printed > 0 {
		t.line("")
	} else {
		for _, n := range p.Notes {
			t.line("**%s**\n", safe(mdPhrase(n.Text, mdCode)))
		}
	}
	// The address is always this one, as socorro-cmd writes it.
	t.line("**Crash id:** %s", mdCrash("https://crash-stats.mozilla.org", s.id))
	t.line("**Original:** %s", mdCode(s.old))
	t.line("**New:** %s", mdCode(s.result.Signature))
	t.line("**Same?:** %s", pythonBool[s.old == s.result.Signature])
	for i, name := range p.otherRulesets() {
		t.line("**%s:** %s", name, mdCode(s.others[i]))
	}
	t.line("**Notes:** (%d)", len(s.result.Notes))
	t.line("")
	t.bullets(s.result.Notes)
	if len(s.result.Notes) > 0 {
		t.line("")
	}
	if p.Verbose {
		notes := TraceNotes(s.result)
		for i, note := range notes {
			notes[i] = strings.TrimSpace(note) // its indent
		}
		t.line("**Debug:** (%d)", len(notes))
		t.line("")
		t.bullets(notes)
	}
	return t.err
}

// bullets are notes as code, whatever is in them.
func (t *Text) bullets(notes []string) {
	for _, note := range notes {
		t.line("* %s", mdCode(note))
	}
}
