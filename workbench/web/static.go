package web

import (
	"strings"

	"github.com/sigdiff/sigdiff/workbench"
)

// Static is what a page without a server has in place of one.
type Static struct {
	Version string // of all files, as a part of their addresses
	Script  string // the path of a script that defines window.request, which is asked in place of fetch
	Worker  string // the path of a script that runs as a worker, for that script
	Size    string // of what is loaded before the page works
}

// Policy is the content security policy, as far as a page can say it by itself. What the worker may do, its own says.
func (*Static) Policy() string {
	return "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'"
}

// Files are the files of a page without a server, by their paths. The script and the worker are not among them.
func (s Static) Files(w *workbench.Workbench) (map[string][]byte, error) {
	page, err := render(w, nil, "", &s)
	if err != nil {
		return nil, err
	}
	content := map[string][]byte{"index.html": page}
	// The same bytes as those of the server: only the page says where it asks.
	files, err := readFiles()
	for path, f := range files {
		content[strings.TrimPrefix(path, "/")] = f.content
	}
	return content, err
}
