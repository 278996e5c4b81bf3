package gitlists

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// hostile is a clone of somebody else, whose settings run a program.
type hostile struct {
	*clone
	ran string // the file that the program makes
}

// newHostile copies a clone: to clone again takes a dozen programs.
func newHostile(t *testing.T, original *clone) hostile {
	t.Helper()
	dir := t.TempDir()
	c := &clone{t, filepath.Join(dir, "clone")}
	if err := os.CopyFS(c.dir, os.DirFS(original.dir)); err != nil {
		t.Fatal(err)
	}
	return hostile{c, filepath.Join(dir, "ran")}
}

// program writes a program that says that it ran, and fails.
func (h hostile) program(path string) string {
	h.t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		h.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("#!/bin/sh\ntouch '"+h.ran+"'\nexit 1\n"), 0o700); err != nil {
		h.t.Fatal(err)
	}
	return path
}

// use does everything that a Repo can do, whatever comes of it.
func (h hostile) use(t *testing.T) {
	t.Helper()
	ctx := context.Background()
	r, err := Open(ctx, h.dir)
	if err != nil {
		return
	}
	_, _ = r.Names(ctx)
	_, _ = r.HasLists(ctx)
	head, err := r.Resolve(ctx, "HEAD")
	if err == nil {
		_, _ = r.Lists(ctx, head.Hash)
		_, _ = r.Log(ctx, "", head.Hash)
		_, _ = r.Start(ctx, head.Hash)
	}
	pull, err := r.Pull(ctx, 7)
	if err != nil {
		return
	}
	base, _, err := r.Base(ctx, pull)
	if err == nil {
		_, _ = r.HasMoved(ctx, pull, base)
		_, _ = r.Target(ctx, pull, base)
		_, _ = r.Stack(ctx, pull, base)
		_, _ = r.Merge(ctx, pull)
	}
}

// What a repository itself says is to be run is not: anybody may have made it. Plain git runs every one of
// these, so that each case can fail.
func TestSettingsOfARepositoryRunNothing(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("skipped: the programs are shell scripts")
	}
	p := newProject(t)
	original := cloneOf(p.clone, "--filter=blob:none", "--no-checkout")
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("WWW-Authenticate", `Basic realm="x"`)
		w.WriteHeader(http.StatusUnauthorized)
	}))
	t.Cleanup(refusing.Close)
	fetch := []string{"fetch", "--quiet", "origin"}
	for name, test := range map[string]struct {
		set     func(h hostile, program string)
		control []string
	}{
		"core.sshCommand": {func(h hostile, program string) {
			h.git("config", "core.sshCommand", program)
			h.git("config", "remote.origin.url", "ssh://sigdiff.invalid/x")
		}, fetch},
		"an included file": {func(h hostile, program string) {
			h.git("config", "include.path", "more")
			h.write(".git", map[string]string{"more": "[core]\n\tsshCommand = " + program + "\n"})
			h.git("config", "remote.origin.url", "ssh://sigdiff.invalid/x")
		}, fetch},
		"settings of the work tree": {func(h hostile, program string) {
			h.git("config", "extensions.worktreeConfig", "true")
			h.git("config", "--worktree", "core.sshCommand", program)
			h.git("config", "remote.origin.url", "ssh://sigdiff.invalid/x")
		}, fetch},
		"core.gitProxy": {func(h hostile, program string) {
			h.git("config", "core.gitProxy", program)
			h.git("config", "remote.origin.url", "git://sigdiff.invalid/x")
		}, fetch},
		"ext": {func(h hostile, program string) {
			h.git("config", "protocol.ext.allow", "always")
			h.git("config", "protocol.allow", "always")
			h.git("config", "remote.origin.url", "ext::"+program)
		}, fetch},
		"url.insteadOf": {func(h hostile, program string) {
			h.git("config", "protocol.ext.allow", "always")
			h.git("config", "url.ext::"+program+" .insteadOf", "file:")
		}, fetch},
		"remote.vcs": {func(h hostile, program string) {
			h.git("config", "protocol.ext.allow", "always")
			h.git("config", "remote.origin.vcs", "ext")
			h.git("config", "remote.origin.url", program)
		}, fetch},
		"remote.uploadpack": {func(h hostile, program string) {
			h.git("config", "remote.origin.uploadpack", program)
		}, fetch},
		"core.alternateRefsCommand": {func(h hostile, program string) {
			h.git("config", "core.alternateRefsCommand", program)
			h.write(".git/objects/info", map[string]string{"alternates": filepath.Join(p.dir, ".git", "objects") + "\n"})
			p.commitLists("newer") // so that there is something to fetch
		}, fetch},
		"credential.helper": {func(h hostile, program string) {
			h.git("config", "credential.helper", "!"+program)
			h.git("config", "credential."+refusing.URL+".helper", "!"+program)
			h.git("config", "remote.origin.url", refusing.URL+"/x")
		}, fetch},
		"core.askPass": {func(h hostile, program string) {
			h.git("config", "core.askPass", program)
			h.git("config", "remote.origin.url", refusing.URL+"/x")
		}, fetch},
		"hooks": {func(h hostile, _ string) {
			h.program(filepath.Join(h.dir, ".git", "hooks", "reference-transaction"))
			p.commitLists("newer")
		}, fetch},
		"core.hooksPath": {func(h hostile, program string) {
			h.program(filepath.Join(filepath.Dir(program), "reference-transaction"))
			h.git("config", "core.hooksPath", filepath.Dir(program))
			p.commitLists("newer")
		}, fetch},
		"core.fsmonitor": {func(h hostile, program string) {
			h.git("config", "core.fsmonitor", program)
		}, []string{"status"}},
		"a filter": {func(h hostile, program string) {
			h.git("config", "filter.x.smudge", program)
			h.write(".git/info", map[string]string{"attributes": "* filter=x\n"})
		}, []string{"archive", "HEAD"}},
		"a merge driver": {func(h hostile, program string) {
			p.commitLists("newer")
			h.git("fetch", "--quiet", "origin", "main", "+refs/pull/7/head:refs/heads/pr")
			h.git("checkout", "--quiet", "-B", "main", "origin/main")
			h.git("config", "merge.x.driver", program)
			h.write(".git/info", map[string]string{"attributes": "* merge=x\n"})
		}, []string{"merge", "--no-edit", "pr"}},
		"gpg.program": {func(h hostile, program string) {
			h.git("config", "gpg.program", program)
			h.git("config", "log.showSignature", "true")
			tree := h.git("rev-parse", "HEAD^{tree}")
			signed := "tree " + tree + "\nauthor A <a@example.org> 0 +0000\ncommitter A <a@example.org> 0 +0000\n" +
				"gpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----\n\nsigned\n"
			h.write(".git", map[string]string{"signed": signed})
			h.git("update-ref", "refs/heads/main", h.git("hash-object", "-t", "commit", "-w", filepath.Join(h.dir, ".git", "signed")))
		}, []string{"log", "-1"}},
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			p.t = t
			h := newHostile(t, original)
			test.set(h, h.program(filepath.Join(t.TempDir(), "program")))
			h.use(t)
			if _, err := os.Stat(h.ran); err == nil {
				t.Error("a program of the repository was run")
			}
			h.control(test.control)
		})
	}
}

// control checks that plain git does run the program.
func (h hostile) control(args []string) {
	h.t.Helper()
	git := exec.Command("git", args...)
	git.Dir = h.dir
	git.Env = append(os.Environ(), "GIT_TERMINAL_PROMPT=0")
	_ = git.Run()
	if _, err := os.Stat(h.ran); err != nil {
		h.t.Errorf("git %s did not run the program: the case shows nothing", args[0])
	}
}

// The settings of the user and of the machine hold; of those of the repository only the dangerous ones are
// set off.
func TestUsersSettingsHold(t *testing.T) {
	const zero = "\x00"
	all := parseSettings("system" + zero + "credential.helper\nstore" + zero +
		"global" + zero + "core.sshcommand\nssh -i key" + zero +
		"global" + zero + "credential.https://a.example.helper\nmine" + zero +
		"global" + zero + "core.askpass\nask" + zero +
		"local" + zero + "core.sshcommand\nevil" + zero +
		"local" + zero + "core.bare" + zero +
		"local" + zero + "http.savecookies\ntrue" + zero + // which writes to any file
		"local" + zero + "remote.a.b.url\nhttps://example.org/x" + zero +
		"local" + zero + "remote.a.b.url\nhttps://example.org/second" + zero +
		"local" + zero + "remote.a.b.promisor" + zero +
		"worktree" + zero + "credential.https://b.example.helper\nevil" + zero +
		"command" + zero + "core.sshcommand\nssh -v" + zero)
	s := newSettings(all)
	want := []string{
		"core.sshcommand=ssh", "http.savecookies=false", "credential.helper=", "credential.https://b.example.helper=", "credential.helper=store",
		"core.sshcommand=ssh -i key", "credential.https://a.example.helper=mine", "core.sshcommand=ssh -v",
	}
	got := slices.DeleteFunc(slices.Clone(s.off), func(arg string) bool { return arg == "-c" })
	if !slices.Equal(got, want) || len(s.off) != 2*len(want) {
		t.Errorf("options %q, want %q", s.off, want)
	}
	if !slices.Equal(s.remotes, []remote{{"a.b", "https://example.org/x"}}) || s.promisor != "a.b" || s.unsafe != "" {
		t.Errorf("%+v", s)
	}
	for _, key := range []string{"remote.origin.uploadpack", "credential.https://x/?a=b.helper"} {
		if s := newSettings([]setting{{key: key, value: "evil", own: true}}); s.unsafe != key {
			t.Errorf("%s: %+v", key, s)
		}
		if s := newSettings([]setting{{key: key, value: "mine"}}); s.unsafe != "" || s.off != nil {
			t.Errorf("the user's %s: %+v", key, s)
		}
	}
}

// Without being asked to, nothing is fetched: neither by a git that has an option for it nor by an older one.
func TestNothingIsFetchedUnasked(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("skipped: stands a shell script in for git")
	}
	origin := newRepo(t)
	tip := origin.commitLists("one")
	git, err := exec.LookPath("git")
	if err != nil {
		t.Fatal(err)
	}
	for _, unset := range []string{"", "unset GIT_NO_LAZY_FETCH; "} {
		c := cloneOf(origin, "--filter=tree:0", "--bare")
		bin := t.TempDir()
		if err := os.WriteFile(filepath.Join(bin, "git"), []byte("#!/bin/sh\n"+unset+"exec '"+git+"' \"$@\"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
		t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
		objects := c.git("count-objects", "-v")
		r := c.open()
		r.Offline = true
		if names, err := r.Names(t.Context()); err != nil || len(names) == 0 {
			t.Errorf("names %q, %v", names, err)
		}
		if has, _ := r.HasLists(t.Context()); has {
			t.Error("the clone has lists already: the test is broken")
		}
		if _, err := r.Lists(t.Context(), tip); err == nil {
			t.Error("lists that aren't there were read")
		}
		if after := c.git("count-objects", "-v"); after != objects {
			t.Errorf("something was fetched:\n%s\nbefore:\n%s", after, objects)
		}
		r.Offline = false
		wantLists(t, r, tip, lists("one"))
	}
}
