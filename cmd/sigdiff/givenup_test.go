package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/siglists"
)

// TestGivenUpIsAFailure: where a pattern backtracks for ever, the crash counts as failed, whichever list it
// is in; it is never taken for one that the pattern doesn't match.
func TestGivenUpIsAFailure(t *testing.T) {
	const forever = `(?!x)(?:a|a)*(?:a|a)*(?:a|a)*b\Zc`
	for _, list := range []string{"irrelevant_signature_re", "prefix_signature_re", "signatures_with_line_numbers_re"} {
		t.Run(list, func(t *testing.T) {
			dir := t.TempDir()
			for _, side := range []string{"base", "candidate"} {
				if err := os.Mkdir(filepath.Join(dir, side), 0o700); err != nil {
					t.Fatal(err)
				}
				for _, name := range []string{"signature_sentinels", "irrelevant_signature_re", "prefix_signature_re", "signatures_with_line_numbers_re"} {
					lines := "never\nnever either\n"
					if side == "candidate" && name == list {
						lines += forever + "\n"
					}
					if err := os.WriteFile(filepath.Join(dir, side, name+".txt"), []byte(lines), 0o600); err != nil {
						t.Fatal(err)
					}
				}
			}
			crash := func(id, function string) string {
				return `{"uuid":"` + id + `","json_dump":{"crash_info":{"crashing_thread":0},"threads":[{"frames":[{"function":"` + function + `","line":1}]}]}}` + "\n"
			}
			in := filepath.Join(dir, "in.ndjson")
			if err := os.WriteFile(in, []byte(crash(evilID, strings.Repeat("a", 500))+crash(plainID, "plain")), 0o600); err != nil {
				t.Fatal(err)
			}
			db := filepath.Join(dir, "c.db")
			if code, _, stderr := hostileRun(t, nil, "--cache", db, "import", in, "--corpus", "c"); code != exit.OK {
				t.Fatal(code, stderr)
			}
			base, candidate := filepath.Join(dir, "base"), filepath.Join(dir, "candidate")
			code, stdout, stderr := hostileRun(t, nil, "--cache", db, "diff", "--base", base, "--candidate", candidate, "--format", "json")
			var report struct {
				Totals   struct{ Compared, Failed, Changed int }
				Failures []struct{ ID, Error string }
			}
			if err := json.Unmarshal([]byte(stdout), &report); err != nil {
				t.Fatal(err, stdout, stderr)
			}
			if code != exit.Incomplete || report.Totals.Failed != 1 || report.Totals.Compared != 1 || report.Totals.Changed != 0 || len(report.Failures) != 1 ||
				report.Failures[0].ID != evilID || !strings.Contains(report.Failures[0].Error, list+".txt:3, ") {
				t.Errorf("exit code %d, %+v\n%s", code, report, stderr)
			}
			code, stdout, _ = hostileRun(t, nil, "--cache", db, "signature", "--siglists", candidate, "--corpus", "c", "--format", "json")
			if code != exit.Incomplete || strings.Count(stdout, `"error"`) != 1 || strings.Count(stdout, `"signature"`) != 1 {
				t.Errorf("signature: exit code %d\n%s", code, stdout)
			}
			code, stdout, stderr = hostileRun(t, nil, "--cache", db, "accept", "--corpus", "c", "--siglists", candidate)
			if code != exit.Incomplete || !strings.Contains(stdout, "1 signature of 1 crash,") || !strings.Contains(stderr, evilID) {
				t.Errorf("accept: exit code %d\n%s%s", code, stdout, stderr)
			}
		})
	}
}

// TestLimitOfACommand: matching that takes too much in all ends the command, whichever it is, and says why; so does
// the end of its context, though no line meets a limit of its own.
func TestLimitOfACommand(t *testing.T) {
	dir := t.TempDir()
	var costly strings.Builder
	for i := range 300 {
		fmt.Fprintf(&costly, "(.*)*(.*)*(.*)*=%d\n", i)
	}
	for side, lines := range map[string]string{"base": "never\n", "candidate": costly.String()} {
		if err := os.Mkdir(filepath.Join(dir, side), 0o700); err != nil {
			t.Fatal(err)
		}
		for _, name := range siglists.Names() {
			text := "never\n"
			if name == siglists.Prefix {
				text = lines
			}
			if err := os.WriteFile(filepath.Join(dir, side, name.File()), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	in := filepath.Join(dir, "in.ndjson")
	start, end := stackOf(`{"function":"~"}`)
	if err := os.WriteFile(in, []byte(start+strings.Repeat("ab", 100)+end+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	db, base, candidate := filepath.Join(dir, "c.db"), filepath.Join(dir, "base"), filepath.Join(dir, "candidate")
	if code, _, stderr := hostileRun(t, nil, "--cache", db, "import", in, "--corpus", "c"); code != exit.OK {
		t.Fatal(code, stderr)
	}
	for _, args := range [][]string{
		{"diff", "--base", base, "--candidate", candidate},
		{"diff", "--base", candidate, "--candidate", base},
		{"explain", hostileID, "--base", base, "--candidate", candidate},
		{"accept", "--corpus", "c", "--siglists", candidate},
		{"signature", "--siglists", candidate, "--corpus", "c"},
		{"lint", candidate, "--corpus", "c"},
	} {
		t.Run(args[0], func(t *testing.T) {
			var out, errs bytes.Buffer
			args = append([]string{"--cache", db}, args...)
			code := runWithin(t.Context(), 10_000, args, strings.NewReader(""), &out, &errs)
			if code != exit.Failed || !strings.Contains(errs.String(), "after 10000 steps in all, the limit for a command") {
				t.Errorf("exit code %d: %s\n%s", code, errs.String(), out.String())
			}
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if code := run(ctx, args, strings.NewReader(""), &out, &errs); code != exit.Interrupted {
				t.Errorf("after the end: exit code %d: %s", code, errs.String())
			}
			if code := run(t.Context(), args, strings.NewReader(""), &out, &errs); code == exit.Failed || code == exit.Interrupted {
				t.Errorf("exit code %d: %s", code, errs.String())
			}
		})
	}
}
