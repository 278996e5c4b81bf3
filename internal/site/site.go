// Package site is the workbench as files, for any host that gives out files: the engine runs in the browser, as
// WebAssembly, and the crashes lie beside it. The workbench that answers the page is that of the server.
package site

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/internal/site/crashfile"
	"github.com/sigdiff/sigdiff/workbench"
	"github.com/sigdiff/sigdiff/workbench/web"
)

// engineFiles are the engine as WebAssembly, which `make engine` makes, and what Go has to start it. Without them
// everything but ErrNoEngine works.
//
//go:embed all:engine
var engineFiles embed.FS

// scripts are those of the page that ask the engine.
//
//go:embed page
var scripts embed.FS

// ErrNoEngine is returned by a program that was built without the engine.
var ErrNoEngine = errors.New("this sigdiff was built without the page's engine: build it with 'make build' in its repository, or take a released one")

// folder is where a site has the engine. Nothing in it is named as compressed: there are hosts that would decompress it.
const folder = "engine/"

// engine are the files of the engine, by their names in a site.
func engine() (map[string][]byte, error) {
	files := map[string][]byte{}
	for name, from := range map[string]string{"sigdiff.bin": "sigdiff.wasm.gz", "wasm_exec.js": "wasm_exec.js"} {
		content, err := engineFiles.ReadFile("engine/" + from)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, ErrNoEngine
		}
		if err != nil {
			return nil, err
		}
		files[folder+name] = content
	}
	for _, name := range []string{"request.js", "worker.js"} {
		content, err := scripts.ReadFile("page/" + name)
		if err != nil {
			return nil, err
		}
		files[folder+name] = content
	}
	return files, nil
}

// HasEngine tells whether the program can make sites.
func HasEngine() error {
	_, err := engine()
	return err
}

// Files are the files of a site, by their paths: those of a workbench, and the crashes that it has from a source.
func Files(ctx context.Context, w *workbench.Workbench, src crashdata.Source) (map[string][]byte, error) {
	files, err := engine()
	if err != nil {
		return nil, err
	}
	var crashes bytes.Buffer
	if err := crashfile.Write(ctx, &crashes, w.Config, src); err != nil {
		return nil, fmt.Errorf("writing the crashes: %w", err)
	}
	files[folder+"crashes.bin"] = crashes.Bytes()
	size := 0
	for _, content := range files {
		size += len(content)
	}
	page := web.Static{
		Version: version(files), Script: folder + "request.js", Worker: folder + "worker.js", Size: fmt.Sprintf("%.1f MB", float64(size)/1e6),
	}
	pages, err := page.Files(w)
	if err != nil {
		return nil, err
	}
	maps.Copy(files, pages)
	return files, nil
}

// version is a name for what files hold, so that no browser takes an older one from its cache.
func version(files map[string][]byte) string {
	sum := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		one := sha256.Sum256(files[name])
		sum.Write(append([]byte(path.Clean(name)), one[:]...))
	}
	return hex.EncodeToString(sum.Sum(nil))[:16]
}

// Is tells whether a folder holds a site, the start of one, or nothing at all, so that a site may be written over it.
func Is(dir fs.FS) (bool, error) {
	entries, err := fs.ReadDir(dir, ".")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	// The engine is written first: a site that was cut off, by a full disk for instance, has nothing beside it, or the script.
	more := slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() != path.Clean(folder) })
	content, _ := fs.ReadFile(dir, folder+"request.js") // without it, it is no site
	return !more || strings.Contains(string(content), "sigdiff"), nil
}
