package site

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/sigdiff/sigdiff/internal/browsertest"
)

// browse opens the page of a site in Chromium. The host gives out files below a folder, and nothing else.
// $SIGDIFF_SITE may be the address of a site, to look at and to measure.
func browse(t *testing.T, files map[string][]byte) *browsertest.Browser {
	t.Helper()
	b := browsertest.Start(t).Page(t)
	address := os.Getenv("SIGDIFF_SITE")
	if address == "" {
		dir := fstest.MapFS{}
		for name, content := range files {
			dir["some/where/"+name] = &fstest.MapFile{Data: content}
		}
		s := httptest.NewServer(http.FileServerFS(dir))
		t.Cleanup(s.Close)
		address = s.URL + "/some/where/"
	}
	b.Media(1280, 1000, "light")
	b.Open(address)
	t.Cleanup(func() {
		for _, c := range b.Complaints {
			t.Errorf("the page complains: %s", c)
		}
		for _, url := range b.Requests {
			if !strings.HasPrefix(url, address) && !strings.HasPrefix(url, "data:") && !strings.HasPrefix(url, "blob:") {
				t.Errorf("the page requests %s", url)
			}
		}
	})
	return b
}

// wait waits until an expression is true.
func wait(t *testing.T, b *browsertest.Browser, expression string) {
	t.Helper()
	var is bool
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if b.Eval("(() => { try { return Boolean("+expression+"); } catch { return false; } })()", &is); is {
			return
		}
	}
	var text string
	b.Eval("document.body.innerText", &text)
	t.Fatalf("it never comes to %s:\n%.3000s", expression, text)
}

// siteFiles are those of a site; the test is skipped where the program has no engine.
func siteFiles(t *testing.T) (http.Handler, []asked, map[string][]byte) {
	t.Helper()
	if err := HasEngine(); errors.Is(err, ErrNoEngine) {
		t.Skip("skipped: there is no engine, so sites can't be looked at (make engine)")
	}
	w, src := newTest(t)
	files, err := Files(t.Context(), w, src)
	if err != nil {
		t.Fatal(err)
	}
	return served(t, w), requests(t, w, src, 3), files
}

// TestPageIsServer: the page's engine answers as the server does, byte for byte.
func TestPageIsServer(t *testing.T) {
	handler, all, files := siteFiles(t)
	b := browse(t, files)
	wait(t, b, `document.getElementById("loading").textContent === "are loaded" && document.getElementById("message").hidden`)
	const ask = `(async ({ Method, Path, Body }) => {
		const answer = await request(Path, { method: Method, body: Body });
		return answer.status + " " + answer.headers.get("Content-Type") + " " + await answer.text();
	})(%s)` // what answered gives
	for _, a := range all {
		argument, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		var got string
		b.Eval(fmt.Sprintf(ask, argument), &got)
		if want := answered(handler, a); got != want {
			t.Fatalf("%+v\nserved: %s\nin the page: %s", a, want, got)
		}
	}
	var got string
	b.Eval(fmt.Sprintf(ask, `{ "Method": "GET", "Path": "/nothing?" }`), &got)
	if want := `404 application/json {"error":"nothing is at \"/nothing\""}` + "\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	typed(t, b)
}

// typed: a line that is typed is answered, a request that is given up ends, a file is made.
func typed(t *testing.T, b *browsertest.Browser) {
	t.Helper()
	b.Eval(`(document.querySelector(".line").focus(), 0)`, new(int))
	b.Type("mozilla::")
	wait(t, b, `/^[1-9]\d* of 300 crashes change/.test(document.title) && document.querySelector(".live .other:not(:empty)")`)
	wait(t, b, `document.querySelector("#lists button")`)
	b.Eval(`(document.querySelector("article summary").click(), 0)`, new(int))
	wait(t, b, `document.querySelector("article .walk tbody tr")`)
	var got string
	b.Eval(`(async () => {
		const end = new AbortController();
		const asked = request("/edit", { method: "POST", body: JSON.stringify({ rows: [{ sign: "+", list: "prefix", text: ".*" }] }), signal: end.signal });
		end.abort();
		try { return await (await asked).text(); } catch (err) { return err.name; }
	})()`, &got)
	if got != "AbortError" {
		t.Error(got)
	}
	b.Eval(`(() => {
		const made = URL.createObjectURL;
		URL.createObjectURL = (blob) => { window.saved = blob; return made(blob); };
		document.querySelector("#out summary").click();
		document.querySelector("[data-path='/edit.patch']").click();
		return 0;
	})()`, new(int))
	wait(t, b, `window.saved?.size > 0 && document.getElementById("command").textContent.startsWith("sigdiff diff --base main")`)
	b.Screenshot("site")
}

// TestPageSaysWhy: a page whose files are not what they were says so, and answers nothing.
func TestPageSaysWhy(t *testing.T) {
	if os.Getenv("SIGDIFF_SITE") != "" {
		return
	}
	_, _, files := siteFiles(t)
	files["engine/crashes.bin"] = files["engine/crashes.bin"][:1000]
	b := browse(t, files)
	wait(t, b, `document.getElementById("message").innerText.startsWith("The page does not work here: reading the crashes")`)
	b.Type("poll")
	wait(t, b, `document.title.startsWith("Not known: reading the crashes")`)
	b.Complaints = nil // the lists were not there
}
