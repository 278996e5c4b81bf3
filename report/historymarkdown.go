package report

import (
	"fmt"
	"strings"

	"github.com/sigdiff/sigdiff/internal/plural"
)

// historyMarkdown writes a row for each commit, for a bug or a pull request.
func historyMarkdown(m *markdownWriter, h *History) {
	m.line("## %s\n", h.Title())
	m.alert(h.Unable())
	m.line("- corpus: %s", mdCode(shortened(corpusText(h.Corpus), maxShown)))
	if h.Rules != "" {
		m.line("- rules: %s", mdCode(h.Rules))
	}
	for _, note := range h.Notes {
		m.line("- note: %s", mdCode(note))
	}
	m.topics(h)
	entries, left := h.newest(m.All)
	if left != "" {
		m.line("\n%s; --all shows them", left)
	}
	m.line("\n%s", mdHead(historyHead))
	shown, _ := Limited(entries, m.Limit)
	m.rows(each(shown, h.mdEntry), len(entries), "commit", "commits")
}

// topics writes what changed most, by bug.
func (m *markdownWriter) topics(h *History) {
	topics, more := Limited(h.topics(), maxTopics)
	if len(topics) == 0 {
		return
	}
	m.line("\n### %s\n\n%s", topicsTitle, mdHead(topicsHead))
	for _, c := range topics {
		newest := c.Commits[0]
		m.line("| %s | %s | %s | %s | %s |", plural.Number(c.Changed), mdBugLink(c.Bug), plural.Number(len(c.Commits)), mdRevision(h.Repository, newest.Revision), mdCell(newest.Subject))
	}
	m.omitted("\n", more, "bug or commit", "bugs and commits")
	m.line("\n### Commits")
}

// mdBugLink is a bug as a link, by its number; empty for none.
func mdBugLink(bug string) string {
	if bug == "" {
		return ""
	}
	return fmt.Sprintf("[%s](%s)", bug, bugAddress+bug)
}

// mdEntry is the row of a commit.
// It takes the cells of the terminal's row, and writes those anew that are links, or hold data.
func (h *History) mdEntry(e historyEntry) string {
	cells, _ := e.row()
	cells[1] = mdRevision(h.Repository, e.Revision)
	cells[5] = mdBugLink(e.Bug())
	cells[6] = mdCell(cells[6])
	return "| " + strings.Join(cells, " | ") + " |\n"
}

// mdRevision is a commit by its short hash, as a link where it is on the web.
// repository may be empty.
func mdRevision(repository, hash string) string {
	r := newRevision(repository, hash)
	if r.URL == "" {
		return mdCode(r.Text)
	}
	return fmt.Sprintf("[%s](%s)", mdCode(r.Text), r.URL)
}
