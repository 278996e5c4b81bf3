// Package web is the workbench's page: its files, and what a server serves of them and of the workbench.
package web

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"

	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/workbench"
)

//go:embed page
var pageFiles embed.FS

// policy is the content security policy of the page: its own files, and nothing else.
// Signatures and frames are anybody's. Should one ever become markup, it could neither run nor load anything.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// file is a file that the page needs.
type file struct {
	kind    string
	content []byte
}

// reportFiles are those that the page shares with the HTML report.
var reportFiles = []string{"style.css", "dom.js", "fragment.js", "keys.js", "walks.js"}

// readFiles are the files that the page needs, by their paths.
func readFiles() (map[string]file, error) {
	files := map[string]file{}
	// Only these are given out: the template and the types lie in the same folder.
	kinds := map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
	for _, name := range reportFiles {
		content, err := report.Asset(name)
		if err != nil {
			return nil, err
		}
		// Under a path of their own, so that they can't take the place of a file of the page.
		files["/report/"+name] = file{kinds[path.Ext(name)], content}
	}
	entries, err := pageFiles.ReadDir("page")
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		if kind := kinds[path.Ext(entry.Name())]; kind != "" {
			content, err := pageFiles.ReadFile("page/" + entry.Name())
			if err != nil {
				return nil, err
			}
			files["/page/"+entry.Name()] = file{kind, content}
		}
	}
	return files, nil
}

// server answers with the page.
type server struct {
	*workbench.Workbench
	pull func(context.Context, int) ([]siglists.Change, error)
}

// Pages are what a server serves of a workbench, by method and path: "GET /pr/" is at all paths that begin with /pr/. pull
// gives the changed lines of a pull request.
func Pages(w *workbench.Workbench, pull func(ctx context.Context, number int) ([]siglists.Change, error)) (map[string]http.Handler, error) {
	s := server{w, pull}
	pages := map[string]http.Handler{"GET /": http.HandlerFunc(s.page), "GET /pr/": http.HandlerFunc(s.pullRequest)}
	// The workbench knows its endpoints, so that the site's engine, which serves no files, answers the same ones.
	for _, e := range workbench.Endpoints() {
		pages[e.Method+" "+e.Path] = endpoint{w, e}
	}
	files, err := readFiles()
	for path, f := range files {
		pages["GET "+path] = f
	}
	return pages, err
}

// ServeHTTP gives the file.
func (f file) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", f.kind)
	_, _ = w.Write(f.content) // nobody is left to be told that the page is gone
}

// shown is what the page's template shows.
type shown struct {
	Base    report.Side
	Corpus  string
	Crashes string          // how many
	Of      string          // what its answers are of
	Rows    []workbench.Row // that the page begins with
	Message string          // what went wrong
	Static  *Static
	set     *siglists.Set
}

// Digest is that of the base: files may have changed since they were read.
func (s shown) Digest() string { return s.set.Digest() }

// Lists are the lists of the base.
func (s shown) Lists() (all []*siglists.List) {
	for _, name := range siglists.Names() {
		all = append(all, s.set.List(name))
	}
	return all
}

// File is the address of a file of the page.
func (s shown) File(name string) string {
	if s.Static == nil {
		return "/" + name
	}
	return name + "?" + s.Static.Version
}

func (s server) page(rw http.ResponseWriter, _ *http.Request) {
	s.show(rw, http.StatusOK, nil, "")
}

// pullRequest shows the page with the lines of a pull request as the edit.
func (s server) pullRequest(rw http.ResponseWriter, r *http.Request) {
	// It fetches from the repository, which nobody shall cause by a picture in another page.
	if dest := r.Header.Get("Sec-Fetch-Dest"); dest != "" && dest != "document" {
		workbench.Fail(answer{rw}, http.StatusForbidden, errors.New("a pull request is opened as a page"))
		return
	}
	number, err := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/pr/"))
	if err != nil || number < 1 {
		s.show(rw, http.StatusNotFound, nil, "An address of a pull request is /pr/ and its number.")
		return
	}
	changes, err := s.pull(r.Context(), number)
	if err != nil {
		// The page is shown all the same, with no edit: the address may only be mistyped.
		s.show(rw, http.StatusNotFound, nil, fmt.Sprintf("Pull request %d can't be had: %v", number, err))
		return
	}
	message := ""
	if len(changes) == 0 {
		message = fmt.Sprintf("Pull request %d changes no line of the siglists.", number)
	}
	s.show(rw, http.StatusOK, changes, message)
}

func (s server) show(rw http.ResponseWriter, status int, changes []siglists.Change, message string) {
	var rows []workbench.Row
	for _, c := range changes {
		sign := c.Edit()[:1] // as in an edit file
		rows = append(rows, workbench.Row{Sign: sign, List: c.Line.List.Word(), Text: c.Line.Text})
	}
	html, err := render(s.Workbench, rows, message, nil)
	if err != nil {
		workbench.Fail(answer{rw}, http.StatusInternalServerError, err)
		return
	}
	rw.Header().Set("Content-Type", "text/html; charset=utf-8")
	rw.Header().Set("Content-Security-Policy", policy)
	rw.Header().Set("Referrer-Policy", "no-referrer")
	rw.WriteHeader(status)
	_, _ = rw.Write(html) // likewise
}

// render makes the page, as it begins with some rows.
func render(w *workbench.Workbench, rows []workbench.Row, message string, static *Static) ([]byte, error) {
	if len(rows) == 0 {
		rows = []workbench.Row{{Sign: "+", List: siglists.Prefix.Word()}} // to type into
	}
	var html bytes.Buffer
	err := pageTemplate().Execute(&html, shown{
		Base: w.Lists.Info, Corpus: w.Corpus.Name, Crashes: w.Crashes(), Of: w.Of(), Rows: rows, Message: report.Visible(message), Static: static, set: w.Lists.Set,
	})
	return html.Bytes(), err
}

// pageTemplate is the page, read when it is first asked for. It is a part of the program, so that it can be read.
// Parsing takes some milliseconds, which commands without a page don't pay.
var pageTemplate = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("workbench.html.tmpl").Funcs(template.FuncMap{"visible": report.Visible}).ParseFS(pageFiles, "page/workbench.html.tmpl"))
})
