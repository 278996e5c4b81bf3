package site

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/edited"
	"github.com/sigdiff/sigdiff/internal/madeup"
	"github.com/sigdiff/sigdiff/internal/site/crashfile"
	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/workbench"
	"github.com/sigdiff/sigdiff/workbench/web"
)

// source is crashes, of which one is missing and one can't be read.
type source struct{ crashdata.Crashes }

var errBad = errors.New("a page of the cache is damaged: <b>")

func (s source) Each(ctx context.Context, workers int, visit func(int, string, *crashdata.Record, error) error) error {
	for i, err := range []error{crashdata.ErrMissing, errBad} {
		if err := visit(0, fmt.Sprintf("aaaaaaaa-bbbb-4ccc-8ddd-99999%d150101", i), nil, err); err != nil {
			return err
		}
	}
	return s.Crashes.Each(ctx, workers, visit)
}

// newTest makes a workbench over made-up crashes.
func newTest(t *testing.T) (*workbench.Workbench, source) {
	t.Helper()
	_, files, _ := madeup.Demo()
	set, err := siglists.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	var src source
	for _, doc := range madeup.Generate(3, 300, madeup.Shape{}) {
		c, err := crashdata.ParseProcessed(doc)
		if err != nil {
			t.Fatal(err)
		}
		src.Crashes = append(src.Crashes, c)
	}
	c := workbench.Config{
		Lists: edited.Lists{Set: set, Info: report.Side{
			Spec: "main", Kind: "git", Revision: "abc", Repository: "https://example.org/repo", Folder: "lists", Code: &report.SideCode{Files: []string{}},
		}},
		Rules: signatures.DefaultRuleset, Corpus: report.Corpus{Name: "some", Crashes: len(src.Crashes) + 2, Digest: "abc"},
		Notes:    []report.Note{{Text: report.Sentence("the clone is %s", "old"), Unknown: true}},
		Searched: &report.Searched{Host: "https://example.org", First: "2026-01-01", Last: "2026-01-02", All: true, Lines: []report.SearchedLine{{Line: "+ prefix absent", Absent: true}}},
		Host:     "https://example.org", Folder: "lists", Command: workbench.Command{Base: "main", Flags: []string{"--corpus", "some"}},
	}
	side, _, err := c.Lists.Side(c.Rules)
	if err != nil {
		t.Fatal(err)
	}
	if c.Base, err = workbench.NewBase(t.Context(), src, side, 2); err != nil {
		t.Fatal(err)
	}
	return workbench.New(c), src
}

// asked is a request of the page.
type asked struct{ Method, Path, Body string }

// someLines are lines that random edits add.
var someLines = []string{"absent", "ns", ".*Wait", "js::", "mozilla::", "@0x", "memcpy", "poll", `(a)\1`, "(?i)MOZ", "NS_", "Foo::Bar", ".*", "("}

// requests are what a page may ask of random edits.
func requests(t *testing.T, w *workbench.Workbench, src source, edits int) (all []asked) {
	t.Helper()
	r := rand.New(rand.NewPCG(5, 6))
	for range edits {
		var rows []map[string]string
		var text strings.Builder
		for range 1 + r.IntN(2) {
			list := siglists.Names()[r.IntN(4)]
			sign, line := "+", someLines[r.IntN(len(someLines))]
			if lines := w.Lists.Set.List(list).Lines; r.IntN(3) == 0 {
				sign, line = "-", lines[r.IntN(len(lines))].Text
			}
			rows = append(rows, map[string]string{"sign": sign, "list": list.Word(), "text": line})
			fmt.Fprintf(&text, "%s %s %s\n", sign, list.Word(), line)
		}
		for path, body := range map[string]any{
			"/edit":    map[string]any{"rows": rows},
			"/suggest": map[string]any{"rows": rows, "signature": src.Crashes[r.IntN(len(src.Crashes))].Meta.Signature},
			"/walk":    map[string]any{"rows": rows, "id": src.Crashes[r.IntN(len(src.Crashes))].ID()},
		} {
			content, err := json.Marshal(body)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, asked{http.MethodPost, path, string(content)})
		}
		query := "?edit=" + url.QueryEscape(text.String())
		for _, path := range []string{"/report.json", "/report.md", "/edit.patch", "/command.txt"} {
			all = append(all, asked{http.MethodGet, path + query, ""})
		}
	}
	query := "?edit=" + url.QueryEscape("+ prefix mozilla::")
	return append(all, asked{http.MethodGet, "/report.html" + query, ""})
}

// served is what a server serves of a workbench.
func served(t *testing.T, w *workbench.Workbench) http.Handler {
	t.Helper()
	pages, err := web.Pages(w, nil)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	for at, page := range pages {
		mux.Handle(at, page)
	}
	return mux
}

// answered is an answer, as one text.
func answered(h http.Handler, a asked) string {
	r := httptest.NewRequest(a.Method, a.Path, strings.NewReader(a.Body))
	answer := httptest.NewRecorder()
	h.ServeHTTP(answer, r)
	return fmt.Sprintf("%d %s %s", answer.Code, answer.Header().Get("Content-Type"), answer.Body)
}

// TestSiteIsServer: of any edit, a workbench that was read from a site's file says what the one says that it was written of.
func TestSiteIsServer(t *testing.T) {
	w, src := newTest(t)
	var file, again bytes.Buffer
	for _, out := range []*bytes.Buffer{&file, &again} {
		if err := crashfile.Write(t.Context(), out, w.Config, src); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(file.Bytes(), again.Bytes()) {
		t.Error("the same crashes give another file")
	}
	read, err := crashfile.Open(t.Context(), &file)
	if err != nil {
		t.Fatal(err)
	}
	want, got := served(t, w), served(t, read)
	for _, a := range requests(t, w, src, 20) {
		if want, got := answered(want, a), answered(got, a); want != got {
			t.Fatalf("%+v\nserved: %s\nread: %s", a, want, got)
		}
	}
}

// TestIs: what a site may be written over.
func TestIs(t *testing.T) {
	for name, test := range map[string]struct {
		files fstest.MapFS
		want  bool
	}{
		"empty":          {fstest.MapFS{}, true},
		"a site":         {fstest.MapFS{"index.html": {}, "engine/request.js": {Data: []byte("// sigdiff's")}}, true},
		"a site's start": {fstest.MapFS{"engine/crashes.bin": {}, "engine/request.js": {}}, true},
		"something else": {fstest.MapFS{"index.html": {}}, false},
		"another script": {fstest.MapFS{"index.html": {}, "engine/request.js": {Data: []byte("// not ours")}}, false},
	} {
		if got, err := Is(test.files); got != test.want || err != nil {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	folder := t.TempDir()
	if got, err := Is(os.DirFS(filepath.Join(folder, "none"))); !got || err != nil {
		t.Errorf("no folder: %v, %v", got, err)
	}
	file := filepath.Join(folder, "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if got, err := Is(os.DirFS(file)); got || err == nil {
		t.Errorf("a file: %v, %v", got, err)
	}
}
