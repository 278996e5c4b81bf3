package signatures

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

// The table of changes is in order, by full hashes and times, and ends before the revision that it ends with.
func TestAlgorithmChanges(t *testing.T) {
	hash := regexp.MustCompile(`^[0-9a-f]{40}$`)
	before := ""
	seen := map[string]bool{}
	for _, c := range AlgorithmChanges() {
		_, err := time.Parse(time.RFC3339, c.Date)
		if !hash.MatchString(c.Revision) || seen[c.Revision] || err != nil || c.Date < before || c.Date[:10] > RevisionDate || c.What == "" {
			t.Errorf("%+v, after %s: %v", c, before, err)
		}
		before, seen[c.Revision] = c.Date, true
	}
	if !hash.MatchString(Revision) || len(seen) < 40 {
		t.Errorf("%d changes up to %s", len(seen), Revision)
	}
	for name, blob := range Code() {
		if !hash.MatchString(blob) {
			t.Errorf("%s: %s", name, blob)
		}
	}
}

// The table in the documentation is the program's.
func TestAlgorithmChangesAreDocumented(t *testing.T) {
	doc, err := os.ReadFile("../../docs/history.md")
	if err != nil {
		t.Fatal(err)
	}
	var rows strings.Builder
	for _, c := range AlgorithmChanges() {
		what := strings.NewReplacer("|", `\|`, "<", "&lt;").Replace(c.What)
		fmt.Fprintf(&rows, "| %.10s | %.9s | %s |\n", c.Date, c.Revision, what)
	}
	if !strings.Contains(string(doc)+"\n", "|---|---|---|\n"+rows.String()+"\n") {
		t.Errorf("docs/history.md doesn't hold this table:\n%s", rows.String())
	}
	if !strings.Contains(string(doc), fmt.Sprintf("Socorro %.9s of %s", Revision, RevisionDate)) {
		t.Errorf("docs/history.md doesn't name %s", Revision)
	}
}
