package spec

import (
	"testing"

	"github.com/sigdiff/sigdiff/siglists/gitlists"
)

func TestCommitList(t *testing.T) {
	var commits []gitlists.Commit
	for i, want := range []string{
		"", "0000000 one", "0000000 one, 1111111 two", "0000000 one, 1111111 two, 2222222 three",
		"1111111 two, 2222222 three, 3333333 four, and 1 commit before",
	} {
		if got := commitList(commits).String(); got != want {
			t.Errorf("of %d: %q, want %q", i, got, want)
		}
		hash := string(rune('0' + i))
		commits = append(commits, gitlists.Commit{
			Hash: hash + hash + hash + hash + hash + hash + hash + hash, Subject: []string{"one", "two", "three", "four", "five"}[i],
		})
	}
}
