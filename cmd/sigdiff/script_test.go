package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/sigdiff/sigdiff/internal/crashstatstest"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/site"
)

var update = flag.Bool("update", false, "rewrite the expected outputs in testdata/script")

// TestMain makes this test binary the sigdiff of the scripts.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"sigdiff":         func() { os.Exit(withSignals()) },
		"signify":         func() { os.Exit(withSignals()) },
		"sigdiff-limited": limitedSigdiff,
		"sigdiff-nobody":  nobodysSigdiff,
	})
}

// TestScripts runs the command lines of testdata/script. One is run with -run 'TestScripts/NAME'.
// $SHARED is the folder of real crashes and siglists beside the project; scripts that need it start
// with [!shared] skip.
func TestScripts(t *testing.T) {
	shared, err := filepath.Abs("../../../shared")
	if err != nil {
		t.Fatal(err)
	}
	testdata, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	settings := gitSettings(t)
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: *update,
		Setup: func(env *testscript.Env) error {
			env.Setenv("SHARED", shared)
			env.Setenv("TESTDATA", testdata)
			env.Setenv("GIT_CONFIG_GLOBAL", settings)
			env.Setenv("GIT_CONFIG_NOSYSTEM", "1")
			env.Setenv("SIGDIFF_CACHE", filepath.Join(env.WorkDir, "crashes.db"))
			env.Values[standInKey] = map[string]*crashstatstest.Server{}
			return nil
		},
		Condition: func(name string) (bool, error) {
			switch name {
			case "shared":
				_, err := os.Stat(shared)
				return err == nil, nil
			case "root": // whom permissions don't stop
				return os.Geteuid() == 0, nil
			case "engine": // of sites
				return site.HasEngine() == nil, nil
			}
			return false, nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"documented": runDocumented, "demofiles": writeDemo,
			"exitcode": exitCode, "standin": standIn, "requests": requests, "forget": forget,
			"damage": damage, "forms": forms, "schema": schema,
		},
	})
}

// gitSettings is the file with git's settings in tests.
func gitSettings(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs("../../siglists/gitlists/testdata/gitconfig")
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// exitCode runs sigdiff and checks its exit code: exitcode CODE ARG...
func exitCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exitcode CODE PROGRAM ARG...")
	}
	err := ts.Exec(args[1], args[2:]...)
	code := "0"
	if err != nil {
		code = exitStatus(err)
	}
	if code != args[0] {
		ts.Fatalf("exit code %s, want %s", code, args[0])
	}
}

func exitStatus(err error) string {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return strconv.Itoa(exit.ExitCode())
	}
	return err.Error()
}

// damage changes every place of a file that holds a text: damage FILE TEXT.
func damage(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: damage FILE TEXT")
	}
	path, text := ts.MkAbs(args[0]), []byte(args[1])
	content, err := os.ReadFile(path)
	ts.Check(err)
	if !bytes.Contains(content, text) {
		ts.Fatalf("%s holds no %q", path, text)
	}
	ts.Check(os.WriteFile(path, bytes.ReplaceAll(content, text, bytes.ToUpper(text)), 0o600))
}

// forms gives sigdiff a crash id in every form in which people paste one, alone or in a file, and checks that what comes
// of each is what comes of the id: forms ID ARG..., where ID stands for the id among the arguments, IDS for the
// name of a file with it, and EXPECTED for one that expects the signature "foo | bar" of it.
func forms(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: forms ID ARG...")
	}
	id := args[0]
	outcome := func(form string) string {
		alone := strings.TrimSuffix(form, "\r\n")
		ts.Check(os.WriteFile(ts.MkAbs("form.txt"), []byte(form), 0o600))
		ts.Check(os.WriteFile(ts.MkAbs("form.csv"), []byte(alone+",foo | bar"+form[len(alone):]), 0o600))
		words := []string{"--cache", ts.Getenv("SIGDIFF_CACHE")}
		for _, word := range args[1:] {
			word = strings.NewReplacer("IDS", "form.txt", "ID", alone, "EXPECTED", "form.csv").Replace(word)
			if _, err := os.Stat(ts.MkAbs(word)); err == nil {
				word = ts.MkAbs(word)
			}
			words = append(words, word)
		}
		var stdout, stderr bytes.Buffer // in this process: there are hundreds
		if code := run(context.Background(), words, strings.NewReader(""), &stdout, &stderr); code != exit.OK {
			return fmt.Sprintf("exit code %d: %s", code, &stderr)
		}
		return stdout.String()
	}
	want := outcome(id)
	if strings.HasPrefix(want, "exit code ") {
		ts.Fatalf("the id itself: %s", want)
	}
	for _, form := range []string{
		strings.ToUpper(id), "bp-" + id, "BP-" + strings.ToUpper(id), id + ":default", "bp-" + id + ":default",
		"https://crash-stats.mozilla.org/report/index/" + id, "crash-stats.mozilla.org/report/index/" + id + "?x=1",
		"https://crash-stats.mozilla.org/report/index/bp-" + strings.ToUpper(id) + "#tab-bugzilla", "/report/index/" + id + "/",
		"https://crash-stats.mozilla.org/api/ProcessedCrash/?crash_id=" + id, "?crash_id=" + id,
		"\ufeff" + id, id + "\r\n", "\ufeff" + id + "\r\n",
	} {
		if got := outcome(form); got != want {
			ts.Fatalf("%q gives\n%s\nand the id itself\n%s", form, got, want)
		}
	}
}
