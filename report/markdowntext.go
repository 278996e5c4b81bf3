package report

import (
	"fmt"
	"html"
	"net/url"
	"strings"

	"github.com/sigdiff/sigdiff/internal/lazyregexp"
)

// mdCode is data as a code span, in which Markdown has no meaning, @names notify nobody and #1 links to
// nothing. The fence is longer than any run of backticks inside.
// Empty data would be an empty code span, which Markdown doesn't have.
func mdCode(data string) string {
	data = Visible(data)
	if data == "" {
		return "*" + noSignature + "*"
	}
	longest, run := 0, 0
	for _, c := range data {
		run++
		if c != '`' {
			run = 0
		}
		longest = max(longest, run)
	}
	fence := strings.Repeat("`", longest+1)
	padded := strings.HasPrefix(data, "`") || strings.HasSuffix(data, "`") ||
		strings.HasPrefix(data, " ") && strings.HasSuffix(data, " ") && strings.Trim(data, " ") != ""
	if padded { // a space on both sides belongs to the fence
		data = " " + data + " "
	}
	return fence + data + fence
}

// mdCell is data as code in a cell of a table. Cells end at each | without a backslash in front, and only
// that backslash is taken away before code spans are read: data with a backslash of its own in front of a
// | can't be written as a code span there, and is written as entities.
func mdCell(data string) string {
	if strings.Contains(data, `\|`) {
		return "<code>" + entities(Visible(data)) + "</code>"
	}
	return strings.ReplaceAll(mdCode(data), "|", `\|`)
}

// mdHead is the first two lines of a table with headings as those of Text.table.
func mdHead(head []string) string {
	line, under := "|", "|"
	for _, heading := range head {
		line += " " + headingText(heading) + " |"
		under += map[bool]string{true: "--:|", false: "---|"}[isRight(heading)]
	}
	return line + "\n" + under
}

// entities writes everything of s that may mean something in Markdown as a character reference.
func entities(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r > ' ' && r < 0x7f && !isWord(r) {
			fmt.Fprintf(&b, "&#%d;", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// isWord is for ASCII alone: other letters have no meaning in Markdown, and are written as they are.
func isWord(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
}

// mdSummary is data as code in a line of HTML, such as a summary, where Markdown isn't read.
func mdSummary(data string) string { return "<code>" + html.EscapeString(Visible(data)) + "</code>" }

// mdPhrase is a phrase, with its data written by code.
func mdPhrase(p Phrase, code func(string) string) string {
	var b strings.Builder
	for _, s := range p {
		if s.Code {
			b.WriteString(code(s.Text))
		} else {
			b.WriteString(s.Text)
		}
	}
	return b.String()
}

// mdItems are phrases as items of a list, each with its bullet.
func mdItems(bullet string, phrases []Phrase) string {
	return strings.Join(each(phrases, func(p Phrase) string { return bullet + mdPhrase(p, mdCode) + "\n" }), "")
}

// crashID is what crash ids look like, and the test ids of small corpora.
var crashID = lazyregexp.New(`^[0-9A-Za-z-]+$`)

// crashURL is where the crash report is; empty without a host, or for an id that is none.
func crashURL(host, id string) string {
	if u := service(host); u != nil && crashID().MatchString(id) {
		return u.JoinPath("report", "index", id).String()
	}
	return ""
}

// service is the address of the service that links lead to; nil for none.
// host may be anybody's, as in a settings file. Only http and https are links.
func service(host string) *url.URL {
	u, err := url.Parse(host)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" {
		return nil
	}
	return u
}

// mdCrash is a crash id as a link to its report.
func mdCrash(host, id string) string {
	address := crashURL(host, id)
	if address == "" {
		return mdCode(id)
	}
	// The id has letters, digits and dashes alone: see crashID. The host may have parentheses.
	return "[" + id + "](" + strings.NewReplacer("(", "%28", ")", "%29").Replace(address) + ")"
}

func mdCrashes(host string, ids []string) string {
	return strings.Join(each(ids, func(id string) string { return mdCrash(host, id) }), ", ")
}

// shortened is text of which a summary shows no more than so many characters.
// Characters are counted, not bytes, so that none is cut in half.
func shortened(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return text
}
