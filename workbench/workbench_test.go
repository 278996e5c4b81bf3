package workbench

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	suggestlines "github.com/sigdiff/sigdiff/engine/suggest"
	"github.com/sigdiff/sigdiff/siglists"
)

func TestRows(t *testing.T) {
	_, s := newTest(t)
	at := func(n int) *int { return &n }
	for name, test := range map[string]struct {
		rows     []row
		want     []rowState
		headline string
	}{
		"a line": {
			[]row{{"+", "prefix", "poll"}},
			[]rowState{{Frames: 1, Crashes: 12, Shown: []seen{{"poll", "", 12}}}},
			"12 of 17 crashes change",
		},
		"the matched part": {
			[]row{{"+", "irrelevant", `Wait::\w`}},
			[]rowState{{Frames: 2, Crashes: 10, Shown: []seen{{"Wait::o", "ne", 7}, {"Wait::t", "wo", 3}}}},
			"0 of 17 crashes change",
		},
		"syntax": {
			[]row{{"+", "prefix", "po(ll"}, {"+", "prefix", "poll"}},
			[]rowState{{Problem: "missing ), unterminated subpattern", At: at(2), Shown: []seen{}}, {Frames: 1, Crashes: 12, Shown: []seen{{"poll", "", 12}}}},
			"12 of 17 crashes change, without 1 line that does not count",
		},
		"not with the others": {
			[]row{{"+", "prefix", "(?i)POLL"}, {"+", "prefix", "(?i)zz"}},
			[]rowState{
				{Frames: -1, Warning: entangled, Shown: []seen{}},
				{Problem: "global flags not at the start of the expression at position 0", Shown: []seen{}},
			},
			"12 of 17 crashes change, without 1 line that does not count",
		},
		"behind a flag": {
			[]row{{"+", "prefix", "(?i)POLL"}, {"+", "prefix", `KERNELBASE\.dll`}},
			[]rowState{{Frames: -1, Warning: entangled, Shown: []seen{}}, {Frames: -1, Warning: entangled, Shown: []seen{}}},
			"12 of 17 crashes change",
		},
		"removed": {
			[]row{{"-", "prefix", "gone"}},
			[]rowState{{Frames: 1, Crashes: 4, Shown: []seen{{"gone", "", 4}}}},
			"4 of 17 crashes change",
		},
		"there, and not there": {
			[]row{{"+", "prefix", "gone"}, {"-", "prefix", "nothing"}, {"+", "nowhere", "x"}, {"+", "prefix", " "}, {"+", "prefix", "# x"}},
			[]rowState{
				{Problem: "the list has this line already", Shown: []seen{}},
				{Problem: "the list has no such line", Shown: []seen{}},
				{Problem: `"nowhere" is no list; the lists are prefix, irrelevant, sentinels and line-numbers`, Shown: []seen{}},
				{Empty: true, Shown: []seen{}},
				{Problem: `"# x" is no line of a list: an empty line and a comment change nothing, and a line has no end within`, Shown: []seen{}},
			},
			"0 of 17 crashes change, without 4 lines that do not count",
		},
		"twice": {
			[]row{{"+", "sentinels", "Wait::two"}, {"+", "sentinels", "Wait::two"}},
			[]rowState{{Frames: 1, Crashes: 3, Shown: []seen{{"Wait::two", "", 3}}}, {Problem: "the same line stands above", Shown: []seen{}}},
			"3 of 17 crashes change, without 1 line that does not count",
		},
	} {
		t.Run(name, func(t *testing.T) {
			pieces := ask(t, s, test.rows...)
			if diff := cmp.Diff(test.want, pieces["rows"].Rows, cmpopts.IgnoreUnexported(rowState{})); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			for _, name := range []string{"groups", "report"} {
				if got := pieces[name].Headline; got != test.headline {
					t.Errorf("%s: %q, want %q", name, got, test.headline)
				}
			}
			if _, ended := pieces["end"]; !ended {
				t.Errorf("it ends with %+v", pieces["error"])
			}
		})
	}
}

func TestAnswer(t *testing.T) {
	_, s := newTest(t)
	pieces := ask(t, s, row{"+", "irrelevant", "poll"}, row{"+", "prefix", "d::run"}, row{"+", "prefix", "zzz"})
	want := []string{
		"decides; 12 crashes: 2 signatures → 3; with leading underscores it would also match 1 frame, such as __poll (2 crashes)",
		"not reached; its frames stand in 2 crashes, always where the signature has ended, or has not begun; c::run stops before",
		"not in these crashes",
	}
	if diff := cmp.Diff(want, pieces["report"].Texts); diff != "" {
		t.Errorf("texts (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]string{"as prefix: 12 change, 0 merge", "as irrelevant: 12 change, 0 merge", "as irrelevant: 12 change, 0 merge"}, pieces["other"].Texts); diff != "" {
		t.Errorf("in the other list (-want +got)\n%s", diff)
	}
	if got := pieces["report"]; len(got.Groups) != strings.Count(got.HTML, "<article") || len(got.Groups) == 0 {
		t.Errorf("%d groups described, %d shown", len(got.Groups), strings.Count(got.HTML, "<article"))
	}
	if pieces["rows"].Concerns != 14 || pieces["rows"].Of != 17 {
		t.Errorf("%+v", pieces["rows"])
	}
}

// TestHostileText: what crashes, lines and errors hold is text, wherever it is shown.
func TestHostileText(t *testing.T) {
	_, s := newTest(t)
	for _, html := range []string{
		ask(t, s, row{"+", "prefix", "c::run"})["report"].HTML,
		first(send(t, http.MethodGet, s.URL+"/pr/8", "")),
	} {
		if strings.Contains(html, "<script>alert") || strings.Contains(html, "<b>here") {
			t.Error(html)
		}
	}
	if html := ask(t, s, row{"+", "prefix", "c::run"})["report"].HTML; !strings.Contains(html, "&lt;script&gt;alert(1)") {
		t.Error(html)
	}
}

func first(_ int, text string, _ http.Header) string { return text }

func TestOutputs(t *testing.T) {
	_, s := newTest(t)
	edit := "edit=" + url.QueryEscape("+ prefix poll\n- prefix gone\n")
	id := func(n int) string { return "aaaaaaaa-bbbb-4ccc-8ddd-00000" + string(rune('0'+n)) + "150101" }
	for path, want := range map[string]string{
		"/edit.txt?" + edit:    "+ prefix poll\n- prefix gone\n",
		"/command.txt?" + edit: "sigdiff diff --base base --add prefix:poll --remove prefix:gone --corpus made-up\n",
		"/edit.patch?" + edit:  "+++ b/lists/prefix_signature_re.txt\n",
		"/report.md?" + edit:   "crashes compared",
		"/report.html?" + edit: "<!doctype html>",
		"/report.json?" + edit: `"candidate": "poll | Wait::two"`,
		"/expected.csv?" + edit + "&meant=" + url.QueryEscape("poll\npoll | Wait::two") + "&not=" + url.QueryEscape("gone | poll\ngone"): "crash_id,signature\n",
	} {
		status, text, _ := send(t, http.MethodGet, s.URL+path, "")
		if status != http.StatusOK || !strings.Contains(text, want) {
			t.Errorf("%s: %d %s", path, status, text)
		}
		if strings.HasPrefix(path, "/expected") && (!strings.Contains(text, id(5)+",poll | Wait::two\n") || strings.Count(text, ",gone | poll\n") != 4) {
			t.Errorf("expected: %s", text)
		}
	}
	for path, want := range map[string]string{
		"/edit.patch?edit=x": "is not", "/report.json?edit=%2B+prefix+gone": "is there already", "/report.json?edit=%2B+prefix+(": "missing )",
	} {
		if status, text, _ := send(t, http.MethodGet, s.URL+path, ""); status != http.StatusBadRequest || !strings.Contains(text, want) {
			t.Errorf("%s: %d %s", path, status, text)
		}
	}
}

// TestWhoMayAsk: other sites' pages get no answer, and nobody frames the page.
func TestWhoMayAsk(t *testing.T) {
	_, s := newTest(t)
	for _, test := range []struct {
		method, path string
		headers      []string
		status       int
	}{
		{http.MethodGet, "/", nil, 200},
		{http.MethodGet, "/pr/7", nil, 200},
		{http.MethodGet, "/pr/7", []string{"Sec-Fetch-Dest", "document", "Sec-Fetch-Site", "cross-site"}, 200},
		{http.MethodGet, "/pr/7", []string{"Sec-Fetch-Dest", "image", "Sec-Fetch-Site", "cross-site"}, 403},
		{http.MethodGet, "/pr/8", nil, 404},
		{http.MethodGet, "/pr/x", nil, 404},
		{http.MethodGet, "/pr", nil, 404},
		{http.MethodGet, "/", []string{"Host", "evil.example"}, 403},
		{http.MethodPost, "/edit", []string{"Host", "evil.example"}, 403},
		{http.MethodPost, "/edit", []string{"Origin", "https://evil.example"}, 403},
		{http.MethodPost, "/edit", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{http.MethodPost, "/edit", []string{"Content-Type", "text/plain"}, 415},
		{http.MethodPost, "/edit", nil, 400},
		{http.MethodPost, "/walk", []string{"Sec-Fetch-Site", "same-site"}, 403},
		{http.MethodGet, "/edit", nil, 405},
		{http.MethodGet, "/report.json?edit=", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{http.MethodGet, "/report.json?edit=", []string{"Sec-Fetch-Site", "same-origin"}, 200},
	} {
		status, text, header := send(t, test.method, s.URL+test.path, "", test.headers...)
		if status != test.status {
			t.Errorf("%s %s %v: %d, want %d: %.300s", test.method, test.path, test.headers, status, test.status, text)
		}
		if test.path == "/" && status == 200 && header.Get("Content-Security-Policy") != policy {
			t.Errorf("%s: %v", test.path, header)
		}
	}
}

// TestPull: the page begins with the lines of the pull request.
func TestPull(t *testing.T) {
	_, s := newTest(t)
	_, text, _ := send(t, http.MethodGet, s.URL+"/pr/7", "")
	if want := `data-edit="[{&#34;sign&#34;:&#34;&#43;&#34;,&#34;list&#34;:&#34;prefix&#34;,&#34;text&#34;:&#34;poll&#34;},{&#34;sign&#34;:&#34;-&#34;`; !strings.Contains(text, want) {
		t.Error(text)
	}
}

// TestGivenUp: an edit whose page asks for another has no answer, and its turn is over.
func TestGivenUp(t *testing.T) {
	w, _ := newTest(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 2 * atOnce {
		r := httptest.NewRequest(http.MethodPost, "/edit", strings.NewReader(`{"seq":1,"rows":[{"sign":"+","list":"prefix","text":"poll"}]}`)).WithContext(ctx)
		answer := httptest.NewRecorder()
		w.answer(answer, r)
		if text := answer.Body.String(); strings.Contains(text, `"report"`) || !strings.Contains(text, `"piece":"error"`) || len(w.slots) != 0 {
			t.Errorf("%d slots are held after %s", len(w.slots), text)
		}
	}
}

// TestSuggest: the lines are those of sigdiff suggest for the siglists with the edit.
func TestSuggest(t *testing.T) {
	w, s := newTest(t)
	suggest := func(signature string, rows ...row) (status int, got suggested) {
		body, err := json.Marshal(map[string]any{"rows": rows, "signature": signature})
		if err != nil {
			t.Fatal(err)
		}
		status, text, _ := send(t, http.MethodPost, s.URL+"/suggest", string(body))
		if err := json.Unmarshal([]byte(text), &got); err != nil {
			t.Fatal(err)
		}
		if status != http.StatusOK {
			got.Title = text
		}
		return status, got
	}
	status, got := suggest("poll")
	want := suggested{
		Title: "1 line parts the signature into 2, entropy 0.95 bits",
		Steps: []suggestedStep{{"prefix", []string{"poll"}, "8 crashes end there; 1 caller in other crashes: c::run; entropy 0.95 bits then"}},
	}
	if diff := cmp.Diff(want, got); status != http.StatusOK || diff != "" {
		t.Errorf("%d (-want +got)\n%s", status, diff)
	}
	edit, err := w.edit(nil, []siglists.Change{{Line: siglists.Line{List: siglists.Irrelevant, Text: "poll"}, Added: true}})
	if err != nil {
		t.Fatal(err)
	}
	found, err := suggestlines.PartLoaded(t.Context(), w.Base.Table(), edit.side, "Wait::one")
	if err != nil {
		t.Fatal(err)
	}
	if _, got := suggest("Wait::one", row{"+", "irrelevant", "poll"}); cmp.Diff(newSuggested(found), got) != "" {
		t.Errorf("(-want +got)\n%s", cmp.Diff(newSuggested(found), got))
	}
	if status, got := suggest("Wait::one"); status != http.StatusBadRequest || !strings.Contains(got.Title, "no crash has the signature") {
		t.Errorf("%d %+v", status, got)
	}
}
