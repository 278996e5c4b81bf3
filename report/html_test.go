package report

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/sigdiff/sigdiff/engine/compare"
)

// TestPageStandsAlone reads the page for addresses and for markup that data could have brought in.
func TestPageStandsAlone(t *testing.T) {
	page := string(render(t, "html", nasty(), Options{Host: testHost}))
	for _, address := range regexp.MustCompile(`(?:src|href|action|content|data|poster|srcset)="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		a := address[1]
		if strings.Contains(a, "//") && !strings.HasPrefix(a, testHost+"/report/index/") && !strings.HasPrefix(a, testHost+"/signature/?") && !strings.HasPrefix(a, bugzilla) {
			t.Errorf("the page has the address %s", a)
		}
	}
	for _, bad := range []string{"@import", "url(", "<script>alert", "<img", " style=", " onerror=alert(2)>"} {
		if strings.Contains(page, bad) {
			t.Errorf("the page has %s", bad)
		}
	}
	if n := strings.Count(page, "<script"); n != 2 {
		t.Errorf("%d scripts, want the data and the page's own", n)
	}
	if strings.Count(page, "</script") != 2 || strings.Count(page, "<!--") != 0 {
		t.Error("data ends a script or starts a comment")
	}
	for _, missing := range []string{"default-src 'none'", `lang="en"`, "<noscript>", `name="viewport"`, "prefers-color-scheme", "prefers-reduced-motion"} {
		if !strings.Contains(page, missing) {
			t.Errorf("the page has no %s", missing)
		}
	}
}

// TestPageLinks checks that what doesn't look like a crash id or a host makes no link.
func TestPageLinks(t *testing.T) {
	r := nasty()
	r.Groups[0].Examples = []string{`"><script>`, "javascript:alert(1)"}
	for _, host := range []string{"javascript:alert(1)//", "", "https://crash-stats.example/"} {
		page := render(t, "html", r, Options{Host: host})
		if bytes.Contains(page, []byte(`href="javascript`)) || bytes.Contains(page, []byte("index/javascript")) {
			t.Errorf("host %q: a link runs a script", host)
		}
	}
	if got := crashURL("http://localhost:8000", "0-1"); got != "http://localhost:8000/report/index/0-1" {
		t.Errorf("the crash is at %s", got)
	}
	if got := crashURL("https://crash-stats.example/", "0-1"); got != "https://crash-stats.example/report/index/0-1" {
		t.Errorf("the crash is at %s", got)
	}
}

// quiet fails the test if the page complained, or asked for anything but itself.
func (b *browser) quiet() {
	b.t.Helper()
	for _, c := range b.Complaints {
		b.t.Errorf("the page complains: %s", c)
	}
	for _, url := range b.Requests {
		if !strings.HasPrefix(url, "file:///") && !strings.HasPrefix(url, "data:") {
			b.t.Errorf("the page requests %s", url)
		}
	}
	b.Complaints, b.Requests = nil, nil
}

// act does something in the page, waits for what it puts off, and tells the groups that are shown then: g1 is the first
// of the page as it was written.
func (b *browser) act(script string) (shown []string, status string) {
	b.t.Helper()
	var result struct {
		Shown  []string
		Status string
	}
	b.eval(`(async () => {
		const first = window.first ??= Array.from(document.querySelectorAll("article.group"), (e) => e.id);
		const type = (id, value) => { const e = document.getElementById(id); e.value = value; e.dispatchEvent(new Event("input", {bubbles: true})); };
		const kind = (name) => document.querySelector("input[value=" + name + "]").click();
		`+script+`;
		await new Promise((done) => setTimeout(done, 250));
		return {Shown: Array.from(document.querySelectorAll("article.group:not([hidden])"), (e) => "g" + (first.indexOf(e.id) + 1)), Status: document.getElementById("status").textContent};
	})()`, &result)
	return result.Shown, result.Status
}

// testPage drives the page.
func testPage(t *testing.T, b *browser) {
	b.media(1280, 1000, "light")
	b.open(writePage(t, nasty(), Options{Host: testHost}))
	for _, step := range []struct{ do, shown, status string }{
		{``, "g1 g2 g3 g4 g5", "All 5 groups, 13 crashes"},
		{`type("search", "JS::CALL")`, "g1 g2", "2 of 5 groups, 6 crashes"},
		{`type("search", "js::call somebody")`, "g1", "1 of 5 groups, 4 crashes"},
		{`type("search", "<script>alert(1)")`, "g4", "1 of 5 groups, 5 crashes"},
		{`type("search", "0000012c-0000-4000")`, "g3", "1 of 5 groups, 1 crash"},
		{`type("search", "no such thing")`, "", "0 of 5 groups, 0 crashes"},
		{`document.getElementById("show-all").click()`, "g1 g2 g3 g4 g5", "All 5 groups, 13 crashes"},
		{`kind("renamed")`, "g1 g2 g3", "3 of 5 groups, 7 crashes"},
		{`kind("merged")`, "g2 g3", "2 of 5 groups, 3 crashes"},
		{`document.getElementById("show-all").click()`, "g1 g2 g3 g4 g5", "All 5 groups, 13 crashes"},
		{`type("line", [...document.getElementById("line").options].find((o) => o.text.startsWith("removed")).value)`, "g4", "1 of 5 groups, 5 crashes"},
		{`document.querySelector(".verdicts.decides .to-groups").click()`, "g1 g2 g3", "3 of 5 groups, 7 crashes"},
		{`document.getElementById("show-all").click(); type("rule", "1")`, "g1", "1 of 5 groups, 4 crashes"},
		{`location.hash = first[4]`, "g1 g2 g3 g4 g5", "All 5 groups, 13 crashes"},
	} {
		shown, status := b.act(step.do)
		if strings.Join(shown, " ") != step.shown || status != step.status {
			t.Errorf("%s: shows %v, %q; want %s, %q", step.do, shown, status, step.shown, step.status)
		}
	}
	b.quiet()
	checkOpened(t, b)
	b.quiet()
}

// checkOpened opens the group with the hostile signature and looks at its frames.
func checkOpened(t *testing.T, b *browser) {
	t.Helper()
	var page struct {
		Open      bool
		Old       string
		Rows      [][]string
		Differing int
		Titles    []string
		Scripts   int
		Images    int
		Alerted   bool
		Link      string
	}
	b.eval(`(async () => {
		const [fourth, fifth] = [3, 4].map((i) => document.getElementById(window.first[i]));
		fourth.querySelector("summary").click();
		await new Promise((done) => setTimeout(done, 250));
		const walk = fourth.querySelector(".walk");
		return {
			Open: fifth.querySelector("details").open,
			Old: fourth.querySelector(".old").innerText,
			Rows: Array.from(walk.querySelectorAll("tbody tr"), (r) => Array.from(r.cells, (c) => c.textContent)),
			Differing: walk.querySelectorAll(".differs").length,
			Titles: Array.from(fourth.querySelectorAll("caption"), (c) => c.textContent),
			Scripts: document.scripts.length, Images: document.images.length,
			Alerted: false, Link: fourth.querySelector(".examples a").href,
		};
	})()`, &page)
	if !page.Open {
		t.Error("a link to a group doesn't open it")
	}
	if !strings.Contains(page.Old, hostile) || page.Scripts != 2 || page.Images != 0 {
		t.Errorf("the signature %q, %d scripts, %d images", page.Old, page.Scripts, page.Images)
	}
	want := [][]string{
		{"0", "cut off", "cut", "cut"},
		{"1", "_purecall", `sentinel, prefixsignature_sentinels.txt:2: _purecall  prefix_signature_re.txt:9: a\|b`, `sentinel, prefixsignature_sentinels.txt:2: _purecall  prefix_signature_re.txt:10: a\|b`},
		{"2", hostile + " (treated differently)", "stop", "irrelevantirrelevant_signature_re.txt:57: foo|bar"},
		{"3", "js_Interpretjs_Interpret:12 (treated differently)", "unreached", "stopsignatures_with_line_numbers_re.txt:1: js_Interpret"},
		{"4", `next\x1b[0m`, "unreached", "unreached"},
	}
	if fmt.Sprintf("%q", page.Rows) != fmt.Sprintf("%q", want) || page.Differing != 2 {
		t.Errorf("frames %q, %d differ; want %q", page.Rows, page.Differing, want)
	}
	if fmt.Sprint(page.Titles) != "[Thread 3 Thread 0, walked by the candidate only]" {
		t.Errorf("walks %q", page.Titles)
	}
	if page.Link != testHost+"/report/index/00000000-0000-4000-8000-000000261014" {
		t.Errorf("the example links to %s", page.Link)
	}
}

// testPageExpectations checks that collateral groups come first, that links and frames follow them there,
// and that they can be had alone.
func testPageExpectations(t *testing.T, b *browser) {
	r := expected()
	b.media(1280, 1000, "light")
	b.open(writePage(t, r, Options{Host: testHost}))
	if shown, status := b.act(`document.getElementById("collateral").click()`); strings.Join(shown, " ") != "g1 g2 g3" || status != "3 of 5 groups, 4 crashes" {
		t.Errorf("collateral: shows %v, %q", shown, status)
	}
	var page struct{ Summary, Missed, Linked, Sample string }
	b.eval(`(async () => {
		const link = document.querySelector("a.ribbon"); // of the largest group, which was meant
		location.hash = link.getAttribute("href");
		await new Promise((done) => setTimeout(done, 250));
		const group = document.querySelector(link.getAttribute("href"));
		return {
			Summary: document.querySelector("#expect-title").textContent, Missed: document.querySelector(".missed code").textContent,
			Linked: group.querySelector(".old").innerText, Sample: group.querySelector(".walks code").textContent,
		};
	})()`, &page)
	if !strings.Contains(page.Linked, hostile) || page.Sample != r.Groups[0].Examples[0] {
		t.Errorf("the largest ribbon leads to %q with the frames of %s", page.Linked, page.Sample)
	}
	if page.Missed != hostile+"`|" || page.Summary != r.Expect.Summary() {
		t.Errorf("the page says %q and %q", page.Summary, page.Missed)
	}
	b.eval(`(scrollTo({top: 0, behavior: "instant"}), 0)`, new(int))
	b.screenshot("page-expect")
	b.quiet()
}

// testPageWithoutChanges checks that an empty report is a page too, and one that knows nothing says no number.
func testPageWithoutChanges(t *testing.T, b *browser) {
	for _, test := range []struct {
		totals      compare.Totals
		title, says string
	}{
		{compare.Totals{Crashes: 2, Compared: 2}, "0 of 2 crashes change", "No signature changes."},
		{compare.Totals{}, "There was no crash to compare", "Not known."},
		{compare.Totals{Crashes: 2, Missing: 2}, "No crash could be compared", "Not known."},
		{compare.Totals{Crashes: 2, Compared: 2, WithoutStack: 2}, "2 of 2 crashes have no stack", "Not known."},
	} {
		b.open(writePage(t, &Report{Totals: test.totals}, Options{}))
		var title, head, text string
		var figures bool
		b.eval(`document.querySelector(".tiles") !== null`, &figures)
		b.eval(`document.title`, &title)
		b.eval(`document.querySelector("h1").innerText`, &head)
		b.eval(`document.querySelector("main").innerText`, &text)
		if !strings.HasPrefix(title, "sigdiff: "+test.title) || !strings.HasPrefix(head, test.title) || !strings.Contains(text, test.says) || figures == (test.says == "Not known.") {
			t.Errorf("the page is called %q, is headed %q, and says %q", title, head, text)
		}
	}
	b.quiet()
}

// testPageOfOneGroup checks that one group is shown and found, without a picture of nothing else.
func testPageOfOneGroup(t *testing.T, b *browser) {
	for groups := 1; groups <= 2; groups++ {
		b.open(writePage(t, big(groups), Options{Host: testHost}))
		if _, status := b.act(``); !strings.HasPrefix(status, fmt.Sprintf("All %d group", groups)) {
			t.Errorf("status %q", status)
		}
		var pictures int
		if b.eval(`document.querySelectorAll(".flow").length`, &pictures); pictures != groups-1 {
			t.Errorf("%d groups: %d pictures of what becomes of them", groups, pictures)
		}
	}
	b.quiet()
}

// testPageIsAccessible checks what can be checked without a person: names for everything that can be
// operated, unique ids, and contrast of text in both colour schemes.
func testPageIsAccessible(t *testing.T, b *browser) {
	file := writePage(t, expected(), Options{Host: testHost})
	for _, scheme := range []string{"light", "dark"} {
		for _, width := range []int{320, 400, 1280} {
			b.media(width, 1000, scheme)
			b.open(file)
			var found struct{ Unnamed, Twice, Faint, Wide []string }
			b.eval(accessibility, &found)
			if len(found.Unnamed)+len(found.Twice)+len(found.Faint)+len(found.Wide) > 0 {
				t.Errorf("%s, %d wide: without a name %v, ids twice %v, too faint %v, too wide %v",
					scheme, width, found.Unnamed, found.Twice, found.Faint, found.Wide)
			}
			b.screenshot(fmt.Sprintf("page-%s-%d", scheme, width))
		}
	}
	b.onPaper(".flow")
	b.quiet()
}

// accessibility opens everything and looks for what is wrong. Contrast is WCAG's, 4.5 at least.
const accessibility = `(async () => {
	document.querySelectorAll("details").forEach((d) => { d.open = true; });
	await new Promise((done) => setTimeout(done, 300));
	const name = (e) => (e.getAttribute("aria-label") || e.labels?.[0]?.textContent || e.textContent).trim();
	const ids = Array.from(document.querySelectorAll("[id]"), (e) => e.id);
	ids.push(...Array.from(document.querySelectorAll("section[aria-labelledby], [role=region]"), (e) => "a region by " + e.getAttribute("aria-labelledby")));
	const color = (text) => (text.match(/[\d.]+/g) || []).map(Number);
	const light = (c) => c.slice(0, 3).map((v) => v / 255).map((v) => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
		.reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
	const behind = (e) => {
		for (; e; e = e.parentElement) {
			const c = color(getComputedStyle(e).backgroundColor);
			if (c.length === 3 || c[3] === 1) return c;
		}
		return [255, 255, 255];
	};
	const faint = new Set();
	const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	while (texts.nextNode()) {
		const e = texts.currentNode.parentElement;
		if (!texts.currentNode.data.trim() || !e.checkVisibility() || e.closest("svg, script, noscript, .sr, option, optgroup")) continue;
		const [a, b] = [light(color(getComputedStyle(e).color)), light(behind(e))].sort((x, y) => y - x);
		if ((a + .05) / (b + .05) < 4.5) faint.add(e.tagName + "." + e.className + " " + ((a + .05) / (b + .05)).toFixed(1));
	}
	return {
		Unnamed: Array.from(document.querySelectorAll("a, button, input, select, summary, [role=group]")).filter((e) => !name(e) && !e.hasAttribute("aria-labelledby")).map((e) => e.outerHTML),
		Twice: ids.filter((id, i) => ids.indexOf(id) !== i),
		Faint: [...faint],
		Wide: document.documentElement.scrollWidth > document.documentElement.clientWidth ? [document.documentElement.scrollWidth + "px"] : [],
	};
})()`

// testPageOfManyGroups checks that 5,000 groups are searched and opened, and that large figures have room in a window in which
// all is four times as large. How long it takes is measured by BenchmarkPage.
func testPageOfManyGroups(t *testing.T, b *browser) {
	b.media(1280, 1000, "dark")
	r := big(5000)
	r.Totals.SignaturesBase, r.Totals.SignaturesCandidate = 12345, 12346
	b.open(writePage(t, r, Options{Host: testHost}))
	if _, status := b.act(``); !strings.HasPrefix(status, "All 5,000 groups, ") {
		t.Errorf("status %q", status)
	}
	if shown, _ := b.act(`type("search", "before4321")`); len(shown) != 1 {
		t.Errorf("shows %v", shown)
	}
	if shown, _ := b.act(`document.getElementById("show-all").click(); type("rule", "0")`); len(shown) != 500 {
		t.Errorf("shows %d groups, want 500", len(shown))
	}
	b.screenshot("page-5000")
	b.media(320, 256, "dark")
	var wide []int
	if b.eval(`[document.documentElement.scrollWidth, document.documentElement.clientWidth]`, &wide); wide[0] > wide[1] {
		t.Errorf("%d wide, in %d", wide[0], wide[1])
	}
	b.quiet()
}

func BenchmarkPage(b *testing.B) {
	r := big(5000)
	for b.Loop() {
		b.SetBytes(int64(len(render(b, "html", r, Options{Host: testHost}))))
	}
}
