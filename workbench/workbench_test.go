package workbench

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	suggestlines "github.com/sigdiff/sigdiff/engine/suggest"
	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists"
)

// TestNothingKnown: of crashes without a stack nothing is known, whichever list a line is in.
func TestNothingKnown(t *testing.T) {
	crash, err := crashdata.ParseProcessed([]byte(`{"uuid": "aaaaaaaa-bbbb-4ccc-8ddd-000001261001"}`))
	if err != nil {
		t.Fatal(err)
	}
	w := newTest(t)
	if w.Base, err = NewBase(t.Context(), crashdata.Crashes{crash}, signatures.NewGenerator(w.Lists.Set, signatures.DefaultRules()), 1); err != nil {
		t.Fatal(err)
	}
	parts := ask(t, w, Row{"+", "prefix", "poll"})
	if text := parts["end"].Texts[0]; text != "" || parts["report"].Headline != "1 of 1 crash has no stack" {
		t.Errorf("%q, and of the other list %q", parts["report"].Headline, text)
	}
}

func TestRows(t *testing.T) {
	w := newTest(t)
	poll := "matches 1 of 11 frames, in 12 crashes: [poll]"
	for name, test := range map[string]struct {
		rows     []Row
		want     []string // matched parts in brackets
		headline string
	}{
		"a line":        {[]Row{{"+", "prefix", "poll"}}, []string{poll}, "12 of 17 crashes change"},
		"a source line": {[]Row{{"+", "line-numbers", "poll"}}, []string{poll}, "12 of 17 crashes change"},
		"the matched part": {
			[]Row{{"+", "irrelevant", `Wait::\w`}},
			[]string{"matches 2 of 11 frames, in 10 crashes: [Wait::o]ne, [Wait::t]wo"},
			"0 of 17 crashes change",
		},
		"many frames": {
			[]Row{{"+", "irrelevant", "[a-zA-Z]+::"}},
			[]string{"matches 6 of 11 frames, in 17 crashes: [Wait::]one, [a::]run, [c::]run, ..."},
			"1 of 17 crashes change",
		},
		"syntax": {
			[]Row{{"+", "prefix", " po(ll "}, {"+", "prefix", "poll"}, {"+", "prefix", "<é>("}, {"+", "prefix", "a**"}},
			[]string{
				"missing ), unterminated subpattern at character 3: po[(ll]", poll,
				"missing ), unterminated subpattern at character 4: <é>[(]", "multiple repeat at character 3: a*[*]",
			},
			"12 of 17 crashes change, without 3 lines that do not count",
		},
		"a long line": {
			[]Row{{"+", "prefix", strings.Repeat("é", 100) + "(" + strings.Repeat("x", 100)}, {"+", "prefix", "poll"}},
			[]string{"missing ), unterminated subpattern at character 101: …" + strings.Repeat("é", near) + "[(" + strings.Repeat("x", near-1) + "…]", poll},
			"12 of 17 crashes change, without 1 line that does not count",
		},
		"too long": {
			[]Row{{"+", "prefix", strings.Repeat("x", siglists.MaxLineBytes+1)}, {"+", "prefix", "poll"}},
			[]string{"longer than 4096 bytes, the limit for a line", poll},
			"12 of 17 crashes change, without 1 line that does not count",
		},
		"not with the others": {
			[]Row{{"+", "prefix", "(?i)POLL"}, {"+", "prefix", "(?i)zz"}},
			[]string{entangled, "global flags not at the start of the expression at position 0"},
			"12 of 17 crashes change, without 1 line that does not count",
		},
		"behind a flag": {
			[]Row{{"+", "prefix", "(?i)POLL"}, {"+", "prefix", `KERNELBASE\.dll`}},
			[]string{entangled, entangled},
			"12 of 17 crashes change",
		},
		"removed": {[]Row{{"-", "prefix", "gone"}}, []string{"matches 1 of 11 frames, in 4 crashes: [gone]"}, "4 of 17 crashes change"},
		"there, and not there": {
			[]Row{{"+", "prefix", "gone"}, {"-", "prefix", "nothing"}, {"+", "nowhere", "x"}, {"+", "prefix", " "}, {"+", "prefix", "# <x"}},
			[]string{
				"the list has this line already", "the list has no such line",
				`"nowhere" is no list; the lists are prefix, irrelevant, sentinels and line-numbers`, "",
				`"# <x" is no line of a list: it is empty, a comment, or more than one line`,
			},
			"None of the lines counts",
		},
		"one that does not count": {[]Row{{"+", "prefix", "("}, {"+", "prefix", ""}}, []string{"missing ), unterminated subpattern at character 1: [(]", ""}, "The line does not count"},
		"twice": {
			[]Row{{"+", "sentinels", "Wait::two"}, {"+", "sentinels", "Wait::two"}},
			[]string{"matches 1 of 11 frames, in 3 crashes: [Wait::two]", "the same line stands above"},
			"3 of 17 crashes change, without 1 line that does not count",
		},
		"put back": {[]Row{{"-", "prefix", "gone"}, {"+", "prefix", "gone"}}, []string{moved, moved}, "0 of 17 crashes change"},
		"there twice": {
			[]Row{{"-", "irrelevant", "main$"}, {"-", "irrelevant", "main$"}, {"-", "irrelevant", "main$"}},
			[]string{"matches 1 of 11 frames, in 14 crashes: [main]", "matches 1 of 11 frames, in 14 crashes: [main]", "the same line stands above"},
			"0 of 17 crashes change, without 1 line that does not count",
		},
		"there twice, and put back twice": {
			[]Row{{"-", "irrelevant", "main$"}, {"-", "irrelevant", "main$"}, {"+", "irrelevant", "main$"}, {"+", "irrelevant", "main$"}},
			[]string{"matches 1 of 11 frames, in 14 crashes: [main]", moved, moved, "the same line stands above"},
			"0 of 17 crashes change, without 1 line that does not count",
		},
		"nothing": {[]Row{{"+", "prefix", " "}}, []string{""}, "0 of 17 crashes change"},
		"what can't be there": {
			[]Row{{"-", "prefix", "("}, {"+", "prefix", "poll"}},
			[]string{"the list has no such line", poll},
			"12 of 17 crashes change, without 1 line that does not count",
		},
		"there twice, removed once": {
			[]Row{{"-", "irrelevant", "main$"}, {"+", "irrelevant", "skipped"}},
			[]string{"matches 1 of 11 frames, in 14 crashes: [main]", "the list has this line already"},
			"0 of 17 crashes change, without 1 line that does not count",
		},
	} {
		t.Run(name, func(t *testing.T) {
			parts := ask(t, w, test.rows...)
			var got []string
			for _, html := range parts["rows"].Rows {
				got = append(got, textOf(html))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			// Only a line that comes, and counts, can be tried in the other list.
			for i, text := range parts["end"].Texts {
				if text != "" && (test.rows[i].Sign == "-" || !strings.HasPrefix(got[i], "matches") && got[i] != moved && got[i] != entangled) {
					t.Errorf("%v in the other list: %s", test.rows[i], text)
				}
			}
			want := map[string]string{"rows": "", "report": test.headline, "end": ""}
			if !strings.Contains(test.headline, " of 17 crashes") {
				want = map[string]string{"rows": "", "nothing": test.headline}
			}
			headlines := map[string]string{}
			for name, p := range parts {
				headlines[name] = p.Headline
			}
			if diff := cmp.Diff(want, headlines); diff != "" {
				t.Errorf("headlines (-want +got)\n%s\n%+v", diff, parts["error"])
			}
		})
	}
}

// textOf is the text of HTML, with brackets for marks.
func textOf(h string) string {
	h = strings.NewReplacer("<mark>", "[", "</mark>", "]").Replace(h)
	return html.UnescapeString(regexp.MustCompile("<[^>]*>").ReplaceAllString(h, ""))
}

func TestAnswer(t *testing.T) {
	w := newTest(t)
	parts := ask(t, w, Row{"+", "irrelevant", "poll"}, Row{"+", "prefix", "d::run"}, Row{"+", "prefix", "zzz.*"})
	want := []string{
		"decides; 12 crashes: 2 signatures → 3; with leading underscores it would also match 1 frame, such as <code>__poll</code> (2 crashes)",
		"not reached; its frames stand in 2 crashes, always where the signature has ended, or has not begun; <code>c::run</code> stops before",
		"not in these crashes; lint: the trailing <code>.*</code> does nothing: a line needn&#39;t match a frame to its end [trailing-any]",
	}
	if diff := cmp.Diff(want, parts["report"].Texts); diff != "" {
		t.Errorf("texts (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]string{"as prefix, with the other lines: 12 change, 0 merge", "as irrelevant, with the other lines: 12 change, 0 merge", "as irrelevant, with the other lines: 12 change, 0 merge"}, parts["end"].Texts); diff != "" {
		t.Errorf("in the other list (-want +got)\n%s", diff)
	}
	if groups := parts["report"].Groups; len(groups) != 3 || groups[0].HTML == "" {
		t.Errorf("%+v", groups)
	}
	if got := parts["rows"].Touched; got != "looked at 14 of 17 crashes" {
		t.Error(got)
	}
	if got := parts["report"].Command; got != "sigdiff diff --base base --add irrelevant:poll --add prefix:d::run --add 'prefix:zzz.*' --corpus made-up" {
		t.Error(got)
	}
}

// TestOtherListMerges: crashes merge that come to share a signature, whether all of theirs do or a part.
func TestOtherListMerges(t *testing.T) {
	w := newTest(t)
	var crashes crashdata.Crashes
	for i, frames := range []string{"x y", "x z", "m y", "y w"} {
		doc := fmt.Sprintf(`{"uuid": "aaaaaaaa-bbbb-4ccc-8ddd-00000%d261001", "json_dump": {"threads": [{"frames": [{"function": "%s"}]}]}}`, i, strings.ReplaceAll(frames, " ", `"}, {"function": "`))
		c, err := crashdata.ParseProcessed([]byte(doc))
		if err != nil {
			t.Fatal(err)
		}
		crashes = append(crashes, c)
	}
	var err error
	if w.Base, err = NewBase(t.Context(), crashes, signatures.NewGenerator(w.Lists.Set, signatures.DefaultRules()), 1); err != nil {
		t.Fatal(err)
	}
	if got := ask(t, w, Row{"+", "prefix", "x|m"})["end"].Texts; len(got) != 1 || got[0] != "as irrelevant: 3 change, 2 merge" {
		t.Errorf("%q", got)
	}
}

// TestManyLines: the lines of a large edit are not tried in the other list, one after the other, with all the others.
func TestManyLines(t *testing.T) {
	var rows []Row
	for i := range maxTried + 1 {
		parts := ask(t, newTest(t), rows...)
		if tried := strings.Join(parts["end"].Texts, "") != ""; tried != (i > 0) {
			t.Fatalf("%d lines: %+v", i, parts["end"])
		}
		rows = append(rows, Row{"+", "prefix", fmt.Sprintf("d::run%d", i)})
	}
	parts := ask(t, newTest(t), rows...)
	if texts := parts["end"].Texts; len(texts) != maxTried+1 || strings.Join(texts, "") != "" {
		t.Errorf("%+v %+v", parts["end"], parts["error"])
	}
}

// TestOtherListOfBroadLines: where too many crashes would have to be looked at, their number is said, which no edit exceeds.
func TestOtherListOfBroadLines(t *testing.T) {
	w := newTest(t)
	states := readRows([]Row{{"+", "irrelevant", "poll"}, {"+", "prefix", "d::run"}}, w.Lists.Set)
	for crashes, want := range map[int][]string{
		0:   {"as prefix, with the other lines: up to 14 change", "as irrelevant, with the other lines: up to 14 change"},
		14:  {"as prefix, with the other lines: 12 change, 0 merge", "as irrelevant, with the other lines: up to 14 change"},
		100: {"as prefix, with the other lines: 12 change, 0 merge", "as irrelevant, with the other lines: 12 change, 0 merge"},
	} {
		got, err := w.others(t.Context(), nil, states, crashes)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%d crashes: %v (-want +got)\n%s", crashes, err, diff)
		}
	}
}

// TestOtherListTakesTooLong: a report that is there stays, however long the try in the other list takes.
func TestOtherListTakesTooLong(t *testing.T) {
	row := Row{"+", "prefix", "(?s)poll"} // flags, so that each list is matched anew
	want := ask(t, newTest(t), row)
	for steps := 1000; ; steps += steps / 4 {
		w := newTest(t)
		w.steps = steps
		parts := ask(t, w, row)
		if _, ok := parts["report"]; !ok {
			continue
		}
		want["end"] = part{Part: "end", Texts: []string{"as irrelevant: takes too long to match"}}
		if diff := cmp.Diff(want, parts); diff != "" {
			t.Errorf("%d steps (-want +got)\n%s", steps, diff)
		}
		return
	}
}

// TestHostileText: what crashes and lines hold is text in the parts of the page.
func TestHostileText(t *testing.T) {
	var html strings.Builder
	for _, p := range ask(t, newTest(t), Row{"+", "prefix", "c::run"}, Row{"+", "prefix", "<script>alert(("}) {
		html.WriteString(p.Above + p.Below + strings.Join(p.Rows, ""))
		for _, g := range p.Groups {
			html.WriteString(g.HTML)
		}
	}
	if text := html.String(); strings.Contains(text, "<script>alert") || !strings.Contains(text, "&lt;script&gt;alert(1)") || !strings.Contains(text, "&lt;script&gt;alert(<mark>") {
		t.Error(text)
	}
}

func TestOutputs(t *testing.T) {
	w := newTest(t)
	edit := "edit=" + url.QueryEscape("+ prefix poll\n- prefix gone\n")
	id := func(n int) string { return "aaaaaaaa-bbbb-4ccc-8ddd-00000" + string(rune('0'+n)) + "150101" }
	for path, want := range map[string]string{
		"/edit.txt?" + edit:    "+ prefix poll\n- prefix gone\n",
		"/command.txt?" + edit: "sigdiff diff --base base --add prefix:poll --remove prefix:gone --corpus made-up\n",
		"/edit.patch?" + edit:  "+++ b/lists/prefix_signature_re.txt\n",
		"/report.md?" + edit:   "crashes compared",
		"/report.html?" + edit: "<!doctype html>",
		"/report.json?" + edit: `"candidate": "poll | Wait::two"`,
		"/expected.csv?" + edit + "&meant=" + report.GroupID(compare.Pair{Base: "poll", Candidate: "poll | Wait::two"}) + "&not=" + report.GroupID(compare.Pair{Base: "gone | poll", Candidate: "gone"}): "\"crash_id\",\"signature\"\r\n",
	} {
		status, text := get(t, w, path)
		if status != statusOK || !strings.Contains(text, want) {
			t.Errorf("%s: %d %s", path, status, text)
		}
		if strings.HasPrefix(path, "/expected") && (!strings.Contains(text, `"`+id(5)+`","poll | Wait::two"`) || strings.Count(text, `,"gone | poll"`) != 4) {
			t.Errorf("expected: %s", text)
		}
	}
	for path, want := range map[string]string{
		"/report.json": "needs one edit=", "/report.json?edit=": "changes no line", "/edit.patch?edit=%23+a+comment": "changes no line", "/report.json?edit=&edit=": "needs one edit=", "/report.json?edit=%2B+prefix+%zz": "the address can't be read: ",
		"/report.json?edit=%2B+prefix+a;b": "the address can't be read: ", "/edit.patch?edit=x": "is not", "/report.json?edit=%2B+prefix+gone": "is there already", "/report.json?edit=%2B+prefix+(": "missing )",
	} {
		if status, text := get(t, w, path); status != statusBad || !strings.Contains(text, want) {
			t.Errorf("%s: %d %s", path, status, text)
		}
	}
	_, text := get(t, w, "/expected.csv?"+edit+"&meant="+report.GroupID(compare.Pair{Base: "poll", Candidate: "poll | Wait::two"}))
	if strings.Count(text, "\n") != 1+strings.Count(text, `"poll | Wait::two"`) {
		t.Errorf("expected, of groups that are not marked: %s", text)
	}
	if _, text := get(t, w, "/report.html?"+edit); !strings.Contains(text, `"title":"Thread`) || !strings.Contains(text, "made by sigdiff") {
		t.Errorf("a page without frames, or its command: %s", text)
	}
	var posted told
	if w.Answer(t.Context(), Request{Method: "POST", Path: "/edit.txt", RawQuery: edit}, &posted); posted.status != statusNotFound {
		t.Errorf("an output that is posted to: %d", posted.status)
	}
	for of, want := range map[string]int{w.Of(): statusOK, "other": statusConflict} {
		if status, text := get(t, w, "/edit.txt?"+edit+"&of="+url.QueryEscape(of)); status != want {
			t.Errorf("of %q: %d %s", of, status, text)
		}
	}
	if status, text := get(t, w, "/"); status != statusNotFound || text != `{"error":"nothing is at \"/\""}`+"\n" {
		t.Errorf("%d %s", status, text)
	}
}

func get(t *testing.T, w *Workbench, address string) (status int, text string) {
	t.Helper()
	at, err := url.ParseRequestURI(address)
	if err != nil {
		t.Fatal(err)
	}
	var a told
	w.Answer(t.Context(), Request{Method: "GET", Path: at.Path, RawQuery: at.RawQuery}, &a)
	return a.status, a.String()
}

// TestAskedTooMuch: what is no edit, or too large, is refused with the reason.
func TestAskedTooMuch(t *testing.T) {
	w := newTest(t)
	row := `{"sign":"+","list":"prefix","text":"x"}`
	for body, want := range map[string]struct {
		status int
		text   string
	}{
		"{":  {statusBad, "the edit can't be read: unexpected EOF"},
		"[]": {statusBad, "the edit can't be read: json: cannot unmarshal array"},
		`{"rows":[` + strings.Repeat(row+",", siglists.MaxChanges) + row + "]}": {statusTooLarge, fmt.Sprintf("more than %d lines", siglists.MaxChanges)},
		`{"rows":[` + row + strings.Repeat(" ", maxEdit):                        {statusBad, "the edit can't be read: it has more than 1048576 bytes"},
	} {
		for _, path := range []string{"/edit", "/walk", "/suggest"} {
			if path != "/edit" && want.status == statusTooLarge {
				continue // of these a page has asked before
			}
			var a told
			w.Answer(t.Context(), Request{Method: "POST", Path: path, Body: strings.NewReader(body)}, &a)
			if a.status != want.status || !strings.Contains(a.String(), want.text) || strings.Count(a.String(), "\n") != 1 {
				t.Errorf("%s, %.30s: %d %s", path, body, a.status, a.String())
			}
		}
	}
}

// TestWalk: the walks of a crash are of the edit as it is. Of a crash that is not there it is said.
func TestWalk(t *testing.T) {
	w := newTest(t)
	rows := []Row{{"+", "prefix", "poll"}}
	var walks report.Walks
	a := post(t.Context(), w, "/walk", map[string]any{"rows": rows, "id": "aaaaaaaa-bbbb-4ccc-8ddd-000005150101"})
	if err := json.Unmarshal(a.Bytes(), &walks); err != nil || a.status != statusOK || walks.Candidate != "poll | Wait::two" {
		t.Errorf("%d %s: %v", a.status, a, err)
	}
	a = post(t.Context(), w, "/walk", map[string]any{"rows": rows, "id": "aaaaaaaa-bbbb-4ccc-8ddd-999999150101"})
	if a.status != statusBad || !strings.Contains(a.String(), "there is no such crash") {
		t.Errorf("%d %s", a.status, a)
	}
}

// TestTooMuch: an edit that takes too long says so, and nothing that is made of lines which were not matched to the end. With more
// steps come the answers that there are without a limit.
func TestTooMuch(t *testing.T) {
	edit, whole := url.QueryEscape("+ prefix po+l+"), newTest(t)
	rows, _ := json.Marshal([]Row{{"+", "prefix", "po+l+"}})
	pair := compare.Pair{Base: "poll", Candidate: "poll | Wait::two"}
	for _, r := range []Request{
		{Method: "POST", Path: "/edit"},
		{Method: "POST", Path: "/walk"},
		{Method: "POST", Path: "/suggest"},
		{Method: "GET", Path: "/report.json"},
		{Method: "GET", Path: "/report.html"},
		{Method: "GET", Path: "/edit.patch"},
		{Method: "GET", Path: "/expected.csv"},
	} {
		r.RawQuery = "edit=" + edit + "&meant=" + report.GroupID(pair)
		answer := func(w *Workbench) string {
			var a told
			r.Body = strings.NewReader(`{"rows":` + string(rows) + `,"id":"aaaaaaaa-bbbb-4ccc-8ddd-000005150101","signature":"poll | Wait::two"}`)
			w.Answer(t.Context(), r, &a)
			return a.String()
		}
		want, givenUp := answer(whole), 0
		// One that has matched nothing before, each time: what is known takes no steps.
		for steps := 1; ; steps += 1 + steps/4 {
			w := newTest(t)
			w.steps = steps
			got := answer(w)
			if got == want {
				break
			}
			givenUp++
			last := strings.LastIndexByte(strings.TrimSuffix(got, "\n"), '\n') + 1 // parts before it are right
			if !strings.HasPrefix(want, got[:last]) || !strings.Contains(got[last:], errTooMuch.Error()) {
				t.Fatalf("%s, %d steps: %s\nwant %s", r.Path, steps, got, want)
			}
		}
		if givenUp == 0 {
			t.Errorf("%s takes no steps: %s", r.Path, want)
		}
	}
}

// TestGivenUp: an edit whose page asks for another has no answer, and its turn is over.
func TestGivenUp(t *testing.T) {
	w := newTest(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 2 * atOnce {
		text := post(ctx, w, "/edit", asked{Rows: []Row{{"+", "prefix", "poll"}}}).String()
		if strings.Contains(text, `"report"`) || !strings.Contains(text, `"part":"error"`) || len(w.slots) != 0 {
			t.Errorf("%d slots are held after %s", len(w.slots), text)
		}
	}
}

// TestSequence: each part of an answer says of which edit of the page it is.
func TestSequence(t *testing.T) {
	w := newTest(t)
	for _, rows := range [][]Row{{{"+", "prefix", "poll"}}, {{"+", "prefix", "("}}} {
		parts := 0
		for text := range strings.Lines(post(t.Context(), w, "/edit", asked{Seq: 7, Rows: rows}).String()) {
			parts++
			if !strings.HasPrefix(text, `{"seq":7,`) {
				t.Errorf("%v: %s", rows, text)
			}
		}
		if parts < 2 {
			t.Errorf("%v: %d parts", rows, parts)
		}
	}
}

// TestSuggest: the lines are those of sigdiff suggest for the siglists with the edit.
func TestSuggest(t *testing.T) {
	w := newTest(t)
	suggest := func(signature string, rows ...Row) (status int, got suggested) {
		a := post(t.Context(), w, "/suggest", map[string]any{"rows": rows, "signature": signature})
		text := a.String()
		if err := json.Unmarshal([]byte(text), &got); err != nil {
			t.Fatal(err)
		}
		if a.status != statusOK {
			got.Title = text
		}
		return a.status, got
	}
	status, got := suggest("poll")
	want := suggested{
		Title: "1 line parts the signature into 2, entropy 0.95 bits",
		Steps: []suggestedStep{{"prefix", []string{"poll"}, "8 crashes end there; 1 caller in other crashes: c::run; entropy 0.95 bits then"}},
	}
	if diff := cmp.Diff(want, got); status != statusOK || diff != "" {
		t.Errorf("%d (-want +got)\n%s", status, diff)
	}
	work, err := w.start(t.Context(), nil, []siglists.Change{{Line: siglists.Line{List: siglists.Irrelevant, Text: "poll"}, Added: true}})
	if err != nil {
		t.Fatal(err)
	}
	found, err := suggestlines.Split(t.Context(), w.Base.Table(), work.side, "Wait::one")
	if err != nil {
		t.Fatal(err)
	}
	if _, got := suggest("Wait::one", Row{"+", "irrelevant", "poll"}); cmp.Diff(newSuggested(found), got) != "" {
		t.Errorf("(-want +got)\n%s", cmp.Diff(newSuggested(found), got))
	}
	refused := suggestlines.Suggestion{Refused: "no", Steps: found.Steps}
	if got := newSuggested(&refused); got.Title != "nothing to suggest: no" || len(got.Steps) > 0 {
		t.Errorf("what was tried in vain is suggested: %+v", got)
	}
	if status, got := suggest("Wait::one"); status != statusBad || !strings.Contains(got.Title, "no crash has the signature") {
		t.Errorf("%d %+v", status, got)
	}
	w.Rules = "proto:5"
	if status, got := suggest("poll"); status != statusBad || !strings.Contains(got.Title, errNoWalk.Error()) {
		t.Errorf("%d %+v", status, got)
	}
}
