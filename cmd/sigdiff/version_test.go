package main

import (
	"encoding/json"
	"runtime"
	"strings"
	"testing"

	"github.com/sigdiff/sigdiff/engine/signatures"
)

func TestVersion(t *testing.T) {
	var v version
	if err := json.Unmarshal([]byte(runText(t, "version", "--format", "json")), &v); err != nil {
		t.Fatal(err)
	}
	if v.Go != runtime.Version() || v.Socorro.Revision != signatures.Revision || v.Rules != "default" {
		t.Errorf("%+v", v)
	}
	text := runText(t, "version")
	for _, line := range []string{"sigdiff  ", "commit   ", "\ngo       " + v.Go, "\nsocorro  " + signatures.Revision + " of " + signatures.RevisionDate} {
		if !strings.Contains(text, line) {
			t.Errorf("%q is not in\n%s", line, text)
		}
	}
}

// The newest entry of the changelog names the revision of Socorro that is followed.
func TestChangelogNamesSocorro(t *testing.T) {
	entries := strings.Split(readText(t, "../../CHANGELOG.md"), "\n## ")
	if len(entries) < 2 || !strings.Contains(entries[1], signatures.Revision[:9]) || !strings.Contains(entries[1], signatures.RevisionDate) {
		t.Errorf("the first entry of CHANGELOG.md does not say %s of %s", signatures.Revision[:9], signatures.RevisionDate)
	}
}
