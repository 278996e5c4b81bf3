package lint

import (
	"encoding/json"
	"fmt"
	"io"
	"path"
	"strings"
)

// Formats are the names of the formats.
func Formats() []string { return []string{"text", "json", "github"} }

// Document is what there is to render.
type Document struct {
	Spec    string // the siglists, as the user named them
	Against string // what they were held against; may be empty
	Dir     string // the folder of the lists' files, put before their names
	// Findings are in the order in which they are shown.
	Findings []Finding
	Color    bool // the text has colours
}

// Render writes a document in one of the Formats.
func Render(w io.Writer, format string, d Document) error {
	switch format {
	case "text":
		return d.each(w, d.text)
	case "github":
		return d.each(w, d.github)
	case "json":
		return d.json(w)
	}
	return fmt.Errorf("no format %q; there are %s", format, strings.Join(Formats(), ", "))
}

func (d Document) each(w io.Writer, line func(Finding) string) error {
	for _, f := range d.Findings {
		if _, err := io.WriteString(w, line(f)+"\n"); err != nil {
			return err
		}
	}
	return nil
}

func (d Document) file(name string) string { return path.Join(d.Dir, name) }

// text is a finding as compilers show theirs.
func (d Document) text(f Finding) string {
	where := oneLine(d.file(f.File))
	if f.Line > 0 {
		where += fmt.Sprintf(":%d", f.Line)
	}
	text := ""
	if f.Text != "" {
		text = quote(oneLine(f.Text)) + ": "
	}
	return fmt.Sprintf("%s: %s: %s%s [%s]", where, d.painted(f.Severity), text, oneLine(f.Message), f.Check)
}

// painted is a severity in its colour: red for errors, yellow for warnings.
func (d Document) painted(s Severity) string {
	if !d.Color {
		return string(s)
	}
	colour := "33"
	if s == Error {
		colour = "1;31"
	}
	return "\x1b[" + colour + "m" + string(s) + "\x1b[0m"
}

// oneLine writes out control characters, which could break the line or play tricks on a terminal.
func oneLine(s string) string {
	var b strings.Builder
	for _, r := range s {
		if hidden, ok := invisible(string(r)); ok {
			fmt.Fprintf(&b, "<%U>", hidden)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

var (
	// A workflow command's message and properties have their own escapes, and no others.
	escapeMessage  = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	escapeProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// github is a finding as a workflow command of GitHub Actions, which shows it at its line.
func (d Document) github(f Finding) string {
	properties := "file=" + oneLine(escapeProperty.Replace(d.file(f.File)))
	if f.Line > 0 {
		properties += fmt.Sprintf(",line=%d", f.Line)
	}
	properties += ",title=" + escapeProperty.Replace("sigdiff lint: "+string(f.Check))
	message := f.Message
	if f.Text != "" {
		message = quote(oneLine(f.Text)) + ": " + message
	}
	return fmt.Sprintf("::%s %s::%s", f.Severity, properties, oneLine(escapeMessage.Replace(message)))
}

func (d Document) json(w io.Writer) error {
	findings := make([]Finding, len(d.Findings)) // never null
	for i, f := range d.Findings {
		f.File = d.file(f.File)
		if f.Other != nil {
			other := *f.Other
			other.File = d.file(other.File)
			f.Other = &other
		}
		findings[i] = f
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(struct {
		Schema   int       `json:"schema"`
		Spec     string    `json:"spec"`
		Against  string    `json:"against,omitempty"`
		Errors   int       `json:"errors"`
		Warnings int       `json:"warnings"`
		Findings []Finding `json:"findings"`
	}{1, d.Spec, d.Against, Count(findings, Error), Count(findings, Warning), findings})
}
