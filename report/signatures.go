package report

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/pyjson"
)

// SignaturePrinter prints the signatures of single crashes as socorro-cmd signature does.
type SignaturePrinter struct {
	w       io.Writer
	verbose bool
	print   func(p *SignaturePrinter, s crashSignature) error
	json    bool
	notes   []Note // on the side
	printed int
}

// crashSignature is one crash's signature, before and after.
type crashSignature struct {
	id, old string
	result  signatures.Result
}

var signatureFormats = map[string]func(*SignaturePrinter, crashSignature) error{
	"text": (*SignaturePrinter).text, "csv": (*SignaturePrinter).csv,
	"markdown": (*SignaturePrinter).markdown, "json": (*SignaturePrinter).ndjson,
}

// SignatureFormats are the formats of [SignaturePrinter].
func SignatureFormats() []string { return []string{"text", "csv", "markdown", "json"} }

// NewSignaturePrinter prints to w in a format: text, csv, markdown or json. Verbose adds, in text and
// Markdown, what happened to each frame. Those two say the notes on the side first; JSON has them with each crash.
func NewSignaturePrinter(w io.Writer, format string, verbose bool, notes ...Note) (*SignaturePrinter, error) {
	print, ok := signatureFormats[format]
	if !ok {
		return nil, fmt.Errorf("no format %q; there are %s", format, strings.Join(SignatureFormats(), ", "))
	}
	p := &SignaturePrinter{w: w, verbose: verbose, print: print, json: format == "json", notes: notes}
	if format == "csv" {
		return p, WriteCSVRow(w, "crashid", "old", "new", "same?", "notes")
	}
	return p, nil
}

// Print prints one signature. old is the one that the processed crash records.
func (p *SignaturePrinter) Print(id, old string, r signatures.Result) error {
	if err := p.print(p, crashSignature{id, old, r}); err != nil {
		return fmt.Errorf("writing signatures: %w", err)
	}
	p.printed++
	return nil
}

// PrintsErrors tells whether the format has a place for errors.
func (p *SignaturePrinter) PrintsErrors() bool { return p.json }

// Error prints why a crash has no signature.
func (p *SignaturePrinter) Error(id string, err error) error {
	return p.encode(map[string]string{"id": id, "error": err.Error()})
}

func (p *SignaturePrinter) encode(v any) error {
	enc := json.NewEncoder(p.w)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

func (p *SignaturePrinter) ndjson(s crashSignature) error {
	out := struct {
		ID             string   `json:"id"`
		Signature      string   `json:"signature"`
		Notes          []string `json:"notes"`
		ProtoSignature *string  `json:"proto_signature"`
		Warnings       []string `json:"warnings,omitempty"`
	}{s.id, s.result.Signature, append([]string{}, s.result.Notes...), nil, texts(p.notes)}
	if s.result.HasProto {
		out.ProtoSignature = &s.result.ProtoSignature
	}
	return p.encode(out)
}

func (p *SignaturePrinter) csv(s crashSignature) error {
	return WriteCSVRow(p.w, s.id, s.old, s.result.Signature, pythonBool(s.old == s.result.Signature), pyjson.NotesList(s.result.Notes))
}

func pythonBool(b bool) string {
	if b {
		return "True"
	}
	return "False"
}

func (p *SignaturePrinter) text(s crashSignature) error {
	t := &textWriter{w: p.w}
	if p.printed > 0 {
		t.line("")
	} else if len(p.notes) > 0 {
		t.notes(p.notes)
		t.line("")
	}
	t.line("Crash id: %s", s.id)
	t.line("Original: %s", s.old)
	t.line("New:      %s", s.result.Signature)
	t.line("Same?:    %s", pythonBool(s.old == s.result.Signature))
	t.list("Notes", s.result.Notes)
	if p.verbose {
		t.list("Debug", traceNotes(s.result))
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
	t := &textWriter{w: p.w}
	if p.printed > 0 {
		t.line("")
	} else {
		for _, n := range p.notes {
			t.line("**%s**\n", safe(mdPhrase(n.Text, mdCode)))
		}
	}
	t.line("**Crash id:** %s", mdCrash("https://crash-stats.mozilla.org", s.id))
	t.line("**Original:** %s", mdCode(s.old))
	t.line("**New:** %s", mdCode(s.result.Signature))
	t.line("**Same?:** %s", pythonBool(s.old == s.result.Signature))
	t.line("**Notes:** (%d)", len(s.result.Notes))
	t.line("")
	t.bullets(s.result.Notes)
	if len(s.result.Notes) > 0 {
		t.line("")
	}
	if p.verbose {
		notes := traceNotes(s.result)
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
func (t *textWriter) bullets(notes []string) {
	for _, note := range notes {
		t.line("* %s", mdCode(note))
	}
}
