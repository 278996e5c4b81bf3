package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/crashstatstest"
	"github.com/sigdiff/sigdiff/internal/madeup"
	"github.com/sigdiff/sigdiff/siglists"
)

// world is what the examples of the documentation take for granted: a home with a cache, siglists, a clone
// of Socorro and files of crashes, and a service.
type world struct {
	home     string // copied for each example
	upstream string // the repository in place of all those on GitHub
	service  string
	root     string // of the project
}

// Crashes that examples name.
const (
	bisectedCrash = "6a4b1c5e-0000-4000-8000-1a2b3c261014"
	fetchedCrash  = "6a677f32-6b3a-4038-a4ae-12e582151130"
)

func (w *world) environment(home string) []string {
	return []string{
		"HOME=" + home, "XDG_CACHE_HOME=" + filepath.Join(home, ".cache"), "SIGDIFF_CACHE=" + filepath.Join(home, "crashes.db"),
		"SOCORRO=" + filepath.Join(home, "socorro"), "STANDIN=" + w.service, "ROOT=" + w.root,
		"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=" + filepath.Join(home, ".gitconfig"), "GIT_CEILING_DIRECTORIES=" + filepath.Dir(home),
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.org", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.org",
		"SOCORRO_API_TOKEN=", "CRASHSTATS_API_TOKEN=",
	}
}

// makeWorld makes the world that is copied.
func makeWorld(t *testing.T) *world {
	t.Helper()
	dir := t.TempDir()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	w := &world{home: filepath.Join(dir, "home"), upstream: filepath.Join(dir, "upstream"), root: root}
	t.Setenv("GIT_CONFIG_GLOBAL", gitSettings(t))
	for _, variable := range w.environment(w.home) {
		name, value, _ := strings.Cut(variable, "=")
		t.Setenv(name, value)
	}
	work := filepath.Join(w.home, "work")
	for _, folder := range []string{
		work, filepath.Join(work, "crashdata", "processed_crash"),
		filepath.Join(w.home, ".local/share/bash-completion/completions"), filepath.Join(w.home, ".zfunc"), filepath.Join(w.home, ".config/fish/completions"),
	} {
		w.check(t, os.MkdirAll(folder, 0o700))
	}
	w.startService(t)
	w.makeClones(t)
	w.makeFiles(t, work)
	return w
}

func (w *world) check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// startService starts the service: crashes up to now, and the one that examples fetch.
func (w *world) startService(t *testing.T) {
	_, lists, _ := madeup.Demo()
	set, err := siglists.Load(lists)
	w.check(t, err)
	now := time.Now().UTC()
	crashes := crashstatstest.Generate(crashstatstest.Corpus{N: 60, Seed: 1, From: now.AddDate(0, 0, -2), To: now})
	var frames []any
	stack := []string{"a", "mozalloc_handle_oom", "core::panicking::panic"}
	for _, function := range stack {
		frames = append(frames, map[string]any{"function": function})
	}
	for id, date := range map[string]time.Time{
		fetchedCrash: {}, "6a4b1c5e-0000-4000-8000-1a2b3c261103": time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC),
		"6a4b1c5e-0000-4000-8000-1a2b3c261104": now.Truncate(24 * time.Hour).Add(-time.Hour), // yesterday
	} {
		doc := map[string]any{
			"uuid": id, "signature": "shutdownhang | a", "product": "Firefox",
			"version": "146.0a1", "release_channel": "nightly", "os_name": "Windows", "process_type": "parent",
			"proto_signature": strings.Join(stack, " | "),
			"json_dump":       map[string]any{"threads": []any{map[string]any{"frames": frames}}},
		}
		if !date.IsZero() {
			doc["date_processed"] = date.Format(time.RFC3339)
		}
		text, err := json.Marshal(doc)
		w.check(t, err)
		crash, err := crashstatstest.NewCrash(text, nil)
		w.check(t, err)
		crashes = append(crashes, crash)
	}
	rules, err := signatures.ParseRuleset(signatures.DefaultRuleset)
	w.check(t, err)
	srv := crashstatstest.New(crashes, crashstatstest.Options{
		Limit: -1, TokenLimit: -1, Signature: answerWith(signatures.NewGenerator(set, rules)),
	})
	t.Cleanup(srv.Close)
	w.service = srv.URL()
}

// makeClones makes a repository with siglists, which stands for all those on GitHub, and a clone of it.
func (w *world) makeClones(t *testing.T) {
	makeSocorro(t, w.upstream)
	git(t, "-C", w.upstream, "tag", "v2024.01.01", "v2024.01.03")
	var config strings.Builder
	fmt.Fprintf(&config, "[include]\n\tpath = %s\n", filepath.ToSlash(gitSettings(t)))
	fmt.Fprintf(&config, "[url \"file://%s\"]\n", filepath.ToSlash(w.upstream))
	for _, address := range []string{"mozilla-services/socorro", "me/socorro", "sigdiff/sigdiff"} {
		fmt.Fprintf(&config, "\tinsteadOf = https://github.com/%s.git\n\tinsteadOf = https://github.com/%s\n", address, address)
	}
	w.check(t, os.WriteFile(filepath.Join(w.home, ".gitconfig"), []byte(config.String()), 0o600))
	t.Setenv("GIT_CONFIG_GLOBAL", filepath.Join(w.home, ".gitconfig"))
	git(t, "clone", "--quiet", "https://github.com/mozilla-services/socorro", filepath.Join(w.home, "socorro"))
	git(t, "-C", filepath.Join(w.home, "socorro"), "branch", "my-branch", "origin/my-branch")
	runText(t, "siglists", "clone")
}

// makeFiles makes the files that examples name, and fills the cache with the demo's crashes.
func (w *world) makeFiles(t *testing.T, work string) {
	crashes, base, candidate := madeup.Demo()
	w.check(t, os.CopyFS(filepath.Join(work, "old"), base))
	w.check(t, os.CopyFS(filepath.Join(work, "new"), candidate))
	w.check(t, os.CopyFS(filepath.Join(work, "siglists"), candidate))
	w.check(t, os.CopyFS(filepath.Join(work, "socorro/signature/siglists"), candidate))
	var all bytes.Buffer
	for _, doc := range crashes {
		fmt.Fprintf(&all, "%s\n", doc)
	}
	one, _, _ := bytes.Cut(all.Bytes(), []byte("\n"))
	now := time.Now().UTC().Format(time.RFC3339)
	for id, date := range map[string]string{bisectedCrash: "2026-11-03T12:00:00+00:00", fetchedCrash: now} {
		fmt.Fprintf(&all, "%s\n", changed(t, one, map[string]string{"uuid": id, "date_processed": date, "signature": "shutdownhang | a"}))
	}
	for i, function := range []string{"memmove", "__memmove"} {
		fmt.Fprintf(&all, `{"uuid": "00000000-0000-4000-8000-00000%d261014", "signature": %[2]q, "json_dump": {"threads": [{"frames": [{"function": %[2]q}, {"function": "CopyRow"}]}]}}`+"\n", i, function)
	}
	write := func(name string, content []byte) { w.check(t, os.WriteFile(filepath.Join(work, name), content, 0o600)) }
	write("crashes.ndjson", all.Bytes())
	data, err := crashdata.CrashData(one)
	w.check(t, err)
	write("crashdata.json", data)
	write("pings.csv", []byte("signature,pings\nmozilla::Foo,41000\n"))
	write("pings.ndjson", []byte(`{"document_id": "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeffffff", "submission_timestamp": "2026-11-01 00:03:12 UTC", "os": "Windows", "stack": [{"function": "CopyRow"}]}`+"\n"))
	write("comments.txt", []byte("Nothing is expected.\n"))
	w.check(t, os.Mkdir(filepath.Join(work, "cases"), 0o700))
	write("cases/empty.json", []byte(`{"signature": "EMPTY: no frame data available", "crash_data": {"threads": []}}`))
	write("crashdata.ndjson", fmt.Appendf(nil, "%s\n%s\n", data, data))
	write("crashdata/processed_crash/"+fetchedCrash, changed(t, one, map[string]string{"uuid": fetchedCrash}))
	w.check(t, os.WriteFile(filepath.Join(work, "my-signatures"), []byte("#!/bin/sh\nwhile read -r crash; do echo '{\"signature\": \"it\"}'; done\n"), 0o700))
	for _, name := range []string{"ids.txt", "failed.txt", "retry.txt"} {
		write(name, []byte(fetchedCrash+"\n"))
	}
	w.check(t, exec.Command("gzip", "--keep", filepath.Join(work, "crashes.ndjson")).Run())
	for _, corpus := range []string{"hangs", "shutdownhangs", "nightly", "year", "old"} {
		runText(t, "import", filepath.Join(work, "crashes.ndjson"), "--corpus", corpus)
	}
	runText(t, "accept", "--corpus", "nightly", "--siglists", filepath.Join(work, "old"))
	runText(t, "corpus", "export", "nightly", "-o", filepath.Join(work, "nightly.sigcorpus"))
	runText(t, "diff", "--base", filepath.Join(work, "old"), "--candidate", filepath.Join(work, "new"), "--format", "csv", "-o", filepath.Join(work, "expected.csv"))
}

// changed is a processed crash with other texts in some members.
func changed(t *testing.T, doc []byte, values map[string]string) []byte {
	t.Helper()
	var members map[string]json.RawMessage
	if err := json.Unmarshal(doc, &members); err != nil {
		t.Fatal(err)
	}
	for name, value := range values {
		members[name] = fmt.Appendf(nil, "%q", value)
	}
	out, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
