package gitlists

import (
	"slices"
	"testing"
)

// Every name that is offered can be resolved, and each kind of ref has its word.
func TestNames(t *testing.T) {
	origin := newRepo(t)
	origin.commitLists("one")
	copied := cloneOf(origin)
	copied.git("branch", "topic/a")
	copied.git("tag", "v1")
	copied.git("update-ref", "refs/pull/12/head", "HEAD")
	copied.git("update-ref", "refs/pull/12/merge", "HEAD")
	copied.git("config", "remote.origin.url", "https://127.0.0.1:1/none")
	r := copied.open()
	copied.git("update-ref", r.refsOf("origin")+"pull/7/head", "HEAD")
	copied.git("update-ref", r.refsOf("origin")+"pull/7/target", "HEAD")
	copied.git("update-ref", fetchedRefs+"pull/8/head", "HEAD") // without its remote's name, as it was once kept
	got, err := r.Names(t.Context())
	want := []string{"main", "origin/main", "pr/12", "pr/7", "topic/a", "v1"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("names %q, %v, want %q", got, err, want)
	}
	for _, name := range got {
		_, err := r.Resolve(t.Context(), name)
		if number, _, ok := PullNumber(name); ok {
			_, err = r.Pull(t.Context(), number)
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
