package report

import (
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"

	"github.com/sigdiff/sigdiff/internal/lazyregexp"
	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/siglists/lint"
)

// Lint is what lint finds in siglists.
type Lint struct {
	Spec    string // the siglists, as the user named them
	Against string // what they were held against; may be empty
	// Findings are in the order in which they are shown, with the paths of files, so that editors and GitHub find them.
	Findings []lint.Finding
}

// NewLint puts the folder of the lists' files before their names.
func NewLint(spec, against, folder string, findings []lint.Finding) *Lint {
	return &Lint{spec, against, each(findings, func(f lint.Finding) lint.Finding {
		f.File = path.Join(folder, f.File)
		if f.Other != nil {
			other := *f.Other // the caller's own stays as it is
			other.File = path.Join(folder, other.File)
			f.Other = &other
		}
		return f
	})}
}

// LintFormats are the formats of what lint finds.
func LintFormats() Formats[*Lint] {
	return Formats[*Lint]{"findings", []writer[*Lint]{
		{"text", inText(lintText)}, {"csv", lintCSV}, {"json", inJSON(lintJSON)}, {"markdown", inMarkdown(lintMarkdown)}, {"html", inHTML("lint.html.tmpl", lintPage, "style.css")}, {"github", lintGitHub},
	}}
}

// Summary counts the findings.
func (l *Lint) Summary() string {
	return plural.Of(lint.Count(l.Findings, lint.Error), "error", "errors") + ", " + plural.Of(lint.Count(l.Findings, lint.Warning), "warning", "warnings")
}

// findingPlace is the file of a finding and, unless that is about the whole file, the line.
func findingPlace(f lint.Finding) string {
	if f.Line == 0 {
		return f.File
	}
	return f.File + ":" + strconv.Itoa(f.Line)
}

// severityStyles are the colours of severities.
var severityStyles = map[lint.Severity]style{lint.Error: alarm, lint.Warning: caution}

// lintText writes a line for each finding, as compilers show theirs.
func lintText(t *Text, l *Lint) {
	for _, f := range l.Findings {
		text := ""
		if f.Text != "" {
			text = lint.Quote(lint.Visible(f.Text)) + ": "
		}
		// lint.Visible rather than Visible: an invisible character is what a finding is about, and is named.
		t.line("%s: %s: %s%s [%s]", lint.Visible(findingPlace(f)), t.paint(severityStyles[f.Severity], string(f.Severity)), text, lint.Visible(f.Message), string(f.Check))
	}
}

var lintCSV = inCSV([]string{"file", "line", "severity", "check", "text", "message"}, func(l *Lint, row func(...string)) {
	for _, f := range l.Findings {
		row(f.File, strconv.Itoa(f.Line), string(f.Severity), string(f.Check), f.Text, f.Message)
	}
})

// lintMarkdown writes as many findings as a comment may have.
func lintMarkdown(m *markdownWriter, l *Lint) {
	m.line("## Lint of %s: %s", mdCode(l.Spec), l.Summary())
	if l.Against != "" {
		m.line("\nFindings that %s has, too, are left out.", mdCode(l.Against))
	}
	if len(l.Findings) > 0 {
		m.line("")
	}
	m.rows(each(l.Findings, mdFinding), len(l.Findings), "finding", "findings")
}

func mdFinding(f lint.Finding) string {
	text := fmt.Sprintf("- **%s** at %s: ", f.Severity, mdCode(findingPlace(f)))
	if f.Text != "" {
		text += mdCode(lint.Visible(f.Text)) + ": "
	}
	return text + mdPhrase(findingText(f), mdCode) + "\n"
}

// findingText is what a finding says, and by which check. Lines of lists are part of some messages, and may be anybody's:
// a message is data as a whole where they would not stay in backticks.
func findingText(f lint.Finding) Phrase { return messageText(f.Message, " ["+string(f.Check)+"]") }

// messageText is a message of lint's, and words after it.
func messageText(message, after string) Phrase {
	// What lint quotes stays data in every format. The rest must be words that mean nothing to any.
	message = lint.Visible(message)
	rest := quotedData().ReplaceAllString(message, "")
	if plainWords().MatchString(rest) && !strings.Contains(rest, "www.") {
		return say(message + after)
	}
	return say("", message, after)
}

var (
	quotedData = lazyregexp.New("`[^`]+`")
	// plainWords have no meaning in Markdown and HTML.
	plainWords = lazyregexp.New(`^(?:[A-Za-z0-9 ,.;:'()%+$=-]|[a-z]_[a-z])*$`)
)

func lintPage(l *Lint, _ Options) (title string, shown any) { return "sigdiff lint: " + l.Summary(), l }

var (
	// A workflow command's message and properties have their own escapes, and no others.
	escapeMessage  = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	escapeProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// lintGitHub writes findings as workflow commands of GitHub Actions, which shows them at their lines.
func lintGitHub(w io.Writer, l *Lint, _ Options) error {
	for _, f := range l.Findings {
		// Escaped first: a line end that was made visible before would not be an escape of GitHub's any more.
		properties := "file=" + lint.Visible(escapeProperty.Replace(f.File))
		if f.Line > 0 {
			properties += fmt.Sprintf(",line=%d", f.Line)
		}
		// The title is what GitHub shows in bold above the message.
		properties += ",title=" + escapeProperty.Replace("sigdiff lint: "+string(f.Check))
		message := f.Message
		if f.Text != "" {
			message = lint.Quote(lint.Visible(f.Text)) + ": " + message
		}
		if _, err := fmt.Fprintf(w, "::%s %s::%s\n", f.Severity, properties, lint.Visible(escapeMessage.Replace(message))); err != nil {
			return err
		}
	}
	return nil
}

func lintJSON(l *Lint) any {
	return struct {
		Spec     string         `json:"spec"`
		Against  string         `json:"against,omitempty"`
		Errors   int            `json:"errors"`
		Warnings int            `json:"warnings"`
		Findings []lint.Finding `json:"findings"`
	}{l.Spec, l.Against, lint.Count(l.Findings, lint.Error), lint.Count(l.Findings, lint.Warning), l.Findings}
}
