package site

import (
	"net/http"

	"github.com/sigdiff/sigdiff/workbench"
)

// Handler answers what the page asks: with the pages of the workbench, as a server does.
func Handler(w *workbench.Workbench) http.Handler {
	pages := map[string]workbench.Page{}
	for _, p := range w.Pages() {
		pages[p.Path] = p
	}
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if p, ok := pages[r.URL.Path]; ok && p.Method == r.Method {
			p.Handler.ServeHTTP(rw, r)
			return
		}
		http.NotFound(rw, r)
	})
}
