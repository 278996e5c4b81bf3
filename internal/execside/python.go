package execside

import (
	_ "embed"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/sigdiff/sigdiff/siglists"
)

// driver is the program that runs Socorro's code.
//
//go:embed python_side.py
var driver []byte

// Python are the arguments and the environment that run Socorro's code in a folder: processed crashes go in.
func Python(interpreter, dir string) (argv, env []string) {
	return []string{interpreter, filepath.Join(dir, "python_side.py")}, []string{"PYTHONDONTWRITEBYTECODE=1"}
}

// WritePython writes Socorro's code, the files of socorro/signature by their names there, with siglists, to a new
// folder that its user alone may read.
func WritePython(code map[string][]byte, lists fs.FS) (dir string, err error) {
	dir, err = os.MkdirTemp("", "sigdiff-python-")
	if err != nil {
		return "", err
	}
	if err := writePython(dir, code, lists); err != nil {
		_ = os.RemoveAll(dir)
		return "", fmt.Errorf("writing Socorro's code to %s: %w", dir, err)
	}
	return dir, nil
}

func writePython(dir string, code map[string][]byte, lists fs.FS) error {
	// socorro is a package of its own here, with nothing in it but what makes signatures.
	files := map[string][]byte{"python_side.py": driver, "socorro/__init__.py": nil}
	for name, content := range code {
		files[path.Join("socorro/signature", name)] = content
	}
	for _, list := range siglists.Names() {
		content, err := fs.ReadFile(lists, list.File())
		if err != nil {
			return err
		}
		files[path.Join("socorro/signature/siglists", list.File())] = content
	}
	root, err := os.OpenRoot(dir) // nothing is written outside of it, whatever names there are
	if err != nil {
		return err
	}
	defer root.Close()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := root.MkdirAll(path.Dir(name), 0o700); err != nil {
			return err
		}
		if err := root.WriteFile(name, files[name], 0o600); err != nil {
			return err
		}
	}
	return nil
}
