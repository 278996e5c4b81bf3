package execside

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/enginetest"
	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/gitlists"
)

// lists are siglists that match nothing.
func lists() fstest.MapFS {
	files := fstest.MapFS{}
	for _, name := range siglists.Names() {
		files[name.File()] = &fstest.MapFile{Data: []byte("nothing\n")}
	}
	return files
}

// interpreter is Python where there is one with modules; the test is skipped elsewhere.
func interpreter(t *testing.T, modules ...string) string {
	t.Helper()
	path, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("skipped: there is no python3")
	}
	for _, module := range modules {
		if out, err := exec.CommandContext(t.Context(), path, "-c", "import "+module).CombinedOutput(); err != nil {
			lines := strings.Split(strings.TrimSpace(string(out)), "\n")
			t.Skipf("skipped: %s", lines[len(lines)-1])
		}
	}
	return path
}

// pythonSide is the side of code, with crashes that are given as documents.
func pythonSide(t *testing.T, python string, code map[string][]byte, lists fstest.MapFS, request func(*crashdata.Crash) ([]byte, error)) *Side {
	t.Helper()
	dir, err := WritePython(code, lists)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	argv, env := Python(python, dir)
	s := New(t.Context(), Program{Argv: argv, Env: env, Limit: time.Hour, Request: request})
	t.Cleanup(s.Close)
	return s
}

// madeUpCode is code with the names of Socorro's that the driver calls.
func madeUpCode(more string) map[string][]byte {
	return map[string][]byte{
		"__init__.py": nil,
		"utils.py":    []byte("def convert_to_crash_data(processed_crash):\n    return processed_crash['data']\n" + more),
		"generator.py": []byte(`
from pathlib import Path
print("this is no answer")
class Result:
    signature = "S"
    notes = ["n"]
    extra = {"proto_signature": "a | b"}
class SignatureGenerator:
    def generate(self, data):
        result = Result()
        result.signature = data + Path(__file__).parent.joinpath("siglists/prefix_signature_re.txt").read_text().strip()
        return result
`),
	}
}

// The driver answers with what the code makes, errors too, whatever the code prints.
func TestDriver(t *testing.T) {
	t.Parallel()
	s := pythonSide(t, interpreter(t), madeUpCode(""), lists(), func(c *crashdata.Crash) ([]byte, error) {
		if c.ID() == "x" {
			return []byte(`{"uuid":"x"}`), nil
		}
		return fmt.Appendf(nil, `{"uuid":%q,"data":"it\u00e9"}`, c.ID()), nil
	})
	signer := s.NewSigner()
	for _, id := range []string{"a", "x", "b"} {
		got, err := signer.Generate(crash(id))
		if id == "x" {
			if err == nil || err.Error() != "the program says: KeyError: 'data'" {
				t.Error(err)
			}
			continue
		}
		if err != nil || got.Signature != "iténothing" || !slices.Equal(got.Notes, []string{"n"}) || got.ProtoSignature != "a | b" {
			t.Errorf("%+v, %v", got, err)
		}
	}
	s.Close()
	if said, _ := s.Stderr(); said != "this is no answer\n" || s.Restarts() > 0 {
		t.Errorf("%q on stderr, %d restarts", said, s.Restarts())
	}
}

// The code is that beside the driver, whatever the user has Python import.
func TestDriverRunsTheCodeBesideIt(t *testing.T) {
	other := madeUpCode("")
	other["generator.py"] = bytes.ReplaceAll(other["generator.py"], []byte("= data"), []byte("= 'other'"))
	dir, err := WritePython(other, lists())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	t.Setenv("PYTHONSAFEPATH", "1")
	t.Setenv("PYTHONPATH", dir)
	s := pythonSide(t, interpreter(t), madeUpCode(""), lists(), func(*crashdata.Crash) ([]byte, error) { return []byte(`{"data":"it"}`), nil })
	if got, err := s.NewSigner().Generate(crash("a")); err != nil || got.Signature != "itnothing" {
		t.Errorf("%+v, %v", got, err)
	}
}

// Code that can't be run is told by what it lacks.
func TestDriverRefuses(t *testing.T) {
	t.Parallel()
	python := interpreter(t)
	for want, code := range map[string]map[string][]byte{
		"has no module glom_of_another_name, which this revision needs; '": madeUpCode("import glom_of_another_name\n"),
		"makes signatures in another way: ":                                {"__init__.py": nil, "generator.py": nil, "utils.py": nil},
		"is older than February 2022":                                      madeUpCode("def convert_to_crash_data(raw_crash, processed_crash): pass\n"),
		"SyntaxError: ":                                                    madeUpCode("def\n"),
	} {
		dir, err := WritePython(code, lists())
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		argv, env := Python(python, dir)
		err = Try(t.Context(), Program{Argv: argv, Env: env, Limit: time.Hour}, []byte("{}"))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// No name of a file leads out of the folder, and nobody else may look into it.
func TestWritePython(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"../../../../outside.py", "/../../../../../outside.py", "a/../../../../outside.py"} {
		if dir, err := WritePython(map[string][]byte{name: []byte("x")}, lists()); err == nil {
			t.Errorf("%s was written to %s", name, dir)
			_ = os.RemoveAll(dir)
		}
	}
	if dir, err := WritePython(nil, fstest.MapFS{}); err == nil {
		t.Errorf("without siglists: %s", dir)
	}
	dir, err := WritePython(map[string][]byte{"a/b.py": []byte("x")}, lists())
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if got, err := os.ReadFile(filepath.Join(dir, "socorro/signature/a/b.py")); err != nil || string(got) != "x" {
		t.Errorf("%q, %v", got, err)
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

// TestPython: the code of the revision that the engine follows, run as a side, gives the reference's answers. It wants
// a clone of Socorro, named by SIGDIFF_TEST_SOCORRO, and what the code imports.
func TestPython(t *testing.T) {
	t.Parallel()
	clone := os.Getenv("SIGDIFF_TEST_SOCORRO")
	if clone == "" {
		t.Skip("skipped: SIGDIFF_TEST_SOCORRO names no clone of Socorro")
	}
	python := interpreter(t, "glom")
	code := socorroCode(t, clone, signatures.Revision)
	checked := 0
	for _, root := range []struct{ vectors, lists string }{
		{"../../engine/signatures/testdata/vectors", "../../siglists/testdata"}, {"../../../shared/vectors", "../../../shared/siglists"},
	} {
		files, err := filepath.Glob(filepath.Join(root.vectors, "*.ndjson.gz"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			checked += checkVectors(t, python, code, file, root.lists)
		}
	}
	t.Logf("%d vectors", checked)
	if checked < 1000 {
		t.Errorf("only %d vectors were checked", checked)
	}
}

func socorroCode(t *testing.T, clone, revision string) map[string][]byte {
	t.Helper()
	ctx := context.Background()
	repo, err := gitlists.Open(ctx, clone)
	if err != nil {
		t.Fatal(err)
	}
	commit, err := repo.Resolve(ctx, "git:"+revision)
	if err != nil {
		t.Fatal(err)
	}
	code, err := repo.CodeOf(ctx, commit.Hash)
	if err != nil {
		t.Fatal(err)
	}
	sources, err := repo.Sources(ctx, code)
	if err != nil {
		t.Fatal(err)
	}
	return sources
}

// checkVectors checks those that are made with the rules of the revision, and counts them.
func checkVectors(t *testing.T, python string, code map[string][]byte, file, root string) (checked int) {
	t.Helper()
	var document []byte
	signers := map[string]signatures.Signer{}
	enginetest.EachVector(t, file, func(v enginetest.Vector) {
		if v.LoadError != "" || v.Ruleset != "" {
			return
		}
		if signers[v.Siglists] == nil {
			files := fstest.MapFS{}
			for _, name := range siglists.Names() {
				content, err := os.ReadFile(filepath.Join(root, v.Siglists, name.File()))
				if err != nil {
					t.Fatal(err)
				}
				files[name.File()] = &fstest.MapFile{Data: content}
			}
			signers[v.Siglists] = pythonSide(t, python, code, files, func(*crashdata.Crash) ([]byte, error) { return document, nil }).NewSigner()
		}
		document = bytes.ReplaceAll(bytes.ReplaceAll(v.ProcessedCrash, []byte("\n"), []byte(" ")), []byte("\r"), []byte(" "))
		var named struct {
			UUID string `json:"uuid"`
		}
		_ = json.Unmarshal(document, &named)
		got, err := signers[v.Siglists].Generate(crash(named.UUID))
		checked++
		if v.ConvertError != "" {
			if err == nil {
				t.Errorf("%s: %q, the reference: %q", v.ID, got.Signature, v.ConvertError)
			}
			return
		}
		proto := ""
		if v.ProtoSignature != nil {
			proto = *v.ProtoSignature
		}
		if err != nil || got.Signature != v.Signature || !slices.Equal(got.Notes, v.Notes) ||
			got.ProtoSignature != proto || got.HasProto != (v.ProtoSignature != nil) {
			t.Errorf("%s %s: %+v, %v, want %q %q %q", file, v.ID, got, err, v.Signature, v.Notes, proto)
		}
	})
	return checked
}
