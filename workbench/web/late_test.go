package web

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/sigdiff/sigdiff/serve"
)

// testPageBusy: a page that is sent away, since others ask too much, says so, and asks again by itself.
func testPageBusy(t *testing.T, b *browsed) {
	limits := serve.DefaultLimits()
	limits.Requests = 1
	held, free := make(chan bool), make(chan bool)
	s := newLimited(t, limits, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		held <- true
		<-free
	}))
	b.url = s.URL
	b.Open(b.url + "/#edit=%2B+prefix+pol")
	b.wait(`document.querySelector(".live .other:not(:empty)")`)
	var other sync.WaitGroup
	release := sync.OnceFunc(func() { close(free) })
	defer other.Wait()
	defer release()
	other.Go(func() {
		for status := 0; status != http.StatusOK; { // as long as the page has the place
			status, _, _ = send(t, http.MethodPost, s.URL+"/hold", "{}")
		}
	})
	<-held
	b.Eval(`(document.querySelector(".line").focus(), 0)`, new(int))
	b.Type("l")
	b.headline("Not known: 1 requests are under way, and no more are taken; it is asked again")
	release()
	b.headline("12 of 17 crashes change")
	b.Complaints = nil // of the browser, over the answer
}

// testPageOfAnother: a page whose server was started again, with other crashes, shows nothing of these as if they were its own.
func testPageOfAnother(t *testing.T, b *browsed) {
	first, second := newTest(t).Config.Handler, madeUp(t, 20).Config.Handler
	var again atomic.Bool
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if again.Load() {
			second.ServeHTTP(w, r)
			return
		}
		first.ServeHTTP(w, r)
	}))
	defer server.Close()
	b.url = server.URL
	b.Open(b.url + "/#edit=%2B+prefix+pol")
	b.headline("12 of 17 crashes change")
	b.wait(`document.querySelector(".live .other:not(:empty)")`) // the end of the answer
	again.Store(true)
	b.run(`document.querySelector(".line").focus()`)
	b.Type("l")
	b.headline("Not known: the server has other siglists or crashes than this page: load it again")
	b.wait(`!document.querySelector("article")`)
	b.Complaints = nil // of the browser, over the answer
	b.Call("Page.reload", nil, nil)
	b.wait(`document.title.includes(" of 20 crashes change") && document.querySelector(".live .other:not(:empty)")`)
	b.quiet()
}

// testPageBreaksOff: a page whose server goes in the middle of an answer asks again.
func testPageBreaksOff(t *testing.T, b *browsed) {
	s := newTest(t)
	var cut bool
	breaking := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/edit" || !cut {
			s.Config.Handler.ServeHTTP(w, r)
			return
		}
		cut = false
		whole := httptest.NewRecorder()
		s.Config.Handler.ServeHTTP(whole, r)
		w.Header().Set("Content-Type", whole.Header().Get("Content-Type"))
		first, _, _ := strings.Cut(whole.Body.String(), `"part":"report"`)
		_, _ = io.WriteString(w, first)
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}))
	defer breaking.Close()
	b.url = breaking.URL
	b.Open(b.url + "/#edit=%2B+prefix+pol")
	b.headline("12 of 17 crashes change")
	cut = true
	b.Eval(`(document.querySelector(".line").focus(), 0)`, new(int))
	b.Type("l")
	b.headline("Not known: the answer broke off; it is asked again")
	b.wait(`document.querySelectorAll("article").length === 3 && !document.body.classList.contains("waiting")`)
	b.Complaints = nil // of the browser, over the answer
}

// testPageOfProxy: what a proxy says in place of the server, and net/http of an address that is too long, is said in plain words. While
// the proxy can't reach the server, the page asks again.
func testPageOfProxy(t *testing.T, b *browsed) {
	s := newTest(t)
	var status atomic.Int32
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if status.Load() == 0 || strings.HasPrefix(r.URL.Path, "/page/") {
			s.Config.Handler.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(int(status.Load()))
		_, _ = io.WriteString(w, "<html>not here</html>")
	}))
	defer proxy.Close()
	b.url = proxy.URL
	b.Open(b.url + "/#edit=%2B+prefix+pol")
	b.headline("12 of 17 crashes change")
	said := func(text string) { b.wait(fmt.Sprintf(`document.getElementById("said").textContent === %q`, text)) }
	for _, test := range []struct {
		status   int32
		headline string
		file     string
	}{
		{200, "Not known: something else than sigdiff answers: 200 OK", ""},
		{413, "Not known: something else than sigdiff answers: 413 Request Entity Too Large", "something else than sigdiff answers: 413 Request Entity Too Large"},
		{431, "Not known: the edit is too long for an address", "the edit is too long for an address"},
		{502, "Not known: something else than sigdiff answers: 502 Bad Gateway; it is asked again", "something else than sigdiff answers: 502 Bad Gateway"},
	} {
		status.Store(test.status)
		b.Press("Escape", "Escape", false)
		b.run(`document.querySelector("article summary").focus()`)
		b.Press("s", "KeyS", false)
		b.wait(`document.querySelector(".suggested .wrong").textContent.startsWith("No lines: ` + strings.Split(strings.TrimPrefix(test.headline, "Not known: "), ";")[0] + `")`)
		b.run(`document.querySelector(".line").focus()`)
		b.Type("l")
		b.headline(test.headline)
		if test.file != "" {
			b.run(`document.querySelector("[data-path='/edit.patch']").click()`)
			said("There is no file: " + test.file)
		}
		status.Store(0)
		b.run(`document.querySelector("#undo").click()`)
		b.headline("12 of 17 crashes change")
		b.wait(`document.querySelector("article") && !document.body.classList.contains("waiting")`)
	}
	b.Complaints = nil // of the browser, over the answers
}

// testPageFirstSign: while an answer is on its way, its first part is shown. The report comes as a whole, and no part moves what
// is there by then.
func testPageFirstSign(t *testing.T, b *browsed) {
	s := newTest(t)
	next := make(chan bool)
	slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/edit" {
			s.Config.Handler.ServeHTTP(w, r)
			return
		}
		whole := httptest.NewRecorder()
		s.Config.Handler.ServeHTTP(whole, r)
		w.Header().Set("Content-Type", whole.Header().Get("Content-Type"))
		for part := range strings.Lines(whole.Body.String()) {
			_, _ = io.WriteString(w, part)
			_ = http.NewResponseController(w).Flush()
			<-next
		}
	}))
	defer slow.Close()
	defer close(next)
	b.url = slow.URL
	b.Open(b.url + "/")
	b.headline("No line is changed yet")
	// Of what is in sight: what is below has the height that is expected of it until it is scrolled to.
	const places = `JSON.stringify(Array.from(document.querySelectorAll(".tools, #out, main:has(article), #above > *, article"), (e) => e.getBoundingClientRect().top).filter((top) => top < innerHeight))`
	b.run(`window.before = ` + places)
	b.Type("p")
	b.headline("Looking at 12 of 17 crashes")
	b.wait(`document.querySelector(".live").innerText.trim().startsWith("matches ")`)
	b.wait(places + ` === before`)
	next <- true
	b.headline("12 of 17 crashes change")
	b.wait(`document.querySelectorAll("article").length === 3 && document.querySelector("#above .tiles") && document.querySelector(".verdict:not(:empty)")`)
	b.run(`window.before = ` + places)
	next <- true
	b.wait(`document.querySelector(".live .other:not(:empty)")`)
	b.wait(places + ` === before`)
	next <- true
	b.Open("about:blank")
	b.Open(b.url + "/#edit=%2B+prefix+p") // a page that begins with an edit
	b.headline("Looking at 12 of 17 crashes")
	next <- true
	b.headline("12 of 17 crashes change")
	b.quiet()
}

// testPageFirstSignNarrow is testPageFirstSign on a phone.
func testPageFirstSignNarrow(t *testing.T, b *browsed) {
	b.Media(360, 900, "light")
	testPageFirstSign(t, b)
}

// testPageBegins: nothing moves when the page's script runs, nor when what its edit does is there.
func testPageBegins(t *testing.T, b *browsed) {
	b.Call("Page.addScriptToEvaluateOnNewDocument", map[string]any{"source": `
		window.moved = [];
		new PerformanceObserver((all) => {
			for (const shift of all.getEntries()) for (const { node, previousRect, currentRect } of shift.sources) {
				if (previousRect.y !== currentRect.y) moved.push(node?.id || node?.nodeName);
			}
		}).observe({ type: "layout-shift", buffered: true });`}, nil)
	for _, width := range []int{1280, 400} {
		b.Media(width, 900, "light")
		for _, address := range []string{"/", "/#edit=%2B+prefix+poll", "/pr/7", "/#edit=%2B+prefix+poll%0A-+prefix+gone%0A%2B+irrelevant+c::run"} {
			b.Open("about:blank")
			b.Open(b.url + address)
			b.wait(`document.activeElement.matches(".line") && !document.body.classList.contains("waiting") && document.title !== "sigdiff workbench"`)
			var moved []string
			if b.Eval(`new Promise((seen) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(seen)))).then(() => moved)`, &moved); len(moved) > 0 {
				t.Errorf("%s, %d wide: %v moved", address, width, moved)
			}
		}
	}
	b.quiet()
}

// holding lets a test hold answers back, once they are there, and give them to the page in another order. Giving up does
// not keep an answer away: it may have come just before.
const holding = `
	const ask = window.fetch;
	window.hold = false;
	window.held = [];
	window.fetch = async (path, options) => {
		const answer = await ask(path, { ...options, signal: null });
		const text = await answer.text();
		if (!window.hold) return new Response(text, answer);
		const mark = await new Promise((give) => window.held.push({ path, give }));
		return new Response(mark ? text.replace(/"(id|title)":"[^"]*"/, '"$1":"LATE"') : text, answer);
	};
	// give gives the page one of the answers that are held, with a mark if wanted, and waits until it must have been taken.
	window.give = async (i, mark) => {
		window.held.splice(i, 1)[0].give(mark);
		for (let i = 0; i < 5; i++) await new Promise((next) => setTimeout(next, 20));
		return 0;
	};`

// holding opens a page whose answers can be held, and gives what waits until so many are held, what gives one of them to the
// page, and what fails if the page shows one that was marked as late.
func (b *browsed) holding(address string) (held func(n int), give func(i int, late bool), inTime func()) {
	b.Call("Page.addScriptToEvaluateOnNewDocument", map[string]any{"source": holding}, nil)
	b.Open(address)
	b.wait(`document.querySelector("article") && !document.body.classList.contains("waiting")`)
	b.Press("Escape", "Escape", false)
	held = func(n int) { b.wait(fmt.Sprintf(`held.length === %d`, n)) }
	give = func(i int, late bool) { b.Eval(fmt.Sprintf("give(%d, %v)", i, late), new(int)) }
	inTime = func() {
		var late bool
		if b.Eval(`document.body.innerText.includes("LATE")`, &late); late {
			b.t.Error("the page shows what came late")
		}
	}
	return held, give, inTime
}

// run runs JavaScript for what it does.
func (b *browsed) run(js string) { b.Eval("("+js+", 0)", new(int)) }

// testPageLateExample: of two examples of a group the one is shown that was asked for last, in whatever order they come.
func testPageLateExample(t *testing.T, b *browsed) {
	b.url = madeUp(t, 300).URL
	held, give, inTime := b.holding(b.url + "/#edit=%2B+irrelevant+.*")
	b.run(`Array.from(document.querySelectorAll("article")).find((article) => article.querySelectorAll(".examples code").length === 2).querySelector("summary").focus()`)
	b.run(`hold = true`)
	b.Press("e", "KeyE", false)
	held(1)
	b.Press("e", "KeyE", false)
	held(2)
	give(1, false)
	b.wait(`document.querySelector(".walks code").textContent === document.querySelectorAll("article details[open] .examples code")[0].textContent`)
	give(0, true)
	inTime()
	b.quiet()
}

// testPageLate: what comes late of an older edit is not shown.
func testPageLate(t *testing.T, b *browsed) {
	held, give, inTime := b.holding(b.url + "/#edit=%2B+prefix+poll")

	// Walks and suggested lines, when another edit has the group, too.
	b.run(`hold = true`)
	b.Press("j", "KeyJ", false)
	b.Press("e", "KeyE", false)
	held(1)
	b.Press("s", "KeyS", false)
	held(2)
	b.run(`hold = false`)
	b.run(`document.querySelector(".line").focus()`)
	b.Press("Enter", "Enter", false)
	b.Type("zzz")
	b.wait(`document.querySelectorAll(".other:not(:empty):not(.old)").length === 2 && document.querySelector(".walks code")`)
	give(1, true)
	give(0, true)
	inTime()

	// The edit itself.
	b.run(`hold = true`)
	b.run(`document.querySelector(".line").select()`)
	b.Type("z")
	held(1)
	b.run(`document.querySelector(".line").select()`)
	b.run(`document.execCommand("insertText", false, "c::run")`)
	held(2)
	give(1, false)
	b.headline("3 of 17 crashes change")
	give(0, false)
	var title string
	if b.Eval(`document.title`, &title); title != "3 of 17 crashes change" {
		t.Errorf("an older edit came late, and is shown: %s", title)
	}
	b.quiet()
}
