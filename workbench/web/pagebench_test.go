package web

import (
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/internal/browsertest"
	"github.com/sigdiff/sigdiff/internal/madeup"
	"github.com/sigdiff/sigdiff/serve"
	"github.com/sigdiff/sigdiff/siglists"
)

// measure defines what measures a key: from its event to what is painted with the report that it leads to, and to the end of
// the answer.
const measure = `(() => {
	const parse = JSON.parse;
	let came = {};
	JSON.parse = (text) => {
		const value = parse(text);
		came[value?.part]?.();
		return value;
	};
	const next = (part) => new Promise((done) => { came[part] = () => requestAnimationFrame(() => {
		const behind = new MessageChannel();
		behind.port1.onmessage = done;
		behind.port2.postMessage(0);
	}); });
	window.key = () => {
		const typed = new Promise((done) => addEventListener("keydown", done, { once: true, capture: true }));
		// Where no line counts, such as one that the base has, nothing is the answer, and no report comes.
		const ended = Promise.race([next("end"), next("nothing")]);
		window.painted = Promise.race([next("report"), ended]).then(() => typed).then((event) => performance.now() - event.timeStamp);
		window.ended = ended.then(() => 0);
		return 0;
	};
	return 0;
})()`

// madeUp serves a workbench over made-up crashes.
func madeUp(b testing.TB, crashCount int) *httptest.Server {
	b.Helper()
	_, lists, _ := madeup.Demo()
	set, err := siglists.Load(lists)
	if err != nil {
		b.Fatal(err)
	}
	var crashes crashdata.Crashes
	for _, doc := range madeup.Generate(1, crashCount, madeup.Shape{}) {
		c, err := crashdata.ParseProcessed(doc)
		if err != nil {
			b.Fatal(err)
		}
		crashes = append(crashes, c)
	}
	return newTestOver(b, set, crashes, serve.DefaultLimits())
}

// BenchmarkPage types lines into the page in Chromium, and tells how long it is from a key to the report. The page may be
// that of a server or of a site, at $SIGDIFF_WORKBENCH. It is run by make bench-page.
func BenchmarkPage(b *testing.B) {
	if os.Getenv("SIGDIFF_BENCH_PAGE") == "" {
		b.Skip("skipped: make bench-page runs it")
	}
	address := os.Getenv("SIGDIFF_WORKBENCH")
	if address == "" {
		address = madeUp(b, 17_000).URL
	}
	page := browsertest.Start(b).Page(b)
	page.Media(1280, 1000, "light")
	began := time.Now()
	page.Open(address)
	until := func(expression string) {
		for is := false; !is; time.Sleep(5 * time.Millisecond) {
			page.Eval("Boolean("+expression+")", &is)
		}
	}
	until(`document.querySelector("#lists button")`)
	ready := time.Since(began).Seconds()
	page.Eval(measure, new(int))
	spent := func() map[string]float64 {
		var metrics struct {
			Metrics []struct {
				Name  string  `json:"name"`
				Value float64 `json:"value"`
			} `json:"metrics"`
		}
		page.Call("Performance.getMetrics", nil, &metrics)
		of := map[string]float64{}
		for _, m := range metrics.Metrics {
			of[m.Name] = m.Value
		}
		return of
	}
	page.Call("Performance.enable", map[string]any{"timeDomain": "threadTicks"}, nil)
	before := spent()
	var keys []float64
	for b.Loop() {
		for _, line := range []string{"mozilla::layers", "js::Run", "NS_", "poll", "core::", "memset"} {
			page.Press("a", "KeyA", false)
			page.Eval(`(document.querySelector(".row:last-child .line").focus(), 0)`, new(int))
			for _, letter := range strings.Split(line, "") {
				var took float64
				page.Eval(`key()`, new(int))
				page.Type(letter)
				page.Eval(`window.painted`, &took)
				keys = append(keys, took)
				page.Eval(`window.ended`, new(int))
			}
			page.Press("Escape", "Escape", false)
			page.Eval(`(document.querySelector(".row:last-child .drop").click(), document.activeElement.blur(), 0)`, new(int))
		}
	}
	after := spent()
	for _, name := range []string{"TaskDuration", "ScriptDuration", "RecalcStyleDuration", "LayoutDuration"} {
		b.ReportMetric(1000*(after[name]-before[name])/float64(len(keys)), "ms-"+name)
	}
	slices.Sort(keys)
	b.ReportMetric(ready, "s-to-ready")
	b.ReportMetric(keys[len(keys)/2], "ms-median")
	b.ReportMetric(keys[len(keys)*95/100], "ms-p95")
	b.ReportMetric(float64(len(keys)), "keys")
}
