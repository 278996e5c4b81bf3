package report

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/siglists"
)

// A group is linked by its signatures alone: in whatever report it is, and wherever it stands there.
func TestGroupIDs(t *testing.T) {
	pairs := []compare.Pair{{Base: "a", Candidate: "b"}, {Base: "b", Candidate: "a"}, {Base: "a\x00b"}, {Base: "a", Candidate: "\x00b"}, {Base: `a" "b`}, {}}
	seen := map[string]compare.Pair{}
	for _, p := range pairs {
		id := GroupID(p)
		if other, twice := seen[id]; twice {
			t.Errorf("%q and %q have the id %s", p, other, id)
		}
		seen[id] = p
	}
	few, many := newOutline(big(20)), newOutline(big(40))
	for _, g := range few.Groups {
		for _, other := range many.Groups {
			if (g.Pair == other.Pair) != (g.ID == other.ID) {
				t.Errorf("%q has the id %s, and %q %s", g.Pair, g.ID, other.Pair, other.ID)
			}
		}
	}
}

func TestLinked(t *testing.T) {
	const repository = "https://github.com/mozilla-services/socorro"
	for _, c := range []struct{ repository, text, want string }{
		{repository, "Bug 1234567 - Add a::b (#7212)", "Bug [1234567](bug) - Add a::b ([#7212](pull))"},
		{repository, "Merge pull request #4638 from willkg/1496732-mbrtoc32", "Merge pull request [#4638](pull) from willkg/[1496732](bug)-mbrtoc32"},
		{repository, "fix bug #12345", "fix bug #[12345](bug)"},
		{"", "Bug 1234567 (#7212)", "Bug [1234567](bug) (#7212)"},
		{repository, "nothing here, not 12345 nor a#12", "nothing here, not 12345 nor a#12"},
		{repository, "", ""},
	} {
		var got strings.Builder
		for _, l := range linked(c.repository, c.text) {
			switch number := strings.TrimPrefix(l.Text, "#"); l.URL {
			case "":
				got.WriteString(l.Text)
			case bugAddress + number:
				fmt.Fprintf(&got, "[%s](bug)", l.Text)
			case repository + "/pull/" + number:
				fmt.Fprintf(&got, "[%s](pull)", l.Text)
			default:
				t.Errorf("%q: %q leads to %s", c.text, l.Text, l.URL)
			}
		}
		if got.String() != c.want {
			t.Errorf("%q: %s, want %s", c.text, got.String(), c.want)
		}
	}
}

// Where the web is said to have a commit, its lines are linked; elsewhere nothing is.
func TestLineURLs(t *testing.T) {
	side := Side{Revision: "abc", Repository: "https://github.com/mozilla-services/socorro", Folder: "socorro/signature/siglists"}
	if got, want := side.lineURL(line(siglists.Prefix, 9, "x")), side.Repository+"/blob/abc/socorro/signature/siglists/prefix_signature_re.txt#L9"; got != want {
		t.Errorf("the line is at %s, want %s", got, want)
	}
	for _, s := range []Side{{}, {Revision: "abc"}, {Repository: side.Repository, Folder: side.Folder}} {
		if got := s.lineURL(line(siglists.Prefix, 9, "x")) + commitURL(s.Repository, s.Revision); got != "" {
			t.Errorf("%+v: the line is at %s", s, got)
		}
	}
	p := newPage(&Report{Base: side}, "")
	for added, want := range map[bool]string{false: side.lineURL(line(siglists.Prefix, 9, "x")), true: ""} {
		if got := p.LineURL(lineOutline{Verdict: compare.Verdict{Change: siglists.Change{Line: line(siglists.Prefix, 9, "x"), Added: added}}}); got != want {
			t.Errorf("added %v: the line is at %s", added, got)
		}
	}
}

func TestSignatureURL(t *testing.T) {
	const want = "https://crash-stats.example/signature/?date=%3E%3D2026-10-01&date=%3C2026-11-01&signature="
	if got := signatureURL("https://crash-stats.example/", Corpus{First: "2026-10-01", Last: "2026-10-31"}); got != want {
		t.Errorf("signatures are at %s, want %s", got, want)
	}
	for _, host := range []string{"", "javascript:alert(1)//", "crash-stats.example"} {
		if got := signatureURL(host, Corpus{}); got != "" {
			t.Errorf("host %q: signatures are at %s", host, got)
		}
	}
}

// Links land on what they name: below the bar, open, whatever is folded or was filtered away.
func testPageLinksLand(t *testing.T, b *browser) {
	b.media(1280, 800, "light")
	r := big(300)
	o := newOutline(r)
	page := writePage(t, r, Options{Host: testHost})
	b.open(page + "#" + o.Groups[190].ID)
	checkLanded(t, b, "at the start", o.Groups[190].ID)
	for _, step := range []struct{ name, do, id string }{
		{"a link", "", o.Groups[280].ID},
		{"a link past a filter", `type("search", "no such thing")`, o.Groups[37].ID},
		{"a folded line", "", lineID(r.Lines[400].Change)},
	} {
		b.act(step.do)
		b.act(fmt.Sprintf("location.hash = %q", step.id))
		checkLanded(t, b, step.name, step.id)
	}
	b.media(400, 800, "dark")
	b.open("/dev/null") // the page would be the same
	b.open(page + "#" + o.Groups[170].ID)
	checkLanded(t, b, "narrow", o.Groups[170].ID)
	// The address is of what is shown: not of where one came from, if a filter hides that since.
	filtered, _ := b.act(fmt.Sprintf(`type("search", document.querySelector("article:not(#%s) .examples :is(a, code)").textContent)`, o.Groups[170].ID))
	var address string
	b.eval(`location.hash`, &address)
	b.open("/dev/null")
	b.open(page + address)
	if shown, _ := b.act(``); len(filtered) == 0 || len(filtered) == 300 || !slices.Equal(shown, filtered) {
		t.Errorf("%s shows %v, want %v", address, shown, filtered)
	}
	b.open("/dev/null")
	b.open(page + "#%E0%A4%A?sort=toString&line=%")
	if shown, _ := b.act(``); len(shown) != 300 {
		t.Errorf("an address that makes no sense: %d groups shown", len(shown))
	}
	b.quiet()
}

func checkLanded(t *testing.T, b *browser, name, id string) {
	t.Helper()
	var at struct {
		Gap  float64
		Open bool
		Hash string
	}
	b.eval(fmt.Sprintf(`(async () => {
		await new Promise((done) => setTimeout(done, 600));
		const target = document.getElementById(%q);
		return {
			Gap: target.getBoundingClientRect().top - document.getElementById("searchbar").getBoundingClientRect().bottom,
			Open: (target.querySelector("summary")?.parentElement ?? target.closest("details") ?? {open: true}).open, Hash: location.hash,
		};
	})()`, id), &at)
	if at.Gap < 0 || at.Gap > 40 || !at.Open || at.Hash != "#"+id {
		t.Errorf("%s: %.0f px below the bar, open %v, address %s", name, at.Gap, at.Open, at.Hash)
	}
}

// What is searched for, filtered and sorted by is in the address, and comes back from there.
func testPageAddress(t *testing.T, b *browser) {
	b.media(1280, 1000, "light")
	r := nasty()
	page := writePage(t, r, Options{Host: testHost})
	name := map[string]string{}
	for i, g := range newOutline(r).Groups {
		name[g.ID] = fmt.Sprintf("g%d", i+1)
	}
	shown := func() string {
		var ids []string
		b.act(``) // what is put off
		b.eval(`Array.from(document.querySelectorAll("article.group:not([hidden])"), (e) => e.id)`, &ids)
		for i, id := range ids {
			ids[i] = name[id]
		}
		return strings.Join(ids, " ")
	}
	b.open(page)
	for _, step := range []struct{ do, shown, hash string }{
		{`type("search", "js::call")`, "g1 g2", "#?q=js%3A%3Acall"},
		{`kind("merged")`, "g2", "#?q=js%3A%3Acall&kind=renamed+split+mixed"},
		{`type("search", ""); type("sort", "crashes")`, "g4 g2 g3 g5", "#?kind=renamed+split+mixed&sort=crashes"},
		{`document.getElementById("show-all").click()`, "g1 g2 g3 g4 g5", ""},
		{`type("sort", "crashes")`, "g4 g1 g2 g3 g5", "#?sort=crashes"},
		{`type("rule", [...document.getElementById("rule").options].find((o) => o.text.startsWith("+OOM")).value)`, "g1", "#?sort=crashes&rule=%2BOOM+%7C+large"},
	} {
		b.act(step.do)
		got := shown()
		var hash string
		b.eval(`location.hash`, &hash)
		if got != step.shown || hash != step.hash {
			t.Errorf("%s: shows %s at %s; want %s at %s", step.do, got, hash, step.shown, step.hash)
		}
		b.open("/dev/null")
		b.open(page + hash)
		if again := shown(); again != got {
			t.Errorf("%s: the page at %s shows %s, want %s", step.do, hash, again, got)
		}
	}
	b.quiet()
}

// testPageKeys goes through the page without a mouse.
func testPageKeys(t *testing.T, b *browser) {
	b.media(1280, 1000, "light")
	r := nasty()
	ids := newOutline(r).Groups
	b.open(writePage(t, r, Options{Host: testHost}))
	b.act(`Object.defineProperty(navigator, "clipboard", {value: {writeText: async (text) => { window.copied = text; }}})`)
	b.act(`window.told = []; new MutationObserver(() => told.push(document.getElementById("status").textContent)).observe(document.getElementById("status"), {childList: true})`)
	focused := func() string { return `document.activeElement.closest("article")?.id ?? document.activeElement.id` }
	for _, step := range []struct{ key, ask, want string }{
		{"j", focused(), ids[0].ID},
		{"j", focused(), ids[1].ID},
		{"k", focused(), ids[0].ID},
		{"k", focused(), ids[0].ID},
		{"y", `copied.split("#")[1]`, ids[0].ID},
		{"y", `(async () => { while (!told.includes("The link is copied.")) await new Promise((done) => setTimeout(done, 20)); return ""; })()`, ""},
		{"Enter", `String(document.activeElement.closest("details").open)`, "true"},
		{"/", focused(), "search"},
		{"j", `document.getElementById("search").value`, "j"},
		{"s", `document.getElementById("search").value`, "js"},
		{"Enter", focused(), ids[0].ID},
		{"/", focused(), "search"},
		{"Escape", focused(), ""},
		{"?", `String(document.getElementById("help").open)`, "true"},
		{"j", `String(document.getElementById("help").open)`, "true"},
		{"Escape", `String(document.getElementById("help").open)`, "false"},
	} {
		b.press(step.key)
		var got string
		b.eval(step.ask, &got)
		if got != step.want {
			t.Errorf("after %s: %s is %q, want %q", step.key, step.ask, got, step.want)
		}
	}
	// What is in an opened group comes when the browser gets to it.
	b.act(`for (let i = 0; i < 500 && !document.querySelector(".copies"); i++) await new Promise((done) => setTimeout(done, 20))`)
	for label, want := range map[string]string{"signature before": ids[0].Base, "signature after": ids[0].Candidate, "crash id": ids[0].Examples[0]} {
		b.act(fmt.Sprintf(`[...document.querySelectorAll(".copies button")].find((b) => b.textContent === %q).click()`, label))
		var got string
		b.eval(`copied`, &got)
		if got != Visible(want) {
			t.Errorf("%s: copied %q, want %q", label, got, want)
		}
	}
	b.act(`document.querySelector("#made-by button").click()`)
	var got string
	if b.eval(`copied`, &got); got != r.Command {
		t.Errorf("copied %q, want %q", got, r.Command)
	}
	b.quiet()
}

// press presses a key and releases it.
func (b *browser) press(key string) {
	b.t.Helper()
	down := map[string]any{"type": "keyDown", "key": key}
	if len(key) == 1 {
		down["text"] = key
	} else if key == "Enter" {
		down["text"], down["windowsVirtualKeyCode"] = "\r", 13
	} else if key == "Escape" {
		down["windowsVirtualKeyCode"] = 27
	}
	b.call("Input.dispatchKeyEvent", down, nil)
	b.call("Input.dispatchKeyEvent", map[string]any{"type": "keyUp", "key": key}, nil)
}
