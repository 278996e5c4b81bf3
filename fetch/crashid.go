package fetch

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"strings"
)

// ErrCrashID is wrapped by the error for a text in which there is no crash id.
var ErrCrashID = errors.New("not a crash id (8-4-4-4-12 hexadecimal digits, the last six a date YYMMDD)")

var (
	crashIDPattern = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{6}[0-9]{6}$`)
	// Reprocessing tools take `ID:RULESET`, and their input is often pasted on.
	rulesetSuffix = regexp.MustCompile(`:[A-Za-z_]+$`)
)

// ValidCrashID tells whether s is a crash id in its one canonical spelling: lower case, nothing around it.
func ValidCrashID(s string) bool { return len(s) == 36 && crashIDPattern.MatchString(s) }

// ParseCrashID finds the crash id in what people paste: the id, `bp-ID`, or the address of a crash report or of one of the crash endpoints.
// The error wraps [ErrCrashID] and quotes the text.
func ParseCrashID(s string) (string, error) {
	id := strings.ToLower(crashIDPart(strings.TrimSpace(s)))
	id = strings.TrimPrefix(id, "bp-")
	if !ValidCrashID(id) {
		return "", fmt.Errorf("%w: %.100q", ErrCrashID, withoutUser(s))
	}
	return id, nil
}

func crashIDPart(s string) string {
	if !strings.Contains(s, "/") {
		return rulesetSuffix.ReplaceAllString(s, "")
	}
	u, err := url.Parse(s)
	if err != nil {
		return s
	}
	if id := u.Query().Get("crash_id"); id != "" {
		return id
	}
	path := strings.TrimRight(u.Path, "/")
	return path[strings.LastIndexByte(path, '/')+1:]
}

// ReadCrashIDs reads crash ids, one a line, in any form that [ParseCrashID] takes. Empty lines and lines that start with `#` are skipped, repeated ids
// are kept once, at their first place. The error names the first line that holds no id, or what stopped the reading.
func ReadCrashIDs(r io.Reader) ([]string, error) {
	var ids []string
	seen := map[string]bool{}
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		text := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff"))
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		id, err := ParseCrashID(text)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("reading crash ids: %w", err)
	}
	return ids, nil
}
