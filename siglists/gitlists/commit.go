package gitlists

import (
	"bytes"
	"context"
	"strconv"
	"strings"
	"time"
)

// readCommit reads the commit that a word of git's names. It is not ok where that is no commit, and where only git log can
// tell what is in it.
func (r *Repo) readCommit(ctx context.Context, word string) (c Commit, ok bool) {
	err := r.objects(ctx, []string{word}, func(_ int, o object, _ bool) error {
		if o.kind == "commit" {
			c, ok = parseCommit(o)
		}
		return nil
	})
	return c, ok && err == nil
}

// parseCommit reads what git log would print of a commit. Texts that aren't in UTF-8 are left to it, and odd dates.
func parseCommit(o object) (Commit, bool) {
	header, message, _ := bytes.Cut(o.content, []byte("\n\n"))
	c := Commit{Hash: o.hash, Subject: subject(string(message))}
	dated := false
	for line := range strings.Lines(string(header)) {
		// git log brings such a message into UTF-8.
		if strings.HasPrefix(line, "encoding ") {
			return Commit{}, false
		}
		if committer, ok := strings.CutPrefix(line, "committer "); ok && !dated {
			c.Date, dated = commitDate(strings.TrimSuffix(committer, "\n"))
		}
	}
	return c, dated && !bytes.ContainsRune(o.content, 0)
}

// commitDate is the date at the end of a line with who made a commit: a name, an address in brackets, seconds, and how far
// from UTC that was.
func commitDate(committer string) (time.Time, bool) {
	_, after, _ := strings.Cut(committer[max(0, strings.LastIndexByte(committer, '>')):], "> ")
	seconds, zone, _ := strings.Cut(after, " ")
	// Dates before 1970 or after 2106 are nobody's, and git has ideas of its own about them.
	unix, err := strconv.ParseUint(seconds, 10, 32)
	_, zoneErr := time.Parse("-0700", zone)
	return time.Unix(int64(unix), 0).UTC(), err == nil && zoneErr == nil
}

// subject is the first paragraph of a message, as one line.
func subject(message string) string {
	var lines []string
	for line := range strings.Lines(message) {
		line = strings.TrimRight(line, " \t\r\n")
		if line == "" && len(lines) > 0 {
			break
		}
		if line != "" {
			lines = append(lines, line)
		}
	}
	return printable(strings.Join(lines, " "))
}
