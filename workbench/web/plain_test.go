package web

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"testing"
)

// plain tells whether the page shows what an answer has, to the letter and in its order: as if all of it were drawn afresh.
const plain = `(() => {
	const parse = (html) => {
		const made = document.createElement("template");
		made.innerHTML = html;
		return made.content;
	};
	const said = (article) => {
		const kept = article.cloneNode(true);
		for (const added of kept.querySelectorAll(".suggested, .walks")) added.remove();
		return [kept.id, kept.className, kept.dataset.crashes, kept.querySelector("summary").innerHTML, kept.querySelector(".body").innerHTML.trim()].join("\n");
	};
	const all = (articles) => Array.from(articles, said).join("\n");
	window.expect = async (rows) => {
		const answer = await fetch("/edit", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ rows }) });
		const report = (await answer.text()).split("\n").filter(Boolean).map((line) => JSON.parse(line)).find((one) => one.part === "report");
		window.expected = { title: report.headline, groups: all(parse((report.groups ?? []).map((group) => group.html).join("")).children), below: report.below };
		return report.groups?.length ?? 0;
	};
	window.isPlain = () => document.title === expected.title && all(document.getElementById("list").children) === expected.groups &&
		document.getElementById("below").textContent === parse(expected.below).textContent && !document.body.classList.contains("waiting");
	return 0;
})()`

// testPageIsPlain: a page that went from edit to edit, with open groups, shows of each what a fresh one would.
func testPageIsPlain(t *testing.T, b *browsed) {
	b.url = madeUp(t, 300).URL
	b.Open(b.url + "/")
	b.Eval(plain, new(int))
	random := rand.New(rand.NewPCG(3, 4))
	lines := []string{"mozilla::", "mozilla::d", "mozilla::dom", "m", "js::", "js::jit", ".*", "ns", "zzz", "NS_"}
	most := 0
	for range 25 {
		list, line := []string{"prefix", "prefix", "irrelevant", "sentinels"}[random.IntN(4)], lines[random.IntN(len(lines))]
		b.run(fmt.Sprintf(`location.hash = %q`, "#edit="+url.QueryEscape("+ "+list+" "+line)))
		var groups int
		b.Eval(fmt.Sprintf(`expect([{ sign: "+", list: %q, text: %q }])`, list, line), &groups)
		b.wait(`isPlain()`)
		b.run(`Array.from(document.querySelectorAll("article summary")).filter((_, i) => i % 7 === 0).forEach((summary) => summary.click())`)
		most = max(most, groups)
	}
	if most < 50 {
		t.Errorf("%d groups at most", most)
	}
	b.quiet()
}
