package gitlists

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestClone(t *testing.T) {
	ctx := context.Background()
	p := newProject(t)
	dir := filepath.Join(t.TempDir(), "cache", "socorro.git")
	if _, err := OpenClone(ctx, dir); !errors.Is(err, ErrNoClone) {
		t.Errorf("%v", err)
	}
	r, err := Clone(ctx, dir, p.url(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if refs := (&clone{t, dir}).git("for-each-ref", "--format=%(refname)"); refs != "refs/heads/main" {
		t.Errorf("refs %s", refs)
	}
	if got := resolve(t, r, "HEAD"); got.Hash != p.tip {
		t.Errorf("HEAD is %v", got)
	}
	if remote := r.settings.promisor; remote != "origin" {
		t.Errorf("promisor %q", remote)
	}
	wantBase(t, r, 7, p.head, p.fork, false)
	wantLists(t, r, p.head, lists("head"))
}

func TestCloneAgainUpdates(t *testing.T) {
	ctx := context.Background()
	p := newProject(t)
	dir := filepath.Join(t.TempDir(), "socorro.git")
	if _, err := Clone(ctx, dir, p.url(), nil); err != nil {
		t.Fatal(err)
	}
	p.git("branch", "-m", "main", "trunk")
	p.git("tag", "new-tag")
	tip := p.commitLists("newer")
	var progress strings.Builder
	r, err := Clone(ctx, dir, "", &progress)
	if err != nil {
		t.Fatal(err)
	}
	for spec, want := range map[string]string{"HEAD": tip, "trunk": tip, "new-tag": p.tip} {
		if got := resolve(t, r, spec); got.Hash != want {
			t.Errorf("%s is %v", spec, got)
		}
	}
	if _, err := r.Resolve(ctx, "main"); !errors.Is(err, ErrNoRevision) {
		t.Errorf("%v", err)
	}
	if !strings.Contains(progress.String(), "new-tag") {
		t.Errorf("progress %q", progress.String())
	}
}

func TestCloneOfAnotherRemote(t *testing.T) {
	ctx := context.Background()
	p, other := newProject(t), makeProject(t)
	tip := other.commitLists("of the other")
	bare := newRepo(t)
	bare.commit("no lists")
	dir := filepath.Join(t.TempDir(), "socorro.git")
	if _, err := Clone(ctx, dir, p.url(), nil); err != nil {
		t.Fatal(err)
	}
	for remote, want := range map[string]error{p.url() + "-not": ErrFetch, "--upload-pack=x": ErrFetch, bare.url(): ErrNoLists} {
		if _, err := Clone(ctx, dir, remote, nil); !errors.Is(err, want) {
			t.Errorf("%s: %v", remote, err)
		}
		r, err := Clone(ctx, dir, "", nil)
		if err != nil {
			t.Fatalf("after %s: %v", remote, err)
		}
		if got := resolve(t, r, "HEAD"); got.Hash != p.tip {
			t.Errorf("after %s: HEAD is %v", remote, got)
		}
	}
	r, err := Clone(ctx, dir, other.dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := resolve(t, r, "HEAD"); got.Hash != tip {
		t.Errorf("HEAD is %v", got)
	}
	if left, err := os.ReadDir(filepath.Dir(dir)); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestCloneInterrupted(t *testing.T) {
	p := newProject(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	dir := filepath.Join(t.TempDir(), "socorro.git")
	if _, err := Clone(ctx, dir, p.url(), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if left, err := os.ReadDir(filepath.Dir(dir)); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// The clone is kept and brought up to date whatever the user says of remotes and bare repositories.
func TestCloneWithUsersSettings(t *testing.T) {
	p := newProject(t)
	settings := filepath.Join(t.TempDir(), "gitconfig")
	if err := os.WriteFile(settings, []byte("[clone]\n\tdefaultRemoteName = upstream\n[safe]\n\tbareRepository = explicit\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GIT_CONFIG_GLOBAL", settings)
	dir := filepath.Join(t.TempDir(), "socorro.git")
	if _, err := Clone(t.Context(), dir, p.url(), nil); err != nil {
		t.Fatal(err)
	}
	tip := p.commitLists("newer")
	r, err := Clone(t.Context(), dir, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := resolve(t, r, "HEAD"); got.Hash != tip {
		t.Errorf("HEAD is %v", got)
	}
}
