package web

import (
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/sigdiff/sigdiff/internal/browsertest"
	"github.com/sigdiff/sigdiff/internal/enginetest"
)

// page is the workbench in Chromium.
type browsed struct {
	*browsertest.Browser
	t   *testing.T
	url string
}

// TestPages looks at the workbench in Chromium. $SIGDIFF_WORKBENCH may be the address of one that runs already, to look at.
func TestPages(t *testing.T) {
	chromium := browsertest.Start(t)
	for _, page := range []struct {
		name string
		test func(*testing.T, *browsed)
	}{{"keys", testPageByKeys}, {"suggests", testPageSuggests}, {"opens", testPageOpens}, {"stays", testPageStays}, {"keeps", testPageKeeps}, {"edits", testPageEdits}, {"looks", testPageLooks}, {"comes back", testPageComesBack}, {"many groups", testPageOfManyGroups}, {"many rows", testPageOfManyRows}, {"pastes", testPagePastes}, {"links", testPageLinks}, {"address", testPageAddress}, {"marks", testPageMarks}, {"waits", testPageWaits}, {"plain", testPageIsPlain}, {"busy", testPageBusy}, {"of another", testPageOfAnother}, {"breaks off", testPageBreaksOff}, {"of a proxy", testPageOfProxy}, {"begins", testPageBegins}, {"first sign", testPageFirstSign}, {"first sign, narrow", testPageFirstSignNarrow}, {"late", testPageLate}, {"late example", testPageLateExample}, {"undoes", testPageUndoes}, {"accessible", testPageIsAccessible}} {
		t.Run(page.name, func(t *testing.T) {
			b := &browsed{chromium.Page(t), t, os.Getenv("SIGDIFF_WORKBENCH")}
			if b.url == "" {
				s := newTest(t)
				b.url = s.URL
			}
			b.Media(1280, 1000, "light")
			page.test(t, b)
		})
	}
}

// wait waits until an expression is true.
func (b *browsed) wait(expression string) {
	b.t.Helper()
	var is bool
	for end := time.Now().Add(5 * time.Minute); time.Now().Before(end); {
		if b.Eval("(() => { try { return Boolean("+expression+"); } catch { return false; } })()", &is); is {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	var text string
	b.Eval("document.body.innerText", &text)
	b.t.Fatalf("it never comes to %s:\n%.3000s", expression, text)
}

// headline waits until the page says so.
func (b *browsed) headline(text string) {
	b.t.Helper()
	b.wait(fmt.Sprintf("document.title === %q && document.getElementById('headline').textContent === document.title", text))
}

// quiet fails the test if the page complained, or asked for anything from elsewhere.
func (b *browsed) quiet() {
	b.t.Helper()
	for _, c := range b.Complaints {
		b.t.Errorf("the page complains: %s", c)
	}
	for _, url := range b.Requests {
		if !strings.HasPrefix(url, b.url+"/") && !strings.HasPrefix(url, "data:") {
			b.t.Errorf("the page requests %s", url)
		}
	}
}

// testPageByKeys goes from a stack to a line without a mouse: types a line, opens a group, adds a frame, marks, undoes.
func testPageByKeys(t *testing.T, b *browsed) {
	b.Open(b.url + "/")
	b.headline("No line is changed yet")
	b.wait(`document.getElementById("start").checkVisibility()`)
	b.run(`document.getElementById("undo").focus()`)
	b.Press("j", "KeyJ", false)
	b.Press("Enter", "Enter", false) // there is no group: it must not undo
	b.wait(`document.activeElement === document.body && document.getElementById("said").textContent === ""`)
	b.run(`document.querySelector(".line").focus()`)
	b.Type("c::run")
	b.wait(`!document.getElementById("start").checkVisibility()`)
	b.headline("3 of 17 crashes change")
	b.wait(`document.querySelector(".live").innerText.includes("matches 1 of 11 frames, in 7 crashes: c::run")`)
	b.wait(`document.querySelector(".live .other:not(:empty)").innerText === "as irrelevant: 3 change, 0 merge"`)
	b.run(`(() => { // a frame may be very long
		window.before = document.querySelector(".live").offsetHeight;
		document.querySelector(".matches code").append("x".repeat(5000));
	})()`)
	b.wait(`document.querySelector(".live").offsetHeight === before`)
	b.Press("Escape", "Escape", false)
	b.Press("j", "KeyJ", false)
	b.Press("j", "KeyJ", false)
	b.wait(`document.activeElement.matches("article summary") && getComputedStyle(document.activeElement).outlineOffset === "-3px"`) // else the ring is cut off
	b.Press("Enter", "Enter", false)
	b.wait(`document.querySelectorAll("article [open] .walk tbody tr").length === 2`)
	var frames []string
	b.Eval(`Array.from(document.querySelectorAll("article [open] .walk tbody tr"), (r) => r.querySelector("code").textContent)`, &frames)
	if fmt.Sprint(frames) != "[c::run "+enginetest.Hostile+"]" {
		t.Errorf("frames %q", frames)
	}
	b.run(`navigator.clipboard.writeText = () => Promise.reject(new Error("denied"))`) // as over http
	b.Press("y", "KeyY", false)
	b.wait(`document.getElementById("said").textContent === "The link is copied." && document.activeElement.matches("article summary")`)
	b.Press("m", "KeyM", false)
	b.wait(`document.querySelector("article[data-judged=meant]") && document.querySelector("[data-path='/expected.csv']").href.includes("meant=")`)
	b.wait(`document.getElementById("said").textContent === "The group is meant."`)
	b.Press("x", "KeyX", false)
	b.wait(`document.querySelector("article[data-judged=not]") && !document.querySelector("article[data-judged=meant]")`)
	b.run(`document.getElementById("undo").focus()`)
	b.Press("j", "KeyJ", false) // behind the last group there is none
	b.wait(`document.activeElement.matches("article[data-judged=not] summary")`)
	b.Eval(`(document.querySelector("article [open] .walk tr:last-child .frame summary").click(), document.querySelector("article [open] .walk tr:last-child .frame details button").click(), 0)`, new(int))
	b.wait(`document.activeElement.value === '"><script>alert\\(1\\)</script>'`)
	b.wait(`document.querySelectorAll(".row").length === 2 && location.hash.includes("%2B+prefix+%22%3E%3Cscript%3Ealert%5C%5C%281".replace("%5C%5C", "%5C"))`)
	b.Press("i", "KeyI", true)
	b.wait(`document.activeElement.closest(".row").querySelector(".list").value === "irrelevant"`)
	b.Press("Escape", "Escape", false)
	b.Press("z", "KeyZ", false)
	b.Press("z", "KeyZ", false)
	b.wait(`document.querySelectorAll(".row").length === 1`)
	b.headline("3 of 17 crashes change")
	b.Press("/", "Slash", false)
	b.Type("d::run")
	b.wait(`document.getElementById("found").textContent === "1 of 2 groups" && document.querySelectorAll("article.group:not([hidden])").length === 1`)
	b.run(`document.getElementById("search").select()`)
	b.Type("suggest") // a group that is open has buttons and walks, which are not what it says
	b.wait(`document.querySelector("article [open] .suggested") && document.getElementById("found").textContent === "0 of 2 groups"`)
	b.run(`document.getElementById("search").select()`)
	b.Type("d::run")
	b.wait(`document.getElementById("found").textContent === "1 of 2 groups"`)
	b.Press("Escape", "Escape", false)
	b.wait(`document.activeElement === document.body && document.getElementById("search").value === "d::run"`)
	b.Press("a", "KeyA", false)
	b.Type("po(ll")
	b.headline("3 of 17 crashes change, without 1 line that does not count")
	b.wait(`document.activeElement.getAttribute("aria-invalid") === "true" && document.querySelectorAll("[aria-invalid=true]").length === 1`)
	b.wait(`document.getElementById(document.activeElement.getAttribute("aria-describedby")).innerText.startsWith("missing )")`)
	b.wait(`document.querySelector(".row:last-child .wrong").innerText === "missing ), unterminated subpattern at character 3: po(ll"`)
	b.quiet()
}

// testPageSuggests: lines are suggested for a group by a key, can be given up, and become rows of the edit.
func testPageSuggests(t *testing.T, b *browsed) {
	b.Open(b.url + "/#edit=%2B+irrelevant+gone%0A-+prefix+gone")
	b.wait(`document.querySelector("article.group") && !document.body.classList.contains("waiting")`)
	b.Press("Escape", "Escape", false)
	b.wait(`document.activeElement === document.body`)
	b.Press("j", "KeyJ", false)
	b.Press("s", "KeyS", false)
	said := `document.querySelector(".suggested [role=status]").innerText`
	b.wait(said + `.startsWith("1 line parts the signature into ")`)
	b.Eval(`([1, 2].forEach(() => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: "s", bubbles: true }))), 0)`, new(int))
	b.wait(said + ` === "No lines: given up"`)
	b.Press("s", "KeyS", false)
	b.wait(said + `.startsWith("1 line parts")`)
	b.Eval(`(document.querySelector(".suggested li button").focus(), 0)`, new(int))
	b.Press("Enter", "Enter", false)
	b.wait(`document.querySelectorAll(".row").length === 3 && document.activeElement.matches(".line") && document.activeElement.value === "poll"`)
	b.quiet()
}

// testPageOpens: an edit comes from the address, or from a pull request, and one that can't be had is said.
func testPageOpens(t *testing.T, b *browsed) {
	b.Open(b.url + "/#edit=%2B+prefix+poll%0A-+prefix+gone&q=two")
	b.headline("12 of 17 crashes change")
	b.wait(`document.getElementById("found").textContent === "1 of 3 groups"`)
	b.Eval(`(document.querySelector("#out summary").click(), 0)`, new(int))
	b.wait(`document.getElementById("command").textContent === "sigdiff diff --base base --add prefix:poll --remove prefix:gone --corpus made-up"`)
	b.Open(b.url + "/pr/7")
	b.wait(`document.querySelectorAll(".row").length === 2`)
	b.headline("12 of 17 crashes change")
	b.quiet()
	b.Open(b.url + "/pr/8")
	b.wait(`document.getElementById("message").innerText === "Pull request 8 can't be had: no pull request <b>here</b>"`)
}

// testPageStays: an opened group stays open and where it is when its crashes get another signature, by what is typed or by a
// frame of its stack.
func testPageStays(t *testing.T, b *browsed) {
	b.Media(1280, 300, "light")
	b.Open(b.url + "/#edit=%2B+prefix+pol")
	b.wait(`document.querySelector("article.group")`)
	time.Sleep(time.Second) // then the groups have their places
	const opened = `document.querySelector("article.group > details[open]")`
	open := func() {
		b.Press("Escape", "Escape", false)
		b.Press("j", "KeyJ", false)
		b.Press("Enter", "Enter", false)
		b.wait(opened + `.querySelector(".walk")`)
	}
	open()
	b.Eval(`(document.querySelector(".line").focus(), 0)`, new(int))
	b.Type("l")
	b.wait(`!document.body.classList.contains("waiting") && ` + opened + `.querySelector(".walk")`)
	add := func(frame int, list string) {
		b.Eval(fmt.Sprintf(`(() => {
			const add = document.querySelectorAll("article > details[open] .walk td.frame > details")[%d];
			add.scrollIntoView({ block: "center", behavior: "instant" });
			add.querySelector("summary").click();
			window.top0 = %s.getBoundingClientRect().top;
			Array.from(add.querySelectorAll("button")).find((button) => button.textContent === %q).click();
			return 0;
		})()`, frame, opened, list), new(int))
	}
	add(1, "prefix")
	b.wait(`document.querySelectorAll(".row").length === 2 && document.getElementById("said").textContent.startsWith("Added to prefix: ")`)
	b.wait(opened + `.querySelector(".new").textContent.split(" | ").length === 3`)
	time.Sleep(time.Second) // then the groups have new places
	b.wait(`Math.abs(` + opened + `.getBoundingClientRect().top - window.top0) < 3`)
	b.Type("x")
	b.wait(`document.activeElement.getBoundingClientRect().top >= 0 && document.activeElement.matches(".line")`)
	b.quiet()
}

// testPageKeeps: an answer leaves the focus near where it was, and what is folded as it was.
func testPageKeeps(t *testing.T, b *browsed) {
	answered := func(line string) {
		b.wait(fmt.Sprintf(`!document.body.classList.contains("waiting") && document.getElementById("command").textContent.includes(%q)`, line))
	}
	b.Open(b.url + "/#edit=%2B+irrelevant+c::run%0A%2B+prefix+poll")
	answered("prefix:poll")
	b.run(`document.querySelector("#above summary").click()`)
	const folds = `Array.from(document.querySelectorAll("#above details"), (fold) => fold.open).join() === "true,false"`
	b.wait(folds)
	b.run(`document.querySelector("article summary").click()`)
	b.wait(`document.querySelector("article [data-as=meant]")`)
	b.run(`document.querySelector("article [data-as=meant]").focus()`)
	b.Press("i", "KeyI", true)
	answered("irrelevant:poll")
	b.wait(`document.activeElement.matches("article > details[open] > summary") && ` + folds)
	b.run(`document.querySelector("#above summary").focus()`)
	b.Press("z", "KeyZ", false)
	answered("prefix:poll")
	b.wait(`document.activeElement.id === "result" && ` + folds)
	b.Press("a", "KeyA", false)
	b.wait(`document.querySelectorAll(".row").length === 3`)
	b.run(`document.querySelector("#rows li:last-child .drop").focus()`)
	b.Press("z", "KeyZ", false)
	b.wait(`document.querySelectorAll(".row").length === 2 && document.activeElement.matches("#rows li:last-child .drop")`)
	b.run(`document.getElementById("search").focus()`)
	b.run(`location.hash = "#edit=%2B+prefix+zzz"`)
	b.headline("0 of 17 crashes change")
	b.wait(`document.activeElement.id === "result"`)
	b.quiet()
}

// testPageEdits: a line of the base is edited: found by a part of it as one that is removed, from where another is made of it.
func testPageEdits(t *testing.T, b *browsed) {
	b.Open(b.url + "/#edit=-+prefix+lon")
	b.headline("The line does not count")
	b.wait(`document.activeElement.list.options[1].value === "longer" && document.querySelector(".change").checkVisibility()`)
	b.Type("ger")
	b.headline("0 of 17 crashes change")
	b.run(`document.querySelector(".change").focus()`)
	b.Press("Enter", "Enter", false)
	b.Type("s?")
	b.wait(`location.hash === "#edit=-+prefix+longer%0A%2B+prefix+longers%3F" && document.querySelectorAll(".change").length === 2 && !document.querySelectorAll(".change")[1].checkVisibility()`)
	b.Press("Escape", "Escape", false)
	b.Press("z", "KeyZ", false)
	b.Press("z", "KeyZ", false)
	b.wait(`location.hash === "#edit=-+prefix+longer"`)
	b.quiet()
}

// testPageLooks: one who has a crash begins with its stack, of which a frame becomes a line; the stack is that of each edit.
func testPageLooks(t *testing.T, b *browsed) {
	b.Open(b.url + "/")
	b.headline("No line is changed yet")
	b.run(`document.querySelector("#one summary").click()`)
	b.run(`document.getElementById("crash").focus()`)
	paste := func(text string) {
		b.run(`document.getElementById("crash").select()`)
		b.run(fmt.Sprintf(`document.execCommand("insertText", false, %q)`, text))
	}
	said := func(text string) { b.wait(fmt.Sprintf(`document.getElementById("said").textContent === %q`, text)) }
	signature := func(was, is string) {
		b.wait(fmt.Sprintf(`document.querySelector("#stack .walk") && Array.from(document.querySelectorAll("#stack .change code"), (code) => code.textContent).join() === %q`, strings.Trim(was+","+is, ",")))
	}
	paste("https://example.org/report/index/AAAAAAAA-bbbb-4ccc-8ddd-000005150101#tab")
	said("The stack is shown.")
	signature("poll", "")
	b.run(`Array.from(document.querySelectorAll("#stack td.frame")).find((cell) => cell.querySelector("code").textContent === "poll").querySelector("[data-list=prefix]").click()`)
	b.headline("12 of 17 crashes change")
	signature("poll", "poll | Wait::two")
	b.Type("(")
	b.headline("The line does not count")
	signature("poll", "")
	b.Press("Escape", "Escape", false)
	b.Press("z", "KeyZ", false)
	b.headline("12 of 17 crashes change")
	b.Press("z", "KeyZ", false)
	b.headline("No line is changed yet")
	signature("poll", "")
	paste("aaaaaaaa-bbbb-4ccc-8ddd-999999150101")
	said("there is no such crash in the corpus")
	b.wait(`!document.querySelector("#stack .walk")`)
	b.Complaints = nil // of the browser, over the answer
	paste("poll")
	said("That is no crash id.")
	b.wait(`document.getElementById("stack").innerText === ""`)
	b.quiet()
}

// testPageComesBack: while no line counts, as when one is half typed, the page has no result and the row says why. The result
// comes back with the line, where it was, and a group that was open is open again. Where nothing changes, nothing else is said.
func testPageComesBack(t *testing.T, b *browsed) {
	b.Open(b.url + "/#edit=%2B+prefix+poll")
	b.headline("12 of 17 crashes change")
	b.run(`document.querySelectorAll("article summary")[1].click()`)
	const opened = `document.querySelector("article:nth-child(2) > details[open] .walk") && document.querySelectorAll("article > details[open]").length === 1`
	b.wait(opened)
	const top = `document.querySelector("main").getBoundingClientRect().top + scrollY`
	b.run(`window.before = ` + top)
	b.Type("(")
	b.headline("The line does not count")
	b.wait(top + ` === before`)
	b.wait(`document.querySelector(".wrong").innerText.startsWith("missing )") && !document.querySelector("article") && !document.getElementById("above").innerText`)
	b.Type(")")
	b.headline("12 of 17 crashes change")
	b.wait(`document.querySelectorAll("article.group").length === 3 && ` + opened + ` && document.activeElement.matches(".line")`)
	b.run(`location.hash = "#edit=-+prefix+gone%0A%2B+prefix+gone"`)
	b.headline("0 of 17 crashes change")
	b.wait(`document.getElementById("above").innerText.includes("0.0%") && !document.getElementById("result").innerText.includes("undefined")`)
	b.quiet()
}

// testPageOfManyGroups: a page that shows some of the groups says so wherever it counts them, since a filter looks among these.
func testPageOfManyGroups(t *testing.T, b *browsed) {
	b.url = madeUp(t, 900).URL
	b.Open(b.url + "/#edit=%2B+prefix+.*")
	b.wait(`/^the first 200 of \d+ groups$/.test(document.getElementById("found").textContent)`)
	b.Eval(`fetch(document.querySelector("[data-path='/report.json']").href).then((a) => a.json()).then(({ signatures }) => { window.signatures = signatures.length; return 0; })`, new(int))
	b.wait(`signatures > 200 && document.getElementById("below").textContent.includes(signatures + " signatures with other counts than before") &&
		document.getElementById("below").textContent.includes((signatures - 200) + " more signatures are in the report")`)
	b.Press("Escape", "Escape", false)
	b.Press("/", "Slash", false)
	b.Type("mozilla")
	b.wait(`/^\d+ of the first 200 of \d+ groups$/.test(document.getElementById("found").textContent)`)
	b.run(`location.hash = "#edit=%2B+prefix+zzz"`)
	b.headline("0 of 900 crashes change")
	b.run(`location.hash = "#edit=%2B+prefix+js::jit"`)
	b.wait(`/^\d+ groups?$/.test(document.getElementById("found").textContent)`)
	b.quiet()
}

// testPageOfManyRows: what a browser does for a row does not grow with the rows that there are: it is asked for no layout between
// two of them, and has no form for each, which it would look at for what it could fill in.
func testPageOfManyRows(t *testing.T, b *browsed) {
	var edit strings.Builder
	for i := range 300 {
		fmt.Fprintf(&edit, "+ prefix made::up%d\n", i)
	}
	b.Call("Performance.enable", nil, nil)
	b.Open(b.url + "/#edit=" + url.QueryEscape(edit.String()))
	b.headline("0 of 17 crashes change")
	b.wait(`document.querySelectorAll(".live .verdict:not(:empty)").length === 300 && document.forms.length < 5`)
	var found struct {
		Metrics []struct {
			Name  string
			Value float64
		}
	}
	b.Call("Performance.getMetrics", nil, &found)
	for _, m := range found.Metrics {
		if m.Name == "LayoutCount" && m.Value > 100 {
			t.Errorf("the page was laid out %v times", m.Value)
		}
	}
	b.quiet()
}

// testPagePastes: lines that are pasted are rows of the list that the field is of, and one undo takes them back.
func testPagePastes(t *testing.T, b *browsed) {
	b.Open(b.url + "/#edit=%2B+irrelevant+po")
	b.headline("12 of 17 crashes change")
	b.run(`(() => {
		const clipboardData = new DataTransfer();
		clipboardData.setData("text/plain", "ll\r\n\n  c::run \nd::run\n");
		document.activeElement.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
	})()`)
	b.wait(`location.hash === "#edit=%2B+irrelevant+poll%0A%2B+irrelevant+c%3A%3Arun%0A%2B+irrelevant+d%3A%3Arun"`)
	b.Press("Escape", "Escape", false)
	b.Press("z", "KeyZ", false)
	b.wait(`location.hash === "#edit=%2B+irrelevant+po"`)
	// An edit file says itself where its lines belong.
	b.run(`(() => {
		const clipboardData = new DataTransfer();
		clipboardData.setData("text/plain", "# bug 1\n- prefix  gone\n+ sentinels c::run\n");
		document.querySelector(".line").dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
	})()`)
	b.wait(`location.hash === "#edit=%2B+irrelevant+po%0A-+prefix+gone%0A%2B+sentinels+c%3A%3Arun"`)
	b.quiet()
}

// testPageLinks: the address has the edit, whatever one clicks on; another link in the same tab brings another edit; what is no
// edit is left out. A file that can't be had says why.
func testPageLinks(t *testing.T, b *browsed) {
	b.Open(b.url + "/#edit=%2B+prefix+poll&q=zzz")
	b.headline("12 of 17 crashes change")
	b.wait(`document.querySelector("article.group").hidden`)
	b.Eval(`(document.querySelector("#result a[href^='#g']").dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true })), 0)`, new(int))
	b.wait(`document.activeElement.closest("article > details[open]") && location.hash === "#edit=%2B+prefix+poll"`)
	b.run(`document.querySelector("article a[href^='#l']").click()`)
	b.wait(`document.activeElement.matches("#below tr") && document.activeElement.getBoundingClientRect().top < innerHeight`)
	b.Eval(`(document.querySelector(".skip").click(), 0)`, new(int))
	b.wait(`document.activeElement.id === "result" && location.hash === "#edit=%2B+prefix+poll"`)
	b.Eval(`(() => {
		const link = document.querySelector("#result a[href^='#g']");
		link.setAttribute("href", "#gone");
		link.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
		return 0;
	})()`, new(int))
	b.wait(`location.hash === "#edit=%2B+prefix+poll" && document.getElementById("said").textContent === "It is not shown here; the report has it."`)
	b.run(`location.hash = "#edit=%2B+prefix+po%E2%80%A8ll"`) // JavaScript takes some characters for ends of lines that Python does not
	b.headline("0 of 17 crashes change")
	b.run(`location.hash = "#edit=%2B+prefix+%EF%BB%BFpoll"`) // and takes this for white space
	b.headline("0 of 17 crashes change")
	b.wait(`document.querySelector("[data-path='/edit.patch']").href.includes("edit=%2B+prefix+%EF%BB%BFpoll&")`)
	b.run(`location.hash = "#edit=%2B+prefix+poll"`)
	b.headline("12 of 17 crashes change")
	b.Eval(`(document.querySelector(".line").focus(), location.hash = "#edit=nonsense%0A%2B+nowhere+x%0A%20-++prefix+gone", 0)`, new(int))
	b.headline("4 of 17 crashes change")
	b.wait(`location.hash === "#edit=-+prefix+gone" && document.getElementById("said").textContent === "Left out of the link, as no changed line: nonsense" && document.activeElement.matches(".line")`)
	b.Press("Escape", "Escape", false)
	b.Press("z", "KeyZ", false)
	b.headline("12 of 17 crashes change")
	b.Press("a", "KeyA", false)
	b.Type("(")
	b.headline("12 of 17 crashes change, without 1 line that does not count")
	b.quiet()
	b.Eval(`(document.querySelector("#out summary").click(), document.querySelector("[data-path='/edit.patch']").click(), 0)`, new(int))
	b.wait(`document.getElementById("said").textContent.includes("There is no file: ") && document.getElementById("command").textContent.length > 0`)
	b.Complaints = nil // of the browser, over the answer
	b.Open(b.url + "/pr/7")
	b.wait(`document.querySelectorAll(".row").length === 2`)
	b.Eval(`(document.querySelectorAll(".drop").forEach((drop) => drop.click()), 0)`, new(int))
	b.wait(`location.hash === "#edit="`)
	b.Call("Page.reload", nil, nil)
	b.headline("No line is changed yet")
	b.quiet()
}

// testPageAddress: browsers refuse a page that changes its address at each key, and one that is put there is not lost.
func testPageAddress(t *testing.T, b *browsed) {
	b.Open(b.url + "/#edit=%2B+prefix+p")
	b.headline("12 of 17 crashes change")
	b.run(`(() => {
		const replace = history.replaceState;
		window.changes = 0;
		history.replaceState = function (...state) {
			window.changes++;
			replace.apply(this, state);
		};
		const line = document.querySelector(".line");
		for (const letter of "oll") {
			line.value += letter;
			line.dispatchEvent(new Event("input", { bubbles: true }));
		}
	})()`)
	b.wait(`location.hash === "#edit=%2B+prefix+poll" && changes === 1`)
	b.run(`(() => {
		document.querySelector(".line").value = "zzz";
		document.querySelector(".line").dispatchEvent(new Event("input", { bubbles: true }));
		location.hash = "#edit=-+prefix+gone";
	})()`)
	b.headline("4 of 17 crashes change")
	b.wait(`location.hash === "#edit=-+prefix+gone"`)
	b.quiet()
}

// testPageMarks: what was marked is in the address, and so there again when the page is loaded, or another link is put into it.
func testPageMarks(t *testing.T, b *browsed) {
	b.Open(b.url + "/#edit=%2B+prefix+poll")
	b.wait(`document.querySelectorAll("article.group").length === 3 && !document.body.classList.contains("waiting")`)
	for _, key := range []string{"Escape", "j", "m", "j", "x", "j", "x", "x"} {
		b.Press(key, "Key"+strings.ToUpper(key), false)
	}
	const ids = `Array.from(document.querySelectorAll("article[data-judged=meant], article[data-judged=not]"), (a) => a.dataset.judged + "=" + a.id).join("&")`
	const marked = `document.getElementById("marked").textContent === "1 meant, 1 not" && location.hash.endsWith("poll&" + ` + ids + `)`
	b.wait(marked)
	b.Call("Page.reload", nil, nil)
	b.wait(`document.querySelectorAll("article.group").length === 3 && ` + marked)
	b.run(`document.querySelector("article[data-judged=meant] summary").click()`)
	const pressed = `document.querySelector("[data-as=meant][aria-pressed=true]").closest("article[data-judged=meant]")`
	b.wait(pressed + ` && document.querySelectorAll("[aria-pressed=true]").length === 1`)
	b.run(`document.querySelector("[data-as=not]").click()`) // by those who have no keys, or whose screen reader takes them
	b.wait(`document.getElementById("marked").textContent === "0 meant, 2 not" && document.querySelector("[data-as=not][aria-pressed=true]")`)
	b.run(`document.querySelector("[data-as=meant]").click()`)
	b.wait(pressed + " && " + marked)
	b.Eval(`fetch(document.querySelector("[data-path='/expected.csv']").href).then((a) => a.text()).then((text) => { window.rows = text.trim().split("\n").length - 1; return 0; })`, new(int))
	b.wait(`window.rows === Array.from(document.querySelectorAll("article[data-judged=meant], article[data-judged=not]")).reduce((sum, a) => sum + Number(a.dataset.crashes), 0)`)
	b.Eval(`(location.hash = location.hash.replace("meant=", "not="), 0)`, new(int))
	b.wait(`document.getElementById("marked").textContent === "0 meant, 2 not" && document.querySelectorAll("article[data-judged=not]").length === 2`)
	// Marks of groups that went are in no expected.csv, and come back with them.
	b.Eval(`(document.querySelector(".line").focus(), 0)`, new(int))
	b.Type("zz")
	b.wait(`document.getElementById("marked").textContent === "0 meant, 0 not, and 2 marks are of groups not shown" && location.hash.includes("not=")`)
	b.Press("Escape", "Escape", false)
	b.Press("z", "KeyZ", false)
	b.wait(`document.getElementById("marked").textContent === "0 meant, 2 not"`)
	b.quiet()
}

// testPageWaits: a page whose server is gone says so, and goes on by itself when the server is back.
func testPageWaits(t *testing.T, b *browsed) {
	b.Open(b.url + "/#edit=%2B+prefix+pol")
	b.headline("12 of 17 crashes change")
	offline := func(is bool) {
		b.Call("Network.emulateNetworkConditions", map[string]any{"offline": is, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}, nil)
	}
	offline(true)
	b.Eval(`(document.querySelector(".line").focus(), 0)`, new(int))
	b.Type("l")
	b.headline("Not known: the server does not answer; it is asked again")
	b.wait(`document.querySelector(".live").textContent === ""`) // what was said is of another line
	offline(false)
	b.headline("12 of 17 crashes change")
	b.wait(`document.querySelector(".live .other:not(:empty)")`)
	offline(true)
	b.run(`document.querySelector("article summary").click()`)
	b.wait(`document.querySelector(".walks .wrong")`)
	offline(false)
	b.run(`document.querySelector("article summary").click()`)
	b.wait(`!document.querySelector("article > details[open]")`)
	b.run(`document.querySelector("article summary").click()`)
	b.wait(`document.querySelector("article .walk")`)
	b.Complaints = nil // of the browser, over requests that failed
}

// testPageIsAccessible: everything that can be operated has a name and can be hit by a finger, ids are there once, nothing is
// wider than a phone or than a window in which all is four times as large, and what stays at the top leaves room in a low window and on paper.
func testPageIsAccessible(t *testing.T, b *browsed) {
	for _, scheme := range []string{"light", "dark"} {
		for _, width := range []int{320, 400, 1280} {
			b.Media(width, 1000, scheme)
			b.Open("about:blank")
			b.Open(b.url + "/#edit=%2B+prefix+poll%0A%2B+irrelevant+c::run%0A-+prefix+gone")
			b.wait(`document.querySelector(".live .other:not(:empty)") && document.querySelector("article summary")`)
			b.Eval(`(document.querySelectorAll("article details, #out, #drawer").forEach((d) => { d.open = true; }), 0)`, new(int))
			b.wait(`document.querySelector(".walk .frame details") && document.querySelector("#lists button")`)
			var found struct{ Unnamed, Twice, Wide, Small []string }
			b.Eval(accessibility, &found)
			if len(found.Unnamed)+len(found.Twice)+len(found.Wide)+len(found.Small) > 0 {
				t.Errorf("%s, %d wide: without a name %v, ids twice %v, too wide %v, too small %v", scheme, width, found.Unnamed, found.Twice, found.Wide, found.Small)
			}
			b.Eval(`(scrollTo(0, 0), 0)`, new(int))
			b.Screenshot(fmt.Sprintf("workbench-%s-%d", scheme, width))
		}
	}
	b.Media(320, 256, "light")
	b.wait(`getComputedStyle(document.querySelector("header.bench")).position === "static"`)
	b.Media(1280, 1000, "light")
	b.Call("Emulation.setEmulatedMedia", map[string]any{"media": "print"}, nil)
	b.wait(`getComputedStyle(document.querySelector("header.bench")).position === "static" && !document.querySelector(".tools").checkVisibility()`)
	b.quiet()
}

const accessibility = `(() => {
	const name = (e) => (e.getAttribute("aria-label") || e.labels?.[0]?.textContent || e.textContent).trim();
	const ids = Array.from(document.querySelectorAll("[id]"), (e) => e.id);
	ids.push(...Array.from(document.querySelectorAll("section[aria-labelledby], [role=region]"), (e) => "a region by " + e.getAttribute("aria-labelledby")));
	const small = (e) => e.checkVisibility() && Math.min(e.getBoundingClientRect().width, e.getBoundingClientRect().height) < 24;
	return {
		Small: Array.from(document.querySelectorAll("button, input, select, summary")).filter(small).map((e) => e.outerHTML),
		Unnamed: Array.from(document.querySelectorAll("a, button, input, select, summary, [role=group]")).filter((e) => !name(e) && !e.hasAttribute("aria-labelledby")).map((e) => e.outerHTML),
		Twice: ids.filter((id, i) => ids.indexOf(id) !== i),
		Wide: document.documentElement.scrollWidth > document.documentElement.clientWidth ? [document.documentElement.scrollWidth + "px"] : [],
	};
})()`
