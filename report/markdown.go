package report

import (
	"fmt"
	"html"
	"net/url"
	"strings"
	"unicode"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/internal/lazyregexp"
	"github.com/sigdiff/sigdiff/internal/plural"
)

// markdownLimit is how long a comment may be: 65,536 characters on GitHub, 65,535 on Bugzilla. Bytes are
// counted, which are never fewer than characters.
const markdownLimit = 65535

// footRoom is kept for what ends a section: how much was left out, and closing tags. leastRoom is what that takes.
const (
	footRoom  = 256
	leastRoom = 64
)

// maxShown is how many characters of a title, a path or an error the summary shows.
const maxShown = 200

// maxSignature is how many characters of a signature are shown: those of siglists have 255.
const maxSignature = 1000

// maxCommand is how many characters of the command are shown.
const maxCommand = 1000

// summaryLetters is how many characters of a signature the folded line of a group shows. The whole one is
// inside.
const summaryLetters = 100

// report writes the report for a pull request or a bug: the summary, the changed lines, the groups folded, the
// signatures folded. What would make it longer than a comment may be is left out, by whole lines and groups, and counted.
// What is written first has the most room. Each part keeps some of it for those that follow: see room and footRoom.
func (m *markdownWriter) report(r *Report) { m.comparison(r, newOutline(r)) }

// comparison writes the report of an outline.
func (m *markdownWriter) comparison(r *Report, out outline) {
	m.summary(r, out)
	m.expect(r.Expect)
	m.patterns(r.Facts)
	m.groups(out.Groups)
	m.verdicts(out.Verdicts)
	m.scoreboard(out.Facts.Scores)
	m.topCrashers(out.Facts.TopCrashers)
	m.signatures(out.Signatures)
	m.bugs(r.Bugs)
}

// markdownWriter gathers text up to a limit.
type markdownWriter struct {
	Options
	text strings.Builder
	room int // bytes that are left
}

// add adds a text as a whole, if as many bytes as are to be kept are left after it.
func (m *markdownWriter) add(text string, keep int) bool {
	if len(text)+keep > m.room {
		return false
	}
	// Whole or not at all: half a table row, or an open tag, would spoil all that follows.
	m.text.WriteString(text)
	m.room -= len(text)
	return true
}

// addAll adds those of some texts that fit, each as a whole, and counts those that are left out: one that doesn't fit may be
// followed by a shorter one that does.
func (m *markdownWriter) addAll(texts []string, keep int) (omitted int) {
	for _, text := range texts {
		if !m.add(text, keep) {
			omitted++
		}
	}
	return omitted
}

// items adds items of a list up to the limit, and says how many were left out.
func (m *markdownWriter) items(items []string, keep int, one, many string) {
	shown, more := Limited(items, m.Limit)
	m.omitted("- ", more+m.addAll(each(shown, func(item string) string { return "- " + item + "\n" }), keep), one, many)
}

// rows adds rows until the first that doesn't fit, so that none is missing between two, and says how many of all were left
// out.
func (m *markdownWriter) rows(rows []string, all int, one, many string) {
	done := 0
	for done < len(rows) && m.add(rows[done], footRoom) {
		done++
	}
	m.omitted("\n", all-done, one, many)
}

// table adds a table, as rows does. Headings are as those of Text.table.
func (m *markdownWriter) table(head, rows []string, all int, one, many string) {
	m.line("%s", mdHead(head))
	m.rows(rows, all, one, many)
}

// folded adds a section that is closed at first, with what content adds to it. Where as many bytes as are to be kept would not be
// left, it says that it is left out: else nobody would miss it. The title is HTML.
func (m *markdownWriter) folded(title string, keep int, content func()) {
	if !m.add("\n<details>\n<summary>"+title+"</summary>\n\n", keep) {
		m.line("\n<p>Left out: %s</p>", title)
		return
	}
	content()
	m.line("\n</details>")
}

// foldedItems adds a section of items, if there are any.
func (m *markdownWriter) foldedItems(title string, items []string, keep int, one, many string) {
	if len(items) > 0 {
		m.folded(title, keep+footRoom, func() { m.items(items, keep+footRoom, one, many) })
	}
}

// line adds a line of the summary, which is short by nature.
// It is left out where there is no room at all, which what is short by nature hardly meets.
func (m *markdownWriter) line(format string, args ...any) {
	m.add(fmt.Sprintf(format, args...)+"\n", 0)
}

// omitted says how many were left out, behind what stands before it; nothing where all are there.
func (m *markdownWriter) omitted(before string, n int, one, many string) {
	if n > 0 {
		m.line("%s%s", before, omittedText(n, one, many))
	}
}

// alert says what could not be done; nothing where the text is empty.
func (m *markdownWriter) alert(text string) {
	if text != "" {
		m.line("**%s**\n", text)
	}
}

func (m *markdownWriter) summary(r *Report, out outline) {
	m.line("## Signatures: %s\n", r.changed())
	m.notes(out.Notes)
	if unable := r.Unable(); unable != "" {
		// Named here, above the figures, which are not of these crashes.
		m.alert(unable)
		m.failures("failed", r.Failures)
		missing, more := Limited(r.Missing, maxFailures)
		for _, id := range missing {
			m.line("- missing: %s", mdCrash(m.Host, shortened(id, maxShown)))
		}
		m.omitted("- ", more, "missing crash", "missing crashes")
		m.line("")
	}
	m.line("%s\n", r.Headline())
	m.concerns(out)
	if out.Stale != "" {
		m.line("%s\n", out.Stale)
	}
	m.facts(out)
	m.side("base", r.Base)
	m.side("candidate", r.Candidate)
	m.line("- corpus: %s", mdCode(shortened(corpusText(r.Corpus), maxShown)))
	if out.MadeBy != nil {
		m.line("- %s", mdPhrase(out.MadeBy, func(text string) string { return mdCode(shortened(text, maxCommand)) }))
	}
}

// notes says what a reader must know before the figures.
func (m *markdownWriter) notes(notes []Note) {
	for _, n := range notes {
		m.line("**%s**\n", mdPhrase(n.Text, mdCode))
	}
}

// expect says how the expectations fared, the missed ones first.
func (m *markdownWriter) expect(x *Expectations) {
	if x == nil {
		return
	}
	m.line("\n**%s**\n", x.Summary())
	// Half of the room is kept for the report, whatever was expected.
	missed := each(x.Missed, func(e Missed) string {
		return fmt.Sprintf("missed: %s\n  - expected: %s\n  - given: %s\n  - before: %s%s", mdCrash(m.Host, e.ID),
			mdCode(signatureText(e.Expected)), mdCode(signatureText(e.Candidate)), mdCode(signatureText(e.Base)), mdItems("  - ", e.Why()))
	})
	m.items(missed, m.room/2, "missed expectation", "missed expectations")
	m.failures("not compared", x.Absent)
}

// failures names the first crashes that something could not be done with, after what is said of each.
func (m *markdownWriter) failures(what string, all []compare.Failure) {
	shown, more := Limited(all, maxFailures)
	for _, f := range shown {
		m.line("- %s: %s %s", what, mdCrash(m.Host, shortened(f.ID, maxShown)), mdCode(shortened(f.Err, maxShown)))
	}
	m.omitted("- ", more, "crash", "crashes")
}

func (m *markdownWriter) side(label string, s Side) {
	text := "- " + label + ": " + mdCode(shortened(sideText(s), maxShown))
	notes := each(sideNotes(s), func(note string) Phrase { return say("", shortened(note, maxShown)) })
	if len(notes) > 0 {
		text += " " + mdPhrase(joinedUpTo(maxFailures, notes, " "), mdCode)
	}
	m.line("%s", text)
}

// openRows is how many changed lines stand open; the others are folded. openGroups likewise.
const (
	openRows   = 5
	openGroups = 3
)

func (m *markdownWriter) verdicts(sections []verdictSection) {
	const head = "| Verdict | Crashes | Frames | Line | |\n|---|--:|--:|---|---|\n"
	if len(sections) == 0 {
		return
	}
	m.line("\n### Changed lines: %s\n", verdictCounts(sections))
	rows, omitted := verdictRows(sections, m.Limit)
	m.add(head, 0)
	most := m.room / 2 // for what follows counts too
	// A row that doesn't fit is left out, and shorter ones behind it may still be shown.
	open, more := Limited(rows, openRows)
	omitted += m.addAll(open, most)
	if more == 0 {
		m.omitted("\n", omitted, "line", "lines")
	} else {
		// The rest is a click away, so that the groups below are in sight.
		m.folded(plural.Of(more, "more", "more"), most+footRoom, func() {
			m.add(head, 0)
			omitted += m.addAll(rows[openRows:], most)
			m.omitted("\n", omitted, "line", "lines")
		})
		m.line("")
	}
	for _, s := range sections {
		if s.Hint != nil {
			m.line("\n%s", mdPhrase(s.Hint, mdCode))
		}
	}
}

// verdictRows are the rows of changed lines, and how many are left out.
func verdictRows(sections []verdictSection, limit int) (rows []string, omitted int) {
	for _, s := range sections {
		lines, more := Limited(s.Lines, limit)
		omitted += more
		rows = append(rows, each(lines, mdVerdict)...)
		if len(s.Removed) > 0 {
			rows = append(rows, fmt.Sprintf("| %s | 0 | 0 | %s | |\n", verdictName(s.Kind), mdPhrase(removedText(s.Removed), mdCell)))
		}
	}
	return rows, omitted
}

func mdVerdict(l lineOutline) string {
	name := verdictName(l.Kind)
	if l.Concern {
		// Bold, since a comment has no colours.
		name = "**" + name + "**"
	}
	return mdRow(name, plural.Number(l.Crashes), plural.Number(l.Frames), mdCell(l.Sign+" "+l.Place+": "+l.Text), mdDetails(l.Details))
}

// mdDetails are the details of a line, in a cell.
func mdDetails(details []Phrase) string {
	return strings.Join(each(details, func(d Phrase) string { return mdPhrase(d, mdCell) }), "; ")
}

func (m *markdownWriter) groups(groups []groupOutline) {
	if len(groups) == 0 {
		return
	}
	m.line("\n### Changed signatures: %s\n", plural.Of(len(groups), "group", "groups"))
	shown, _ := Limited(groups, m.Limit)
	done := 0
	// Groups are in the order of what matters, so that the first that doesn't fit ends them.
	for i, g := range shown {
		if !m.add(m.group(g, i < openGroups), 2*footRoom) {
			break
		}
		done++
	}
	if rest := groups[done:]; len(rest) > 0 {
		// How many crashes they are tells whether what is left out matters.
		left := 0
		for _, g := range rest {
			left += g.Crashes
		}
		m.line("%s, of %s", omittedText(len(rest), "group", "groups"), plural.Crashes(left))
	}
}

// group is a group of changed crashes: open or folded, with what differs in the signatures, and with all of them.
func (m *markdownWriter) group(g groupOutline, open bool) string {
	base, candidate := signatureText(g.Base), signatureText(g.Candidate)
	// A comment has no room to mark parts of a line: what both have in the middle is left out instead.
	shortBase, shortCandidate := shortPair(base, candidate)
	shortBase, shortCandidate = shortened(shortBase, maxSignature), shortened(shortCandidate, maxSignature)
	var b strings.Builder
	if open {
		fmt.Fprintf(&b, "**%s %s**: %s\n\n", plural.Crashes(g.Crashes), g.Kind, g.Meaning)
	} else {
		fmt.Fprintf(&b, "<details>\n<summary>%s, %s: %s → %s</summary>\n\n", plural.Crashes(g.Crashes), g.Kind,
			mdSummary(shortened(shortBase, summaryLetters)), mdSummary(shortened(shortCandidate, summaryLetters)))
	}
	fmt.Fprintf(&b, "```diff\n- %s\n+ %s\n```\n", shortBase, shortCandidate)
	if g.Collateral {
		b.WriteString("**collateral**: no expected crash is in it\n\n")
	}
	item := func(format string, args ...any) { fmt.Fprintf(&b, "- "+format+"\n", args...) }
	// In full only where something was left out, and it isn't too long for a comment.
	if shortBase != Visible(base) && len(base)+len(candidate) <= 2*maxSignature {
		item("in full: %s → %s", mdCode(base), mdCode(candidate))
	}
	for _, p := range g.about() {
		item("%s", mdPhrase(p, mdCode))
	}
	if len(g.Examples) > 0 {
		item("examples: %s", mdCrashes(m.Host, g.Examples))
	}
	// An empty line ends the Markdown before HTML closes.
	if b.WriteString("\n"); !open {
		b.WriteString("</details>\n\n")
	}
	return b.String()
}

func (m *markdownWriter) signatures(signatures []compare.SignatureCount) {
	foldedTable(m, "Crashes per signature, before and after", []string{">Before", ">After", ">Change", "Signature"}, signatures, func(s compare.SignatureCount) string {
		return mdRow(plural.Number(s.Base), plural.Number(s.Candidate), plural.Signed(s.Candidate-s.Base), mdCell(signatureText(s.Signature)))
	})
}

// foldedTable adds a table with a row for each signature, closed at first.
func foldedTable[T any](m *markdownWriter, title string, head []string, signatures []T, row func(T) string) {
	if len(signatures) == 0 {
		return
	}
	m.folded(title, footRoom, func() {
		shown, _ := Limited(signatures, m.Limit)
		m.table(head, each(shown, row), len(signatures), "signature", "signatures")
	})
}

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
	// A space on both sides belongs to the fence.
	if trimmed := strings.Trim(data, "` "); len(trimmed) < len(data) && strings.Trim(data, " ") != "" {
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

// mdRow is a row of a table.
func mdRow(cells ...string) string { return "| " + strings.Join(cells, " | ") + " |\n" }

// entities writes everything of s that may mean something in Markdown as a character reference.
func entities(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r == ' ' || unicode.IsLetter(r) || unicode.IsDigit(r) {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "&#%d;", r)
		}
	}
	return b.String()
}

// mdSummary is data as code in a line of HTML, such as a summary, where Markdown isn't read.
func mdSummary(data string) string { return "<code>" + html.EscapeString(Visible(data)) + "</code>" }

// mdPhrase is a phrase, with its data written by code: that in backticks, too, which in a table must not end the cell.
func mdPhrase(p Phrase, code func(string) string) string {
	var b strings.Builder
	for _, s := range p.Marked() {
		if s.Code {
			b.WriteString(code(s.Text))
		} else {
			b.WriteString(s.Text)
		}
	}
	return b.String()
}

// mdItems are phrases as items of a list, each a line with its bullet, behind a line that is not ended.
func mdItems(bullet string, phrases []Phrase) string {
	return strings.Join(each(phrases, func(p Phrase) string { return "\n" + bullet + mdPhrase(p, mdCode) }), "")
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
